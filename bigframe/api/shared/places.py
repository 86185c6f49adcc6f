"""Where the values of a column are among each other."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd

from bigframe.api.binding.tiers import composed
from bigframe.api.scalar import LazyScalar, reduce
from bigframe.errors import Unsupported
from bigframe.ops import reductions
from bigframe.ops.base import Column
from bigframe.ops.comparison import Le, Lt
from bigframe.semantics.placing import codes, in_order
from bigframe.semantics.values import comparand


def _argsort(owner: Any, axis: Any, kind: Any, order: Any, stable: Any) -> Any:  # noqa: ARG001  (pandas ignores both)
    from bigframe.api.series import Series

    if axis != -1:
        pd.Series._get_axis_number(axis)  # type: ignore[attr-defined]
    if kind not in (None, "quicksort", "mergesort", "heapsort", "stable"):
        raise ValueError(f"sort kind must be one of 'quick', 'heap', or 'stable' (got {kind!r})")
    return Series(in_order(owner._frame))


def _factorize(owner: Any, sort: bool, use_na_sentinel: bool) -> tuple[Any, Any]:
    from bigframe.api.labels.index import Index, LazyArray

    if not use_na_sentinel:
        raise Unsupported("factorize(use_na_sentinel=False)", "missing values are numbered as well")
    column = owner._column if owner.display == "Index" else owner
    distinct = column.dropna().drop_duplicates()
    labels = Index((distinct.sort_values() if sort else distinct)._frame)
    numbered = codes(column.rename(None)._frame, ordered=sort)
    return LazyArray(numbered), labels if owner.display == "Index" else labels.rename(None)


def _searchsorted(owner: Any, value: Any, side: str, sorter: Any) -> LazyScalar:
    if sorter is not None or not pd.api.types.is_scalar(value) or pd.isna(value):
        raise Unsupported("searchsorted(list)", "each value has a place of its own")
    if side not in ("left", "right"):
        raise ValueError(f"search side must be one of 'left' or 'right' (got {side!r})")
    id, dtype = owner._id, owner._dtype
    if dtype.is_string or dtype.categories is not None or isinstance(value, str):
        raise Unsupported(f"searchsorted of {dtype}", "its kernel compares numbers and times")
    test = (Lt if side == "left" else Le)(Column(id), comparand(value, dtype))
    frame, before = owner._frame.define(test)
    return reduce(frame, reductions.Sum(Column(before)))


class Places:
    """What only Series has."""

    pandas: ClassVar[type] = pd.Series
    display: ClassVar[str] = "Series"

    argsort = composed(_argsort)
    factorize = composed(_factorize)
    searchsorted = composed(_searchsorted)
