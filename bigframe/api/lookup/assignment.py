"""Values put into some rows of some columns: ``loc``, ``iloc``, ``at`` and ``iat`` on the left of an equals sign."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.columns import Columns, operand
from bigframe.api.looking.run import collect
from bigframe.api.scalar import LazyScalar
from bigframe.cells import may_have_holes
from bigframe.errors import Unsupported
from bigframe.interchange import series_to_arrow
from bigframe.literals import is_missing
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.casting import Cast, Widen
from bigframe.ops.conditional import Where
from bigframe.ops.functions import Lookup
from bigframe.ops.logical import And
from bigframe.ops.missing import Coalesce, IsNull
from bigframe.ops.reductions import Sum
from bigframe.schema import FLOAT64, DType, Family
from bigframe.semantics import picking, selecting
from bigframe.semantics.elementwise import NotAligned, beside, paste
from bigframe.semantics.frame import Frame, same_rows
from bigframe.semantics.values import filling, literal, require_held

_FEW = 10_000


@dataclass(frozen=True)
class Places:
    """The rows that get values: a mask over a frame.

    ``key`` means all of them to pandas when it sees no other rows; without it, the key of the call does. ``few`` says
    that the key named each of them.
    """

    frame: Frame
    mask: Expr
    key: Any = None
    few: bool = False
    nowhere: bool = False

    @property
    def everywhere(self) -> bool:
        return isinstance(self.mask, Literal) and not self.nowhere

    @classmethod
    def where(cls, frame: Frame, mask: Frame) -> Places:
        """The rows where a mask holds."""
        if not same_rows(frame, mask):
            raise NotAligned
        rows, condition = beside(frame, mask)
        return cls(rows, selecting.truth(rows, condition.ids[0]), key=ALL_OF_THEM)

    @classmethod
    def at(cls, frame: Frame, positions: Any, *, masked: bool = False) -> Places:
        """The rows at one position, or at several."""
        rows, at = frame.positions()
        key = ALL_OF_THEM if masked else None
        if not isinstance(positions, int) and not len(positions):
            return cls(rows, literal(False), nowhere=True)
        if isinstance(positions, (int, range)):
            found = range(positions, positions + 1) if isinstance(positions, int) else positions
            return cls(rows, picking.in_range(Column(at), found), key=key, few=isinstance(positions, int))
        if len(positions) > _FEW:
            raise Unsupported("assigning to many rows by position", "a plan would hold all the positions", "a mask")
        return cls(rows, picking.at_each(Column(at), positions), key=key, few=True)


ALL_OF_THEM = object()


def put(
    owner: Any,
    places: Places,
    positions: Sequence[int],
    new: Hashable,
    value: Any,
    change: Callable[[Any, Any], None],
    *,
    aligned: bool = True,
) -> Frame:
    """The frame with values in some rows of some columns.

    Parameters
    ----------
    owner
        Whose rows and columns they are.
    places
        Which rows.
    positions, new
        Which columns; or the label of one that is added.
    value
        A scalar, a column of the same rows, or values in memory.
    change
        Puts the value into a pandas object of no other rows than those, in place; it gets these rows' key too, if the
        call's own does not mean them.
    aligned
        Whether a lazy value is matched by its labels.

    Raises
    ------
    TypeError
        If a column cannot hold the value, as in pandas.
    Unsupported
        If a dtype would depend on the data, or rows are matched by labels that differ.
    """
    columns: list[Any] = list(positions) if new is None else [None]
    if places.nowhere and owner._ndim == 2 and len(columns) == len(owner._frame.ids):
        return owner._frame  # type: ignore[no-any-return]
    flat = isinstance(value, (list, tuple)) and not any(map(pd.api.types.is_list_like, value))
    if isinstance(value, Columns) and not (aligned and same_rows(owner._frame, value._frame)):
        if aligned and not places.few and value.display == "Series" and len(columns) == 1 and new is None:
            return _put_found(owner, places, columns[0], value)
        if not places.few or len(value) > _FEW:
            raise Unsupported("rows = column of other rows", "its values are matched with rows by position or label")
        value = value.to_pandas()
    if isinstance(value, (Columns, LazyScalar)) or not pd.api.types.is_list_like(value):
        parts = _beside_columns(owner, columns, value)
    elif flat and len(value) == len(columns) > 1:
        parts = list(value)
    elif new is None and (places.few or not isinstance(value, (dict, set, frozenset))):
        if places.everywhere:
            return _put_all(owner, places, columns, value)
        return _put_few(owner, places, columns, value, change)
    else:
        raise Unsupported("loc[rows, new column] = list", "its items are matched with rows by position")
    frame = places.frame
    for position, part in zip(columns, parts, strict=True):
        frame = _put_one(frame, places.mask, position, new, part)
    return frame


def _beside_columns(owner: Any, columns: Sequence[Any], value: Any) -> list[Any]:
    """What each column gets of a scalar, of a column or of a frame."""
    if not isinstance(value, Columns) or value.display != "DataFrame":
        if isinstance(value, Columns) and len(columns) != 1:
            raise Unsupported("loc[rows, columns] = column", "pandas matches it with rows or with columns")
        return [value] * len(columns)
    labels = [owner._frame.labels[one] if one is not None else None for one in columns]
    if set(labels) != set(value._frame.labels) or len(set(labels)) != len(labels):
        raise Unsupported("loc[rows, columns] = frame", "they are matched by label", "the frame's own columns")
    return [value[label] for label in labels]  # type: ignore[index]


def _put_one(frame: Frame, mask: Expr, position: int | None, label: Hashable, value: Any) -> Frame:
    ids = list(frame.ids)
    if isinstance(value, Columns):
        frame, other = beside(frame, value._frame)
        new: Expr = Column(other.ids[0])
    elif position is not None:
        new = operand(value, frame.dtype(ids[position]), _fitting)
    else:
        new = value.as_expr() if isinstance(value, LazyScalar) else literal(value)
    old = None if position is None else ids[position]
    everywhere = old is None and isinstance(mask, Literal)
    frame, id = frame.define(new if everywhere else Where(mask, *_meeting(frame, old, label, new)))
    if position is None:
        return frame.select((*frame.labels, label), (*ids, id))
    ids[position] = id
    return frame.select(frame.labels, ids)


def _put_found(owner: Any, places: Places, position: int, value: Any) -> Frame:
    """A column's values put into the rows that have their labels: what ``df.loc[mask, "x"] += 1`` does."""
    from bigframe.api.dataframe import DataFrame

    marked, mask = places.frame.define(places.mask)
    width = len(marked.ids)
    table: Any = DataFrame(marked.select(range(width + 1), (*marked.ids, mask)).replace(label_names=()))
    rows, found = table._beside(value)
    (given,) = found.ids
    *ids, mask = rows.ids
    old, held = Column(ids[position]), rows.dtype(ids[position])
    new: Expr = Column(given)
    kind = value._frame.dtypes[0]
    if kind.never_missing:
        require_held(kind, held)
        if _count(rows, And(Column(mask), IsNull(new))):
            raise Unsupported("rows = column of other rows", "not all the rows have a value")
        new = Widen(Coalesce(new, old), held)
    require_held(rows.type_of(new), held)
    rows, ids[position] = rows.define(Where(Column(mask), new, old))
    changed: Frame = rows.select(owner._frame.labels, ids)
    return changed.replace(label_names=owner._frame.label_names)


def _meeting(frame: Frame, old: str | None, label: Hashable, new: Expr) -> tuple[Expr, Expr]:
    """What is put into a column and the column, in dtypes that pandas lets meet."""
    given = frame.type_of(new)
    if old is None:
        if given.is_bool:
            raise Unsupported(
                f"loc[mask, {label!r}] = bool", "a new column of bools with holes is one of Python objects", "assign"
            )
        whole = given.is_integer and given.family is Family.NUMPY
        return (Cast(new, FLOAT64) if whole else new), literal(None)
    column, dtype = Column(old), frame.dtype(old)
    if given.is_null:
        if dtype.is_bool and dtype.family is Family.NUMPY:
            raise TypeError(f"Invalid value 'nan' for dtype '{dtype}'")
        return new, Cast(column, FLOAT64) if dtype.never_missing else column
    require_held(given, dtype)
    return new, column


def _fitting(value: Any, dtype: DType) -> Expr:
    """A scalar as a value of a column; pandas' own error if it cannot hold it.

    Raises
    ------
    Unsupported
        If pandas would change the column's dtype.
    """
    kind = dtype.settled().pandas
    try:
        found = filling(value, dtype)
        if not is_missing(found.value) or dtype.unless_missing:
            return found
    except (Unsupported, TypeError):
        found = None
    has_no_zero = dtype.categories is not None or dtype.is_period or dtype.is_carried and may_have_holes(kind)
    some = pd.Interval(0, 1, kind.closed or "right") if isinstance(kind, pd.IntervalDtype) else 0
    like = pd.Series([None], dtype=kind) if has_no_zero else pd.Series([some]).astype(kind)
    like[0] = value
    if found is None or like.dtype != kind and not (dtype.is_integer and like.dtype == "float64"):
        raise Unsupported(f"putting {value!r} into a column of {dtype}", "its dtype changes")
    return found


def _put_all(owner: Any, places: Places, columns: Sequence[int], value: Any) -> Frame:
    """A value for each row of one column."""
    from bigframe.api.reading.io import frame_of

    if len(columns) != 1 or np.ndim(value) != 1 or len(value) != len(owner) or not len(value):
        raise Unsupported("loc[:, columns] = values", "pandas matches them with rows or columns")
    frame, other = paste(places.frame, frame_of(pd.Series(value)))
    dtype, given = frame.dtype(frame.ids[columns[0]]), frame.dtype(other.ids[0]).settled()
    require_held(given, dtype)
    frame, id = frame.define(Cast(Column(other.ids[0]), dtype))
    ids = list(frame.ids)
    ids[columns[0]] = id
    return frame.select(frame.labels, ids)


def _put_few(
    owner: Any, places: Places, columns: Sequence[int], value: Any, change: Callable[[Any, Any], None]
) -> Frame:
    """Values in memory put into the rows that they are for, which pandas does with these alone."""
    frame, at = places.frame.positions()
    if not places.few and _count(frame, places.mask) != len(value):
        raise Unsupported("assigning a list", "it has not a value for each row")
    if len(value) > _FEW:
        raise Unsupported("assigning many values", "a plan would hold all of them", "a column of the same rows")
    kept = selecting.keep_rows(frame.select((*frame.labels, "at"), (*frame.ids, at)), places.mask)
    part: Any
    part, numbers = collect(kept.select(frame.labels, frame.ids), kept.select(("at",), (at,)))
    part = part if owner._ndim == 2 else part.iloc[:, 0].rename(owner.name)
    shape, key = part.shape, np.ones(len(part), dtype=bool) if places.key is ALL_OF_THEM else places.key
    change(part, key)
    if part.shape != shape:
        raise Unsupported("assigning to new labels", "pandas adds rows and columns by rules of its own")
    rows, ids = tuple(numbers["at"].tolist()), list(frame.ids)
    for position in columns:
        column = part.iloc[:, position] if owner._ndim == 2 else part
        array, dtype = series_to_arrow(column.reset_index(drop=True), "the column")
        values = tuple(array.to_pylist())
        old, held = Column(ids[position]), frame.dtype(ids[position])
        widened = dtype.arrow == FLOAT64.arrow and held.is_integer and held.never_missing
        if held.categories is not None or held.is_list or held.unless_missing or dtype.family is not held.family:
            raise Unsupported(f"assigning values to a column of {held}", "its dtype depends on the data")
        if dtype.arrow != held.arrow and not widened or dtype.shown != held.shown:
            raise Unsupported(f"putting {dtype} into a column of {held}", "pandas changes its dtype")
        kind = DType(dtype.arrow, dtype.family, shown=dtype.shown)
        new = Lookup(Column(at), rows, values, kind)
        frame, ids[position] = frame.define(Where(places.mask, new, Cast(old, FLOAT64) if widened else old))
    return frame.select(frame.labels, ids)


def _count(frame: Frame, mask: Expr) -> int:
    from bigframe.api.scalar import reduce

    return int(reduce(frame, Sum(mask)))


def add_row(owner: Any, label: Hashable, change: Callable[[Any], None]) -> Frame:
    """The frame with a row more at its end; pandas says what it is, given the first row.

    Raises
    ------
    Unsupported
        If the frame has no rows, or columns change to a dtype that they have with no other row.
    """
    from bigframe.api.reading.io import from_pandas
    from bigframe.api.reshaping.concatenating import concat

    rows = owner.head(1).to_pandas()
    if not len(rows) or any(dtype.unless_missing for dtype in owner._frame.dtypes):
        raise Unsupported("loc[new label] = value", "the dtypes depend on the data")
    width = rows.shape[1:]
    try:
        change(rows)
    except (TypeError, ValueError, OverflowError) as error:  # what pandas says of all the rows may differ
        raise Unsupported("loc[new label] = value", str(error)) from error
    if len(rows) != 2 or rows.shape[1:] != width:
        raise Unsupported("loc[new label] = value", "it adds columns, or more rows")
    counts = owner._frame.index is None and isinstance(label, (int, np.integer)) and label == len(owner)
    more = concat([owner, from_pandas(rows.iloc[1:])], ignore_index=counts)
    dtypes = [rows.dtype] if owner._ndim == 1 else list(rows.dtypes)
    settled = [dtype.settled().pandas for dtype in more._frame.dtypes]
    if dtypes != settled:
        raise Unsupported("loc[new label] = value", "columns change their dtype")
    frame: Frame = more._frame
    return frame.replace(label_names=owner._frame.label_names)
