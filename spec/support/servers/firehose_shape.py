# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""Checks that a body is a valid PutRecordBatch.

The shape is checked by botocore's own service model of Firehose. Unknown
members are refused: this is stricter than AWS, on purpose. botocore does not
check upper bounds, so they are checked here: a list or record that is too long is
a ValidationException, a batch that is too large an InvalidArgumentException,
as the service answers them.
"""

import binascii
import json
import re

import botocore.loaders
import botocore.model
import botocore.validate

from firehose_auth import Refusal

SERVICE = botocore.model.ServiceModel(
    botocore.loaders.Loader().load_service_model("firehose", "service-2"))
INPUT = SERVICE.operation_model("PutRecordBatch").input_shape

LIMITS = {
    "max_records": 500,
    "max_record_bytes": 1024000,
    "max_batch_bytes": 4 * 1024 * 1024,
}


def too_long(value, place, limit):
    return Refusal("ValidationException",
                   "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: "
                   "Member must have length less than or equal to %d" % (value, place, limit))


def parse(body):
    try:
        document = json.loads(body)
    except ValueError:
        raise Refusal("SerializationException") from None
    if not isinstance(document, dict):
        raise Refusal("SerializationException")
    return document


def decode_strictly(text):
    """Python's strict mode lets surplus padding and stray last bits pass; the end of the text,
    encoded again, does not."""
    data = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    tail = binascii.b2a_base64(data[len(data) // 3 * 3:], newline=False).decode()
    if len(text) != len(data) // 3 * 4 + len(tail) or not text.endswith(tail):
        raise ValueError("surplus padding or bits")
    return data


def decode(text, place):
    """Strict base64: no line ends, no missing or surplus padding, no other alphabet."""
    if not isinstance(text, str):
        raise Refusal("SerializationException",
                      "%s must be a base64 string" % place, key="Message")
    try:
        return decode_strictly(text)
    except ValueError:
        raise Refusal("SerializationException",
                      "%s is not valid base64" % place, key="Message") from None


def decode_records(document):
    """The document with each Data as bytes, as botocore's model wants a blob."""
    records = document.get("Records")
    if not isinstance(records, list):
        return document
    decoded = []
    for index, record in enumerate(records):
        if isinstance(record, dict) and "Data" in record:
            record = dict(record, Data=decode(record["Data"], "Records[%d].Data" % index))
        decoded.append(record)
    return dict(document, Records=decoded)


def check_shape(document):
    report = botocore.validate.ParamValidator().validate(document, INPUT)
    if report.has_errors():
        raise Refusal("ValidationException", report.generate_report())
    name = document["DeliveryStreamName"]
    if len(name) > 64 or not re.fullmatch(r"[a-zA-Z0-9_.-]+", name):
        raise Refusal("ValidationException",
                      "1 validation error detected: Value '%s' at 'deliveryStreamName' failed to "
                      "satisfy constraint: Member must satisfy regular expression pattern: "
                      "[a-zA-Z0-9_.-]+" % name)


def check_limits(records, limits):
    if len(records) > limits["max_records"]:
        raise too_long("[%d records]" % len(records), "records", limits["max_records"])
    for index, record in enumerate(records):
        size = len(record)
        if size > limits["max_record_bytes"]:
            raise too_long("java.nio.HeapByteBuffer[pos=0 lim=%d cap=%d]" % (size, size),
                           "records.%d.member.data" % (index + 1), limits["max_record_bytes"])
    if sum(map(len, records)) > limits["max_batch_bytes"]:
        raise Refusal("InvalidArgumentException", "Records size exceeds 4 MB limit")


def read(body, limits, streams, account):
    """The raw records of a valid PutRecordBatch to one of `streams`. Raises a Refusal otherwise."""
    document = decode_records(parse(body))
    check_shape(document)
    records = [record["Data"] for record in document["Records"]]
    check_limits(records, limits)
    name = document["DeliveryStreamName"]
    if name not in streams:
        raise Refusal("ResourceNotFoundException",
                      "Firehose %s under account %s not found." % (name, account))
    return records
