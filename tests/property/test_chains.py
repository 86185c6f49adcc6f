"""Random chains of everyday operators of every family give pandas' answer, however the rows are partitioned.

``BIGFRAME_CHAINS`` is how many chains are drawn, ``BIGFRAME_CHAINS_SEED`` where they start. A failing chain prints the
code that repeats it.
"""

from __future__ import annotations

import os
import random
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import assert_same

COUNT = int(os.environ.get("BIGFRAME_CHAINS", "40"))
FIRST = int(os.environ.get("BIGFRAME_CHAINS_SEED", "0"))
PARTITIONS: tuple[Any, ...] = (1, 2, 7, (0.4, 0.0, 0.6))

# Every step gives a frame with the same columns again, so that any may follow any.
STEPS = """
d[d.n > 0]
d[d.f.notna() & ~d.b]
d[d.k.isin(["a", "b"]) | (d.n < -1)]
d[d.t >= "2024-01-15"]
d[d.c == "x"]
d.query("n > -2 and f < 5")
d.where(d.n > -2, d.n.max(), axis=0)[[]].join(d)
d.assign(f=d.f * 2 + d.n)
d.assign(n=d.n % 3 - 1)
d.assign(n=(d.n // 2).abs())
d.assign(b=d.n.gt(0) ^ d.b)
d.assign(f=d.f - d.f.mean())
d.assign(f=np.where(d.b, d.f, -1.5))
d.assign(f=d.f.where(d.n > 0, 0.25))
d.assign(f=d.f.mask(d.b))
d.assign(f=d.f.fillna(d.n))
d.assign(f=d.f.fillna(0.5))
d.assign(f=d.f.ffill())
d.assign(f=d.f.bfill(limit=1))
d.assign(f=d.f.interpolate())
d.assign(f=d.f.clip(-2, 3).round(1))
d.assign(f=d.f.rank())
d.assign(f=d.f.rank(method="dense", ascending=False))
d.assign(f=d.n.rank(pct=True, method="min"))
d.assign(f=d.f.shift())
d.assign(n=d.n.shift(1, fill_value=0))
d.assign(f=d.f.diff())
d.assign(n=d.n.cumsum())
d.assign(f=d.f.cummax())
d.assign(f=d.f.rolling(3, min_periods=1).sum())
d.assign(f=d.n.rolling(2).mean())
d.assign(f=d.f.expanding().max())
d.assign(f=d.n.replace({1: 7, -1: 0}))
d.assign(k=d.k.str.upper().str.lower())
d.assign(k=d.k.str.cat(d.k.fillna("z"), sep="").str[:1])
d.assign(k=d.k.fillna("b"))
d.assign(k=d.k.replace("a", "b"))
d.assign(k=d.k.map({"a": "b", "b": "a"}))
d.assign(n=d.k.str.len().fillna(0).astype("int64"))
d.assign(b=d.k.str.startswith("a", na=False))
d.assign(t=d.t + pd.Timedelta(hours=30))
d.assign(t=d.t.dt.floor("D"))
d.assign(n=d.t.dt.month.fillna(0).astype("int64"))
d.assign(f=(d.t - d.t.min()).dt.total_seconds() / 86400)
d.assign(t=d.t.shift(-1))
d.sort_values(["n", "u"])
d.sort_values(["k", "u"], ascending=[False, True], na_position="first")
d.sort_values(["c", "f", "u"])
d.sort_values("t", kind="stable")
d.sort_index(kind="stable")
d.drop_duplicates("n")
d.drop_duplicates(["k", "b"], keep="last")
d.dropna(subset=["k", "f"])
d.head(8)
d.tail(6)
d.iloc[1:9]
d.nlargest(5, "u")
d.nsmallest(6, ["n", "u"])
d.reset_index(drop=True)
d.set_index("u", drop=False).rename_axis(None)
d.merge(d.groupby("k", as_index=False).agg(w=("n", "max")), on="k", how="left").assign(f=lambda x: x.w * 0.5).drop(columns="w")
d.merge(d[d.n > 0][["u"]].assign(z=1), on="u", how="inner").drop(columns="z")
d.merge(d[["k", "u"]].rename(columns={"u": "w"}).drop_duplicates("k"), on="k", how="outer").drop(columns="w").head(40)
m.concat([d, d.head(3)])
m.concat([d[d.n > 0], d[d.n <= 0]], ignore_index=True)
d.assign(f=d.groupby("k").f.transform("mean"))
d.assign(n=d.groupby("b").n.transform("sum"))
d.assign(n=d.groupby("c", observed=True).cumcount())
d.assign(f=d.groupby("b").f.shift())
d.assign(f=d.groupby("k", dropna=False).n.rank())
d.assign(n=d.groupby("b").n.cumsum())
d.assign(f=d.groupby("b").f.ffill())
d.groupby("b").head(4)
d.groupby("k", dropna=False).tail(2)
d.assign(f=m.cut(d.n, [-100, -1, 1, 100], labels=False).astype("float64"))
d.assign(c=d.c.cat.reorder_categories(["y", "x", "z"]).cat.reorder_categories(["x", "y", "z"]))
d.assign(n=d.c.cat.codes.astype("int64"))
d.rename(columns={"n": "f", "f": "n"}).rename(columns={"n": "f", "f": "n"})
d[d.u % 2 == 0]
d.drop(columns="f").assign(f=d.n * 0.5)[list(d.columns)]
d.loc[d.b, :]
d.assign(l=d.k.str.split("")).explode("l").drop(columns="l").drop_duplicates("u")
d.melt(id_vars=["u", "k", "c", "b", "t", "n"], value_vars=["f"], value_name="g").rename(columns={"g": "f"})[list(d.columns)]
d.astype({"n": "float64"}).astype({"n": "int64"})
""".strip().splitlines()

LOOKS = """
d
d.f
d[["n", "f"]].sum()
d.n.describe()
d.k.value_counts()
d.isna().sum()
d.groupby("k").agg(a=("n", "sum"), b=("f", "mean"), c=("t", "min"), d=("u", "count"))
d.groupby(["b", "k"], dropna=False).f.agg(["min", "max", "count"])
d.groupby("c", observed=True)[["n", "f"]].sum()
d.groupby("c", observed=False).n.size()
d.groupby("k", sort=False).n.nunique()
d.groupby("b").f.quantile(0.25)
d.groupby("k").k.first()
d.pivot_table(index="k", columns="b", values="n", aggfunc="sum")
m.crosstab(d.k, d.b)
m.get_dummies(d[["k", "n"]])
m.get_dummies(d.c)
d.melt(id_vars="u", value_vars=["n", "f"])
d[["n", "f", "u"]].corr()
d[["n", "f"]].quantile([0.25, 0.5])
d.set_index("u").n
d.n.nlargest(3)
d.t.dt.strftime("%Y-%m").value_counts(dropna=False)
d.duplicated(["k", "n"])
d.n.mode()
d.groupby("k").n.apply(list)
d.select_dtypes("number")
m.cut(d.f, [-50, 0, 50]).value_counts(sort=False)
d.k.str.cat(sep="-")
d.n.is_unique
d.groupby("k").n.sum().sort_values(kind="stable").cumsum()
d.groupby("b", as_index=False).n.mean()
d[["k", "b"]].drop_duplicates().reset_index(drop=True)
d.agg({"n": "sum", "f": "max"})
d[["n", "f"]].stack()
d.groupby("k").n.value_counts()
d.to_dict("list")["n"]
d.nunique()
d.set_index("k").sort_index(kind="stable").n
d.idxmax(numeric_only=True) if len(d) and d.index.is_unique and bool(d.f.notna().any()) else d
""".strip().splitlines()


def frame(draw: random.Random) -> pd.DataFrame:
    """A small frame of every kind of column, with missing values, and a default, a repeated or an unsorted index."""
    size = draw.choice([0, 1, 5, 12, 20])

    def column(choices: list[Any]) -> list[Any]:
        return [draw.choice(choices) for _ in range(size)]

    days = [pd.NaT, *pd.date_range("2024-01-01", periods=6, freq="9D")]
    rows = pd.DataFrame(
        {
            "k": pd.Series(column(["a", "b", "", "é", None]), dtype="str"),
            "c": pd.Categorical(column(["x", "y", None]), categories=["x", "y", "z"]),
            "b": np.array(column([True, False]), dtype="bool"),
            "n": np.array(column([-3, -1, 0, 1, 1, 4]), dtype="int64"),
            "f": np.array(column([np.nan, -1.25, 0.0, 0.5, 2.75, 4.0]), dtype="float64"),
            "t": pd.Series(column(days), dtype="datetime64[us]"),
            "u": np.arange(size),
        }
    )
    labels = draw.choice([None, None, "shuffled", "repeated"])
    if labels is None:
        return rows
    index = draw.sample(range(size), size) if labels == "shuffled" else [draw.randrange(5) for _ in range(size)]
    return rows.set_axis(pd.Index(index, dtype="int64"))


def chain(draw: random.Random) -> list[str]:
    return [*draw.choices(STEPS, k=draw.randint(2, 7)), draw.choice(LOOKS)]


def run(module: Any, rows: Any, code: list[str]) -> Any:
    for line in code:
        rows = eval(line, {"m": module, "d": rows, "np": np, "pd": pd})
    return rows


def repeating(seed: int, code: list[str], partitions: Any) -> str:
    """Code that repeats a chain."""
    head = "import random, numpy as np, pandas as pd, bigframe\nfrom tests.property.test_chains import frame"
    make = f"m, d = bigframe, bigframe.from_pandas(frame(random.Random({seed})))"
    steps = "\n    ".join(f"d = {line}" for line in code)
    return f"{head}\nwith bigframe.connect(partitions={partitions!r}):\n    {make}\n    {steps}\n    print(d)"


def assert_equal(actual: Any, expected: Any) -> None:
    if isinstance(expected, pd.DataFrame):
        if list(actual.columns) == list(expected.columns):
            actual.columns = expected.columns  # of which bigframe does not hold the dtype
        pd.testing.assert_frame_equal(actual, expected, rtol=1e-12, atol=1e-12, check_index_type="equiv")
    elif isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(actual, expected, rtol=1e-12, atol=1e-12, check_index_type="equiv")
    else:
        assert_same(pd.Series(actual), pd.Series(expected))


@pytest.fixture(scope="module")
def sessions() -> Iterator[dict[Any, Any]]:
    with ExitStack() as stack:
        yield {count: stack.enter_context(bigframe.Session(partitions=count)) for count in PARTITIONS}


@pytest.mark.filterwarnings("ignore::bigframe.errors.PerformanceWarning")
@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_a_chain_gives_the_answer_of_pandas(sessions: dict[Any, Any], seed: int) -> None:
    draw = random.Random(seed)
    rows, code = frame(draw), chain(draw)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = run(pd, rows.copy(), code)
        except Exception as error:
            pytest.skip(f"pandas raises {type(error).__name__}")
    for partitions, session in sessions.items():
        with bigframe.using(session):
            try:
                result = run(bigframe, bigframe.from_pandas(rows), code)
                result = result.item() if isinstance(result, bigframe.LazyScalar) else result
                assert_equal(result.to_pandas() if hasattr(result, "to_pandas") else result, expected)
            except Exception as error:
                error.add_note(repeating(seed, code, partitions))
                raise
