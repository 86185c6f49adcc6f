"""An S3 server, and a bucket on it with what a test needs to name it, to fill it and to look into it from outside."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

REGION = "us-east-1"
MOST_DELETED = 1000
"""Keys in one call of DeleteObjects."""

_numbers = itertools.count()


@dataclass(frozen=True)
class Server:
    """Where an S3 server listens, and a key that may do everything on it."""

    kind: str
    endpoint: str
    key: str
    secret: str = field(repr=False)

    @classmethod
    def at(cls, url: str) -> Server:
        """The server that a URL with key and secret names."""
        parts = urlsplit(url)
        assert parts.username is not None
        assert parts.password is not None
        return cls("other", f"http://{parts.hostname}:{parts.port}", parts.username, parts.password)

    def client(self, service: str = "s3") -> Any:
        """A boto3 client: a second opinion that shares no code with the store under test."""
        return _client(self, service)


@cache
def _client(server: Server, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        aws_access_key_id=server.key,
        aws_secret_access_key=server.secret,
        region_name=REGION,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


@dataclass(frozen=True)
class Bucket:
    """A bucket; `server` is what the code under test speaks to, `direct` what the test itself uses."""

    name: str
    server: Server
    direct: Server

    @classmethod
    def create(cls, server: Server) -> Bucket:
        bucket = cls(f"bed-{os.getpid()}-{next(_numbers)}", server, server)
        bucket.s3.create_bucket(Bucket=bucket.name)
        return bucket

    @property
    def url(self) -> str:
        return f"s3://{self.name}"

    @property
    def storage_options(self) -> dict[str, str]:
        """In the words of pandas and s3fs."""
        return {
            "key": self.server.key,
            "secret": self.server.secret,
            "endpoint_url": self.server.endpoint,
            "region": REGION,
        }

    @property
    def environment(self) -> dict[str, str]:
        """The same in the standard variables of AWS."""
        return {
            "AWS_ENDPOINT_URL": self.server.endpoint,
            "AWS_ACCESS_KEY_ID": self.server.key,
            "AWS_SECRET_ACCESS_KEY": self.server.secret,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }

    @property
    def s3(self) -> Any:
        return self.direct.client()

    def through(self, endpoint: str) -> Bucket:
        """The same bucket spoken to through a proxy; the test's own calls stay direct."""
        return replace(self, server=replace(self.server, endpoint=endpoint))

    def signed_by(self, key: str, secret: str) -> Bucket:
        """The same bucket spoken to with another key."""
        return replace(self, server=replace(self.server, key=key, secret=secret))

    def put(self, key: str, data: bytes) -> str:
        """Store an object; its URL."""
        self.s3.put_object(Bucket=self.name, Key=key, Body=data)
        return f"{self.url}/{key}"

    def get(self, key: str) -> bytes:
        body: bytes = self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        return body

    def sizes(self, prefix: str = "") -> Mapping[str, int]:
        """Size of every object below `prefix`, by key."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return {found["Key"]: found["Size"] for page in pages for found in page.get("Contents", ())}

    def pending_uploads(self) -> list[str]:
        """Keys of multipart uploads that were neither completed nor aborted."""
        return [upload["Key"] for upload in self.s3.list_multipart_uploads(Bucket=self.name).get("Uploads", ())]

    def remove(self) -> None:
        """Delete the bucket with all that is in it."""
        for upload in self.s3.list_multipart_uploads(Bucket=self.name).get("Uploads", ()):
            self.s3.abort_multipart_upload(Bucket=self.name, Key=upload["Key"], UploadId=upload["UploadId"])
        keys = list(self.sizes())
        for start in range(0, len(keys), MOST_DELETED):
            objects = [{"Key": key} for key in keys[start : start + MOST_DELETED]]
            self.s3.delete_objects(Bucket=self.name, Delete={"Objects": objects, "Quiet": True})
        self.s3.delete_bucket(Bucket=self.name)
