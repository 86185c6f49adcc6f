"""The pandas objects that lazy frames were made of, for the expected side of a comparison."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import bigframe.api.reading.io
from bigframe.semantics.frame import Frame

_made_of: WeakKeyDictionary[Frame, Any] = WeakKeyDictionary()


def remember() -> None:
    """Note from now on what frames are made of: what a test writes down as expected is then compared as pandas has it."""
    frame_of = bigframe.api.reading.io.frame_of

    def remembered(data: Any) -> Frame:
        frame = frame_of(data)
        _made_of[frame] = data.copy()
        return frame

    bigframe.api.reading.io.frame_of = remembered


def expected(value: Any) -> Any:
    """A bigframe object as the pandas object that it was made of, unless something was done to it since."""
    frame = getattr(value, "_frame", None)
    made_of = None if frame is None else _made_of.get(frame)
    if made_of is None or isinstance(value, bigframe.DataFrame) != (made_of.ndim == 2):
        return looked_at(value)
    return made_of


def looked_at(value: Any) -> Any:
    """A bigframe object as pandas has it, after a job; lists and dicts of such objects too."""
    if isinstance(value, bigframe.LazyScalar):
        return value.item()
    # In a function that pandas calls its own frames are instances of bigframe.DataFrame too.
    if isinstance(value, (bigframe.DataFrame, bigframe.Series)) and hasattr(value, "_frame"):
        return value.to_pandas()
    if type(value) in (list, tuple):
        return type(value)(looked_at(item) for item in value)
    if type(value) is dict:
        return {key: looked_at(item) for key, item in value.items()}
    return value
