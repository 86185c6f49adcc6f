"""Every dtype that the data decides, with and without its trigger: declared, computed and pandas' own are one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bigframe
from bigframe.errors import Unsupported
from tests.conformance.compare import same, same_error

LEFT = pd.DataFrame({"k": [1, 2, 3, 4], "x": [1, 2, 3, 4]})
HOLED = pd.DataFrame(
    {
        "k": [1, 2, 3],
        "v": [7, 8, 9],
        "w": [True, False, True],
        "s": ["a", "b", "c"],
        "u": np.array([1, 2, 3], "u1"),
        "t": pd.to_datetime(["2020-01-01"] * 3),
        "f": np.array([1, 2, 3], "f4"),
        "big": [2**53 + 1, 5, 6],
    }
)
FULL = pd.concat([HOLED, HOLED.iloc[:1].assign(k=4)], ignore_index=True)

# After a left join that leaves holes, or none.
JOINED: dict[str, Callable[[Any], Any]] = {
    "all": lambda j: j,
    "int": lambda j: j.v,
    "bool": lambda j: j.w,
    "uint8": lambda j: j.u + 1,
    "filtered": lambda j: j[j.k < 3],
    "filtered twice": lambda j: j[j.k < 4][lambda d: d.k < 3].v,
    "filtered, text": lambda j: j[j.k < 3].v.astype(str),
    "text": lambda j: j.v.astype(str),
    "text of bool": lambda j: j.w.astype(str),
    "text length": lambda j: j.v.astype(str).str.len(),
    "text beyond 2**53": lambda j: j.big.astype(str),
    "beyond 2**53": lambda j: j.big + 1,
    "head": lambda j: j.head(2).v,
    "sorted": lambda j: j.sort_values("v"),
    "assigned": lambda j: j.assign(q=lambda d: d.v * 2)[lambda d: d.x < 3].q,
    "index": lambda j: j.set_index("v")[lambda d: d.x < 3],
    "again joined": lambda j: j.merge(HOLED_AGAIN(j), on="v", how="left"),
    "+": lambda j: j.v + 1,
    "-": lambda j: -j.v,
    "*": lambda j: j.v * 1.5,
    "/": lambda j: j.v / 2,
    "//": lambda j: j.v // 2,
    "%": lambda j: j.v % 2,
    "**": lambda j: j.v**2,
    "own max": lambda j: j.v - j.v.max(),
    ">": lambda j: j.v > 7,
    "bool ==": lambda j: j.w == True,  # noqa: E712
    "bool &": lambda j: j.w & True,
    "between": lambda j: j.v.between(7, 8),
    "isin": lambda j: j.v.isin([7]),
    "isna": lambda j: j.v.isna(),
    "fillna": lambda j: j.v.fillna(0),
    "fillna, int": lambda j: j.v.fillna(0).astype(int),
    "fillna 0.5": lambda j: j.v.fillna(0.5),
    "fillna of bool": lambda j: j.w.fillna(False),
    "mask of bool": lambda j: j[j.w.fillna(False)],
    "dropna": lambda j: j.v.dropna(),
    "dropna, int": lambda j: j.v.dropna().astype(int),
    "dropna of frame": lambda j: j[["v", "s"]].dropna(),
    "Int64": lambda j: j.v.astype("Int64"),
    "float": lambda j: j.v.astype(float),
    "as bool": lambda j: j.v.astype(bool),
    "abs": lambda j: j.v.abs(),
    "round": lambda j: j.v.round(),
    "clip": lambda j: j.v.clip(8),
    "where": lambda j: j.v.where(j.x > 0),
    "mask": lambda j: j.v.mask(j.x > 1),
    "map by dict": lambda j: j.v.map({7: "x"}),
    "map of bool": lambda j: j.w.map({True: 1, False: 0}),
    "sum": lambda j: j.v.sum(),
    "max": lambda j: j.v.max(),
    "groups of it": lambda j: j.groupby("v").x.sum(),
    "groups with it": lambda j: j.groupby("x").v.sum(),
    "groups with max": lambda j: j.groupby("x").v.max(),
    "value_counts": lambda j: j.v.value_counts(),
    "distinct": lambda j: j.drop_duplicates("v"),
    "float32": lambda j: j.f + 1,
    "year": lambda j: j.t.dt.year,
    "numbers": lambda j: j.select_dtypes("number"),
}


def HOLED_AGAIN(joined: Any) -> Any:  # noqa: N802  (the constant, as an object of the module under test)
    module = pd if isinstance(joined, pd.DataFrame) else bigframe
    return module.DataFrame({"v": [7, 8], "z": [1, 2]})


@pytest.mark.parametrize("name", JOINED)
@pytest.mark.parametrize("right", [HOLED, FULL], ids=["holes", "none"])
def test_after_a_left_join(right: pd.DataFrame, name: str) -> None:
    same(lambda m, l, r: JOINED[name](l.merge(r, on="k", how="left")), LEFT, right)


@pytest.mark.parametrize("how", ["inner", "right", "outer"])
@pytest.mark.parametrize("right", [HOLED, FULL], ids=["holes", "none"])
def test_after_other_joins(right: pd.DataFrame, how: str) -> None:
    same(lambda m, l, r: l.merge(r, on="k", how=how), LEFT, right)
    same(lambda m, l, r: r.merge(l[l.x > 1], on="k", how=how).x, LEFT, right)


@pytest.mark.parametrize("right", [HOLED, FULL], ids=["holes", "none"])
def test_after_concat(right: pd.DataFrame) -> None:
    same(lambda m, l, r: m.concat([l, r]), LEFT, right)
    same(lambda m, l, r: m.concat([l, r])[lambda d: d.x.notna()], LEFT, right)
    same(lambda m, l, r: m.concat([l.merge(r, on="k", how="left").v, l.x]), LEFT, right)


@pytest.mark.parametrize("right", [HOLED, FULL], ids=["holes", "none"])
def test_functions_see_one_type_in_every_partition(right: pd.DataFrame) -> None:
    with_holes = right is HOLED

    def kind(value: object) -> str:
        return type(value).__name__

    def kinds(row: Any) -> str:
        return f"{type(row.v).__name__} {type(row.k).__name__}"

    def dtypes(part: pd.DataFrame) -> pd.DataFrame:
        return part.assign(v=str(part.v.dtype), k=part.index.dtype.name)

    joined = bigframe.from_pandas(LEFT).merge(bigframe.from_pandas(right), on="k", how="left")
    assert set(joined.v.map(kind)) == {"float" if with_holes else "int"}
    assert joined[["v", "k"]].apply(kinds, axis=1).nunique().item() == 1
    parts = joined[["v"]].map_partitions(dtypes, output_types={"v": str, "k": str}).to_pandas()
    assert set(parts.v) == {"float64" if with_holes else "int64"}


def test_holes_that_change_what_an_operator_means() -> None:
    left, right = bigframe.from_pandas(LEFT), bigframe.from_pandas(HOLED)
    joined = left.merge(right, on="k", how="left")
    for make in (lambda: ~joined.w, lambda: joined.w + 1, lambda: joined.v & 1):
        with bigframe.option_context("fallback", "raise"), pytest.raises(Unsupported):
            make()
    same_error(lambda m, l, r: l.merge(r, on="k", how="left").v.astype(int), LEFT, HOLED)
    same(lambda m, l, r: l.merge(r, on="k", how="left").v.astype(int), LEFT, FULL)


DIVIDED = pd.DataFrame(
    {
        "a": [7, 8, 9, 2**40],
        "z": [0, 2, 3, 4],
        "o": [1, 2, 3, 4],
        "i4": np.array([5, 6, 7, 8], "i4"),
        "u1": np.array([5, 6, 7, 8], "u1"),
        "b": [True, False, True, True],
    }
)
QUOTIENTS: dict[str, Callable[[Any, Any], Any]] = {
    "//": lambda d, y: d.a // y,
    "%": lambda d, y: d.a % y,
    "int32": lambda d, y: d.i4 // y.astype("int32"),
    "uint8": lambda d, y: d.u1 // y.astype("uint8"),
    "uint8 %": lambda d, y: d.u1 % y.astype("uint8"),
    "reflected": lambda d, y: 7 // y,
    "filtered": lambda d, y: (d.a // y)[d.o > 1],
    "filtered, text": lambda d, y: (d.a // y)[d.o > 1].astype(str),
    "% filtered": lambda d, y: (d.a % y)[d.o > 1],
    "% text": lambda d, y: (d.a % y).astype(str),
    "+ 1": lambda d, y: (d.a // y) + 1,
    "* 1.5": lambda d, y: (d.a // y) * 1.5,
    "// 2": lambda d, y: (d.a // y) // 2,
    "% 2": lambda d, y: (d.a // y) % 2,
    "/ 2": lambda d, y: (d.a // y) / 2,
    "** 2": lambda d, y: (d.i4 // y) ** 2,
    "-": lambda d, y: -(d.a // y),
    "abs": lambda d, y: abs(d.a // y),
    "round": lambda d, y: (d.a // y).round(),
    ">": lambda d, y: (d.a // y) > 5,
    "isin": lambda d, y: (d.a // y).isin([7]),
    "isna": lambda d, y: (d.a // y).isna(),
    "fillna": lambda d, y: (d.a // y).fillna(0),
    "clip": lambda d, y: (d.a // y).clip(0, 3),
    "where": lambda d, y: (d.a // y).where(d.o > 0),
    "where some": lambda d, y: (d.a // y).where(d.o > 1),
    "float": lambda d, y: (d.a // y).astype(float),
    "max": lambda d, y: (d.a // y).max(),
    "mean": lambda d, y: (d.a // y).mean(),
    "groups": lambda d, y: d.assign(q=d.a // y).groupby("q").size(),
    "sorted": lambda d, y: d.assign(q=d.a // y).sort_values("q"),
    "counts": lambda d, y: (d.a // y).value_counts(),
}


@pytest.mark.parametrize("name", QUOTIENTS)
@pytest.mark.parametrize("divisor", ["z", "o"], ids=["zero", "no zero"])
def test_integer_division_by_a_column(divisor: str, name: str) -> None:
    same(lambda m, d: QUOTIENTS[name](d, d[divisor]), DIVIDED)


def test_integer_division_by_what_is_no_zero_stays_an_integer() -> None:
    same(lambda m, d: (d.a // d.o).astype("int32"), DIVIDED.iloc[:3])
    same(lambda m, d: (d.a // d.o).astype("Int64"), DIVIDED)
    same(lambda m, d: (d.a // d.o).map({7: 1}), DIVIDED)
    same_error(lambda m, d: (d.a // d.z).astype(int), DIVIDED)
    big = bigframe.DataFrame({"a": [2**60 + 1], "o": [1]})
    with pytest.raises(Unsupported, match=r"quotients beyond 2\*\*53"):
        (big.a // big.o).to_pandas()


TIMES = pd.DataFrame(
    {
        "hole": pd.to_datetime(["2020-01-01", None, "2021-05-05"]),
        "none": pd.to_datetime(["2020-01-01", "2020-01-02", "2021-05-05"]),
    }
)
FIELDS: dict[str, Callable[[Any], Any]] = {
    "year": lambda t: t.dt.year,
    "filtered": lambda t: t.dt.year[t.notna()],
    "filtered, text": lambda t: t.dt.year[t.notna()].astype(str),
    "+": lambda t: t.dt.year * 100 + t.dt.month,
    "==": lambda t: t.dt.year == 2020,
    "fillna": lambda t: t.dt.month.fillna(0),
    "dropna": lambda t: t.dropna().dt.year,
    "day of week": lambda t: t.dt.day_of_week,
}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("column", TIMES)
def test_fields_of_times(column: str, name: str) -> None:
    same(lambda m, d: FIELDS[name](d[column]), TIMES)


NARROW = pd.DataFrame(
    {
        "k": ["a", "a", "b"],
        "i8": np.array([100, 100, 1], "i1"),
        "j8": np.array([1, 2, 3], "i1"),
        "u8": np.array([200, 100, 1], "u1"),
    }
)


@pytest.mark.parametrize("name", ["i8", "j8", "u8"])
def test_grouped_sums_of_narrow_integers(name: str) -> None:
    same(lambda m, d: d.groupby("k")[name].sum(), NARROW)
    same(lambda m, d: d.groupby("k")[name].sum().astype(str), NARROW)
    same(lambda m, d: d.groupby("k").agg(x=(name, "sum"), y=(name, "max")), NARROW)
    with pytest.warns(bigframe.PerformanceWarning, match="whether its values fit"):
        same(lambda m, d: d.groupby("k")[name].sum() + 1, NARROW)


STORED = pa.table(
    {
        "i": pa.array([1, None, 3]),
        "j": pa.array([1, 2, 3]),
        "c": pa.array([True, False, True]),
        "i4": pa.array([1, None, 3], pa.int32()),
        "s": pa.array(["a", None, ""]),
        "f": pa.array([1.5, None, 2.5]),
        "d": pa.array([1, None, 3], pa.date32()),
        "t": pa.array([1, None, 3], pa.timestamp("us")),
        "u": pa.array([1, 2, 2**63], pa.uint64()),
    }
)
READ: dict[str, Callable[[Any], Any]] = {
    "all": lambda d: d,
    "int": lambda d: d.i,
    "no hole": lambda d: d.j,
    "filtered": lambda d: d[d.i.notna()],
    "filtered, text": lambda d: d[d.i.notna()].i.astype(str),
    "+": lambda d: d.i + 1,
    "*": lambda d: d.i * 2.5,
    "fillna": lambda d: d.i.fillna(0),
    "//": lambda d: d.i // d.j,
    "int32": lambda d: d.i4 * 2,
}


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("backend", [None, "numpy_nullable", "pyarrow"])
def test_parquet(tmp_path: Path, backend: str | None, name: str) -> None:
    pq.write_table(STORED, tmp_path / "stored.parquet")
    options = {"dtype_backend": backend} if backend else {}
    same(lambda m: READ[name](m.read_parquet(tmp_path / "stored.parquet", **options)))


def test_masks_over_nullable_files(tmp_path: Path) -> None:
    pq.write_table(STORED, tmp_path / "stored.parquet")
    for backend in ("numpy_nullable", "pyarrow"):
        same(
            lambda m, backend=backend: m.read_parquet(tmp_path / "stored.parquet", dtype_backend=backend)[
                lambda d: (d.s == "a") & (d.i > 0)
            ]
        )
        same(
            lambda m, backend=backend: m.read_parquet(tmp_path / "stored.parquet", dtype_backend=backend)[
                lambda d: d.t > pd.Timestamp(0)
            ]
        )


def test_dtypes_are_one_job_that_is_kept() -> None:
    session = bigframe.current_session()
    session.facts.clear()
    joined = bigframe.from_pandas(LEFT).merge(bigframe.from_pandas(HOLED), on="k", how="left")
    before = session.jobs
    assert joined.dtypes["v"] == np.dtype("float64")
    assert session.jobs == before + 1
    assert joined[joined.k < 3].v.dtype == np.dtype("float64")
    assert session.jobs == before + 1


def dtype_of(value: Any) -> str:
    """The dtype of a number that a reduction gives."""
    return str(np.asarray(value.item() if isinstance(value, bigframe.LazyScalar) else value).dtype)


KEYS = pd.DataFrame({"k": ["a", "z", "b"], "w": [1, 2, 3]})
COUNTS = pd.DataFrame({"k": ["a", "b"], "n": [1, 2]})
NUMBERS_OF_TEXTS = {
    "fractions": ["1.50", "2", None, "x", "0"],
    "whole": ["1", "2", "3", "4", "5"],
    "whole and missing": ["1", None, "3", "4", "5"],
}
OF_NUMBERS: dict[str, Callable[[Any], Any]] = {
    "sum": lambda p: p.sum(),
    "max": lambda p: p.max(),
    "twice": lambda p: p * 2,
    "times integers": lambda p: p * (p.notna() + 1),
    "sum of products": lambda p: (p * 2).sum(),
    "present": lambda p: p.dropna(),
    "sum of present": lambda p: p.dropna().sum(),
    "present, twice": lambda p: p.dropna() * 2,
    "halved": lambda p: p.dropna() // 2,
    "remainder": lambda p: p % 2,
}


@pytest.mark.parametrize("case", ["sum", "max", "twice", "sum of products", "sum of present"])
def test_numbers_that_a_join_left_holes_in(case: str) -> None:
    same(lambda m, a, b: OF_NUMBERS[case](a.merge(b, how="left").n), KEYS, COUNTS)
    if case != "twice":
        same(lambda m, a, b: dtype_of(OF_NUMBERS[case](a.merge(b, how="left").n)), KEYS, COUNTS)
        same(lambda m, a, b: dtype_of(OF_NUMBERS[case](a.merge(b, how="left").dropna().n)), KEYS, COUNTS)


@pytest.mark.parametrize("case", OF_NUMBERS)
@pytest.mark.parametrize("texts", NUMBERS_OF_TEXTS)
def test_numbers_of_texts(texts: str, case: str) -> None:
    column = pd.Series(NUMBERS_OF_TEXTS[texts])
    same(lambda m, s: OF_NUMBERS[case](m.to_numeric(s, errors="coerce")), column)
    if case.startswith(("sum", "max")):
        same(lambda m, s: dtype_of(OF_NUMBERS[case](m.to_numeric(s, errors="coerce"))), column)
