# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""What bench/run measures with: a private Redis, a local endpoint, and a stopwatch
that is the same for every exporter."""

import contextlib
import http.client
import json
import os
import pathlib
import platform
import socket
import ssl
import subprocess
import sys
import threading
import time

import redis

BENCH = pathlib.Path(__file__).resolve().parent
BUILD = BENCH.parent / "build" / "bench"
PENDING = "send_to_kinesis:pending_events"
HISTORY = f"{{{PENDING}}}:history".encode()  # samples of what was done, for the status page
BUCKETS = "stats_bucket"
PATIENCE_SECONDS = 300


class Failed(Exception):
    """An exporter or a part of the rig did not do its work."""


def environment():
    """Ours without what would lead an exporter elsewhere: proxies, AWS and own settings."""
    unwanted = ("AWS_", "KINESIS_EXPORTER_")
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(unwanted) and not k.lower().endswith("_proxy")}
    return dict(env, AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE="/dev/null",
                AWS_SHARED_CREDENTIALS_FILE="/dev/null")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def running(argv, **options):
    """A process that does not outlive the block."""
    process = subprocess.Popen([str(a) for a in argv], env=environment(), **options)
    try:
        yield process
    finally:
        if process.stdin:
            with contextlib.suppress(OSError):
                process.stdin.close()
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Store:
    """The private Redis."""

    def __init__(self, folder, port, pid):
        self.pid = pid
        self.socket = folder / "redis.sock"
        self.host, self.port = "127.0.0.1", port
        self.url = f"redis://127.0.0.1:{port}/0"
        self.client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=60)

    def use_socket(self):
        """From now on exporters connect through the Unix socket."""
        self.host, self.port = self.socket, 0
        self.url = f"unix://{self.socket}?db=0"

    def wait_until_up(self):
        for _ in range(200):
            with contextlib.suppress(redis.RedisError):
                return self.client.ping()
            time.sleep(0.05)
        raise Failed("redis-server does not answer")

    def empty(self):
        """Nothing stored, and nothing left to free in the background; exporting is on."""
        self.client.flushall()
        while self.client.info("memory")["lazyfree_pending_objects"]:
            time.sleep(0.01)
        self.client.set("send_to_kinesis:enabled", "1")

    def fill_set(self, events):
        return self._stored([BUILD / "fill", events, self.socket, PENDING])

    def fill_inbox(self, events, lua):
        with running([lua, BENCH / "add.lua", self.url], stdin=subprocess.PIPE) as adder:
            stored = self._stored([BUILD / "fill", events], stdout=adder.stdin)
            adder.stdin.close()
            if adder.wait(PATIENCE_SECONDS) != 0:
                raise Failed("add.lua failed")
        return stored

    def fill_buckets(self, keys):
        return self._stored([BUILD / "fill_buckets", keys, self.socket])

    @staticmethod
    def _stored(argv, **options):
        done = subprocess.run([str(a) for a in argv], stderr=subprocess.PIPE, **options)
        if done.returncode != 0:
            raise Failed(done.stderr.decode())
        return json.loads(done.stderr)

    def events_left(self):
        """Members, chunks and changed keys still waiting anywhere."""
        count = {b"set": self.client.scard, b"list": self.client.llen}
        patterns = (f"*{PENDING}*", "bench:*", f"*{BUCKETS}*")
        keys = {key for pattern in patterns for key in self.client.scan_iter(pattern, 10000)}
        return sum(count.get(self.client.type(k), lambda _: 0)(k) for k in keys - {HISTORY})


@contextlib.contextmanager
def store(folder):
    port = free_port()
    argv = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "",
            "--appendonly", "no", "--unixsocket", folder / "redis.sock", "--dir", folder]
    with running(argv, stdout=subprocess.DEVNULL) as process:
        it = Store(folder, port, process.pid)
        it.wait_until_up()
        yield it


class Endpoint:
    """The local Firehose."""

    def __init__(self, port, ca_file):
        self.port, self.ca_file = port, ca_file
        self.url = f"{'https' if ca_file else 'http'}://127.0.0.1:{port}/"

    def ask(self, method, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        if self.ca_file:
            context = ssl.create_default_context(cafile=str(self.ca_file))
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context)
        with contextlib.closing(connection):
            connection.request(method, path)
            return json.loads(connection.getresponse().read())


@contextlib.contextmanager
def endpoint(latency_ms, certificate=None, distinct=False):
    argv = [BUILD / "endpoint", "--latency-ms", latency_ms]
    if distinct:
        argv += ["--distinct"]
    if certificate:
        argv += ["--cert", certificate, "--key", certificate.with_suffix(".key")]
    with running(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        words = process.stdout.readline().split()
        if len(words) != 2:
            raise Failed("the endpoint does not start")
        yield Endpoint(int(words[1]), certificate)


def make_certificate(folder):
    """For 127.0.0.1. A program that gets the file trusts it."""
    certificate = folder / "endpoint.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
         "-keyout", str(certificate.with_suffix(".key")), "-out", str(certificate)],
        check=True, capture_output=True)
    return certificate


def peak_mib(pid):
    """Of the program alone: getrusage would count the fork of this one too."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def cpu_seconds(pid):
    """User and system time of all threads so far: clock_getcpuclockid of another process."""
    return time.clock_gettime((~pid << 3) | 2)


def expect(process, word):
    words = process.stdout.readline().split()
    if not words or words[0] != word:
        raise Failed(f"{' '.join(process.args)} did not say '{word}'")
    return words[1:]


def measure(argv):
    """Lets an exporter get ready, says go, and watches until it is done. Loading the
    program and its libraries does not count; connecting does."""
    with running(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        watchdog = threading.Timer(PATIENCE_SECONDS, process.kill)
        watchdog.start()
        try:
            expect(process, "ready")
            cpu, begin = cpu_seconds(process.pid), time.monotonic()
            process.stdin.write("go\n")
            process.stdin.flush()
            events = int(expect(process, "done")[0])
            seconds = time.monotonic() - begin
            return {"claims": events, "seconds": seconds, "peak_mib": peak_mib(process.pid),
                    "cpu_seconds": cpu_seconds(process.pid) - cpu}
        finally:
            watchdog.cancel()


def output_of(*argv):
    done = subprocess.run(argv, capture_output=True, text=True)
    return (done.stdout or done.stderr).strip()


def processor():
    with open("/proc/cpuinfo") as info:
        names = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    return names[0] if names else platform.machine()


def build():
    made = subprocess.run(["make", "-s", "-C", str(BENCH), f"BUILD={BUILD}"])
    if made.returncode != 0:
        sys.exit("bench: cannot build its programs (see above)")
