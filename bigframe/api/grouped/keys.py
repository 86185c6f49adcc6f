"""What rows are grouped by: labels, levels, columns, functions and mappings of index labels, values."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.functions import call_each, lookup
from bigframe.api.series import Series
from bigframe.errors import Unsupported
from bigframe.ops.base import Column
from bigframe.plan.node import Plan
from bigframe.schema import DType
from bigframe.semantics.elementwise import NotAligned, beside, paste
from bigframe.semantics.frame import Frame, same_label, same_rows
from bigframe.semantics.resampling import Times, bins_for

Keys = tuple[tuple[Hashable, str], ...]


def keys_of(frame: Frame, by: Any, level: Any) -> tuple[Frame, Keys, set[Hashable]]:
    """The frame with its key columns, those as (name, id), and the labels that are keys.

    Raises
    ------
    TypeError
        If there is nothing to group by.
    KeyError
        If there is no column or index level of a name.
    Unsupported
        If only pandas can make the keys.
    """
    if by is None and level is None:
        raise TypeError("You have to supply one of 'by' and 'level'")
    if level is not None:
        if by is not None:
            raise Unsupported("groupby(by, level=)", "it maps the labels of one level")
        frame, levels = _levels(frame, level)
        return frame, levels, set()
    names: list[Hashable] = []
    used: set[Hashable] = set()
    labels = frame.labels
    for one in _several(frame, by):
        frame, (name, id), label = _key(frame, one)
        # What comes beside a frame keeps its columns, under new ids, and no others.
        frame = frame.select((*frame.labels, object()), (*frame.ids, id))
        names.append(name)
        used |= label
    width = len(labels)
    return frame.select(labels, frame.ids[:width]), tuple(zip(names, frame.ids[width:], strict=True)), used


def _several(frame: Frame, by: Any) -> list[Any]:
    if not isinstance(by, list):
        return [by]
    plain = all(
        isinstance(one, Hashable) and not isinstance(one, (Series, pd.Grouper)) and not callable(one) for one in by
    )
    names = [name for name, _ in frame.index or ()]
    known = plain and all(frame.find(one) or one in names for one in by)
    return [np.asarray(by, dtype=object)] if plain and by and not known and not any(map(frame.find, by)) else by


def _key(frame: Frame, one: Any) -> tuple[Frame, tuple[Hashable, str], set[Hashable]]:
    """The frame with one key column, its name and id, and its label where it is a column of the frame."""
    if isinstance(one, pd.Grouper):
        if getattr(one, "freq", None) is not None:
            return _binned(frame, one)
        if not one.sort:
            raise Unsupported("groupby(Grouper)", "its groups come in the order in which they are seen")
        if one.level is not None:
            frame, (key,) = _levels(frame, one.level)
            return frame, key, set()
        one = one.key
    if isinstance(one, pd.Series):
        one = Series(one)
    if isinstance(one, Series):
        frame, id = _of_column(frame, one._frame)
        return frame, (one.name, id), {one.name} if (id,) == frame.find(one.name) else set()
    if isinstance(one, list):
        one = np.asarray(one)
    if isinstance(one, dict) or callable(one):
        names = [name for name, _ in frame.index or ()]
        frame, id = _of_labels(frame, one)
        return frame, (names[0] if len(names) == 1 else None, id), set()
    if isinstance(one, (np.ndarray, pd.Index, pd.Categorical)):
        frame, id = _of_values(frame, one)
        return frame, (getattr(one, "name", None), id), set()
    return frame, (one, frame.key(one)), {one}


def bins_of(grouper: Any) -> dict[str, Any]:
    """What ``resample`` takes for a grouper of times."""
    own = {name: getattr(grouper, name) for name in ("closed", "label", "convention", "level", "origin", "offset")}
    return {"rule": grouper.freq, "on": grouper.key, **own, "group_keys": grouper.group_keys}


def _binned(frame: Frame, grouper: Any) -> tuple[Frame, tuple[Hashable, str], set[Hashable]]:
    """The frame with the bin of each row as a key."""
    if grouper.key is None and len(frame.index_ids) != 1 or grouper.level is not None:
        raise Unsupported("Grouper(level=)", "its level is not the whole index", "key=")
    name, times = (grouper.key, frame.key(grouper.key)) if grouper.key is not None else (frame.index or ())[0]
    own = (grouper.closed, grouper.label, grouper.origin, grouper.offset)
    every = bins_for(grouper.freq, *own, of=frame.dtype(times))
    frame, id = every.of_times(Times(frame, times))
    return frame, (name, id), set() if grouper.key is None else {grouper.key}


def _of_column(frame: Frame, column: Frame) -> tuple[Frame, str]:
    """A key column by the row labels of another table, which are those of the frame or the default ones of both."""
    if frame.index is None and column.index is None and not same_rows(frame, column):
        frame, other = paste(frame, column)
        return frame, other.ids[0]
    try:
        frame, other = beside(frame, column)
    except NotAligned:
        raise Unsupported("groupby(column of other rows)", "pandas aligns its index labels") from None
    return frame, other.ids[0]


def _of_labels(frame: Frame, mapping: Any) -> tuple[Frame, str]:
    """A key column made of the labels of the index, by a function or a dictionary."""
    rows = frame.with_explicit_index()
    if len(rows.index_ids) != 1:
        raise Unsupported("groupby(function)", "labels of several levels are tuples")
    (id,) = rows.index_ids
    if isinstance(mapping, dict):
        return rows.define(lookup(Column(id), rows.dtype(id), mapping))
    mapped = call_each(rows.select((None,), (id,)), mapping, None, None)
    rows, other = beside(rows, mapped)
    return rows, other.ids[0]


def _of_values(frame: Frame, values: Any) -> tuple[Frame, str]:
    """A key column of values given row by row."""
    rows = len(Series(frame.select((None,), frame.ids[:1] or frame.with_explicit_index().index_ids)))
    if len(values) != rows:
        if isinstance(values, np.ndarray) and values.dtype == object:
            raise KeyError(values[0])
        raise ValueError(f"Grouper and axis must be same length, not {len(values)} and {rows}")
    try:
        given = Series(pd.Series(values).infer_objects())
    except TypeError as error:
        raise Unsupported("groupby(values)", str(error)) from None
    frame, other = paste(frame, given._frame)
    return frame, other.ids[0]


def _levels(frame: Frame, level: Any) -> tuple[Frame, Keys]:
    frame = frame.with_explicit_index()
    levels = frame.index or ()
    chosen: Sequence[Any] = level if isinstance(level, (list, tuple)) else [level]
    picked = []
    for one in chosen:
        if isinstance(one, int) and not isinstance(one, bool) and -len(levels) <= one < len(levels):
            found = [levels[one]]
        else:
            found = [pair for pair in levels if same_label(pair[0], one)]
        if not found:
            wrong = ValueError if len(levels) == 1 else KeyError
            raise wrong(
                f"level name {one} is not the name of the index, whose levels are {[name for name, _ in levels]}"
            )
        picked += found
    return frame, tuple(picked)


def every_category(frame: Frame, keys: Keys, observed: bool) -> tuple[Plan | None, ...]:
    """The categories of each key as a table, where those that no row has are groups."""
    if observed:
        return ()
    return tuple(_categories(frame.dtype(id)) for _, id in keys)


def _categories(dtype: DType) -> Plan | None:
    if dtype.categories is None:
        return None
    own = dtype.pandas
    return Series(pd.Series(pd.Categorical.from_codes(range(len(own.categories)), dtype=own)))._frame.plan()
