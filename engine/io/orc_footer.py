"""The footer of an ORC file: what pyarrow reads of it and does not tell, the rows of stripes and the values of columns.

It is a message of Protocol Buffers, `FileTail` of ORC's specification, of which these are the numbers of the fields.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

_FOOTER = 2
_STRIPES, _TYPES, _STATISTICS = 3, 4, 7
_STRIPE_DATA, _STRIPE_ROWS = 3, 5
_SUBTYPES = 2
_VALUES = 1
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIDTHS = {_FIXED64: 8, _FIXED32: 4}


@dataclass(frozen=True)
class OrcFooter:
    """What the footer of a file says.

    Parameters
    ----------
    stripes
        (rows, bytes of data as stored) of each stripe.
    values
        For each top-level column the number of its values that are not null; None where the writer did not count.
    """

    stripes: tuple[tuple[int, int], ...]
    values: tuple[int | None, ...]


def parse_tail(tail: bytes) -> OrcFooter:
    """Return the footer within the tail of a file.

    Raises
    ------
    IndexError, KeyError
        Where the bytes are no such message.
    """
    footer = _fields(_bytes(_fields(tail)[_FOOTER][0]))
    stripes = [_fields(_bytes(stripe)) for stripe in footer[_STRIPES]]
    types, statistics = footer[_TYPES], footer[_STATISTICS]
    # Of the tree of types the root comes first, and its children are the columns.
    columns = [number for packed in _fields(_bytes(types[0]))[_SUBTYPES] for number in _numbers(packed)]
    counts = [_fields(_bytes(statistics[column]))[_VALUES] if statistics else [] for column in columns]
    return OrcFooter(
        tuple((_number(stripe[_STRIPE_ROWS]), _number(stripe[_STRIPE_DATA])) for stripe in stripes),
        tuple(_number(count) if count else None for count in counts),
    )


def _fields(message: bytes) -> defaultdict[int, list[int | bytes]]:
    """The values of a message by the numbers of their fields."""
    found: defaultdict[int, list[int | bytes]] = defaultdict(list)
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        value: int | bytes
        if kind == _VARINT:
            value, at = _varint(message, at)
        else:
            width, at = _varint(message, at) if kind == _BYTES else (_WIDTHS[kind], at)
            value, at = message[at : at + width], at + width
        found[key >> 3].append(value)
    return found


def _varint(message: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def _numbers(packed: int | bytes) -> list[int]:
    """The numbers of a repeated field, which writers may pack together."""
    if isinstance(packed, int):
        return [packed]
    numbers, at = [], 0
    while at < len(packed):
        number, at = _varint(packed, at)
        numbers.append(number)
    return numbers


def _number(values: list[int | bytes]) -> int:
    return int(values[-1]) if values else 0


def _bytes(value: int | bytes) -> bytes:
    assert isinstance(value, bytes)
    return value
