"""pandas' top-level functions."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from bigframe.api.dataframe import DataFrame
from bigframe.api.series import Series
from bigframe.errors import Unsupported
from bigframe.ops.casting import ToDatetime
from bigframe.semantics.casting import parse_numbers
from bigframe.semantics.elementwise import NotAligned, beside
from bigframe.semantics.stacking import stack


def concat(
    objs: Iterable[Any] | Mapping[Any, Any],
    *,
    axis: Any = 0,
    join: str = "outer",
    ignore_index: bool = False,
    keys: Any = None,
    sort: bool = False,
) -> Any:
    """Tables one after another, or columns of the same rows side by side. See pandas; tier: *native*.

    Raises
    ------
    Unsupported
        For ``keys=``, and for ``axis=1`` of frames with different rows.
    """
    parts = list(objs)
    if keys is not None or isinstance(objs, Mapping):
        raise Unsupported("concat(keys=)", "it adds an index level", "a column that names the source")
    if not parts:
        raise ValueError("No objects to concatenate")
    if axis in (1, "columns"):
        frame = parts[0]._frame
        labels, ids = list(frame.labels), list(frame.ids)
        for part in parts[1:]:
            try:
                frame, other = beside(frame, part._frame)
            except NotAligned:
                raise Unsupported(
                    "concat(axis=1) of different rows", "pandas aligns their indexes", "merge or join"
                ) from None
            labels += other.labels
            ids += other.ids
        return DataFrame(frame.select(range(len(ids)) if ignore_index else labels, ids))
    if all(isinstance(part, Series) for part in parts):
        name = parts[0].name if all(part.name == parts[0].name for part in parts) else None
        frames = [part._frame.select((name,), part._frame.ids) for part in parts]
        return Series(stack(frames, [name], ignore_index=ignore_index))
    frames = [(part.to_frame() if isinstance(part, Series) else part)._frame for part in parts]
    labels = list(dict.fromkeys(label for frame in frames for label in frame.labels))
    if join == "inner":
        labels = [label for label in labels if all(frame.find(label) for frame in frames)]
    elif join != "outer":
        raise ValueError("Only can inner (intersect) or outer (union) join the other axis")
    if sort:
        labels = sorted(labels)
    return DataFrame(stack(frames, labels, ignore_index=ignore_index))


@functools.wraps(DataFrame.merge)
def merge(left: DataFrame, right: Any, *args: Any, **kwargs: Any) -> DataFrame:
    """Join two frames. See :meth:`DataFrame.merge`."""
    return left.merge(right, *args, **kwargs)


def to_datetime(arg: Any, errors: str = "raise", format: str | None = None, utc: bool = False) -> Any:
    """Strings as datetimes. See pandas; scalars and lists go to pandas itself. Tier: *native*."""
    if not isinstance(arg, Series):
        return pd.to_datetime(arg, errors=errors, format=format, utc=utc)  # type: ignore[call-overload]
    if utc:
        raise Unsupported("to_datetime(utc=True)", "its kernel makes naive datetimes", ".dt.tz_localize('UTC')")
    if arg._dtype.is_datetime:
        return arg
    return arg._apply(lambda x: ToDatetime(x, format, errors, "us"))


def to_numeric(arg: Any, errors: str = "raise") -> Any:
    """Strings as numbers: int64 if all of them are integers, else float64. See pandas. Tier: *partitionwise*."""
    if not isinstance(arg, Series):
        return pd.to_numeric(arg, errors=errors)  # type: ignore[call-overload]
    return Series(parse_numbers(arg._frame, errors))


def to_timedelta(arg: Any, unit: str | None = None, errors: str = "raise") -> Any:
    """Durations of strings or numbers. See pandas; only scalars and lists, a column takes ``.astype("timedelta64[us]")``."""
    if isinstance(arg, Series):
        raise Unsupported("to_timedelta(Series)", "its unit depends on the data", ".astype('timedelta64[us]')")
    return pd.to_timedelta(arg, unit=unit, errors=errors)  # type: ignore[call-overload]


def isna(obj: Any) -> Any:
    """Which values are missing. See pandas."""
    return obj.isna() if isinstance(obj, (DataFrame, Series)) else pd.isna(obj)


def notna(obj: Any) -> Any:
    """Which values are there. See pandas."""
    return obj.notna() if isinstance(obj, (DataFrame, Series)) else pd.notna(obj)
