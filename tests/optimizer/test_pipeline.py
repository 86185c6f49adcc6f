"""Batches: every node until no rule changes it, what is shared only once, and an end even where rules never agree."""

from __future__ import annotations

from bigframe.ops.base import Column, Member
from bigframe.plan.catalog import Concat, Filter, Plan, Scan, Slice
from bigframe.schema import INT64
from engine.optimizer.pipeline import Batch, run_step

SCAN = Scan("parquet", ("x.parquet",), (), "v1", (("a", "a", INT64),))


def shorter(plan: Plan) -> Plan | None:
    return plan.replace(length=plan.length - 1) if isinstance(plan, Slice) and plan.length else None


def test_what_a_rule_makes_is_looked_at_again() -> None:
    trace: list[str] = []
    (made,) = run_step(Batch("shorter", (shorter,)), (Slice(SCAN, 0, 5),), trace)
    assert made.digest == Slice(SCAN, 0, 0).digest
    assert trace == ["shorter"] * 5


def test_a_rule_sees_nodes_over_what_has_become_of_their_inputs() -> None:
    seen: list[int | None] = []

    def look(plan: Plan) -> None:
        if isinstance(plan, Filter):
            assert isinstance(plan.input, Slice)
            seen.append(plan.input.length)

    members = Slice(SCAN, 0, 2)
    plan = Filter(Slice(SCAN, 0, 3), Member(Column("a"), members, "a"))
    (made,) = run_step(Batch("shorter", (shorter, look)), (plan,))
    assert made.digest == Filter(Slice(SCAN, 0, 0), Member(Column("a"), Slice(SCAN, 0, 0), "a")).digest
    assert seen == [0]


def test_what_is_shared_stays_shared() -> None:
    shared = Slice(SCAN, 0, 2)
    trace: list[str] = []
    first, second = run_step(Batch("shorter", (shorter,)), (Concat((shared, shared), (INT64,)), shared), trace)
    assert first.inputs[0] is first.inputs[1] is second
    assert trace == ["shorter"] * 2


def test_plans_that_no_rule_is_for_are_the_same_objects() -> None:
    roots = (Slice(SCAN, 0, 2),)
    assert run_step(Batch("shorter", (shorter,), lambda plan: isinstance(plan, Filter)), roots) is roots
    assert run_step(Batch("nothing", (lambda _: None,)), roots) == roots


def test_rules_that_undo_each_other_come_to_an_end() -> None:
    def other_way(plan: Plan) -> Plan | None:
        return plan.replace(offset=1 - plan.offset) if isinstance(plan, Slice) else None

    (made,) = run_step(Batch("endless", (other_way,)), (Slice(SCAN, 0, 2),))
    assert isinstance(made, Slice)
    assert made.input is SCAN
