"""Rules about joins: membership becomes a join, and inner joins are ordered by estimated rows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import bigframe
from bigframe.ops.base import Member
from bigframe.plan.catalog import Join, Plan, Scan
from bigframe.tree import walk
from engine.datasets import Datasets
from engine.optimizer.pipeline import optimize


@pytest.fixture
def star(tmp_path: Path) -> dict[str, bigframe.DataFrame]:
    """A large table of sales, a middling one of customers, and two small ones."""
    tables = {
        "sales": pd.DataFrame(
            {"sale": range(6000), "customer": [i % 600 for i in range(6000)], "shop": [i % 7 for i in range(6000)]}
        ),
        "customers": pd.DataFrame({"customer": range(600), "town": [i % 20 for i in range(600)]}),
        "towns": pd.DataFrame({"town": range(20), "name": [f"t{i}" for i in range(20)]}),
        "shops": pd.DataFrame({"shop": range(7), "label": list("abcdefg")}),
    }
    for name, table in tables.items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    return {name: bigframe.read_parquet(tmp_path / f"{name}.parquet") for name in tables}


def optimized(frame: bigframe.DataFrame | bigframe.Series, *, ordered: bool = True) -> Plan:
    return optimize((frame._frame.plan(),), facts=Datasets() if ordered else None)[0]


def joins(plan: Plan) -> list[Join]:
    return [node for node in walk(plan) if isinstance(node, Join)]


def scanned(plan: Plan) -> set[str]:
    return {Path(node.paths[0]).stem for node in walk(plan) if isinstance(node, Scan)}


def test_membership_in_a_filter_is_a_semi_join(star: dict[str, bigframe.DataFrame]) -> None:
    sales, customers = star["sales"], star["customers"]
    (join,) = joins(optimized(sales[sales.customer.isin(customers[customers.town < 3].customer)]))
    assert join.how == "semi"


def test_no_membership_in_a_filter_is_an_anti_join(star: dict[str, bigframe.DataFrame]) -> None:
    sales, customers = star["sales"], star["customers"]
    (join,) = joins(optimized(sales[~sales.customer.isin(customers.customer)]))
    assert join.how == "anti"


def test_membership_elsewhere_is_a_left_join_with_distinct_members(star: dict[str, bigframe.DataFrame]) -> None:
    sales, customers = star["sales"], star["customers"]
    plan = optimized(sales.assign(known=sales.customer.isin(customers.customer)))
    (join,) = joins(plan)
    assert join.how == "left"
    assert not any(isinstance(node, Member) for node in walk(plan))


def test_membership_beside_another_condition(star: dict[str, bigframe.DataFrame]) -> None:
    sales, shops = star["sales"], star["shops"]
    either = sales[sales.shop.isin(shops[shops.label < "c"].shop) | (sales.sale == 5999)]
    assert len(either.to_pandas()) == sum(1 for i in range(6000) if i % 7 < 2 or i == 5999)


def test_small_tables_are_joined_before_the_large_one(star: dict[str, bigframe.DataFrame]) -> None:
    asked = (
        star["sales"]
        .merge(star["customers"], on="customer")
        .merge(star["towns"][star["towns"].name == "t3"], on="town")
    )
    counted = asked.groupby("name").sale.count()
    first = joins(optimized(counted))[0]
    assert scanned(first) == {"customers", "towns"}
    assert scanned(joins(optimized(counted, ordered=False))[0]) == {"sales", "customers"}
    assert counted.to_pandas().to_dict() == {"t3": 300}


def test_the_smaller_side_is_built(star: dict[str, bigframe.DataFrame]) -> None:
    counted = star["shops"].merge(star["sales"], on="shop").groupby("label").sale.count()
    (join,) = joins(optimized(counted))
    assert (scanned(join.right), join.build) == ({"shops"}, "right")


def test_joins_whose_order_is_observed_stay(star: dict[str, bigframe.DataFrame]) -> None:
    asked = star["sales"].merge(star["customers"], on="customer").merge(star["towns"], on="town")
    plan = optimized(asked)
    assert all(join.ordered and join.build is None for join in joins(plan))


def test_a_table_joined_twice_keeps_its_columns_apart(star: dict[str, bigframe.DataFrame]) -> None:
    towns = star["towns"]
    pairs = (
        star["customers"]
        .merge(towns, on="town")
        .merge(towns.rename(columns={"town": "other"}), left_on="town", right_on="other")
    )
    same = pairs[pairs.name_x == pairs.name_y].groupby("name_x").customer.count()
    assert same.to_pandas().to_dict() == {f"t{i}": 30 for i in range(20)}


def test_ordering_again_changes_nothing(star: dict[str, bigframe.DataFrame]) -> None:
    asked = (
        star["sales"]
        .merge(star["customers"], on="customer")
        .merge(star["towns"], on="town")
        .groupby("name")
        .sale.count()
    )
    once = optimized(asked)
    (twice,) = optimize((once,), facts=Datasets())
    assert twice.digest == once.digest
