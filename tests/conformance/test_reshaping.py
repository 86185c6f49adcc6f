"""Columns that become rows and rows that become columns, against pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import same, same_error

pytestmark = pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")

ROWS = pd.DataFrame(
    {
        "k": ["b", "a", None, "b", "a"],
        "x": [1, 2, 3, 4, 5],
        "y": [0.5, np.nan, 2.0, -1.0, 7.0],
        "i": np.array([1, 2, 3, 4, 100], "i1"),
        "t": ["p", "q", None, "r", ""],
    },
    index=[5, 3, 3, 9, 0],
)
LABELLED = pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=pd.Index([7, 8], name="row")).rename_axis(columns="side")


def _two_levels(d: Any) -> Any:
    narrow = d[["x", "i"]].copy()
    narrow.columns = [["A", "B"], ["D", "E"]]
    return narrow


LONG: dict[str, Callable[[Any, Any], Any]] = {
    "melt of a level": lambda m, d: _two_levels(d).melt(col_level=0, id_vars=["A"], value_vars=["B"]),
    "melt of levels": lambda m, d: _two_levels(d).melt(id_vars=[("A", "D")], value_vars=[("B", "E")]),
    "melt": lambda m, d: d[["k", "x", "y"]].melt(id_vars="k"),
    "melt all": lambda m, d: d[["x", "i"]].melt(),
    "melt some": lambda m, d: d.melt(id_vars=["k", "t"], value_vars=["y", "x"]),
    "melt one": lambda m, d: d.melt(id_vars="k", value_vars="t", var_name="which", value_name="text"),
    "melt texts": lambda m, d: d.melt(id_vars="x", value_vars=["k", "t"]),
    "melt with the index": lambda m, d: d.melt(id_vars="k", value_vars=["x", "y"], ignore_index=False),
    "melt of a default index": lambda m, d: d.reset_index(drop=True).melt(value_vars=["x"], ignore_index=False),
    "melt of kinds": lambda m, d: d.melt(id_vars="k", value_vars=["x"]).value.sum(),
    "melt of a filter": lambda m, d: d[d.x > 2].melt(id_vars="k", value_vars=["x", "y"]),
    "melt then group": lambda m, d: d.melt(id_vars="k", value_vars=["x", "y"]).groupby(["k", "variable"]).value.sum(),
    "melt then head": lambda m, d: d.melt(id_vars="k", value_vars=["x", "y"]).head(7),
    "top-level melt": lambda m, d: m.melt(d, id_vars=["k"], value_vars=["x"]),
    "lreshape": lambda m, d: m.lreshape(d, {"n": ["x", "i"], "s": ["k", "t"]}),
    "lreshape with holes": lambda m, d: m.lreshape(d, {"n": ["x", "y"]}, dropna=False),
    "stack": lambda m, d: d[["x", "y"]].stack(),
    "stack one kind": lambda m, d: d[["x", "i"]].stack(),
    "stack texts": lambda m, d: d.set_index("x")[["k", "t"]].stack(),
    "transpose": lambda m, d: d[["x", "i"]].T,
}


@pytest.mark.parametrize("case", LONG)
def test_columns_become_rows(case: str) -> None:
    same(LONG[case], ROWS)


WIDE = pd.DataFrame(
    {
        "id": [2, 0, 1],
        "place": ["x", None, "y"],
        "a-2020": [1, 2, 3],
        "b-2020": ["p", "q", None],
        "c": [0.5, np.nan, 2.0],
        "a-2021": [4, 5, 6],
        "b-2021": ["r", "", "t"],
        "n_one": [1, 2, 3],
        "n_two": [1.5, np.nan, 2.5],
    },
    index=[5, 5, 7],
)
BY_SUFFIX: dict[str, Callable[[Any, Any], Any]] = {
    "one name": lambda m, d: m.wide_to_long(d, "a", i="id", j="year", sep="-"),
    "several names": lambda m, d: m.wide_to_long(d, ["b", "a"], i="id", j="year", sep="-"),
    "several keys": lambda m, d: m.wide_to_long(d, ["a", "b"], i=["id", "place"], j="year", sep="-"),
    "suffixes of text": lambda m, d: m.wide_to_long(d, "n", i="id", j="which", sep="_", suffix=r"\w+"),
    "separators in names": lambda m, d: m.wide_to_long(d, ["a-", "b-"], i="id", j="year"),
    "of no rows": lambda m, d: m.wide_to_long(d[d.id > 9], "a", i="id", j="year", sep="-"),
    "then chosen": lambda m, d: m.wide_to_long(d, ["a", "b"], i="id", j="year", sep="-").loc[(0, 2021)],
}
OTHERS: dict[str, Callable[[Any, Any], Any]] = {
    "no such name": lambda m, d: m.wide_to_long(d, "z", i="id", j="year"),
    "other suffixes": lambda m, d: m.wide_to_long(d.drop(columns="b-2021"), ["a", "b"], i="id", j="year", sep="-"),
}


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", BY_SUFFIX)
def test_suffixes_become_labels(case: str) -> None:
    same(BY_SUFFIX[case], WIDE)


@pytest.mark.parametrize("case", OTHERS)
def test_suffixes_that_gather(case: str) -> None:
    with pytest.warns(bigframe.PerformanceWarning, match="wide_to_long"):
        same(OTHERS[case], WIDE)


def test_errors_of_suffixes() -> None:
    same_error(lambda m, d: m.wide_to_long(d.assign(id=1), "a", i="id", j="year", sep="-"), WIDE)
    same_error(lambda m, d: m.wide_to_long(d, "c", i="id", j="year"), WIDE)
    same_error(lambda m, d: m.wide_to_long(d, "a", i="nobody", j="year", sep="-"), WIDE)


@pytest.mark.parametrize("case", ["melt", "melt with the index", "stack", "lreshape"])
def test_columns_of_nothing_become_rows(case: str) -> None:
    same(LONG[case], ROWS.iloc[:0])


NAMED: dict[str, Callable[[Any, Any], Any]] = {
    "as it is": lambda m, d: d,
    "computed": lambda m, d: d + 1,
    "filtered": lambda m, d: d[d.a > 1],
    "labels": lambda m, d: d.columns,
    "other labels": lambda m, d: d.rename(columns={"a": "c"}),
    "one": lambda m, d: d.a.to_frame(),
    "grouped": lambda m, d: d.groupby("a").sum(),
    "melted": lambda m, d: d.melt(),
    "stacked": lambda m, d: d.stack(),
}


@pytest.mark.parametrize("case", NAMED)
def test_names_of_labels(case: str) -> None:
    same(NAMED[case], LABELLED)


def test_errors_of_melt() -> None:
    same_error(lambda m, d: d.melt(id_vars="nobody"), ROWS)
    same_error(lambda m, d: d.melt(id_vars="k", value_name="x"), ROWS)
    same_error(lambda m, d: d.melt(id_vars="k", value_vars="x", var_name="k"), ROWS)
    same_error(lambda m, d: d.melt(id_vars="k", var_name=["a"]), ROWS)
    same_error(lambda m, d: m.lreshape(d, {"n": ["x", "i"], "s": ["k"]}), ROWS)


def test_melt_waits_to_be_looked_at() -> None:
    before = bigframe.current_session().jobs
    frame = bigframe.from_pandas(ROWS)
    bigframe.melt(frame, id_vars="k", value_vars=["x", "y"])
    frame[["x", "y"]].stack()
    assert bigframe.current_session().jobs == before


SALES = pd.DataFrame(
    {
        "shop": ["n", "s", "n", "n", "s", None, "n", "w"],
        "kind": ["a", "b", "b", "a", "a", "a", None, "b"],
        "year": [2020, 2020, 2021, 2021, 2021, 2020, 2020, 2020],
        "sold": [1, 2, 3, 4, 5, 6, 7, 8],
        "price": [0.5, np.nan, 2.5, 3.0, 1.0, 4.0, 9.0, np.nan],
    }
)

TABLES: dict[str, Callable[[Any, Any], Any]] = {
    "mean": lambda m, d: d.pivot_table(values="sold", index="shop", columns="kind"),
    "sum": lambda m, d: d.pivot_table("sold", "shop", "kind", aggfunc="sum"),
    "filled": lambda m, d: d.pivot_table("sold", "shop", "kind", aggfunc="sum", fill_value=0),
    "counted": lambda m, d: m.pivot_table(d, "price", "shop", "kind", aggfunc="count"),
    "several values": lambda m, d: d.pivot_table(["sold", "price"], "shop", "kind", aggfunc="max"),
    "list of one value": lambda m, d: d.pivot_table(["sold"], "shop", "kind", aggfunc="max"),
    "all values": lambda m, d: d[["shop", "year", "sold", "price"]].pivot_table(index="shop", columns="year"),
    "several rows": lambda m, d: d.pivot_table("sold", ["shop", "year"], "kind", aggfunc="sum"),
    "several columns": lambda m, d: d.pivot_table("sold", "shop", ["kind", "year"], aggfunc="sum"),
    "rows only": lambda m, d: d.pivot_table("sold", ["shop", "year"], aggfunc="sum"),
    "columns only": lambda m, d: d.pivot_table("sold", columns="kind", aggfunc="sum"),
    "functions": lambda m, d: d.pivot_table("sold", "shop", "kind", aggfunc=["sum", "max"]),
    "function by column": lambda m, d: d.pivot_table(
        ["sold", "price"], "shop", "kind", aggfunc={"sold": "sum", "price": "mean"}
    ),
    "functions by column": lambda m, d: d.pivot_table(
        ["sold", "price"], "shop", aggfunc={"sold": ["sum", "max"], "price": "mean"}
    ),
    "missing kept": lambda m, d: d.pivot_table("sold", "shop", "kind", aggfunc="sum", dropna=False),
    "as they come": lambda m, d: d.pivot_table("sold", "shop", "kind", aggfunc="sum", sort=False),
    "own function": lambda m, d: d.pivot_table("sold", "shop", "kind", aggfunc=lambda x: x.max() - x.min()),
    "functions of one value": lambda m, d: d.pivot_table("sold", ["shop", "kind"], aggfunc={"sold": ["min", "max"]}),
    "functions of one value across": lambda m, d: d.pivot_table("sold", "shop", "kind", aggfunc={"sold": ["max"]}),
    "of a filter": lambda m, d: d[d.sold > 2].pivot_table("sold", "shop", "kind", aggfunc="sum"),
    "labels": lambda m, d: d.pivot_table("sold", "shop", "kind", aggfunc="sum").columns,
    "then reset": lambda m, d: d.pivot_table("sold", "shop", "kind", aggfunc="sum", fill_value=0).reset_index(),
    "pivot": lambda m, d: (
        d.dropna().drop_duplicates(["shop", "kind"]).pivot(index="shop", columns="kind", values="sold")
    ),
    "unstack": lambda m, d: d.groupby(["shop", "kind"]).sold.sum().unstack(),
    "crosstab": lambda m, d: m.crosstab(d.shop, d.kind),
    "crosstab of shares": lambda m, d: m.crosstab(d.shop, d.kind, normalize=True),
    "crosstab of shares by row": lambda m, d: m.crosstab(d.shop, d.year, normalize="index"),
    "crosstab of shares by column": lambda m, d: m.crosstab(d.shop, d.year, normalize="columns", margins=True),
    "crosstab of several": lambda m, d: m.crosstab([d.shop, d.year], d.kind),
    "crosstab of several columns": lambda m, d: m.crosstab(d.shop, [d.kind, d.year], colnames=["x", "y"]),
    "crosstab with missing": lambda m, d: m.crosstab(d.shop, d.kind, dropna=False),
    "crosstab of values": lambda m, d: m.crosstab(d.shop, d.kind, values=d.sold, aggfunc="sum"),
    "crosstab of pandas' own": lambda m, d: m.crosstab(pd.Categorical(["a", "b"], ["a", "b", "c"]), np.array([1, 1])),
    "crosstab of computed": lambda m, d: m.crosstab(d.sold > 3, d.kind.rename("what")),
}


@pytest.mark.parametrize("case", TABLES)
def test_rows_become_columns(case: str) -> None:
    same(TABLES[case], SALES)


def test_errors_of_tables() -> None:
    same_error(lambda m, d: d.pivot_table("nobody", "shop"), SALES)
    same_error(lambda m, d: d.pivot_table("sold", "shop", aggfunc={"sold": "sum", "price": "max"}), SALES)
    same_error(lambda m, d: d.pivot(index="shop", columns="kind", values="sold"), SALES)
    same_error(lambda m, d: m.crosstab(d.shop, d.kind, values=d.sold), SALES)
    same_error(lambda m, d: m.crosstab(d.shop, d.kind, normalize="rows"), SALES)


SIZES: dict[str, Callable[[Any], Any]] = {
    "across": lambda d: d.pivot_table(index="shop", columns="year", aggfunc="size", fill_value=0),
    "alone": lambda d: d.pivot_table(index="shop", aggfunc="size"),
    "counts of categories": lambda d: d.groupby("shop").kind.value_counts(),
    "counts of rows with categories": lambda d: d.groupby("shop")[["kind", "year"]].value_counts(),
}


@pytest.mark.parametrize("case", SIZES)
def test_sizes(case: str) -> None:
    kinds = [*SALES.kind.dropna().unique(), "never"]
    same(lambda m, d: SIZES[case](d), SALES.assign(kind=pd.Categorical(SALES.kind, kinds)))


UNOBSERVED: dict[str, Callable[[Any], Any]] = {
    "sums": lambda d: d.pivot_table("sold", "shop", "kind", aggfunc="sum", observed=False),
    "means": lambda d: d.pivot_table("sold", "kind", "year", observed=False),
    "none across": lambda d: d.pivot_table("sold", ["kind"], aggfunc="sum", observed=False),
    "filled": lambda d: d.pivot_table("sold", "year", "kind", observed=False, fill_value=0),
}


@pytest.mark.parametrize("case", UNOBSERVED)
def test_tables_of_all_categories(case: str) -> None:
    kinds = [*SALES.kind.dropna().unique(), "never"]
    same(lambda m, d: UNOBSERVED[case](d), SALES.assign(kind=pd.Categorical(SALES.kind, kinds)))


def test_a_table_gathers_its_groups_only() -> None:
    session = bigframe.current_session()
    frame = bigframe.from_pandas(SALES)
    before = session.jobs
    with pytest.warns(bigframe.PerformanceWarning, match="pivot_table"):
        frame.pivot_table("sold", "shop", ["kind", "year"], sort=False)
    assert session.jobs == before + 1


DUMMIES: dict[str, Callable[[Any, Any], Any]] = {
    "frame": lambda m, d: m.get_dummies(d),
    "series": lambda m, d: m.get_dummies(d.shop),
    "series with missing": lambda m, d: m.get_dummies(d.shop, dummy_na=True),
    "series under a prefix": lambda m, d: m.get_dummies(d.shop, prefix="at", prefix_sep="-"),
    "numbers": lambda m, d: m.get_dummies(d.year),
    "fractions": lambda m, d: m.get_dummies(d.price),
    "chosen columns": lambda m, d: m.get_dummies(d, columns=["year", "kind"]),
    "all columns": lambda m, d: m.get_dummies(d[["shop", "kind"]]),
    "without the first": lambda m, d: m.get_dummies(d, drop_first=True),
    "frame with missing": lambda m, d: m.get_dummies(d, dummy_na=True),
    "integers": lambda m, d: m.get_dummies(d, dtype=int),
    "floats": lambda m, d: m.get_dummies(d.shop, dtype="float64"),
    "a prefix each": lambda m, d: m.get_dummies(d, prefix=["s", "k"]),
    "a prefix by column": lambda m, d: m.get_dummies(d, prefix={"shop": "s", "kind": "k"}, prefix_sep="."),
    "one prefix": lambda m, d: m.get_dummies(d[["shop"]], prefix="s"),
    "bools": lambda m, d: m.get_dummies(d.sold > 3),
    "all missing": lambda m, d: m.get_dummies(d[d.shop.isna()].shop).shape,
    "nullable": lambda m, d: m.get_dummies(d.shop.astype("string"), prefix="s"),
    "arrow": lambda m, d: m.get_dummies(d.year.astype("int64[pyarrow]"), prefix="y"),
    "then summed": lambda m, d: m.get_dummies(d.shop).sum(),
    "objects": lambda m, d: m.get_dummies(d.assign(kind=d.kind.astype(object)), dummy_na=True),
    "from dummies": lambda m, d: m.from_dummies(
        m.get_dummies(d[["kind", "year"]].dropna(), columns=["kind"])[["kind_a", "kind_b"]]
    ),
}


@pytest.mark.parametrize("case", DUMMIES)
def test_dummies(case: str) -> None:
    same(DUMMIES[case], SALES)


def test_errors_of_dummies() -> None:
    same_error(lambda m, d: m.get_dummies(d, columns="shop"), SALES)
    same_error(lambda m, d: m.get_dummies(d, prefix=["s"]), SALES)
    same_error(lambda m, d: m.get_dummies(d, columns=["nobody"]), SALES)
    same_error(lambda m, d: m.get_dummies(d, dtype=object), SALES)


def test_dummies_take_one_job(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bigframe.announcing._said", set())  # it is said once a line
    session = bigframe.current_session()
    frame = bigframe.from_pandas(SALES)
    before = session.jobs
    bigframe.get_dummies(frame)
    assert session.jobs == before + 1
    assert "ran a job to learn which columns get_dummies makes" in caplog.text


COUNTED: dict[str, Callable[[Any, Any], Any]] = {
    "two columns": lambda m, d: m.crosstab(d.shop, d.year),
    "pivot": lambda m, d: m.pivot(
        d.groupby(["shop", "kind"]).sold.sum().reset_index(), index="shop", columns="kind", values="sold"
    ),
    "two by one": lambda m, d: m.crosstab([d.shop, d.year], d.kind),
    "under other names": lambda m, d: m.crosstab(d.shop, d.year, rownames=["R"], colnames=["C"]),
    "without names": lambda m, d: m.crosstab(d.shop.rename(None), d.kind.rename(None)),
}


@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
@pytest.mark.parametrize("case", COUNTED)
def test_counts_of_pairs_without_gathering(case: str) -> None:
    same(COUNTED[case], SALES)
