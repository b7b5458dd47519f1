#!/usr/bin/python3
# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""What one writes with boto3 and redis-py in an afternoon, kept fast: claim the
set by renaming it, scan it in pages, fill records to a million bytes, four a
call, look at the answer, forget the set when everything was accepted.

    boto3_exporter.py REDIS_URL ENDPOINT_URL [CA_FILE]

prints `ready`, exports when a line arrives, prints `done N`."""

import sys

import boto3
import redis

PENDING = "send_to_kinesis:pending_events"
CLAIMED = "bench:claimed"
RECORD_BYTES = 1000000
RECORDS_PER_CALL = 4


def records(events):
    lines, size = [], 0
    for event in events:
        if size + len(event) + 1 > RECORD_BYTES:
            yield b"\n".join(lines) + b"\n"
            lines, size = [], 0
        lines.append(event)
        size += len(event) + 1
    if lines:
        yield b"\n".join(lines) + b"\n"


def put(firehose, batch):
    answer = firehose.put_record_batch(
        DeliveryStreamName="bench", Records=[{"Data": data} for data in batch]
    )
    if answer["FailedPutCount"] > 0:
        sys.exit("boto3_exporter: records were refused")
    return sum(data.count(b"\n") for data in batch)


def export(store, firehose):
    sent, batch = 0, []
    store.rename(PENDING, CLAIMED)
    for record in records(store.sscan_iter(CLAIMED, count=5000)):
        batch.append(record)
        if len(batch) == RECORDS_PER_CALL:
            sent += put(firehose, batch)
            batch = []
    if batch:
        sent += put(firehose, batch)
    store.unlink(CLAIMED)
    return sent


def main(redis_url, endpoint, ca_file=None):
    store = redis.Redis.from_url(redis_url)
    firehose = boto3.client(
        "firehose",
        region_name="eu-west-1",
        endpoint_url=endpoint,
        aws_access_key_id="AKIDBENCH",
        aws_secret_access_key="bench",
        verify=ca_file,
    )
    print("ready", flush=True)
    if not sys.stdin.readline():
        sys.exit(1)
    print("done", export(store, firehose), flush=True)
    sys.stdin.readline()


main(*sys.argv[1:])
