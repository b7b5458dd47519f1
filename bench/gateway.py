# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""What bench/nginx measures with: an nginx with one worker, the CPU time of that worker
and of the thread in it, wrk, and a client that keeps its pace."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

import rig

MODULES = pathlib.Path("/usr/lib/nginx/modules")
MODULE = rig.BENCH.parent / "build" / "luajit" / "kinesis_exporter" / "core.so"
ENGINE = "kinesis-export"
CONNECTIONS = 32
SERVICE = "stats/{service:1006}/metric:hits/eternity"
INBOX = "{send_to_kinesis:pending_events}:inbox:events"
COUNTED = {
    "record": lambda client: int(client.get(INBOX) or 0),
    "report": lambda client: int(client.get(SERVICE) or 0),
    "timer": lambda client: client.llen("bench:events"),
    "table": lambda client: client.llen("bench:events"),
}


def run_seconds(pid, tid):
    """CPU time of one thread of another process."""
    return int(pathlib.Path(f"/proc/{pid}/task/{tid}/schedstat").read_text().split()[0]) / 1e9


class Gateway:
    """nginx with the handlers of gateway.conf, in one worker process."""

    def __init__(self, port, folder, worker):
        self.port, self.folder, self.worker = port, folder, worker

    def url(self, name):
        return f"http://127.0.0.1:{self.port}/{name}"

    def get(self, name):
        with urllib.request.urlopen(self.url(name), timeout=10) as answer:
            return answer.read()

    def engine_seconds(self):
        """0 while no thread has been started."""
        threads = pathlib.Path(f"/proc/{self.worker}/task").iterdir()
        engines = [t.name for t in threads if (t / "comm").read_text().strip() == ENGINE]
        return sum(run_seconds(self.worker, tid) for tid in engines)

    def cpu_seconds(self):
        """Of the whole worker process, and of the thread in it."""
        return rig.cpu_seconds(self.worker), self.engine_seconds()


def configuration(folder, port, redis_port, endpoint_url):
    text = (rig.BENCH / "gateway.conf").read_text()
    given = {"folder": folder, "modules": MODULES, "root": rig.BENCH.parent, "port": port,
             "redis": redis_port, "endpoint": endpoint_url}
    for name, value in given.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def worker_of(master):
    for _ in range(200):
        with contextlib.suppress(OSError, IndexError):
            children = pathlib.Path(f"/proc/{master}/task/{master}/children").read_text()
            return int(children.split()[0])
        time.sleep(0.01)
    raise rig.Failed("nginx starts no worker")


def wait_until_up(gateway, process):
    for _ in range(200):
        with contextlib.suppress(OSError):
            return gateway.get("empty")
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise rig.Failed("nginx does not answer: " + (gateway.folder / "error.log").read_text())


@contextlib.contextmanager
def started(store, endpoint_url="http://127.0.0.1:9/"):
    """A fresh one: what came before does not matter to it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gateway-"))
    port = rig.free_port()
    (folder / "nginx.conf").write_text(configuration(folder, port, store.port, endpoint_url))
    argv = ["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    try:
        with rig.running(argv, stderr=subprocess.DEVNULL) as process:
            gateway = Gateway(port, folder, worker_of(process.pid))
            wait_until_up(gateway, process)
            yield gateway
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def saturate(gateway, name, seconds):
    """As many requests as it can answer, on CONNECTIONS connections."""
    argv = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s",
            rig.BENCH / "gateway_wrk.lua", gateway.url(name)]
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    if done.returncode != 0 or not lines:
        raise rig.Failed(f"wrk: {done.stderr}")
    found = json.loads(lines[-1])
    if found["errors"]:
        raise rig.Failed(f"wrk: {found['errors']} errors")
    return found


class Pace:
    """paced at work."""

    def __init__(self, process):
        self.process = process

    def forget(self):
        """From now on times count."""
        self.process.send_signal(signal.SIGUSR1)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return json.loads(self.process.communicate(timeout=30)[0])


@contextlib.contextmanager
def paced(gateway, name, rate):
    argv = [rig.BUILD / "paced", gateway.port, f"/{name}", rate, CONNECTIONS]
    with rig.running(argv, stdout=subprocess.PIPE, text=True) as process:
        yield Pace(process)


def per_request(before, after, requests):
    """Microseconds of CPU: the process's, and the thread's share of it."""
    worker, engine = (1e6 * (b - a) / requests for a, b in zip(before, after))
    return {"cpu_us": worker, "engine_us": engine}


def measure_saturated(gateway, name, store, seconds):
    before, redis = gateway.cpu_seconds(), rig.cpu_seconds(store.pid)
    found = saturate(gateway, name, seconds)
    after, redis = gateway.cpu_seconds(), rig.cpu_seconds(store.pid) - redis
    return dict(found, rate=found["requests"] / found["seconds"],
                redis_us=1e6 * redis / found["requests"],
                **per_request(before, after, found["requests"]))


def measure_paced(gateway, name, rate, seconds):
    with paced(gateway, name, rate) as pace:
        time.sleep(0.5)
        pace.forget()
        before = gateway.cpu_seconds()
        time.sleep(seconds)
        after = gateway.cpu_seconds()
        found = pace.end()
    return dict(found, **per_request(before, after, rate * seconds))


def settled(count):
    """What has arrived, once nothing more does."""
    before, quiet = None, 0
    while quiet < 10:
        time.sleep(0.25)
        now = count()
        quiet = quiet + 1 if now == before else 0
        before = now
    return before


@contextlib.contextmanager
def stopped(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def measure_stopped(gateway, name, rate, store, seconds):
    """Redis stands still in the middle; all requests are counted, from the first one."""
    with paced(gateway, name, rate) as pace:
        time.sleep(1)
        pace.forget()
        time.sleep(1)
        with stopped(store.pid):
            time.sleep(seconds)
        time.sleep(1.5)
        found = pace.end()
    if name not in COUNTED:
        return dict(found, lost=None)
    arrived = settled(lambda: COUNTED[name](store.client))
    return dict(found, lost=found["answered"] - arrived)


def wait_for(path, seconds):
    for _ in range(int(seconds * 200)):
        if path.exists():
            return path.read_text()
        time.sleep(0.005)
    raise rig.Failed("the worker's export does not end")


def measure_exporting(gateway, rate, events, seconds):
    """The same worker's answers before an export that it performs, and meanwhile."""
    exported = gateway.folder / "exported"
    with paced(gateway, "empty", rate) as pace:
        time.sleep(0.5)
        pace.forget()
        time.sleep(seconds)
        idle = pace.end()
    with paced(gateway, "empty", rate) as pace:
        time.sleep(0.5)
        gateway.get("export")
        pace.forget()
        begin = time.monotonic()
        said = wait_for(exported, rig.PATIENCE_SECONDS)
        took = time.monotonic() - begin
        busy = pace.end()
    if said != f"{events} nil":
        raise rig.Failed(f"the export of {events} events in the worker said: {said}")
    return {"idle": idle, "busy": busy, "seconds": took}
