"""Columns and labels of periods against pandas, without gathering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

Case = Callable[[Any, Any], Any]
native = pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
MONTH = pd.Period("2020-02", "M")
ORDERS = pd.DataFrame(
    {
        "when": pd.to_datetime(
            ["2020-03-05", "2020-01-07", None, "2020-02-03 10:30", "2020-01-30", "2021-01-01", "2019-12-31"],
            format="ISO8601",
        ),
        "p": pd.PeriodIndex(["2020-03", "2020-01", None, "2020-02", "2020-01", "2021-01", "2019-12"], freq="M"),
        "q": pd.PeriodIndex(["2020-01", "2020-01", None, "2020-02", "2019-01", "2021-01", "2019-11"], freq="M"),
        "two": pd.PeriodIndex(["2020-01", "2020-03", None, "2020-01", "2019-01", "2021-01", "2019-11"], freq="2M"),
        "x": [3, 1, 2, 5, 4, 7, 6],
        "k": list("abacbac"),
    },
    index=[5, 5, 1, 2, 9, 0, 3],
)
FREQUENCIES = ["M", "Q", "Q-JAN", "Y", "Y-JUN", "W", "W-WED", "D", "h", "15min", "s", "ms", "us", "2M"]
FIELDS = [
    *("year", "qyear", "quarter", "month", "week", "weekofyear", "day", "day_of_week", "day_of_year", "hour"),
    *("minute", "second", "days_in_month", "is_leap_year", "start_time", "end_time"),
]


@native
@pytest.mark.parametrize("freq", FREQUENCIES)
def test_periods_of_times(freq: str) -> None:
    same(lambda m, d: d.when.dt.to_period(freq), ORDERS)
    same(lambda m, d: d.when.dt.to_period(freq).dt.to_timestamp(how="end"), ORDERS)


@native
@pytest.mark.parametrize("field", FIELDS)
def test_fields(field: str) -> None:
    same(lambda m, d: getattr(d.p.dt, field), ORDERS)
    same(lambda m, d: getattr(d.two.dt, field), ORDERS)


CASES: dict[str, Case] = {
    "as they are": lambda m, d: d,
    "of a series": lambda m, d: m.Series(ORDERS.p),
    "nothing left": lambda m, d: d[d.x > 100].groupby("p").x.sum(),
    "grouped by": lambda m, d: d.groupby("p").x.sum(),
    "grouped with missing ones": lambda m, d: d.groupby("p", dropna=False).x.sum(),
    "grouped by those of times": lambda m, d: d.groupby(d.when.dt.to_period("M")).x.agg(["sum", "mean"]),
    "grouped by quarter and text": lambda m, d: d.groupby([d.when.dt.to_period("Q"), "k"]).x.sum(),
    "groups not an index": lambda m, d: d.groupby("p", as_index=False).agg(s=("x", "sum"), f=("when", "min")),
    "reduced in groups": lambda m, d: d.groupby("k").p.agg(["min", "max", "count", "nunique", "first", "last"]),
    "transformed": lambda m, d: d.groupby("k").p.transform("min"),
    "of what was transformed": lambda m, d: d.groupby("k").when.transform("min").dt.to_period("M"),
    "numbered": lambda m, d: d.groupby("p").cumcount(),
    "a cohort": lambda m, d: (d.p - d.q).dropna().map(lambda offset: offset.n),
    "cohorts": lambda m, d: d.dropna().groupby(["q", "p"]).x.sum().unstack(),
    "pivoted": lambda m, d: d.dropna().pivot_table(index="k", columns="p", values="x", aggfunc="sum"),
    "counted across": lambda m, d: m.crosstab(d.k, d.p),
    "formatted": lambda m, d: d.p.dt.strftime("%Y/%m"),
    "of another frequency": lambda m, d: d.p.dt.asfreq("Q"),
    "of a frequency, from its start": lambda m, d: d.p.dt.asfreq("D", how="start"),
    "their moments": lambda m, d: d.p.dt.to_timestamp(),
    "their days": lambda m, d: d.p.dt.to_timestamp("D", "end"),
    "their frequency": lambda m, d: d.p.dt.freq,
    "text": lambda m, d: d.p.astype("str"),
    "ordinals": lambda m, d: d.p.astype("int64"),
    "objects": lambda m, d: d.p.astype(object),
    "converted": lambda m, d: d.when.astype("period[M]"),
    "converted to quarters": lambda m, d: d.p.astype("period[Q]"),
    "converted to times": lambda m, d: d.p.astype("datetime64[ns]"),
    "categories": lambda m, d: d.p.astype("category"),
    "equal": lambda m, d: d.p == MONTH,
    "unequal": lambda m, d: d.p != MONTH,
    "later than text": lambda m, d: d.p > "2020-01",
    "compared": lambda m, d: d.p >= d.q,
    "equal to nothing": lambda m, d: d.p == pd.NaT,
    "between": lambda m, d: d.p.between("2020-01", MONTH),
    "filtered": lambda m, d: d[d.p >= MONTH],
    "queried": lambda m, d: d.query("p >= '2020-02'"),
    "among some": lambda m, d: d.p.isin([MONTH, pd.Period("2020", "Y"), "2020-01"]),
    "among a column": lambda m, d: d.p.isin(d.q),
    "sorted": lambda m, d: d.sort_values("p", kind="stable"),
    "sorted downwards": lambda m, d: d.sort_values(["p", "x"], ascending=False, na_position="first"),
    "largest": lambda m, d: d.nlargest(2, "p"),
    "counted": lambda m, d: d.p.value_counts().sort_index(),
    "distinct": lambda m, d: d.drop_duplicates("p"),
    "how many distinct": lambda m, d: d.p.nunique(),
    "most often": lambda m, d: d.p.mode(),
    "first": lambda m, d: d.p.min(),
    "last": lambda m, d: d.p.max(),
    "last of none": lambda m, d: d[d.x > 100].p.max(),
    "place of the last": lambda m, d: d.p.reset_index(drop=True).idxmax(),
    "ranked": lambda m, d: d.p.rank(),
    "latest so far": lambda m, d: d.p.cummax(),
    "one later": lambda m, d: d.p + 1,
    "one later, from the left": lambda m, d: 1 + d.two,
    "two before": lambda m, d: d.two - 2,
    "later by a column": lambda m, d: d.p + d.x,
    "apart": lambda m, d: d.p - d.q,
    "since one": lambda m, d: d.p - MONTH,
    "filled": lambda m, d: d.p.fillna(MONTH),
    "filled with text": lambda m, d: d.p.fillna("2020-09"),
    "filled forward": lambda m, d: d.p.ffill(),
    "shifted": lambda m, d: d.p.shift(-1),
    "where": lambda m, d: d.p.where(d.x > 2),
    "where else": lambda m, d: d.p.where(d.x > 2, d.q),
    "clipped": lambda m, d: d.p.clip(MONTH),
    "mapped": lambda m, d: d.p.map({MONTH: 1.5}),
    "merged": lambda m, d: d[["p", "x"]].dropna().merge(d[["q", "k"]], left_on="p", right_on="q"),
    "merged outer": lambda m, d: d[["p", "x"]].merge(d[["p", "k"]].rename(columns={"k": "l"}), on="p", how="outer"),
    "concatenated": lambda m, d: m.concat([d.p, d.q]),
    "unpivoted": lambda m, d: d.melt(id_vars="k", value_vars=["p", "q"]),
    "labels": lambda m, d: d.dropna().set_index("p")[["x"]],
    "rows of a label": lambda m, d: d.dropna().set_index("p")[["x"]].loc[[MONTH]],
    "rows between labels": lambda m, d: d.dropna().set_index("p").sort_index().loc["2020-01":"2020-03", ["x"]],  # type: ignore[misc]
    "years of labels": lambda m, d: d.dropna().set_index("p").index.year,
    "periods of labels": lambda m, d: d.dropna().set_index("when").index.to_period("M"),
    "rows under periods": lambda m, d: d.dropna().set_index("when")[["x"]].to_period("M"),
    "label among them": lambda m, d: MONTH in d.set_index("p").index,
    "shown": lambda m, d: repr(d.p),
    "listed": lambda m, d: repr(d.p.tolist()),
}


@native
@pytest.mark.parametrize("case", CASES)
def test_cases(case: str) -> None:
    same(CASES[case], ORDERS)


ERRORS: dict[str, Case] = {
    "a frequency of offsets": lambda m, d: d.when.dt.to_period("ME"),
    "no frequency": lambda m, d: d.when.dt.to_period("nonsense"),
    "labels that are no times": lambda m, d: d.to_period("M"),
    "to floats": lambda m, d: d.p.astype("float64"),
    "times only": lambda m, d: d.p.dt.tz,
    "ordered beside a year": lambda m, d: d.p < pd.Period("2020", "Y"),
    "beside a column of floats": lambda m, d: d.p + d.x / 2,
}


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    same_error(ERRORS[case], ORDERS)


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("name", ["sum", "mean", "any", "std", "prod"])
def test_what_is_no_ordinal_s_is_not_computed_of_ordinals(name: str) -> None:
    same_error(lambda m, d: getattr(d.p, name)(), ORDERS)


def test_files_say_so_where_they_do_not_hold_periods(tmp_path: Any) -> None:
    table = bigframe.from_pandas(ORDERS[["p", "x"]])
    table.to_csv(tmp_path / "periods.csv", index=False)
    assert pd.read_csv(tmp_path / "periods.csv").p.tolist()[:2] == ["2020-03", "2020-01"]
    assert str(table.to_arrow().schema.field("p").type.storage_type) == "int64"


def test_files_that_hold_periods_are_read(tmp_path: Any) -> None:
    ORDERS[["p", "x"]].to_parquet(tmp_path / "periods.parquet")
    found = bigframe.read_parquet(tmp_path / "periods.parquet")
    assert found[found.p > "2020-01"].p.to_pandas().tolist() == ORDERS.p[ORDERS.p > "2020-01"].tolist()
