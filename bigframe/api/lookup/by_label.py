"""Rows looked up by their labels: one, several, or all between two. Small jobs see which there are."""

from __future__ import annotations

import datetime
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.columns import Columns
from bigframe.errors import Unsupported
from bigframe.ops.base import Column, Expr
from bigframe.ops.comparison import Ge, Le
from bigframe.ops.logical import And
from bigframe.schema import DType
from bigframe.semantics import picking, selecting
from bigframe.semantics.frame import Frame
from bigframe.semantics.membership import is_in
from bigframe.semantics.values import literal

LISTS = (list, np.ndarray, pd.Index, pd.Series, pd.api.extensions.ExtensionArray, range)
ALL = slice(None)


def is_all(key: Any) -> bool:
    """Whether a key is ``:`` or an ellipsis."""
    return key is Ellipsis or isinstance(key, slice) and key == ALL


def is_mask(key: Any) -> bool:
    """Whether a list or an array says of each row whether it is wanted."""
    if not isinstance(key, LISTS) or isinstance(key, (range, pd.MultiIndex)):
        return False
    if isinstance(key, list):
        return bool(key) and all(isinstance(item, (bool, np.bool_)) for item in key)
    if key.ndim != 1:
        return False
    return pd.api.types.is_bool_dtype(key.dtype) or key.dtype == object and len(key) > 0 and is_mask(list(key))


def labelled(frame: Frame) -> tuple[Frame, str, DType]:
    """The frame with its one index level as a column.

    Raises
    ------
    Unsupported
        If there are several levels, or pandas would compare the labels with others as Python objects.
    """
    rows = frame.with_explicit_index()
    if len(rows.index_ids) != 1:
        raise Unsupported("loc[labels] on a MultiIndex", "its labels are tuples", ".reset_index() and a mask")
    (id,) = rows.index_ids
    return rows, id, rows.dtype(id)


def no_rows(frame: Frame) -> pd.DataFrame:
    """A table without rows or columns under an index of the frame's kind: pandas says of it which keys are no labels."""
    _, _, dtype = labelled(frame)
    return pd.DataFrame(index=pd.Index([], dtype=dtype.settled().pandas))


def positions_of(key: Any, total: int, indexer: str) -> np.ndarray[Any, Any] | range | int:
    """Which of the rows 0, 1, 2, … a key means to pandas: one position, a range or an array of them."""
    if isinstance(key, (np.ndarray, list)) and np.ndim(key) > 1:
        raise Unsupported(f"{indexer}[rows of rows]", "pandas says why not")
    found: Any = getattr(pd.DataFrame(index=pd.RangeIndex(total)), indexer)[key]
    if isinstance(found, pd.Series):
        position: Any = found.name
        return int(position)
    index: Any = found.index
    if isinstance(index, pd.RangeIndex):
        return range(index.start, index.stop, index.step)
    positions: np.ndarray[Any, Any] = index.to_numpy()
    return positions


def with_label(frame: Frame, label: Hashable) -> tuple[Frame, bool]:
    """The rows of one label, and whether it means a period of labels.

    Raises
    ------
    KeyError
        If the label is of no kind that the index has.
    Unsupported
        If it may mean more than one label.
    """
    rows, id, dtype = labelled(frame)
    if isinstance(label, (bool, np.bool_)) and not dtype.is_bool:
        raise KeyError(f"{label}: boolean label can not be used without a boolean index")
    if dtype.is_datetime and isinstance(label, str):
        return _in_period(rows, id, label)
    read = dtype.is_timedelta or dtype.is_period
    if dtype.is_datetime and type(label) is datetime.date or read and isinstance(label, str):
        raise Unsupported(f"loc[{type(label).__name__}] among times", "it may mean more than a moment")
    if not pd.api.types.is_scalar(label):
        raise Unsupported(f"loc[{type(label).__name__}]", "it is no label of a row")
    return selecting.keep_rows(rows, is_in(Column(id), dtype, [label])), False


def with_labels(owner: Any, labels: list[Any]) -> Frame:
    """The rows of some labels in the order of these."""
    from bigframe.api.labels.index import index_of
    from bigframe.api.reading.io import frame_of

    rows, id, dtype = labelled(owner._frame)
    if not labels:
        return owner._slice(slice(0, 0))._frame  # type: ignore[no-any-return]
    ((name, _),) = rows.index or ()
    index = pd.Index(labels)
    if index.dtype == object or index.hasnans and not dtype.never_missing:
        raise Unsupported("loc[labels of several kinds]", "pandas matches them as Python objects")
    other = dtype.is_datetime and index.dtype.kind != "M" or dtype.is_timedelta and index.dtype.kind != "m"
    if other or dtype.is_period and index.dtype != dtype.pandas:
        raise Unsupported("loc[labels of another kind]", "pandas reads times from them")
    found = set(index_of(selecting.keep_rows(rows, is_in(Column(id), dtype, labels))).unique())
    absent = pd.Index([label for label in labels if label not in found]).unique().tolist()
    if absent:
        every = f"None of [{pd.Index(labels, name=name)!r}] are in the [index]"
        raise KeyError(every if not found else f"{absent} not in index")
    try:
        wanted = frame_of(pd.Series(index, name=name).astype(dtype.pandas))
    except (TypeError, ValueError):
        raise Unsupported("loc[labels of another kind]", "pandas matches them as Python objects") from None
    return picking.in_order_of(rows, (id,), wanted)


def between(owner: Any, key: slice) -> Expr | None:
    """Which rows lie between two labels, as an expression over the index; None if the labels' places decide.

    Raises
    ------
    TypeError
        If a bound is of no kind that the index has.
    """
    _, id, dtype = labelled(owner._frame)
    if dtype.categories is not None or dtype.is_three_valued:
        raise Unsupported("loc[start:stop]", "labels are ordered by their place or may be missing")
    if dtype.is_numeric and any(isinstance(bound, str) for bound in (key.start, key.stop)):
        raise Unsupported("loc[text:text] among numbers", "the labels' order decides the error")
    like = no_rows(owner._frame)
    like.loc[key.start : key.stop]
    cast: Any = like.index
    bounds = [
        (op, bound if bound is None else cast._maybe_cast_slice_bound(bound, side))
        for op, bound, side in ((Ge, key.start, "left"), (Le, key.stop, "right"))
    ]
    way = 1 if rises(owner._frame) else direction(owner.index, dtype)
    if not way:
        return None
    if way < 0:
        bounds = [(Le, bounds[0][1]), (Ge, bounds[1][1])]
    tests = [op(Column(id), literal(bound, dtype)) for op, bound in bounds if bound is not None]
    if not tests:
        return literal(True)
    return tests[0] if len(tests) == 1 else And(*tests)


def places_between(owner: Any, key: slice) -> slice:
    """The positions from the one label to the other, in an index without order.

    Raises
    ------
    KeyError
        If no row has the label, or rows apart from each other.
    """
    from bigframe.api.series import Series

    rows, id, dtype = labelled(owner._frame)
    if dtype.is_datetime or dtype.is_timedelta:
        raise Unsupported("loc[start:stop] of times without order", "pandas asks whether there are such times")
    rows, at = rows.positions()
    bounds: list[int | None] = []
    for label, side in ((key.start, "left"), (key.stop, "right")):
        if label is None:
            bounds.append(None)
            continue
        matched = selecting.keep_rows(rows.select((None,), (at,)), is_in(Column(id), dtype, [label]))
        found = Series(matched).to_list()
        if not found:
            raise KeyError(
                f"Cannot get {side} slice bound for non-monotonic index with a missing label {label!r}. "
                "Either sort the index or specify an existing label."
            )
        if found[-1] - found[0] != len(found) - 1:
            raise KeyError(f"Cannot get {side} slice bound for non-unique label: {label!r}")
        bounds.append(found[0] if side == "left" else found[-1] + 1)
    return slice(*bounds)


def rises(frame: Frame) -> bool:
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


def direction(index: Columns, dtype: DType) -> int:
    """Whether labels rise (1), fall (-1), or do neither (0); a job."""
    labels: Any = index
    if not dtype.never_missing and bool(labels.isna().any()):
        raise Unsupported("loc[start:stop]", "the index has missing labels")
    return 1 if bool(labels.is_monotonic_increasing) else -1 if bool(labels.is_monotonic_decreasing) else 0


def _in_period(rows: Frame, id: str, text: str) -> tuple[Frame, bool]:
    """The rows of a moment, or those (true) of the month, day or hour that a text means among finer labels.

    Raises
    ------
    KeyError
        If the text is no time.
    """
    dtype = rows.dtype(id)
    like: Any = pd.DatetimeIndex([], dtype=dtype.settled().pandas)
    try:
        moment, meant = like._parse_with_reso(text)
    except ValueError as error:
        raise KeyError(text) from error
    if meant > _resolution(rows, id):
        start, stop = like._parsed_string_to_bounds(meant, moment)
        test = And(Ge(Column(id), literal(start, dtype)), Le(Column(id), literal(stop, dtype)))
        return selecting.keep_rows(rows, test), True
    moment = moment.tz_localize(like.tz) if moment.tz is None and like.tz is not None else moment
    return selecting.keep_rows(rows, is_in(Column(id), dtype, [moment])), False


def _resolution(rows: Frame, id: str) -> Any:
    """The finest part of a time that any label has; a small job."""
    from pandas._libs.tslibs import Resolution  # type: ignore[attr-defined]

    from bigframe.api.dataframe import DataFrame
    from bigframe.api.series import Series

    times: Any = Series(rows.select((None,), (id,)).with_index(None)).dt
    micros = times.microsecond
    parts = {
        "nanosecond": times.nanosecond != 0,
        "microsecond": micros % 1000 != 0,
        "millisecond": micros != 0,
        "second": times.second != 0,
        "minute": times.minute != 0,
        "hour": times.hour != 0,
    }
    found = DataFrame(parts).any().to_pandas()
    finest = next((part for part in parts if found[part]), "day")
    return Resolution.from_attrname(finest)
