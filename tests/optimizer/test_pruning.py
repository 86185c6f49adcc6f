"""Pruning: blocks that cannot hold a wanted row are not read, whatever the types, missing values and NaN."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bigframe
from bigframe.errors import SourceError
from bigframe.ops.base import Column, Literal
from bigframe.ops.comparison import Eq, Gt
from bigframe.plan.scan import Scan
from bigframe.schema import FLOAT64, INT64
from bigframe.tree import walk
from engine.datasets import GAP_BYTES, Datasets, _bridged
from engine.io.column_chunks import chunk_range
from engine.io.layout import ColumnStatistics
from engine.kernels.relational.sources import scanned
from engine.optimizer.pipeline import optimize
from engine.optimizer.pruning import bounds, kept

Frame = Any
Filter = Callable[[Frame], Frame]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The numbers of the blocks that each scan keeps."""
    seen: list[list[int]] = []
    judged = Datasets._judged

    def watch(self: Datasets, scan: Any) -> list[bool]:
        found = judged(self, scan)
        seen.append([number for number, keep in enumerate(found) if keep])
        return found

    monkeypatch.setattr(Datasets, "_judged", watch)
    return seen


DAYS = pd.date_range("1990-01-01", periods=40, freq="90D")
TABLE = pa.table(
    {
        "n": pa.array(range(40), pa.int64()),
        "small": pa.array([i % 256 for i in range(200, 240)], pa.uint8()),
        "f": pa.array([float("nan") if i in (3, 17) else i / 4 for i in range(40)]),
        "s": pa.array([f"{'x' * 100}{i // 10}" for i in range(40)]),
        "day": pa.array([stamp.date() for stamp in DAYS]),
        "at": pa.array(DAYS, pa.timestamp("us")),
        "ns": pa.array(range(10**18, 10**18 + 40), pa.timestamp("ns")),
        "utc": pa.array(DAYS.tz_localize("UTC"), pa.timestamp("ms", "UTC")),
        "price": pa.array([Decimal(i) / 100 for i in range(40)], pa.decimal128(10, 2)),
        "flag": pa.array([i >= 20 for i in range(40)]),
        "hole": pa.array([None] * 10 + list(range(20)) + [None] * 10, pa.int64()),
    }
)
"""Four row groups of ten rows."""

CASES: list[tuple[Filter, list[int]]] = [
    (lambda d: d[d.n < 10], [0]),
    (lambda d: d[d.n <= 10], [0, 1]),
    (lambda d: d[d.n >= 20], [2, 3]),
    (lambda d: d[d.n == 25], [2]),
    (lambda d: d[d.n == 9.5], []),
    (lambda d: d[(d.n > 5) & (d.n < 12)], [0, 1]),
    (lambda d: d[(d.n < 5) | (d.n > 35)], [0, 3]),
    (lambda d: d[~(d.n < 30)], [3]),
    (lambda d: d[~((d.n < 10) | (d.n >= 20))], [1]),
    (lambda d: d[d.n.between(12, 13)], [1]),
    (lambda d: d[d.n.isin([3, 33])], [0, 3]),
    (lambda d: d[d.n.isin([3.0, 9.5])], [0]),
    (lambda d: d[d.n.isin([])], []),
    (lambda d: d[d.n > 2**62], []),
    (lambda d: d[d.small > 225], [2, 3]),
    (lambda d: d[d.small > 300], []),
    (lambda d: d[d.f > 7], [2, 3]),
    (lambda d: d[~(d.f > 7)], [0, 1, 2, 3]),
    (lambda d: d[d.f.isna()], [0, 1, 2, 3]),
    (lambda d: d[d.f != 2.0], [0, 1, 2, 3]),
    (lambda d: d[d.s == "x" * 100 + "2"], [2]),
    (lambda d: d[d.s != "x" * 100 + "2"], [0, 1, 3]),
    (lambda d: d[d.s > "y"], []),
    (lambda d: d[d.s.isin(["x" * 100 + "0", "x" * 101])], [0]),
    (lambda d: d[~d.s.isin(["x" * 100 + "0", "x" * 100 + "1"])], [2, 3]),
    (lambda d: d[d["day"] < dt.date(1990, 2, 1)], [0]),
    (lambda d: d[d["at"] >= "1998-01-01"], [3]),
    (lambda d: d[d["at"].dt.year == 1993], [1]),
    (lambda d: d[d["at"] < pd.Timestamp("1990-01-01 00:00:00.000000001")], [0]),
    (lambda d: d[d["ns"] > pd.Timestamp(10**18 + 29)], [3]),
    (lambda d: d[d["utc"] < pd.Timestamp("1990-01-01 01:00", tz="Europe/Berlin")], []),
    (lambda d: d[d["utc"] < pd.Timestamp("1990-01-01 02:00", tz="Europe/Berlin")], [0]),
    (lambda d: d[d["price"] > Decimal("0.29")], [3]),
    (lambda d: d[d["flag"]], [2, 3]),
    (lambda d: d[~d["flag"]], [0, 1]),
    (lambda d: d[d["hole"].isna()], [0, 3]),
    (lambda d: d[d["hole"].notna()], [1, 2]),
    (lambda d: d[d["hole"] < 5], [1]),
    (lambda d: d[~(d["hole"] < 5)], [0, 1, 2, 3]),
    (lambda d: d[d["hole"].fillna(100) > 50], [0, 1, 2, 3]),
]


THREE_VALUED: list[tuple[Filter, list[int]]] = [
    (lambda d: d[d["hole"] < 5], [1]),
    (lambda d: d[~(d["hole"] < 5)], [1, 2]),
    (lambda d: d[d["hole"] != 0], [1, 2]),
    (lambda d: d[~(d["hole"].isin([100]))], [0, 1, 2, 3]),
    (lambda d: d[(d["hole"] < 5) | (d["n"] < 3)], [0, 1]),
]


@pytest.mark.parametrize(("wanted", "blocks"), CASES)
def test_keeps_the_row_groups_that_can_hold_a_wanted_row(
    tmp_path: Path, read: list[list[int]], wanted: Filter, blocks: list[int]
) -> None:
    pq.write_table(TABLE, tmp_path / "t.parquet", row_group_size=10)
    expected = wanted(pd.read_parquet(tmp_path / "t.parquet"))
    with bigframe.connect(partitions=3):
        found = wanted(bigframe.read_parquet(tmp_path / "t.parquet")).to_pandas()
    pd.testing.assert_frame_equal(found, expected)
    # The first scan is the frame's; others find out which columns have missing values.
    assert read[0] == blocks


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
@pytest.mark.parametrize(("wanted", "blocks"), THREE_VALUED)
def test_a_missing_truth_keeps_no_row(
    tmp_path: Path, read: list[list[int]], wanted: Filter, blocks: list[int], backend: Any
) -> None:
    pq.write_table(TABLE.select(["n", "hole"]), tmp_path / "t.parquet", row_group_size=10)
    expected = wanted(pd.read_parquet(tmp_path / "t.parquet", dtype_backend=backend))
    found = wanted(bigframe.read_parquet(tmp_path / "t.parquet", dtype_backend=backend)).to_pandas()
    pd.testing.assert_frame_equal(found, expected)
    assert read[0] == blocks


def test_a_scalar_prunes_once_it_is_known(tmp_path: Path, read: list[list[int]]) -> None:
    pq.write_table(TABLE.select(["n"]), tmp_path / "t.parquet", row_group_size=10)
    frame = bigframe.read_parquet(tmp_path / "t.parquet")
    assert frame[frame.n > frame.n.mean()].n.to_pandas().tolist() == list(range(20, 40))
    assert read[-1] == [2, 3]


def test_bounds_of_another_type_bound_nothing() -> None:
    integer = INT64
    strange = [ColumnStatistics(b"\x00", b"\x01", 0), ColumnStatistics(None, 3, 0), ColumnStatistics()]
    known = bounds(strange, [5, 5, 5], integer, may_hold_nan=False)
    found = kept(Gt(Column("x"), Literal(7, integer)), {"x": integer}, lambda _: known, 3)
    assert found.tolist() == [True, True, True]


def test_nan_among_the_bounds_bounds_nothing() -> None:
    statistics = [ColumnStatistics(float("nan"), 1.0, 0), ColumnStatistics(0.0, 1.0, 0)]
    known = bounds(statistics, [5, 5], FLOAT64, may_hold_nan=True)
    found = kept(Gt(Column("x"), Literal(7.0, FLOAT64)), {"x": FLOAT64}, lambda _: known, 2)
    assert found.tolist() == [True, False]


def test_integers_beside_a_fraction_are_rounded_as_rows_are() -> None:
    statistics = [ColumnStatistics(2**53 + 1, 2**53 + 1, 0)]
    known = bounds(statistics, [1], INT64, may_hold_nan=False)
    found = kept(Eq(Column("x"), Literal(float(2**53), FLOAT64)), {"x": INT64}, lambda _: known, 1)
    assert pl.select(pl.lit(2**53 + 1).cast(pl.Float64) == float(2**53)).item() is True
    assert found.tolist() == [True]


def test_a_folder_of_partitions_is_pruned_by_its_names(tmp_path: Path, read: list[list[int]]) -> None:
    years = [1994, 1995, 1996, None]
    frame = pd.DataFrame({"year": pd.array(years * 3, "Int32"), "kind": list("abc") * 4, "n": range(12)})
    frame.to_parquet(tmp_path / "t", partition_cols=["year", "kind"])
    table = bigframe.read_parquet(tmp_path / "t")
    assert sorted(table[(table.year == 1995) & (table.kind == "b")].n.to_pandas()) == [1]
    assert len(read[0]) == 1
    read.clear()
    assert sorted(table[table.year > 1994].n.to_pandas()) == [1, 2, 5, 6, 9, 10]
    assert len(read[0]) == 6
    read.clear()
    assert sorted(table[table.year.isna()].n.to_pandas()) == [3, 7, 11]
    assert len(read[0]) == 3
    read.clear()
    assert sorted(table[~table.kind.isin(["a", "c"])].n.to_pandas()) == [1, 4, 7, 10]
    assert len(read[0]) == 4


def test_a_pruned_file_is_not_opened(tmp_path: Path) -> None:
    for number in range(3):
        pd.DataFrame({"n": range(number * 10, number * 10 + 10)}).to_parquet(tmp_path / f"{number}.parquet")
    found = bigframe.read_parquet(tmp_path)
    wanted = found[found.n >= 20]
    # Row groups of pruned files become noise: whoever reads them fails.
    for number in range(2):
        path = tmp_path / f"{number}.parquet"
        content, state = bytearray(path.read_bytes()), path.stat()
        start, stop = chunk_range(pq.read_metadata(path).row_group(0).column(0))
        content[start:stop] = b"\xff" * (stop - start)
        path.write_bytes(content)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert wanted.to_pandas().n.tolist() == list(range(20, 30))
    with pytest.raises(SourceError, match=r"[01]\.parquet"):
        found.to_pandas()


def test_small_gaps_are_read_over_and_large_ones_are_not() -> None:
    half = GAP_BYTES // 2
    assert _bridged([True, False, False, True], [1, half, half, 1]) == [True] * 4
    assert _bridged([True, False, False, True], [1, half, half + 1, 1]) == [True, False, False, True]
    assert _bridged([False, True, False, True, False], [1] * 5) == [False, True, True, True, False]
    assert _bridged([False, False], [1, 1]) == [False, False]


def test_what_fails_on_some_rows_sees_them_all(tmp_path: Path) -> None:
    table = pa.table({"n": range(20), "flag": pa.array([None] * 10 + [True] * 10)})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=10)
    frame, mirror = bigframe.read_parquet(tmp_path / "t.parquet"), pd.read_parquet(tmp_path / "t.parquet")
    with pytest.raises(ValueError, match="NA / NaN"):
        _ = mirror[mirror.flag]
    with pytest.raises(ValueError, match="NA / NaN"):
        frame[frame.flag].to_pandas()


# -- any data, any predicate: the answer is that of the unpruned plan, which is pandas'

COLUMNS = {
    "i": st.one_of(st.none(), st.integers(-5, 5)),
    "f": st.one_of(st.none(), st.just(float("nan")), st.just(-0.0), st.integers(-8, 8).map(lambda n: n / 4)),
    "s": st.one_of(st.none(), st.sampled_from(["", "a", "aa", "b", "é", "\U0001f600"])),
    "t": st.one_of(st.none(), st.integers(-3, 3).map(lambda n: dt.datetime(2000, 1, 1) + dt.timedelta(days=200 * n))),
}
TYPES = {"i": pa.int64(), "f": pa.float64(), "s": pa.string(), "t": pa.timestamp("us")}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "i": st.one_of(st.integers(-6, 6), st.integers(-12, 12).map(lambda n: n / 2)),
    "f": st.integers(-9, 9).map(lambda n: n / 4),
    "s": st.sampled_from(["", "a", "aa", "ab", "b", "z", "é", "\U0001f600"]),
    "t": st.integers(-4, 4).map(lambda n: pd.Timestamp("2000-01-01") + pd.Timedelta(days=200 * n)),
}
ORDERS: list[Callable[[Any, Any], Any]] = [
    lambda x, v: x < v,
    lambda x, v: x <= v,
    lambda x, v: x > v,
    lambda x, v: v <= x,
    lambda x, v: x == v,
    lambda x, v: x != v,
]


@st.composite
def masks(draw: st.DrawFn, depth: int = 2) -> Filter:
    """A function from a frame to a mask."""
    kind = draw(st.sampled_from(["order", "order", "isin", "null", "year"] + ["and", "or", "not"] * (depth > 0)))
    if kind in ("and", "or"):
        left, right = draw(masks(depth - 1)), draw(masks(depth - 1))
        return (lambda d: left(d) & right(d)) if kind == "and" else (lambda d: left(d) | right(d))
    if kind == "not":
        inner = draw(masks(depth - 1))
        return lambda d: ~inner(d)
    if kind == "year":
        operate, year = draw(st.sampled_from(ORDERS)), draw(st.integers(1998, 2002))
        return lambda d: operate(d.t.dt.year, year)
    name = draw(st.sampled_from([*VALUES]))
    if kind == "null":
        return (lambda d: d[name].isna()) if draw(st.booleans()) else (lambda d: d[name].notna())
    if kind == "isin":
        values = draw(st.lists(VALUES[name], max_size=4))
        return lambda d: d[name].isin(values)
    operate, value = draw(st.sampled_from(ORDERS)), draw(VALUES[name])
    return lambda d: operate(d[name], value)


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    size = draw(st.integers(0, 24))
    rows = {name: draw(st.lists(values, min_size=size, max_size=size)) for name, values in COLUMNS.items()}
    by = draw(st.sampled_from(["i", "s", "t", None]))
    table = pa.table({name: pa.array(values, TYPES[name]) for name, values in rows.items()})
    return table if by is None else table.sort_by(by)


def written(folder: str, table: pa.Table, group: int) -> str:
    """The table as a folder of two files."""
    half = table.num_rows // 2
    for number, part in enumerate((table.slice(0, half), table.slice(half))):
        pq.write_table(part, Path(folder) / f"{number}.parquet", row_group_size=group)
    return folder


@settings(max_examples=100, deadline=None)
@given(table=tables(), group=st.integers(1, 6), mask=masks(), backend=st.sampled_from(["numpy", "pyarrow"]))
def test_no_wanted_row_is_in_a_pruned_block(table: pa.Table, group: int, mask: Filter, backend: Any) -> None:
    options: dict[str, Any] = {} if backend == "numpy" else {"dtype_backend": backend}
    with tempfile.TemporaryDirectory() as folder:
        frame = bigframe.read_parquet(written(folder, table, group), **options)
        (plan,) = optimize((frame[mask(frame)]._frame.plan(),), facts=Datasets())
        scan = next(node for node in walk(plan) if isinstance(node, Scan))
        assert scan.predicate is not None
        files = Datasets()
        judged = files.kept(scan)
        dataset, starts = files.of(scan), [0]
        for block in dataset.blocks:
            starts.append(starts[-1] + block.rows)
        positioned = scan.replace(position="at")
        rows = scanned(positioned, dataset.spec, dataset.splits(1), (0, None), files.nan_columns(scan))
        wanted = rows.collect().get_column("at").to_list()
    for (start, stop), keep in zip(pairwise(starts), judged, strict=True):
        assert keep or not any(start <= row < stop for row in wanted)


@pytest.mark.parametrize("partitions", [1, 3, (0.4, 0.0, 0.6)])
@settings(max_examples=15, deadline=None)
@given(table=tables(), group=st.integers(1, 6), mask=masks())
def test_the_answer_is_that_of_pandas(partitions: Any, table: pa.Table, group: int, mask: Filter) -> None:
    with tempfile.TemporaryDirectory() as folder, bigframe.connect(partitions=partitions):
        mirror = pd.read_parquet(written(folder, table, group))
        frame = bigframe.read_parquet(folder)
        found = frame[mask(frame)].to_pandas()
    pd.testing.assert_frame_equal(found, mirror[mask(mirror)])
