"""Lowering: the nodes of a stage become one lazy Polars query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from bigframe.errors import PlanError
from bigframe.plan.explode import Explode
from bigframe.plan.join import Join
from bigframe.plan.node import Plan, plans
from engine.kernels.relational.leaves import Origin

# Polars' optimizer is superlinear in the length of a query and its stack ends near 20,000 nodes (decision record 4).
FUSED_NODES = 60
ROW_BITS = 40


@dataclass
class Sources:
    """What the leaves of a stage read in one task, by digest, and the number of the task.

    ``watched`` puts a step above the frame of a node at which the query can be stopped.
    """

    frames: Mapping[str, pl.LazyFrame] = field(default_factory=dict)
    task: int = 0
    watched: Callable[[Plan, pl.LazyFrame], pl.LazyFrame] = lambda _, frame: frame


Lowering = Callable[..., pl.LazyFrame]
_lowerings: dict[type[Plan], Lowering] = {}


def relational(*nodes: type[Plan]) -> Callable[[Lowering], Lowering]:
    """Register ``function(node, *inputs) -> LazyFrame`` for node classes."""

    def register(function: Lowering) -> Lowering:
        for node in nodes:
            _lowerings[node] = function
        return function

    return register


def lower(roots: tuple[Plan, ...], sources: Sources) -> list[pl.LazyFrame]:
    """A lazy frame for each root; what the roots share is one lazy frame."""
    done: dict[int, tuple[pl.LazyFrame, int]] = {}
    for node in plans(*roots):
        if node.digest in sources.frames:
            done[id(node)] = sources.frames[node.digest], 1
            continue
        inputs = [done[id(child)] for child in node.inputs]
        length = 1 + max((length for _, length in inputs), default=0)
        frame = lower_one(node, [frame for frame, _ in inputs], sources)
        if length >= FUSED_NODES:
            frame, length = barrier(frame), 1
        done[id(node)] = frame, length
    return [done[id(root)][0] for root in roots]


def lower_one(node: Plan, inputs: Sequence[pl.LazyFrame], sources: Sources) -> pl.LazyFrame:
    """The lazy frame of one node over those of its inputs.

    Raises
    ------
    PlanError
        If there is no kernel for such nodes.
    """
    if isinstance(node, Origin):
        return _placed(node, inputs[0], sources.task)
    if type(node) not in _lowerings:
        raise PlanError(f"{type(node).__name__} has no kernel")
    frame = _lowerings[type(node)](node, *inputs)
    # Joins and explosions make rows out of few, long after the scans below have been read.
    return sources.watched(node, frame) if isinstance(node, (Join, Explode)) else frame


def _placed(node: Origin, frame: pl.LazyFrame, task: int) -> pl.LazyFrame:
    row = pl.col(node.id).cast(pl.Int64) + (task << ROW_BITS)
    return frame.with_row_index(node.id).with_columns(row).select(list(node.schema))


def barrier(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The same rows, behind a step through which Polars optimises nothing."""
    return frame.map_batches(
        _identity, predicate_pushdown=False, projection_pushdown=False, slice_pushdown=False, streamable=True
    )


def _identity(batch: pl.DataFrame) -> pl.DataFrame:
    return batch


def flags(*, small: bool = False) -> dict[str, Any]:
    """How Polars is told to run a finished plan, in which joins are ordered and what is worth sharing is shared.

    Over a ``small`` input starting its streaming engine takes longer than all else: 2.4 ms where its other engine takes 1.0.

    Of two readers of one file Polars would hold the rows in memory, for neither to filter them by the keys of a join.
    And it drops a sort of which it believes that nobody sees it, as below ``when(...).then("a").otherwise("b")`` (2.1).
    """
    unwanted = {"join_order": False, "comm_subplan_elim": False, "check_order_observe": False}
    return {"optimizations": pl.QueryOptFlags(**unwanted), "engine": "in-memory" if small else "streaming"}
