"""Arrow types: the one that stands for a family of equivalent ones, and their names in a plan."""

from __future__ import annotations

import base64
import zoneinfo
from functools import lru_cache
from typing import Any

import pyarrow as pa
from pandas.core.arrays.arrow.extension_types import ArrowPeriodType as _Period  # type: ignore[import-not-found]

from bigframe.errors import UnsupportedData

ArrowPeriodType: Any = _Period
"""Of a column of periods: pandas' own extension type, which its files have as well."""


def zone_name(zone: Any) -> str:
    """The name of a time zone in the time zone database.

    Raises
    ------
    UnsupportedData
        If it has none: fixed offsets, and zones of ``dateutil``.
    """
    try:
        return zoneinfo.ZoneInfo(str(zone)).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise UnsupportedData(f"the time zone {zone!s}", "only named zones are held", ".dt.tz_convert('UTC')") from None


def normal_arrow(arrow: pa.DataType) -> pa.DataType:
    """The one Arrow type that stands for a family of equivalent ones (string for string_view, …).

    Raises
    ------
    UnsupportedData
        If it has times of a zone without a name.
    """
    if pa.types.is_string(arrow) or pa.types.is_string_view(arrow) or pa.types.is_large_string(arrow):
        return pa.large_string()
    if pa.types.is_dictionary(arrow):
        return normal_arrow(arrow.value_type)
    if pa.types.is_binary(arrow) or pa.types.is_binary_view(arrow) or pa.types.is_fixed_size_binary(arrow):
        return pa.large_binary()
    if pa.types.is_list(arrow) or pa.types.is_large_list(arrow) or pa.types.is_list_view(arrow):
        return pa.large_list(normal_arrow(arrow.value_type))
    if pa.types.is_fixed_size_list(arrow):
        return pa.list_(normal_arrow(arrow.value_type), arrow.list_size)
    if pa.types.is_struct(arrow):
        return pa.struct([pa.field(f.name, normal_arrow(f.type)) for f in arrow])
    if pa.types.is_timestamp(arrow) and arrow.tz:
        zone_name(arrow.tz)
    if pa.types.is_date64(arrow):
        return pa.date32()
    if pa.types.is_float16(arrow):
        return pa.float32()
    return arrow


def stored_arrow(arrow: pa.DataType) -> pa.DataType:
    """The Arrow type in which the engine holds values of one of :func:`normal_arrow`'s types.

    It holds the ordinals of periods, and times in seconds as the same times in milliseconds.
    """
    if isinstance(arrow, ArrowPeriodType):
        return arrow.storage_type
    if pa.types.is_timestamp(arrow) and arrow.unit == "s":
        return pa.timestamp("ms", arrow.tz)
    if pa.types.is_duration(arrow) and arrow.unit == "s":
        return pa.duration("ms")
    if pa.types.is_large_list(arrow):
        return pa.large_list(stored_arrow(arrow.value_type))
    if pa.types.is_struct(arrow):
        return pa.struct([pa.field(field.name, stored_arrow(field.type)) for field in arrow])
    return arrow


def as_stored(array: pa.Array | pa.ChunkedArray, arrow: pa.DataType) -> pa.Array | pa.ChunkedArray:
    """Values of a type as the engine holds them.

    Raises
    ------
    pyarrow.ArrowException
        If a value does not convert to the type without loss, or is out of the range of what is held.
    """
    return array.cast(arrow).cast(stored_arrow(arrow))


def plain_arrow(arrow: pa.DataType) -> pa.DataType:
    """The Arrow type that pandas' Arrow-backed columns have for one of :func:`normal_arrow`'s (string for large_string, …)."""
    if pa.types.is_large_string(arrow):
        return pa.string()
    if pa.types.is_large_binary(arrow):
        return pa.binary()
    if pa.types.is_large_list(arrow):
        return pa.list_(plain_arrow(arrow.value_type))
    if pa.types.is_struct(arrow):
        return pa.struct([pa.field(field.name, plain_arrow(field.type)) for field in arrow])
    return arrow


def type_to_wire(arrow: pa.DataType) -> str:
    """An Arrow type as text: its alias where one exists, else its serialised schema in base64."""
    alias = str(arrow)
    try:
        if pa.type_for_alias(alias) == arrow:
            return alias
    except ValueError:
        pass
    return "ipc:" + base64.b64encode(pa.schema([pa.field("", arrow)]).serialize().to_pybytes()).decode()


@lru_cache(maxsize=1024)
def type_from_wire(text: str) -> pa.DataType:
    """The Arrow type that :func:`type_to_wire` wrote."""
    if text.startswith("ipc:"):
        return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text[4:]))).field(0).type
    return pa.type_for_alias(text)
