"""Rolling and expanding statistics against pandas, over rows that partitions divide at any place."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import PerformanceWarning
from tests.conformance.compare import same, same_error
from tests.conformance.test_windows import rows

STATISTICS = ("sum", "mean", "median", "min", "max", "count", "std", "var", "sem", "first", "last", "rank", "nunique")
MOMENTS = ("skew", "kurt")
PREFIX = ("sum", "mean", "min", "max", "count", "std", "var", "sem", "last")
NUMBERS = ["int", "small", "float", "bool", "Int64", "boolean", "arrow"]


@pytest.fixture(autouse=True)
def nothing_gathered() -> Any:
    """Every test but those of the gathered tier fails where pandas would run on all the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerformanceWarning)
        yield


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("window", [1, 2, 5, 40])
def test_statistics(statistic: str, window: int) -> None:
    same(lambda m, df: getattr(df.rolling(window), statistic)(), rows()[["int", "float", "Int64"]])


@pytest.mark.parametrize("statistic", MOMENTS)
def test_moments(statistic: str) -> None:
    def rounded(m: Any, df: Any) -> Any:
        return getattr(df.rolling(5), statistic)().round(9) + 0.0  # what pandas adds up first shows in the last digits

    same(rounded, rows()[["int", "float", "Int64"]])


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize("statistic", ["sum", "std", "count"])
def test_dtypes(column: str, statistic: str) -> None:
    same(lambda m, df: getattr(df[column].rolling(4, min_periods=2), statistic)(), rows())


@pytest.mark.parametrize("column", ["text", "time", "zoned", "delta"])
def test_only_counts_of_other_dtypes(column: str) -> None:
    same(lambda m, df: df[column].rolling(4).count(), rows())
    same_error(lambda m, df: df[column].rolling(4).sum(), rows())
    same_error(lambda m, df: df[[column]].rolling(4).max(), rows())


@pytest.mark.parametrize("min_periods", [0, 1, 2, 5])
@pytest.mark.parametrize("statistic", STATISTICS)
def test_min_periods(statistic: str, min_periods: int) -> None:
    same(lambda m, df: getattr(df["float"].rolling(5, min_periods=min_periods), statistic)(), rows())


@pytest.mark.parametrize("closed", [None, "right", "left", "both", "neither"])
@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("window", [1, 2, 3, 6])
@pytest.mark.parametrize("statistic", ["sum", "max", "count", "median"])
def test_centred_and_closed(statistic: str, window: int, center: bool, closed: str | None) -> None:
    same(lambda m, df: getattr(df["float"].rolling(window, 1, center=center, closed=closed), statistic)(), rows())


def test_parameters() -> None:
    data = rows()
    for interpolation in ("linear", "lower", "higher", "nearest", "midpoint"):
        same(lambda m, df, how=interpolation: df["float"].rolling(4, 1).quantile(0.3, how), data)
    same(lambda m, df: df["int"].rolling(4).quantile(1.0), data)
    same(lambda m, df: df["int"].rolling(4).var(ddof=0), data)
    same(lambda m, df: df["int"].rolling(4).sem(ddof=0), data)
    same(lambda m, df: df["int"].rolling(4).rank(method="max", ascending=False, pct=True), data)
    same(lambda m, df: df[["key", "int", "bool", "float"]].rolling(3).sum(numeric_only=True), data)
    same(lambda m, df: df["int"].rolling(3).sum(numeric_only=True), data)
    same_error(lambda m, df: df["text"].rolling(3).sum(numeric_only=True), data)


@pytest.mark.parametrize(
    "how", [{"window": -1}, {"window": "x"}, {"window": 2, "min_periods": 3}, {"window": 2, "closed": "up"}]
)
def test_wrong_windows(how: dict[str, Any]) -> None:
    same_error(lambda m, df: df.rolling(**how).sum(), rows()[["int"]])


def test_infinities_are_missing() -> None:
    data = pd.Series([1.0, np.inf, 2.0, 4.0, -np.inf, 3.0, 7.0])
    for statistic in STATISTICS:
        same(lambda m, s, name=statistic: getattr(s.rolling(3, 1), name)(), data)
    for statistic in PREFIX:
        same(lambda m, s, name=statistic: getattr(s.expanding(), name)(), data)


def test_selection_and_aggregation() -> None:
    data = rows()
    same(lambda m, df: df.rolling(3)["int"].sum(), data)
    same(lambda m, df: df.rolling(3).float.mean(), data)
    same(lambda m, df: df.rolling(3)[["int", "float"]].max(), data)
    same(lambda m, df: df["int"].rolling(3).agg("sum"), data)
    same(lambda m, df: df["int"].rolling(3).agg(["sum", "std"]), data)
    same(lambda m, df: df[["int", "float"]].rolling(3).agg(["sum", "mean"]), data)
    same(lambda m, df: df.rolling(3).agg({"int": "sum", "float": "mean"}), data)
    same(lambda m, df: df.rolling(3).agg({"int": ["sum", "max"], "float": ["mean"]}), data)
    same_error(lambda m, df: df.rolling(3)["nowhere"], data)


# Not by name: workers do not have this module.
FUNCTIONS: dict[str, Any] = {
    "spread": lambda values, scale=1.0: float((values.max() - values.min()) * scale),
    "labels": lambda values: float(values.index[-1]) * 100 + len(values),
}


@pytest.mark.parametrize("raw", [False, True])
def test_functions(raw: bool) -> None:
    data, spread = rows(), FUNCTIONS["spread"]
    same(lambda m, df: df["float"].rolling(3, 1).apply(spread, raw=raw), data)
    same(lambda m, df: df[["int", "float"]].rolling(4).apply(spread, raw=raw, args=(3.0,)), data)
    same(lambda m, df: df["int"].rolling(5, 2, center=True, closed="both").apply(spread, raw=raw), data)
    same(lambda m, df: df.groupby("key")["float"].rolling(3, 1).apply(spread, raw=True, kwargs={"scale": 0.5}), data)
    same(lambda m, df: df.assign(s=df["int"].rolling(3).apply(spread, raw=raw), c=df["int"].shift(9))[["s", "c"]], data)
    same(lambda m, df: df["int"].rolling(3).apply(len, raw=raw), data)


def test_functions_see_labels() -> None:
    labels = FUNCTIONS["labels"]
    same(lambda m, df: df["int"].rolling(3).apply(labels), rows())
    same(lambda m, df: df.set_index("small")["int"].rolling(3).apply(labels), rows())
    same(lambda m, df: df[df["int"] > 2]["int"].rolling(2).apply(labels), rows())


def test_functions_are_called_for_whole_windows_alone() -> None:
    def checked(values: Any) -> float:
        if len(values) != 4:
            raise AssertionError(f"a window of {len(values)} rows")
        return 1.0

    same(lambda m, df: df["int"].rolling(4).apply(checked), rows())
    same(lambda m, df: df["int"].rolling(4).apply(checked, raw=True), rows())


@pytest.mark.parametrize("window", [2, 4, 40])
def test_pairs(window: int) -> None:
    data = rows(40)
    for name in ("corr", "cov"):
        same(lambda m, df, n=name: getattr(df["int"].rolling(window), n)(df["float"]).round(9) + 0.0, data)
        same(
            lambda m, df, n=name: getattr(df["float"].rolling(window, 2, center=True), n)(df["Int64"]).round(9) + 0.0,
            data,
        )
        same(lambda m, df, n=name: getattr(df.rolling(window)["int"], n)(df["int"]).round(9) + 0.0, data)
    same(lambda m, df: df["int"].rolling(window).cov(df["float"], ddof=0).round(9) + 0.0, data)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_rows(n: int) -> None:
    same(lambda m, df: df[["int", "float"]].rolling(3, 1).sum(), rows(n))
    same(lambda m, df: df["float"].rolling(2).std(), rows(n))
    same(lambda m, df: df["int"].expanding().mean(), rows(n))
    same(lambda m, df: df.groupby("key")["int"].rolling(2).sum(), rows(n))


def test_among_other_steps() -> None:
    data = rows()
    same(
        lambda m, df: df.assign(r=df["int"].rolling(3).sum(), s=df["int"].shift(4)).query("r > 9")[["int", "r", "s"]],
        data,
    )
    same(lambda m, df: df[df["int"] > 2]["float"].rolling(3, 1).mean(), data)
    same(lambda m, df: df.sort_values("int", kind="stable")["float"].rolling(3, 1).sum(), data)
    same(lambda m, df: df["int"].rolling(3).sum().rolling(2).mean(), data)
    same(lambda m, df: df["int"].rolling(3, center=True).sum() - df["int"].ffill().cumsum(), data)
    same(lambda m, df: df.set_index("key")["int"].rolling(3).sum(), data)
    same(lambda m, df: df["int"].rolling(3).sum().max(), data)


@pytest.mark.parametrize("statistic", PREFIX)
@pytest.mark.parametrize("min_periods", [0, 1, 3])
def test_expanding(statistic: str, min_periods: int) -> None:
    data = rows()[["int", "float", "Int64"]]
    same(lambda m, df: getattr(df.expanding(min_periods), statistic)(), data)


def test_spread_of_large_numbers() -> None:
    rng = np.random.default_rng(3)
    data = pd.Series(np.arange(400.0) * 1000 + rng.normal(size=400))
    same(lambda m, s: s.expanding().var().round(3), data)
    same(lambda m, s: s.rolling(20).var().round(6), data)


@pytest.mark.parametrize("statistic", [*STATISTICS, *MOMENTS])
def test_within_groups(statistic: str) -> None:
    data = rows()
    same(lambda m, df: getattr(df.groupby("key")["float"].rolling(3, min_periods=1), statistic)(), data)
    same(lambda m, df: getattr(df[["key", "int", "float"]].groupby("key").rolling(2), statistic)(), data)
    same(lambda m, df: getattr(df.groupby("key")["float"].expanding(), statistic)(), data)


def test_groups() -> None:
    data = rows()
    same(lambda m, df: df.groupby(["key", "bool"])[["int", "float"]].rolling(3, 1, center=True).sum(), data)
    same(lambda m, df: df.groupby("text")["int"].rolling(2).sum(), data)
    same(lambda m, df: df.groupby("key", sort=False)["int"].rolling(2).sum(), data)
    same(lambda m, df: df.groupby("key", as_index=False)[["int"]].rolling(2).sum(), data)
    same(lambda m, df: df.set_index("small").groupby("key")["int"].rolling(2, closed="left").sum(), data)
    same(lambda m, df: df.set_index("key").groupby(level="key")["int"].rolling(2).sum(), data)
    same(lambda m, df: df.groupby("key")["int"].rolling(2).agg(["sum", "max"]), data)
    same(lambda m, df: df.groupby("key").rolling(2).agg({"int": "sum", "float": "min"}), data)
    same(lambda m, df: df["int"].groupby(df["key"]).rolling(3).mean(), data)


def timed(n: int = 23) -> pd.DataFrame:
    """Times in order, some alike and some far apart."""
    hours = np.random.default_rng(8).choice([0, 1, 5, 30], n).cumsum()
    return rows(n).assign(when=pd.Timestamp("2024-01-01") + pd.to_timedelta(hours, unit="h").as_unit("us"))


@pytest.mark.parametrize("closed", [None, "left", "both", "neither"])
@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("window", ["4h", "2D", pd.Timedelta("90min"), pd.offsets.Hour(30)])
def test_windows_of_time(window: Any, center: bool, closed: str | None) -> None:
    how: dict[str, Any] = {"center": center, "closed": closed}
    for statistic in ("sum", "count", "max", "std"):
        same(
            lambda m, df, name=statistic: getattr(df["float"].rolling(window, **how), name)(), timed().set_index("when")
        )
    same(lambda m, df: df.groupby("key")["float"].rolling(window, **how).sum(), timed().set_index("when"))


def test_columns_beside_windows_of_time() -> None:
    same(lambda m, df: df[["int", "when", "float"]].rolling("6h", on="when").mean(), timed())
    same(lambda m, df: df.rolling("6h", on="when")[["int"]].sum(), timed())
    same(
        lambda m, df: df[["int", "float"]].rolling("6h", min_periods=3).sum(),
        timed().set_index("when").drop(columns="key"),
    )
    same(lambda m, df: df["int"].rolling("6h").sum(), timed().set_index("when").iloc[::-1])
    same_error(lambda m, df: df["int"].rolling("6h").sum(), timed())
    same_error(lambda m, df: df.rolling("6h", on="int")[["float"]].sum(), timed())
    same_error(lambda m, df: df.sort_values("int").set_index("when")["int"].rolling("6h").sum(), timed())
    same_error(
        lambda m, df: df.assign(when=df["when"].where(df["int"] > 2)).rolling("6h", on="when")[["int"]].sum(), timed()
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda df: df["float"].rolling(3, step=2).rank(),
        lambda df: df["float"].rolling(10**7, 1).sum(),
        lambda df: df["float"].rolling(3, min_periods=0).apply(np.sum),
        lambda df: df["float"].expanding().apply(np.sum),
        lambda df: df.groupby("key")["int"].rolling(2).apply(FUNCTIONS["labels"]),
        lambda df: df["float"].rolling(3).agg(np.sum),
        lambda df: df[["int", "float"]].rolling(3).corr(),
        lambda df: df["int"].rolling(3).cov(df[["float"]]),
        lambda df: df.groupby("key")["int"].rolling(3).corr(),
        lambda df: df[["small", "int"]].rolling(2, on="small").apply(np.sum),
        lambda df: df["float"].expanding().median(),
        lambda df: df.groupby("key", dropna=False)["float"].rolling(3, 1).sum(),
    ],
)
def test_what_the_kernels_do_not_honour_runs_in_pandas(call: Any) -> None:
    data = rows().assign(when=pd.date_range("2024-01-01", periods=17, freq="12h"))
    with pytest.warns(PerformanceWarning):
        result = call(bigframe.from_pandas(data))
    expected = call(data)
    compare = pd.testing.assert_frame_equal if isinstance(expected, pd.DataFrame) else pd.testing.assert_series_equal
    compare(result.to_pandas(), expected)


def test_nothing_runs_before_a_look(capsys: pytest.CaptureFixture[str]) -> None:
    df = bigframe.from_pandas(rows())
    df.rolling(3)["int"].sum().explain()
    plan = capsys.readouterr().out
    assert "rolling(int" in plan
    assert "gathered" not in plan


@pytest.mark.parametrize("statistic", ["sum", "max", "count", "median", "nunique", "sem", "first"])
@pytest.mark.parametrize("step", [1, 2, 5, 40])
@pytest.mark.parametrize("how", [{}, {"min_periods": 1, "center": True}, {"min_periods": 0, "closed": "left"}])
def test_steps(statistic: str, step: int, how: dict[str, Any]) -> None:
    same(lambda m, df: getattr(df.rolling(4, step=step, **how), statistic)(), rows()[["int", "float"]])


def test_steps_among_others() -> None:
    same(lambda m, df: df["float"].rolling(4, step=3).quantile(0.4), rows())
    same(lambda m, df: df[["int", "float"]].rolling(4, step=3).agg({"int": "sum", "float": ["max", "mean"]}), rows())
    same_error(lambda m, df: df.rolling(2, step=-1).sum(), rows())


def test_pairs_of_two_tables() -> None:
    other = pd.Series(np.arange(17.0) ** 2)
    same(lambda m, df, x: df["float"].rolling(4).cov(x), rows().reset_index(drop=True), other)
    same(lambda m, df, x: df["int"].expanding().cov(x), rows().reset_index(drop=True), other)


def test_parameters_are_attributes() -> None:
    def parameters(m: Any, df: Any) -> Any:
        windows = [df.rolling(3, center=True, step=2), df.expanding(2), df.ewm(alpha=0.5, min_periods=2)]
        return [{name: getattr(one, name) for name in one._attributes} for one in windows]

    same(parameters, rows())
    same_error(lambda m, df: df.rolling(3)["nowhere"], rows())
    same_error(lambda m, df: df.rolling(3)[["nowhere"]], rows())


def test_each_window_is_an_object() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerformanceWarning)
        same(lambda m, df: [len(one) for one in df["int"].rolling(3)], rows())
        same(lambda m, df: [float(one.sum()) for one in df["int"].expanding(2)], rows())


TRENDS = pd.DataFrame(
    {
        "constant": 4.0,
        "far": 1e6 + np.arange(17.0),
        "wild": [1.0, np.nan, -3.0, np.inf, 2.5, 2.5, np.nan, 9.0, 1.0, 1.0, 4.0, -7.0, 0.0, 3.0, 3.0, 8.0, 2.0],
        "missing": np.nan,
    }
)


@pytest.mark.parametrize("statistic", ["skew", "kurt", "first", "nunique"])
@pytest.mark.parametrize("min_periods", [0, 1, 4])
def test_all_rows_so_far(statistic: str, min_periods: int) -> None:
    def rounded(m: Any, df: Any) -> Any:
        return getattr(df.expanding(min_periods), statistic)().round(6) + 0.0

    same(rounded, TRENDS)
    same(rounded, rows()[["int", "small", "float", "Int64"]])


@pytest.mark.parametrize("statistic", ["cov", "corr"])
@pytest.mark.parametrize("min_periods", [1, 4])
def test_pairs_so_far(statistic: str, min_periods: int) -> None:
    def rounded(left: str, right: str) -> Any:
        return lambda m, df: getattr(df[left].expanding(min_periods), statistic)(df[right]).round(7) + 0.0

    for left, right in [("int", "float"), ("float", "int"), ("float", "float"), ("Int64", "float")]:
        same(rounded(left, right), rows())
    same(rounded("far", "wild"), TRENDS)
    same(lambda m, df: df["int"].expanding().cov(df["float"], ddof=0).round(9), rows())


ON: dict[str, Any] = {
    "one column": lambda m, d: d["int"].sum(),
    "one as a table": lambda m, d: d[["int"]].mean(),
    "all": lambda m, d: d.max(),
    "by name": lambda m, d: d.agg({"int": "sum", "float": "max"}),
    "several of one": lambda m, d: d["float"].agg(["sum", "count"]),
}


@pytest.mark.parametrize("window", ["3D", 3])
@pytest.mark.parametrize("case", ON)
def test_times_of_a_column(case: str, window: Any) -> None:
    data = rows()[["key", "int", "float"]].assign(when=pd.date_range("2024-01-01", periods=17, freq="12h"))
    make = ON[case]
    same(lambda m, df: make(m, df.groupby("key").rolling(window, on="when")), data)
    if case != "several of one":  # pandas then looks for the column among the chosen ones
        same(lambda m, df: make(m, df.drop(columns="key").rolling(window, on="when")), data)
    same_error(lambda m, df: make(m, df.groupby("key").rolling(window, on="nowhere")), data)
    same_error(lambda m, df: df.rolling(window, on="nowhere"), data)


def test_times_of_a_column_of_chosen_columns() -> None:
    data = rows()[["key", "int", "float"]].assign(when=pd.date_range("2024-01-01", periods=17, freq="12h"))
    same(lambda m, df: df.groupby("key")[["int", "when"]].rolling("2D", on="when").sum(), data)
    same(lambda m, df: df.groupby("key", sort=False).rolling("2D", on="when")["int"].min(), data)
    same_error(lambda m, df: df.groupby("key")["int"].rolling("2D", on="when").min(), data)


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
@pytest.mark.parametrize("on", ["when", "float", "key"])
def test_counts_of_rows_beside_a_column(on: str) -> None:
    data = rows()[["key", "int", "float"]].assign(when=pd.date_range("2024-01-01", periods=17, freq="12h"))
    same(lambda m, df: df[["int", on]].rolling(3, on=on).sum(), data)
    same(lambda m, df: df.rolling(3, 1, center=True, on=on)[["int"]].std(), data)
    same(lambda m, df: df.rolling(2, on=on, step=3)["int"].min(), data)
    same(lambda m, df: df.rolling(2, on=on)[["int"]].agg({"int": "sum"}), data)
