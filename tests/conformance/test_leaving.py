"""Text and files made of frames, and frames made of Python's values, against pandas."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import bigframe
from tests.conformance.compare import same, same_error

ROWS = pd.DataFrame(
    {"x": [3, -1, 4, 1, -5, 9], "y": [1.5, np.nan, -2.5, 0.25, np.nan, 8.0], "s": ["b", "a", None, "", "b", "c"]},
    index=[5, 3, 7, 9, 0, -1],
)
Case = Callable[[Any, Any], Any]
pytestmark = [
    pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning"),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]

CASES: dict[str, Case] = {
    "csv text": lambda m, d: d.to_csv(),
    "csv text of a series": lambda m, d: d.y.to_csv(na_rep="-"),
    "json text": lambda m, d: d.to_json(),
    "json text by rows": lambda m, d: d.to_json(orient="records"),
    "json text of a series": lambda m, d: d.x.to_json(),
    "xml": lambda m, d: d.to_xml(parser="etree"),
    "from_dict": lambda m, d: m.DataFrame.from_dict({"a": [1, 2], "b": ["x", None]}),
    "from_dict of rows": lambda m, d: m.DataFrame.from_dict(
        {"a": [1, 2], "b": [3, 4]}, orient="index", columns=["p", "q"]
    ),
    "from_records": lambda m, d: m.DataFrame.from_records([(1, "a"), (2, "b")], columns=["n", "s"], index="n"),
    "from_arrow": lambda m, d: m.DataFrame.from_arrow(pa.table({"n": [1, 2], "s": ["a", None]})),
    "series from_arrow": lambda m, d: m.Series.from_arrow(pa.array([1, 2, 3])),
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], ROWS)


TIMES = pd.date_range("2024-01-01", periods=3)
WRITABLE = {
    "integers": [1, 2, 3],
    "floats": [1.0, None, 2.0],
    "bools": [True, False, True],
    "texts": ["a", None, "b"],
    "objects": pd.Series(["a", 1, None], dtype=object),
    "times": TIMES,
    "times in seconds": TIMES.as_unit("s"),
    "times in a zone": TIMES.tz_localize("Europe/London"),
    "durations": TIMES - TIMES[0],
    "periods": TIMES.to_period("M"),
    "categories": pd.Categorical(["a", "b", None]),
    "nullable integers": pd.array([1, 2, None], dtype="Int64"),
    "Arrow's integers": pd.array([1, 2, None], dtype="int64[pyarrow]"),
    "lists": [[1], [2, 3], None],
}


@pytest.mark.parametrize("kind", WRITABLE)
def test_what_came_back_is_the_users_own(kind: str) -> None:
    def changed(m: Any, d: Any) -> Any:
        found = d.x.to_pandas() if m is bigframe else d.x
        found.iloc[0] = found.iloc[1]
        return found

    same(changed, pd.DataFrame({"x": WRITABLE[kind]}))


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
def test_documents_are_looks() -> None:
    same(lambda m, d: d.to_csv(index=False, float_format="%.1f"), ROWS)
    same(lambda m, d: d.y.to_csv(na_rep="-"), ROWS)
    same(lambda m, d: d.to_json(orient="split"), ROWS)
    for frame in (ROWS, bigframe.from_pandas(ROWS)):
        written = io.StringIO()
        frame.to_csv(written)  # type: ignore[attr-defined]
        assert written.getvalue() == ROWS.to_csv()
    assert pd.read_parquet(io.BytesIO(bigframe.from_pandas(ROWS).to_parquet())).equals(ROWS)


@pytest.mark.parametrize("data", [5, "text"])
def test_from_arrow_of_something_else(data: Any) -> None:
    same_error(lambda m, d: m.DataFrame.from_arrow(data), ROWS)


def test_files_of_pandas(tmp_path: Path) -> None:
    lazy = bigframe.from_pandas(ROWS)
    lazy.reset_index().to_feather(tmp_path / "x.feather")
    pd.testing.assert_frame_equal(pd.read_feather(tmp_path / "x.feather"), ROWS.reset_index())
    lazy.x.to_csv(tmp_path / "x.csv")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "x.csv", index_col=0), ROWS[["x"]])
    lazy.to_csv(tmp_path / "x.csv", mode="w", sep=";", na_rep="-")
    assert (tmp_path / "x.csv").read_text() == ROWS.to_csv(sep=";", na_rep="-")
    with sqlite3.connect(tmp_path / "x.db") as database:
        lazy.to_sql("rows", database)
        assert pd.read_sql("select count(*) as n from rows", database).n.item() == len(ROWS)
    database.close()


WIDE: dict[str, Case] = {
    "quantiles": lambda m, d: d[["x", "y"]].quantile([0.25, 0.5]),
    "quantiles of a series": lambda m, d: d.x.quantile([0.25, 0.5]),
    "agg by column": lambda m, d: d[["x", "y"]].agg({"x": "sum", "y": ["min", "max"]}),
    "agg a function": lambda m, d: d[["x", "y"]].agg(lambda c: c.max() - c.min()),
    "count of a row": lambda m, d: d.count(axis=1),
    "dictionaries of rows": lambda m, d: d[["x", "s"]].head(2).to_dict("records", index=True),
    "an array with fillings": lambda m, d: d[["y"]].to_numpy(na_value=-1.0),
    "periods": lambda m, d: m.Series(pd.to_datetime(["2024-01-05", None])).dt.to_period("M"),
    "inferred": lambda m, d: m.Series(pd.date_range("2024-01-01", periods=4, freq="7D")).dt.freq,
    "fill at most": lambda m, d: d.y.ffill(limit=1),
    "fill at most, in a frame": lambda m, d: d[["x", "y"]].fillna(0, limit=1),
    "drop by number": lambda m, d: d.dropna(thresh=3),
    "drop columns with holes": lambda m, d: d.dropna(axis=1),
    "drop duplicates in place": lambda m, d: (lambda c: (c.drop_duplicates("s", inplace=True), c)[1])(d.copy()),
    "sort in place": lambda m, d: (lambda c: (c.sort_values("x", inplace=True), c)[1])(d.copy()),
    "fill in place": lambda m, d: (lambda c: (c.fillna({"y": 0.5}, inplace=True), c)[1])(d.copy()),
    "sort the index by key": lambda m, d: d.sort_index(key=lambda i: -i),
    "clip by rows": lambda m, d: d[["x", "y"]].clip(d.x - 1, axis=0),
    "counts in bins": lambda m, d: d.x.value_counts(bins=[-10, 0, 10]).to_list(),
    "apply with arguments": lambda m, d: d.x.apply(lambda v, by: v + by, args=(2,)),
    "apply to columns": lambda m, d: d[["x", "y"]].apply(lambda c: c.max()),
    "where by a list": lambda m, d: d.x.where([True, False] * 3),
}


@pytest.mark.parametrize("case", WIDE)
def test_parameters_that_no_kernel_honours(case: str) -> None:
    same(WIDE[case], ROWS)


def test_the_interchange_protocol_is_pandas_own() -> None:
    frame = pd.DataFrame({"n": [1, 2], "s": ["x", None]})
    with pytest.warns(pd.errors.Pandas4Warning, match="Interchange Protocol is deprecated"):
        given = bigframe.DataFrame(frame).__dataframe__()
    assert (given.num_rows(), list(given.column_names())) == (2, ["n", "s"])
