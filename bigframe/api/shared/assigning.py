"""Columns set, inserted, replaced and taken out of a frame, in place or in a copy."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from bigframe.api.columns import Columns, announce, from_result, positional
from bigframe.api.query import evaluated
from bigframe.api.scalar import LazyScalar
from bigframe.api.shared.naming import FrameNaming
from bigframe.api.shared.picking import Picking
from bigframe.semantics.elementwise import NotAligned, paste
from bigframe.semantics.frame import Frame, absorb, same_rows
from bigframe.semantics.values import literal

if TYPE_CHECKING:
    from bigframe.api.series import Series


class Assigning(FrameNaming, Picking):
    """The half of DataFrame that changes its columns."""

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, slice):
            indexer: Any = self.iloc if positional(key, self._frame) else self.loc
            indexer[key] = value
        elif isinstance(key, Columns):
            # A mask of rows, or one of values.
            self._become(self.mask(key, value)._frame) if key.display == "DataFrame" else self.loc.__setitem__(
                key, value
            )
        elif isinstance(key, (list, pd.Index, np.ndarray)):
            self._set_columns(list(key), value)
        else:
            self._become(self._assigned(key, value))

    def _set_columns(self, labels: list[Hashable], value: Any) -> None:
        parts = [value] * len(labels)
        if isinstance(value, pd.DataFrame):
            value = type(self)(value)  # type: ignore[call-arg]
        if isinstance(value, Columns) and value.display == "DataFrame":
            if len(value._frame.ids) != len(labels):
                raise ValueError("Columns must be same length as key")
            parts = [column for _, column in value.items()]  # type: ignore[attr-defined]
        elif (
            isinstance(value, (list, tuple))
            and len(value) == len(labels)
            and not any(map(pd.api.types.is_list_like, value))
        ):
            parts = list(value)
        elif pd.api.types.is_list_like(value):
            table = np.asarray(value)
            if table.ndim != 2 or table.shape[1] != len(labels):
                raise ValueError("Columns must be same length as key")
            parts = list(table.T)
        for label, part in zip(labels, parts, strict=True):
            self[label] = part

    def __delitem__(self, key: Hashable) -> None:
        if not self._frame.find(key):
            raise KeyError(key)
        self._become(self.drop(columns=[key])._frame)

    def _assigned(self, label: Hashable, value: Any) -> Frame:
        """The frame with one column set to a scalar, a lazy scalar, or a column."""
        if isinstance(value, pd.Series):
            value = _series(value)
        if isinstance(value, Columns) and value.display != "DataFrame":
            try:
                frame, other = self._beside(value)
            except NotAligned:
                announce(f"assigning column {label!r} by index", [self._frame, value._frame])
                gathered = self.to_pandas()
                gathered[label] = value.to_pandas()
                return from_result(gathered)._frame  # type: ignore[no-any-return]
            id = other.ids[0]
        elif isinstance(value, Columns):
            if len(value._frame.ids) != 1:
                raise ValueError("Columns must be same length as key")
            (column,) = (column for _, column in value.items())  # type: ignore[attr-defined]
            return self._assigned(label, column)
        elif isinstance(value, (list, tuple, range, np.ndarray, pd.Index, pd.api.extensions.ExtensionArray)):
            if len(value) != len(self):
                raise ValueError(f"Length of values ({len(value)}) does not match length of index ({len(self)})")
            frame, other = paste(self._frame, _series(value)._frame)
            id = other.ids[0]
        else:
            frame, id = self._frame.define(value.as_expr() if isinstance(value, LazyScalar) else literal(value))
        if label in frame.labels:
            ids = [id if known == label else old for known, old in zip(frame.labels, frame.ids, strict=True)]
            return frame.select(frame.labels, ids)
        return frame.select((*frame.labels, label), (*frame.ids, id))

    def _beside(self, value: Columns) -> tuple[Frame, Frame]:
        if same_rows(self._frame, value._frame):
            both = absorb(self._frame, value._frame)
            return both, both.select(value._frame.labels, value._frame.ids)
        if self._frame.index is None and value._frame.index is None:
            return paste(self._frame, value._frame)
        raise NotAligned

    def assign(self, **columns: Any) -> Self:
        """New columns; a function gets the frame with those before it. See pandas; tier: *native*."""
        result = self.copy()
        for label, value in columns.items():
            value = evaluated(value, result)
            result[label] = value(result) if callable(value) and not isinstance(value, (Columns, LazyScalar)) else value
        return result

    def insert(self, loc: int, column: Hashable, value: Any, allow_duplicates: bool = False) -> None:
        """Put a new column at a position, in place. See pandas."""
        if self._frame.find(column) and not allow_duplicates:
            raise ValueError(f"cannot insert {column}, already exists")
        frame = self._assigned(column, value)
        labels, ids = list(frame.labels[:-1]), list(frame.ids[:-1])
        labels.insert(loc, frame.labels[-1])
        ids.insert(loc, frame.ids[-1])
        self._become(frame.select(labels, ids))

    def pop(self, item: Hashable) -> Series:
        """Take a column out, in place. See pandas."""
        owner: Any = self
        column: Series = owner[item]
        del self[item]
        return column

    def isetitem(self, loc: Any, value: Any) -> None:
        """Put a column at a position, in place. See pandas; tier: *native*."""
        positions = list(loc) if isinstance(loc, (list, tuple, np.ndarray)) else [loc]
        if isinstance(value, type(self)):
            if len(positions) != len(value._frame.ids):
                raise ValueError(f"Got {len(positions)} positions but value has {len(value._frame.ids)} columns.")
            parts = [value.iloc[:, number] for number in range(len(positions))]
        else:
            parts = [value] * len(positions)
        for position, part in zip(positions, parts, strict=True):
            old = self._frame
            if not -len(old.ids) <= position < len(old.ids):
                raise IndexError(f"index {position} is out of bounds for axis 0 with size {len(old.ids)}")
            new = self._assigned("\0new", part)
            ids = list(new.ids[:-1])
            ids[position] = new.ids[-1]
            self._become(new.select(old.labels, ids))


def _series(values: Any) -> Series:
    from bigframe.api.series import Series

    return Series(values)
