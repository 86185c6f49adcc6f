"""What ``loc`` and ``iloc`` have in common: a key is told apart, then rows and columns are looked up or assigned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.errors import IndexingError

from bigframe.api.columns import Columns, announce, as_pandas, from_result
from bigframe.api.lookup.by_label import ALL, is_all
from bigframe.api.scalar import LazyScalar
from bigframe.errors import Unsupported
from bigframe.interchange import labels_index
from bigframe.semantics import picking
from bigframe.semantics.elementwise import NotAligned
from bigframe.semantics.frame import Frame
from bigframe.semantics.labelling import rearranged

_ONE_ELLIPSIS = "indexer may only contain one '...' entry"


class Indexer:
    """A lookup of rows and columns; what the engine has no form for runs in pandas on all the data, announced."""

    name: str

    def __init__(self, owner: Any, axis: Any = None) -> None:
        self._owner = owner
        self._axis = None if axis is None else owner.pandas._get_axis_number(axis)

    def __call__(self, axis: Any = None) -> Indexer:
        """The same for keys that are all of one axis."""
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
        chosen = chosen.with_index(frame.index).replace(freq=frame.freq)
        return self._owner._wrap(chosen) if is_table else Series(chosen)

    def _column_positions(self, columns: Any) -> list[int]:
        places = pd.DataFrame([range(len(self._owner._frame.ids))], columns=self._labels())
        positions: list[int] = np.ravel(getattr(places, self.name)[:, as_pandas(columns)]).tolist()
        return positions

    def _labels(self) -> pd.Index:
        frame = self._owner._frame
        return (
            labels_index(frame.labels, frame.label_names, frame.label_type)
            if self._owner._ndim == 2
            else pd.RangeIndex(1)
        )


def rows_at(owner: Any, positions: Any) -> Any:
    """The row at a position, or the rows at several in their order."""
    from bigframe.api.reading.io import frame_of

    if isinstance(positions, int):
        return owner._slice(slice(positions, positions + 1)).to_pandas().iloc[0]
    if isinstance(positions, range) and positions.step > 0:
        return owner._slice(slice(positions.start, max(positions.stop, positions.start), positions.step))
    return owner._wrap(picking.taken(owner._frame, frame_of(pd.Series(positions, dtype="int64"))))


def is_lazy_mask(key: Any) -> bool:
    """Whether a key is a lazy column of bools."""
    return isinstance(key, Columns) and key.display != "DataFrame" and key._frame.dtypes[0].is_bool


def _ellipses(key: tuple[Any, ...]) -> int:
    return sum(part is Ellipsis for part in key)


def labels_in(labels: Any) -> list[Any]:
    """The labels that a lazy column holds; a job."""
    found: list[Any] = labels.to_pandas().to_list()
    return found


def plain_mask(mask: Any) -> Any:
    """A mask whose own index, if it has one, is that of the rows already."""
    return mask.to_numpy() if isinstance(mask, pd.Index) else mask


def counts_rows(rows: slice) -> bool:
    """Whether a slice has no bounds but integers."""
    return all(bound is None or isinstance(bound, (int, np.integer)) for bound in (rows.start, rows.stop, rows.step))


def _resolved(key: Any, owner: Any) -> Any:
    """What a function, a lazy scalar or an expression of ``pandas.col`` gives for the owner; any other key as it is."""
    from bigframe.api.query import evaluated

    if isinstance(key, slice):
        return slice(*(as_pandas(bound) for bound in (key.start, key.stop, key.step)))
    key = as_pandas(key) if isinstance(key, LazyScalar) else evaluated(key, owner)
    key = key(owner) if callable(key) and not isinstance(key, Columns) else key
    return from_result(key) if isinstance(key, (pd.Series, pd.DataFrame)) else key
