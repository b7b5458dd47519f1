#!/usr/bin/python3
# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""boto3 as a service: makes put_record_batch calls, with which specs test the stand-in.

    /usr/bin/python3 firehose_client.py

prints `listening PORT`. A POST of a JSON object makes one call and answers its result.
The request's members, all but url optional:

    url, access_key, secret_key, session_token, region, stream, timeout (10), ca
    records      texts; sizes     instead: records of this number of x
    base64       instead: what to send as the Data of one record, without encoding it
    extra        members added to the request's JSON, unknown ones too, before it is signed
    header       headers set after signing (null: taken away)
    body         the body, replaced after signing
    unsigned     true: no Authorization
    clock        seconds by which the signer's clock is ahead
    service      the service in the signature's scope
    raw          true: send the signed request without boto3 and tell what was on the wire

The answer is {status, failed, results: [error code or "ok"]}, or {status, error, message}, or
{lost: the exception's name}; for raw: {status, headers, length, body: its beginning, complete}.
"""

import sys

sys.dont_write_bytecode = True

import contextlib
import datetime
import http.client
import json
import unittest.mock
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import boto3
import botocore.auth
import botocore.exceptions
from botocore.config import Config

TRUE_TIME = datetime.datetime
SESSION = boto3.session.Session()


class Answered(Exception):
    """Carries the result of a raw exchange out of boto3."""


def exchange(request, timeout):
    target = urlsplit(request.url)
    connection = http.client.HTTPConnection(target.hostname, target.port, timeout=timeout)
    with contextlib.closing(connection):
        connection.request(request.method, "/", request.body, dict(request.headers.items()))
        response = connection.getresponse()
        complete = True
        try:
            body = response.read()
        except http.client.IncompleteRead as short:
            body, complete = short.partial, False
        return {"status": response.status, "length": len(body), "complete": complete,
                "headers": {name.lower(): value for name, value in response.getheaders()},
                "body": body[:2000].decode("utf-8", "replace")}


def alter_unsigned(params, order):
    document = json.loads(params["body"])
    document.update(order.get("extra", {}))
    if "base64" in order:
        document["Records"] = [{"Data": order["base64"]}]
    params["body"] = json.dumps(document).encode()


def alter_signed(request, order):
    if order.get("unsigned"):
        del request.headers["Authorization"]
    for name, value in order.get("header", {}).items():
        if name in request.headers:
            del request.headers[name]
        if value is not None:
            request.headers[name] = value
    if "body" in order:
        request.body = order["body"].encode()
        del request.headers["Content-Length"]
        request.headers["Content-Length"] = str(len(request.body))
    if order.get("raw"):
        raise Answered(exchange(request, order.get("timeout", 10)))


def client_for(order):
    client = SESSION.client(
        "firehose", endpoint_url=order["url"], region_name=order.get("region", "eu-west-1"),
        aws_access_key_id=order.get("access_key", "AKIDEXAMPLE"),
        aws_secret_access_key=order.get("secret_key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        aws_session_token=order.get("session_token"), verify=order.get("ca"),
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False,
                      read_timeout=order.get("timeout", 10)))
    client.meta.events.register(
        "before-call", lambda params, **_: alter_unsigned(params, order))
    client.meta.events.register(
        "before-send", lambda request, **_: alter_signed(request, order))
    if "service" in order:
        client.meta.events.register(
            "choose-signer", lambda context, **_: context.update(
                signing={"signing_name": order["service"]}))
    return client


def data_of(order):
    if "sizes" in order:
        return [b"x" * size for size in order["sizes"]]
    return [text.encode() for text in order.get("records", ["{}\n"])]


@contextlib.contextmanager
def clock(ahead):
    """The time that botocore signs with; the real clock does not change."""
    class Shifted(TRUE_TIME):
        @classmethod
        def utcnow(cls):
            return TRUE_TIME.utcnow() + datetime.timedelta(seconds=ahead)
    with unittest.mock.patch.object(botocore.auth.datetime, "datetime", Shifted):
        yield


def call(order):
    client = client_for(order)
    records = [{"Data": data} for data in data_of(order)]
    try:
        with clock(order["clock"]) if order.get("clock") else contextlib.nullcontext():
            answer = client.put_record_batch(
                DeliveryStreamName=order.get("stream", "backend-events"), Records=records)
    except Answered as seen:
        return seen.args[0]
    except botocore.exceptions.ClientError as error:
        return {"status": error.response["ResponseMetadata"]["HTTPStatusCode"],
                "error": error.response["Error"].get("Code"),
                "message": error.response["Error"].get("Message")}
    except Exception as error:  # Whatever a broken answer raises is the result.
        return {"lost": type(error).__name__}
    return {"status": 200, "failed": answer.get("FailedPutCount"),
            "results": [result.get("ErrorCode", "ok") for result in answer["RequestResponses"]]}


class Service(BaseHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass

    def do_POST(self):
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps(call(order)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    print("listening %d" % server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
