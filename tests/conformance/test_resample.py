"""Reductions in bins of time against pandas, with bins that have no rows."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.errors import PerformanceWarning
from tests.conformance.compare import same, same_error

REDUCTIONS = (
    "sum", "prod", "mean", "median", "min", "max", "first", "last", "std", "var", "sem", "count", "nunique", "size",
)  # fmt: skip
FIXED = ("h", "90min", "D", "2D", "5h", "7min", "36h", "20s")
CALENDAR = ("MS", "ME", "QS", "QE", "YS", "YE", "W", "W-WED")


@pytest.fixture(autouse=True)
def nothing_gathered() -> Any:
    """Every test but those of the gathered tier fails where pandas would run on all the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerformanceWarning)
        yield


def events(n: int = 23, hours: float = 60) -> pd.DataFrame:
    """Times in no order with gaps between them, values with holes."""
    rng = np.random.default_rng(11)
    seconds = rng.integers(0, int(hours * 3600), n)
    whole = rng.integers(1, 9, n)
    holes = rng.random(n) < 0.25
    return pd.DataFrame(
        {
            "when": pd.Timestamp("2024-02-27 21:13:05") + pd.to_timedelta(seconds, unit="s").as_unit("us"),
            "int": whole,
            "float": np.where(holes, np.nan, whole / 4),
            "text": pd.Series([None if hole else f"t{value}" for value, hole in zip(whole, holes, strict=True)]),
        }
    )


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("rule", ["h", "D"])
def test_reductions(reduction: str, rule: str) -> None:
    data = events()[["when", "int", "float"]]
    same(lambda m, df: getattr(df.resample(rule, on="when"), reduction)().reset_index(), data)
    same(lambda m, df: getattr(df.set_index("when")["float"].resample(rule), reduction)().reset_index(), data)


@pytest.mark.parametrize("rule", FIXED)
@pytest.mark.parametrize("closed", [None, "left", "right"])
@pytest.mark.parametrize("label", [None, "right"])
def test_bins_of_a_length(rule: str, closed: Any, label: Any) -> None:
    data = events(hours=6 if rule == "20s" else 200)
    same(lambda m, df: df.resample(rule, on="when", closed=closed, label=label)["int"].sum().reset_index(), data)


@pytest.mark.parametrize("rule", CALENDAR)
def test_bins_of_the_calendar(rule: str) -> None:
    data = events(hours=24 * 900)
    same(lambda m, df: df.resample(rule, on="when")[["int", "float"]].sum().reset_index(), data)
    edges = pd.DataFrame(
        {
            "when": pd.to_datetime(["2024-03-31 00:00", "2023-12-31 23:59", "2024-01-01 00:00", "2024-09-01 00:00"]),
            "int": 1,
        }
    )
    same(lambda m, df: df.resample(rule, on="when").sum().reset_index(), edges)


@pytest.mark.parametrize(
    "how",
    [{"origin": "epoch"}, {"origin": "start"}, {"origin": "2024-02-20 03:30"}, {"offset": "17min"}, {"offset": "-2h"}],
)
@pytest.mark.parametrize("rule", ["5h", "D", "3D"])
def test_origins(how: dict[str, Any], rule: str) -> None:
    if "origin" in how and how["origin"][0] == "2":
        how = {"origin": pd.Timestamp(how["origin"])}
    same(lambda m, df: df.resample(rule, on="when", **how)["float"].count().reset_index(), events())


def test_parameters_and_selection() -> None:
    data = events()
    same(lambda m, df: df.resample("D", on="when").sum(numeric_only=True).reset_index(), data)
    same(lambda m, df: df.resample("h", on="when")["float"].sum(min_count=1).reset_index(), data)
    same(lambda m, df: df.resample("h", on="when")["int"].var(ddof=0).reset_index(), data)
    same(lambda m, df: df.resample("D", on="when")["int"].quantile(0.3).reset_index(), data)
    same(lambda m, df: df.resample("h", on="when")["text"].first().reset_index(), data)
    same(lambda m, df: df.resample("D", on="when").float.max().reset_index(), data)
    same(lambda m, df: df.resample("D", on="when")["int"].agg(["sum", "mean"]).reset_index(), data)
    same(lambda m, df: df.resample("D", on="when").agg({"int": "sum", "float": "max"}).reset_index(), data)
    same(lambda m, df: df.resample("D", on="when").agg(a=("int", "sum"), b=("float", "count")).reset_index(), data)
    same(lambda m, df: df.resample("D", on="when")["int"].ohlc().reset_index(), data)
    same(lambda m, df: df.resample("D", on="when").size().reset_index(), data)
    same_error(lambda m, df: df.resample("D").sum(), data)
    same_error(lambda m, df: df.resample("D", on="when")["nowhere"], data)
    same_error(lambda m, df: df.resample("xyz", on="when").sum(), data)
    same_error(lambda m, df: df.resample("D", on="when", closed="up").sum(), data)


def test_columns_of_several_labels() -> None:
    data = events()
    same(lambda m, df: df.resample("D", on="when")[["int", "float"]].agg(["sum", "max"]).reset_index(drop=True), data)
    same(lambda m, df: df.resample("6h", on="when")[["int", "float"]].ohlc().reset_index(drop=True), data)


def test_groupers() -> None:
    data = events()
    same(lambda m, df: df.groupby(m.Grouper(key="when", freq="6h"))["int"].sum().reset_index(), data)
    same(lambda m, df: df.groupby(m.Grouper(key="when", freq="ME")).agg({"int": "sum"}).reset_index(), data)
    same(lambda m, df: df.groupby(m.Grouper(key="text"))["int"].sum(), data)
    same(lambda m, df: df.groupby([m.Grouper(key="when", freq="D"), "int"])["float"].sum().reset_index(), data)
    same(
        lambda m, df: df.groupby(["text", m.Grouper(key="when", freq="W")])["int"].agg(["sum", "max"]).reset_index(),
        data,
    )
    same(lambda m, df: df.set_index("when").groupby(["text", m.Grouper(freq="12h")])["int"].max().reset_index(), data)


def test_among_other_steps() -> None:
    data = events()
    same(lambda m, df: df[df["int"] > 3].resample("6h", on="when")["int"].sum().reset_index(), data)
    same(lambda m, df: df.resample("6h", on="when")["int"].sum().cumsum().reset_index(), data)
    same(lambda m, df: df.resample("6h", on="when")["int"].mean().ffill().rolling(2).sum().reset_index(), data)
    same(lambda m, df: df.resample("D", on="when")["int"].sum().max(), data)


def test_times_that_are_missing() -> None:
    data = events()
    data.loc[[2, 5], "when"] = pd.NaT
    same(lambda m, df: df.resample("D", on="when")["int"].sum().dropna().reset_index(), data)


@pytest.mark.parametrize(
    "call",
    [
        lambda df: df.set_index("when")["int"].resample("D").ohlc(),
        lambda df: df.set_index("when")["int"].resample("D").apply(lambda x: x.max()),
        lambda df: df.sort_values("when").drop_duplicates("when").set_index("when")["int"].resample("h").ffill(),
        lambda df: df.resample("2ME", on="when")["int"].sum(),
        lambda df: df.set_index("when").groupby("text")["int"].resample("D").sum(),
        lambda df: df.assign(when=df["when"].dt.tz_localize("UTC")).set_index("when")["int"].resample("D").sum(),
    ],
)
def test_what_the_kernels_do_not_honour_runs_in_pandas(call: Any) -> None:
    data = events()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerformanceWarning)
        result = call(bigframe.from_pandas(data))
    expected = call(data)
    compare = pd.testing.assert_frame_equal if isinstance(expected, pd.DataFrame) else pd.testing.assert_series_equal
    compare(result.to_pandas(), expected, check_freq=False)


@pytest.mark.parametrize(
    "rule", ["2ME", "B", "3B", "SME", "BME", "QS-FEB", "YE-MAR", "2W", "W-MON", "2QE", "BQE", "36h", "D", "2D", "ME"]
)
@pytest.mark.parametrize("closed", [None, "left", "right"])
@pytest.mark.parametrize("label", [None, "left", "right"])
def test_rules_that_pandas_makes_bins_of(rule: str, closed: Any, label: Any) -> None:
    data = events(hours=24 * 300)[["when", "int", "float"]]
    same(lambda m, df: df.resample(rule, on="when", closed=closed, label=label).sum(), data)
    same(lambda m, df: df.resample(rule, on="when", closed=closed, label=label)["float"].count(), data)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Havana", "Asia/Kolkata"])
@pytest.mark.parametrize("rule", ["h", "6h", "D", "2D", "W", "ME", "QS"])
def test_zones(zone: str, rule: str) -> None:
    data = events(hours=24 * 30)[["when", "int", "float"]]
    data["when"] += pd.Timedelta(days=10)  # clocks move in March
    data["when"] = data["when"].dt.tz_localize("UTC").dt.tz_convert(zone)
    # Where no day starts at midnight pandas keeps a freq that its own check refuses.
    same(lambda m, df: df.resample(rule, on="when").sum().reset_index(), data)
    same(lambda m, df: df.set_index("when")["int"].resample(rule, closed="right").max().reset_index(), data)


@pytest.mark.parametrize("origin", ["end", "end_day", "2024-02-27 03:07", pd.Timestamp("2024-02-28 01:00:07")])
@pytest.mark.parametrize("rule", ["7h", "17min", "2D"])
def test_other_origins(origin: Any, rule: str) -> None:
    same(lambda m, df: df.resample(rule, on="when", origin=origin)["float"].sum(), events())


def test_groups() -> None:
    data = events(hours=24 * 20).assign(k=lambda df: df["int"] % 3)[["k", "when", "int", "float"]]
    same(lambda m, df: df.set_index("when").groupby("k").resample("6h").sum(), data)
    same(lambda m, df: df.set_index("when").groupby("k")["int"].resample("W").max(), data)
    same(lambda m, df: df.groupby("k").resample("D", on="when")["float"].mean(), data)
    same(lambda m, df: df.set_index("when").groupby("k")["int"].resample("ME").agg(["sum", "count"]), data)
    same(lambda m, df: df.set_index("when")["int"].groupby(m.Grouper(freq="D")).sum(), data)


def test_levels_and_labels() -> None:
    data = events()
    levels = data.set_index(["text", "when"])[["int", "float"]]
    same(lambda m, df: df.resample("D", level="when").sum(), levels)
    same(lambda m, df: df.resample("D", level=1)["int"].max(), levels)
    same_error(lambda m, df: df.resample("D", level="then").sum(), levels)
    named = data.set_index("when")[["int", "float"]].rename_axis(columns="of")
    same(lambda m, df: df.resample("D").ohlc(), named)
    same(lambda m, df: df.resample("D").agg(["sum", "size"]), named)
    same(lambda m, df: df.resample("D").sum(), named)


def test_errors_and_small_things() -> None:
    data = events().set_index("when")
    same_error(lambda m, df: df.resample("D").agg({"int": "sum", "nowhere": "max"}), data)
    same_error(lambda m, df: df.resample("D", origin=pd.Timestamp("2024", tz="UTC"))["int"].sum(), data)
    same_error(lambda m, df: df.resample("D").nowhere, data)
    same(lambda m, df: len(df.resample("D")), data)
    same(lambda m, df: "int" in dir(df.resample("D")), data)
    same(lambda m, df: df[["int"]].iloc[:0].resample("2ME").count(), data)


def test_times_that_are_missing_in_bins_of_pandas() -> None:
    data = events()
    data.loc[[2, 5], "when"] = pd.NaT
    same(lambda m, df: df.resample("2ME", on="when")["int"].sum().reset_index(), data)


@pytest.mark.parametrize("rule", ["7h", "10D", "36h", "5min"])
@pytest.mark.parametrize("how", [{}, {"origin": "start"}, {"closed": "right", "label": "right"}])
def test_groups_from_their_own_first_times(rule: str, how: dict[str, Any]) -> None:
    data = events(hours=200 if rule != "5min" else 3).assign(k=lambda df: df["int"] % 3)[["k", "when", "int", "float"]]
    same(lambda m, df: df.set_index("when").groupby("k").resample(rule, **how).sum(), data)
    same(lambda m, df: df.groupby(["k"]).resample(rule, on="when", **how)["float"].last(), data)
    same(lambda m, df: df.set_index("when").groupby("k")["int"].resample(rule, **how).mean(), data)


def test_named_reductions() -> None:
    data = events()
    named = {"a": pd.NamedAgg("int", "sum"), "b": pd.NamedAgg("float", "size")}
    same(lambda m, df: df.resample("D", on="when").agg(**named), data)
    same(lambda m, df: m.date_range(df["when"].min(), df["when"].max(), freq="7h"), data)
