#!/usr/bin/python3
# kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
# SPDX-License-Identifier: MIT
"""What botocore finds: reads a JSON list of {"env": {...}, "profile": NAME or null} from standard
input and writes a list of {"id", "secret", "token"}, {"none": true} or {"error": CLASS}."""

import sys

sys.dont_write_bytecode = True  # The specs run this from the source tree.

import json
import os

import botocore.loaders
import botocore.session
from botocore.credentials import ContainerMetadataFetcher

ContainerMetadataFetcher.SLEEP_TIME = 0

# The models are large: they are read once.
loader = botocore.loaders.create_loader()


class Session(botocore.session.Session):
    """This version of botocore does not know the variables AWS_ENDPOINT_URL_..."""

    def __init__(self, **options):
        super().__init__(**options)
        self.register_component("data_loader", loader)

    def create_client(self, service_name, *arguments, **options):
        options["endpoint_url"] = os.environ["AWS_ENDPOINT_URL_" + service_name.upper()]
        options["region_name"] = "eu-west-1"
        return super().create_client(service_name, *arguments, **options)


def resolve(case):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(case["env"])
    try:
        found = Session(profile=case.get("profile")).get_credentials()
        if found is None:
            return {"none": True}
        found = found.get_frozen_credentials()
    except Exception as error:
        return {"error": type(error).__name__}
    return {"id": found.access_key, "secret": found.secret_key, "token": found.token}


print(json.dumps([resolve(case) for case in json.load(sys.stdin)]))
