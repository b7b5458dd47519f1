#!/usr/bin/python3
# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""Reads a whole Kinesis stream with boto3: GetShardIterator and GetRecords, shard after shard.

    /usr/bin/python3 kinesis_read.py URL STREAM [--records]

prints the data of every record, one after the other; with --records a JSON
list of shard, partition_key, bytes and events (lines) of each.
"""

import json
import sys

import boto3


def records_of(client, stream, shard):
    iterator = client.get_shard_iterator(StreamName=stream, ShardId=shard,
                                         ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    while iterator:
        page = client.get_records(ShardIterator=iterator, Limit=10000)
        yield from page["Records"]
        # An empty page with data ahead is normal; an empty one at the tip is the end.
        if not page["Records"] and page["MillisBehindLatest"] == 0:
            return
        iterator = page.get("NextShardIterator")


def main():
    url, stream = sys.argv[1:3]
    client = boto3.client("kinesis", endpoint_url=url, region_name="eu-west-1", verify=False,
                          aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="any")
    listed = []
    for shard in client.list_shards(StreamName=stream)["Shards"]:
        for record in records_of(client, stream, shard["ShardId"]):
            listed.append({"shard": shard["ShardId"], "partition_key": record["PartitionKey"],
                           "bytes": len(record["Data"]), "events": record["Data"].count(b"\n")})
            if "--records" not in sys.argv:
                sys.stdout.buffer.write(record["Data"])
    if "--records" in sys.argv:
        print(json.dumps(listed))


if __name__ == "__main__":
    main()
