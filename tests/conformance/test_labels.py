"""What pandas' Index offers, over lazy row labels: labels, arrays, and what only the Index of some dtype has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

TEXTS = pd.DataFrame({"x": range(6)}, index=pd.Index(["b", "a_c", None, "b", "", "d"], name="key"))
NUMBERS = pd.DataFrame({"x": range(6)}, index=[5, 3, 3, 9, 0, -1])
TIMES = pd.DataFrame(
    {"x": range(4)},
    index=pd.DatetimeIndex(["2024-01-31 23:15", "2023-05-06", None, "2020-02-29 12:00:01"], tz="Europe/Berlin"),
)
SPANS = pd.DataFrame({"x": range(3)}, index=pd.to_timedelta(["1 day", "-3h", None]))
KINDS = pd.DataFrame({"x": range(4)}, index=pd.CategoricalIndex(["b", "a", None, "b"], categories=["b", "a", "c"]))
SOURCES = {"texts": TEXTS, "numbers": NUMBERS, "times": TIMES, "spans": SPANS, "kinds": KINDS}

OF_ALL: dict[str, Callable[[Any], Any]] = {
    "copy": lambda i: i.copy(),
    "copy under a name": lambda i: i.copy(name="other"),
    "unique": lambda i: i.unique(),
    "drop_duplicates": lambda i: i.drop_duplicates(keep="last"),
    "duplicated": lambda i: i.duplicated(),
    "isna": lambda i: i.isna(),
    "notna": lambda i: i.notna(),
    "dropna": lambda i: i.dropna(),
    "take": lambda i: i.take([2, 0, -1]),
    "slice": lambda i: i[1:3],
    "positions": lambda i: i[[1, 1, 0]],
    "one": lambda i: i[1],
    "mask": lambda i: i[i.notna()],
    "rename": lambda i: i.rename("other"),
    "set_names": lambda i: i.set_names(["other"]),
    "to_series": lambda i: i.to_series(),
    "to_series under labels": lambda i: i.to_series(index=range(len(i)), name="n"),
    "to_frame": lambda i: i.to_frame(),
    "to_frame without labels": lambda i: i.to_frame(index=False, name="n"),
    "get_level_values": lambda i: i.get_level_values(0),
    "nlevels": lambda i: i.nlevels,
    "nunique": lambda i: i.nunique(),
    "is_unique": lambda i: i.is_unique,
    "has_duplicates": lambda i: i.has_duplicates,
    "value_counts": lambda i: i.value_counts(),
    "view": lambda i: i.view(),
    "is its view": lambda i: i.is_(i.view()),
    "is its copy": lambda i: i.is_(i[:]),
    "negated": lambda i: ~i.isna(),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("case", OF_ALL)
def test_labels_of_any_dtype(case: str, source: str) -> None:
    same(lambda m, d: OF_ALL[case](d.index), SOURCES[source])


OF_ONE: dict[str, tuple[Callable[[Any], Any], pd.DataFrame]] = {
    "repeat": (lambda i: i.repeat(2), NUMBERS),
    "plus": (lambda i: i + 1, NUMBERS),
    "from": (lambda i: 10 - i, NUMBERS),
    "compare": (lambda i: i > 2, NUMBERS),
    "compare both": (lambda i: (i > 2) & (i < 9), NUMBERS),
    "minus itself": (lambda i: i - i[0], NUMBERS),
    "isin": (lambda i: i.isin([3, 0]), NUMBERS),
    "map": (lambda i: i.map({3: 30, 5: 50}), NUMBERS),
    "where": (lambda i: i.where(i > 2, 0), NUMBERS),
    "round": (lambda i: (i / 8).round(), NUMBERS),
    "astype": (lambda i: i.astype("float64"), NUMBERS),
    "sort_values": (lambda i: i.sort_values(ascending=False), NUMBERS),
    "max": (lambda i: i.max(), NUMBERS),
    "drop": (lambda i: i.drop([3, 9]), NUMBERS),
    "diff": (lambda i: i.diff(), NUMBERS),
    "fillna": (lambda i: i.fillna("?"), TEXTS),
    "texts": (lambda i: i.str.upper(), TEXTS),
    "texts that hold": (lambda i: i.str.contains("b"), TEXTS),
    "lengths": (lambda i: i.str.len(), TEXTS),
    "extract": (lambda i: i.str.extract("([ab])"), TEXTS),
    "extract one": (lambda i: i.str.extract("(?P<z>[ab])", expand=False), TEXTS),
    "cat": (lambda i: i.str.cat(i, sep="-"), TEXTS),
    "year": (lambda i: i.year, TIMES),
    "start": (lambda i: i.is_month_end, TIMES),
    "dates": (lambda i: i.dropna().date, TIMES),
    "latest": (lambda i: i.max(), TIMES),
    "components": (lambda i: i.components, SPANS),
    "in order": (lambda i: i.is_monotonic_increasing, NUMBERS),
    "zone": (lambda i: str(i.tz), TIMES),
    "unit": (lambda i: i.unit, TIMES),
    "tz_convert": (lambda i: i.tz_convert("UTC"), TIMES),
    "no zone": (lambda i: i.tz_localize(None), TIMES),
    "floor": (lambda i: i.floor("h"), TIMES),
    "round times": (lambda i: i.round("D"), TIMES),
    "as_unit": (lambda i: i.as_unit("ms"), TIMES),
    "day_name": (lambda i: i.day_name(), TIMES),
    "strftime": (lambda i: i.strftime("%Y"), TIMES),
    "normalize": (lambda i: i.normalize(), TIMES),
    "isocalendar": (lambda i: i.isocalendar(), TIMES),
    "later": (lambda i: i + pd.Timedelta("1D"), TIMES),
    "since": (lambda i: i - i.min().item() if hasattr(i.min(), "item") else i - i.min(), TIMES),
    "seconds": (lambda i: i.total_seconds(), SPANS),
    "days": (lambda i: i.days, SPANS),
    "categories": (lambda i: list(i.categories), KINDS),
    "ordered": (lambda i: i.ordered, KINDS),
}


@pytest.mark.parametrize("case", OF_ONE)
def test_labels_of_one_dtype(case: str) -> None:
    make, source = OF_ONE[case]
    same(lambda m, d: make(d.index), source)


OF_TWO: dict[str, Callable[[Any], Any]] = {
    "intersection": lambda i: i.intersection(i[:3]),
    "intersection with itself": lambda i: i.intersection(i),
    "intersection in order": lambda i: i.dropna().intersection(i.dropna()[1:], sort=None),
    "intersection with labels in memory": lambda i: i.intersection(pd.Index(i[:2].to_numpy(), dtype=i.dtype, name="z")),
    "difference": lambda i: i.difference(i[:1]),
    "difference in row order": lambda i: i.difference(i[:1], sort=False),
    "difference from itself": lambda i: i.difference(i),
    "append": lambda i: i.append(i[1:]),
    "append several": lambda i: i.append([i[:1], i[:0].rename("z")]),
}


@pytest.mark.parametrize("source", ["texts", "numbers", "times", "spans"])
@pytest.mark.parametrize("case", OF_TWO)
def test_labels_as_sets(case: str, source: str) -> None:
    same(lambda m, d: OF_TWO[case](d.index), SOURCES[source])


GATHERED: dict[str, tuple[Callable[[Any], Any], pd.DataFrame]] = {
    "union": (lambda i: i.union([7]), NUMBERS),
    "difference from another dtype": (lambda i: i.difference(["a"]), NUMBERS),
    "append of another dtype": (lambda i: i.append(pd.Index([0.5])), NUMBERS),
    "insert": (lambda i: i.insert(1, 7), NUMBERS),
    "delete": (lambda i: i.delete(0), NUMBERS),
    "join": (lambda i: i.unique().join(i[3:], how="inner"), NUMBERS),
    "get_loc": (lambda i: i.get_loc(9), NUMBERS),
    "get_indexer_for": (lambda i: i.get_indexer_for([3, 8]), NUMBERS),
    "equals": (lambda i: i.equals(i), TEXTS),
    "inferred_type": (lambda i: i.inferred_type, NUMBERS),
    "split into levels": (lambda i: i.str.split("_", expand=True), TEXTS),
    "sorted by a key": (lambda i: i.sort_values(key=lambda labels: -labels), NUMBERS),
    "asi8": (lambda i: i.asi8, TIMES),
    "between": (lambda i: i.indexer_between_time("00:00", "13:00"), TIMES),
    "codes": (lambda i: i.codes, KINDS),
}


@pytest.mark.parametrize("case", GATHERED)
@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_what_compares_labels_with_others_is_gathered(case: str) -> None:
    make, source = GATHERED[case]
    same(lambda m, d: make(d.index), source)


@pytest.mark.parametrize("case", GATHERED)
def test_gathering_is_announced(case: str) -> None:
    make, source = GATHERED[case]
    with pytest.warns(bigframe.PerformanceWarning):
        make(bigframe.DataFrame(source).index)


USES: dict[str, Callable[[Any, Any], Any]] = {
    "a mask": lambda m, d: d[d.index > 2],
    "a mask and a column's": lambda m, d: d[(d.index > 2) & (d.x < 3)],
    "a column's mask and it": lambda m, d: d[(d.x < 3) & ~d.index.duplicated()],
    "a column": lambda m, d: d.assign(y=d.index * 2),
    "a mask as a column": lambda m, d: d.assign(y=d.index.isin([3])),
    "beside a column": lambda m, d: d.x + d.index,
    "before a column": lambda m, d: d.index - d.x,
    "groups": lambda m, d: d.groupby(d.index % 2).x.sum(),
    "other labels": lambda m, d: d.set_axis(d.index * 10),
    "an array as a series": lambda m, d: m.Series(d.index > 2),
    "rows without them": lambda m, d: d.drop(d.index[d.x > 3]),
    "values without them": lambda m, d: d.x.drop(d.index[d.x > 3]),
    "numbers of them": lambda m, d: m.to_numeric(d.index.astype("str")),
    "a new object's labels": lambda m, d: m.Series(d.index),
}


@pytest.mark.parametrize("case", USES)
def test_what_is_computed_of_labels_stands_beside_their_rows(case: str) -> None:
    same(USES[case], NUMBERS)


def test_days_group_rows() -> None:
    same(lambda m, d: d.groupby(d.index.date).x.sum(), TIMES.dropna().iloc[[0, 1, 3]])


ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "absent label": lambda m, d: d.index.drop(["z"]),
    "assignment": lambda m, d: d.index.__setitem__(0, "z"),
    "absent labels of rows": lambda m, d: d.drop(d.index.str.upper()),
    "level": lambda m, d: d.index.get_level_values("other"),
    "names": lambda m, d: d.index.set_names(["a", "b"]),
    "truth": lambda m, d: bool(d.index),
    "another kind's name": lambda m, d: d.index.year,
    "no name at all": lambda m, d: d.index.nonsense,
    "expanded groups": lambda m, d: d.index.str.extract("(a)(b)", expand=False),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], TEXTS)


def test_an_index_is_made_of_anything() -> None:
    for values in ([1, 2], ["a", None], pd.to_datetime(["2024-01-01"]), pd.Index(["x"], name="n")):
        pd.testing.assert_index_equal(bigframe.Index(values).to_pandas(), pd.Index(values))
    pd.testing.assert_index_equal(bigframe.Index([(1, "a")]), pd.Index([(1, "a")]))
    lazy = bigframe.DataFrame(NUMBERS).x
    pd.testing.assert_index_equal(bigframe.Index(lazy).to_pandas(), pd.Index(NUMBERS.x))
    pd.testing.assert_index_equal(
        bigframe.Index(lazy, dtype="float64").to_pandas(), pd.Index(NUMBERS.x, dtype="float64")
    )


def test_default_labels_are_a_range() -> None:
    same(lambda m, d: (d.index.start, d.index.stop, d.index.step), NUMBERS.reset_index(drop=True))
    same_error(lambda m, d: d.index.start, NUMBERS)


def test_a_name_is_changed_in_place() -> None:
    frame = bigframe.DataFrame(NUMBERS)
    assert frame.index.rename("other", inplace=True) is None
    assert frame.to_pandas().index.name == "other"


def test_a_comparison_runs_no_job() -> None:
    with bigframe.connect() as session:
        frame = bigframe.DataFrame(NUMBERS)
        kept = frame[(frame.index > 2) & ~frame.index.isin([9])]
        assert session.jobs == 0
        assert len(kept) == 3


def test_every_name_of_pandas_index_is_bound() -> None:
    names = {name for name in dir(pd.Index) if not name.startswith("_")}
    assert {name for name in names if not hasattr(bigframe.Index, name)} == set()


def test_repr_shows_labels() -> None:
    assert repr(bigframe.DataFrame(TEXTS).index) == repr(TEXTS.index)
    assert repr(bigframe.DataFrame(NUMBERS).index > 2) == repr(np.asarray(NUMBERS.index > 2))
