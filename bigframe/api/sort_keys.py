"""What ``key=`` sorts rows by: a function of whole columns, called with lazy ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bigframe.errors import Unsupported
from bigframe.semantics.frame import Frame, absorb, same_rows

_WHAT = "sort_values(key=)"


def mapped_keys(frame: Frame, ids: Sequence[str], key: Callable[[Any], Any] | None) -> tuple[Frame, list[str]]:
    """The frame with what a function makes of columns, and the ids that hold it; the columns' own without one.

    Raises
    ------
    Unsupported
        If the function wants values that are there, makes other rows, or is to be given an index.
    """
    found = list(ids)
    if key is not None:
        for place, id in enumerate(ids):
            frame, found[place] = _defined(frame, id, key)
    return frame, found


def _defined(frame: Frame, id: str, key: Callable[[Any], Any]) -> tuple[Frame, str]:
    from bigframe.api.series import Series

    if id not in frame.ids:
        raise Unsupported(_WHAT, "pandas gives its function an index")
    column = Series(frame.select((frame.labels[frame.ids.index(id)],), (id,)))
    try:
        values = key(column)
    except Exception as error:
        raise Unsupported(_WHAT, f"its function takes no lazy column ({error})", ".assign a column first") from error
    if not isinstance(values, Series) or not same_rows(frame, values._frame):
        raise Unsupported(_WHAT, "its function returns something else than a column of the same rows")
    return absorb(frame, values._frame), values._id
