#!/usr/bin/python3
# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""A stand-in for the servers that give credentials: STS, SSO, a container's server, IMDS.

    aws_server.py [CERTIFICATE KEY]

Prints `listening PORT` when ready and ends on SIGTERM. The path says how it answers:

    /sts/MODE         AssumeRole (signed: checked with botocore) and AssumeRoleWithWebIdentity
    /container/MODE   GET
    /sso/MODE/federation/credentials   GET, with a bearer token only
    /imds/MODE/...    what the metadata service has, with a token only
    GET /log          the requests since the last GET /log, as JSON

MODE: ok; soon (the first credentials expire in 12 minutes, later ones do not); steady (like soon, with
one token for all); short (all expire in 12 minutes); expired; denied; broken (status 500); garbage; partial; hang.
"""

import sys

sys.dont_write_bytecode = True  # The specs run this from the source tree.

import json
import ssl
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from firehose_auth import Keyring, Refusal, verify

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

log, counts, lock, released = [], {}, threading.Lock(), threading.Event()


def number_of(path):
    with lock:
        counts[path] = counts.get(path, 0) + 1
        return counts[path]


def credentials_for(path, mode):
    number = number_of(path) if mode in ("soon", "steady") else 0
    minutes = -5 if mode == "expired" else 12 if number == 1 or mode == "short" else 60
    token = number if mode == "soon" else 1
    expiry = datetime.utcnow() + timedelta(minutes=minutes)
    parts = {"Code": "Success", "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": SECRET,
             "Token": "TOKEN-%d" % token, "Expiration": expiry.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if mode == "partial":
        del parts["SecretAccessKey"]
    return parts


def xml_of(action, parts):
    names = dict(parts, SessionToken=parts["Token"])
    del names["Token"], names["Code"]
    inner = "".join("<%s>%s</%s>" % (name, value, name) for name, value in names.items())
    return ('<%sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%sResult>'
            "<Credentials>%s</Credentials></%sResult></%sResponse>"
            % (action, action, inner, action, action))


def xml_error(code, message):
    return "<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>" % (
        code, message)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, text, kind="application/json"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        parts = self.path.strip("/").split("/")
        if parts == ["log"]:
            with lock:
                text = json.dumps(log)
                log.clear()
            return self.answer(200, text)
        with lock:
            log.append({"method": self.command, "path": self.path, "body": body,
                        "authorization": self.headers.get("Authorization")})
        self.misbehave_or(parts[0], parts[1], parts[2:], body)

    do_GET = do_PUT = do_POST = handle_any

    def misbehave_or(self, service, mode, rest, body):
        if mode == "hang":
            released.wait(60)
            self.close_connection = True
        elif mode == "broken":
            self.answer(500, "out of order")
        elif mode == "garbage":
            self.answer(200, "<<no { such thing")
        elif mode == "denied" and service != "sts":
            self.answer(403, "no")
        else:
            getattr(self, service)(mode, rest, body)

    def refuse_unsigned(self, body):
        token = self.headers.get("X-Amz-Security-Token")
        received = {"method": "POST", "headers": self.headers, "body": body.encode(),
                    "url": "http://%s%s" % (self.headers["Host"], self.path)}
        now = datetime.utcnow()
        verify(received, Keyring("AKIDEXAMPLE", SECRET, token), now, "eu-west-1", "sts")

    def sts(self, mode, rest, body):
        action = parse_qs(body).get("Action", ["none"])[0]
        if mode == "denied":
            return self.answer(403, xml_error("AccessDenied", "not you"), "text/xml")
        try:
            if action == "AssumeRole":
                self.refuse_unsigned(body)
        except Refusal as refusal:
            return self.answer(403, xml_error(refusal.code, refusal.message), "text/xml")
        parts = credentials_for("/sts/" + mode, mode)
        self.answer(200, xml_of(action, parts), "text/xml")

    def sso(self, mode, rest, body):
        if self.headers.get("X-Amz-Sso_bearer_token") != "SSO-TOKEN":
            return self.answer(401, '{"message": "no"}')
        parts = credentials_for("/sso/" + mode, mode)
        expiry = datetime.strptime(parts["Expiration"] + "+0000", "%Y-%m-%dT%H:%M:%SZ%z")
        role = {"accessKeyId": parts["AccessKeyId"], "sessionToken": parts["Token"],
                "expiration": int(expiry.timestamp() * 1000)}
        if "SecretAccessKey" in parts:
            role["secretAccessKey"] = parts["SecretAccessKey"]
        self.answer(200, json.dumps({"roleCredentials": role}))

    def container(self, mode, rest, body):
        self.answer(200, json.dumps(credentials_for(self.path, mode)))

    def imds(self, mode, rest, body):
        path = "/".join(rest)
        if path == "latest/api/token" and self.command == "PUT":
            wanted = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
            return self.answer(200 if wanted else 400, "IMDS-TOKEN")
        if self.headers.get("X-aws-ec2-metadata-token") != "IMDS-TOKEN":
            return self.answer(401, "")
        roles = "latest/meta-data/iam/security-credentials"
        if path == roles:
            return self.answer(200, "some-role")
        known = path == roles + "/some-role"
        self.answer(200 if known else 404, json.dumps(credentials_for(self.path, mode)))


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print("listening %d" % server.server_port, flush=True)
    server.serve_forever()


main()
