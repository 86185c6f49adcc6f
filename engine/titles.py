"""Titles: a plan node or an expression as one line of text, for explain and for errors."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from bigframe.ids import stem
from bigframe.ops.base import Column, Expr, Literal, Scalar
from bigframe.plan.catalog import Aggregate, Distinct, Filter, Join, MapBatches, Plan, Project, Scan, Sink, Slice, Sort
from bigframe.tree import Tree
from engine.kernels.relational.aggregate import MergeAggregate, PartialAggregate
from engine.kernels.relational.leaves import Read


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
        case PartialAggregate() | MergeAggregate():
            step = "Partial" if isinstance(node, PartialAggregate) else "Merged"
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
        case Read():
            return f"Read stage {node.stage[:6]}{' whole' if node.everything else ''}"
    return type(node).__name__


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
    for field in dataclasses.fields(expr):
        value = getattr(expr, field.name)
        if field.name != "function" and value != field.default and isinstance(value, (str, int, float)):
            yield value
