# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT

"""A server that misbehaves on request: the path of a POST names the way.

    http_server.py CERTIFICATES REPORT

writes one line "name=port name=port ..." to REPORT (a named pipe) and ends when
its standard input does. CERTIFICATES holds NAME.pem and NAME.key for every
listener that speaks TLS.
"""

import hashlib
import os
import socket
import ssl
import struct
import sys
import threading
from urllib.parse import unquote

TLS = ["good", "wronghost", "expired", "selfsigned"]


class Listener:
    """A port with its own counters, so that no test sees another's."""

    def __init__(self, serve, context=None):
        self.serve, self.context = serve, context
        self.lock = threading.Condition()
        self.requests = self.connections = self.closed = self.peak = self.waiting = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection = self.socket.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.run, args=(connection,), daemon=True).start()

    def opened(self):
        with self.lock:
            self.connections += 1
            self.peak = max(self.peak, self.connections - self.closed)

    def run(self, connection):
        self.opened()
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            self.serve(self, connection)
        except OSError:
            pass
        finally:
            connection.close()
            with self.lock:
                self.closed += 1

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def gate(self, n):
        """Returns when n requests wait here at the same time."""
        with self.lock:
            self.waiting += 1
            self.lock.notify_all()
            self.lock.wait_for(lambda: self.waiting >= n)


def read_head(stream):
    lines = []
    while True:
        line = stream.readline().decode("latin-1")
        if line in ("\r\n", ""):
            return lines
        lines.append(line.rstrip("\r\n"))


def length(head):
    for line in head[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0


def reply(connection, body, status="200 OK", headers=""):
    head = "HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n" % (status, headers, len(body))
    connection.sendall(head.encode() + body)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


META = ("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-AMZN-REQUESTID:  abc-123 \r\n"
        "x-Amzn-errortype: ResourceNotFoundException:http://x/\r\n")


def http(listener, connection):
    stream = connection.makefile("rb")
    turn = 0
    if stream.peek(1)[:1] == b"\x16":  # somebody greets in TLS
        reply(connection, b"", "400 Speak HTTP")
        return
    while True:
        head = read_head(stream)
        if not head:
            return
        _, word, *rest = head[0].split()[1].split("/")
        number = int(rest[0]) if rest and rest[0].isdigit() else 0
        with listener.lock:
            listener.requests += 1
        if word == "reset":
            stream.read(number)
            reset(connection)
            return
        body = stream.read(length(head))
        turn += 1
        if word == "echo":
            digest = hashlib.sha256(body).hexdigest()
            reply(connection, "\n".join(head + [digest]).encode())
        elif word == "count":
            figures = (listener.connections, listener.requests, listener.peak, listener.closed)
            reply(connection, b"connections=%d requests=%d peak=%d closed=%d" % figures)
        elif word == "status":
            reply(connection, b"{}", "%d Said So" % number, META)
        elif word == "later":
            reply(connection, b"{}", "503 Busy", "".join("%s\r\n" % unquote(line) for line in rest))
        elif word == "continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\nx-amzn-RequestId: early\r\n\r\n")
            reply(connection, b"late")
        elif word == "redirect":
            reply(connection, b"", "307 Elsewhere", "Location: /echo\r\n")
        elif word == "gate":
            listener.gate(number)
            reply(connection, b"through")
        elif word == "big":
            reply(connection, b"a" * number)
        elif word == "hang":
            stream.read(1)
        elif word == "vanish":
            return
        elif word == "short":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half")
            return
        elif word == "chunks":
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{")
            return
        elif word == "garbage":
            connection.sendall(b"\x00\x01 this is not HTTP\r\n\r\n")
            return
        elif word == "leave":
            reply(connection, b"bye")
            return
        elif word == "bury":
            reply(connection, b"bye")
            socket.socket.shutdown(connection, socket.SHUT_WR)
            reset(connection)
            return
        elif word == "fickle" and turn == 1:
            reply(connection, b"first on its connection")
        elif word == "fickle":
            return
        elif word == "last" and turn == 1:
            listener.stop()
            reply(connection, b"last")
        elif word == "farewell":
            listener.stop()
            reply(connection, b"bye", headers=META + "Connection: close\r\n")
        else:
            return


def mute(listener, connection):
    connection.recv(1 << 16)
    while connection.recv(1 << 16):
        pass


def pump(source, sink):
    try:
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Proxy:
    """CONNECT, and a look at the last request's head with any other method."""

    def __init__(self, refuse=False):
        self.refuse, self.seen = refuse, []

    def __call__(self, listener, connection):
        head = read_head(connection.makefile("rb", 0))
        if head and head[0].startswith("CONNECT "):
            self.seen = head
            self.connect(connection, head[0].split()[1])
        else:
            reply(connection, "\n".join(self.seen).encode())

    def connect(self, connection, where):
        if self.refuse:
            reply(connection, b"", "407 Who Are You", META)
            return
        host, port = where.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as far:
            connection.sendall(b"HTTP/1.1 200 Connected\r\nDate: never\r\n\r\n")
            threading.Thread(target=pump, args=(far, connection), daemon=True).start()
            pump(connection, far)


def context(folder, name):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(os.path.join(folder, name + ".pem"), os.path.join(folder, name + ".key"))
    return made


def main():
    folder, report = sys.argv[1:]
    listeners = {name: Listener(http, context(folder, name)) for name in TLS}
    old = context(folder, "good")
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    listeners.update(oldtls=Listener(http, old), plain=Listener(http), mute=Listener(mute),
                     proxy=Listener(Proxy()), refusing=Listener(Proxy(refuse=True)))
    for n in range(1, 10):
        listeners["fresh%d" % n] = Listener(http)
    with open(report, "w", encoding="ascii") as out:
        out.write(" ".join("%s=%d" % (k, v.port) for k, v in listeners.items()) + "\n")
    sys.stdin.read()


main()
