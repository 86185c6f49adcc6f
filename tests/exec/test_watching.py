"""A stage's query is watched where Polars still filters its scans by the keys of joins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import bigframe
from bigframe.errors import Cancelled
from bigframe.ids import stem
from bigframe.plan.catalog import Join, Plan, Scan
from bigframe.plan.node import plans
from engine.datasets import Datasets
from engine.exec import stage_task
from engine.exec.cancel import CancelToken, cancellable
from engine.exec.watching import QUICK_BYTES, QUICK_ROWS, watched_columns
from engine.kernels.relational.lower import flags
from engine.optimizer.pipeline import optimize


@pytest.fixture
def star(tmp_path: Path) -> dict[str, bigframe.DataFrame]:
    """A large table of sales, and two that it refers to."""
    numbers = np.arange(200_000)
    tables = {
        "sales": pd.DataFrame({"item": numbers % 5000, "shop": numbers % 50, "price": numbers / 2}),
        "items": pd.DataFrame({"item": np.arange(5000), "kind": [f"k{i % 100}" for i in range(5000)]}),
        "shops": pd.DataFrame({"shop": np.arange(50), "town": [f"t{i % 5}" for i in range(50)]}),
    }
    for name, table in tables.items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    return {name: bigframe.read_parquet(tmp_path / f"{name}.parquet") for name in tables}


def asked(star: dict[str, bigframe.DataFrame]) -> bigframe.DataFrame:
    few = star["items"][star["items"].kind == "k7"]
    sold = star["sales"].merge(few, on="item").merge(star["shops"], on="shop")
    return sold.groupby("town", as_index=False).agg(price=("price", "sum"))


def reading(plan: Plan, size: int) -> dict[str, int]:
    """What each scan reads, so many bytes in all."""
    scans = [node.digest for node in plans(plan) if isinstance(node, Scan)]
    return {**dict.fromkeys(scans, 0), scans[0]: size}


def watched_scans(frame: bigframe.DataFrame, size: int) -> int:
    (plan,) = optimize((frame._frame.plan(),), facts=Datasets())
    watched = watched_columns(plan, reading(plan, size), {})
    return sum(node.digest in watched for node in plans(plan) if isinstance(node, Scan))


def test_scans_that_end_soon_are_not_watched(star: dict[str, bigframe.DataFrame]) -> None:
    assert watched_scans(asked(star), QUICK_BYTES - 1) == 0
    assert watched_scans(asked(star), QUICK_BYTES) == 2


def test_scans_under_dear_steps_are_watched_however_small(star: dict[str, bigframe.DataFrame]) -> None:
    towns = star["shops"].town
    assert watched_scans(star["shops"].assign(length=towns.map(len)), 100) == 1
    assert watched_scans(star["shops"][towns == "t1"], 100) == 0


def test_scans_are_watched_in_a_column_that_no_join_compares(star: dict[str, bigframe.DataFrame]) -> None:
    (plan,) = optimize((asked(star)._frame.plan(),), facts=Datasets())
    watched = watched_columns(plan, reading(plan, QUICK_BYTES), {})
    in_scans = {
        Path(node.paths[0]).stem: stem(watched[node.digest] or "")
        for node in plans(plan)
        if isinstance(node, Scan) and node.digest in watched
    }
    assert in_scans == {"sales": "price", "shops": "town"}  # of the items only the key is read


def test_of_joins_of_joins_the_last_is_watched(star: dict[str, bigframe.DataFrame]) -> None:
    (plan,) = optimize((asked(star)._frame.plan(),), facts=Datasets())
    joins: list[Plan] = [node for node in plans(plan) if isinstance(node, Join)]
    assert len(joins) == 2
    assert [node.digest in watched_columns(plan, {}, {}) for node in joins] == [False, True]


def test_joins_that_make_few_rows_of_any_keys_are_not_watched(star: dict[str, bigframe.DataFrame]) -> None:
    (plan,) = optimize((asked(star)._frame.plan(),), facts=Datasets())
    scans = [node.digest for node in plans(plan) if isinstance(node, Scan)]
    few = 90
    assert few**3 < QUICK_ROWS < 120**3
    assert watched_columns(plan, {}, dict.fromkeys(scans, few)) == {}
    assert len(watched_columns(plan, {}, dict.fromkeys(scans, 120))) == 1
    assert len(watched_columns(plan, {}, dict.fromkeys(scans[1:], few))) == 1  # nobody knows of the first


def test_rows_that_explode_are_watched_whatever_their_number() -> None:
    lists = bigframe.DataFrame({"x": [[1, 2], [3]]}).explode("x")
    (plan,) = optimize((lists._frame.plan(),), facts=Datasets())
    leaves = {node.digest: 2 for node in plans(plan) if isinstance(node, Scan)}
    assert len(watched_columns(plan, {}, leaves)) == 1


def test_scans_are_filtered_by_the_keys_of_joins(
    star: dict[str, bigframe.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    queries, lower = [], stage_task.lower
    monkeypatch.setattr(stage_task, "lower", lambda *given: queries.extend(lower(*given)) or queries[-1:])
    result = asked(star).to_pandas()
    (query,) = queries
    shown = query.explain(optimizations=flags()["optimizations"], engine="streaming")
    (sales,) = (part for part in shown.split("Parquet SCAN")[1:] if "sales.parquet" in part.split("\n")[0])
    assert 'col("item").dynamic_predicate()' in sales
    numbers = np.arange(200_000)
    sold = pd.DataFrame({"town": numbers % 50 % 5, "price": numbers / 2})[numbers % 5000 % 100 == 7]
    assert result.to_dict("list") == {"town": ["t2"], "price": [sold.price.sum()]}


@pytest.mark.parametrize("engine", ["streaming", "in-memory"])
def test_a_look_in_a_column_stops_a_query(engine: str) -> None:
    token = CancelToken()
    frame = pl.LazyFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    query = cancellable(frame, token, "b").group_by("b").len()
    assert query.collect(engine=engine).height == 3
    token.cancel("enough")
    with pytest.raises(Cancelled, match="enough"):
        query.collect(engine=engine)


def test_filters_of_other_columns_and_slices_pass_a_look_in_a_column(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1, 2], "b": [3, 4], "c": [5, 6]}).write_parquet(tmp_path / "x.parquet")
    watched = cancellable(pl.scan_parquet(tmp_path / "x.parquet"), CancelToken(), "b")
    shown = watched.filter(pl.col("a") > 1).select("b").explain(engine="streaming").split("Parquet SCAN", 1)[1]
    assert "PROJECT 2/3 COLUMNS" in shown
    assert 'SELECTION: col("a") > 1' in shown
    assert "SLICE" in watched.head(1).explain(engine="streaming").split("Parquet SCAN", 1)[1]
