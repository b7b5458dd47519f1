#!/usr/bin/python3
# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""Runs one server for the specs, and makes sure that it does not outlive them.

    supervisor.py DIRECTORY keep|remove COMMAND ARGUMENT...

`{port}` and `{port2}` in the arguments become free TCP ports. The output of the server goes to
DIRECTORY/out and err; DIRECTORY/started then says `PID PORT PORT2`. The server ends when the
supervisor's standard input closes, which happens when the program that started the supervisor ends
in any way. If the supervisor itself is killed, the kernel kills the server. With `remove` the
directory is removed at the end.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1


def free_ports(count):
    """Free ports. All are held open until the last is found, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [held.getsockname()[1] for held in sockets]
    for held in sockets:
        held.close()
    return ports


def die_with_supervisor():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def launch(directory, words, ports):
    words = [word.replace("{port}", str(ports[0])).replace("{port2}", str(ports[1]))
             for word in words]
    with open(os.path.join(directory, "out"), "wb") as out, \
         open(os.path.join(directory, "err"), "wb") as err:
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                preexec_fn=die_with_supervisor)


def announce(directory, child, ports):
    name = os.path.join(directory, "started")
    with open(name + ".new", "w", encoding="ascii") as file:
        file.write("%d %d %d\n" % (child.pid, *ports))
    os.rename(name + ".new", name)


def end(child):
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        child.send_signal(signal.SIGCONT)  # A spec may have stopped it.
        try:
            child.wait(3)
        except subprocess.TimeoutExpired:
            child.kill()


def end_with_stdin(child):
    while os.read(0, 4096):
        pass
    end(child)


def main():
    directory, fate, words = sys.argv[1], sys.argv[2], sys.argv[3:]
    for name in (signal.SIGINT, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    ports = free_ports(2)
    child = launch(directory, words, ports)
    signal.signal(signal.SIGTERM, lambda *_: end(child))
    announce(directory, child, ports)
    threading.Thread(target=end_with_stdin, args=(child,), daemon=True).start()
    child.wait()
    if fate == "remove":
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
