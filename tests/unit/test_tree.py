"""Nodes: equal ones have equal digests, walks are not recursive, and every node knows the user's line."""

import sys
from pathlib import Path

import pytest

from bigframe.ops.arithmetic import Add
from bigframe.ops.base import Column, Expr, Literal, Member, columns_read, depth, substitute
from bigframe.plan.filter import Filter
from bigframe.plan.node import Plan, plans
from bigframe.plan.project import Project
from bigframe.plan.scan import Scan
from bigframe.plan.slice import Slice
from bigframe.schema import BOOL, INT64
from bigframe.tree import made_for, rewrite, rewrite_all, walk

SCAN = Scan("parquet", ("x.parquet",), (), "v1", (("a", "a", INT64), ("b", "b", INT64)))


def test_equal_nodes_have_equal_digests() -> None:
    left, right = Add(Column("a"), Literal(1, INT64)), Add(Column("a"), Literal(1, INT64))
    assert left.digest == right.digest
    assert left.digest != Add(Literal(1, INT64), Column("a")).digest
    assert left.digest != Add(Column("b"), Literal(1, INT64)).digest
    assert Slice(SCAN, 0, 1).digest != Slice(SCAN, 0, None).digest != Slice(SCAN, 1, None).digest


def test_nodes_are_frozen() -> None:
    with pytest.raises(AttributeError):
        SCAN.version = "v2"  # type: ignore[misc]


def test_a_walk_sees_every_node_once_children_first() -> None:
    shared = Column("a")
    predicate = Add(shared, shared)
    plan = Filter(Filter(SCAN, predicate), predicate)
    assert [type(node).__name__ for node in walk(plan)] == ["Scan", "Column", "Add", "Filter", "Filter"]


def test_walks_of_deep_plans_do_not_recurse() -> None:
    plan: Slice | Scan = SCAN
    for length in range(3 * sys.getrecursionlimit()):
        plan = Slice(plan, 0, length)
    assert sum(1 for _ in walk(plan)) == 3 * sys.getrecursionlimit() + 1
    longer = rewrite(plan, lambda node: node.replace(version="v2") if isinstance(node, Scan) else node)
    assert longer.digest != plan.digest
    assert next(walk(longer)).version == "v2"  # type: ignore[attr-defined]


def test_a_walk_over_plans_passes_over_expressions_but_not_their_plans() -> None:
    members = Slice(SCAN, 0, 1)
    plan = Filter(Filter(SCAN, Member(Column("a"), members, "a")), Member(Column("b"), members, "b"))
    assert list(plans(plan)) == [SCAN, members, plan.input, plan]
    assert plan.input.below == (SCAN, members)
    assert plan.input.inputs == (SCAN,)


def test_a_plan_moves_onto_others_with_the_plans_of_its_expressions() -> None:
    members, other = Slice(SCAN, 0, 1), SCAN.replace(version="v2")
    plan = Filter(SCAN, Member(Column("a"), members, "a"))
    assert plan.on(lambda below: below) is plan
    below: dict[Plan, Plan] = {SCAN: other, members: Slice(other, 0, 1)}
    moved = plan.on(below.__getitem__)
    assert moved.digest == Filter(other, Member(Column("a"), Slice(other, 0, 1), "a")).digest
    assert moved.origin == plan.origin
    shorter = Slice(SCAN, 0, 5)
    assert shorter.on(lambda below: below, length=5) is shorter
    assert shorter.on(below.__getitem__, length=3).digest == Slice(other, 0, 3).digest


def test_rewriting_keeps_what_is_shared() -> None:
    plans = Slice(SCAN, 0, 1), Slice(SCAN, 1, None)
    first, second = rewrite_all(plans, lambda node: node.replace(version="v2") if isinstance(node, Scan) else node)
    assert first.input is second.input
    assert rewrite(plans[0], lambda node: node) is plans[0]


def test_mapping_children_calls_the_function_once_each() -> None:
    seen: list[Expr] = []
    expr = Add(Column("a"), Literal(1, INT64))
    changed = expr.map_children(lambda child: seen.append(child) or Column("z"))
    assert seen == list(expr.children())
    assert [type(child) for child in changed.children()] == [Column, Column]


def test_expressions_know_what_they_read() -> None:
    expr = Add(Add(Column("a"), Column("b")), Literal(1, INT64))
    assert columns_read(expr) == {"a", "b"}
    assert depth(expr) == 3
    inlined = substitute(expr, {"a": Add(Column("c"), Column("c"))})
    assert columns_read(inlined) == {"b", "c"}
    assert depth(inlined) == 4
    assert substitute(expr, {"c": Column("d")}) is expr


def test_a_node_knows_the_line_that_made_it() -> None:
    node = Column("a")
    line = sys._getframe().f_lineno - 1
    assert node.origin == f"{Path(__file__)}:{line}"
    assert node.replace(id="b").origin == node.origin
    with made_for(node):
        assert Literal(1, INT64).origin == node.origin


def test_schemas_follow_definitions() -> None:
    plan = Project(SCAN, (("c", Add(Column("a"), Column("b"))), ("d", Add(Column("c"), Column("c")))), ("d", "a"))
    assert list(plan.schema) == ["d", "a"]
    assert plan.schema["d"] == INT64
    with pytest.raises(KeyError, match="z"):
        Project(SCAN, (("c", Add(Column("z"), Column("b"))),), ("c",))
    assert Filter(SCAN, Literal(True, BOOL)).schema == SCAN.schema
