"""Rules about joins: membership becomes a join, and inner joins are ordered by estimated rows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import bigframe
from bigframe.ids import stem
from bigframe.ops.base import Member
from bigframe.plan.catalog import Aggregate, Join, Plan, Project, Scan
from bigframe.tree import walk
from engine.datasets import Datasets
from engine.optimizer.estimates import estimates
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


def test_columns_are_known_below_more_steps_than_python_recurses(star: dict[str, bigframe.DataFrame]) -> None:
    plan: Plan = star["shops"]._frame.plan()
    (shop, _) = plan.schema
    for _ in range(3000):
        plan = Project(plan, (), tuple(plan.schema))
    plan = Aggregate(plan, (shop,), ())
    assert estimates((plan,), Datasets())[plan.digest].rows == 7


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


def _per_customer(star: dict[str, bigframe.DataFrame]) -> bigframe.DataFrame:
    """The customers of one town, with what is known of all sales of each."""
    known = star["sales"].groupby("customer", as_index=False).agg(sales=("sale", "count"), shops=("shop", "nunique"))
    towns = star["towns"][star["towns"].name == "t3"]
    return star["customers"].merge(towns, on="town").merge(known[known.sales > 1], on="customer")


def test_groups_are_made_only_of_keys_that_the_other_side_has(star: dict[str, bigframe.DataFrame]) -> None:
    asked = _per_customer(star).groupby("name", as_index=False).agg(sales=("sales", "sum"), shops=("shops", "sum"))
    groups = [node for node in walk(optimized(asked)) if isinstance(node, Aggregate)]
    (grouped,) = (node for node in groups if stem(node.keys[0]) == "customer")
    assert isinstance(grouped.input, Join)
    assert (grouped.input.how, scanned(grouped.input.right)) == ("semi", {"customers", "towns"})
    assert not any(join.how == "semi" for join in joins(optimized(asked, ordered=False)))
    assert asked.to_pandas().to_dict("list") == {"name": ["t3"], "sales": [300], "shops": [210]}


def test_groups_whose_order_counts_keep_it_when_they_are_reduced(star: dict[str, bigframe.DataFrame]) -> None:
    last = star["sales"].groupby("customer", as_index=False).agg(sale=("sale", "last"))
    asked = star["customers"][star["customers"].customer == 17].merge(last, on="customer").groupby("town").sale.sum()
    (semi,) = (join for join in joins(optimized(asked)) if join.how == "semi")
    assert semi.ordered
    assert asked.to_pandas().to_dict() == {17: 5417}


def test_groups_that_all_have_a_match_are_not_reduced(star: dict[str, bigframe.DataFrame]) -> None:
    known = star["sales"].groupby("customer", as_index=False).agg(sales=("sale", "count"))
    asked = star["customers"].merge(known, on="customer").groupby("town").sales.sum()
    assert [join.how for join in joins(optimized(asked))] == ["inner"]
    assert asked.to_pandas().to_dict() == dict.fromkeys(range(20), 300)


def test_groups_of_other_columns_are_not_reduced(star: dict[str, bigframe.DataFrame]) -> None:
    busiest = star["sales"].groupby("shop", as_index=False).agg(customer=("customer", "max"))
    one = star["customers"][star["customers"].customer == 599]
    asked = one.merge(busiest, on="customer").groupby("town").shop.count()
    assert all(join.how == "inner" for join in joins(optimized(asked)))
    assert asked.to_pandas().to_dict() == {19: 7}


def test_strings_of_few_kinds_show_in_the_bytes_of_their_column(tmp_path: Path) -> None:
    kinds = pd.DataFrame({"kind": [f"kind {i % 6}" for i in range(50_000)], "text": [f"{i:x}" for i in range(50_000)]})
    kinds.to_parquet(tmp_path / "kinds.parquet")
    plan = bigframe.read_parquet(tmp_path / "kinds.parquet")._frame.plan()
    (scan,) = (node for node in walk(plan) if isinstance(node, Scan))
    known = estimates((scan,), Datasets())[scan.digest].columns
    distinct = {name: known[id].distinct for id, name, _ in scan.fields}
    assert distinct == {"kind": 8, "text": 50_000**0.5}


def test_a_membership_that_drops_few_rows_waits_for_joins_that_drop_many(star: dict[str, bigframe.DataFrame]) -> None:
    sales, shops = star["sales"], star["shops"]
    elsewhere = sales[~sales.shop.isin(shops[shops.shop == 6].shop)]
    few = star["customers"][star["customers"].town == 3]
    asked = elsewhere.merge(few, on="customer").groupby("town").sale.count()
    assert [join.how for join in joins(optimized(asked))] == ["inner", "anti"]
    assert asked.to_pandas().to_dict() == {3: sum(1 for i in range(6000) if i % 20 == 3 and i % 7 != 6)}


def test_a_membership_that_drops_most_rows_comes_first(star: dict[str, bigframe.DataFrame]) -> None:
    sales, shops = star["sales"], star["shops"]
    there = sales[sales.shop.isin(shops[shops.shop == 6].shop)]
    asked = there.merge(star["customers"], on="customer").groupby("town").sale.count()
    assert [join.how for join in joins(optimized(asked))] == ["semi", "inner"]
    assert int(asked.to_pandas().sum()) == sum(1 for i in range(6000) if i % 7 == 6)
