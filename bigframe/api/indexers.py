"""``loc``, ``iloc``, ``at`` and ``iat``: rows by mask, label or position, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.indexers import (
    BaseIndexer,
    FixedForwardWindowIndexer,
    VariableOffsetWindowIndexer,
    check_array_indexer,
)

from bigframe.api.assignment import set_where
from bigframe.api.columns import Columns, announce, as_pandas, from_result
from bigframe.errors import Unsupported
from bigframe.ops.base import Column
from bigframe.ops.comparison import Ge, Le
from bigframe.ops.logical import And
from bigframe.semantics import picking, selecting
from bigframe.semantics.frame import Frame
from bigframe.semantics.membership import is_in
from bigframe.semantics.values import literal

__all__ = [
    "BaseIndexer",
    "FixedForwardWindowIndexer",
    "ILoc",
    "Loc",
    "VariableOffsetWindowIndexer",
    "check_array_indexer",
]

_LISTS = (list, np.ndarray, pd.Index, pd.api.extensions.ExtensionArray)


class _Indexer:
    """A lookup of rows and columns; what the engine has no form for runs in pandas on all the data, announced."""

    name: str

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def __getitem__(self, key: Any) -> Any:
        try:
            return self._get(key)
        except Unsupported as error:
            return from_result(getattr(self._in_pandas(error), self.name)[as_pandas(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        try:
            changed = self._set(key, value)
        except Unsupported as error:
            gathered = self._in_pandas(error)
            getattr(gathered, self.name)[as_pandas(key)] = as_pandas(value)
            changed = from_result(gathered)._frame
        self._owner._become(changed)

    def _get(self, key: Any) -> Any:
        raise NotImplementedError

    def _set(self, key: Any, value: Any) -> Frame:
        raise NotImplementedError

    def _in_pandas(self, why: Unsupported) -> Any:
        announce(f"{self._owner.display}.{self.name}: {why}", [self._owner._frame])
        return self._owner.to_pandas()

    @property
    def _is_series(self) -> bool:
        from bigframe.api.series import Series

        return isinstance(self._owner, Series)


class Loc(_Indexer):
    """By mask, by label, list or slice of labels, and by column labels."""

    name = "loc"

    def _get(self, key: Any) -> Any:
        if self._is_series or not isinstance(key, tuple):
            return self._rows(self._owner, key)
        if self._owner._frame.index is not None and len(self._owner._frame.index) > 1:
            raise Unsupported("loc[tuple] on a MultiIndex", "its labels are tuples")
        rows, columns = key
        chosen = self._owner if _is_all(columns) else self._owner[_labels(self._owner, columns)]
        return self._rows(chosen, rows)

    def _rows(self, owner: Any, key: Any) -> Any:
        key = _resolved(key, self._owner)
        if isinstance(key, Columns):
            is_mask = key._frame.dtype(key._frame.ids[0]).is_bool
            return owner[key] if is_mask else self._rows(owner, key.to_pandas().to_list())
        if _is_all(key):
            return owner
        if isinstance(key, _LISTS):
            return owner[list(key)] if _is_mask(key) and len(key) else _rows_of(owner, list(key))
        frame = owner._frame.with_explicit_index()
        if len(frame.index_ids) != 1:
            raise Unsupported("loc[labels] on a MultiIndex", "its labels are tuples", ".reset_index() and a mask")
        (id,) = frame.index_ids
        dtype = frame.dtype(id)
        if isinstance(key, slice):
            if key.step is not None:
                raise Unsupported("loc[start:stop:step]", "it takes every so many rows between two labels")
            if not _increasing(owner._frame):
                raise Unsupported("loc[start:stop]", "the index is not known to be sorted", "a mask over the index")
            tests = [
                op(Column(id), literal(bound, dtype))
                for op, bound in ((Ge, key.start), (Le, key.stop))
                if bound is not None
            ]
            predicate = tests[0] if len(tests) == 1 else And(*tests)
            return owner._wrap(selecting.keep_rows(frame, predicate))
        if not np.isscalar(key) and not isinstance(key, (pd.Timestamp, pd.Timedelta)):
            raise Unsupported(f"loc[{type(key).__name__}]", "it is no label of a row")
        if dtype.is_datetime and isinstance(key, str):
            raise Unsupported("loc[text] among times", "it may mean a whole month or day")
        matched = selecting.keep_rows(frame, is_in(Column(id), dtype, [key]))
        found = owner._wrap(matched).to_pandas()
        if not len(found):
            raise KeyError(key)
        return found.iloc[0] if len(found) == 1 else from_result(found)

    def _set(self, key: Any, value: Any) -> Frame:
        rows, columns = (key, self._owner._frame.labels[0]) if self._is_series else _pair(key)
        rows = _resolved(rows, self._owner)
        if not isinstance(rows, Columns) and not _is_all(rows):
            if isinstance(rows, slice):
                raise Unsupported("loc[start:stop] = value", "whether the index is sorted depends on the data")
            if _is_mask(rows):
                raise Unsupported("loc[list of bools] = value", "rows are matched with the list by position")
            wanted = list(rows) if isinstance(rows, _LISTS) else [rows]
            rows = self._owner.index.isin(wanted) if self._all_there(wanted) else rows
        elif _is_all(rows):
            rows = self._owner._mask(literal(True))
        if not isinstance(rows, Columns):
            raise Unsupported("loc[new label] = value", "it adds a row")
        return set_where(self._owner, rows, _labels(self._owner, columns), value)

    def _all_there(self, labels: list[Any]) -> bool:
        if len(self._owner._frame.with_explicit_index().index_ids) != 1:
            raise Unsupported("loc[labels] on a MultiIndex", "its labels are tuples")
        index = self._owner.index
        return len(set(index[index.isin(labels)].unique())) == len(set(labels))


class ILoc(_Indexer):
    """By position: slices, lists and masks of rows, one row, and columns."""

    name = "iloc"

    def _get(self, key: Any) -> Any:
        if isinstance(key, tuple):
            if len(key) == 1 or self._is_series:
                return self._rows(self._owner, key[0])
            rows, columns = key
            return self._rows(_columns_at(self._owner, columns), rows)
        return self._rows(self._owner, key)

    def _rows(self, owner: Any, key: Any) -> Any:
        key = _resolved(key, self._owner)
        if isinstance(key, slice):
            return owner._slice(key)
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            row = owner._slice(slice(int(key), int(key) + 1 if key != -1 else None)).to_pandas()
            if not len(row):
                raise IndexError("single positional indexer is out-of-bounds")
            return row.iloc[0]
        if _is_mask(key):
            return owner._filter_by_position(list(key))
        if isinstance(key, (*_LISTS, range)):
            return owner.take(list(key))
        raise Unsupported(f"iloc[{type(key).__name__}]", "it is neither a position nor a slice or list of them")

    def _set(self, key: Any, value: Any) -> Frame:
        rows, columns = (key, 0) if self._is_series else _pair(key)
        chosen = _columns_at(self._owner, columns)
        frame, mask = picking.at_positions(self._owner._frame, rows, lambda: len(self._owner))
        among = self._owner._wrap(frame)._mask(Column(mask))
        labels = list(chosen._frame.labels)
        if any(len(self._owner._frame.find(label)) > 1 for label in labels):
            raise Unsupported("iloc[rows, columns] = value", "several columns have that label")
        return set_where(self._owner, among, labels if chosen.display == "DataFrame" else labels[0], value)


class At(Loc):
    """One value by row and column label."""

    name = "at"

    def _get(self, key: Any) -> Any:
        if not self._is_series and not (isinstance(key, tuple) and len(key) == 2):
            raise ValueError("Invalid call for scalar access (getting)!")
        found = super()._get(key)
        return found if not isinstance(found, Columns) else from_result(found.to_pandas())


class IAt(ILoc):
    """One value by position."""

    name = "iat"

    def _get(self, key: Any) -> Any:
        parts = key if isinstance(key, tuple) else (key,)
        if not all(isinstance(part, (int, np.integer)) for part in parts):
            raise ValueError("iAt based indexing can only have integer indexers")
        if len(parts) != (1 if self._is_series else 2):
            raise ValueError("Not enough indexers for scalar access (setting)!")
        return super()._get(key if not self._is_series else parts[0])


def _rows_of(owner: Any, labels: list[Any]) -> Any:
    """The rows of some labels in the order of these; a small job sees whether all are there."""
    from bigframe.api.index import index_of
    from bigframe.api.io import frame_of

    frame = owner._frame.with_explicit_index()
    if len(frame.index_ids) != 1:
        raise Unsupported("loc[labels] on a MultiIndex", "its labels are tuples")
    (id,) = frame.index_ids
    (name,) = (name for name, _ in frame.index or ())
    if not labels:
        return owner._slice(slice(0, 0))
    index = pd.Index(labels)
    if index.dtype == object or index.hasnans and not frame.dtype(id).never_missing:
        raise Unsupported("loc[labels of several kinds]", "pandas matches them as Python objects")
    found = set(index_of(selecting.keep_rows(frame, is_in(Column(id), frame.dtype(id), labels))).unique())
    absent = [label for label in labels if label not in found]
    if absent:
        every = f"None of [{pd.Index(labels, name=name)!r}] are in the [index]"
        raise KeyError(every if len(absent) == len(labels) else f"{absent} not in index")
    try:
        wanted = frame_of(pd.Series(index, name=name).astype(frame.dtype(id).pandas))
    except (TypeError, ValueError):
        raise Unsupported("loc[labels of another kind]", "pandas matches them as Python objects") from None
    return owner._wrap(picking.in_order_of(frame, id, wanted))


def _resolved(key: Any, owner: Any) -> Any:
    """What a function or an expression of ``pandas.col`` gives for the owner; any other key as it is."""
    from bigframe.api.query import evaluated

    key = evaluated(key, owner)
    return key(owner) if callable(key) and not isinstance(key, Columns) else key


def _pair(key: Any) -> tuple[Any, Any]:
    return key if isinstance(key, tuple) else (key, slice(None))


def _columns_at(owner: Any, columns: Any) -> Any:
    """A column, or a frame of some, by position."""
    from bigframe.api.series import Series

    frame = owner._frame
    if isinstance(columns, Sequence) and not _is_mask(columns):
        columns = list(columns)
        if any(not -len(frame.ids) <= position < len(frame.ids) for position in columns):
            raise IndexError("positional indexers are out-of-bounds")
    positions = np.arange(len(frame.ids))[columns]
    if np.ndim(positions) == 0:
        return Series(frame.select((frame.labels[positions],), (frame.ids[positions],)))
    return owner._wrap(frame.select([frame.labels[i] for i in positions], [frame.ids[i] for i in positions]))


def _labels(owner: Any, columns: Any) -> Any:
    columns = _resolved(columns, owner)
    labels = list(owner._frame.labels)
    if isinstance(columns, slice):
        if columns.step is not None:
            raise Unsupported("loc[rows, start:stop:step]", "pandas steps over labels")
        for bound in (columns.start, columns.stop):
            if bound is not None and bound not in labels:
                raise KeyError(bound)
        start = labels.index(columns.start) if columns.start is not None else 0
        stop = labels.index(columns.stop) + 1 if columns.stop is not None else len(labels)
        return labels[start:stop]
    if _is_mask(columns):
        if len(columns) != len(labels):
            raise IndexError(f"Boolean index has wrong length: {len(columns)} instead of {len(labels)}")
        return [label for label, kept in zip(labels, columns, strict=True) if kept]
    return list(columns) if isinstance(columns, _LISTS) else columns


def _is_all(key: Any) -> bool:
    return isinstance(key, slice) and key == slice(None)


def _is_mask(key: Any) -> bool:
    return isinstance(key, _LISTS) and len(key) > 0 and all(isinstance(item, (bool, np.bool_)) for item in key)


def _increasing(frame: Frame) -> bool:
    """Whether the index is known to increase: it is a default one, possibly after rows were dropped."""
    from bigframe.plan.filter import Filter
    from bigframe.plan.number import Number
    from bigframe.plan.project import Project
    from bigframe.plan.slice import Slice

    if frame.index is None:
        return True
    (id,) = frame.index_ids
    node = frame.base
    while isinstance(node, (Filter, Slice, Project)):
        node = node.input
    return isinstance(node, Number) and node.id == id
