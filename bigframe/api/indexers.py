"""``loc``, ``iloc``, ``at`` and ``iat``: rows by mask, label or position, read and written."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.indexers import (
    BaseIndexer,
    FixedForwardWindowIndexer,
    VariableOffsetWindowIndexer,
    check_array_indexer,
)
from pandas.errors import IndexingError

from bigframe.api import lookups
from bigframe.api.assignment import Places, add_row, put
from bigframe.api.columns import Columns, announce, as_pandas, from_result
from bigframe.api.lookups import ALL, LISTS, is_all, is_mask
from bigframe.errors import Unsupported
from bigframe.ops.base import Column
from bigframe.semantics import picking, selecting
from bigframe.semantics.elementwise import NotAligned
from bigframe.semantics.frame import Frame, same_rows
from bigframe.semantics.labelling import rearranged
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


_UNDECIDED = object()
_ONE_ELLIPSIS = "indexer may only contain one '...' entry"


class _Indexer:
    """A lookup of rows and columns; what the engine has no form for runs in pandas on all the data, announced."""

    name: str

    def __init__(self, owner: Any, axis: Any = None) -> None:
        self._owner = owner
        self._axis = None if axis is None else owner.pandas._get_axis_number(axis)

    def __call__(self, axis: Any = None) -> _Indexer:
        """The same for keys that are all of one axis. See pandas."""
        return type(self)(self._owner, axis)

    def __getitem__(self, key: Any) -> Any:
        key = self._resolved(key)
        try:
            return self._get(*self._parts(key))
        except (Unsupported, NotAligned) as why:
            return from_result(self._in_pandas(self._owner, why)[as_pandas(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        key = self._resolved(key)
        value = from_result(value) if isinstance(value, (pd.Series, pd.DataFrame)) else value
        try:
            changed = self._set(*self._parts(key), value)
        except (Unsupported, NotAligned) as why:
            gathered = self._owner.to_pandas()
            self._in_pandas(gathered, why)[as_pandas(key)] = as_pandas(value)
            changed = from_result(gathered)._frame
        self._owner._become(changed)

    def _get(self, rows: Any, columns: Any) -> Any:
        raise NotImplementedError

    def _set(self, rows: Any, columns: Any, value: Any) -> Frame:
        raise NotImplementedError

    def _in_pandas(self, table: Any, why: Exception) -> Any:
        reason = str(why) or "pandas aligns rows by their index labels"
        announce(f"{self._owner.display}.{self.name}: {reason}", [self._owner._frame])
        table = table if table is not self._owner else table.to_pandas()
        indexer = getattr(table, self.name)
        return indexer if self._axis is None else indexer(axis=self._axis)

    def _resolved(self, key: Any) -> Any:
        """A key with functions and expressions of ``pandas.col`` in it replaced by what they give for the owner."""
        if type(key) is tuple:
            return tuple(_resolved(part, self._owner) for part in key)
        found = _resolved(key, self._owner)
        if found is not key and isinstance(found, tuple) and self.name == "iloc":
            raise ValueError(
                "Returning a tuple from a callable with iloc is not allowed. "
                "Use a tuple of callables instead, e.g. df.iloc[lambda df: ..., lambda df: ...]"
            )
        return found

    def _parts(self, key: Any) -> tuple[Any, Any]:
        """What a key says of rows and of columns."""
        if self._axis is not None:
            return (key, ALL) if self._axis == 0 else (ALL, key)
        if not isinstance(key, tuple):
            return key, ALL
        while len(key) > self._owner._ndim:
            if key[0] is not Ellipsis:
                raise IndexingError("Too many indexers")
            key = key[1:]
            if _ellipses(key):
                raise IndexingError(_ONE_ELLIPSIS)
        if _ellipses(key) > 1:
            raise IndexingError(_ONE_ELLIPSIS)
        rows, columns = (*key, ALL, ALL)[:2]
        return rows, columns

    def _columns(self, columns: Any) -> Any:
        """The owner with some of its columns, or one of them."""
        from bigframe.api.series import Series

        frame = self._owner._frame
        if is_all(columns):
            return self._owner
        columns = as_pandas(columns)
        chosen, is_table = rearranged(frame.with_index(None), lambda row: getattr(row, self.name)[:, columns])
        chosen = chosen.with_index(frame.index)
        return self._owner._wrap(chosen) if is_table else Series(chosen)

    def _column_positions(self, columns: Any) -> list[int]:
        places = pd.DataFrame([range(len(self._owner._frame.ids))], columns=self._labels())
        positions: list[int] = np.ravel(getattr(places, self.name)[:, as_pandas(columns)]).tolist()
        return positions

    def _labels(self) -> pd.Index:
        from bigframe.interchange import labels_index

        frame = self._owner._frame
        return labels_index(frame.labels, frame.label_names) if self._owner._ndim == 2 else pd.RangeIndex(1)


class Loc(_Indexer):
    """By mask, by label, list or slice of labels, and by column labels."""

    name = "loc"

    def _parts(self, key: Any) -> tuple[Any, Any]:
        if not isinstance(key, tuple) or self._depth() == 1 or self._axis is not None:
            return super()._parts(key)
        if all(pd.api.types.is_scalar(part) for part in key):
            return key, ALL if self._owner._ndim == 1 else _UNDECIDED
        rows, columns = (*key, ALL)[:2]
        whole = isinstance(rows, tuple) and all(pd.api.types.is_scalar(part) for part in rows)
        if len(key) == 2 and self._owner._ndim == 2 and (whole or is_all(rows) or _chooses(rows)):
            return rows, columns
        raise Unsupported("loc[tuple] on a MultiIndex", "its labels are tuples")

    def _depth(self) -> int:
        return len(self._owner._frame.index or ((None, ""),))

    def _get(self, rows: Any, columns: Any) -> Any:
        if columns is _UNDECIDED:
            return self._row_or_value(rows)
        return self._rows(self._columns(columns), rows)

    def _row_or_value(self, key: tuple[Any, ...]) -> Any:
        """What a tuple means that may be one label, or a label and a column."""
        if len(key) <= self._depth():
            try:
                return self._rows_of_levels(self._owner, key)
            except KeyError:
                if len(key) != 2:
                    raise
        if len(key) > 2:
            raise Unsupported("loc[tuple] on a MultiIndex", "it is longer than its labels")
        return self._rows(self._columns(key[1]), key[0])

    def _columns(self, columns: Any) -> Any:
        frame = self._owner._frame
        if self._owner._ndim == 2 and isinstance(columns, str):
            found = frame.find(columns)
            if not found and len(frame.label_names) < 2 and not any(isinstance(one, tuple) for one in frame.labels):
                raise KeyError(frame.absent(columns))
        return super()._columns(columns)

    def _rows(self, owner: Any, key: Any) -> Any:
        if is_all(key):
            return owner.copy()
        if isinstance(key, Columns):
            if _chooses(key):
                return owner._filter(key)
            key = _list_of(key)
        if is_mask(key):
            return _at(owner, lookups.positions_of(_plain(key), len(owner), "loc"))
        if self._depth() > 1:
            return self._rows_of_levels(owner, key)
        frame = owner._frame
        if isinstance(key, slice):
            return self._between(owner, key)
        if frame.index is None:
            return _at(owner, lookups.positions_of(key, len(owner), "loc"))
        if isinstance(key, LISTS):
            if np.ndim(key) != 1:  # type: ignore[arg-type]
                raise Unsupported("loc[rows of rows]", "pandas says why not")
            return owner._wrap(lookups.with_labels(owner, list(key)))
        rows, is_period = lookups.with_label(frame, key)
        matched = owner._wrap(rows)
        found = matched.head(2).to_pandas()
        if not len(found):
            if is_period:
                raise Unsupported("loc[period without rows]", "it is an error unless labels lie around it")
            raise KeyError(key)
        return found.iloc[0] if len(found) == 1 and not is_period else matched

    def _rows_of_levels(self, owner: Any, key: Any) -> Any:
        parts = key if isinstance(key, tuple) else (key,)
        plain = all(pd.api.types.is_scalar(part) and not isinstance(part, (bool, np.bool_)) for part in parts)
        times = any(owner._frame.dtype(id).is_datetime for id in owner._frame.index_ids)
        if not plain or len(parts) > self._depth() or times and any(isinstance(part, str) for part in parts):
            raise Unsupported("loc[labels] on a MultiIndex", "its labels are tuples", ".reset_index() and a mask")
        return from_result(owner.xs(key))

    def _between(self, owner: Any, key: slice) -> Any:
        if key.step is not None:
            raise Unsupported("loc[start:stop:step]", "it takes every so many rows between two labels")
        predicate = lookups.between(owner, key)
        if predicate is None:
            return owner._slice(lookups.places_between(owner, key))
        return owner._wrap(selecting.keep_rows(owner._frame.with_explicit_index(), predicate))

    def _set(self, rows: Any, columns: Any, value: Any) -> Frame:
        owner = self._owner
        if columns is _UNDECIDED:
            raise Unsupported("loc[tuple] = value on a MultiIndex", "its labels are tuples")
        label, positions = None, [0]
        if owner._ndim == 2:
            try:
                positions = self._column_positions(columns)
            except KeyError:
                if not isinstance(columns, Hashable) or isinstance(columns, tuple) or self._labels().nlevels > 1:
                    raise Unsupported("loc[rows, new columns] = value", "pandas says which may be added") from None
                label, positions = columns, []
        places = self._places(rows)
        if places is None:
            if label is not None:
                raise Unsupported("loc[new label, new column] = value", "it adds both")
            return add_row(owner, rows, lambda table: self._put(table, rows, columns, value))
        return put(
            owner, places, positions, label, value,
            lambda part, key: self._put(part, rows if key is None else key, columns, value),
        )  # fmt: skip

    def _put(self, table: Any, rows: Any, columns: Any, value: Any) -> None:
        """The assignment in pandas."""
        table.loc[(as_pandas(rows), as_pandas(columns)) if table.ndim == 2 else as_pandas(rows)] = as_pandas(value)

    def _places(self, rows: Any) -> Places | None:
        """Where rows are that a key means; None if it is a label that there is not."""
        owner = self._owner
        frame: Frame = owner._frame
        if is_all(rows):
            return Places(frame, literal(True))
        if isinstance(rows, Columns):
            if _chooses(rows):
                return Places.where(frame, rows._frame)
            rows = _list_of(rows)
        if is_mask(rows):
            return Places.at(frame, lookups.positions_of(_plain(rows), len(owner), "loc"), masked=True)
        if self._depth() > 1:
            raise Unsupported("loc[labels] = value on a MultiIndex", "its labels are tuples")
        if isinstance(rows, slice) and frame.index is not None:
            predicate = lookups.between(owner, rows) if rows.step is None else None
            if predicate is None:
                raise Unsupported("loc[start:stop] = value", "the labels have no order")
            return Places(frame.with_explicit_index(), predicate)
        if frame.index is None:
            try:
                return Places.at(frame, lookups.positions_of(rows, len(owner), "loc"))
            except KeyError:
                if isinstance(rows, (*LISTS, bool, np.bool_)):
                    raise
                return None
        explicit, id, dtype = lookups.labelled(frame)
        wanted = list(rows) if isinstance(rows, LISTS) else [rows]
        if not wanted:
            return Places.at(frame, [])
        if (
            not all(pd.api.types.is_scalar(one) for one in wanted)
            or dtype.is_datetime
            and any(isinstance(one, str) for one in wanted)
        ):
            raise Unsupported("loc[…] = value", "the key is no label of a row")
        if isinstance(rows, (bool, np.bool_)) and not dtype.is_bool:
            raise KeyError(f"{rows}: boolean label can not be used without a boolean index")
        there = is_in(Column(id), dtype, wanted)
        found = set(owner.index[owner._mask(there)].unique())
        absent = [one for one in wanted if one not in found]
        if absent and isinstance(rows, LISTS):
            raise KeyError(f"{absent} not in index")
        return None if absent else Places(explicit, there, few=True)


class ILoc(_Indexer):
    """By position: slices, lists and masks of rows, one row, and columns."""

    name = "iloc"

    def _get(self, rows: Any, columns: Any) -> Any:
        return self._rows(self._columns(columns), rows)

    def _rows(self, owner: Any, key: Any) -> Any:
        if is_all(key):
            return owner.copy()
        if isinstance(key, slice) and _counts(key):
            return owner._slice(key)
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            row = owner._slice(slice(int(key), int(key) + 1 if key != -1 else None)).to_pandas()
            if not len(row):
                raise IndexError("single positional indexer is out-of-bounds")
            return row.iloc[0]
        if _chooses(key) and same_rows(owner._frame, key._frame):
            return owner._filter(key)
        return _at(owner, self._positions(key))

    def _positions(self, key: Any) -> Any:
        if isinstance(key, slice) and not _counts(key):
            lookups.no_rows(self._owner._frame).iloc[key]
        return lookups.positions_of(as_pandas(key), len(self._owner), "iloc")

    def _set(self, rows: Any, columns: Any, value: Any) -> Frame:
        owner = self._owner
        if any(isinstance(part, dict) for part in (rows, columns)):
            raise IndexError("iloc cannot enlarge its target object")
        if isinstance(rows, (int, np.integer)) and not isinstance(rows, bool) and rows >= len(owner):
            raise IndexError("iloc cannot enlarge its target object")
        if isinstance(columns, (int, np.integer)) and columns >= len(owner._frame.ids):
            raise IndexError("iloc cannot enlarge its target object")
        positions = self._column_positions(columns) if owner._ndim == 2 else [0]
        if pd.api.types.is_scalar(rows) and not isinstance(rows, (int, np.integer)):
            raise Unsupported("iloc[…] = value", "the key is no position")
        if _chooses(rows) and same_rows(owner._frame, rows._frame):
            places, among = Places.where(owner._frame, rows._frame), None
        else:
            found = range(len(owner))[rows] if isinstance(rows, slice) and _counts(rows) else self._positions(rows)
            # Where these rows are when there are no others.
            among = 0 if isinstance(found, int) else np.unique(found, return_inverse=True)[1]
            places = Places.at(owner._frame, found)

        def change(part: Any, key: Any) -> None:
            where = key if among is None else among
            part.iloc[(where, as_pandas(columns)) if part.ndim == 2 else where] = as_pandas(value)

        return put(owner, places, positions, None, value, change, aligned=False)


class At(Loc):
    """One value by row and column label."""

    name = "at"

    def _get(self, rows: Any, columns: Any) -> Any:
        self._require_scalars(rows, columns)
        found = Loc(self._owner)._get(rows, columns)
        return found if not isinstance(found, Columns) else from_result(found.to_pandas())

    def _set(self, rows: Any, columns: Any, value: Any) -> Frame:
        self._require_scalars(rows, columns)
        return Loc(self._owner)._set(rows, columns, value)

    def _require_scalars(self, rows: Any, columns: Any) -> None:
        given = [rows] if self._owner._ndim == 1 or isinstance(rows, tuple) else [rows, columns]
        if not all(isinstance(part, tuple) or pd.api.types.is_scalar(part) for part in given):
            raise Unsupported(f"{self._owner.display}.at", "pandas says what is no label")


class IAt(ILoc):
    """One value by position."""

    name = "iat"

    def _parts(self, key: Any) -> tuple[Any, Any]:
        parts = key if isinstance(key, tuple) else (key,)
        if not all(isinstance(part, (int, np.integer)) and not isinstance(part, bool) for part in parts):
            raise ValueError("iAt based indexing can only have integer indexers")
        if len(parts) != self._owner._ndim:
            raise ValueError("Not enough indexers for scalar access (setting)!")
        rows, columns = (*parts, ALL)[:2]
        return rows, columns

    def _get(self, rows: Any, columns: Any) -> Any:
        return ILoc(self._owner)._get(rows, columns)

    def _set(self, rows: Any, columns: Any, value: Any) -> Frame:
        for position, size in ((rows, len(self._owner)), (columns, len(self._owner._frame.ids))):
            if not is_all(position) and not -size <= position < size:
                raise IndexError(f"index {position} is out of bounds for axis 0 with size {size}")
        return ILoc(self._owner)._set(rows, columns, value)


def _at(owner: Any, positions: Any) -> Any:
    """The row at a position, or the rows at several in their order."""
    from bigframe.api.io import frame_of

    if isinstance(positions, int):
        return owner._slice(slice(positions, positions + 1)).to_pandas().iloc[0]
    if isinstance(positions, range) and positions.step > 0:
        return owner._slice(slice(positions.start, max(positions.stop, positions.start), positions.step))
    return owner._wrap(picking.taken(owner._frame, frame_of(pd.Series(positions, dtype="int64"))))


def _chooses(key: Any) -> bool:
    """Whether a lazy key is a mask of rows."""
    if isinstance(key, Columns) and key.display == "DataFrame":
        raise ValueError("Cannot index with multidimensional key")
    return isinstance(key, Columns) and key._frame.dtype(key._frame.ids[0]).is_bool


def _ellipses(key: tuple[Any, ...]) -> int:
    return sum(part is Ellipsis for part in key)


def _list_of(labels: Any) -> list[Any]:
    found: list[Any] = labels.to_pandas().to_list()
    return found


def _plain(mask: Any) -> Any:
    """A mask whose own index, if it has one, is that of the rows already."""
    return mask.to_numpy() if isinstance(mask, pd.Index) else mask


def _counts(rows: slice) -> bool:
    return all(bound is None or isinstance(bound, (int, np.integer)) for bound in (rows.start, rows.stop, rows.step))


def _resolved(key: Any, owner: Any) -> Any:
    """What a function or an expression of ``pandas.col`` gives for the owner; any other key as it is."""
    from bigframe.api.query import evaluated

    key = evaluated(key, owner)
    key = key(owner) if callable(key) and not isinstance(key, Columns) else key
    return from_result(key) if isinstance(key, (pd.Series, pd.DataFrame)) else key
