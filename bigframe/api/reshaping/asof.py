"""``merge_asof``: each left row beside the right one whose key is nearest."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Hashable
from typing import Any

import pandas as pd

from bigframe.api.binding.fallbacks import gather
from bigframe.api.binding.falling_back import or_gathered
from bigframe.api.binding.tiers import document
from bigframe.api.dataframe import DataFrame
from bigframe.api.reading.io import from_pandas
from bigframe.api.series import Series
from bigframe.errors import Unsupported
from bigframe.semantics.frame import Frame
from bigframe.semantics.nearest import Nearest, Side, beside_nearest, in_order

_NOTE = "Keys that are arrays, and those of dtypes without a kernel, gather the data in one process."


@functools.wraps(pd.merge_asof)
def merge_asof(*args: Any, **kwargs: Any) -> Any:
    """Each left row beside the right one whose key is nearest. Tier: *native*."""
    given = _SIGNATURE.bind(*args, **kwargs)
    given.apply_defaults()
    return or_gathered(
        lambda: _matched(**given.arguments), lambda why: gather(pd.merge_asof, args, kwargs, f"merge_asof: {why}")
    )


_SIGNATURE = inspect.signature(pd.merge_asof)
merge_asof.__doc__ = document(pd.merge_asof, "native", _NOTE)


def _matched(left: Any, right: Any, **how: Any) -> DataFrame:
    ours, theirs = _table(left), _table(right)
    keys = [how[name] for name in ("on", "left_on", "right_on", "by", "left_by", "right_by")]
    if not all(isinstance(one, Hashable) for key in keys for one in (key if isinstance(key, list) else [key])):
        raise Unsupported("merge_asof(on=array)", "keys are named by label")
    like = pd.merge_asof(_of_no_rows(ours), _of_no_rows(theirs), **how)  # pandas says what is wrong with it
    left_on, left_by = _keys(ours, how, "left")
    right_on, right_by = _keys(theirs, how, "right")
    mine = _side(ours, left_on, left_by, "left")
    other = _side(theirs, right_on, right_by, "right")
    near = Nearest(how["direction"], how["allow_exact_matches"], how["tolerance"])
    frame, ids, _ = beside_nearest(mine, other, near)
    pairs = [*zip(left_by, right_by, strict=True), (left_on, right_on)]
    shared = [theirs.one(b) for a, b in pairs if a is not None and b is not None and type(a) is type(b) and a == b]
    if left_on is None and right_on is not None and right_by:
        raise Unsupported("merge_asof(left_index=True, right_on=, by=)", "pandas has the left keys in the right column")
    kept = [*ours.ids, *(ids[id] for id in theirs.ids if id not in shared)]
    if len(kept) != len(like.columns):
        raise Unsupported("merge_asof of such labels", "what becomes of its keys is pandas' own rule")
    index = frame.index if how["left_index"] or how["right_index"] else None
    return DataFrame(
        frame.select(list(like.columns), kept).with_index(index).replace(label_names=tuple(like.columns.names))
    )


def _table(value: Any) -> Frame:
    if isinstance(value, (pd.DataFrame, pd.Series)):
        value = from_pandas(value)
    if isinstance(value, Series) and value.name is not None:
        value = value.to_frame()
    if not isinstance(value, DataFrame):
        raise Unsupported("merge_asof of something else than tables", "pandas says what is wrong with it")
    frame: Frame = value._frame
    return frame.with_explicit_index()


def _of_no_rows(frame: Frame) -> pd.DataFrame:
    """A table of pandas with the same labels and dtypes."""
    empty = pd.DataFrame({place: pd.Series(dtype=dtype.pandas) for place, dtype in enumerate(frame.dtypes)})
    empty.columns = pd.Index(frame.labels) if frame.labels else pd.Index([])
    if frame.label_names:
        empty.columns.names = frame.label_names
    names = [name for name, _ in frame.index or ()]
    levels = [pd.Index([], dtype=frame.dtype(id).pandas) for id in frame.index_ids]
    empty.index = levels[0].rename(names[0]) if len(levels) == 1 else pd.MultiIndex.from_arrays(levels, names=names)
    return empty


def _keys(frame: Frame, how: dict[str, Any], side: str) -> tuple[Hashable | None, list[Hashable]]:
    """The label of the key, None if it is the index, and the labels of those that must be equal."""
    on = how["on"] if how["on"] is not None else how[f"{side}_on"]
    by = how["by"] if how["by"] is not None else how[f"{side}_by"]
    on = on[0] if isinstance(on, list) else on
    labels = [] if by is None else by if isinstance(by, list) else [by]
    for label in ([] if on is None else [on]) + labels:
        if not frame.find(label):
            raise Unsupported(f"merge_asof({side}_on=)", "a key is no column")
    return on, list(labels)


def _side(frame: Frame, on: Hashable | None, by: list[Hashable], side: str) -> Side:
    key = frame.index_ids[0] if on is None else frame.one(on)
    frame, key = in_order(frame, key, f"{side} keys must be sorted", f"Merge keys contain null values on {side} side")
    return Side(frame, key, tuple(frame.one(label) for label in by))
