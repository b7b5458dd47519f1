#!/usr/bin/python3
# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT

"""Reports as the Ruby side writes them, on a machine whose clock is slow.

    ruby_producer.py SOCKET BEHIND INTERVAL

SOCKET is the Unix socket of the Redis, BEHIND says by how many seconds the clock is slow,
INTERVAL how long a bucket is. A report increases counters and then puts their keys into the
bucket of that clock. A bucket that late may be read at any moment, which asks for two
things. Each report has an application of its own: when a key that is in a bucket already is
put there again, nobody who reads the bucket meanwhile can see that. And the keys are put
there before the bucket is announced: a bucket without keys is taken away. It repeats what Redis refuses until Redis takes it, goes on until SIGTERM and then ends after a
report. It prints "report" for each.
"""

import signal
import sys
import time

from ruby_exporter import BUCKET, BUCKETS, Redis, say

PERIODS = {"year": "%Y0101", "month": "%Y%m01", "day": "%Y%m%d", "hour": "%Y%m%d%H"}
KEY = "stats/{service:3000}/cinstance:ruby-%d/metric:hits/%s:%s"
BUCKETS_ENABLED = b"stats:enabled"


def keys_of(number, now):
    for period, form in PERIODS.items():
        digits = time.strftime(form, now)
        yield (KEY % (number, period, digits[:8] + digits[8:].rstrip("0"))).encode()


def report(redis, number, now, interval):
    bucket = time.strftime("%Y%m%d%H%M%S", time.gmtime(now - now % interval)).encode()
    keys = list(keys_of(number, time.gmtime(now)))
    for key in keys:
        redis(b"INCRBY", key, b"1")
    if redis(b"GET", BUCKETS_ENABLED) == b"1":
        redis(b"SADD", BUCKET + bucket, *keys)
        redis(b"ZADD", BUCKETS, bucket, bucket)


def main():
    redis, behind, interval = Redis(sys.argv[1], insist=True), int(sys.argv[2]), int(sys.argv[3])
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    number = 0
    while not signal.sigtimedwait({signal.SIGTERM}, 0.1):
        number += 1
        report(redis, number, time.time() - behind, interval)
        say("report")


main()
