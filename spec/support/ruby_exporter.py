# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT

"""A flush as the Ruby exporter does it, to stand beside ours at one Redis.

    ruby_exporter.py SOCKET SENT [--every SECONDS] [--share PERCENT] [--ttl SECONDS]
                     [--pause read|deleted]

SOCKET is the Unix socket of the Redis. A flush takes the lock by SET NX EX, reads the
pending set (SMEMBERS), deletes it (DEL), puts what it does not send back (SADD, one member
a command), and releases the lock in two steps (GET, DEL). It "sends" SHARE percent (50) of
the events: it appends them, one a line, to the file SENT, before it deletes the set.

With --every it flushes again and again until SIGTERM, and ends after a flush. Do not kill
it, nor stop it for longer than the lock's TTL: it would lose events, as careless as the
Ruby exporter. With --pause it stops itself (SIGSTOP) once, after that step of its first
flush that reads any event, and goes on at SIGCONT. It prints
a line for each flush, "disabled", "locked" or "sent N kept N"; and "paused STEP".
"""

import argparse
import os
import random
import signal
import socket
import sys

LOCK = b"threescale::backend::analytics::kinesis::exporter:lock"
ENABLED = b"send_to_kinesis:enabled"
PENDING = b"send_to_kinesis:pending_events"


class Redis:
    """A connection; answers are bytes, integers, None or lists of them."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.answers = self.socket.makefile("rb")

    def read(self):
        line = self.answers.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"-" or not line:
            raise RuntimeError("redis: " + rest.decode())
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self.answers.read(size + 2)[:-2]
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest

    def __call__(self, *words):
        text = [b"*%d\r\n" % len(words)]
        text += [b"$%d\r\n%s\r\n" % (len(word), word) for word in words]
        self.socket.sendall(b"".join(text))
        return self.read()


def say(*words):
    print(*words, flush=True)


class Exporter:
    def __init__(self, given):
        self.given = given
        self.pause_at = given.pause
        self.redis = Redis(given.socket)

    def pause(self, step):
        if step == self.pause_at:
            self.pause_at = None
            say("paused", step)
            os.kill(os.getpid(), signal.SIGSTOP)

    def export(self):
        events = self.redis(b"SMEMBERS", PENDING)
        if not events:
            return say("sent 0 kept 0")
        self.pause("read")
        random.shuffle(events)
        n = len(events) * self.given.share // 100
        with open(self.given.sent, "ab") as sent:
            sent.writelines(event + b"\n" for event in events[:n])
        self.redis(b"DEL", PENDING)
        self.pause("deleted")
        for event in events[n:]:
            self.redis(b"SADD", PENDING, event)
        say("sent", n, "kept", len(events) - n)

    def flush(self):
        token = b"%.16f" % random.random()
        ttl = b"%d" % self.given.ttl
        if self.redis(b"GET", ENABLED) != b"1":
            return say("disabled")
        if self.redis(b"SET", LOCK, token, b"NX", b"EX", ttl) is None:
            return say("locked")
        self.export()
        if self.redis(b"GET", LOCK) == token:
            self.redis(b"DEL", LOCK)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("socket")
    parser.add_argument("sent")
    parser.add_argument("--every", type=float)
    parser.add_argument("--share", type=int, default=50)
    parser.add_argument("--ttl", type=int, default=360)
    parser.add_argument("--pause", choices=("read", "deleted"))
    given = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    exporter = Exporter(given)
    exporter.flush()
    while given.every and not signal.sigtimedwait({signal.SIGTERM}, given.every):
        exporter.flush()


sys.exit(main())
