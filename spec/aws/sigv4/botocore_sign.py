# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT

"""A second opinion on signatures: reads requests, one a line, and prints the
Authorization header that botocore gives each. A line holds, each in hexadecimal
digits and parted by tabs: access key id, secret access key, region, service,
time, body, then names and values of headers."""

import sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def authorization(key_id, secret, region, service, time, body, *headers):
    names, values = headers[0::2], headers[1::2]
    request = AWSRequest("POST", "https://ignored/", data=body)
    request.context["timestamp"] = time
    for name, value in zip(names, values):
        request.headers[name] = value
    signer = SigV4Auth(Credentials(key_id, secret), service, region)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signed = signer.signed_headers(signer.headers_to_sign(request))
    return "AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=%s, Signature=%s" % (
        signer.scope(request), signed, signer.signature(text, request))


for line in sys.stdin:
    raw = [bytes.fromhex(field) for field in line.rstrip("\n").split("\t")]
    texts = [field.decode("latin-1") for field in raw]
    texts[5] = raw[5]
    print(authorization(*texts))
