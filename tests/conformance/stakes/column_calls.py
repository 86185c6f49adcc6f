"""Calls of names of Series, Index, accessors and windows; other names are called without arguments."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tests.conformance.stakes.frame_calls import ARITHMETIC, COMPARISONS, Call, with_argument
from tests.conformance.stakes.orders import written


def _x(m: Any, d: Any) -> Any:
    return d.x


def _s(m: Any, d: Any) -> Any:
    return d.s.str


def _there(m: Any, d: Any) -> Any:
    return d.s.dropna().str  # beside lists, pandas has NaN for a missing text where bigframe has None


SERIES: dict[str, Call] = {
    **with_argument(f"{ARITHMETIC} rpow", 2, _x),
    **with_argument(COMPARISONS, 1, _x),
    **with_argument("add_prefix add_suffix", "_", _x),
    "agg": lambda m, d: d.x.agg(["min", "max"]),
    "aggregate": lambda m, d: d.x.aggregate("mean"),
    "align": lambda m, d: d.set_index("i").n.align(d.set_index("i").y.head(5)),
    "all": lambda m, d: d.b.all(),
    "any": lambda m, d: d.b.any(),
    "apply": lambda m, d: d.n.apply(lambda value: value + 1),
    "astype": lambda m, d: d.n.astype("float64"),
    "at": lambda m, d: d.n.at[3],
    "autocorr": lambda m, d: round(float(d.y.autocorr()), 9),
    "between": lambda m, d: d.n.between(-2, 5),
    "case_when": lambda m, d: d.n.case_when([(d.n > 0, 1), (d.n < 0, -1)]),
    "clip": lambda m, d: d.x.clip(-1, 1),
    "combine": lambda m, d: d.n.combine(d.n + 1, max),
    "combine_first": lambda m, d: d.x.combine_first(d.y),
    "compare": lambda m, d: d.n.compare(d.n.where(d.b, 0)),
    "corr": lambda m, d: round(float(d.x.corr(d.y)), 9),
    "cov": lambda m, d: round(float(d.x.cov(d.y)), 9),
    "dot": lambda m, d: round(float(d.n.dot(d.y)), 9),
    "drop": lambda m, d: d.n.drop([3, 5]),
    "drop_duplicates": lambda m, d: d.k.drop_duplicates(),
    "droplevel": lambda m, d: d.set_index(["k", "i"]).n.droplevel("k"),
    "dt": lambda m, d: d.t.dt.year,
    "equals": lambda m, d: d.x.equals(d.x.copy()),
    "expanding": lambda m, d: d.x.expanding().sum().round(9),
    "fillna": lambda m, d: d.x.fillna(0),
    "filter": lambda m, d: d.n.filter(items=[3, 5]),
    "get": lambda m, d: d.n.get(3),
    "groupby": lambda m, d: d.n.groupby(d.k).sum(),
    "hist": lambda m, d: d.y.hist() is not None,
    "iat": lambda m, d: d.n.iat[2],
    "iloc": lambda m, d: d.n.iloc[5:25],
    "isin": lambda m, d: d.k.isin(["a", "c"]),
    "items": lambda m, d: dict(d.n.items()),
    "loc": lambda m, d: d.n.loc[d.b],
    "map": lambda m, d: d.k.map({"a": 1, "b": 2, "c": 3}),
    "mask": lambda m, d: d.x.mask(d.b, 0),
    "mode": lambda m, d: d.k.mode(),
    "nlargest": lambda m, d: d.y.nlargest(),
    "nsmallest": lambda m, d: d.y.nsmallest(),
    "pct_change": lambda m, d: d.y.pct_change(),
    "pipe": lambda m, d: d.n.pipe(lambda one: one + 1),
    "plot": lambda m, d: d.y.plot.hist() is not None,
    "pop": lambda m, d: d.n.copy().pop(3),
    "quantile": lambda m, d: d.x.quantile([0.25, 0.75]),
    "reindex": lambda m, d: d.set_index("i").n.reindex([3, 99, 5]),
    "reindex_like": lambda m, d: d.set_index("i").n.reindex_like(d.y.head(9)),
    "rename": lambda m, d: d.n.rename("m"),
    "rename_axis": lambda m, d: d.n.rename_axis("row"),
    "replace": lambda m, d: d.k.replace({"a": "z"}),
    "resample": lambda m, d: d.set_index("t").sort_index().n.resample("7D").sum(),
    "reset_index": lambda m, d: d.set_index("i").n.reset_index(),
    "rolling": lambda m, d: d.x.rolling(3, min_periods=1).mean().round(9),
    "sample": lambda m, d: len(d.n.sample(7, random_state=1)),
    "shift": lambda m, d: d.k.shift(2),
    "sort_index": lambda m, d: d.set_index("i").n.sort_index(),
    "str": lambda m, d: d.s.str.upper(),
    "swaplevel": lambda m, d: d.set_index(["k", "i"]).n.swaplevel(),
    "take": lambda m, d: d.n.take([4, 0, 11]),
    "to_csv": lambda m, d: written(lambda path: d.n.to_csv(path, index=False), "x.csv", pd.read_csv),
    "to_excel": lambda m, d: written(lambda path: d.n.to_excel(path, index=False), "x.xlsx", pd.read_excel),
    "transform": lambda m, d: d.n.transform("cumsum"),
    "unique": lambda m, d: list(d.k.unique()),
    "unstack": lambda m, d: d.drop_duplicates(["n", "k"]).set_index(["n", "k"]).y.unstack(),
    "update": lambda m, d: _updated(d.x.copy(), d.y.where(d.b)),
    "value_counts": lambda m, d: d.k.value_counts(),
    "where": lambda m, d: d.x.where(d.b, 0),
}


def _updated(column: Any, other: Any) -> Any:
    column.update(other)
    return column


INDEX: dict[str, Call] = {
    "all": lambda m, d: bool(d.set_index("i").index.all()),
    "any": lambda m, d: bool(d.set_index("i").index.any()),
    "astype": lambda m, d: d.set_index("i").index.astype("float64"),
    "drop": lambda m, d: d.set_index("i").index.drop([3, 5]),
    "fillna": lambda m, d: d.set_index("x").index.fillna(0.0),
    "get_level_values": lambda m, d: d.set_index("i").index.get_level_values("i"),
    "isin": lambda m, d: d.set_index("k").index.isin(["a"]),
    "item": lambda m, d: d.set_index("i").head(1).index.item(),
    "map": lambda m, d: d.set_index("i").index.map(lambda value: value + 1),
    "rename": lambda m, d: d.set_index("i").index.rename("j"),
    "set_names": lambda m, d: d.set_index("i").index.set_names("j"),
    "str": lambda m, d: d.set_index("k").index.str.upper(),
}

STR: dict[str, Call] = {
    "cat": lambda m, d: d.s.str.cat(d.k, sep="-"),
    "contains": lambda m, d: d.s.str.contains("a"),
    "decode": lambda m, d: d.k.str.encode("utf-8").str.decode("utf-8"),
    "encode": lambda m, d: d.k.str.encode("utf-8"),
    "extract": lambda m, d: d.s.str.extract(r"([a-z]+)\W?(\d+)?"),
    "extractall": lambda m, d: d.s.str.extractall(r"([a-z])"),
    **with_argument("count endswith find fullmatch match rfind startswith", "a", _s),
    **with_argument("findall", "a", _there),
    **with_argument("rsplit split", " ", _there),
    **with_argument("index rindex", "", _s),
    **with_argument("get repeat", 2, _s),
    **with_argument("center ljust pad rjust wrap zfill", 6, _s),
    **with_argument("join", "-", _s),
    **with_argument("normalize", "NFD", _s),
    **with_argument("partition rpartition", " ", _s),
    "replace": lambda m, d: d.s.str.replace("a", "z"),
    "slice": lambda m, d: d.s.str.slice(1, 3),
    "slice_replace": lambda m, d: d.s.str.slice_replace(1, 2, "_"),
    "translate": lambda m, d: d.s.str.translate(str.maketrans({"a": "z"})),
}


def _duration(name: str) -> Call:
    return lambda m, d: getattr(d.e.dt, name)


DT: dict[str, Call] = {
    **{name: _duration(name) for name in ("days", "seconds", "microseconds", "nanoseconds")},
    "total_seconds": lambda m, d: d.e.dt.total_seconds(),
    "ceil": lambda m, d: d.t.dt.ceil("h"),
    "floor": lambda m, d: d.t.dt.floor("h"),
    "round": lambda m, d: d.t.dt.round("h"),
    "strftime": lambda m, d: d.t.dt.strftime("%d.%m.%Y"),
    "timetz": lambda m, d: d.t.dt.timetz,
    "tz_convert": lambda m, d: d.t.dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin"),
    "tz_localize": lambda m, d: d.t.dt.tz_localize("UTC"),
}


def _window(name: str) -> Call:
    return lambda m, d: getattr(d[["n", "y"]].rolling(3), name)().round(6)


ROLLING: dict[str, Call] = {
    **{name: _window(name) for name in ("kurt", "mean", "skew", "std", "sum", "var")},
    "agg": lambda m, d: d[["n", "y"]].rolling(3).agg(["min", "max"]),
}
