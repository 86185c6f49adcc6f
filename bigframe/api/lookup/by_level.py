"""Rows looked up by labels of several index levels: by level, by lists of labels, and between two. Small jobs look first."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.columns import Columns
from bigframe.api.lookup.by_label import LISTS, is_all, is_mask
from bigframe.errors import Unsupported
from bigframe.ops.base import Column, Expr
from bigframe.ops.comparison import Eq, Ge, Gt, Le, Lt
from bigframe.ops.functions import Lookup
from bigframe.ops.logical import And, Or
from bigframe.ops.missing import IsNull
from bigframe.ops.reductions import Sum
from bigframe.ops.windows import Shift
from bigframe.schema import INT64, DType
from bigframe.semantics import picking, selecting
from bigframe.semantics.frame import Frame
from bigframe.semantics.membership import is_in
from bigframe.semantics.values import literal

_NO_ORDER = "its labels are not in order"


class Sections(tuple[Any, ...]):
    """Labels of levels and whole levels: those of which there is one label are gone from what is found."""

    __slots__ = ()


@dataclass
class _Parts:
    """What the parts of a key say of the levels: which rows, and in which order."""

    rows: Frame
    tests: list[Expr] = field(default_factory=list)
    places: list[Expr] = field(default_factory=list)
    of_one_label: set[int] = field(default_factory=set)
    sliced: int = -1
    rising: bool = True

    def take(self, owner: Any, level: int, id: str, part: Any) -> None:
        dtype = _plain(self.rows.dtype(id))
        if isinstance(part, slice):
            if not is_all(part):
                self.sliced = level
                self.tests.append(_between(Column(id), dtype, part))
            return
        labels = list(part) if isinstance(part, LISTS) else [part]
        if is_mask(part) or not labels or not all(map(_is_label, labels)):
            raise Unsupported("loc[parts] on a MultiIndex", "a part is no label, nor several")
        _require_no_text_among_times(dtype, labels)
        test = is_in(Column(id), dtype, labels)
        known = set(owner._wrap(selecting.keep_rows(self.rows, test)).index.get_level_values(level))
        if any(label not in known for label in labels):
            raise KeyError(part)
        self.tests.append(test)
        held, places = _places(labels, dtype)
        self.rising = self.rising and list(held) == sorted(held)
        if self.sliced < 0:  # rows between two labels stay in their order
            self.places.append(Lookup(Column(id), held, places, INT64))
        if not isinstance(part, LISTS):
            self.of_one_label.add(level)


def _parts_of(owner: Any, key: Sequence[Any]) -> _Parts:
    """The parts of a key, one a level; small jobs see whether their labels are there.

    Raises
    ------
    KeyError
        If a level has no such label.
    Unsupported
        If pandas might take a part for something else, or rows between two labels are in no order.
    """
    parts = _Parts(owner._frame.with_explicit_index())
    if len(key) > len(parts.rows.index_ids):
        raise Unsupported("loc[parts] on a MultiIndex", "there are more of them than levels")
    for level, (id, part) in enumerate(zip(parts.rows.index_ids, key, strict=False)):
        parts.take(owner, level, id, part)
    if parts.sliced >= 0 and not _in_order(parts.rows, parts.sliced + 1):
        raise Unsupported("loc[start:stop] on a MultiIndex", _NO_ORDER)
    return parts


def mask_of_levels(owner: Any, key: Any) -> tuple[Frame, Expr]:
    """The rows of some labels, one, several or a slice a level, as a mask over a frame.

    Raises
    ------
    Unsupported
        If there are none: pandas might add one.
    """
    try:
        parts = _parts_of(owner, key if isinstance(key, tuple) else (key,))
    except KeyError:
        raise Unsupported("loc[new labels] = value on a MultiIndex", "they are tuples") from None
    if not parts.tests:
        raise Unsupported("loc[:] = value on a MultiIndex", "its labels are tuples")
    mask = functools.reduce(And, parts.tests)
    if not len(owner._wrap(selecting.take_slice(selecting.keep_rows(parts.rows, mask), 0, 1))):
        raise Unsupported("loc[new labels] = value on a MultiIndex", "they are tuples")
    return parts.rows, mask


def rows_of_levels(owner: Any, key: Sequence[Any]) -> Frame:
    """The rows of some labels, lists or slices of labels, one a level; lists say in which order.

    Raises
    ------
    KeyError
        If a level has no such label, or no row has one of each.
    Unsupported
        If pandas might take a part for something else.
    """
    reduces = isinstance(key, Sections) or not any(isinstance(part, slice) for part in key)
    key = [_listed(part) for part in key]
    parts = _parts_of(owner, key)
    rows = parts.rows
    found = selecting.keep_rows(rows, functools.reduce(And, parts.tests)) if parts.tests else rows
    if len(parts.tests) > 1 and not len(owner._wrap(selecting.take_slice(found, 0, 1))):
        if parts.sliced >= 0:
            raise Unsupported("loc[parts] on a MultiIndex without rows", "pandas says whether it is an error")
        raise KeyError(tuple(key))
    several = any(isinstance(part, LISTS) and len(part) > 1 for part in key)
    if several and parts.places and not (parts.rising and _in_order(rows, len(rows.index_ids))):
        keys = []
        for place in parts.places:
            found, by = found.define(place)
            keys.append((by, False))
        found = selecting.sort(found, keys)
    if reduces:
        kept = [named for level, named in enumerate(found.index or ()) if level not in parts.of_one_label]
        found = found.with_index(tuple(kept))
    return found


def rows_of_labels(owner: Any, labels: list[Any]) -> Frame:
    """The rows of some labels of the first level, or of whole labels, in the order of these.

    Raises
    ------
    KeyError
        If no row has one of them.
    """
    from bigframe.api.reading.io import frame_of

    rows = owner._frame.with_explicit_index()
    whole = bool(labels) and all(isinstance(one, tuple) and len(one) == len(rows.index_ids) for one in labels)
    ids = rows.index_ids if whole else rows.index_ids[:1]
    columns = [list(level) for level in zip(*labels, strict=True)] if whole else [labels]
    if not labels or not all(_is_label(label) for level in columns for label in level):
        raise Unsupported("loc[labels] on a MultiIndex", "they are of several kinds")
    given = {}
    for number, (id, level) in enumerate(zip(ids, columns, strict=True)):
        dtype = _plain(rows.dtype(id))
        _require_no_text_among_times(dtype, level)
        _places(level, dtype)
        given[number] = pd.Series(level).astype(dtype.pandas)
    test = functools.reduce(
        And, [is_in(Column(id), rows.dtype(id), level) for id, level in zip(ids, columns, strict=True)]
    )
    index = owner._wrap(selecting.keep_rows(rows, test)).index
    known = set(index) if whole else set(index.get_level_values(0))
    absent = [label for label in labels if label not in known]
    if absent and whole:
        raise Unsupported("loc[labels] on a MultiIndex", "pandas says which are absent")
    if absent:
        raise KeyError(f"{np.array(absent, dtype=object if isinstance(absent[0], str) else None)} not in index")
    wanted = frame_of(pd.DataFrame(given))
    return picking.in_order_of(rows, ids, wanted)


def rows_between(owner: Any, key: slice) -> Frame:
    """The rows from one label to another, each of one level or of several, in an index that is in order.

    Raises
    ------
    Unsupported
        If it is not: the order of labels is what lies between them.
    """
    rows = owner._frame.with_explicit_index()
    tests: list[Expr] = []
    depth = 1
    for bound, outside, last in ((key.start, Gt, Ge), (key.stop, Lt, Le)):
        if bound is None:
            continue
        parts = bound if isinstance(bound, tuple) else (bound,)
        depth = max(depth, len(parts))
        if not parts or len(parts) > len(rows.index_ids) or not all(map(_is_label, parts)):
            raise Unsupported("loc[start:stop] on a MultiIndex", "a bound is no label")
        test: Expr | None = None
        for id, part in reversed(list(zip(rows.index_ids, parts, strict=False))):
            value = _bound(_plain(rows.dtype(id)), part)
            beyond = outside(Column(id), value)
            test = last(Column(id), value) if test is None else Or(beyond, And(Eq(Column(id), value), test))
        tests.append(test)  # type: ignore[arg-type]
    if not _in_order(rows, depth):
        raise Unsupported("loc[start:stop] on a MultiIndex", _NO_ORDER)
    return selecting.keep_rows(rows, functools.reduce(And, tests))


def _in_order(rows: Frame, depth: int) -> bool:
    """Whether the first levels are in order together; a job."""
    from bigframe.api.scalar import reduce

    ids = rows.index_ids[:depth]
    falls: list[Expr] = [IsNull(Column(id)) for id in ids]
    same: list[Expr] = []
    for id in ids:
        rows, shifted = rows.define(Shift(Column(id), periods=1))
        here, before = Column(id), Column(shifted)
        falls.append(functools.reduce(And, [*same, Lt(here, before)]))
        same.append(Eq(here, before))
    rows, out_of_place = rows.define(functools.reduce(Or, falls))
    plain = rows.select((None,), (out_of_place,)).with_index(None)
    return not int(reduce(plain.rebased(plain.plan()), Sum(Column(out_of_place))))


def _between(operand: Expr, dtype: DType, part: slice) -> Expr:
    if part.step is not None:
        raise Unsupported("loc[start:stop:step]", "it takes every so many labels")
    tests: list[Expr] = []
    if part.start is not None:
        tests.append(Ge(operand, _bound(dtype, part.start)))
    if part.stop is not None:
        tests.append(Le(operand, _bound(dtype, part.stop)))
    return functools.reduce(And, tests)


def _bound(dtype: DType, label: Any) -> Expr:
    """A label as a bound among labels of a dtype."""
    _require_no_text_among_times(dtype, [label])
    if not _is_label(label):
        raise Unsupported("loc[start:stop] on a MultiIndex", "a bound is no label")
    like: Any = pd.Index([], dtype=dtype.pandas)
    try:
        return literal(like._maybe_cast_slice_bound(label, "left"), dtype)
    except (TypeError, ValueError, KeyError):
        raise Unsupported("loc[start:stop] on a MultiIndex", "a bound is of another kind") from None


def _places(labels: list[Any], dtype: DType) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """Labels as a column of a dtype holds them, and the place of each among them."""
    try:
        held = tuple(dict.fromkeys(pd.Series(labels).astype(dtype.pandas).tolist()))
    except (TypeError, ValueError):
        raise Unsupported("loc[labels] on a MultiIndex", "they are of another kind") from None
    return held, tuple(range(len(held)))


def _plain(dtype: DType) -> DType:
    """A level's dtype, if its labels are compared as they are."""
    if dtype.is_carried or dtype.categories is not None or dtype.is_three_valued or not dtype.is_settled:
        raise Unsupported(f"loc[parts] on a level of {dtype}", "pandas compares its labels by rules of their own")
    return dtype


def _listed(part: Any) -> Any:
    """Several labels of a level as a list, whatever holds them; one label or a slice as it is."""
    if isinstance(part, Columns):
        return part.to_pandas() if part.display == "Series" else part
    return list(part) if isinstance(part, tuple) else part


def _is_label(label: Any) -> bool:
    return pd.api.types.is_scalar(label) and not isinstance(label, (bool, np.bool_)) and not pd.isna(label)


def _require_no_text_among_times(dtype: DType, labels: list[Any]) -> None:
    if (dtype.is_datetime or dtype.is_timedelta) and any(isinstance(label, str) for label in labels):
        raise Unsupported("loc[text] among times", "it may mean more than a moment")
