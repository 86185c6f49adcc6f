"""A stage's query one operator at a time: to measure each of them, or to find the one that failed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from bigframe.ops.base import Expr
from bigframe.plan.catalog import Aggregate, Filter, Plan, Project, Scan
from bigframe.schema import Schema
from bigframe.tree import Tree, walk
from engine.exec.usage import forget_peak, peak_resident
from engine.kernels import registry
from engine.kernels.relational.lower import Sources, flags, lower_one


@dataclass(frozen=True)
class Step:
    """What one operator did in one task; ``peak`` is the largest resident size of the process meanwhile, in bytes."""

    digest: str
    rows: int
    bytes: int
    seconds: float
    peak: int

    def merged(self, other: Step) -> Step:
        """The same operator over two tasks."""
        sums = (self.rows + other.rows, self.bytes + other.bytes, self.seconds + other.seconds)
        return Step(self.digest, *sums, max(self.peak, other.peak))


class StepFailed(Exception):
    """An operator failed; ``inputs`` are the rows it was given, by the digest of who made them."""

    def __init__(self, node: Plan, inputs: Mapping[str, pl.DataFrame]) -> None:
        super().__init__(type(node).__name__)
        self.node = node
        self.inputs = inputs


def stepwise(plan: Plan, sources: Sources) -> Iterator[tuple[pl.DataFrame, Step]]:
    """Run a plan operator by operator; the rows that each made, those of the plan last.

    Nothing is fused and no filter moves into another operator, so that every figure belongs to one operator; the sum is
    more than the plan takes as one query.

    Raises
    ------
    StepFailed
        From what an operator raised.
    """
    nodes = list({node.digest: node for node in walk(plan) if isinstance(node, Plan)}.values())
    readers = Counter(child.digest for node in nodes for child in node.inputs)
    rows: dict[str, pl.DataFrame] = {}
    for node in nodes:
        inputs = {child.digest: rows[child.digest] for child in node.inputs}
        forget_peak()
        started = time.perf_counter()
        try:
            leaf = sources.frames.get(node.digest)
            below = [rows[child.digest].lazy() for child in node.inputs]
            frame = (lower_one(node, below, sources) if leaf is None else leaf).collect(**flags())
        except Exception as error:
            raise StepFailed(node, inputs) from error
        rows[node.digest] = frame
        yield (
            frame,
            Step(
                node.digest, frame.height, int(frame.estimated_size()), time.perf_counter() - started, peak_resident()
            ),
        )
        for child in node.inputs:
            readers[child.digest] -= 1
            if not readers[child.digest]:
                rows.pop(child.digest, None)


def culprit(plan: Plan, sources: Sources) -> Tree | None:
    """The smallest expression or node that fails when it runs by itself; None if none does."""
    try:
        for _ in stepwise(plan, sources):
            pass
    except StepFailed as failed:
        return _within(failed.node, failed.inputs)
    return None


def _within(node: Plan, inputs: Mapping[str, pl.DataFrame]) -> Tree:
    """The expression of a failed node that fails, if it is in one."""
    if isinstance(node, Scan):
        return node if node.predicate is None else node.predicate
    if not isinstance(node, (Aggregate, Filter, Project)):
        return node
    frame, schema = inputs[node.input.digest], dict(node.input.schema)
    if isinstance(node, Project):
        for id, expr in node.definitions:
            failing = _smallest(expr, frame, schema)
            if failing is not None:
                return failing
            made = registry.compile(expr, schema)
            frame, schema[id] = frame.with_columns(made.expr.alias(id)), made.dtype
        return node
    exprs = [node.predicate] if isinstance(node, Filter) else [expr for _, expr in node.aggregates]
    return next((failing for expr in exprs if (failing := _smallest(expr, frame, schema)) is not None), node)


def _smallest(expr: Expr, frame: pl.DataFrame, schema: Schema) -> Expr | None:
    for part in walk(expr):
        if isinstance(part, Expr):
            try:
                frame.select(registry.compile(part, schema).expr)
            except Exception:  # noqa: BLE001 - what fails is what is looked for
                return part
    return None
