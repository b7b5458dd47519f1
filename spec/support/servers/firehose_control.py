# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""The stand-in's /_control/ paths; what each one does is listed in firehose.py."""

import firehose_describe
import firehose_shape

LIMITS = dict(firehose_shape.LIMITS, records_per_second=0, bytes_per_second=0, latency_ms=0)


class Control:
    """The /_control/ paths: each method answers one, and gets the posted JSON or None."""

    def __init__(self, server):
        self.server = server

    def answer(self, method, name, posted):
        action = getattr(self, "%s_%s" % (method, name), None)
        if action is None:
            raise ValueError("no such control: %s %s" % (method.upper(), name))
        return action() if method == "get" else action(posted)

    def get_stats(self):
        return self.server.store.summary()

    def get_calls(self):
        return self.server.store.calls

    def get_records(self):
        return self.server.store.records

    def get_events(self):
        return self.server.store.data()

    def get_duplicates(self):
        return self.server.store.duplicates()

    def get_faults(self):
        return self.server.faults.waiting()

    def post_faults(self, orders):
        self.server.faults.order(orders)
        return self.get_faults()

    def post_limits(self, changes):
        unknown = set(changes) - set(self.server.limits)
        if unknown:
            raise ValueError("unknown limit: %s" % ", ".join(sorted(unknown)))
        limits = self.server.limits
        limits.update(changes)
        self.server.store.throttle(limits["records_per_second"], limits["bytes_per_second"])
        return limits

    def post_credentials(self, changes):
        self.server.keyring.rotate(**changes)
        return {}

    def post_clock(self, changes):
        self.server.clock_offset = float(changes["offset"])
        return {}

    def post_describe(self, changes):
        unknown = set(changes) - set(self.server.description)
        if unknown:
            raise ValueError("unknown: %s" % ", ".join(sorted(unknown)))
        self.server.description.update(changes)
        return self.server.description

    def post_reset(self, _posted):
        self.server.description = dict(firehose_describe.USUAL)
        self.server.faults.reset()
        self.server.store.reset()
        self.server.clock_offset = 0
        return self.post_limits(LIMITS)
