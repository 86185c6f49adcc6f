"""``cut`` and ``qcut`` against pandas, and what becomes of their categories."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

ROWS = pd.DataFrame(
    {
        "x": [3, 1, 10, 7, 0, 5, 5, 2, 9, 6],
        "y": [0.5, np.nan, 2.0, -1.0, 7.25, np.inf, 0.5, 3.0, np.nan, 1.0],
        "z": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
        "k": list("abababcabc"),
    },
    index=[5, 3, 3, 9, 0, 1, 2, 4, 6, 7],
)

CASES: dict[str, Callable[[Any, Any], Any]] = {
    "edges": lambda m, d: m.cut(d.x, [0, 3, 6, 10]),
    "edges of fractions": lambda m, d: m.cut(d.y, [-1.5, 0.5, 2.25, 10]),
    "left ends": lambda m, d: m.cut(d.x, [0, 3, 6, 10], right=False),
    "with the lowest": lambda m, d: m.cut(d.x, [0, 3, 10], include_lowest=True),
    "labels": lambda m, d: m.cut(d.x, [0, 3, 6, 10], labels=["low", "mid", "high"]),
    "labels without an order": lambda m, d: m.cut(d.x, [0, 3, 10], labels=["low", "high"], ordered=False),
    "numbers": lambda m, d: m.cut(d.x, [0, 3, 10], labels=False),
    "numbers of all": lambda m, d: m.cut(d.x, [-1, 3, 10], labels=False),
    "infinite edges": lambda m, d: m.cut(d.y, [-np.inf, 0, np.inf]),
    "doubled edges": lambda m, d: m.cut(d.x, [0, 3, 3, 10], duplicates="drop"),
    "so many": lambda m, d: m.cut(d.x, 3),
    "so many fractions": lambda m, d: m.cut(d.z, 4, precision=2),
    "so many with labels": lambda m, d: m.cut(d.x, 2, labels=["low", "high"]),
    "so many left ends": lambda m, d: m.cut(d.x, 3, right=False),
    "array of edges": lambda m, d: m.cut(d.x, np.array([0.0, 5.0, 10.0])),
    "of a computed column": lambda m, d: m.cut(d.x * 2 + 1, [0, 5, 21]),
    "quartiles": lambda m, d: m.qcut(d.x, 4),
    "shares": lambda m, d: m.qcut(d.z, [0, 0.25, 0.9, 1]),
    "quantiles with labels": lambda m, d: m.qcut(d.z, 2, labels=["low", "high"]),
    "quantile numbers": lambda m, d: m.qcut(d.z, 5, labels=False),
    "doubled quantiles": lambda m, d: m.qcut(d.x // 5, 4, duplicates="drop"),
    "edges too": lambda m, d: m.cut(d.x, 3, retbins=True)[0],
    "groups": lambda m, d: d.groupby(m.cut(d.x, [0, 3, 6, 10])).z.sum(),
    "groups by quantile": lambda m, d: d.groupby(m.qcut(d.z, 3)).x.mean(),
    "groups by label and interval": lambda m, d: d.groupby(["k", m.cut(d.x, [-1, 5, 10])]).z.max(),
    "column": lambda m, d: d.assign(bin=m.cut(d.x, [0, 3, 10]))[["x", "bin"]],
    "sorted": lambda m, d: d.assign(bin=m.cut(d.x, [0, 9, 10])).sort_values("bin", kind="stable").x,
    "counted": lambda m, d: m.cut(d.x, [-1, 3, 9, 10]).value_counts(),
    "missing": lambda m, d: m.cut(d.x, [3, 6]).isna(),
    "merged": lambda m, d: d.assign(bin=m.cut(d.x, [0, 3, 10], labels=["a", "b"])).merge(d, on="x"),
    "as text": lambda m, d: m.cut(d.x, [-1, 3, 10]).astype("str"),
    "shown": lambda m, d: str(m.cut(d.x, [0, 3, 10]).dtype),
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], ROWS)


@pytest.mark.parametrize("case", ["edges", "labels", "numbers", "groups"])
def test_nothing(case: str) -> None:
    same(CASES[case], ROWS.iloc[:0])


GATHERED: dict[str, Callable[[Any, Any], Any]] = {
    "of times": lambda m, d: m.cut(
        m.to_datetime(d.x.astype("str") + "-01-2020", format="%d-%m-%Y", errors="coerce"), 3, labels=False
    ),
    "numbered labels": lambda m, d: m.cut(d.x, [0, 3, 10], labels=[1, 2]),
    "intervals": lambda m, d: m.cut(d.x, pd.IntervalIndex.from_tuples([(0, 2), (5, 9)])),
    "values": lambda m, d: list(m.cut([1, 2, 3], 2)),
    "unobserved groups": lambda m, d: d.groupby(m.cut(d.x, [0, 3, 6, 50, 60]), observed=False).z.sum(),
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", GATHERED)
def test_what_is_gathered(case: str) -> None:
    same(GATHERED[case], ROWS)


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_errors() -> None:
    same_error(lambda m, d: m.cut(d.x, [3, 0, 10]), ROWS)
    same_error(lambda m, d: m.cut(d.x, [0, 3, 3]), ROWS)
    same_error(lambda m, d: m.cut(d.x, 0), ROWS)
    same_error(lambda m, d: m.cut(d.x, [0, 3, 10], labels=["one"]), ROWS)
    same_error(lambda m, d: m.qcut(d.x // 9, 4), ROWS)
    same_error(lambda m, d: m.cut(d.x[d.x > 99], 3), ROWS)


def levels(m: Any, d: Any, **options: Any) -> Any:
    return m.cut(d.x, [-1, 3, 10], labels=["low", "high"], **options)


EQUAL: dict[str, Callable[[Any, Any], Any]] = {
    "equal": lambda m, d: levels(m, d) == "low",
    "unequal": lambda m, d: levels(m, d) != "low",
    "equal to none of them": lambda m, d: levels(m, d) == "mid",
    "among": lambda m, d: levels(m, d).isin(["high"]),
    "first": lambda m, d: levels(m, d).head(3),
    "shifted": lambda m, d: levels(m, d).shift(),
    "distinct": lambda m, d: levels(m, d).nunique(),
    "concatenated": lambda m, d: m.concat([levels(m, d), levels(m, d)]),
    "first of each": lambda m, d: d.assign(l=levels(m, d)).groupby("k").l.first(),
    "counted": lambda m, d: levels(m, d, ordered=False).value_counts(),
    "held": lambda m, d: m.Series(pd.Series(["b", None, "a"], dtype=pd.CategoricalDtype(["b", "a", "c"]), name="c")),
    "groups of held ones": lambda m, d: (
        m.DataFrame(
            pd.DataFrame({"c": pd.Categorical(["b", None, "a", "b"], categories=["b", "a", "c"]), "x": range(4)})
        )
        .groupby("c")
        .x.sum()
    ),
    "text of whole bounds": lambda m, d: m.cut(d.x, [-1, 3, 10]).astype("str"),
    "text of whole bounds beside a hole": lambda m, d: m.cut(d.x, [1, 3, 10]).astype("str"),
    "held intervals": lambda m, d: m.Series(pd.cut(pd.Series([1.0, 5.0, 7.0]), 2)),
    "numbered": lambda m, d: m.get_dummies(m.cut(d.x, [-1, 3, 7, 10])).to_numpy().tolist(),
    "numbered labels": lambda m, d: m.get_dummies(levels(m, d), prefix="l"),
    "pivoted": lambda m, d: d.assign(l=levels(m, d)).pivot_table("x", "l", "k"),
    "applied by": lambda m, d: d.groupby(levels(m, d)).apply(lambda g: g.x.sum()),
    "transformed by": lambda m, d: d.groupby(m.cut(d.x, [0, 3, 10])).z.transform("mean"),
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", EQUAL)
def test_categories(case: str) -> None:
    same(EQUAL[case], ROWS)


def test_ordered_categories_compare_by_their_places() -> None:
    same(lambda m, d: levels(m, d) > "low", ROWS)
    same(lambda m, d: levels(m, d).max(), ROWS)


def test_what_categories_do_not_do() -> None:
    same_error(lambda m, d: levels(m, d, ordered=False) > "low", ROWS)
    same_error(lambda m, d: levels(m, d).sum(), ROWS)
    same_error(lambda m, d: levels(m, d) + "z", ROWS)
    same_error(lambda m, d: levels(m, d) + d.k, ROWS)


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_values_that_are_no_category_replace_none() -> None:
    same_error(lambda m, d: levels(m, d).where(d.x > 3, "mid"), ROWS)
    same_error(lambda m, d: m.cut(d.x, [1, 3, 10], labels=["low", "high"]).fillna("mid"), ROWS)


WITHOUT_A_KERNEL: dict[str, Callable[[Any, Any], Any]] = {
    "mapped": lambda m, d: levels(m, d).map({"low": 1}),
    "filled": lambda m, d: levels(m, d).fillna("mid"),
    "chosen": lambda m, d: levels(m, d).where(d.x > 5, "low"),
    "beside text": lambda m, d: m.concat([levels(m, d), d.k]),
}


@pytest.mark.parametrize("case", WITHOUT_A_KERNEL)
def test_what_pandas_computes_of_categories(case: str) -> None:
    with pytest.warns(bigframe.PerformanceWarning):
        same(WITHOUT_A_KERNEL[case], ROWS)


def test_edges_take_no_job_where_they_are_given() -> None:
    session = bigframe.current_session()
    before = session.jobs
    frame = bigframe.from_pandas(ROWS)
    bigframe.cut(frame.x, [0, 3, 10])
    assert session.jobs == before
    bigframe.cut(frame.x, 3)
    assert session.jobs == before + 1
    bigframe.qcut(frame.z, 4)
    assert session.jobs == before + 2


TIMES = pd.to_datetime(["2020-01-02", None, "2020-01-01", "2020-01-05", "2020-02-01 10:00"], format="ISO8601")
WHEN = pd.DataFrame(
    {
        "t": TIMES,
        "z": TIMES.tz_localize("Europe/Berlin"),
        "d": pd.to_timedelta([1, 2, None, 1, 30], unit="h"),
        "i": [3, 1, 2, 7, 9],
        "f": [1.5, np.nan, 2, 4, 5.5],
        "n": pd.DatetimeIndex([1_600_000_000_000_000_000 + tick for tick in (0, 1, 2, 3, 4)]),
    }
)
DAYS = pd.to_datetime(["2019-12-31", "2020-01-02", "2020-01-05", "2020-03-01"])
GAPS = pd.IntervalIndex.from_tuples([(2, 3), (0, 1), (4, 7)])
LINED_UP: dict[str, Callable[[Any, Any], Any]] = {
    "times": lambda m, d: m.cut(d.t, DAYS),
    "left ends": lambda m, d: m.cut(d.t, DAYS, right=False, labels=False),
    "the lowest": lambda m, d: m.cut(d.t, list(DAYS), include_lowest=True, labels=["a", "b", "c"]),
    "so many of time": lambda m, d: m.cut(d.t, 3),
    "with a zone": lambda m, d: m.cut(d.z, DAYS.tz_localize("Europe/Berlin")),
    "so many with a zone": lambda m, d: m.cut(d.z, 2),
    "lengths": lambda m, d: m.cut(d.d, pd.to_timedelta([0, 1, 5], unit="h")),
    "so many lengths": lambda m, d: m.cut(d.d, 2),
    "nanoseconds": lambda m, d: m.cut(d.n, pd.DatetimeIndex([0, 1_600_000_000_000_000_001, 1_700_000_000_000_000_000])),
    "so many nanoseconds": lambda m, d: m.cut(d.n, 3),
    "intervals": lambda m, d: m.cut(d.i, GAPS),
    "intervals of fractions": lambda m, d: m.cut(d.f, GAPS),
    "intervals with left ends": lambda m, d: m.cut(d.i, pd.IntervalIndex.from_breaks([0, 3, 9], closed="left")),
    "intervals of time": lambda m, d: m.cut(d.t, pd.IntervalIndex.from_breaks(DAYS)),
    "counted by interval": lambda m, d: m.cut(d.i, GAPS).value_counts(sort=False),
}


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", LINED_UP)
def test_times_and_intervals_without_gathering(case: str) -> None:
    same(LINED_UP[case], WHEN)


def test_intervals_that_overlap() -> None:
    same_error(lambda m, d: m.cut(d.i, pd.IntervalIndex.from_tuples([(0, 3), (2, 5)])), WHEN)
