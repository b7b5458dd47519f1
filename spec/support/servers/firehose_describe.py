# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""What the stand-in answers to DescribeDeliveryStream, in the shape of botocore's model."""

import json

from firehose_auth import Refusal

TARGET = "Firehose_20150804.DescribeDeliveryStream"
USUAL = {"status": "ACTIVE", "type": "DirectPut", "denied": False}


def answer(body, server, account):
    """The description of a stream of the server. Raises a Refusal for another one."""
    name = json.loads(body).get("DeliveryStreamName")
    arn = "arn:aws:firehose:%s:%s:deliverystream/%s" % (server.region, account, name)
    if not name:
        raise Refusal("ValidationException", "1 validation error detected: Value null at "
                      "'deliveryStreamName' failed to satisfy constraint: Member must not be null")
    if server.description["denied"]:
        raise Refusal("AccessDeniedException", "User: arn:aws:iam::%s:user/exporter is not "
                      "authorized to perform: firehose:DescribeDeliveryStream on resource: %s "
                      "because no identity-based policy allows the "
                      "firehose:DescribeDeliveryStream action" % (account, arn))
    if name not in server.streams:
        raise Refusal("ResourceNotFoundException",
                      "Firehose %s under account %s not found." % (name, account))
    return {"DeliveryStreamDescription": {
        "DeliveryStreamName": name, "DeliveryStreamARN": arn, "VersionId": "1",
        "DeliveryStreamStatus": server.description["status"],
        "DeliveryStreamType": server.description["type"],
        "CreateTimestamp": 1.7e9, "HasMoreDestinations": False,
        "Destinations": [{"DestinationId": "destinationId-000000000001"}]}}
