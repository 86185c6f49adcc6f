"""pandas' ``filters=`` of Parquet as a mask over lazy columns, which the optimizer pushes into the scan."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from bigframe.errors import Unsupported

if TYPE_CHECKING:
    from bigframe.api.dataframe import DataFrame
    from bigframe.api.series import Series

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_MEMBERSHIP = ("in", "not in")


def referenced(filters: Any) -> list[str]:
    """The columns that filters are about."""
    return list(dict.fromkeys(column for group in _groups(filters) for column, _, _ in group))


def filtered(frame: DataFrame, filters: Any) -> DataFrame:
    """The rows that one of several lists of conditions lets pass, or the only list.

    A missing value passes no comparison, and ``"not in"`` alone, as in PyArrow. Rows without an index are counted anew.
    """
    groups = [reduce(operator.and_, [_mask(frame, *one) for one in group]) for group in _groups(filters)]
    rows: DataFrame = frame[reduce(operator.or_, groups)]
    return rows.reset_index(drop=True) if frame._frame.index is None else rows


def _mask(frame: DataFrame, column: str, comparison: str, value: Any) -> Series:
    if column in frame.index.names:
        raise Unsupported("read_parquet(filters=) of the index", "they are about columns", "a mask over the rows")
    values: Series = frame[column]
    if comparison in _MEMBERSHIP:
        found: Series = values.isin(list(value))
        return ~found if comparison == "not in" else found
    mask: Series = _COMPARISONS[comparison](values, value) & values.notna()
    return mask


def _groups(filters: Any) -> list[Sequence[tuple[str, str, Any]]]:
    """A disjunction of conjunctions, as PyArrow has it.

    Raises
    ------
    Unsupported
        If it is an expression of PyArrow's.
    ValueError
        If it has another form, or names no comparison.
    """
    if not isinstance(filters, (list, tuple)):
        raise Unsupported(
            f"read_parquet(filters={type(filters).__name__})", "a plan has its own", "a mask over the rows"
        )
    groups = list(filters) if all(isinstance(group, list) for group in filters) else [filters]
    if not filters or not all(groups):
        raise ValueError("Malformed filters: a list of (column, comparison, value), or a list of such lists")
    for condition in (one for group in groups for one in group):
        if not isinstance(condition, (list, tuple)) or len(condition) != 3:
            raise ValueError(f"Malformed filters: {condition!r} is not (column, comparison, value)")
        if condition[1] not in (*_COMPARISONS, *_MEMBERSHIP):
            raise ValueError(f'"{condition}" is not a valid operator in predicates.')
    return groups
