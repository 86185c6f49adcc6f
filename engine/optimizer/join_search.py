"""Join search: in which order to join tables, by the rows that are made on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf
from typing import TypeAlias

from bigframe.plan.node import Plan
from engine.optimizer.estimates import ROWS_PER_GROUP, Estimate, joined_rows
from engine.optimizer.reducing import LARGEST_SHARE, is_grouped, makes_groups

Order: TypeAlias = "int | tuple[Order, Order]"
"""A table by its number, or two orders whose results are joined."""

# Trying all orders of eight tables takes a few milliseconds, of ten ten times as long.
MOST_TABLES = 8


@dataclass(frozen=True)
class Relation:
    """Joined rows: the plan, its estimate, and which classes of equal keys it has a column of."""

    plan: Plan
    estimate: Estimate
    keys: dict[int, str]


@dataclass(frozen=True)
class _Candidate:
    """One way to join some tables, and what it costs: the rows that it makes, and those that stand in hash tables."""

    order: Order
    estimate: Estimate
    keys: dict[int, str]
    cost: float = 0.0
    groups: Plan | None = None


def cheapest_order(relations: Sequence[Relation]) -> Order | None:
    """The order in which joining all tables makes the fewest rows; None where a product would be needed.

    All orders are tried by dynamic programming over sets of tables (Moerkotte and Neumann 2006, without its
    enumeration), of more than ``MOST_TABLES`` the cheapest pair is joined again and again (Fegaras 1998).
    """
    tables = [
        _Candidate(number, _of_keys(one), one.keys, groups=one.plan if makes_groups(one.plan) else None)
        for number, one in enumerate(relations)
    ]
    whole = _all_orders(tables) if len(tables) <= MOST_TABLES else _greedy(tables)
    return None if whole is None else whole.order


def shared_keys(left: dict[int, str], right: dict[int, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns on which two relations are joined, those of each."""
    shared = sorted(left.keys() & right.keys())
    return tuple(left[one] for one in shared), tuple(right[one] for one in shared)


def is_reduced(plan: Plan, rows: Estimate, on: tuple[str, ...], other: Estimate, other_on: tuple[str, ...]) -> bool:
    """Whether another relation's keys leave so few of a plan's groups that finding them first is worth it."""
    return is_grouped(plan, on) and other.distinct(other_on) <= LARGEST_SHARE * rows.rows


def _of_keys(relation: Relation) -> Estimate:
    known = relation.estimate.columns
    columns = {id: known[id] for id in relation.keys.values() if id in known}
    return Estimate(relation.estimate.rows, relation.estimate.bytes, columns=columns)


def _all_orders(tables: list[_Candidate]) -> _Candidate | None:
    best = {1 << number: table for number, table in enumerate(tables)}
    neighbours = {one: _neighbours(best, table) & ~one for one, table in best.items()}
    for whole in range(3, 1 << len(tables)):
        # Tables hang together if without one of them, which hangs on another, they do.
        if not any(one & whole and neighbours[one] & whole and whole ^ one in best for one in neighbours):
            continue
        cheapest: _Candidate | None = None
        part = (whole - 1) & whole
        while part > whole ^ part:  # each pair of parts once
            left, right = best.get(part), best.get(whole ^ part)
            if left is not None and right is not None:
                cheapest = _joined(left, right, inf if cheapest is None else cheapest.cost) or cheapest
            part = (part - 1) & whole
        if cheapest is not None:
            best[whole] = cheapest
    return best.get((1 << len(tables)) - 1)


def _neighbours(tables: Mapping[int, _Candidate], table: _Candidate) -> int:
    return sum(one for one, other in tables.items() if not other.keys.keys().isdisjoint(table.keys))


def _greedy(tables: list[_Candidate]) -> _Candidate | None:
    while len(tables) > 1:
        made = [(pair, found) for pair in combinations(tables, 2) if (found := _joined(*pair)) is not None]
        if not made:
            return None
        pair, found = min(made, key=lambda one: one[1].cost - one[0][0].cost - one[0][1].cost)
        tables = [one for one in tables if one is not pair[0] and one is not pair[1]] + [found]
    return tables[0]


def _joined(left: _Candidate, right: _Candidate, below: float = inf) -> _Candidate | None:
    """Two candidates joined, if they have a key in common and that costs less than some other way."""
    a, b = left.estimate, right.estimate
    cost = left.cost + right.cost + min(a.rows, b.rows)
    if cost >= below or left.keys.keys().isdisjoint(right.keys):
        return None
    left_on, right_on = shared_keys(left.keys, right.keys)
    rows = joined_rows("inner", left_on, right_on, a, b)
    cost += rows + _grouping(left, left_on, b, right_on) + _grouping(right, right_on, a, left_on)
    if cost >= below:
        return None
    estimate = Estimate(rows, rows, columns={**a.columns, **b.columns})
    return _Candidate((left.order, right.order), estimate, {**right.keys, **left.keys}, cost)


def _grouping(one: _Candidate, on: tuple[str, ...], other: Estimate, other_on: tuple[str, ...]) -> float:
    """The rows that are grouped for a table of groups, of which few may be asked for."""
    if one.groups is None or not is_grouped(one.groups, on):
        return 0.0
    groups = one.estimate.rows
    if is_reduced(one.groups, one.estimate, on, other, other_on):
        groups = min(groups, other.distinct(other_on))
    return ROWS_PER_GROUP * groups
