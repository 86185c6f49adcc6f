"""How aggregations are cut into stages: counts of distinct values spread by the values, not by their group."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas
import polars as pl
import pytest

import bigframe as pd
from bigframe.ops.base import Column
from bigframe.ops.reductions import NUnique, Sum
from bigframe.plan.scan import Scan
from bigframe.schema import INT64
from engine.exec.partitioning import hash_partition
from engine.kernels.relational.distinct_counts import DistinctValues
from engine.kernels.relational.lower import Sources, lower_one
from engine.planner.reductions import MOST_COUNTED

ROWS = pandas.DataFrame(
    {
        "k": [n % 4 for n in range(300)],
        "x": range(300),
        "s": [f"text {n}" for n in range(300)],
        "few": [n // 4 % 3 for n in range(300)],
    }
)


@pytest.fixture
def session() -> Iterator[pd.Session]:
    with pd.connect(partitions=3) as opened:
        yield opened


@pytest.fixture
def rows(session: pd.Session, tmp_path: Path) -> pd.DataFrame:
    """In a file, whose footer says how many values a column may have."""
    ROWS.to_parquet(tmp_path / "rows.parquet")
    return pd.read_parquet(tmp_path / "rows.parquet")


def stages(session: pd.Session, lazy: pd.DataFrame) -> list[str]:
    """The stages of a plan: where each sends its rows, and its operators from the last to the first."""
    text = re.sub(r"parquet \S*/", "parquet ", session.explain(lazy._frame.plan()).split("\nStages\n")[1])
    return [
        " < ".join(line.strip().partition(":")[0] if number else heading(line) for number, line in enumerate(lines))
        for lines in (stage.splitlines() for stage in text.removeprefix("  stage ").split("\n  stage "))
    ]


def heading(line: str) -> str:
    return line.partition("→ ")[2].partition(";")[0]


def test_rows_meet_by_key_and_value_and_then_counts_meet_by_key(session: pd.Session, rows: pd.DataFrame) -> None:
    counted = rows.groupby("k").agg(values=("x", "nunique"), last=("s", "max"))
    assert stages(session, counted) == [
        "hash by k, x into 3 < Scan parquet rows.parquet (k, x, s)",
        "hash by k into 3 < Partial aggregate by (k) < Read stage 0",
        "result sorted by k < Merged aggregate by (k) < Read stage 1",
    ]


def test_few_values_are_made_distinct_before_they_are_exchanged(session: pd.Session, rows: pd.DataFrame) -> None:
    counted = rows.groupby("k").agg(values=("few", "nunique"), total=("x", "sum"))
    assert stages(session, counted) == [
        "hash by k, part, value into 3 < Distinct aggregate by (k) < Scan parquet rows.parquet (k, x, few)",
        "hash by k into 3 < Counted aggregate by (k) < Read stage 0",
        "result sorted by k < Merged aggregate by (k) < Read stage 1",
    ]


def test_several_columns_are_exchanged_one_below_the_other(session: pd.Session, rows: pd.DataFrame) -> None:
    counted = rows.groupby("k").agg(a=("x", "nunique"), b=("few", "nunique"), c=("s", "nunique"))
    first, *_ = stages(session, counted)
    assert first.startswith("hash by k, part, value, value into 3 < Distinct aggregate by (k) < ")


def test_without_keys_only_counts_come_together(session: pd.Session, rows: pd.DataFrame) -> None:
    assert stages(session, rows[["x"]].nunique()) == [
        "hash by x into 3 < Scan parquet rows.parquet (x)",
        "gather < Partial aggregate by () < Read stage 0",
        "result < Unpivot < Merged aggregate by () < Read stage 1",
    ]


def test_very_many_columns_are_counted_where_their_groups_are(session: pd.Session, rows: pd.DataFrame) -> None:
    wide = rows[["k"]].assign(**{f"c{n}": rows.x + n for n in range(MOST_COUNTED + 1)})
    first, *_ = stages(session, wide.groupby("k").nunique())
    assert first.startswith("hash by k into 3 < Project")


def test_what_has_no_steps_brings_groups_together(session: pd.Session, rows: pd.DataFrame) -> None:
    middle = rows.groupby("k").agg(texts=("s", "nunique"), middle=("x", "median"))
    assert [stage.split(" < ")[0] for stage in stages(session, middle)] == ["hash by k into 3", "result sorted by k"]


def test_a_group_with_half_of_the_rows_is_spread() -> None:
    count, partitions = 9000, 3
    rows = pl.LazyFrame({"k": np.arange(count) % 2 * np.arange(count), "x": np.arange(count), "y": np.arange(count)})
    source = Scan("ipc", ("x",), (), "v", (("k", "k", INT64), ("x", "x", INT64), ("y", "y", INT64)))
    node = DistinctValues(
        source, ("k",), (("n", NUnique(Column("x"))), ("m", NUnique(Column("y"))), ("s", Sum(Column("x"))))
    )
    made = lower_one(node, [rows], Sources()).collect()
    by_group = hash_partition(made, ["k"], partitions).value_counts()["count"].max()
    by_value = hash_partition(made, list(node.identity), partitions).value_counts()["count"].max()
    assert made.height == 2 * count + rows.select("k").unique().collect().height
    assert by_group > 0.55 * made.height
    assert by_value < 0.36 * made.height
