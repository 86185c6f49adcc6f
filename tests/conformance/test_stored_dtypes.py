"""pandas' own dtypes in Parquet: nullable columns, categories and row labels, read and written."""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bigframe
from tests.conformance.compare import assert_same, same

GRADES = pd.CategoricalDtype(["low", "high", "never"], ordered=True)
KINDS = pd.CategoricalDtype(["z", "a", "never"])

ROWS = pd.DataFrame(
    {
        "x": [3, -1, 4, 1, -5, 9, 2],
        "whole": pd.array([1, None, 3, 4, None, 6, 7], dtype="Int64"),
        "narrow": pd.array([1, 2, 3, 4, 5, 6, 7], dtype="UInt8"),
        "float": pd.array([1.5, None, 3, 4, None, 6, 7], dtype="Float64"),
        "flag": pd.array([True, None, False, True, None, True, False], dtype="boolean"),
        "text": pd.array(["b", None, "a", "", "b", "c", None], dtype="string"),
        "plain": pd.array(["b", None, "a", "", "b", "c", None], dtype="str"),
        "kind": pd.Series(["z", None, "a", "a", "z", "z", None], dtype=KINDS),
        "grade": pd.Series(["high", "low", None, "low", "high", "high", "low"], dtype=GRADES),
        "arrow": pd.array([1, None, 3, 4, 5, 6, 7], dtype="int32[pyarrow]"),
        "moment": pd.array(pd.date_range("2024", periods=7, tz="UTC"), dtype="timestamp[us, tz=UTC][pyarrow]"),
        "day": pd.array(pd.date_range("2024", periods=7, tz="Europe/Berlin")),
        "price": [Decimal("1.50"), None, *[Decimal("2.25")] * 5],
    }
)
INDEXES: dict[str, pd.Index] = {
    "default": pd.RangeIndex(7),
    "categories": pd.CategoricalIndex(list("zaazzaz"), dtype=KINDS, name="kind of row"),
    "nullable": pd.Index(pd.array([1, 2, 3, 4, 5, 6, None], dtype="Int64"), name="number"),
    "levels": pd.MultiIndex.from_arrays(
        [pd.Categorical(["low"] * 4 + ["high"] * 3, dtype=GRADES), pd.array(range(7), dtype="Int64")], names=["g", "n"]
    ),
    "zone": pd.date_range("2024", periods=7, tz="Europe/Berlin", unit="us"),
    "name of a column": pd.Index([5, 3, 3, 9, 0, -1, 5], name="x"),
}


@pytest.fixture(params=INDEXES)
def rows(request: pytest.FixtureRequest) -> pd.DataFrame:
    return ROWS.set_axis(INDEXES[request.param])


@pytest.mark.parametrize("backend", [{}, {"dtype_backend": "numpy_nullable"}], ids=["default", "nullable"])
def test_what_pandas_wrote(rows: pd.DataFrame, backend: dict[str, str], tmp_path: Path) -> None:
    rows.to_parquet(tmp_path / "rows.parquet", row_group_size=3)
    same(lambda m: m.read_parquet(tmp_path / "rows.parquet", **backend))
    same(lambda m: m.read_parquet(tmp_path / "rows.parquet", columns=["grade", "whole"], **backend))


@pytest.mark.parametrize("target", ["rows.parquet", "folder"])
def test_what_is_written(rows: pd.DataFrame, target: str, tmp_path: Path) -> None:
    rows.to_parquet(tmp_path / "theirs.parquet")
    expected = pd.read_parquet(tmp_path / "theirs.parquet")
    bigframe.from_pandas(rows).to_parquet(tmp_path / target)
    assert_same(pd.read_parquet(tmp_path / target), expected)
    assert_same(bigframe.read_parquet(tmp_path / target).to_pandas(), expected)
    again = tmp_path / f"again-{target}"
    bigframe.read_parquet(tmp_path / target).to_parquet(again)
    assert_same(pd.read_parquet(again), expected)


STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "filter": lambda m, d: d[d.whole > 2],
    "filter on a flag": lambda m, d: d[d.flag],
    "filter on nullable text": lambda m, d: d[d.text == "b"],
    "filter on a category": lambda m, d: d[d.kind == "a"],
    "filter on the places of categories": lambda m, d: d[d.grade.cat.codes > 0],
    "missing ones": lambda m, d: d[d.kind.isna() | d.whole.isna()],
    "sum": lambda m, d: d.whole + d.narrow,
    "sort by categories": lambda m, d: d.sort_values(["grade", "x"])[["grade", "x"]],
    "groups of categories": lambda m, d: d.groupby("kind", observed=True).whole.sum(),
    "codes": lambda m, d: d.grade.cat.codes,
    "greatest of groups": lambda m, d: d.groupby("plain").grade.max(),
}


@pytest.mark.parametrize("step", STEPS)
def test_steps_over_stored_dtypes(step: str, tmp_path: Path) -> None:
    ROWS.to_parquet(tmp_path / "rows.parquet", row_group_size=3)
    same(lambda m: STEPS[step](m, m.read_parquet(tmp_path / "rows.parquet")))


FILES: dict[str, list[pd.DataFrame]] = {
    "other categories": [ROWS[["kind"]], ROWS[["kind"]].astype(pd.CategoricalDtype(["new", "a", "z"]))],
    "more ordered categories": [
        ROWS[["grade"]],
        ROWS[["grade"]].astype(pd.CategoricalDtype(["low", "high", "never", "top"], ordered=True)),
    ],
    "only missing": [ROWS[["kind"]], pd.DataFrame({"kind": pd.Series([None], dtype=pd.CategoricalDtype(["q"]))})],
    "no rows": [ROWS[["kind"]].iloc[:0], ROWS[["kind"]].astype(pd.CategoricalDtype(["new", "a", "z"]))],
    "nullable first": [ROWS[["whole"]], ROWS[["x"]].rename(columns={"x": "whole"})],
    "nullable second": [ROWS[["x"]].rename(columns={"x": "whole"}), ROWS[["whole"]]],
}


@pytest.mark.parametrize("files", FILES)
@pytest.mark.parametrize("writer", ["pandas", "bigframe"])
def test_files_that_differ(files: str, writer: str, tmp_path: Path) -> None:
    for number, table in enumerate(FILES[files]):
        path = tmp_path / f"{number}.parquet"
        (table if writer == "pandas" else bigframe.from_pandas(table)).to_parquet(path)
    same(lambda m: m.read_parquet(tmp_path))


def test_categories_with_and_without_an_order_are_text(tmp_path: Path) -> None:
    for number, ordered in enumerate([True, False]):
        kinds = pd.Categorical(["b", "a"], categories=["b", "a"], ordered=ordered)
        pd.DataFrame({"k": kinds}).to_parquet(tmp_path / f"{number}.parquet")
    assert_same(bigframe.read_parquet(tmp_path).to_pandas(), pd.DataFrame({"k": ["b", "a", "b", "a"]}))


def test_files_of_both_writers(tmp_path: Path) -> None:
    ROWS[["kind"]].to_parquet(tmp_path / "0.parquet")
    other = ROWS[["kind"]].astype(pd.CategoricalDtype(["new", "a", "z"]))
    bigframe.from_pandas(other).to_parquet(tmp_path / "1.parquet")
    ROWS[["kind"]].to_parquet(tmp_path / "2.parquet")
    same(lambda m: m.read_parquet(tmp_path))


def test_appending_brings_categories(tmp_path: Path) -> None:
    for names in (["b", "a"], ["c", "a"]):
        table = pd.DataFrame({"k": pd.Categorical(names, categories=names)})
        bigframe.from_pandas(table).to_parquet(tmp_path / "folder", mode="append")
    back = bigframe.read_parquet(tmp_path / "folder")
    assert list(back.k.cat.categories) == ["b", "a", "c"]
    assert_same(back.to_pandas(), pd.read_parquet(tmp_path / "folder"))


def test_partitioned_writes(tmp_path: Path) -> None:
    table = ROWS.assign(k=list("ppqqppq"), c=pd.Categorical(list("uvuvuvu")))
    bigframe.from_pandas(table).to_parquet(tmp_path / "ours", partition_cols=["k", "c"])
    expected = table.sort_values(["k", "c", "x"], ignore_index=True)
    theirs = pd.read_parquet(tmp_path / "ours").sort_values(["k", "c", "x"], ignore_index=True)
    assert_same(theirs.drop(columns=["k", "c"]), expected.drop(columns=["k", "c"]))
    ours = bigframe.read_parquet(tmp_path / "ours").to_pandas().sort_values(["k", "c", "x"], ignore_index=True)
    assert_same(ours, expected.astype({"c": "str"}))


OTHER_CATEGORIES: dict[str, Any] = {
    "integers": [3, None, 1],
    "all integers": [3, 2, 1],
    "floats": [0.5, None, 0.25],
    "times": pd.to_datetime(["2024-01-01", None, "2023-01-01"]),
    "objects": pd.Series(["b", None, "a"], dtype=object),
    "nullable text": pd.array(["b", None, "a"], dtype="string"),
}


@pytest.mark.parametrize("values", OTHER_CATEGORIES)
def test_categories_that_are_not_text(values: str, tmp_path: Path) -> None:
    table = pd.DataFrame({"k": pd.Categorical(OTHER_CATEGORIES[values])})
    table.to_parquet(tmp_path / "theirs.parquet")
    expected = pd.read_parquet(tmp_path / "theirs.parquet")  # Parquet keeps dictionaries of text only
    bigframe.from_pandas(table).to_parquet(tmp_path / "ours.parquet")
    assert_same(pd.read_parquet(tmp_path / "ours.parquet"), expected)
    assert_same(bigframe.read_parquet(tmp_path / "theirs.parquet").to_pandas(), expected)


def test_lists_of_arrow_stay_readable(tmp_path: Path) -> None:
    lists = pd.array([[1], None, [2, 3]], dtype=pd.ArrowDtype(pa.list_(pa.int64())))
    bigframe.from_pandas(pd.DataFrame({"v": lists})).to_parquet(tmp_path / "rows.parquet")
    assert [None if item is None else list(item) for item in pd.read_parquet(tmp_path / "rows.parquet").v] == [
        [1],
        None,
        [2, 3],
    ]
    assert bigframe.read_parquet(tmp_path / "rows.parquet").v.to_list() == [[1], None, [2, 3]]


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
def test_periods_are_read_lazily(tmp_path: Path) -> None:
    table = pd.DataFrame({"p": pd.period_range("2024-01", periods=3, freq="M"), "x": [1, 2, 3]})
    table.to_parquet(tmp_path / "rows.parquet")
    same(lambda m: m.read_parquet(tmp_path / "rows.parquet"))
    same(lambda m: m.read_parquet(tmp_path / "rows.parquet", columns=["x"]))


def test_reading_dictionaries_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bigframe.announcing._said", set())
    ROWS.to_parquet(tmp_path / "theirs.parquet")
    bigframe.from_pandas(ROWS).to_parquet(tmp_path / "ours.parquet")
    with caplog.at_level(logging.WARNING, logger="bigframe"):
        bigframe.read_parquet(tmp_path / "ours.parquet")
        bigframe.read_parquet(tmp_path / "theirs.parquet", columns=["x", "whole"])
        assert not caplog.records
        lazy = bigframe.read_parquet(tmp_path / "theirs.parquet", columns=["x", "kind"])
    assert [record.message for record in caplog.records] == [
        "read the dictionaries of columns 'kind' to learn their categories"
    ]
    assert lazy.kind.dtype == KINDS


def test_too_much_to_read_stays_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ROWS[["kind", "grade"]].to_parquet(tmp_path / "rows.parquet")
    monkeypatch.setattr("bigframe.api.reading.io.DICTIONARY_BYTES", 1000)
    with pytest.warns(bigframe.errors.PerformanceWarning) as said:
        lazy = bigframe.read_parquet(tmp_path / "rows.parquet")
    assert [str(one.message).partition(": to know")[0] for one in said] == [
        "read_parquet: column 'kind' stays text",
        "read_parquet: column 'grade' stays text",
    ]
    assert_same(lazy.to_pandas(), ROWS[["kind", "grade"]].astype("str"))
    named = lazy.astype({"kind": KINDS, "grade": GRADES})
    assert_same(named.to_pandas(), ROWS[["kind", "grade"]])


def test_arrow_dictionaries_are_text_and_say_so(tmp_path: Path) -> None:
    ROWS[["kind", "whole"]].to_parquet(tmp_path / "rows.parquet")
    with pytest.warns(bigframe.errors.PerformanceWarning, match="column 'kind' is string"):
        lazy = bigframe.read_parquet(tmp_path / "rows.parquet", dtype_backend="pyarrow")
    assert_same(
        lazy.to_pandas(), ROWS[["kind", "whole"]].astype({"kind": "str"}).convert_dtypes(dtype_backend="pyarrow")
    )


def test_many_categories_in_many_row_groups(tmp_path: Path) -> None:
    names = [f"value {number:05d}" for number in range(3000)]
    kinds = pd.Categorical(names[:1500] * 2, categories=names[::-1], ordered=True)
    table = pd.DataFrame({"k": kinds, "x": range(3000)})
    table.to_parquet(tmp_path / "rows.parquet", row_group_size=700)
    same(lambda m: m.read_parquet(tmp_path / "rows.parquet"))
    bigframe.from_pandas(table).to_parquet(tmp_path / "ours.parquet")
    assert_same(pd.read_parquet(tmp_path / "ours.parquet"), table)


def test_files_of_others(tmp_path: Path) -> None:
    """Dictionaries without pandas' metadata, of which one file repeats its values as plain text."""
    words = pa.array(["b", "a", None, "b"])
    pq.write_table(pa.table({"d": words.dictionary_encode(), "t": words}), tmp_path / "0.parquet")
    pq.write_table(pa.table({"d": words.dictionary_encode(), "t": words.dictionary_encode()}), tmp_path / "1.parquet")
    expected = pd.read_parquet(tmp_path).astype({"t": "str"})
    assert_same(bigframe.read_parquet(tmp_path).to_pandas(), expected)


def test_categories_that_a_rewritten_file_names_wrongly_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    bigframe.from_pandas(ROWS[["kind"]]).to_parquet(path)
    stored = pq.read_table(path)
    words = pa.chunked_array([pa.array(["z", "strange"]).dictionary_encode()])
    pq.write_table(pa.table({"kind": words}).replace_schema_metadata(stored.schema.metadata), path)
    with pytest.raises(bigframe.errors.UnsupportedData, match="none of the categories"):
        bigframe.read_parquet(path).to_pandas()
