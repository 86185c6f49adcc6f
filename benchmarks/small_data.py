"""What bigframe costs on small data, beside pandas: operations one by one, each looked at, and a long chain looked at once.

Every operation is looked at as a notebook does, by its repr. Times are wall-clock. The operations take turns until there
were 1,000; the sum is of all of them, the table has medians.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import pandas

import bigframe

OPERATIONS = 1000
LIMIT_OPERATIONS = 5.0
LIMIT_CHAIN = 0.03

ONE_STEP: dict[str, Callable[[Any], Any]] = {
    'df["x"] + df["y"]': lambda df: df["x"] + df["y"],
    'df["x"] * 2': lambda df: df["x"] * 2,
    'df[df["x"] > 0]': lambda df: df[df["x"] > 0],
    "df.assign(z=…)": lambda df: df.assign(z=df["x"] - df["y"]),
    'df.sort_values("y")': lambda df: df.sort_values("y"),
    'df["x"].sum()': lambda df: df["x"].sum(),
    'df["x"].mean()': lambda df: df["x"].mean(),
    'df["x"].max()': lambda df: df["x"].max(),
    'df[["x", "y"]].mean()': lambda df: df[["x", "y"]].mean(),
    'df.groupby("k")["x"].sum()': lambda df: df.groupby("k")["x"].sum(),
    'df.groupby("k").agg({…})': lambda df: df.groupby("k").agg({"x": "mean", "y": "max"}),
    'df["k"].value_counts()': lambda df: df["k"].value_counts(),
    'df["k"].unique()': lambda df: df["k"].unique(),
    'df["k"].nunique()': lambda df: df["k"].nunique(),
    'df["name"].str.upper()': lambda df: df["name"].str.upper(),
    'df["name"].str.contains("1")': lambda df: df["name"].str.contains("1"),
    'df["when"].dt.month': lambda df: df["when"].dt.month,
    'df["x"].fillna(0)': lambda df: df["x"].fillna(0),
    "df.dropna()": lambda df: df.dropna(),
    "df.head()": lambda df: df.head(),
    "df.tail(3)": lambda df: df.tail(3),
    "df.iloc[10:20]": lambda df: df.iloc[10:20],
    'df.loc[5, "x"]': lambda df: df.loc[5, "x"],
    "df.shape": lambda df: df.shape,
    "df.dtypes": lambda df: df.dtypes,
    "df.isna().sum()": lambda df: df.isna().sum(),
    "df.drop_duplicates(…)": lambda df: df.drop_duplicates("k"),
    "df.rename(columns=…)": lambda df: df.rename(columns={"x": "z"}),
    'df.merge(other, on="k")': lambda df: df.merge(df[["k", "y"]].drop_duplicates("k"), on="k"),
    "pd.concat([df, df])": lambda df: (pandas if isinstance(df, pandas.DataFrame) else bigframe).concat([df, df]),
    'df["x"].cumsum()': lambda df: df["x"].cumsum(),
    'df["x"].shift()': lambda df: df["x"].shift(),
    'df["x"].rolling(5).mean()': lambda df: df["x"].rolling(5).mean(),
    'df["x"].rank()': lambda df: df["x"].rank(),
    'df["x"].astype("int64")': lambda df: df["x"].fillna(0).astype("int64"),
    'df["x"].where(df["x"] > 0)': lambda df: df["x"].where(df["x"] > 0),
    'df["x"].describe()': lambda df: df["x"].describe(),
    "df.describe()": lambda df: df.describe(),
    "df.pivot_table(…)": lambda df: df.pivot_table(index="k", columns="b", values="x"),
    'df.set_index("when")': lambda df: df.set_index("when"),
}


def main() -> None:
    """Print the milliseconds of every operation beside pandas', and the two sums beside their limits."""
    asked = _parser().parse_args()
    rounds = OPERATIONS // len(ONE_STEP)
    ours, theirs = (_turns(_frame(pd, 100), rounds) for pd in (bigframe, pandas))
    print(f"{'':32}{'bigframe':>10}{'pandas':>10}   ms")
    for name in ONE_STEP:
        print(f"{name:32}{1000 * median(ours[name]):10.2f}{1000 * median(theirs[name]):10.2f}")
    seconds = [sum(map(sum, times.values())) for times in (ours, theirs)]
    print(f"all {OPERATIONS} in turn: {seconds[0]:.2f} s, pandas {seconds[1]:.2f} s, limit {LIMIT_OPERATIONS:g} s")
    once = [median(_looked_at(chain, _frame(pd, 1000)) for _ in range(asked.repeats)) for pd in (bigframe, pandas)]
    limit = f"limit {1000 * LIMIT_CHAIN:g} ms"
    print(f"a chain of 20 steps: {1000 * once[0]:.1f} ms, pandas {1000 * once[1]:.1f} ms, {limit}")


def _turns(df: Any, rounds: int) -> dict[str, list[float]]:
    """Seconds of every operation in each round over all of them, after a round that is not counted."""
    for operation in ONE_STEP.values():
        repr(operation(df))
    times: dict[str, list[float]] = {name: [] for name in ONE_STEP}
    for _ in range(rounds):
        for name, operation in ONE_STEP.items():
            times[name].append(_looked_at(operation, df))
    return times


def _looked_at(operation: Callable[[Any], Any], df: Any) -> float:
    before = time.perf_counter()
    repr(operation(df))
    return time.perf_counter() - before


def chain(df: Any) -> Any:
    """Twenty steps of everyday pandas on one frame."""
    df = df[df["x"] > -2]
    df = df.assign(z=df["x"] + df["y"])
    df["w"] = df["z"] * 2
    df = df[df["w"].notna()]
    df["name"] = df["name"].str.upper()
    df["month"] = df["when"].dt.month
    df = df.fillna({"y": 0.0})
    df["big"] = df["x"] > 1
    df = df.rename(columns={"w": "weight"})
    df["share"] = df["weight"] / df["weight"].sum()
    df = df.drop(columns=["z"])
    df["n"] = df["k"].map({"a": 1, "b": 2, "c": 3})
    df = df[df["k"].isin(["a", "b", "c"])]
    df["short"] = df["name"].str[:3]
    df = df.sort_values(["k", "x"])
    df["so_far"] = df["weight"].cumsum()
    df["rounded"] = df["share"].round(4)
    df = df.drop_duplicates(["k", "short", "month"])
    df = df.groupby(["k", "month"], as_index=False).agg({"weight": "sum", "n": "max"})
    return df.sort_values("weight", ascending=False)


def _frame(pd: Any, rows: int) -> Any:
    random = np.random.default_rng(0)
    x = random.normal(size=rows)
    x[::10] = np.nan
    return pd.DataFrame(
        {
            "k": random.choice(["a", "b", "c", "d"], rows),
            "b": random.choice(["left", "right"], rows),
            "x": x,
            "y": random.integers(0, 1000, rows),
            "name": [f"name {number}" for number in range(rows)],
            "when": pandas.date_range("2026-01-01", periods=rows, freq="6h"),
        }
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=25, help="runs of the chain (default: 25)")
    return parser


if __name__ == "__main__":
    main()
