"""Titles: a stage, a plan node or an expression as one line of text, for whoever watches, for explain and for errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bigframe.ids import stem
from bigframe.ops.base import Column, Expr, Literal, Scalar
from bigframe.plan.catalog import (
    Aggregate,
    Distinct,
    Filter,
    Join,
    MapBatches,
    Number,
    Plan,
    Project,
    Scan,
    Sink,
    Slice,
    Sort,
)
from bigframe.tree import Tree, walk
from engine.kernels.relational.aggregate import MergeAggregate, PartialAggregate
from engine.kernels.relational.distinct_counts import DistinctCounts, DistinctValues
from engine.kernels.relational.leaves import Origin, Read
from engine.kernels.relational.window import WindowAmong, WindowEdges
from engine.planner.stages import Stage

_QUIET = (Number, Project, Read, Origin)
"""Nodes that say little of a stage; one that has no others is named after what its exchange does."""

_MOVES = {"hash": "Shuffle", "range": "Range", "gather": "Gather"}

_ENDS = {"sample": "Sample", "sink": "Write"}

_STEPS: dict[type[Plan], str] = {
    PartialAggregate: "Partial",
    DistinctValues: "Distinct",
    DistinctCounts: "Counted",
    MergeAggregate: "Merged",
}
"""The steps of an aggregation over several tasks."""


def title(node: Plan) -> str:
    """One node as a line."""
    match node:
        case Scan():
            columns = ", ".join(name for _, name, _ in node.fields) + (", position" if node.position else "")
            predicate = f" where {text(node.predicate)}" if node.predicate is not None else ""
            place = f"{len(node.paths)} paths" if len(node.paths) > 1 else node.paths[0]
            return f"Scan {node.format} {place if node.format != 'ipc' else 'memory'} ({columns}){predicate}"
        case Project():
            new = dict(node.definitions)
            made = [f"{name(id)} = {text(new[id])}" for id in new if id in node.outputs]
            kept = [name(id) for id in node.outputs if id not in new]
            return f"Project {', '.join([*kept, *made])}"
        case Filter():
            return f"Filter {text(node.predicate)}"
        case Aggregate():
            made = [f"{name(id)} = {text(expr)}" for id, expr in node.aggregates]
            return f"Aggregate by ({', '.join(map(name, node.keys))}): {', '.join(made)}"
        case PartialAggregate() | MergeAggregate() | DistinctValues() | DistinctCounts():
            step = _STEPS[type(node)]
            made = [f"{name(id)} = {text(expr)}" for id, expr in node.aggregates]
            return f"{step} aggregate by ({', '.join(map(name, node.keys))}): {', '.join(made)}"
        case Join():
            on = " and ".join(f"{name(a)} = {name(b)}" for a, b in zip(node.left_on, node.right_on, strict=True))
            return f"Join {node.how} on {on or 'everything'}{' in order' if node.ordered else ''}"
        case Sort():
            keys = [f"{name(id)}{' desc' if descending else ''}" for id, descending, _ in node.by]
            return f"Sort by {', '.join(keys)}"
        case Slice():
            return f"Slice {node.offset}:{'' if node.length is None else node.offset + node.length}"
        case Distinct():
            return f"Distinct ({', '.join(map(name, node.keys))}) keep {node.keep}"
        case MapBatches():
            return f"MapBatches {node.name}"
        case Sink():
            return f"Sink {node.format} {node.url} mode={node.mode}"
        case WindowEdges() | WindowAmong():
            step = "Edges for" if isinstance(node, WindowEdges) else "Window"
            return f"{step} {', '.join(f'{name(id)} = {text(expr)}' for id, expr in node.definitions)}"
        case Read():
            return f"Read stage {node.stage[:6]}{' whole' if node.everything else ''}"
    return type(node).__name__


def stage_title(stage: Stage) -> str:
    """What a stage does, on one line: its operators in the order in which they compute.

    Examples
    --------
    >>> from bigframe.plan.catalog import Slice
    >>> from engine.planner.stages import Branch, Output
    >>> rows = Read("3f2a", ())
    >>> stage_title(Stage((Branch(Slice(rows, 0, 5), tasks=1),), Output("gather")))
    'Slice'
    >>> stage_title(Stage((Branch(rows, tasks=4),), Output("hash", 8, ("user",))))
    'Shuffle by user'
    """
    nodes = walk(*(branch.plan for branch in stage.branches))
    said = [_phrase(node) for node in nodes if isinstance(node, Plan) and not isinstance(node, _QUIET)]
    output = stage.output
    if output.kind in _ENDS:
        said.append(_ENDS[output.kind])
    if not said:
        # Ranges are those of the first key.
        keys = [*output.keys, *(id for id, _, _ in output.order[:1])]
        said.append(f"{_MOVES.get(output.kind, 'Rows')}{_by(keys)}")
    return " · ".join(dict.fromkeys(said))


def _phrase(node: Plan) -> str:
    """A node in a few words; `title` has all of them."""
    match node:
        case Scan():
            more = f" and {len(node.paths) - 1} more" if len(node.paths) > 1 else ""
            place = node.paths[0].partition("?")[0].rstrip("/").rpartition("/")[2]
            return "Scan memory" if node.format == "ipc" else f"Scan {place}{more}"
        case PartialAggregate() | DistinctValues() | DistinctCounts():
            return f"{_STEPS[type(node)]} aggregate{_by(node.keys)}"
        case Aggregate() | MergeAggregate():
            return f"Aggregate{_by(node.keys)}"
        case Distinct():
            return f"Distinct{_by(node.keys)}"
        case Join():
            return f"Join on {', '.join(map(name, node.left_on))}" if node.left_on else "Cross join"
        case MapBatches():
            return node.name.rpartition(".")[2]
    return type(node).__name__


def _by(keys: Sequence[str]) -> str:
    return f" by {', '.join(map(name, keys))}" if keys else ""


def described(node: Tree) -> str:
    """A plan node or an expression on one line."""
    return text(node) if isinstance(node, Expr) else title(node) if isinstance(node, Plan) else type(node).__name__


def name(id: str) -> str:
    """A column id as the reader sees it."""
    return stem(id)


def text(expr: Expr) -> str:
    """An expression on one line."""
    if isinstance(expr, Column):
        return name(expr.id)
    if isinstance(expr, Literal):
        return repr(expr.value) if not hasattr(expr.value, "isoformat") else str(expr.value)
    if isinstance(expr, Scalar):
        return f"scalar({name(expr.id)})"
    operands = [text(operand) for operand in expr.operands()]
    symbol = getattr(expr, "symbol", "")
    if symbol and len(operands) == 2:
        return f"({operands[0]} {symbol} {operands[1]})"
    others = [repr(value) for value in _parameters(expr)]
    return f"{type(expr).__name__.lower()}({', '.join([*operands, *others])})"


def _parameters(expr: Expr) -> Iterator[Any]:
    """The values of fields that a reader wants to know: set, short, and no operands."""
    for name, default in expr.defaults.items():
        value = getattr(expr, name)
        if name != "function" and value != default and isinstance(value, (str, int, float)):
            yield value
