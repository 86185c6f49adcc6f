"""Columns set, inserted, replaced and taken out of a frame, in place or in a copy."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from bigframe.api.columns import Columns, announce, as_pandas, from_result, positional
from bigframe.api.lookup.by_label import LISTS, is_mask, rises
from bigframe.api.query import evaluated
from bigframe.api.scalar import LazyScalar
from bigframe.api.shared.naming import FrameNaming
from bigframe.api.shared.picking import Picking
from bigframe.errors import Unsupported
from bigframe.semantics.elementwise import NotAligned, paste
from bigframe.semantics.frame import Frame, absorb, same_label, same_rows
from bigframe.semantics.selecting import truth
from bigframe.semantics.values import literal

if TYPE_CHECKING:
    from bigframe.api.series import Series


_GIVEN = "\0given"


class Assigning(FrameNaming, Picking, mixin=True):
    """The half of DataFrame that changes its columns."""

    def __setitem__(self, key: Any, value: Any) -> None:
        key = evaluated(key, self)
        key = key(self) if callable(key) and not isinstance(key, Columns) else key
        if isinstance(value, (pd.Series, pd.DataFrame)):
            value = from_result(value)
        try:
            self._set(key, value)
        except (Unsupported, NotAligned) as why:
            put = lambda table: table.__setitem__(as_pandas(key), as_pandas(value))  # noqa: E731
            self._become(self._changed_in_pandas(put, "__setitem__", why))

    def _set(self, key: Any, value: Any) -> None:
        from bigframe.api.reading.io import frame_of

        if isinstance(key, slice):
            indexer: Any = self.iloc if positional(key, self._frame) else self.loc
            indexer[key] = value
        elif isinstance(key, Columns) and key.display == "DataFrame":
            if not all(dtype.is_bool for dtype in key._frame.dtypes):
                raise TypeError("Must pass DataFrame or 2-d ndarray with boolean values only")
            self._become(self.mask(key, value)._frame)
        elif isinstance(key, Columns) and key._frame.dtypes[0].is_bool:
            self.loc[key] = value
        elif isinstance(key, np.ndarray) and key.ndim == 2 and key.dtype == bool:
            if key.shape != self.shape:  # type: ignore[attr-defined]
                raise ValueError("Array conditional must be same shape as self")
            rows, given = paste(self._frame, frame_of(pd.DataFrame(key)))
            wanted = []
            for id in given.ids:
                rows, one = rows.define(truth(given, id))
                wanted.append(one)
            self._become(self._wrap(rows).mask(self._wrap(rows.select(rows.labels, wanted)), value)._frame)
        elif is_mask(key):
            if len(key) != len(self):
                raise ValueError(f"Item wrong length {len(key)} instead of {len(self)}!")
            if isinstance(value, Columns):
                raise Unsupported("frame[list of bools] = frame", "rows are matched by their labels")
            self.iloc[np.flatnonzero(key)] = value
        elif isinstance(key, (Columns, *LISTS)):
            self._set_columns(key.to_pandas().to_list() if isinstance(key, Columns) else list(key), value)
        else:
            self._become(self._assigned(key, value))

    def _set_columns(self, labels: list[Hashable], value: Any) -> None:
        if len(set(self._frame.labels)) < len(self._frame.labels) or np.ndim(labels) != 1:  # type: ignore[arg-type]
            raise Unsupported("frame[labels] = value where labels repeat", "pandas counts the columns that have them")
        parts = [value] * len(labels)
        if isinstance(value, Columns) and value.display == "DataFrame":
            if len(value._frame.ids) != len(labels):
                raise ValueError("Columns must be same length as key")
            parts = [column for _, column in value.items()]  # type: ignore[attr-defined]
        elif isinstance(value, Columns):
            raise Unsupported("frame[labels] = column", "pandas takes one of its values for each label")
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
        if not self._frame.find(key) and self._label_levels == 1:
            raise KeyError(key)
        self._become(self.drop(columns=[key] if not isinstance(key, tuple) else key)._frame)

    @property
    def _label_levels(self) -> int:
        """How many levels column labels have; pandas' Index of them is only made where they may be several."""
        frame = self._frame
        nested = len(frame.label_names) > 1 or any(isinstance(label, tuple) for label in frame.labels[:1])
        return self.columns.nlevels if nested else 1  # type: ignore[attr-defined]

    def _assigned(self, label: Hashable, value: Any) -> Frame:
        """The frame with one column set to a scalar, a lazy scalar, or a column."""
        levels = self._label_levels
        if levels > 1 and not (isinstance(label, tuple) and len(label) == levels):
            raise Unsupported("frame[part of a label] = value", "pandas makes the rest of the label up")
        if not isinstance(label, Hashable):
            raise TypeError(f"unhashable type: {type(label).__name__!r}")
        if isinstance(value, Columns) and value.display == "DataFrame":
            self._require_one_column(label, value)
            value = value.iloc[:, 0]  # type: ignore[attr-defined]
        frame, id = self._column_of(value)
        if frame.find(label):
            ids = [id if same_label(known, label) else old for known, old in zip(frame.labels, frame.ids, strict=True)]
            return frame.select(frame.labels, ids)
        return frame.select((*frame.labels, label), (*frame.ids, id))

    def _require_one_column(self, label: Hashable, value: Any) -> None:
        count = len(value._frame.ids)
        known = len(self._frame.find(label))
        if known > 1:
            raise Unsupported("frame[label] = frame where labels repeat", "each column gets its own")
        if known and count != 1:
            raise ValueError("Columns must be same length as key")
        if count > 1:
            raise ValueError(f"Cannot set a DataFrame with multiple columns to the single column {label}")
        if not count:
            raise ValueError(f"Cannot set a DataFrame without columns to the column {label}")

    def _column_of(self, value: Any) -> tuple[Frame, str]:
        """A scalar, a column or values in memory as a column beside these rows."""
        if isinstance(value, Columns):
            frame, other = self._beside(value)
            return frame, other.ids[0]
        if isinstance(value, LazyScalar):
            return self._frame.define(value.as_expr())
        if not pd.api.types.is_list_like(value):
            try:
                return self._frame.define(literal(value))
            except TypeError as error:
                raise Unsupported("frame[label] = value", str(error)) from None
        if isinstance(value, (dict, set, frozenset)) or getattr(value, "ndim", 1) != 1 or not hasattr(value, "__len__"):
            raise Unsupported(f"frame[label] = {type(value).__name__}", "pandas makes a column of it")
        if len(value) != len(self):
            if not len(self):
                raise Unsupported("frame[label] = list where there are no rows", "it makes rows")
            raise ValueError(f"Length of values ({len(value)}) does not match length of index ({len(self)})")
        frame, other = paste(self._frame, _series(value)._frame)
        return frame, other.ids[0]

    def _beside(self, value: Columns) -> tuple[Frame, Frame]:
        """A column beside these rows: of the same rows, or found by its labels."""
        if same_rows(self._frame, value._frame):
            both = absorb(self._frame, value._frame)
            return both, both.select(value._frame.labels, value._frame.ids)
        plain = self._frame.index is None and value._frame.index is None
        if not (plain and self._frame.ids) and not len(self):
            raise Unsupported("frame[label] = column where there are no rows", "it makes rows")
        if plain:
            return paste(self._frame, value._frame)
        levels = [frame.with_explicit_index().index_ids for frame in (self._frame, value._frame)]
        kinds = [
            self._frame.with_explicit_index().dtype(levels[0][0]),
            value._frame.with_explicit_index().dtype(levels[1][0]),
        ]
        index: Any = value.index
        known = len(levels[1]) == 1 and rises(value._frame)  # then no label repeats
        if any(len(level) != 1 for level in levels) or kinds[0] != kinds[1] or not (known or bool(index.is_unique)):
            raise NotAligned
        given = value._wrap(value._frame.select((_GIVEN,), value._frame.ids))
        joined = self.join(given)._frame  # type: ignore[attr-defined]
        if self._frame.index is None:
            joined = joined.with_index(None)  # each row is there once, in its place
        return joined.select(self._frame.labels, joined.ids[:-1]), joined.select((_GIVEN,), joined.ids[-1:])

    def assign(self, **columns: Any) -> Self:
        """New columns; a function gets the frame with those before it. Tier: *native*."""
        result = self.copy()
        for label, value in columns.items():
            value = evaluated(value, result)
            result[label] = value(result) if callable(value) and not isinstance(value, (Columns, LazyScalar)) else value
        return result

    def insert(self, loc: int, column: Hashable, value: Any, allow_duplicates: bool = False) -> None:
        """Put a new column at a position, in place."""
        if self._frame.find(column) and not allow_duplicates:
            raise ValueError(f"cannot insert {column}, already exists")
        if not isinstance(loc, (int, np.integer)):
            raise TypeError("loc must be int")
        width = len(self._frame.ids)
        if not -width <= loc <= width:
            raise IndexError(f"loc must be an integer between -{width} and {width}")
        if loc < 0:
            raise ValueError("unbounded slice")
        if isinstance(value, (pd.Series, pd.DataFrame)):
            value = from_result(value)
        if isinstance(value, Columns) and value.display == "DataFrame":
            count = len(value._frame.ids)
            if count > 1:
                raise ValueError(f"Expected a one-dimensional object, got a DataFrame with {count} columns instead.")
            value = value.iloc[:, 0]  # type: ignore[attr-defined]
        try:
            if self._label_levels > 1:
                raise Unsupported("insert among labels of several levels", "pandas makes the rest of the label up")
            frame, id = self._column_of(value)
        except (Unsupported, NotAligned) as why:
            self._become(
                self._changed_in_pandas(lambda table: table.insert(loc, column, as_pandas(value)), "insert", why)
            )
            return
        labels, ids = list(frame.labels), list(frame.ids)
        labels.insert(loc, column)
        ids.insert(loc, id)
        self._become(frame.select(labels, ids))

    def _changed_in_pandas(self, change: Callable[[pd.DataFrame], Any], name: str, why: Exception) -> Frame:
        """What pandas makes of all the data in this process, announced."""
        announce(f"DataFrame.{name}: {str(why) or 'rows are matched by their labels'}", [self._frame])
        gathered = self.to_pandas()
        change(gathered)
        return from_result(gathered)._frame  # type: ignore[no-any-return]

    def pop(self, item: Hashable) -> Series:
        """Take a column out, in place."""
        owner: Any = self
        column: Series = owner[item]
        del self[item]
        return column

    def isetitem(self, loc: Any, value: Any) -> None:
        """Put a column at a position, in place. Tier: *native*."""
        positions = list(loc) if isinstance(loc, (list, tuple, np.ndarray)) else [loc]
        if isinstance(value, type(self)):
            if len(positions) != len(value._frame.ids):
                raise ValueError(f"Got {len(positions)} positions but value has {len(value._frame.ids)} columns.")
            parts = [value.iloc[:, number] for number in range(len(positions))]
        elif isinstance(value, np.ndarray) and value.ndim == 2 and len(positions) == value.shape[1]:
            parts = list(value.T)
        else:
            parts = [value] * len(positions)
        for position, part in zip(positions, parts, strict=True):
            old = self._frame
            if not -len(old.ids) <= position < len(old.ids):
                raise IndexError(f"index {position} is out of bounds for axis 0 with size {len(old.ids)}")
            try:
                frame, id = self._column_of(part)
            except (Unsupported, NotAligned) as why:
                put = lambda table: table.isetitem(position, as_pandas(part))  # noqa: B023, E731
                self._become(self._changed_in_pandas(put, "isetitem", why))
                continue
            ids = list(frame.ids)
            ids[position] = id
            self._become(frame.select(frame.labels, ids))


def _series(values: Any) -> Series:
    from bigframe.api.series import Series

    return Series(values)
