# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""Faults between a client and Firehose, to order.

Each fault is a function of the exchange (the call in hand: see Exchange in
firehose.py) and the JSON object that ordered it. Which calls are struck:

  times        the number of calls, one after the other (default 1; 0: until reset)
  after        the number of calls that pass before them (default 0)
  probability  instead of the queue: strikes any call with this chance, until reset
  seed         seed of that chance, and of a fraction's choice of records (default 1)

Faults without a probability wait in a queue and strike in the order given;
those with one are tried when the queue leaves a call alone.
"""

import collections
import json
import random
import threading

EXPIRED = "The security token included in the request is expired"
PAGE = b"<html><head><title>500</title></head><body><h1>Internal Server Error</h1></body></html>\n"


class Faults:
    def __init__(self):
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.reset()

    def reset(self):
        with self.lock:
            # Calls that hang continue; their clients have usually left already.
            self.released.set()
            self.released = threading.Event()
            self.queue, self.standing = collections.deque(), []

    def order(self, orders):
        """Takes one order or a list of them; an unknown fault is a ValueError."""
        orders = [orders] if isinstance(orders, dict) and orders else list(orders)
        for order in orders:
            if order.get("fault") not in FAULTS:
                raise ValueError("unknown fault %r; known: %s"
                                 % (order.get("fault"), " ".join(sorted(FAULTS))))
        with self.lock:
            for order in orders:
                order = dict(order, random=random.Random(order.get("seed", 1)))
                (self.standing if "probability" in order else self.queue).append(order)

    def next(self):
        """The order that strikes the arriving call, or None."""
        with self.lock:
            struck = self.next_queued()
            if struck:
                return struck
            return next((order for order in self.standing
                         if order["random"].random() < order["probability"]), None)

    def next_queued(self):
        if not self.queue:
            return None
        order = self.queue[0]
        if order.get("after", 0) > 0:
            order["after"] -= 1
            return None
        times = order.get("times", 1)
        order["times"] = times - 1
        if times == 1:
            self.queue.popleft()
        elif times == 0:
            order["times"] = 0
        return order

    def waiting(self):
        with self.lock:
            return [{name: value for name, value in order.items() if name != "random"}
                    for order in list(self.queue) + self.standing]


def chosen(order, count):
    """Indexes of the records of an order: `records`, or a `fraction`, or all."""
    if "records" in order:
        return [index for index in order["records"] if index < count]
    if "fraction" in order:
        return [index for index in range(count) if order["random"].random() < order["fraction"]]
    return list(range(count))


def refuse(exchange, order):
    what = (order.get("code", "ServiceUnavailableException"), order.get("message", "Slow down."))
    indexes = chosen(order, len(exchange.records))
    exchange.reply(exchange.accept({index: what for index in indexes}))


def error(exchange, order):
    exchange.fail(order.get("status", 400), order.get("type"), order.get("message"),
                  with_header=order.get("header", False), key=order.get("key", "message"),
                  headers=order.get("headers", ()))


def expired(exchange, _order):
    exchange.fail(400, "ExpiredTokenException", EXPIRED)


def too_large(exchange, _order):
    exchange.send(413, b"")


def html(exchange, order):
    exchange.send(order.get("status", 500), PAGE, content_type="text/html")


def accepted_body(exchange, order):
    """The bytes of the true answer. `"stored": false`: nothing is stored."""
    if order.get("stored", True):
        return json.dumps(exchange.accept()).encode()
    return json.dumps(exchange.pretend()).encode()


def garbage(exchange, order):
    accepted_body(exchange, order)
    exchange.send(200, order.get("body", "\x00not JSON{").encode())


def truncated(exchange, order):
    body = accepted_body(exchange, order)
    exchange.send(200, body[:len(body) // 2], length=len(body))
    exchange.hang_up()


def short(exchange, order):
    document = json.loads(accepted_body(exchange, order))
    keep = max(0, len(document["RequestResponses"]) - order.get("missing", 1))
    document["RequestResponses"] = document["RequestResponses"][:keep]
    exchange.reply(document)


def unread(exchange, _order):
    exchange.hang_up()


def unstored(exchange, _order):
    exchange.hang_up()


def unanswered(exchange, _order):
    exchange.accept()
    exchange.hang_up()


def hang(exchange, order):
    if order.get("stored", False):
        exchange.accept()
    exchange.wait(order.get("seconds", 60))
    exchange.hang_up()


def slow(exchange, order):
    exchange.wait(order.get("seconds", 1))
    exchange.reply(exchange.accept())


def drip(exchange, order):
    whole = exchange.format(200, accepted_body(exchange, order))
    pieces = order.get("pieces", 20)
    size = max(1, -(-len(whole) // pieces))
    for start in range(0, len(whole), size):
        exchange.write(whole[start:start + size])
        exchange.wait(order.get("seconds", 1) / pieces)


def no_length(exchange, order):
    exchange.send(200, accepted_body(exchange, order), length=None)
    exchange.hang_up()


def huge(exchange, order):
    document = json.loads(accepted_body(exchange, order))
    document["Padding"] = "x" * order.get("bytes", 3 * 1024 * 1024)
    exchange.reply(document)


FAULTS = {
    "refuse": refuse, "error": error, "expired": expired, "too_large": too_large, "html": html,
    "garbage": garbage, "truncated": truncated, "short": short, "unread": unread,
    "unstored": unstored, "unanswered": unanswered, "hang": hang, "slow": slow, "drip": drip,
    "no_length": no_length, "huge": huge,
}

# These strike before the body is read, so before the request can be judged.
EARLY = ("unread",)
