# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""Checks the signature of a request.

botocore.auth.SigV4Auth computes the canonical request and the signature again
from what was received. Only the list of signed headers and the time are taken
from the request. This file knows nothing of records. Codes and texts are those
of AWS's JSON services, always as HTTP 400.
"""

import datetime
import hmac
import re
import threading

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

STAMP = "%Y%m%dT%H%M%SZ"
SKEW = datetime.timedelta(minutes=5)
INVALID_TOKEN = "The security token included in the request is invalid."
EXPIRED_TOKEN = "The security token included in the request is expired"
WRONG_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. "
    "Consult the service documentation for details.")
NOT_SIGNED = "'%s' must be a 'SignedHeader' in the AWS Authorization."


class Refusal(Exception):
    """A call that the service refuses: HTTP status, error code, text."""

    def __init__(self, code, message=None, status=400, key="message"):
        super().__init__(code)
        self.status, self.code, self.message, self.key = status, code, message, key

    def document(self):
        if self.message is None:
            return {"__type": self.code}
        return {"__type": self.code, self.key: self.message}


class ReceivedAuth(SigV4Auth):
    """botocore's signer, with a given list of headers instead of its own choice."""

    def __init__(self, credentials, service, region, signed):
        super().__init__(credentials, service, region)
        self.signed = signed

    def headers_to_sign(self, request):
        return self.signed


class Keyring:
    """The one key that is valid now, and the session tokens that were valid before."""

    def __init__(self, access_key, secret_key, token=None):
        self.lock = threading.Lock()
        self.current = Credentials(access_key, secret_key, token)
        self.expired = set()

    def rotate(self, access_key=None, secret_key=None, session_token=None):
        with self.lock:
            old = self.current
            if old.token:
                self.expired.add(old.token)
            self.current = Credentials(access_key or old.access_key,
                                       secret_key or old.secret_key, session_token)
            self.expired.discard(session_token)

    def find(self, access_key, token):
        with self.lock:
            if token in self.expired:
                raise Refusal("ExpiredTokenException", EXPIRED_TOKEN)
            if access_key != self.current.access_key or token != self.current.token:
                raise Refusal("UnrecognizedClientException", INVALID_TOKEN)
            return self.current


def parts_of(header):
    """Credential, SignedHeaders and Signature out of an Authorization header."""
    if not header:
        raise Refusal("MissingAuthenticationTokenException", "Missing Authentication Token")
    if not header.startswith("AWS4-HMAC-SHA256 "):
        raise Refusal("IncompleteSignatureException",
                      "Unsupported AWS 'algorithm': '%s'." % header.split(" ")[0])
    found = dict(re.findall(r"(\w+)=([^,\s]+)", header))
    lacking = ["Authorization header requires '%s' parameter." % name
               for name in ("Credential", "Signature", "SignedHeaders") if name not in found]
    if lacking:
        raise Refusal("IncompleteSignatureException",
                      "%s Authorization=%s" % (" ".join(lacking), header))
    return found["Credential"], found["SignedHeaders"], found["Signature"]


def check_scope(scope, stamp, region, service):
    date, got_region, got_service, last = scope
    if date != stamp[:8]:
        raise Refusal("InvalidSignatureException",
                      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                      "date from HTTP: '%s' != '%s', from '%s'." % (date, stamp[:8], stamp))
    if got_region != region:
        raise Refusal("InvalidSignatureException",
                      "Credential should be scoped to a valid region, not '%s'. " % got_region)
    if got_service != service:
        raise Refusal("InvalidSignatureException",
                      "Credential should be scoped to correct service: '%s'. " % service)
    if last != "aws4_request":
        raise Refusal("InvalidSignatureException", "Credential should be scoped with a valid "
                      "terminator: 'aws4_request', not '%s'." % last)


def check_time(stamp, now):
    if not stamp:
        raise Refusal("IncompleteSignatureException", "Authorization header requires existence "
                      "of either a 'X-Amz-Date' or a 'Date' header.")
    try:
        then = datetime.datetime.strptime(stamp, STAMP)
    except ValueError:
        raise Refusal("IncompleteSignatureException", "Date must be in ISO-8601 'basic format'. "
                      "Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601" % stamp) from None
    text = now.strftime(STAMP)
    if then < now - SKEW:
        raise Refusal("InvalidSignatureException",
                      "Signature expired: %s is now earlier than %s (%s - 5 min.)"
                      % (stamp, (now - SKEW).strftime(STAMP), text))
    if then > now + SKEW:
        raise Refusal("InvalidSignatureException",
                      "Signature not yet current: %s is still later than %s (%s + 5 min.)"
                      % (stamp, (now + SKEW).strftime(STAMP), text))


def signed_headers(headers, names):
    """The signed headers as received. Those that AWS requires must be among them."""
    names = names.split(";")
    if names != sorted(set(name.lower() for name in names)):
        raise Refusal("InvalidSignatureException", WRONG_SIGNATURE)
    for name in headers.keys():
        low = name.lower()
        if (low in ("host", "content-type") or low.startswith("x-amz-")) and low not in names:
            raise Refusal("InvalidSignatureException", NOT_SIGNED % name)
    kept = HTTPHeaders()
    for name, value in headers.items():
        if name.lower() in names:
            kept.add_header(name.lower(), value)
    return kept


def verify(request, keyring, now, region, service):
    """Raises a Refusal unless `request` (method, url, headers, body) is signed with the
    current key of `keyring`, for this region and service, within five minutes of `now`."""
    headers = request["headers"]
    credential, names, signature = parts_of(headers.get("Authorization"))
    scope = credential.split("/")
    if len(scope) != 5:
        raise Refusal("IncompleteSignatureException",
                      "Credential must have exactly 5 slash-delimited elements, e.g. "
                      "keyid/date/region/service/term, got '%s'" % credential)
    stamp = headers.get("X-Amz-Date") or ""
    check_time(stamp, now)
    check_scope(scope[1:], stamp, region, service)
    credentials = keyring.find(scope[0], headers.get("X-Amz-Security-Token"))
    signer = ReceivedAuth(credentials, service, region, signed_headers(headers, names))
    received = AWSRequest(method=request["method"], url=request["url"], data=request["body"])
    received.context["timestamp"] = stamp
    canonical = signer.canonical_request(received)
    expected = signer.signature(signer.string_to_sign(received, canonical), received)
    if not hmac.compare_digest(expected, signature):
        raise Refusal("InvalidSignatureException", WRONG_SIGNATURE)
