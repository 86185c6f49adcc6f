"""Positions in texts and lists: ``len``, ``get``, ``slice``, ``join`` and ``repeat``."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bigframe.api.accessors import searches
from bigframe.errors import Unsupported
from bigframe.ops import lists, strings
from bigframe.schema import STRING, DType

if TYPE_CHECKING:
    from bigframe.api.accessors.strings import StringMethods


def length(owner: StringMethods) -> Any:
    """The number of characters, list items or bytes."""
    if owner._holds_bytes:
        return owner._apply_pandas("str.len", (), {}, strings.to_int)
    return owner._apply(lists.ListLength if owner._holds_lists else strings.Length)


def get(owner: StringMethods, i: Any) -> Any:
    """The character or list item at a position, missing past the end; of a dictionary the number under a key."""
    if owner._holds_dicts:
        fields = owner._series._dtype.arrow
        at = fields.get_field_index(i) if isinstance(i, str) else -1
        found = None if at < 0 else DType(fields.field(at).type)
        if found is None or not (found.is_integer or found.is_float):
            raise Unsupported(f"Series.str.get({i!r})", "of dictionaries it looks up numbers alone", ".struct.field()")
        return owner._apply(lambda x: lists.Field(x, i))
    if not isinstance(i, int):
        raise Unsupported(f"Series.str.get({i!r})", "only positions are looked up")
    if owner._holds_bytes:
        return owner._apply_pandas("str.get", (i,), {}, strings.to_int)
    return owner._apply(lambda x: lists.ListGet(x, i) if owner._holds_lists else strings.CharacterAt(x, i))


def cut(owner: StringMethods, start: int | None = None, stop: int | None = None, step: int | None = None) -> Any:
    """Python's slice of the characters or list items."""
    if owner._holds_bytes:
        return owner._apply_pandas("str.slice", (start, stop, step), {}, lambda dtype: dtype)
    if not owner._holds_lists:
        return owner._apply(lambda x: strings.Substring(x, start, stop, step))
    if step not in {None, 1}:
        return owner._apply_pandas("str.slice", (start, stop, step), {}, lambda dtype: dtype)
    return owner._apply(lambda x: lists.SliceItems(x, start, stop))


def join(owner: StringMethods, sep: str) -> Any:
    """List items, or characters, as one text."""
    if not isinstance(sep, str):
        raise AttributeError(f"'{type(sep).__name__}' object has no attribute 'join'")
    if owner._holds_lists:
        return owner._apply(lambda x: lists.JoinItems(x, sep))
    return owner._apply_pandas("str.join", (sep,), {}, strings.to_string)


def decode(owner: StringMethods, encoding: str, errors: str = "strict", dtype: Any = None) -> Any:
    """Bytes as texts."""
    if not owner._holds_bytes:
        raise AttributeError("'str' object has no attribute 'decode'")
    if dtype is not None:
        raise Unsupported("Series.str.decode(dtype=)", "its result may be of objects")
    codecs.lookup(encoding)
    return owner._apply_pandas("str.decode", (encoding, errors), {}, lambda _: STRING)


def repeat(texts: StringMethods, repeats: Any) -> Any:
    """Each text several times over."""
    if not isinstance(repeats, int):
        raise Unsupported("Series.str.repeat(sequence)", "its items are matched with rows by position")
    return texts._apply(lambda x: strings.RepeatText(x, repeats))


def translate(texts: StringMethods, table: Any) -> Any:
    """Single characters replaced, all at once, by a table of ``str.maketrans``."""
    if not isinstance(table, Mapping):
        raise Unsupported("Series.str.translate", "its table is no mapping")
    return texts._apply(lambda x: searches.translate(x, table))
