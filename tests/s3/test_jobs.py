"""Whole jobs on S3 under faults: the right rows, or an error that says what is wrong; never other rows."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas
import pytest

import bigframe
import bigframe as pd
from bigframe.errors import BigFrameError, InputChanged, SourceError, StorageError
from engine.storage.retry import DEADLINE_VARIABLE
from tests.s3.bucket import Bucket
from tests.s3.fault_proxy import FaultProxy

FILES, ROWS = 4, 2000

ONE = {
    "slow-down": {"slow_down": 0.3},
    "reset": {"reset": 0.2},
    "cut": {"cut": 0.3},
    "flip": {"flip": 0.05},
}
ALL = {"slow_down": 0.3, "reset": 0.2, "cut": 0.3, "flip": 0.05}


def table(number: int) -> pandas.DataFrame:
    dice = np.random.default_rng(number)
    return pandas.DataFrame(
        {
            "key": dice.integers(0, 50, ROWS),
            "value": dice.normal(size=ROWS),
            "text": [f"text {n}" for n in dice.integers(0, 1 << 40, ROWS)],
        }
    )


TABLE = pandas.concat([table(number) for number in range(FILES)], ignore_index=True)


@pytest.fixture
def inputs(bucket: Bucket) -> None:
    """Four Parquet files as another program wrote them."""
    for number in range(FILES):
        buffer = io.BytesIO()
        table(number).to_parquet(buffer, index=False)
        bucket.put(f"in/{number}.parquet", buffer.getvalue())


@pytest.fixture
def session(
    request: pytest.FixtureRequest, proxied: Bucket, inputs: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[bigframe.Session]:
    """A session whose exchange files are on S3, behind the fault proxy; in process unless its parameter says ``dask``."""
    for name, value in proxied.environment.items():
        monkeypatch.setenv(name, value)
    place: dict[str, Any] = {"storage": f"{proxied.url}/scratch", "partitions": 3}
    if getattr(request, "param", "") == "dask":
        place |= {"address": "local", "workers": 2}
    with bigframe.connect(**place) as opened:
        yield opened


BOTH = pytest.mark.parametrize("session", ["in-process", pytest.param("dask", marks=pytest.mark.dask)], indirect=True)


def read(bucket: Bucket) -> Any:
    return pd.read_parquet(f"{bucket.url}/in/*.parquet")


JOBS: dict[str, Callable[[Any], Any]] = {
    "filter": lambda frame: frame[frame["value"] > 1].reset_index(drop=True),
    "sort": lambda frame: frame.sort_values(["value"]).reset_index(drop=True),
    "merge": lambda frame: frame.merge(
        frame.groupby("key", as_index=False)["value"].max().rename(columns={"value": "most"}), on="key"
    ).sort_values(["value", "text"]).reset_index(drop=True),
}  # fmt: skip


def seeds(proxy: FaultProxy) -> Iterator[int]:
    """Until one of them made a fault: files carry new names in every run, and a job reads but a few."""
    for seed in range(40):
        yield seed
        if proxy.injected():
            return
    pytest.fail("no fault was injected")


def same(found: Any, expected: pandas.DataFrame) -> None:
    pandas.testing.assert_frame_equal(found.to_pandas(), expected, rtol=1e-9)


# ---------------------------------------------------------------- faults that pass


@pytest.mark.parametrize("fault", ONE)
def test_right_rows(session: bigframe.Session, proxied: Bucket, proxy: FaultProxy, fault: str) -> None:
    # Foreign Parquet has no checksums, so only what bigframe wrote is flipped.
    for seed in seeds(proxy):
        with proxy.faults(seed=seed, **ONE[fault], flip_keys="scratch/*"):
            for job in JOBS.values():
                same(job(read(proxied)), job(TABLE))


@pytest.mark.dask
@pytest.mark.parametrize("session", ["dask"], indirect=True)
def test_right_rows_of_workers(session: bigframe.Session, proxied: Bucket, proxy: FaultProxy) -> None:
    with proxy.faults(**ALL, flip_keys="scratch/*"):
        same(JOBS["merge"](read(proxied)), JOBS["merge"](TABLE))
    assert {"SlowDown", "reset", "cut"} <= proxy.injected().keys()


@pytest.mark.parametrize("fault", ONE)
def test_what_bigframe_wrote_is_read_right(
    session: bigframe.Session, proxied: Bucket, proxy: FaultProxy, fault: str
) -> None:
    read(proxied).to_parquet(f"{proxied.url}/out")
    for seed in seeds(proxy):
        with proxy.faults(seed=seed, **ONE[fault]):
            frame = pd.read_parquet(f"{proxied.url}/out")
            same(JOBS["sort"](frame), JOBS["sort"](TABLE))
            same(frame[["key"]], TABLE[["key"]])


def test_right_output_under_all_faults(session: bigframe.Session, proxied: Bucket, proxy: FaultProxy) -> None:
    with proxy.faults(**ALL, flip_keys="[so][cu]*"):
        read(proxied).sort_values(["value"]).to_parquet(f"{proxied.url}/out")
    same(pd.read_parquet(f"{proxied.url}/out").reset_index(drop=True), JOBS["sort"](TABLE))


def test_flips_that_last_are_never_read(session: bigframe.Session, proxied: Bucket, proxy: FaultProxy) -> None:
    read(proxied).to_parquet(f"{proxied.url}/out")
    with proxy.faults(flip=1, flip_keys="out/*.parquet"), pytest.raises(BigFrameError) as error:
        pd.read_parquet(f"{proxied.url}/out").to_pandas()
    assert f"{proxied.url}/out/" in str(error.value)


# ---------------------------------------------------------------- faults that last


def test_a_lasting_outage_ends_at_the_deadline(
    session: bigframe.Session, proxied: Bucket, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = read(proxied)
    frame.head(1).to_pandas()
    monkeypatch.setenv(DEADLINE_VARIABLE, "1")
    with proxy.faults(off=True), pytest.raises(StorageError, match=proxied.url) as error:
        JOBS["sort"](frame).to_pandas()
    assert error.value.code == "STORAGE_UNAVAILABLE"
    same(JOBS["sort"](frame), JOBS["sort"](TABLE))


@BOTH
def test_one_forbidden_file_is_named(session: bigframe.Session, proxied: Bucket, proxy: FaultProxy) -> None:
    frame = JOBS["sort"](read(proxied))
    with proxy.faults(forbidden="in/2.parquet"), pytest.raises(StorageError, match=r"in/2\.parquet") as error:
        frame.to_pandas()
    assert error.value.code == "STORAGE_FORBIDDEN"


@BOTH
def test_credentials_that_expire_during_the_job(session: bigframe.Session, proxied: Bucket, proxy: FaultProxy) -> None:
    frame = JOBS["sort"](read(proxied))
    with proxy.faults(expires_after=3), pytest.raises(StorageError, match="expired") as error:
        frame.to_pandas()
    assert error.value.code == "STORAGE_CREDENTIALS"
    same(frame, JOBS["sort"](TABLE))


@BOTH
def test_an_input_that_was_replaced_is_never_mixed_in(session: bigframe.Session, proxied: Bucket) -> None:
    frame = JOBS["sort"](read(proxied))
    buffer = io.BytesIO()
    table(99).to_parquet(buffer, index=False)
    proxied.put("in/2.parquet", buffer.getvalue())
    with pytest.raises(InputChanged, match=r"in/2\.parquet") as error:
        frame.to_pandas()
    assert error.value.code == "INPUT_CHANGED"


def test_an_input_that_was_removed_is_named(session: bigframe.Session, proxied: Bucket) -> None:
    frame = JOBS["sort"](read(proxied))
    proxied.s3.delete_object(Bucket=proxied.name, Key="in/2.parquet")
    with pytest.raises(SourceError, match=r"in/2\.parquet"):
        frame.to_pandas()
