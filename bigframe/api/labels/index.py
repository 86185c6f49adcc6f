"""Index: the labels of the rows, as a lazy column, and arrays computed from it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Self

import numpy as np
import pandas as pd

from bigframe.api.columns import no_attribute
from bigframe.api.labels.bindings import special
from bigframe.api.looking.display import with_length
from bigframe.api.looking.run import collect
from bigframe.api.series import Series
from bigframe.api.shared.labels import LabelMethods
from bigframe.api.shared.spaced_labels import SpacedLabels
from bigframe.ops.base import Expr
from bigframe.semantics.frame import Frame

_UNSET: Any = pd.api.extensions.no_default


class _Unlabelled(Series):
    """What pandas keeps without labels of its own: row labels, and arrays computed from them."""

    _counts_rows = False
    """Whether they are 0, 1, 2, …: pandas' RangeIndex, whose labels are Python's integers."""

    @property
    def _column(self) -> Series:
        """The same values as a Series."""
        return Series(self._frame)

    def __getattr__(self, name: Any) -> Any:
        raise no_attribute(self, name)

    def _as_labels(self, result: Any, *, array: bool = False) -> Any:
        raise NotImplementedError

    def _wrap(self, frame: Frame) -> Any:
        return self._as_labels(Series(frame))

    def _binary(self, operation: type[Expr], other: Any, reflected: bool = False) -> Any:
        if isinstance(other, Series) and not isinstance(other, _Unlabelled):
            return other._binary(operation, self, not reflected)
        return super()._binary(operation, other, reflected)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Series):
            return self._filter(key) if key._dtype.is_bool else self._as_labels(self._column.take(key))
        if isinstance(key, (slice, int, np.integer)):
            found = self._as_labels(self._column.iloc[key])
            return int(found) if self._counts_rows and not isinstance(key, slice) else found
        return self._as_labels(self._column.iloc[np.asarray(key)])

    def __repr__(self) -> str:
        limit = pd.options.display.max_seq_items or 100
        shown, rows, note = self._column._preview(limit, min(limit, 20))
        known = pd.RangeIndex(rows) if self._counts_rows and not note else self._in_pandas(shown)
        values = with_length(repr(known), len(shown), rows)
        return f"{values}\n{note}" if note else values

    def to_pandas(self) -> Any:
        """Run the plan and return what pandas has in its place."""
        return self._in_pandas(collect(self._frame.with_index(None))[0].iloc[:, 0])

    def _in_pandas(self, values: pd.Series) -> Any:
        raise NotImplementedError


class LazyArray(_Unlabelled):
    """An array in row order, such as the bools of a comparison of row labels; it chooses rows as a Series of them does.

    It is lazy where pandas' own is computed, and leaves as an array.
    """

    display = "Index"  # whose values, like these, meet others by position
    _is_nameless = True

    def _as_labels(self, result: Any, *, array: bool = True) -> Any:
        return LazyArray(result._frame) if type(result) is Series else result

    def _in_pandas(self, values: pd.Series) -> Any:
        return values.values

    def _gather(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> Any:
        return self._column._gather(path, args, kwargs, why)

    @property
    def array(self) -> Any:
        return self._column.array

    @property
    def values(self) -> Any:
        return self.to_pandas()

    def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = _UNSET, **kwargs: Any) -> Any:
        """Run the plan and return an ndarray."""
        return self._column.to_numpy(dtype, copy, na_value, **kwargs)

    def to_list(self) -> list[Any]:
        """Run the plan and return Python values."""
        return self._column.to_list()

    tolist = to_list


class _AnyLabels(type):
    """Counts pandas' own labels in: those of columns, and of several levels."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, pd.Index) or super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(getattr(subclass, "pandas", subclass), pd.Index) or super().__subclasscheck__(subclass)


class Index(SpacedLabels, LabelMethods, _Unlabelled, metaclass=_AnyLabels):  # type: ignore[misc]
    """One level of row labels: a column that is its own labels.

    What pandas gives as an array of bools (comparisons, ``isin``, ``duplicated``) is lazy as well. Names that only the
    Index of some dtype has (``tz``, ``year``, ``categories``) are there for labels of that dtype.

    Parameters
    ----------
    data
        Anything that ``pandas.Index`` takes; tuples make pandas' own MultiIndex.
    dtype, copy, name, tupleize_cols
        As in pandas; lazy data is never copied.
    """

    def __new__(
        cls,
        data: Any = None,
        dtype: Any = None,
        copy: bool | None = None,
        name: Hashable = None,
        tupleize_cols: bool = True,
    ) -> Any:
        if isinstance(data, Frame):
            return super().__new__(cls)
        if isinstance(data, Series):
            column = data if dtype is None else data.astype(dtype)
            made = column._frame.select((column.name if name is None else name,), column._frame.ids)
        else:
            from bigframe.api.reading.io import frame_of

            labels = pd.Index(data, dtype, copy, name, tupleize_cols)  # type: ignore[arg-type]  # pandas has None, too
            if isinstance(labels, pd.MultiIndex):
                return labels
            made = frame_of(pd.Series(labels, name=labels.name))
        index = super().__new__(cls)
        index._frame = _own_labels(made)
        return index

    def __init__(
        self,
        data: Any = None,
        dtype: Any = None,
        copy: bool | None = None,
        name: Hashable = None,
        tupleize_cols: bool = True,
    ) -> None:
        if isinstance(data, Frame):
            self._frame = data

    def __getattr__(self, name: Any) -> Any:
        if self._counts_rows and name in ("start", "stop", "step"):
            return len(self) if name == "stop" else int(name == "step")
        try:
            return special(self, name)
        except AttributeError as error:
            raise (no_attribute(self, name) if hasattr(pd.Index, name) else error) from None

    def _as_labels(self, result: Any, *, array: bool = False) -> Any:
        """A Series of what is computed from labels as labels, or as an array of bools; anything else as it is."""
        if type(result) is not Series:
            return result
        array = array or result._dtype.is_bool and not self._dtype.is_bool
        return (LazyArray if array else Index)(result._frame)

    def _in_pandas(self, values: pd.Series) -> Any:
        return self._spaced(pd.Index(values, name=self.name))

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError("Index does not support mutable operations")

    # -- names

    @property
    def _ndim(self) -> int:
        return 1

    @property
    def name(self) -> Hashable:
        return self._frame.labels[0]

    @name.setter
    def name(self, name: Hashable) -> None:
        if not isinstance(name, Hashable):
            raise TypeError("Index.name must be a hashable type")
        self._frame = self._frame.select((name,), self._frame.ids)

    @property
    def names(self) -> list[Any]:
        return [self.name]

    @names.setter
    def names(self, names: Any) -> None:
        if not pd.api.types.is_list_like(names):
            raise ValueError("Names must be a list-like")
        if len(names) != 1:
            raise ValueError(f"Length of new names must be 1, got {len(names)}")
        (self.name,) = names

    def rename(self, name: Any, *, inplace: bool = False) -> Any:
        """Another name. Tier: *native*."""
        return self.set_names([name] if not pd.api.types.is_list_like(name) else name, inplace=inplace)

    def set_names(self, names: Any, *, level: Any = None, inplace: bool = False) -> Any:
        """Another name. Tier: *native*."""
        (name,) = self._nothing.set_names(names, level=level).names
        renamed = self if inplace else self.copy()
        renamed.name = name
        return None if inplace else renamed

    @property
    def _nothing(self) -> Any:
        """pandas' Index of this name without a label: what it says of names and levels is the same for this one."""
        return pd.Index([], name=self.name)

    # -- what it is

    @property
    def _kind(self) -> type[pd.Index]:
        """The class that such labels have in pandas."""
        return pd.RangeIndex if self._counts_rows else type(pd.Index([], dtype=self._dtype.settled().pandas))

    @property
    def nlevels(self) -> int:
        """1."""
        return 1

    @property
    def is_unique(self) -> bool:
        """Whether no label is there twice; a job. Tier: *native*."""
        return not bool(self.duplicated().any())

    @property
    def has_duplicates(self) -> bool:
        """Whether a label is there twice; a job. Tier: *native*."""
        return not self.is_unique

    def is_(self, other: Any) -> bool:
        """Whether it is the same object, or a view of it. Tier: *native*."""
        return type(other) is Index and self._origin is other._origin

    @property
    def _origin(self) -> Index:
        return vars(self).get("_viewed", self)  # type: ignore[no-any-return]

    # -- as other objects

    def copy(self, name: Hashable = None, deep: bool = False) -> Self:  # type: ignore[override]
        """The same labels, perhaps of another name. Tier: *native*."""
        copied = type(self)(self._frame)
        copied._counts_rows = self._counts_rows
        return copied if name is None else copied.rename(name)

    def view(self, cls: Any = None) -> Any:
        """The same labels. Tier: *native*."""
        return self._gather("view", (cls,), {}, "Index.view: NumPy's own") if cls is not None else self._view()

    def ravel(self, order: str = "C") -> Self:
        """The same labels. Tier: *native*."""
        return self._view()

    def to_flat_index(self) -> Self:
        """The same labels. Tier: *native*."""
        return self._view()

    def _view(self) -> Self:
        same = self.copy()
        vars(same)["_viewed"] = self._origin
        return same

    def get_level_values(self, level: Any) -> Self:
        """The labels themselves: there is one level. Tier: *native*."""
        self._nothing.get_level_values(level)
        return self._view()

    def unique(self, level: Any = None) -> Any:
        """The distinct labels in order of appearance. Tier: *native*."""
        if level is not None:
            self._nothing.get_level_values(level)
        return self.drop_duplicates()

    def map(self, mapper: Any, na_action: str | None = None) -> Any:
        """Labels replaced through a mapping, or a function called on each. See :meth:`Series.map`."""
        return self._as_labels(self._column.map(mapper, na_action=na_action))

    def drop(self, labels: Any, errors: str = "raise") -> Any:
        """Labels left out; a small job sees whether they are there, unless ``errors="ignore"``."""
        return self._as_labels(self.to_series().drop(labels, errors=errors))

    def sort_values(
        self, *, return_indexer: bool = False, ascending: bool = True, na_position: str = "last", key: Any = None
    ) -> Any:
        """Labels in order. Tier: *native*, *gathered* with their positions or a key."""
        options = {"ascending": ascending, "na_position": na_position}
        if not return_indexer and key is None:
            return self._as_labels(self._column.sort_values(**options))
        options |= {"return_indexer": return_indexer, "key": key}
        return self._gather("sort_values", (), options, "Index.sort_values: pandas returns positions, or calls the key")

    def round(self, decimals: Any = 0, **kwargs: Any) -> Any:
        """Rounded numbers, or times to a frequency. Tier: *native*."""
        if self._dtype.is_datetime or self._dtype.is_timedelta:
            return self.dt.round(**{"freq": decimals, **kwargs})
        return self._as_labels(self._column.round(decimals, **kwargs))

    def to_series(self, index: Any = None, name: Hashable = None) -> Series:
        """The labels as a Series of which they are the labels. Tier: *native*."""
        series = Series(_own_labels(self._frame)) if index is None else self._column.set_axis(index)
        return series if name is None else series.rename(name)

    def to_frame(self, index: bool = True, name: Hashable = _UNSET) -> Any:  # type: ignore[override]
        """The labels as a column. Tier: *native*."""
        from bigframe.api.dataframe import DataFrame

        label = name if name is not _UNSET else self.name if self.name is not None else 0
        frame = _own_labels(self._frame) if index else self._frame.with_index(None)
        return DataFrame(frame.select((label,), frame.ids))

    def __bool__(self) -> bool:
        raise ValueError("The truth value of a Index is ambiguous. Use a.empty, a.item(), a.any() or a.all().")


def _own_labels(frame: Frame) -> Frame:
    """A frame of one column that is the index as well."""
    return frame.with_index(((frame.labels[0], frame.ids[0]),))


def index_of(frame: Frame) -> Any:
    """The index of a frame: lazy for one level, pandas' own MultiIndex (a job) for several."""
    if frame.index is not None and len(frame.index) != 1:
        return collect(frame.select((), ()))[0].index
    rows = frame.with_explicit_index()
    ((name, id),) = rows.index or ()
    index = Index(rows.select((name,), (id,)))
    index._counts_rows = frame.index is None
    return index
