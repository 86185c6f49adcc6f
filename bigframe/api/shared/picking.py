"""Rows, columns and values picked by label, position, pattern or time of day."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Hashable, Iterator
from typing import Any, Self

import numpy as np
import pandas as pd
from pandas.errors import IndexingError

from bigframe.api.binding.calls import full_signature
from bigframe.api.columns import Columns, announce, from_result, positional
from bigframe.api.indexers import At, IAt, ILoc, Loc
from bigframe.api.lookup.by_label import LISTS, is_mask, no_rows, rises
from bigframe.api.scalar import LazyScalar
from bigframe.errors import Unsupported
from bigframe.literals import is_missing
from bigframe.ops.base import Column, Expr
from bigframe.ops.comparison import Eq
from bigframe.ops.logical import And, Or
from bigframe.ops.missing import IsNull, NotNull
from bigframe.ops.reductions import Sum
from bigframe.semantics import clock, picking
from bigframe.semantics.elementwise import NotAligned, beside, paste
from bigframe.semantics.frame import Frame, same_rows
from bigframe.semantics.membership import is_in
from bigframe.semantics.selecting import keep_rows, truth
from bigframe.semantics.values import literal
from bigframe.tree import user_level

_UNALIGNABLE = (
    "Unalignable boolean Series provided as indexer (index of the boolean Series and of "
    "the indexed object do not match)."
)


class Picking(Columns):
    """What DataFrame and Series have in common."""

    @property
    def loc(self) -> Any:
        """Rows and columns by label or mask. Tier: *native*, else *gathered*."""
        return Loc(self)

    @property
    def iloc(self) -> Any:
        """Rows and columns by position. Tier: *native*."""
        return ILoc(self)

    @property
    def at(self) -> Any:
        """One value by label. Tier: *native*."""
        return At(self)

    @property
    def iat(self) -> Any:
        """One value by position. Tier: *native*."""
        return IAt(self)

    def _filter(self, mask: Any) -> Self:
        if not mask._dtype.is_bool:
            raise KeyError(f"a Series of dtype {mask._dtype} is not a mask")
        try:
            if self._frame.index is None and mask._frame.index is None and not same_rows(self._frame, mask._frame):
                rows, condition = paste(self._frame, mask._frame)
            else:
                rows, condition = beside(self._frame, mask._frame)
        except NotAligned:
            return self._filter_by_label(mask)
        return self._wrap(keep_rows(rows, truth(rows, condition.ids[0])))

    def _filter_by_label(self, mask: Any) -> Self:
        """The rows of whose labels a mask over other rows says that they are wanted; jobs see whether it has each once.

        Raises
        ------
        IndexingError
            If it lacks one.
        """
        from bigframe.api.dataframe import DataFrame
        from bigframe.api.scalar import reduce

        table: Any = DataFrame(self._frame.select(range(len(self._frame.ids)), self._frame.ids))
        try:
            rows, condition = table._beside(mask)
        except (NotAligned, Unsupported):
            announce("a mask with another index", [self._frame, mask._frame])
            return self._wrap(from_result(self.to_pandas()[mask.to_pandas()])._frame)
        (wanted,) = condition.ids
        if int(reduce(rows, Sum(IsNull(Column(wanted))))):
            raise IndexingError(_UNALIGNABLE)
        if self.display == "DataFrame":
            warnings.warn(
                "Boolean Series key will be reindexed to match DataFrame index.", UserWarning, stacklevel=user_level()
            )
        kept = keep_rows(rows, Eq(Column(wanted), literal(True)))
        named = kept.select(self._frame.labels, kept.ids)
        return self._wrap(named.replace(label_names=self._frame.label_names))

    def _mask(self, condition: Expr) -> Any:
        """A column of bools over the same rows."""
        from bigframe.api.series import Series

        frame, id = self._frame.define(condition)
        return Series(frame.select((None,), (id,)))

    @full_signature
    def take(self, indices: Any, axis: Any = 0) -> Self:
        """Rows or columns at some positions, in their order; counts the rows. Tier: *native*."""
        if isinstance(indices, slice):
            raise TypeError(f"{self.display}.take requires a sequence of integers, not slice.")
        if self.pandas._get_axis_number(axis) == 1:  # type: ignore[attr-defined]
            return self._rearranged_columns(lambda row: row.take(indices, axis=1))  # type: ignore[attr-defined,no-any-return]
        from bigframe.api.reading.io import frame_of

        positions = picking.positive(np.asarray(indices, dtype=np.intp).tolist(), len(self))
        return self._wrap(picking.taken(self._frame, frame_of(pd.Series(positions, dtype="int64"))))

    @full_signature
    def truncate(self, before: Any = None, after: Any = None, axis: Any = None) -> Self:
        """The rows, or columns, between two labels; looks whether these are in order. Tier: *native*."""
        if axis is not None and self.pandas._get_axis_number(axis) == 1:  # type: ignore[attr-defined]
            return self._rearranged_columns(lambda row: row.truncate(before, after, axis=1))  # type: ignore[attr-defined,no-any-return]
        labels = self.index
        if not isinstance(labels, Columns):
            raise Unsupported("truncate of labels of several levels", "they are tuples")
        falls = not (rises(self._frame) or labels.is_monotonic_increasing)  # type: ignore[attr-defined]
        if falls and not labels.is_monotonic_decreasing:  # type: ignore[attr-defined]
            raise ValueError("truncate requires a sorted index")
        if labels._frame.dtypes[0].is_datetime:
            before, after = (bound if bound is None else pd.to_datetime(bound) for bound in (before, after))
        if before is not None and after is not None and before > after:
            raise ValueError(f"Truncate: {after} must be after {before}")
        return self.loc[after:before] if falls else self.loc[before:after]  # type: ignore[no-any-return]

    def get(self, key: Any, default: Any = None) -> Any:
        """What ``self[key]`` gives, or a default where there is no such label. Tier: *native*."""
        try:
            return self[key]  # type: ignore[index]
        except (KeyError, ValueError, IndexError):
            return default

    def first_valid_index(self) -> Hashable:
        """The label of the first row that is not missing throughout; a job. Tier: *native*."""
        return self._valid_label(lambda rows: rows.head(1))

    def last_valid_index(self) -> Hashable:
        """The label of the last row that is not missing throughout; a job. Tier: *native*."""
        return self._valid_label(lambda rows: rows.tail(1))

    def _valid_label(self, choose: Any) -> Hashable:
        tests: list[Expr] = [NotNull(Column(id)) for id in self._frame.ids]
        if not tests:
            return None
        valid = tests[0]
        for test in tests[1:]:
            valid = Or(valid, test)
        index = choose(self._wrap(keep_rows(self._frame, valid))).to_pandas().index
        label = index[0] if len(index) else None
        return int(label) if label is not None and self._frame.index is None else label

    @full_signature
    def filter(
        self,
        arg: Any = None,
        like: str | None = None,
        regex: str | None = None,
        axis: Any = None,
        *,
        items: Any = None,
        cond: Any = None,
        na: Any = False,
    ) -> Self:
        """Columns or rows by label, or rows by a mask. Tier: *native*."""
        from bigframe.api.query import evaluated

        if (mask := evaluated(arg, self)) is not arg:
            arg, cond = None, mask
        given = [one for one in (arg, items, cond, like, regex) if one is not None]
        if len(given) != 1:
            return self._rearranged(  # type: ignore[attr-defined,no-any-return]
                lambda labels: labels.filter(arg, like=like, regex=regex, items=items, cond=cond)
            )
        if cond is not None or callable(arg):
            return self._filter_by_condition(cond if cond is not None else arg, axis, na)
        number = self.pandas._get_axis_number(axis) if axis is not None else self._ndim - 1  # type: ignore[attr-defined]
        if number == 1:
            return self._rearranged_columns(  # type: ignore[attr-defined,no-any-return]
                lambda row: row.filter(arg, like=like, regex=regex, items=items, axis=1)
            )
        if like is None and regex is None:
            labels: Any = self.index
            wanted = pd.Index(items if items is not None else arg).unique()
            if isinstance(labels, pd.MultiIndex) or wanted.dtype == object:
                raise Unsupported("filter(items=) of rows", "labels are matched as Python objects")
            there = set(labels[labels.isin(wanted)].unique())
            return self.reindex(wanted[[label in there for label in wanted]])  # type: ignore[attr-defined,no-any-return]
        frame = self._frame.with_explicit_index()
        if len(frame.index_ids) != 1:
            raise Unsupported("filter(like=, regex=) of rows of several levels", "their labels are tuples")
        dtype = frame.dtype(frame.index_ids[0])
        if not (dtype.is_string or dtype.is_integer) or dtype.is_three_valued or dtype.unless_missing:
            raise Unsupported(f"filter(like=, regex=) of {dtype} labels", "pandas formats them as Python objects")
        text = self.index.astype(str).fillna("nan").str
        return self[text.contains(like, regex=False) if like else text.contains(regex)]  # type: ignore[index,no-any-return]

    def _filter_by_condition(self, cond: Any, axis: Any, na: Any) -> Self:
        if na is not False or axis is not None and self.pandas._get_axis_number(axis) == 1:  # type: ignore[attr-defined]
            raise Unsupported(
                "filter(cond=, axis=1, na=)", "a mask chooses rows, and a missing condition does not hold"
            )
        from bigframe.api.query import evaluated

        mask = evaluated(cond, self)
        mask = mask(self) if callable(mask) and not isinstance(mask, Columns) else mask
        if not isinstance(mask, Columns):
            raise Unsupported("filter(cond=list)", "rows are matched with the list by position", "a column")
        if mask.display == "DataFrame" or not mask._dtype.is_bool:  # type: ignore[attr-defined]
            raise TypeError(f"cond passed to {self.display}.filter must be a one-dimensional boolean mask")
        return self[mask]  # type: ignore[index,no-any-return]

    @full_signature
    def xs(self, key: Any, axis: Any = 0, level: Any = None, drop_level: bool = True) -> Any:
        """The rows of one label, or of one in some index levels; a small job sees whether there are any.

        Tier: *native*.
        """
        if isinstance(key, list):
            raise TypeError("list keys are not supported in xs, pass a tuple instead")
        if self.pandas._get_axis_number(axis) == 1:  # type: ignore[attr-defined]
            return self._rearranged(lambda row: row.xs(key, axis=1, level=level, drop_level=drop_level))  # type: ignore[attr-defined]
        frame = self._frame.with_explicit_index()
        width = len(frame.index_ids)
        if width == 1:
            if level is not None:
                raise TypeError("Index must be a MultiIndex")
            return self.loc[key]
        parts = key if isinstance(key, tuple) and not (level is not None and np.isscalar(level)) else (key,)
        names = [name for name, _ in frame.index or ()]
        skeleton: Any = pd.MultiIndex.from_arrays([[] for _ in names], names=names)
        wanted = level if isinstance(level, (list, tuple)) else [level]
        levels = [skeleton._get_level_number(one) for one in wanted] if level is not None else list(range(len(parts)))
        if len(levels) != len(parts) or any(isinstance(part, (slice, list)) for part in parts):
            raise Unsupported("xs(key of slices)", "it is a slice of the index")
        matched = _matching(frame, dict(zip(levels, parts, strict=True)))
        found = self._wrap(matched)
        if not len(found.head(1).to_pandas()):
            raise KeyError(key)
        if len(levels) == width and level is None:
            return found.to_pandas().xs(key, drop_level=drop_level)
        if not drop_level:
            return found
        kept = tuple(one for number, one in enumerate(matched.index or ()) if number not in levels)
        return self._wrap(matched.with_index(kept)) if kept else found

    @full_signature
    def between_time(self, start_time: Any, end_time: Any, inclusive: str = "both", axis: Any = None) -> Self:
        """Rows whose label lies between two times of day. Tier: *native*."""
        if axis is not None and self.pandas._get_axis_number(axis) == 1:  # type: ignore[attr-defined]
            raise Unsupported("between_time(axis=1)", "labels of columns are few")
        start, end = _time_of_day(start_time), _time_of_day(end_time)
        return self._wrap(clock.between_times(self._frame, start, end, inclusive))

    @full_signature
    def at_time(self, time: Any, asof: bool = False, axis: Any = None) -> Self:
        """Rows whose label is at a time of day. Tier: *native*."""
        moment = _time_of_day(time)
        if asof or moment.tzinfo is not None or axis is not None and self.pandas._get_axis_number(axis) == 1:  # type: ignore[attr-defined]
            raise Unsupported("at_time(asof=, axis=1)", "its kernel compares times of day as they are")
        return self._wrap(clock.between_times(self._frame, moment, moment))

    @property
    def axes(self) -> list[Any]:
        """The index, and the column labels of a frame."""
        return [self.index, *([self.columns] if self._ndim == 2 else [])]  # type: ignore[attr-defined]

    def squeeze(self, axis: Any = None) -> Any:
        """The only column as a Series, the only row's values without their axis. Tier: *native*.

        Whether there is one row is a job, unless ``axis="columns"``.
        """
        number = None if axis is None else self.pandas._get_axis_number(axis)  # type: ignore[attr-defined]
        result: Any = self
        if number != 0 and self._ndim == 2 and len(self._frame.ids) == 1:  # type: ignore[attr-defined]
            result = result.iloc[:, 0]
        if number != 1:
            rows = result.head(2).to_pandas()
            return rows.iloc[0] if len(rows) == 1 else result
        return result


class SeriesPicking(Picking):
    """What only Series has."""

    def items(self) -> Iterator[tuple[Hashable, Any]]:
        """(label, value) pairs; a job."""
        pairs: Iterator[tuple[Hashable, Any]] = self.to_pandas().items()
        return pairs

    def keys(self) -> Any:
        """The index."""
        return self.index

    def pop(self, item: Hashable) -> Any:
        """Take the value of a label out, in place; a job."""
        value = self.loc[item]
        self._become(self.drop([item])._frame)  # type: ignore[attr-defined]
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        key = key(self) if callable(key) and not isinstance(key, Columns) else key
        if isinstance(key, (dict, set)) or isinstance(key, tuple) and len(self._frame.index or "1") == 1:
            like: Any = no_rows(self._frame).index.to_series()
            like[key] = value  # pandas says why not
        chooses = is_mask(key) or isinstance(key, Columns) and key._frame.dtypes[0].is_bool
        if chooses and pd.api.types.is_list_like(value) and not isinstance(value, LazyScalar):
            # A value for each row of the series, not of those chosen, if there are as many.
            self._become(self.mask(key, value)._frame) if isinstance(value, Columns) else self._set_chosen(key, value)
            return
        if isinstance(key, Columns) and chooses and is_missing(value) and self._frame.dtypes[0].is_integer:
            self._become(self.mask(key, value)._frame)  # floats if there is a row that it chooses
            return
        if isinstance(key, LISTS) and isinstance(value, Columns):
            value = value.to_pandas().array  # in the order in which it is
        indexer = self.iloc if isinstance(key, slice) and positional(key, self._frame) else self.loc
        indexer[key] = value

    def _set_chosen(self, key: Any, value: Any) -> None:
        if len(value) != len(self):
            if int(np.sum(key) if is_mask(key) else key.sum()) != len(value):
                raise ValueError("cannot set using a list-like indexer with a different length than the value")
            self.loc[key] = value
            return
        self._become(self.mask(key, value)._frame)

    def __delitem__(self, key: Hashable) -> None:
        self._become(self.drop([key])._frame)  # type: ignore[attr-defined]

    def __contains__(self, label: Hashable) -> bool:
        frame = self._frame.with_explicit_index()
        if len(frame.index_ids) != 1:
            return label in self.index
        (id,) = frame.index_ids
        matched = keep_rows(frame, is_in(Column(id), frame.dtype(id), [label]))
        return bool(len(self._wrap(matched).head(1).to_pandas()))


def _time_of_day(time: Any) -> datetime.time:
    from pandas.core.indexes.datetimes import to_time  # type: ignore[attr-defined]

    parsed: datetime.time = to_time(time)
    return parsed


def _matching(frame: Frame, parts: dict[int, Any]) -> Frame:
    """The rows that have some labels in some index levels."""
    ids = frame.index_ids
    tests: list[Expr] = [is_in(Column(ids[number]), frame.dtype(ids[number]), [part]) for number, part in parts.items()]
    test = tests[0]
    for other in tests[1:]:
        test = And(test, other)
    return keep_rows(frame, test)
