"""What both sides of a join match on: which columns or levels, and in which dtype."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bigframe.errors import Unsupported
from bigframe.ops import rules
from bigframe.ops.base import Column
from bigframe.ops.casting import Widen
from bigframe.schema import DType
from bigframe.semantics.frame import Frame

KINDS = ("left", "right", "inner", "outer", "left_anti", "right_anti", "cross")


@dataclass(frozen=True)
class Keys:
    """What one side joins on: key ids, the label of each key or the name of each level, and whether it is the index."""

    ids: tuple[str, ...]
    labels: tuple[Hashable | None, ...]
    of_index: bool = False


def choose_keys(
    left: Frame, right: Frame, how: str, on: Any, left_on: Any, right_on: Any, left_index: bool, right_index: bool
) -> tuple[Frame, Frame, Keys, Keys]:
    """What both sides of a merge join on; the sides, with their indexes made columns where they are keys.

    Raises
    ------
    ValueError
        If there is no such kind of merge, or the sides have different numbers of keys.
    KeyError
        If a key is neither a column nor an index level.
    pandas.errors.MergeError
        If the arguments contradict each other, or the sides have no column in common.
    """
    if how not in KINDS:
        raise ValueError(f"'{how}' is not a valid Merge type: {', '.join(KINDS)}, asof")
    given = on is not None or left_on is not None or right_on is not None or left_index or right_index
    if how == "cross":
        if given:
            raise pd.errors.MergeError("Can not pass on, right_on, left_on or set right_index=True or left_index=True")
        return left, right, Keys((), ()), Keys((), ())
    if not given:
        on = [label for label in left.labels if label in right.labels]
        if not on:
            raise pd.errors.MergeError(
                "No common columns to perform merge on. "
                "Merge options: left_on=None, right_on=None, left_index=False, right_index=False"
            )
    if on is not None:
        if left_on is not None or right_on is not None:
            raise pd.errors.MergeError(
                'Can only pass argument "on" OR "left_on" and "right_on", not a combination of both.'
            )
        if left_index or right_index:
            raise pd.errors.MergeError(
                'Can only pass argument "on" OR "left_index" and "right_index", not a combination of both.'
            )
        left_on = right_on = on
    left, left_keys = _side_keys(left, "left", left_on, left_index)
    right, right_keys = _side_keys(right, "right", right_on, right_index)
    if len(left_keys.ids) != len(right_keys.ids):
        if left_index and right_index:
            raise Unsupported("merge of indexes with different numbers of levels", "pandas joins on those in common")
        if left_index or right_index:
            side, other = ("right", "left") if left_index else ("left", "right")
            raise ValueError(f'len({side}_on) must equal the number of levels in the index of "{other}"')
        raise ValueError("len(right_on) must equal len(left_on)")
    return left, right, left_keys, right_keys


def _side_keys(frame: Frame, side: str, labels: Any, of_index: bool) -> tuple[Frame, Keys]:
    if of_index and labels is not None:
        raise pd.errors.MergeError(f'Can only pass argument "{side}_on" OR "{side}_index" not both.')
    if of_index:
        frame = frame.with_explicit_index()
        return frame, Keys(frame.index_ids, tuple(name for name, _ in frame.index or ()), of_index=True)
    if labels is None:
        raise pd.errors.MergeError(f'Must pass "{side}_on" OR "{side}_index".')
    chosen = tuple(labels) if isinstance(labels, (list, tuple, pd.Index)) else (labels,)
    if not all(isinstance(label, Hashable) for label in chosen):
        raise Unsupported(f"merge({side}_on=array)", "keys are named by label", ".assign a key column first")
    return frame, Keys(tuple(frame.key(label) for label in chosen), chosen)


def require_equal_categories(keys: Iterable[tuple[DType, DType]], *, in_order: bool) -> None:
    """Refuse pairs of keys that pandas converts, or orders by the places of categories.

    Raises
    ------
    Unsupported
        If only one of a pair is categorical, or they are not of the same categories.
    """
    for left, right in keys:
        if left.categories != right.categories:
            raise Unsupported("merge of categories with other values", "pandas converts them", ".astype('str') first")
        if left.categories is not None and in_order:
            raise Unsupported("merge in the order of categories", "pandas sorts by their places, missing ones first")


def common_keys(
    left: Frame, left_id: str, right: Frame, right_id: str, name: Hashable = None
) -> tuple[Frame, str, Frame, str]:
    """Two key columns cast to one dtype.

    Raises
    ------
    ValueError
        If the dtypes cannot match each other, as pandas says it.
    """
    left_dtype, right_dtype = left.dtype(left_id), right.dtype(right_id)
    if left_dtype.arrow == right_dtype.arrow:
        return left, left_id, right, right_id
    try:
        if (
            left_dtype.is_datetime
            and right_dtype.is_datetime
            and (not left_dtype.arrow.tz) != (not right_dtype.arrow.tz)
        ):
            raise TypeError("a time with a zone and one without do not compare")
        common = rules.promote(left_dtype, right_dtype)
    except TypeError:
        raise ValueError(
            f"You are trying to merge on {left_dtype} and {right_dtype} columns for key '{name}'. "
            "If you wish to proceed you should use pd.concat"
        ) from None
    target = DType(common.arrow, common.family)
    left, left_id = left.define(Column(left_id) if left_dtype.arrow == common.arrow else Widen(Column(left_id), target))
    right, right_id = right.define(
        Column(right_id) if right_dtype.arrow == common.arrow else Widen(Column(right_id), target)
    )
    return left, left_id, right, right_id
