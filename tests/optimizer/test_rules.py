"""Every rule by pairs of plans in ``fixtures/<rule>.txt``: it makes the second of the first, with the same rows.

A fixture is written in the functions of ``Language``; ``T`` and ``U`` are two files of a few rows.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas
import polars as pl
import pytest

import bigframe
from bigframe.ids import derive
from bigframe.ops import reductions
from bigframe.ops.arithmetic import Add, Mul
from bigframe.ops.base import Column, Expr, Literal, Member
from bigframe.ops.comparison import Eq, Gt
from bigframe.ops.logical import And, Not, Or
from bigframe.plan.catalog import Aggregate, Concat, Distinct, Filter, Join, Number, Plan, Project, Scan, Slice, Sort
from bigframe.schema import INT64, STRING
from bigframe.tree import walk
from engine.job import Engine
from engine.optimizer import rules
from engine.optimizer.pipeline import Batch, optimize, run_step

FIXTURES = Path(__file__).parent / "fixtures"
PASSES = {"prune"}
# Most of these ask the files for statistics and have tests of their own; ranks are compared with pandas'.
ELSEWHERE = {"order_joins", "rank_by_join", "skip_known_checks", "sort_after_joins"}


class Language:
    """The words of the fixtures."""

    def __init__(self, scan: Callable[[str], Scan]) -> None:
        self.T, self.U = scan("T"), scan("U")

    def words(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in dir(self) if not name.startswith("_") and name != "words"}
        return own | {"Sum": lambda column: reductions.Sum(Column(column)), "Size": reductions.Size}

    def col(self, id: str) -> Expr:
        return Column(id)

    def add(self, left: Any, right: Any) -> Expr:
        return Add(_expr(left), _expr(right))

    def mul(self, left: Any, right: Any) -> Expr:
        return Mul(_expr(left), _expr(right))

    def gt(self, left: Any, right: Any) -> Expr:
        text = isinstance(right, str) and right not in ("a", "b", "u", "v")
        return Gt(_expr(left), Literal(right, STRING) if text else _expr(right))

    def eq(self, left: str, right: int) -> Expr:
        return Eq(_expr(left), _expr(right))

    def both(self, left: Expr, right: Expr) -> Expr:
        return And(left, right)

    def either(self, left: Expr, right: Expr) -> Expr:
        return Or(left, right)

    def other(self, operand: Expr) -> Expr:
        return Not(operand)

    def member(self, id: str, plan: Plan, of: str) -> Expr:
        return Member(Column(id), plan, of)

    def members(self, id: str, plan: Plan, of: str) -> Plan:
        key = derive("member", self.member(id, plan, of).digest)
        return Project(plan, ((key, Column(of)),), (key,))

    def project(self, plan: Plan, outputs: str, **definitions: Expr) -> Plan:
        return Project(plan, tuple(definitions.items()), tuple(outputs.split()))

    def keep(self, plan: Plan, predicate: Expr) -> Plan:
        return Filter(plan, predicate)

    def sort(self, plan: Plan, by: str) -> Plan:
        return Sort(plan, tuple((key.lstrip("-"), key.startswith("-"), True) for key in by.split()))

    def part(self, plan: Plan, offset: int, length: int | None) -> Plan:
        return Slice(plan, offset, length)

    def distinct(self, plan: Plan, keys: str, keep: str) -> Plan:
        return Distinct(plan, tuple(keys.split()), keep)

    def group(self, plan: Plan, keys: str, **aggregates: Expr) -> Plan:
        return Aggregate(plan, tuple(keys.split()), tuple(aggregates.items()))

    def number(self, plan: Plan, id: str) -> Plan:
        return Number(plan, id)

    def concat(self, *plans: Plan) -> Plan:
        return Concat(plans, tuple(plans[0].schema.values()))

    def join(
        self, left: Plan, right: Plan, left_on: str, right_on: str, how: str = "inner", ordered: bool = True
    ) -> Plan:
        known = next((id for id in right.schema if id.startswith(right_on)), right_on)
        return Join(left, right, (left_on,), (known,), how, ordered)

    def scan(self, plan: Scan, columns: str = "", where: Expr | None = None, position: str | None = None) -> Plan:
        fields = tuple(field for field in plan.fields if not columns or field[0] in columns.split())
        return plan.replace(fields=fields, predicate=where, position=position)


def _expr(value: Any) -> Expr:
    if isinstance(value, Expr):
        return value
    return Column(value) if isinstance(value, str) else Literal(value, INT64)


def _cases() -> Iterator[Any]:
    for file in sorted(FIXTURES.glob("*.txt")):
        for block in file.read_text().strip().split("\n\n"):
            title, before, after = block.splitlines()
            yield pytest.param(
                file.stem,
                before.removeprefix("before:"),
                after.removeprefix("after:"),
                id=f"{file.stem}: {title.removeprefix('# ')}",
            )


@pytest.fixture
def words(tmp_path: Path) -> dict[str, Any]:
    tables = {
        "T": pandas.DataFrame({"a": [1, 2, 3, 4, 2, 1], "b": [5, 0, 2, 1, 3, 3], "t": ["x", "y", "y", "z", "x", "y"]}),
        "U": pandas.DataFrame({"u": [2, 3, 3, 5], "v": [1, 2, 4, 0]}),
    }

    def scan(name: str) -> Scan:
        tables[name].to_parquet(tmp_path / f"{name}.parquet", row_group_size=2)
        plan = bigframe.read_parquet(tmp_path / f"{name}.parquet")._frame.base
        assert isinstance(plan, Scan)
        return plan

    return Language(scan).words()


def _step(rule: str) -> Any:
    function = getattr(importlib.import_module(f"engine.optimizer.rules.{rule}"), rule)
    return function if rule in PASSES else Batch(rule, (function,))


@pytest.mark.parametrize(("rule", "before", "after"), list(_cases()))
def test_a_rule_makes_the_one_plan_from_the_other(
    words: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rule: str, before: str, after: str
) -> None:
    given, expected = eval(before, words), eval(after, words)
    (made,) = run_step(_step(rule), (given,))
    assert made.digest == expected.digest, f"{_shape(made)}\nis not\n{_shape(expected)}"
    assert list(made.schema) == list(given.schema)
    assert run_step(_step(rule), (made,))[0].digest == made.digest

    def rows(plan: Plan, partitions: int) -> pl.DataFrame:
        (table,) = Engine(storage=str(tmp_path / "storage"), partitions=partitions).run((plan,), progress=False)
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return frame if _is_ordered(plan) else frame.sort(frame.columns)

    answers = [rows(plan, partitions) for plan in (given, made) for partitions in (1, 3)]
    monkeypatch.setattr("engine.job.optimize", lambda roots, *_, **__: roots)
    # A membership has no kernel: the optimizer makes it a join.
    unoptimised = [plan for plan in (given, made) if not any(isinstance(node, Member) for node in walk(plan))]
    answers += [rows(plan, partitions) for plan in unoptimised for partitions in (1, 3)]
    assert all(answer.equals(answers[0]) for answer in answers), answers


def test_every_rule_has_fixtures() -> None:
    names = {file.stem for file in Path(rules.__file__).parent.glob("*.py")} - {"__init__"}
    assert names - ELSEWHERE == {file.stem for file in FIXTURES.glob("*.txt")}


def test_the_whole_pipeline_changes_nothing_the_second_time(words: dict[str, Any]) -> None:
    for case in _cases():
        _, before, _ = case.values
        once = optimize((eval(before, words),))
        assert optimize(once)[0].digest == once[0].digest, case.id


def _is_ordered(plan: Plan) -> bool:
    return not any(isinstance(node, Aggregate) or (isinstance(node, Join) and not node.ordered) for node in walk(plan))


def _shape(plan: Plan) -> str:
    return "\n".join(repr(node) for node in walk(plan))
