"""The demo gives the same rows wherever its jobs run and its files are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bigframe.cli import main
from tests.demo.documents import FOLDER, prose
from tests.s3.bucket import Bucket
from tests.s3.moto_server import MotoServer
from tests.service.running import Server, start

TABLES = ("kept", "dropped", "audit", "embedded")


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    """A bucket on moto, whose server and key are in the environment."""
    server = MotoServer()
    made = Bucket.create(server.server)
    with pytest.MonkeyPatch.context() as environment:
        for name, value in made.environment.items():
            environment.setenv(name, value)
        yield made
    server.stop()


@pytest.fixture
def start_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """Start services whose token is in the environment."""
    with ExitStack() as running:

        def begin(**settings: Any) -> Server:
            database = f"sqlite:///{tmp_path / 'jobs.db'}"
            server = start(tmp_path, database=database, max_workers=2, **settings)
            running.callback(server.stop)
            monkeypatch.setenv("BIGFRAME_TOKEN", server.token)
            return server

        yield begin


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A table of texts, some of which are near-duplicates or too short."""
    rows = [*FOLDER.values(), None, prose(1) + " indeed", ""]
    pq.write_table(pa.table({"text": rows}), tmp_path / "texts.parquet", row_group_size=5)
    return tmp_path / "texts.parquet"


def rows_of(out: str | Path) -> dict[str, pandas.DataFrame]:
    return {name: pandas.read_parquet(f"{out}/{name}") for name in TABLES}


def rows_on(bucket: Bucket, out: str, folder: Path) -> dict[str, pandas.DataFrame]:
    """The tables below a key, brought to a folder without the code under test."""
    for key in bucket.sizes(out):
        file = folder / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bucket.get(key))
    return rows_of(folder / out)


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Run the demo with a cache that no earlier run has filled."""

    def run(*options: str) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / f"cache-{len(list(tmp_path.iterdir()))}"))
        assert main(["demo", "--traceback", *options]) == 0

    return run


def assert_same(found: dict[str, pandas.DataFrame], expected: dict[str, pandas.DataFrame]) -> None:
    for name in TABLES:
        assert len(expected[name]), "no rows would prove nothing"
        pandas.testing.assert_frame_equal(found[name], expected[name])


@pytest.mark.dask
def test_dask(demo: Callable[..., None], folder: Path, tmp_path: Path) -> None:
    for engine in ("local", "dask"):
        storage = tmp_path / f"storage-{engine}"
        demo("--input", str(folder), "--engine", engine, "--storage", str(storage), "--out", str(tmp_path / engine))
        assert not list(storage.glob("jobs/*")), "a finished job leaves no exchange files"
    assert_same(rows_of(tmp_path / "dask"), rows_of(tmp_path / "local"))


@pytest.mark.dask
def test_a_service_of_other_files(
    demo: Callable[..., None], start_service: Callable[..., Server], folder: Path, tmp_path: Path
) -> None:
    server = start_service(trust_udfs=True)
    demo("--input", str(folder), "--engine", server.url, "--out", str(server.data / "out"))
    demo("--input", str(folder), "--out", str(tmp_path / "local"))
    assert_same(rows_of(server.data / "out"), rows_of(tmp_path / "local"))


def test_s3(demo: Callable[..., None], bucket: Bucket, texts: Path, tmp_path: Path) -> None:
    demo("--input", str(texts), "--out", str(tmp_path / "local"))
    source = bucket.put("in/texts.parquet", texts.read_bytes())
    demo("--input", source, "--out", f"{bucket.url}/out", "--storage", f"{bucket.url}/scratch")
    assert_same(rows_on(bucket, "out", tmp_path), rows_of(tmp_path / "local"))


@pytest.mark.dask
def test_a_service_on_s3(
    demo: Callable[..., None], start_service: Callable[..., Server], bucket: Bucket, texts: Path, tmp_path: Path
) -> None:
    demo("--input", str(texts), "--out", str(tmp_path / "local"))
    source = bucket.put("lake/in/texts.parquet", texts.read_bytes())
    server = start_service(storage=f"{bucket.url}/service", roots=[f"{bucket.url}/lake"], trust_udfs=True)
    demo("--input", source, "--engine", server.url, "--out", f"{bucket.url}/lake/out")
    assert_same(rows_on(bucket, "lake/out", tmp_path), rows_of(tmp_path / "local"))


@pytest.mark.dask
def test_what_a_service_does_not_do_is_said_before_anything_runs(
    start_service: Callable[..., Server],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server = start_service()
    asked = ["demo", "--input", str(folder), "--engine", server.url]
    out = ["--out", str(server.data / "out")]
    for arguments, message in (
        (asked, "a service writes where it runs: give --out"),
        ([*asked, *out, "--storage", "x"], "a service has its own storage"),
        ([*asked, *out], "start it with `bigframe serve --trust-udfs`"),
    ):
        assert main(arguments) == 1
        said = capsys.readouterr()
        assert message in said.err
        assert (said.err.count("\n"), said.out) == (1, "")
    monkeypatch.delenv("BIGFRAME_TOKEN")
    assert main([*asked, *out]) == 1
    assert "a token is needed" in capsys.readouterr().err
    assert server.http.get("/v1/jobs").json() == {"jobs": []}


def test_an_engine_is_local_dask_or_a_service(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["demo", "--engine", "spark"])
    assert "'spark' is none of local, dask and http://host:port" in capsys.readouterr().err
