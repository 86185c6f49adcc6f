"""Delta and Iceberg tables, and web archives, in a bucket: found with the same storage options as any other file."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from pyiceberg.catalog.sql import SqlCatalog

import bigframe
from bigframe.errors import SourceError
from tests.io.test_warc import html
from tests.s3.bucket import REGION, Bucket

ROWS = pa.table({"id": [1, 2, 3], "country": ["de", "fr", "a/b c"]})


def test_a_delta_table(bucket: Bucket) -> None:
    server = bucket.server
    options = {
        "AWS_ACCESS_KEY_ID": server.key,
        "AWS_SECRET_ACCESS_KEY": server.secret,
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_REGION": REGION,
        "AWS_ALLOW_HTTP": "true",
        "AWS_S3_ALLOW_UNSAFE_RENAME": "true",
    }
    write_deltalake(f"{bucket.url}/events", ROWS, partition_by=["country"], storage_options=options)
    frame = bigframe.read_delta(f"{bucket.url}/events", storage_options=bucket.storage_options)
    rows = frame.to_pandas().sort_values("id")
    assert rows.to_dict("list") == ROWS.to_pydict()
    assert frame[frame.country == "a/b c"].id.to_pandas().tolist() == [3]
    with pytest.raises(SourceError, match="nothing: not a readable Delta table") as caught:
        bigframe.read_delta(f"{bucket.url}/nothing")
    assert server.secret not in str(caught.value)


def test_an_iceberg_table(bucket: Bucket, tmp_path: Path) -> None:
    server = bucket.server
    catalog = SqlCatalog(
        "local",
        **{
            "uri": f"sqlite:///{tmp_path}/catalog.db",
            "warehouse": f"{bucket.url}/lake",
            "s3.endpoint": server.endpoint,
            "s3.access-key-id": server.key,
            "s3.secret-access-key": server.secret,
            "s3.region": REGION,
        },
    )
    catalog.create_namespace("db")
    table = catalog.create_table("db.events", ROWS.schema)
    table.append(ROWS)
    frame = bigframe.read_iceberg(table.metadata_location, storage_options=bucket.storage_options)
    assert frame.to_pandas().to_dict("list") == ROWS.to_pydict()


def test_a_web_archive(bucket: Bucket) -> None:
    bucket.s3.put_object(Bucket=bucket.name, Key="a.warc", Body=html(1) + html(2))
    frame = bigframe.read_warc(f"{bucket.url}/a.warc", storage_options=bucket.storage_options)
    assert frame.url.to_pandas().tolist() == ["http://example.org/1", "http://example.org/2"]
