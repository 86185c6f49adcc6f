"""pandas' top-level functions that make no table of several, against pandas itself."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import Unsupported
from tests.conformance.compare import same, same_error

pytestmark = pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")

ROWS = pd.DataFrame(
    {
        "x": [3, 1, 3, 2],
        "y": [0.5, np.nan, 2.0, 0.5],
        "s": ["b", None, "a", "b"],
        "day": ["2024-01-02", "2024-03-04", None, "2024-05-06"],
        "number": ["1", "2", " 3", "4"],
        "year": [2020, 2021, 2022, 2023],
        "month": [1, 2, 3, 4],
    },
    index=[5, 3, 3, 9],
)

CASES: dict[str, Callable[[Any, Any], Any]] = {
    "eval": lambda m, d: m.eval("d.x + d.y * 2"),
    "eval of given names": lambda m, d: m.eval("a - b", local_dict={"a": d.x, "b": d.y}),
    "eval of a comparison": lambda m, d: m.eval("(d.x > 1) and (d.y < 1)"),
    "eval of numbers": lambda m, d: m.eval("1 + 2 * 3"),
    "eval of a sum": lambda m, d: m.eval("d.x / d.x.sum()"),
    "unique": lambda m, d: m.unique(d.x),
    "unique of an array": lambda m, d: m.unique(np.array([2, 1, 2])),
    "column expression": lambda m, d: d.assign(z=m.col("x") + m.col("y")),
    "mask of a column expression": lambda m, d: d[m.col("x") > 1],
    "times": lambda m, d: m.to_datetime(d.day),
    "times in a zone": lambda m, d: m.to_datetime(d.day, utc=True),
    "times of a unit": lambda m, d: m.to_datetime(d.x, unit="D"),
    "times of parts": lambda m, d: m.to_datetime(d[["year", "month"]].assign(day=1)),
    "time": lambda m, d: m.to_datetime("2024-01-02"),
    "durations": lambda m, d: m.to_timedelta(d.x, unit="s"),
    "duration": lambda m, d: m.to_timedelta("3D"),
    "numbers": lambda m, d: m.to_numeric(d.number),
    "numbers made narrow": lambda m, d: m.to_numeric(d.number, downcast="integer"),
    "isna": lambda m, d: m.isna(d.y),
    "notna of a scalar": lambda m, d: m.notna(None),
}


@pytest.mark.parametrize("case", CASES)
def test_functions(case: str) -> None:
    same(CASES[case], ROWS)


def test_factorize() -> None:
    codes, values = bigframe.factorize(bigframe.from_pandas(ROWS).s)
    expected, theirs = pd.factorize(ROWS.s)
    np.testing.assert_array_equal(codes, expected)
    pd.testing.assert_index_equal(values, theirs)


def test_names_of_eval_and_query_further_up() -> None:
    def threshold_of_caller(m: Any, d: Any) -> Any:
        return d.query("x > @least", level=1).x + m.eval("d.x + least", level=1)

    def of_pandas_and_bigframe(m: Any, d: Any) -> Any:
        least = 1
        assert least
        return threshold_of_caller(m, d)

    same(of_pandas_and_bigframe, ROWS)


def test_unknown_names_and_options_of_eval() -> None:
    same_error(lambda m, d: m.eval("d.x + nobody"), ROWS)
    d = bigframe.from_pandas(ROWS)  # noqa: F841  (named in the expressions)
    with pytest.raises(Unsupported):
        bigframe.eval("d.x + 1", resolvers=({"z": 1},))
    same(lambda m, d: m.eval("(d.x > 1) & (d.x < 4)", parser="python"), ROWS)
    same_error(lambda m, d: m.eval("d.x > 1 and d.x < 4", parser="python"), ROWS)
    with pytest.raises(ValueError, match="cannot assign without a target object"):
        bigframe.eval("z = d.x + 1")


@pytest.mark.filterwarnings("ignore:The inplace keyword in eval:pandas.errors.Pandas4Warning")
def test_eval_assigns_to_a_target() -> None:
    same(lambda m, d: m.eval("z = d.x + 1", target=d), ROWS)

    def in_place(m: Any, d: Any) -> Any:
        m.eval("z = d.x + 1", target=d, inplace=True)
        return d

    same(in_place, ROWS)


FILES: dict[str, Callable[[Any, Path], Any]] = {
    "csv": lambda m, p: m.read_csv(io.StringIO("a,b\n1,x\n2,y\n"), index_col="b"),
    "csv by name": lambda m, p: m.read_csv(filepath_or_buffer=io.StringIO("a,b\n1,x\n")),
    "table by name": lambda m, p: m.read_table(filepath_or_buffer=p / "x.tsv"),
    "json lines by name": lambda m, p: m.read_json(path_or_buf=io.StringIO('{"a": 1}\n'), lines=True),
    "json lines": lambda m, p: m.read_json(io.StringIO('{"a": 1}\n{"a": 2}\n'), lines=True),
    "json document": lambda m, p: m.read_json(p / "x.json", lines=False),
    "table": lambda m, p: m.read_table(p / "x.tsv"),
    "fixed width": lambda m, p: m.read_fwf(p / "x.txt"),
    "feather": lambda m, p: m.read_feather(p / "x.feather"),
    "orc": lambda m, p: m.read_orc(p / "x.orc"),
    "pickle": lambda m, p: m.read_pickle(p / "x.pickle"),
    "stata": lambda m, p: m.read_stata(p / "x.dta"),
    "nested": lambda m, p: m.json_normalize([{"a": {"b": 1, "c": "x"}}, {"a": {"b": 2, "c": "y"}}]),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files")
    table = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    table.to_json(path / "x.json")
    table.to_csv(path / "x.tsv", sep="\t", index=False)
    (path / "x.txt").write_text(table.to_string(index=False))
    table.to_feather(path / "x.feather")
    table.to_orc(path / "x.orc")
    table.to_pickle(path / "x.pickle")
    table.to_stata(path / "x.dta", write_index=False)
    return path


@pytest.mark.parametrize("case", FILES)
def test_sources_that_pandas_reads(case: str, folder: Path) -> None:
    same(lambda m: FILES[case](m, folder))


def test_reading_here_is_announced_or_refused(folder: Path) -> None:
    with pytest.warns(bigframe.PerformanceWarning, match="read_stata: pandas reads this source"):
        bigframe.read_stata(folder / "x.dta")
    with pytest.raises(Unsupported, match="chunksize"):
        bigframe.read_stata(folder / "x.dta", chunksize=2)
    with bigframe.option_context("fallback", "raise"), pytest.raises(Unsupported):
        bigframe.read_stata(folder / "x.dta")
