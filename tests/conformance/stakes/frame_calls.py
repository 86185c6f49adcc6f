"""Calls of names of DataFrame, of groups of rows and of the module; other names are called without arguments."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pandas as pd

from tests.conformance.stakes.orders import NUMBERS, folder, written

Call = Callable[[Any, Any], Any]


def with_argument(names: str, argument: Any, subject: Call) -> dict[str, Call]:
    """The calls of methods that take the same argument."""

    def call(name: str) -> Call:
        return lambda m, d: getattr(subject(m, d), name)(argument)

    return {name: call(name) for name in names.split()}


def numbers(m: Any, d: Any) -> Any:
    """The columns of numbers."""
    return d[NUMBERS]


def _info(frame: Any) -> str:
    text = io.StringIO()
    frame.info(buf=text)
    return text.getvalue()


def _set(frame: Any, change: Callable[[Any], Any]) -> Any:
    change(frame)
    return frame


ARITHMETIC = (
    "add div divide floordiv mod mul multiply pow radd rdiv rfloordiv rmod rmul rsub rtruediv sub subtract truediv"
)
COMPARISONS = "eq ge gt le lt ne"

DATAFRAME: dict[str, Call] = {
    **with_argument(ARITHMETIC, 2, numbers),
    **with_argument(COMPARISONS, 1, numbers),
    **with_argument("rpow", 2, lambda m, d: d[["x", "y"]]),
    **with_argument("add_prefix add_suffix", "_", numbers),
    "T": lambda m, d: d.head(3)[NUMBERS].T,
    "agg": lambda m, d: d[NUMBERS].agg(["min", "max", "sum"]),
    "aggregate": lambda m, d: d[NUMBERS].aggregate("mean"),
    "align": lambda m, d: d.set_index("i")[["n"]].align(d.set_index("i")[["n", "y"]].head(5)),
    "all": lambda m, d: (d[NUMBERS] > 0).all(),
    "any": lambda m, d: (d[NUMBERS] > 0).any(),
    "apply": lambda m, d: d[["n", "y"]].apply(lambda row: row["n"] + row["y"], axis=1),
    "assign": lambda m, d: d.assign(z=d.n * d.y, w=1),
    "astype": lambda m, d: d[["n"]].astype("float64"),
    "at": lambda m, d: d.at[3, "n"],
    "clip": lambda m, d: d[NUMBERS].clip(-1, 1),
    "combine": lambda m, d: d[["n"]].combine(d[["n"]] + 1, lambda x, y: x + y),
    "combine_first": lambda m, d: d[["x"]].combine_first(d[["y"]].rename(columns={"y": "x"})),
    "corr": lambda m, d: d[NUMBERS].corr().round(9),
    "corrwith": lambda m, d: d[NUMBERS].corrwith(d.y).round(9),
    "cov": lambda m, d: d[NUMBERS].cov().round(9),
    "dot": lambda m, d: d[["n", "y"]].dot(pd.Series([1.0, 2.0], ["n", "y"])),
    "drop": lambda m, d: d.drop(columns=["b", "t"]),
    "drop_duplicates": lambda m, d: d[["k", "b"]].drop_duplicates(),
    "droplevel": lambda m, d: d.set_index(["k", "i"])[["n"]].droplevel("k"),
    "duplicated": lambda m, d: d[["k", "b"]].duplicated(),
    "equals": lambda m, d: d.equals(d.copy()),
    "eval": lambda m, d: d.eval("n + y * 2"),
    "explode": lambda m, d: d[["i", "n"]].explode("n"),
    "expanding": lambda m, d: d[NUMBERS].expanding().sum().round(9),
    "fillna": lambda m, d: d[NUMBERS].fillna(0),
    "filter": lambda m, d: d.filter(items=["n", "y"]),
    "from_dict": lambda m, d: m.DataFrame.from_dict({"p": [1, 2], "q": ["u", None]}),
    "from_records": lambda m, d: m.DataFrame.from_records([(1, "a"), (2, "b")], columns=["p", "q"]),
    "get": lambda m, d: d.get("n"),
    "groupby": lambda m, d: d.groupby("k")[["n"]].sum(),
    "iat": lambda m, d: d.iat[2, 3],
    "iloc": lambda m, d: d.iloc[5:25, 1:4],
    "info": lambda m, d: _info(d[["n", "y"]]),
    "insert": lambda m, d: _set(d[NUMBERS].copy(), lambda one: one.insert(1, "z", 7)),
    "isin": lambda m, d: d[["k", "s"]].isin(["a", "ant"]),
    "items": lambda m, d: dict(d[NUMBERS].items()),
    "iterrows": lambda m, d: dict(d[["n", "y"]].iterrows()),
    "itertuples": lambda m, d: [tuple(row) for row in d[["n", "y"]].itertuples()],
    "join": lambda m, d: d[["n"]].join(d[["y"]].head(7)),
    "loc": lambda m, d: d.loc[d.n > 0, ["k", "n"]],
    "map": lambda m, d: d[["n"]].map(lambda value: value + 1),
    "mask": lambda m, d: d[NUMBERS].mask(d.b, 0),
    "melt": lambda m, d: d.melt(id_vars="k", value_vars=["x", "y"]),
    "merge": lambda m, d: d[["k", "n"]].merge(d[["k", "y"]].head(9), on="k"),
    "mode": lambda m, d: d[["k", "n"]].mode(),
    "nlargest": lambda m, d: d[NUMBERS].nlargest(5, "y"),
    "nsmallest": lambda m, d: d[NUMBERS].nsmallest(5, "y"),
    "pct_change": lambda m, d: d[["y"]].pct_change(),
    "pipe": lambda m, d: d.pipe(lambda one: one[one.b]),
    "pivot": lambda m, d: d.drop_duplicates(["n", "k"]).pivot(index="n", columns="k", values="y"),
    "pivot_table": lambda m, d: d.pivot_table("y", "k", "b", "sum").round(9),
    "plot": lambda m, d: d[["y"]].plot.hist() is not None,
    "pop": lambda m, d: d.copy().pop("n"),
    "quantile": lambda m, d: d[NUMBERS].quantile(0.25),
    "query": lambda m, d: d.query("n > 0 and k == 'a'"),
    "reindex": lambda m, d: d.set_index("i")[["n"]].reindex([3, 99, 5]),
    "reindex_like": lambda m, d: d.set_index("i")[NUMBERS].reindex_like(d[["n", "y"]].head(9)),
    "rename": lambda m, d: d.rename(columns={"n": "m"}),
    "rename_axis": lambda m, d: d[NUMBERS].rename_axis("row"),
    "replace": lambda m, d: d[["k", "s"]].replace("a", "z"),
    "resample": lambda m, d: d.set_index("t").sort_index()[["n"]].resample("7D").sum(),
    "reset_index": lambda m, d: d.set_index("i")[NUMBERS].reset_index(),
    "rolling": lambda m, d: d[NUMBERS].rolling(3).mean().round(9),
    "sample": lambda m, d: len(d.sample(7, random_state=1)),
    "select_dtypes": lambda m, d: d.select_dtypes("number"),
    "set_index": lambda m, d: d.set_index(["k", "i"]),
    "shift": lambda m, d: d[["k", "n", "t"]].shift(2),
    "sort_index": lambda m, d: d.set_index("i").sort_index(),
    "sort_values": lambda m, d: d.sort_values(["k", "i"], ascending=[True, False]),
    "stack": lambda m, d: d[["n", "y"]].stack(),
    "swaplevel": lambda m, d: d.set_index(["k", "i"])[NUMBERS].swaplevel(),
    "take": lambda m, d: d.take([4, 0, 11]),
    "to_csv": lambda m, d: written(lambda path: d[["k", "n"]].to_csv(path, index=False), "x.csv", pd.read_csv),
    "to_excel": lambda m, d: written(lambda path: d[["n"]].to_excel(path, index=False), "x.xlsx", pd.read_excel),
    "to_json": lambda m, d: written(
        lambda path: d[["n"]].to_json(path, orient="records", lines=True),
        "x.json",
        lambda p: pd.read_json(p, lines=True),
    ),
    "to_orc": lambda m, d: written(lambda path: d[["n", "y"]].to_orc(path), "x.orc", pd.read_orc),
    "to_parquet": lambda m, d: written(lambda path: d.to_parquet(path), "x.parquet", pd.read_parquet),
    "to_records": lambda m, d: d[["n", "y"]].to_records().tolist(),
    "transform": lambda m, d: d[NUMBERS].transform("cumsum"),
    "transpose": lambda m, d: d.head(3)[NUMBERS].transpose(),
    "unstack": lambda m, d: d.drop_duplicates(["n", "k"]).set_index(["n", "k"])["y"].to_frame().unstack(),
    "update": lambda m, d: _set(d[NUMBERS].copy(), lambda one: one.update(d[["y"]].rename(columns={"y": "x"}))),
    "value_counts": lambda m, d: d[["k", "b"]].value_counts(),
    "where": lambda m, d: d[NUMBERS].where(d.b, 0),
}

DATAFRAMEGROUPBY: dict[str, Call] = {
    "agg": lambda m, d: d.groupby("k").agg({"n": "sum", "y": ["min", "max"]}),
    "aggregate": lambda m, d: d.groupby("k")[["n", "y"]].aggregate("max"),
    "all": lambda m, d: d.groupby("k")[["b"]].all(),
    "any": lambda m, d: d.groupby("k")[["b"]].any(),
    "apply": lambda m, d: d.groupby("k")[["n", "y"]].apply(lambda rows: rows["n"].sum()),
    "corr": lambda m, d: d.groupby("k")[["n", "y"]].corr().round(9),
    "expanding": lambda m, d: d.groupby("k")[["n", "y"]].expanding().sum().round(9),
    "get_group": lambda m, d: d.groupby("k").get_group("a"),
    "head": lambda m, d: d.groupby("k").head(2),
    "quantile": lambda m, d: d.groupby("k")[["n", "y"]].quantile(0.25),
    "rolling": lambda m, d: d.groupby("k")[["n", "y"]].rolling(2).sum().round(9),
    "tail": lambda m, d: d.groupby("k").tail(2),
    "transform": lambda m, d: d.groupby("k")[["n", "y"]].transform("mean"),
}

MODULE: dict[str, Call] = {
    "concat": lambda m, d: m.concat([d[["k", "n"]], d[["k", "y"]].head(5)]),
    "cut": lambda m, d: m.cut(d.y, [-9, 0, 1, 9]),
    "date_range": lambda m, d: m.date_range("2024-01-01", periods=5),
    "get_dummies": lambda m, d: m.get_dummies(d[["k", "n"]]),
    "isna": lambda m, d: m.isna(d.x),
    "isnull": lambda m, d: m.isnull(d[["x", "s"]]),
    "melt": lambda m, d: m.melt(d, id_vars="k", value_vars=["x", "y"]),
    "merge": lambda m, d: m.merge(d[["k", "n"]], d[["k", "y"]].head(9), on="k"),
    "merge_asof": lambda m, d: m.merge_asof(
        d[["t", "n"]].sort_values("t"), d[["t", "y"]].head(20).sort_values("t"), on="t"
    ),
    "notna": lambda m, d: m.notna(d.x),
    "notnull": lambda m, d: m.notnull(d.x),
    "pivot_table": lambda m, d: m.pivot_table(d, "y", "k", "b", "sum").round(9),
    "qcut": lambda m, d: m.qcut(d.y, 4),
    "read_csv": lambda m, d: m.read_csv(folder() / "rows.csv"),
    "read_json": lambda m, d: m.read_json(folder() / "rows.jsonl", lines=True),
    "read_orc": lambda m, d: m.read_orc(folder() / "rows.orc"),
    "read_parquet": lambda m, d: m.read_parquet(folder() / "rows.parquet"),
    "to_datetime": lambda m, d: m.to_datetime(d.t.dt.strftime("%Y-%m-%d %H:%M"), format="%Y-%m-%d %H:%M"),
    "to_numeric": lambda m, d: m.to_numeric(d.n.astype("str")),
    "to_timedelta": lambda m, d: m.to_timedelta(d.n, unit="s"),
}
