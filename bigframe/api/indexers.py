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

from bigframe.api.columns import Columns, as_pandas, from_result
from bigframe.api.lookup import by_label as lookups
from bigframe.api.lookup import by_level as level_lookups
from bigframe.api.lookup.assignment import Places, add_row, put
from bigframe.api.lookup.by_label import ALL, LISTS, is_all, is_mask
from bigframe.api.lookup.indexing import Indexer, counts_rows, is_lazy_mask, labels_in, plain_mask, rows_at
from bigframe.errors import Unsupported
from bigframe.ops.base import Column
from bigframe.semantics import selecting
from bigframe.semantics.frame import Frame, same_rows
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


class Loc(Indexer):
    """By mask, by label, list or slice of labels, and by column labels."""

    name = "loc"

    def _parts(self, key: Any) -> tuple[Any, Any]:
        plain = not isinstance(key, tuple) or self._depth() == 1 or self._axis is not None
        if plain or any(part is Ellipsis for part in key):
            return super()._parts(key)
        if all(pd.api.types.is_scalar(part) for part in key):
            return key, ALL if self._owner._ndim == 1 else _UNDECIDED
        rows, columns = (*key, ALL)[:2]
        if self._owner._ndim == 1 and any(isinstance(part, tuple) for part in key):
            raise Unsupported("loc[tuple] on a MultiIndex", "pandas says what a tuple in it means")
        if self._owner._ndim == 2 and len(key) == 2:
            return rows, columns
        whole = all(pd.api.types.is_scalar(part) or is_all(part) for part in key)
        return level_lookups.Sections(key) if whole else key, ALL

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
        if isinstance(key, slice) and key.start is None and key.stop is None:
            return owner._slice(key)
        if isinstance(key, Columns):
            if key.display == "DataFrame":
                raise ValueError("Cannot index with multidimensional key")
            if is_lazy_mask(key):
                return owner._filter(key)
            key = labels_in(key)
        if is_mask(key):
            return rows_at(owner, lookups.positions_of(plain_mask(key), len(owner), "loc"))
        if self._depth() > 1:
            return self._rows_of_levels(owner, key)
        frame = owner._frame
        if isinstance(key, slice):
            return self._between(owner, key)
        if frame.index is None:
            return rows_at(owner, lookups.positions_of(key, len(owner), "loc"))
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
        if isinstance(key, slice):
            return self._between(owner, key)
        if isinstance(key, LISTS):
            return owner._wrap(level_lookups.rows_of_labels(owner, list(key)))
        if isinstance(key, tuple) and not all(map(pd.api.types.is_scalar, key)):
            return owner._wrap(level_lookups.rows_of_levels(owner, key))
        parts = key if isinstance(key, tuple) else (key,)
        plain = all(pd.api.types.is_scalar(part) and not isinstance(part, (bool, np.bool_)) for part in parts)
        times = any(owner._frame.dtype(id).is_datetime for id in owner._frame.index_ids)
        if not plain or len(parts) > self._depth() or times and any(isinstance(part, str) for part in parts):
            raise Unsupported("loc[labels] on a MultiIndex", "its labels are tuples", ".reset_index() and a mask")
        return from_result(owner.xs(key))

    def _between(self, owner: Any, key: slice) -> Any:
        if key.step is not None:
            if not isinstance(key.step, (int, np.integer)) or key.step <= 0:
                raise Unsupported("loc[start:stop:step]", "it takes every so many rows between two labels, backwards")
            whole = slice(key.start, key.stop)
            return (owner if is_all(whole) else self._between(owner, whole))._slice(slice(None, None, key.step))
        if self._depth() > 1:
            return owner._wrap(level_lookups.rows_between(owner, key))
        predicate = lookups.between(owner, key)
        if predicate is None:
            return owner._slice(lookups.places_between(owner, key))
        return owner._wrap(selecting.keep_rows(owner._frame.with_explicit_index(), predicate))

    def _set(self, rows: Any, columns: Any, value: Any) -> Frame:
        owner = self._owner
        if columns is _UNDECIDED:
            rows, columns = self._row_or_cell(rows)
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
            if is_lazy_mask(rows):
                return Places.where(frame, rows._frame)
            rows = labels_in(rows)
        if is_mask(rows):
            return Places.at(frame, lookups.positions_of(plain_mask(rows), len(owner), "loc"), masked=True)
        if self._depth() > 1:
            return self._places_of_levels(rows)
        if isinstance(rows, slice) and frame.index is not None:
            like = lookups.no_rows(frame)
            like.loc[rows] = 0  # pandas' own error if a bound is no label
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
            raise KeyError(f"{pd.Index(absent).unique().tolist()} not in index")
        return None if absent else Places(explicit, there, few=True)

    def _row_or_cell(self, key: tuple[Any, ...]) -> tuple[Any, Any]:
        """A tuple as a label and all columns, or as a label and a column, if there is no such label."""
        if len(key) <= self._depth():
            try:
                level_lookups.mask_of_levels(self._owner, key)
            except Unsupported:
                if len(key) != 2:
                    raise
            else:
                return key, ALL
        if len(key) != 2:
            raise Unsupported("loc[tuple] = value on a MultiIndex", "it is longer than its labels")
        return key

    def _places_of_levels(self, rows: Any) -> Places:
        if isinstance(rows, (*LISTS, slice)):
            raise Unsupported("loc[labels] = value on a MultiIndex", "its labels are tuples")
        return Places(*level_lookups.mask_of_levels(self._owner, rows))


class ILoc(Indexer):
    """By position: slices, lists and masks of rows, one row, and columns."""

    name = "iloc"

    def _get(self, rows: Any, columns: Any) -> Any:
        return self._rows(self._columns(columns), rows)

    def _rows(self, owner: Any, key: Any) -> Any:
        if is_all(key):
            return owner.copy()
        if isinstance(key, slice) and counts_rows(key):
            return owner._slice(key)
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            row = owner._slice(slice(int(key), int(key) + 1 if key != -1 else None)).to_pandas()
            if not len(row):
                raise IndexError("single positional indexer is out-of-bounds")
            return row.iloc[0]
        if is_lazy_mask(key) and same_rows(owner._frame, key._frame):
            return owner._filter(key)
        return rows_at(owner, self._positions(key))

    def _positions(self, key: Any) -> Any:
        if isinstance(key, slice) and not counts_rows(key):
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
        if is_lazy_mask(rows) and same_rows(owner._frame, rows._frame):
            places, among = Places.where(owner._frame, rows._frame), None
        else:
            found = range(len(owner))[rows] if isinstance(rows, slice) and counts_rows(rows) else self._positions(rows)
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
        for position, size in ((columns, len(self._owner._frame.ids)), (rows, len(self._owner))):
            if not is_all(position) and not -size <= position < size:
                raise IndexError(f"index {position} is out of bounds for axis 0 with size {size}")
        return ILoc(self._owner)._set(rows, columns, value)
