"""Files on web servers and hubs, read by ranges through fsspec; a folder that cannot be listed says so."""

from __future__ import annotations

import gzip
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem

import bigframe
from bigframe.errors import BigFrameError
from tests.conformance.compare import assert_same

ROWS = pd.DataFrame({"id": range(1000), "x": np.arange(1000) / 8, "s": [f"name {n}" for n in range(1000)]})


class Server(ThreadingHTTPServer):
    """A static server with ranges and etags, which counts the bytes of bodies that it sends."""

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        self.root, self.sent, self.ranges = root, 0, 0
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(SimpleHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.answer(body=True)

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def answer(self, *, body: bool) -> None:
        file = self.server.root / self.path.lstrip("/")
        if file.is_dir():
            return self.send_error(403, "no listing")
        if not file.exists():
            return self.send_error(404)
        data, span = file.read_bytes(), self.headers.get("Range")
        start, stop = 0, len(data)
        if span is not None:
            first, last = span.removeprefix("bytes=").split("-")
            start, stop = int(first), min(len(data), int(last) + 1) if last else len(data)
            self.server.ranges += 1
        self.send_response(200 if span is None else 206)
        self.send_header("Content-Length", str(stop - start))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", f'"{file.stat().st_mtime_ns}"')
        if span is not None:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(data)}")
        self.end_headers()
        if body:
            self.server.sent += stop - start
            self.wfile.write(data[start:stop])
        return None

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    root = tmp_path / "www"
    root.mkdir()
    with Server(root) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_every_format_by_http(server: Server) -> None:
    ROWS.to_parquet(server.root / "rows.parquet")
    ROWS.to_csv(server.root / "rows.csv", index=False)
    ROWS.to_json(server.root / "rows.jsonl.gz", orient="records", lines=True)
    for frame in (
        bigframe.read_parquet(f"{server.url}/rows.parquet"),
        bigframe.read_csv(f"{server.url}/rows.csv"),
        bigframe.read_json(f"{server.url}/rows.jsonl.gz"),
    ):
        assert_same(frame.to_pandas(), ROWS)
        assert_same(frame[frame.id >= 990].to_pandas(), ROWS[ROWS.id >= 990])


def test_several_urls_with_drift(server: Server) -> None:
    pq.write_table(pa.table({"id": pa.array([1], pa.int32())}), server.root / "a.parquet")
    pq.write_table(pa.table({"id": [2], "new": ["x"]}), server.root / "b.parquet")
    frame = bigframe.read_parquet([f"{server.url}/a.parquet", f"{server.url}/b.parquet"])
    assert_same(frame.to_pandas(), pd.DataFrame({"id": [1, 2], "new": pd.Series([None, "x"], dtype="str")}))


def test_one_column_is_fetched_by_ranges(server: Server) -> None:
    rng = np.random.default_rng(0)
    wide = pa.table({f"c{n}": rng.random(20_000) for n in range(20)})
    pq.write_table(wide, server.root / "wide.parquet", use_dictionary=False, compression="none")
    frame = bigframe.read_parquet(f"{server.url}/wide.parquet")
    total = frame.c7.sum()
    server.sent = 0
    assert float(total) == pytest.approx(wide["c7"].to_numpy().sum())
    assert server.sent <= 1.2 * wide["c7"].nbytes
    assert server.ranges > 0


def test_what_is_not_there(server: Server) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.parquet"):
        bigframe.read_parquet(f"{server.url}/absent.parquet")


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_folder_that_cannot_be_listed(server: Server, slash: str) -> None:
    (server.root / "folder").mkdir()
    ROWS.to_parquet(server.root / "folder" / "rows.parquet")
    with pytest.raises((BigFrameError, FileNotFoundError), match=r"127\.0\.0\.1:\d+/folder"):
        bigframe.read_parquet(f"{server.url}/folder{slash}")


def test_a_file_that_changes_is_noticed(server: Server) -> None:
    ROWS.to_parquet(server.root / "rows.parquet")
    frame = bigframe.read_parquet(f"{server.url}/rows.parquet")
    ROWS.iloc[:10].to_parquet(server.root / "rows.parquet")
    with pytest.raises(BigFrameError, match="replaced after the job was planned"):
        frame.to_pandas()


def test_a_truncated_download_is_named(server: Server) -> None:
    (server.root / "rows.csv.gz").write_bytes(gzip.compress(ROWS.to_csv(index=False).encode())[:-20])
    with pytest.raises(BigFrameError, match=r"rows\.csv\.gz"):
        bigframe.read_csv(f"{server.url}/rows.csv.gz")


class Hub(MemoryFileSystem):
    """Stands for huggingface_hub's file system, which needs a network."""

    protocol = "hf"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.removeprefix("hf://").strip("/")

    def unstrip_protocol(self, name: str) -> str:
        return "hf://" + name.lstrip("/")


def test_hub_urls_go_to_the_hubs_file_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules["fsspec.registry"].__dict__["_registry"], "hf", Hub)
    for number in range(2):
        with Hub().open(f"hf://datasets/me/data/part-{number}.parquet", "wb") as file:
            ROWS.iloc[500 * number : 500 * (number + 1)].reset_index(drop=True).to_parquet(file)
    assert_same(bigframe.read_parquet("hf://datasets/me/data").to_pandas(), ROWS)
    assert_same(bigframe.read_parquet("hf://datasets/me/data/part-0.parquet").to_pandas(), ROWS.iloc[:500])


class Listing(SimpleHTTPRequestHandler):
    """Python's own handler: it lists folders, and knows neither ranges nor etags."""

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


def test_a_server_that_lists_folders_and_knows_no_ranges(tmp_path: Path) -> None:
    for number in range(2):
        part = ROWS.iloc[500 * number : 500 * (number + 1)].reset_index(drop=True)
        part.to_parquet(tmp_path / f"{number}.parquet", row_group_size=100)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Listing, directory=str(tmp_path))) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{running.server_port}"
        try:
            frame = bigframe.read_parquet(f"{url}/")
            assert_same(frame.to_pandas(), ROWS)
            assert_same(frame[frame.id > 950].to_pandas(), ROWS[ROWS.id > 950])
        finally:
            running.shutdown()
            thread.join()


def test_a_service_has_its_own_keys() -> None:
    options = {"key": "k", "secret": "hidden"}
    session = bigframe.Session("http://127.0.0.1:9", token="t")
    with session, bigframe.using(session), pytest.raises(bigframe.Unsupported, match="storage_options="):
        bigframe.read_parquet("s3://bucket/rows.parquet", storage_options=options)
