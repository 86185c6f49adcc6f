"""The values a plan may hold, and their one encoding: tagged JSON in which 1, 1.0 and True differ."""

from __future__ import annotations

import base64
import datetime
import decimal
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from bigframe.errors import WireError
from bigframe.schema import DType

_PLAIN = (str, bool, int, type(None))


def encode(value: Any) -> Any:
    """A literal as JSON: strings, ints, bools and None as they are, lists for tuples, ``{tag: value}`` for the rest.

    Raises
    ------
    TypeError
        If the value is of a type that a plan cannot hold.
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, (tuple, list)):
        return [item if type(item) in _PLAIN else encode(item) for item in value]
    if type(value) is DType:
        return {"dtype": value.to_wire()}
    if isinstance(value, float):
        return {"float": value.hex() if math.isfinite(value) else str(float(value))}
    if value is pd.NaT:
        return {"nat": None}
    if value is pd.NA:
        return {"na": None}
    for tag, (kind, to_json, _) in _CODECS.items():
        if isinstance(value, kind):
            return {tag: to_json(value)}
    if isinstance(value, np.generic):
        if isinstance(value, (np.datetime64, np.timedelta64)):
            return encode(pd.Timestamp(value) if isinstance(value, np.datetime64) else pd.Timedelta(value))
        return encode(value.item())
    raise TypeError(f"a plan cannot hold a value of type {type(value).__name__}: {value!r}")


def decode(wire: Any) -> Any:
    """The literal that :func:`encode` made; lists come back as tuples."""
    if type(wire) in _PLAIN:
        return wire
    if isinstance(wire, list):
        return tuple([decode(item) for item in wire])
    if not isinstance(wire, dict):
        return wire
    if len(wire) != 1:
        raise WireError(f"a literal has one tag, got {sorted(wire)}")
    ((tag, value),) = wire.items()
    if tag == "float":
        return float.fromhex(value)
    if tag == "nat":
        return pd.NaT
    if tag == "na":
        return pd.NA
    if tag not in _CODECS:
        raise WireError(f"unknown literal tag {tag!r}")
    return _CODECS[tag][2](value)


def is_missing(value: Any) -> bool:
    """Whether a scalar is one of the four missing values: None, NaN, NaT, NA."""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _timestamp_to_json(value: datetime.datetime) -> list[Any]:
    stamp = pd.Timestamp(value)
    return [stamp.asm8.view("i8").item(), stamp.unit, str(stamp.tz) if stamp.tz else None]


def _timedelta_to_json(value: datetime.timedelta) -> list[Any]:
    delta = pd.Timedelta(value)
    return [delta.asm8.view("i8").item(), delta.unit]


def _timestamp(wire: list[Any]) -> pd.Timestamp:
    value, unit, tz = wire
    stamp = pd.Timestamp(value, unit=unit).as_unit(unit)
    return stamp.tz_localize("UTC").tz_convert(tz) if tz else stamp


_CODECS: dict[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "dtype": (DType, DType.to_wire, DType.from_wire),
    "timestamp": (datetime.datetime, _timestamp_to_json, _timestamp),
    "timedelta": (datetime.timedelta, _timedelta_to_json, lambda w: pd.Timedelta(w[0], unit=w[1]).as_unit(w[1])),
    "period": (pd.Period, lambda v: [v.ordinal, v.freqstr], lambda w: pd.Period(ordinal=w[0], freq=w[1])),
    "date": (datetime.date, datetime.date.isoformat, datetime.date.fromisoformat),
    "decimal": (decimal.Decimal, str, decimal.Decimal),
    "bytes": (bytes, lambda v: base64.b64encode(v).decode(), base64.b64decode),
    "regex": (re.Pattern, lambda v: [v.pattern, v.flags], lambda w: re.compile(w[0], w[1])),
}
