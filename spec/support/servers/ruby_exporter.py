# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT

"""A flush and a job as the Ruby exporter does them, to run beside ours at one Redis.

    ruby_exporter.py SOCKET SENT [--every SECONDS] [--share PERCENT] [--ttl SECONDS]
                     [--pause read|deleted] [--jobs INTERVAL] [--hold SECONDS] [--insist]

SOCKET is the Unix socket of the Redis. A flush takes the lock by SET NX EX, reads the
pending set (SMEMBERS), deletes it (DEL), puts what it does not send back (SADD, one member
a command), and releases the lock in two steps (GET, DEL). It "sends" SHARE percent (50) of
the events: it appends them, one a line, to the file SENT, before it deletes the set.

With --every it flushes again and again until SIGTERM, and ends after a flush. Do not kill
it, nor stop it for longer than the lock's TTL: it would lose events, as the Ruby
exporter does. With --pause it stops itself (SIGSTOP) once, after that step of its first
flush that reads any event, and goes on at SIGCONT. It prints
one line for each flush, "disabled", "locked" or "sent N kept N"; and "paused STEP".

With --jobs it does a job after each flush, under a lock of its own, for buckets of INTERVAL
seconds. A job reads the buckets after the marker that are closed by this machine's clock,
makes events of their counters, puts these into the pending set, moves the marker and
deletes the buckets. It differs from the reference in two things: buckets before the marker
stay (the reference deletes them unread), and a counter that is gone is left out (the
reference exports null). It prints "read N buckets".

With --hold a flush lets up to SECONDS go by between reading the set and deleting it.

With --insist it repeats what Redis refuses or does not answer until Redis takes it, so that
all that it holds gets back to Redis, whatever happens to Redis meanwhile.
"""

import argparse
import os
import random
import re
import signal
import socket
import sys
import time

LOCK = b"threescale::backend::analytics::kinesis::exporter:lock"
ENABLED = b"send_to_kinesis:enabled"
PENDING = b"send_to_kinesis:pending_events"
MARKER = b"send_to_kinesis:latest_bucket_read"
BUCKETS = b"keys_changed_set"
BUCKET = b"{stats_bucket}:"
MARGIN_SECONDS = 10
BUCKETS_A_JOB = b"60"

KEY = re.compile(r"stats/\{service:(.*?)\}(.*)/(year|month|day|hour|minute):(\d{8})(\d*)$")
FIELD = re.compile(r"/(cinstance|uinstance|metric|response_code):([^/]*)")
EVENT = '{"service":"%s",%s"value":"%s","period":"%s","timestamp":"%s","time_gen":"%s"}'


class Redis:
    """A connection; answers are bytes, integers, None or lists of them."""

    def __init__(self, path, insist=False):
        self.path, self.insist = path, insist
        self.socket = self.answers = None

    def connect(self):
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(30)
        link.connect(self.path)
        self.socket, self.answers = link, link.makefile("rb")

    def take(self, text, size=0):
        if not text.endswith(b"\r\n") or len(text) < size + 2:
            raise ConnectionError("redis has closed the connection")
        return text[:-2]

    def read(self):
        line = self.take(self.answers.readline())
        kind, rest = line[:1], line[1:]
        if kind == b"-":
            raise RuntimeError("redis: " + rest.decode())
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self.take(self.answers.read(size + 2), size)
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest

    def __call__(self, *words):
        while True:
            try:
                return self.ask(words)
            except (OSError, RuntimeError) as problem:
                if not self.insist:
                    raise
                time.sleep(0.02)
                if isinstance(problem, OSError):
                    self.socket = None

    def ask(self, words):
        if self.socket is None:
            self.connect()
        text = [b"*%d\r\n" % len(words)]
        text += [b"$%d\r\n%s\r\n" % (len(word), word) for word in words]
        self.socket.sendall(b"".join(text))
        return self.read()


def say(*words):
    print(*words, flush=True)


def stamp(digits):
    """20261122 and 1830 or 183050, with zeros where digits are missing."""
    clock = digits[8:].ljust(4, "0")
    return digits[:8] + " " + ":".join(re.findall("..", clock))


def event_of(key, value, bucket):
    """None for a period that is not exported."""
    found = KEY.match(key.decode())
    if not found:
        return None
    service, fields, period, day, clock = found.groups()
    members = "".join('"%s":"%s",' % field for field in FIELD.findall(fields))
    return (EVENT % (service, members, value.decode(), period, stamp(day + clock),
                     stamp(bucket.decode()))).encode()


class Exporter:
    def __init__(self, given):
        self.given = given
        self.pause_at = given.pause
        self.redis = Redis(given.socket, given.insist)

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
        time.sleep(random.uniform(0, self.given.hold))
        self.redis(b"DEL", PENDING)
        self.pause("deleted")
        for event in events[n:]:
            self.redis(b"SADD", PENDING, event)
        say("sent", n, "kept", len(events) - n)

    def due(self):
        marker = self.redis(b"GET", MARKER)
        last = time.gmtime(time.time() - self.given.jobs - MARGIN_SECONDS)
        return self.redis(b"ZRANGEBYSCORE", BUCKETS, b"(" + marker if marker else b"-inf",
                          time.strftime("%Y%m%d%H%M%S", last).encode(), b"LIMIT", b"0",
                          BUCKETS_A_JOB)

    def job(self):
        names = self.due()
        if not names:
            return say("read 0 buckets")
        keys = self.redis(b"SUNION", *(BUCKET + name for name in names))
        values = self.redis(b"MGET", *keys) if keys else []
        for key, value in zip(keys, values):
            event = value and event_of(key, value, names[-1])
            if event:
                self.redis(b"SADD", PENDING, event)
        self.redis(b"SET", MARKER, names[-1])
        self.redis(b"ZREM", BUCKETS, *names)
        self.redis(b"DEL", *(BUCKET + name for name in names))
        say("read", len(names), "buckets")

    def lock(self):
        token = b"%.16f" % random.random()
        if self.redis(b"SET", LOCK, token, b"NX", b"EX", b"%d" % self.given.ttl):
            return token
        # The answer to an attempt that was made before may have been lost.
        return token if self.given.insist and self.redis(b"GET", LOCK) == token else None

    def locked(self, work):
        if self.redis(b"GET", ENABLED) != b"1":
            return say("disabled")
        token = self.lock()
        if token is None:
            return say("locked")
        work()
        if self.redis(b"GET", LOCK) == token:
            self.redis(b"DEL", LOCK)

    def turn(self):
        self.locked(self.export)
        if self.given.jobs:
            self.locked(self.job)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("socket")
    parser.add_argument("sent")
    parser.add_argument("--every", type=float)
    parser.add_argument("--share", type=int, default=50)
    parser.add_argument("--ttl", type=int, default=360)
    parser.add_argument("--pause", choices=("read", "deleted"))
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--hold", type=float, default=0)
    parser.add_argument("--insist", action="store_true")
    given = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    exporter = Exporter(given)
    exporter.turn()
    while given.every and not signal.sigtimedwait({signal.SIGTERM}, given.every):
        exporter.turn()


if __name__ == "__main__":
    sys.exit(main())
