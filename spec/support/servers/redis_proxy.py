# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT

"""A proxy between a client and a Redis that spoils the connection.

    redis_proxy.py SOCKET TARGET CONTROL SEED CHANCE [KIND...]

listens on the Unix socket SOCKET and connects to the Unix socket TARGET. With the
probability CHANCE a connection gets one fault of the KINDs (default: all). The fault strikes
after a random number of answered bytes (latency: from the beginning). SEED is the seed of
the random numbers. CONTROL is a Unix socket that speaks HTTP:

    /stats              faults that struck, by kind, as JSON
    /heal               no more faults by chance
    /order/KIND/BYTES   the next connection gets KIND after BYTES of answers
    /order/hold/BYTES   the next connection passes on BYTES of questions, and the rest only
                        after /release: as if its program was stopped
    /hold/WORD          the next request that contains WORD is held back, with all that follows on
                        its connection: Redis sees a client that is stopped. "hold" is counted
    /release            passes on what is held
"""

import asyncio
import json
import random
import sys

KINDS = ("latency", "drop_answers", "drop_requests", "reset", "partial", "stall", "refuse")
LONGEST = 4000


class Link:
    """A connection and its fault."""

    def __init__(self, proxy, kind, after):
        self.proxy, self.kind, self.left = proxy, kind, after
        self.struck = False
        self.writers = []

    def strike(self):
        if not self.struck:
            self.struck = True
            self.proxy.counts[self.kind] += 1

    def abort(self):
        for writer in self.writers:
            writer.transport.abort()

    async def pass_on(self, data, writer):
        writer.write(data)
        await writer.drain()

    async def answer(self, data, writer):
        if self.kind in (None, "drop_requests", "hold") or (not self.struck and len(data) <= self.left):
            self.left -= len(data)
            return await self.pass_on(data, writer)
        cut = 0 if self.struck else self.left
        self.strike()
        if self.kind == "reset":
            await self.pass_on(data[:cut], writer)
            return self.abort()
        await self.spoil(data, writer)

    async def spoil(self, data, writer):
        if self.kind == "latency":
            await asyncio.sleep(0.03)
        elif self.kind == "stall":
            await asyncio.sleep(self.proxy.random.uniform(0.2, 1.2))
            self.kind = None
        elif self.kind == "partial":
            for start in range(0, min(len(data), 300), 3):
                await self.pass_on(data[start:min(start + 3, 300)], writer)
                await asyncio.sleep(0.0005)
            data = data[300:]
        if self.kind != "drop_answers":
            await self.pass_on(data, writer)

    async def hold(self, data, writer):
        if len(data) <= self.left:
            self.left -= len(data)
            return await self.pass_on(data, writer)
        await self.pass_on(data[:self.left], writer)
        self.strike()
        await self.proxy.released.wait()
        self.kind = None
        await self.pass_on(data[self.left:], writer)

    async def ask(self, data, writer):
        if self.kind == "hold":
            return await self.hold(data, writer)
        if self.kind == "drop_requests" and (self.struck or self.left <= 0):
            return self.strike()
        await self.proxy.hold(data)
        await self.pass_on(data, writer)

    async def pump(self, reader, writer, spoil):
        try:
            while data := await reader.read(1 << 16):
                await spoil(data, writer)
        except OSError:
            pass
        self.abort()


class Proxy:
    def __init__(self, target, seed, chance, kinds):
        self.target, self.chance, self.kinds = target, chance, kinds
        self.random = random.Random(seed)
        self.orders = []
        self.counts = dict.fromkeys(KINDS + ("hold",), 0)
        self.word = None
        self.released = asyncio.Event()

    async def hold(self, data):
        if self.word is None or self.word not in data:
            return
        self.word = None
        self.counts["hold"] += 1
        await self.released.wait()

    def choose(self):
        if self.orders:
            return self.orders.pop(0)
        if self.random.random() >= self.chance:
            return None, 0
        kind, after = self.random.choice(self.kinds), self.random.randrange(LONGEST)
        return kind, 0 if kind == "latency" else after

    async def serve(self, reader, writer):
        link = Link(self, *self.choose())
        link.writers.append(writer)
        if link.kind == "refuse":
            link.strike()
            return link.abort()
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(self.target)
        except OSError:
            return link.abort()
        link.writers.append(far_writer)
        await asyncio.gather(link.pump(reader, far_writer, link.ask),
                             link.pump(far_reader, writer, link.answer))

    async def control(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        words = head.decode().split()[1].strip("/").split("/")
        if words[0] == "heal":
            self.chance = 0
        elif words[0] == "release":
            self.released.set()
        elif words[0] == "order":
            self.released.clear()
            self.orders.append((words[1], int(words[2])))
        elif words[0] == "hold":
            self.word = words[1].encode()
            self.released.clear()
        body = json.dumps(self.counts).encode()
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()


async def main():
    path, target, control, seed, chance, *kinds = sys.argv[1:]
    proxy = Proxy(target, int(seed), float(chance), kinds or KINDS)
    await asyncio.start_unix_server(proxy.serve, path)
    await asyncio.start_unix_server(proxy.control, control)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
