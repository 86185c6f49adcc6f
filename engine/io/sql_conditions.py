"""Conditions that a database decides as the engine does, as expressions of SQLAlchemy.

The engine filters whatever comes, so a condition may keep rows too many, but none too few. What compares differently is
left out: text by order, for which a database has collations, times that SQLite keeps as text, and numbers that one side
rounds.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.comparison import Eq, Ge, Gt, IsIn, Le, Lt, Ne
from bigframe.ops.logical import And, Not, Or, conjunction, conjuncts
from bigframe.ops.missing import IsNull, NotNull, sees_every_row

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, FromClause

_LISTED = 100

_EXACT = 2**53
"""Below it rounding to a float changes no comparison of a number with this one."""

_KINDS: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_boolean, "truth"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "float"),
    (pa.types.is_large_string, "text"),
    (pa.types.is_timestamp, "time"),
)

_POSTGRESQL = {
    16: "truth",
    **dict.fromkeys((20, 21, 23), "integer"),
    **dict.fromkeys((701, 1700), "float"),  # double precision and numeric, but not real, which is rounded
    **dict.fromkeys((25, 1043), "text"),  # but not character(n), which compares without the blanks at its end
    **dict.fromkeys((1114, 1184), "time"),
}
"""Kinds of values by the numbers of PostgreSQL's types."""

_FLIPPED: dict[type[Expr], type[Expr]] = {Lt: Gt, Le: Ge, Gt: Lt, Ge: Le, Eq: Eq, Ne: Ne}
_OPPOSITE: dict[type[Expr], type[Expr]] = {Lt: Ge, Le: Gt, Gt: Le, Ge: Lt, Eq: Ne, Ne: Eq}
_OPERATORS: dict[type[Expr], Callable[[Any, Any], Any]] = {
    Lt: operator.lt,
    Le: operator.le,
    Gt: operator.gt,
    Ge: operator.ge,
    Eq: operator.eq,
    Ne: operator.ne,
}


def kinds(connection: Connection, rows: FromClause, schema: pa.Schema) -> dict[str, str]:
    """Return the columns of which a database compares the values that are read, and the kinds of these values.

    Of SQLite and PostgreSQL only; what others do is not known.
    """
    import sqlalchemy as sa

    found = {field.name: next((kind for is_type, kind in _KINDS if is_type(field.type)), "") for field in schema}
    match connection.dialect.name:
        case "sqlite":
            # Times are text of several forms.
            compared = {name: kind for name, kind in found.items() if kind != "time"}
        case "postgresql":
            nothing = sa.select(*(rows.c[name] for name in found)).limit(0)
            with connection.execute(nothing, execution_options={"stream_results": False}) as result:
                described: Any = result.cursor.description
            compared = {name: _POSTGRESQL.get(column[1], "") for name, column in zip(found, described, strict=True)}
        case _:
            compared = {}
    return {name: kind for name, kind in compared.items() if kind and kind == found[name]}


def decided(predicate: Expr | None, known: Mapping[str, str]) -> Expr | None:
    """Return the parts of a predicate over columns' names that a database decides, given `kinds`; None if it has none."""
    import sqlalchemy as sa

    if predicate is None or sees_every_row(predicate):
        return None
    columns: dict[str, ColumnElement[Any]] = {name: sa.column(name) for name in known}
    parts = [part for part in conjuncts(predicate) if _condition(part, columns, known, holds=True) is not None]
    return conjunction(parts) if parts else None


def condition(predicate: Expr, rows: FromClause, known: Mapping[str, str]) -> ColumnElement[bool]:
    """Return a condition that holds at least where a predicate does, of which every part is `decided`."""
    found = _condition(predicate, {name: rows.c[name] for name in known if name in rows.c}, known, holds=True)
    assert found is not None
    return found


def _condition(
    expr: Expr, columns: Mapping[str, ColumnElement[Any]], known: Mapping[str, str], *, holds: bool
) -> ColumnElement[bool] | None:
    """A condition that holds at least where an expression is true, or else at least where it is false."""
    import sqlalchemy as sa

    match expr:
        case And() | Or():
            both = (_condition(side, columns, known, holds=holds) for side in (expr.left, expr.right))
            parts = [part for part in both if part is not None]
            if isinstance(expr, And) == holds:
                return sa.and_(*parts) if parts else None
            return sa.or_(*parts) if len(parts) == 2 else None
        case Not():
            return _condition(expr.operand, columns, known, holds=not holds)
        case Column(id=name) if known.get(name) == "truth":
            # What is stored for true may be another number than 1.
            return columns[name].is_not(sa.false() if holds else sa.true())
        case IsNull(operand=Column(id=name)) | NotNull(operand=Column(id=name)) if name in known:
            is_tested = isinstance(expr, IsNull) == holds
            return _is_missing(columns[name], known[name]) if is_tested else columns[name].is_not(None)
        case IsIn(operand=Column(id=name)) if name in known:
            return _membership(expr, columns[name], known[name], holds=holds)
        case Eq() | Ne() | Lt() | Le() | Gt() | Ge():
            kind, left, right = type(expr), expr.left, expr.right
            if isinstance(left, Literal):
                kind, left, right = _FLIPPED[kind], right, left  # type: ignore[assignment]
            if isinstance(left, Column) and isinstance(right, Literal) and left.id in known:
                return _comparison(kind, columns[left.id], known[left.id], right.value, holds=holds)
    return None


def _comparison(
    test: type[Expr], column: ColumnElement[Any], kind: str, value: Any, *, holds: bool
) -> ColumnElement[bool] | None:
    (bound,) = _bound([value], kind) or (None,)
    asked = test if holds else _OPPOSITE[test]
    # Other text may be the same one by a collation.
    if bound is None or (kind == "text" and asked is not Eq):
        return None
    found: ColumnElement[bool] = _OPERATORS[asked](column, bound)
    # A missing value differs from every other, and no comparison with it is true.
    keeps_missing = (test is Ne) if holds else (test is not Ne)
    return found | _is_missing(column, kind) if keeps_missing else found


def _membership(expr: IsIn, column: ColumnElement[Any], kind: str, *, holds: bool) -> ColumnElement[bool] | None:
    bound = _bound(expr.values, kind) if len(expr.values) <= _LISTED and kind != "time" else None
    if not bound or (kind == "text" and not holds):
        return None
    if not holds:
        return column.not_in(bound) | _is_missing(column, kind)
    return column.in_(bound) | _is_missing(column, kind) if expr.has_missing else column.in_(bound)


def _is_missing(column: ColumnElement[Any], kind: str) -> ColumnElement[bool]:
    """NaN is missing; SQLite holds none."""
    import sqlalchemy as sa

    is_null = column.is_(None)
    return is_null | (column == sa.literal(float("nan"), sa.Double())) if kind == "float" else is_null


def _bound(values: Sequence[Any], kind: str) -> list[ColumnElement[Any]] | None:
    """Values as bound parameters; None where one of them is of another kind or compares otherwise."""
    import sqlalchemy as sa

    bound: list[ColumnElement[Any]] = []
    for value in values:
        # Of the widest type, for a parameter takes its column's, which may be too narrow.
        match kind, value:
            case "integer" | "float", int() | float() if not isinstance(value, bool) and abs(value) < _EXACT:
                bound.append(sa.literal(value, sa.BigInteger() if isinstance(value, int) else sa.Double()))
            case "text", str() if value.isprintable():  # as zero characters and halves of pairs are not
                bound.append(sa.literal(value, sa.Text()))
            case "time", pd.Timestamp() if not value.nanosecond and 1 <= value.year <= 9999:
                moment = value.to_pydatetime()
                bound.append(sa.literal(moment, sa.DateTime(timezone=moment.tzinfo is not None)))
            case _:
                return None
    return bound
