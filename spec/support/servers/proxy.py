# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT

"""A proxy that asks for a password. Its behaviour depends on the user.

    proxy.py PORT [CERTIFICATE KEY]

makes tunnels for the user "tunnel" with the password "pa55word"; refuses, hangs
or closes for the users "forbid", "hang" and "close"; answers 407 to anybody
else. With a certificate it speaks TLS itself. Each request's first line goes to
standard output.
"""

import base64
import socket
import ssl
import sys
import threading

PASSWORD = "pa55word"


def pump(source, sink):
    try:
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def tunnel(connection, where):
    host, port = where.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as far:
        connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        threading.Thread(target=pump, args=(far, connection), daemon=True).start()
        pump(connection, far)


def user_of(head):
    for line in head[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "proxy-authorization":
            user, _, password = base64.b64decode(value.split()[1]).decode().partition(":")
            return user if password == PASSWORD else None
    return None


def refuse(connection, status):
    connection.sendall(("HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % status).encode())


def serve(connection):
    with connection:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(1 << 16)
            if not more:
                return
            data += more
        head = data.decode("latin-1").split("\r\n")
        print(head[0], flush=True)
        user = user_of(head)
        if user == "tunnel":
            tunnel(connection, head[0].split()[1])
        elif user == "forbid":
            refuse(connection, "403 Forbidden")
        elif user == "hang":
            connection.recv(1)
        elif user != "close":
            refuse(connection, "407 Proxy Authentication Required")


def run(connection, context):
    try:
        serve(context.wrap_socket(connection, server_side=True) if context else connection)
    except OSError:
        pass


def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*sys.argv[2:])
    server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    print("ready", flush=True)
    while True:
        threading.Thread(target=run, args=(server.accept()[0], context), daemon=True).start()


main()
