"""Selectivity: which share of rows a predicate keeps, from the bounds and distinct counts of columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.comparison import Eq, Ge, Gt, IsIn, Le, Lt, Ne
from bigframe.ops.logical import And, Not, Or, conjuncts
from bigframe.ops.missing import NotNull
from bigframe.ops.strings import Contains, ContainsText, EndsWith, StartsWith

# What Spark and DuckDB take where they know nothing better.
UNKNOWN = 0.3
# Between what PostgreSQL (0.005) and DuckDB (0.2) take for a pattern.
PATTERN = 0.05
_FLIPPED: dict[type[Expr], type[Expr]] = {Lt: Gt, Le: Ge, Gt: Lt, Ge: Le, Eq: Eq, Ne: Ne}


@dataclass(frozen=True)
class ColumnFacts:
    """What is believed of a column: distinct values, and bounds as numbers where it has an order that numbers show.

    ``rows`` is how many its own table has.
    """

    distinct: float
    low: float | None = None
    high: float | None = None
    rows: float = float("inf")


def selectivity(predicate: Expr, columns: Mapping[str, ColumnFacts]) -> float:
    """The share of rows that a predicate keeps, between 0 and 1; conjuncts about several columns count as independent."""
    match predicate:
        case And():
            return _conjunction(conjuncts(predicate), columns)
        case Or():
            either = selectivity(predicate.left, columns) + selectivity(predicate.right, columns)
            return min(1.0, either)
        case Not():
            return 1 - selectivity(predicate.operand, columns)
        case NotNull():
            return 1.0
        case IsIn(operand=Column(id=id)) if id in columns:
            return min(1.0, len(predicate.values) / columns[id].distinct)
        case Contains() | ContainsText() | EndsWith() | StartsWith():
            return PATTERN
        case Eq() | Ne() | Lt() | Le() | Gt() | Ge():
            return _comparison(type(predicate), predicate.left, predicate.right, columns)
    return UNKNOWN


def _conjunction(parts: list[Expr], columns: Mapping[str, ColumnFacts]) -> float:
    """Of the bounds that are set to one column only what lies between them is left."""
    share, dropped = 1.0, dict[str, float]()
    for part in parts:
        kept = selectivity(part, columns)
        bounded = _bounded(part)
        if bounded is None or bounded not in columns or columns[bounded].low is None:
            share *= kept
        else:
            dropped[bounded] = dropped.get(bounded, 0.0) + 1 - kept
    for id, outside in dropped.items():
        share *= max(1 - outside, 1 / columns[id].distinct)
    return share


def _bounded(part: Expr) -> str | None:
    """The column that a comparison with a constant bounds on one side."""
    match part:
        case Lt() | Le() | Gt() | Ge():
            match part.left, part.right:
                case (Column(id=id), Literal()) | (Literal(), Column(id=id)):
                    return id
    return None


def _comparison(kind: type[Expr], left: Expr, right: Expr, columns: Mapping[str, ColumnFacts]) -> float:
    if isinstance(left, Literal):
        return _comparison(_FLIPPED[kind], right, left, columns) if not isinstance(right, Literal) else UNKNOWN
    if not (isinstance(left, Column) and isinstance(right, Literal) and left.id in columns):
        return UNKNOWN
    facts = columns[left.id]
    if kind is Eq:
        return 1 / facts.distinct
    if kind is Ne:
        return 1 - 1 / facts.distinct
    bound = as_number(right.value)
    if bound is None or facts.low is None or facts.high is None or facts.high <= facts.low:
        return UNKNOWN
    below = min(1.0, max(0.0, (bound - facts.low) / (facts.high - facts.low)))
    return below if kind in (Lt, Le) else 1 - below


def as_number(value: Any) -> float | None:
    """A bound on the number line: numbers as they are, times in seconds."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, (int, float)):
        return float(value)
    try:
        return pd.Timestamp(value).timestamp() if not isinstance(value, (str, bytes)) else None
    except (TypeError, ValueError):
        return None
