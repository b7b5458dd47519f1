# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""What the stand-in took, in order of arrival, and counts of all that happened.

Raw records are appended to one file, `records`, with nothing added between
them: a record that lacks its final newline shows as a broken event. The
memory grows with calls and records, not with bytes.
"""

import collections
import os
import secrets
import threading
import time


class Throttle:
    """A bucket that refills at `rate` a second and holds one second's worth."""

    def __init__(self, rate):
        self.rate, self.level, self.then = rate, rate, time.monotonic()

    def take(self, amount):
        now = time.monotonic()
        self.level = min(self.rate, self.level + (now - self.then) * self.rate)
        self.then = now
        # A single item larger than a second's worth must pass some time.
        if self.level < min(amount, self.rate):
            return False
        self.level -= amount
        return True


class Store:
    def __init__(self, directory, discard=False):
        self.lock = threading.Lock()
        self.path = os.path.join(directory, "records")
        self.discard = discard
        self.throttles = []
        self.file = None
        self.reset()

    def reset(self):
        with self.lock:
            if self.file:
                self.file.close()
            self.file = open(self.path, "wb")
            self.stats = collections.Counter()
            self.peak, self.active = 0, {}
            self.records, self.calls = [], []

    def throttle(self, records_per_second, bytes_per_second):
        with self.lock:
            self.throttles = []
            if records_per_second:
                self.throttles.append((Throttle(records_per_second), lambda record: 1))
            if bytes_per_second:
                self.throttles.append((Throttle(bytes_per_second), len))

    def count(self, name, amount=1):
        with self.lock:
            self.stats[name] += amount

    def begin_call(self, connection):
        with self.lock:
            self.stats["calls"] += 1
            call = {"call": self.stats["calls"], "connection": connection, "records": 0,
                    "stored": 0, "bytes": 0, "fault": None, "status": None, "error": None}
            self.calls.append(call)
            self.active[id(call)] = call
            self.peak = max(self.peak, len(self.active))
            return call

    def end_call(self, call):
        with self.lock:
            self.active.pop(id(call), None)

    def throttled(self, record):
        return not all(throttle.take(amount(record)) for throttle, amount in self.throttles)

    def add(self, call, records, refuse):
        """Stores every record but those whose index `refuse` maps to (code, text), or which
        come too fast; returns the entries of RequestResponses. A call that a reset overtook is
        answered but leaves no trace."""
        with self.lock:
            if self.active.get(id(call)) is not call:
                return [{"RecordId": "overtaken"} for _ in records]
            return [self.add_one(call, record, refuse.get(index))
                    for index, record in enumerate(records)]

    def add_one(self, call, record, refusal):
        if refusal is None and self.throttled(record):
            refusal = ("ServiceUnavailableException", "Slow down.")
        if refusal:
            self.stats["refused_records"] += 1
            return {"ErrorCode": refusal[0], "ErrorMessage": refusal[1]}
        events = record.count(b"\n")
        self.stats["records"] += 1
        self.stats["events"] += events
        self.stats["bytes"] += len(record)
        self.records.append({"call": call["call"], "bytes": len(record), "events": events})
        call["stored"] += 1
        call["bytes"] += len(record)
        if not self.discard:
            self.file.write(record)
        return {"RecordId": secrets.token_urlsafe(150)}

    def accepted(self, call):
        if call["stored"]:
            self.count("accepted_calls")

    def summary(self):
        names = ("calls", "accepted_calls", "failed_calls", "records", "refused_records",
                 "events", "bytes", "connections", "proxied_calls")
        with self.lock:
            document = {name: self.stats[name] for name in names}
            return dict(document, in_flight=len(self.active), max_concurrent_calls=self.peak)

    def data(self):
        with self.lock:
            self.file.flush()
        with open(self.path, "rb") as stored:
            return stored.read()

    def duplicates(self):
        """How often events came more than once, looked up in the stored file when asked."""
        counts = collections.Counter(self.data().split(b"\n")[:-1])
        total = sum(counts.values())
        return {"events": total, "distinct": len(counts), "duplicates": total - len(counts)}
