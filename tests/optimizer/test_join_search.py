"""The order of joins that is found is the cheapest one, and what it is found by is near the truth."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.comparison import Ge, Lt
from bigframe.ops.logical import And
from bigframe.plan.catalog import Scan
from bigframe.schema import INT64
from engine.optimizer import join_search
from engine.optimizer.estimates import Estimate, joined_rows
from engine.optimizer.join_search import Order, Relation, cheapest_order, shared_keys
from engine.optimizer.selectivity import ColumnFacts, selectivity


def relation(number: int, rows: float, keys: dict[int, tuple[str, float]]) -> Relation:
    """A table of so many rows with a column for each class of equal keys: its name and how many values it has."""
    plan = Scan("parquet", (str(number),), (), "v1", tuple((id, id, INT64) for id, _ in keys.values()))
    facts = {id: ColumnFacts(distinct, 0.0, distinct - 1, rows) for id, distinct in keys.values()}
    return Relation(plan, Estimate(rows, 8 * rows, columns=facts), {one: id for one, (id, _) in keys.items()})


def cost(order: Order, relations: list[Relation]) -> tuple[float, Estimate, dict[int, str]]:
    """The rows that an order makes and puts into tables, counted anew."""
    if isinstance(order, int):
        one = relations[order]
        return 0.0, one.estimate, one.keys
    (a, left, left_keys), (b, right, right_keys) = (cost(part, relations) for part in order)
    rows = joined_rows("inner", *shared_keys(left_keys, right_keys), left, right)
    joined = Estimate(rows, rows, columns={**left.columns, **right.columns})
    return a + b + rows + min(left.rows, right.rows), joined, {**right_keys, **left_keys}


def orders(numbers: tuple[int, ...]) -> Iterator[Order]:
    if len(numbers) == 1:
        yield numbers[0]
    first, rest = numbers[0], numbers[1:]
    for size in range(len(rest)):
        for beside in combinations(rest, size):
            others = tuple(number for number in rest if number not in beside)
            for left in orders((first, *beside)):
                for right in orders(others):
                    yield left, right


def tables_of(order: Order) -> set[int]:
    return {order} if isinstance(order, int) else tables_of(order[0]) | tables_of(order[1])


def is_connected(order: Order, relations: list[Relation]) -> bool:
    if isinstance(order, int):
        return True
    left, right = ({one for number in tables_of(part) for one in relations[number].keys} for part in order)
    return bool(left & right) and all(is_connected(part, relations) for part in order)


# In a chain what is estimated of some tables does not depend on the order in which they were joined.
chains = st.lists(
    st.tuples(st.integers(1, 10**6), st.integers(1, 10**4), st.integers(1, 10**4)), min_size=2, max_size=5
)


@settings(deadline=None)
@given(chains)
def test_no_order_is_cheaper(drawn: list[tuple[int, int, int]]) -> None:
    relations = [
        relation(number, float(rows), {number: (f"a{number}", float(own)), number + 1: (f"b{number}", float(other))})
        for number, (rows, own, other) in enumerate(drawn)
    ]
    found = cheapest_order(relations)
    assert found is not None
    possible = [order for order in orders(tuple(range(len(relations)))) if is_connected(order, relations)]
    least = min(cost(order, relations)[0] for order in possible)
    assert cost(found, relations)[0] == pytest.approx(least)


def test_a_small_table_is_joined_to_what_it_makes_smaller() -> None:
    """TPC-H's fifth query: customers and suppliers share the nation, and nations of one region make either few."""
    relations = [
        relation(0, 150_000, {1: ("c_custkey", 150_000), 2: ("c_nationkey", 25)}),
        relation(1, 228_000, {1: ("o_custkey", 150_000), 3: ("o_orderkey", 1_500_000)}),
        relation(2, 6_000_000, {3: ("l_orderkey", 1_500_000), 4: ("l_suppkey", 10_000)}),
        relation(3, 10_000, {4: ("s_suppkey", 10_000), 2: ("s_nationkey", 25)}),
        relation(4, 5, {2: ("n_nationkey", 25)}),
    ]
    found = cheapest_order(relations)
    assert isinstance(found, tuple)
    assert set(found) == {3, next(part for part in found if part != 3)}  # suppliers last, on both keys
    assert cost(found, relations)[0] < 1_000_000


def test_many_tables_are_joined_greedily(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = [relation(i, 100.0 * (i + 1), {i: (f"a{i}", 50.0), i + 1: (f"b{i}", 50.0)}) for i in range(12)]
    found = cheapest_order(chain)
    assert found is not None
    assert is_connected(found, chain)
    few = chain[:4]
    best = cheapest_order(few)
    monkeypatch.setattr(join_search, "MOST_TABLES", 1)
    greedy = cheapest_order(few)
    assert best is not None
    assert greedy is not None
    assert cost(greedy, few)[0] >= cost(best, few)[0]


def test_tables_that_share_no_key_have_no_order() -> None:
    assert cheapest_order([relation(0, 10, {1: ("a", 5)}), relation(1, 10, {2: ("b", 5)})]) is None


def test_a_table_that_refers_to_another_has_its_keys() -> None:
    """Neither rows nor range say how many orders the lines have; the orders' own rows do."""
    lines = Estimate(60e6, 1, columns={"l": ColumnFacts(60e6, 1, 60e6, 60e6)})
    orders = Estimate(15e6, 1, columns={"o": ColumnFacts(15e6, 1, 60e6, 15e6)})
    assert joined_rows("inner", ("l",), ("o",), lines, orders) == pytest.approx(60e6)
    # Values that repeat are as many as their range says, also where the other table has a few of them only.
    few = Estimate(10, 1, columns={"p": ColumnFacts(10, 1, 2e5, 10)})
    sold = Estimate(6e6, 1, columns={"s": ColumnFacts(2e5, 1, 2e5, 6e6)})
    assert joined_rows("inner", ("s",), ("p",), sold, few) == pytest.approx(300)


def at_least(bound: int) -> Expr:
    return Ge(Column("day"), Literal(bound, INT64))


def below(bound: int) -> Expr:
    return Lt(Column("day"), Literal(bound, INT64))


def test_between_two_bounds_lies_what_neither_drops() -> None:
    known = {"day": ColumnFacts(1000, 0, 1000), "text": ColumnFacts(10)}
    assert selectivity(And(at_least(400), below(500)), known) == pytest.approx(0.1)
    assert selectivity(And(below(500), at_least(400)), known) == pytest.approx(0.1)
    assert selectivity(And(at_least(700), below(300)), known) == pytest.approx(1 / 1000)
    # Nothing is known of where these values lie.
    other = And(Ge(Column("text"), Literal(1, INT64)), Lt(Column("text"), Literal(2, INT64)))
    assert selectivity(other, known) == pytest.approx(0.09)
