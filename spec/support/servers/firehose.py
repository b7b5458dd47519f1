#!/usr/bin/python3
# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""A strict stand-in for Amazon Data Firehose: PutRecordBatch over HTTP/1.1.

It also answers DescribeDeliveryStream (firehose_describe.py); these calls are not counted.

It recomputes every signature with botocore (firehose_auth.py), checks every
request against botocore's model and the service's limits (firehose_shape.py),
stores what it accepts (firehose_store.py) and fails to order
(firehose_faults.py, ordered through firehose_control.py). Run it with Debian's
/usr/bin/python3, which has botocore.

    /usr/bin/python3 firehose.py [--port 0] [--stream NAME]... [--store DIR] [--cert F --key F]

prints `listening PORT` when ready and ends on SIGTERM or when its standard
input closes (not with --no-stdin).

Control, on the same port, JSON in and out, errors as 400 {"error": TEXT}:

    GET  /_control/stats       counts: calls, accepted_calls, failed_calls, records,
                               refused_records, events, bytes, connections, proxied_calls,
                               in_flight, max_concurrent_calls
    GET  /_control/calls       every call: connection, records, stored, bytes, fault, status, error
    GET  /_control/records     every stored record: call, bytes, events
    GET  /_control/events      all stored data, as it came, in order of arrival
    GET  /_control/duplicates  {"events", "distinct", "duplicates"} of the stored data
    GET  /_control/faults      the faults that have not struck
    POST /_control/faults      one fault or a list of them, added to these
    POST /_control/limits      any of: max_records, max_record_bytes, max_batch_bytes;
                               records_per_second, bytes_per_second (0: no limit; above it
                               records are refused with "Slow down."); latency_ms
    POST /_control/credentials any of access_key, secret_key, session_token: valid from now on;
                               the token that was valid until now counts as expired
    POST /_control/describe    any of status (ACTIVE), type (DirectPut), denied (false): what
                               DescribeDeliveryStream answers from now on
    POST /_control/clock       {"offset": SECONDS}: the server's clock is ahead by SECONDS
    POST /_control/reset       forget data, counts, faults, limits and clock; keep credentials

Faults, as {"fault": NAME, ...}; any may have times, after, or probability and
seed (see firehose_faults.py):

    refuse      records [i, ...] | fraction 0..1 | neither: all; code, message
    error       status (400), type, message, header (true: x-amzn-ErrorType as well),
                key ("message"; some services write "Message"); no type: empty body;
                headers ["Name: value", ...]
    expired     ExpiredTokenException           too_large   413 with an empty body
    html        status (500) and a page         garbage     200, body is not JSON (body)
    truncated   200, closed in mid body         short       200, results lack `missing` (1)
    unread      closed before the body is read  unstored    closed after reading, nothing stored
    unanswered  stored, closed without answer   hang        `seconds` (60) of silence, then
                                                            closed; stored: false
    slow        answers after `seconds` (1)     drip        answers in `pieces` (20) over
                                                            `seconds` (1)
    no_length   no Content-Length, then closed  huge        a valid answer of `bytes` (3 MiB)

garbage, truncated, short, drip, no_length and huge store the records before
they answer badly, unless "stored" is false.
"""

import sys

sys.dont_write_bytecode = True  # The specs run this from the source tree.

import argparse
import datetime
import email.utils
import json
import os
import signal
import socket
import ssl
import tempfile
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import firehose_auth
import firehose_control
import firehose_describe
import firehose_faults
import firehose_shape
from firehose_auth import Refusal
from firehose_store import Store

ACCOUNT = "123456789012"
TARGET = "Firehose_20150804.PutRecordBatch"
JSON = "application/x-amz-json-1.1"
# As measured at Kinesis's front door; a valid batch in base64 stays well below.
MAX_BODY = 7 * 1024 * 1024
HONEST = object()


class Exchange(BaseHTTPRequestHandler):
    """One connection; `call`, `records` and `body` belong to the call in hand."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 600

    def setup(self):
        super().setup()
        self.server.store.count("connections")
        self.name = "%s:%d" % self.client_address[:2]

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError, TimeoutError):
            pass  # Clients that go away are part of the trade.

    def log_message(self, *_arguments):
        pass

    # What faults are made of.

    def wait(self, seconds):
        self.server.faults.released.wait(seconds)

    def write(self, data):
        self.wfile.write(data)

    def hang_up(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def format(self, status, body, length=HONEST, content_type=JSON, extra=()):
        self.call["status"] = status
        length = len(body) if length is HONEST else length
        date = email.utils.formatdate(self.server.seconds(), usegmt=True)
        lines = ["HTTP/1.1 %d %s" % (status, self.responses.get(status, ("Unknown",))[0]),
                 "x-amzn-RequestId: %s" % uuid.uuid4(), "Date: %s" % date,
                 "Content-Type: %s" % content_type, *extra]
        if length is not None:
            lines.append("Content-Length: %d" % length)
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def send(self, status, body, **rest):
        self.write(self.format(status, body, **rest))

    def reply(self, document):
        self.send(200, json.dumps(document).encode())

    def fail(self, status, code, message, with_header=False, key="message", headers=()):
        self.call["error"] = code
        self.server.store.count("failed_calls")
        document = {"__type": code} if message is None else {"__type": code, key: message}
        self.send(status, json.dumps(document).encode() if code else b"",
                  extra=[*headers, *(["x-amzn-ErrorType: %s" % code] if with_header else ())])

    def outcome(self, results):
        failed = sum("ErrorCode" in result for result in results)
        return {"FailedPutCount": failed, "Encrypted": False, "RequestResponses": results}

    def accept(self, refuse=()):
        results = self.server.store.add(self.call, self.records, dict(refuse))
        self.server.store.accepted(self.call)
        return self.outcome(results)

    def pretend(self):
        return self.outcome([{"RecordId": "none"} for _ in self.records])

    # One call.

    def read_body(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            raise Refusal("MissingContentLength", status=411)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionError("the client left in mid body")
        if len(body) > MAX_BODY:
            raise Refusal(None, status=413)
        return body

    def check_headers(self):
        if len(self.headers.get_all("Host", [])) != 1 or not self.headers["Host"]:
            raise Refusal("InvalidSignatureException", firehose_auth.NOT_SIGNED % "Host")
        if self.headers.get("Content-Type") != JSON:
            raise Refusal("UnknownOperationException", status=404)
        if self.headers.get("X-Amz-Target") != TARGET:
            raise Refusal("UnknownOperationException")

    def check_signature(self, body):
        scheme = "https" if self.server.secure else "http"
        target = urlsplit(self.path)
        url = "%s://%s%s" % (scheme, self.headers["Host"], target.path or "/")
        request = {"method": self.command, "headers": self.headers, "body": body,
                   "url": url + ("?" + target.query if target.query else "")}
        firehose_auth.verify(request, self.server.keyring, self.server.now(),
                             self.server.region, "firehose")

    def check(self, body):
        """The records of a valid request. Raises a Refusal for another one."""
        self.check_headers()
        self.check_signature(body)
        return firehose_shape.read(body, self.server.limits, self.server.streams, ACCOUNT)

    def perform(self, order):
        if self.server.limits["latency_ms"]:
            self.wait(self.server.limits["latency_ms"] / 1000)
        if order:
            firehose_faults.FAULTS[order["fault"]](self, order)
        else:
            self.reply(self.accept())

    def put_record_batch(self):
        order = self.server.faults.next()
        self.call["fault"] = order and order["fault"]
        if self.path.startswith("http"):
            self.server.store.count("proxied_calls")
        if order and order["fault"] in firehose_faults.EARLY:
            self.hang_up()
            return
        try:
            self.records = self.check(self.read_body())
            self.call["records"] = len(self.records)
        except Refusal as refusal:
            self.fail(refusal.status, refusal.code, refusal.message, key=refusal.key)
            return
        self.perform(order)

    def describe(self):
        self.call = {}
        try:
            body = self.read_body()
            self.check_signature(body)
            self.reply(firehose_describe.answer(body, self.server, ACCOUNT))
        except Refusal as refusal:
            self.send(refusal.status, json.dumps(refusal.document()).encode())

    def control(self, method):
        self.call = {}
        posted = self.read_body() if method == "post" else None
        try:
            answer = self.server.control.answer(method, self.path[len("/_control/"):],
                                                json.loads(posted or "{}"))
            status = 200
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            status, answer = 400, {"error": str(error)}
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send(status, body, content_type="application/json")

    def do_GET(self):
        if self.path.startswith("/_control/"):
            self.control("get")
        else:
            self.call = {}
            self.send(404, b"<UnknownOperationException/>\n", content_type="application/xml")

    def do_POST(self):
        if self.path.startswith("/_control/"):
            self.control("post")
            return
        if self.headers.get("X-Amz-Target") == firehose_describe.TARGET:
            self.describe()
            return
        self.call = self.server.store.begin_call(self.name)
        try:
            self.put_record_batch()
        finally:
            self.server.store.end_call(self.call)


class Firehose(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, options, directory):
        super().__init__(("127.0.0.1", options.port), Exchange)
        self.region, self.streams = options.region, options.stream or ["backend-events"]
        self.keyring = firehose_auth.Keyring(options.access_key, options.secret_key,
                                             options.session_token)
        self.store = Store(directory, options.discard)
        self.faults = firehose_faults.Faults()
        self.control = firehose_control.Control(self)
        self.limits = dict(firehose_control.LIMITS)
        self.description = dict(firehose_describe.USUAL)
        self.clock_offset = options.clock_offset
        self.secure = None
        if options.cert:
            self.secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.secure.load_cert_chain(options.cert, options.key)

    def get_request(self):
        connection, address = super().get_request()
        if self.secure:
            # The handshake waits for the first read, in the connection's own thread.
            connection = self.secure.wrap_socket(connection, server_side=True,
                                                 do_handshake_on_connect=False)
        return connection, address

    def seconds(self):
        return time.time() + self.clock_offset

    def now(self):
        return datetime.datetime.utcfromtimestamp(self.seconds())

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def arguments():
    parser = argparse.ArgumentParser(description="A stand-in for Amazon Data Firehose.")
    parser.add_argument("--port", type=int, default=0, help="0, the default: any free one")
    parser.add_argument("--stream", action="append", help="a stream that exists; may be repeated")
    parser.add_argument("--region", default="eu-west-1")
    parser.add_argument("--access-key", default="AKIDEXAMPLE")
    parser.add_argument("--secret-key", default="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    parser.add_argument("--session-token", help="the key is temporary and needs this token")
    parser.add_argument("--clock-offset", type=float, default=0, help="seconds ahead of the truth")
    parser.add_argument("--store", help="directory for the stored data; default: a temporary one")
    parser.add_argument("--discard", action="store_true", help="count what is stored, keep none")
    parser.add_argument("--cert", help="PEM file: speak TLS with this certificate")
    parser.add_argument("--key", help="PEM file with the certificate's private key")
    parser.add_argument("--no-stdin", action="store_true", help="do not end with standard input")
    return parser.parse_args()


def end_with_stdin():
    while sys.stdin.buffer.read1(4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="firehose-") as temporary:
        server = Firehose(options, options.store or temporary)
        if not options.no_stdin:
            threading.Thread(target=end_with_stdin, daemon=True).start()
        print("listening %d" % server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
