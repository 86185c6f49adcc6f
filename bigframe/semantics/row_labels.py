"""Row labels as data: renamed, affixed, left out, taken from other columns."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from bigframe.errors import Unsupported
from bigframe.literals import is_missing
from bigframe.ops.arithmetic import Add
from bigframe.ops.base import Column, Expr
from bigframe.ops.casting import Cast
from bigframe.ops.comparison import IsIn
from bigframe.ops.conditional import Where
from bigframe.ops.functions import Lookup
from bigframe.ops.logical import Not
from bigframe.ops.missing import Coalesce
from bigframe.schema import STRING, DType
from bigframe.semantics.frame import Frame
from bigframe.semantics.membership import is_in
from bigframe.semantics.selecting import keep_rows
from bigframe.semantics.values import held, literal


def relabelled(frame: Frame, make: Callable[[DType], Callable[[Expr], Expr]], levels: Sequence[int] = ()) -> Frame:
    """The frame with index levels (default: all) computed from what they were."""
    frame = frame.with_explicit_index()
    index = []
    for number, (name, id) in enumerate(frame.index or ()):
        if not levels or number in levels:
            frame, id = frame.define(make(frame.dtype(id))(Column(id)))
        index.append((name, id))
    return frame.with_index(tuple(index))


def affixed(prefix: str, suffix: str) -> Callable[[DType], Callable[[Expr], Expr]]:
    """Labels as text with something before and after; to pandas a missing one reads ``nan``.

    Raises
    ------
    Unsupported
        If their text is not that of integers or strings.
    """

    def around(text: Expr) -> Expr:
        text = Add(literal(prefix), text) if prefix else text
        return Add(text, literal(suffix)) if suffix else text

    def make(dtype: DType) -> Callable[[Expr], Expr]:
        if dtype.is_string and not dtype.is_three_valued and dtype.categories is None:
            return lambda x: around(Coalesce(x, literal("nan")))
        if dtype.is_integer and dtype.never_missing:
            return lambda x: around(Cast(x, STRING))
        raise Unsupported(f"{dtype} labels with a prefix or suffix", "pandas formats them as Python objects")

    return make


def replaced(mapping: Mapping[Any, Any]) -> Callable[[DType], Callable[[Expr], Expr]]:
    """Labels looked up, those without a key as they were.

    Raises
    ------
    Unsupported
        If a new label is not of the old ones' dtype.
    """

    def make(dtype: DType) -> Callable[[Expr], Expr]:
        if dtype.unless_missing or dtype.categories is not None or not (dtype.is_string or dtype.is_integer):
            raise Unsupported(f"renaming {dtype} labels by a mapping", "its dtype depends on the labels found")
        pairs = {}
        for old, new in mapping.items():
            if is_missing(old) or is_missing(new):
                raise Unsupported("renaming missing labels", "pandas matches them as Python objects")
            key = held(old, dtype)
            if key is None:
                continue
            value = held(new, dtype) if not isinstance(new, float) else None
            if value is None:
                raise Unsupported(f"renaming {dtype} labels to {new!r}", "its dtype depends on the labels found")
            pairs[key] = value
        if not pairs:
            return lambda x: x
        keys, values = tuple(pairs), tuple(pairs.values())
        return lambda x: Where(IsIn(x, keys, False), Lookup(x, keys, values, dtype), x)

    return make


def labelled_as(frame: Frame, labels: Sequence[Hashable]) -> tuple[Frame, Expr]:
    """Which rows have one of some labels.

    Raises
    ------
    Unsupported
        If the index has several levels.
    """
    frame = frame.with_explicit_index()
    if len(frame.index_ids) != 1:
        raise Unsupported("looking up labels of several levels", "they are tuples")
    (id,) = frame.index_ids
    return frame, is_in(Column(id), frame.dtype(id), list(labels))


def without_labels(frame: Frame, labels: Sequence[Hashable]) -> Frame:
    """The rows that have none of some labels."""
    frame, among = labelled_as(frame, labels)
    return keep_rows(frame, Not(among))
