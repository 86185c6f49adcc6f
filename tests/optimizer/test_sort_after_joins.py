"""Joins that keep few rows are sorted after it by the positions of what they joined: pandas' order, ties and all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import bigframe
from bigframe.plan.catalog import Join, Plan, Sort
from bigframe.tree import walk
from engine.datasets import Datasets
from engine.optimizer.pipeline import optimize
from engine.optimizer.rules.sort_after_joins import LARGE

SESSIONS: dict[str, dict[str, Any]] = {
    "one": {"partitions": 1},
    "three": {"partitions": 3},
    "one-empty": {"partitions": (0.4, 0.0, 0.6)},
    "dask": {"address": "local", "workers": 2, "partitions": 3},
}


@pytest.fixture(scope="module", params=list(SESSIONS))
def session(request: pytest.FixtureRequest) -> Iterator[bigframe.Session]:
    with bigframe.Session(**SESSIONS[request.param]) as opened, bigframe.using(opened):
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sales of shops, which several managers have; every key occurs on many rows of both sides, some are missing."""
    place, random = tmp_path_factory.mktemp("tables"), np.random.default_rng(3)
    rows = LARGE + 4464
    sales = pandas.DataFrame({"shop": random.integers(0, 900, rows), "item": random.integers(0, 40, rows)})
    sales["amount"] = np.arange(rows) % 1000
    shops = pandas.DataFrame({"shop": random.permutation(np.arange(1200) % 600), "town": random.integers(0, 30, 1200)})
    shops["rank"] = random.permutation(1200)
    managers = pandas.DataFrame({"town": random.permutation(np.arange(60) % 30), "name": [f"m{i}" for i in range(60)]})
    managers.loc[::7, "name"] = None
    for name, table in {"sales": sales, "shops": shops, "managers": managers}.items():
        table.to_parquet(place / f"{name}.parquet", row_group_size=9000)
    return place


def _chain(pd: Any, folder: Path) -> Any:
    sales, shops, managers = (pd.read_parquet(folder / f"{name}.parquet") for name in ("sales", "shops", "managers"))
    return sales.merge(shops[shops["rank"] < 6], on="shop").merge(managers, on="town")


def _nested(pd: Any, folder: Path) -> Any:
    sales, shops, managers = (pd.read_parquet(folder / f"{name}.parquet") for name in ("sales", "shops", "managers"))
    return sales.merge(shops[shops["rank"] < 6].merge(managers, on="town"), on="shop")


def _small_side_first(pd: Any, folder: Path) -> Any:
    shops, sales = (pd.read_parquet(folder / f"{name}.parquet") for name in ("shops", "sales"))
    return shops[shops["rank"] < 6].merge(sales[sales.item < 9], on="shop").reset_index(drop=True)


def _members(pd: Any, folder: Path) -> Any:
    sales, shops, managers = (pd.read_parquet(folder / f"{name}.parquet") for name in ("sales", "shops", "managers"))
    kept = shops[(shops["rank"] < 6) & shops.town.isin(managers[managers.name.notna()].town)]
    return sales[sales.amount > 10].merge(kept, on="shop")


def _with_groups(pd: Any, folder: Path) -> Any:
    sales, shops = (pd.read_parquet(folder / f"{name}.parquet") for name in ("sales", "shops"))
    towns = shops[shops["rank"] < 6].groupby("shop", as_index=False).agg(town=("town", "max"))
    return sales.merge(towns, on="shop")


def _to_itself(pd: Any, folder: Path) -> Any:
    sales = pd.read_parquet(folder / "sales.parquet")
    few = sales[sales.amount < 30]
    return few[few.item == 7].merge(sales[sales.item == 7], on="shop", suffixes=("", "_other"))


def _sorted_with_ties(pd: Any, folder: Path) -> Any:
    return _chain(pd, folder).sort_values("item", kind="stable").head(50)


def _numbered(pd: Any, folder: Path) -> Any:
    joined = _chain(pd, folder)
    return joined.assign(before=joined.amount.cumsum())


ASKED = (_chain, _nested, _small_side_first, _members, _with_groups, _to_itself, _sorted_with_ties, _numbered)


def _optimized(frame: bigframe.DataFrame) -> Plan:
    return optimize((frame._frame.plan(),), facts=Datasets())[0]


def _inner(plan: Plan) -> list[Join]:
    return [node for node in walk(plan) if isinstance(node, Join) and node.how == "inner"]


@pytest.mark.parametrize("asked", ASKED)
def test_rows_come_in_the_order_of_pandas(
    session: bigframe.Session, folder: Path, asked: Callable[[Any, Path], Any]
) -> None:
    expected = asked(pandas, folder)
    assert len(expected) > 40
    pandas.testing.assert_frame_equal(asked(bigframe, folder).to_pandas(), expected)


@pytest.mark.parametrize("asked", ASKED)
def test_no_join_keeps_an_order(folder: Path, asked: Callable[[Any, Path], Any]) -> None:
    plan = _optimized(asked(bigframe, folder))
    assert _inner(plan)
    assert not any(join.ordered for join in _inner(plan))
    assert any(isinstance(node, Sort) for node in walk(plan))


def test_where_most_rows_stay_the_join_keeps_their_order(folder: Path) -> None:
    sales, shops = (bigframe.read_parquet(folder / f"{name}.parquet") for name in ("sales", "shops"))
    plan = _optimized(sales.merge(shops, on="shop"))
    assert all(join.ordered for join in _inner(plan))
    assert not any(isinstance(node, Sort) for node in walk(plan))


def test_a_join_that_others_read_is_sorted_once(session: bigframe.Session, folder: Path) -> None:
    def asked(pd: Any) -> Any:
        joined = _chain(pd, folder)
        most = joined.groupby("name", as_index=False).agg(most=("amount", "max"))
        return joined.merge(most, on="name")

    sorts = [node for node in walk(_optimized(asked(bigframe))) if isinstance(node, Sort) and len(node.by) > 1]
    assert len(sorts) == 1
    pandas.testing.assert_frame_equal(asked(bigframe).to_pandas(), asked(pandas))


def test_joins_above_a_window_stay_in_order_below_it(session: bigframe.Session, folder: Path) -> None:
    def asked(pd: Any) -> Any:
        shops = pd.read_parquet(folder / "shops.parquet")
        few = _chain(pd, folder)
        few["running"] = few.amount.cumsum()
        return few.merge(shops[shops["rank"] >= 1180], on="town", suffixes=("", "_new"))

    pandas.testing.assert_frame_equal(asked(bigframe).to_pandas(), asked(pandas))
