"""Values of pandas' own dtypes as text: what no Arrow type holds travels through a plan cell by cell, and is only carried."""

from __future__ import annotations

import base64
import datetime
import decimal
import fractions
import json
import types
import zoneinfo
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from typing import Any

import dateutil.tz  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
from pandas._libs.tslibs.timezones import get_timezone, maybe_get_tz  # type: ignore[import-not-found]

_NAT = int(np.iinfo("int64").min)
_OBJECT = np.dtype(object)
_TYPES_FROM = {"builtins", "datetime", "decimal", "fractions", "numpy", "pandas"}
_PLAIN = (str, bool, int, type(None))
_Codec = tuple[type, Callable[[Any], Any], Callable[[Any], Any]]


def cell(value: Any) -> str:
    """A Python object as text.

    Raises
    ------
    TypeError
        If the object is none that pandas itself makes, and no plain container of such.
    """
    return json.dumps(_encode(value), ensure_ascii=False, separators=(",", ":"))


def object_of(text: str) -> Any:
    """The Python object that :func:`cell` wrote."""
    return _decode(json.loads(text))


def cells_of(values: pd.Series) -> list[str | None]:
    """A column as text, a cell a row; None where the column's own missing value stands.

    Raises
    ------
    TypeError
        If it holds an object that is no data.
    """
    dtype = values.dtype
    if dtype == _OBJECT:
        return [cell(value) for value in values]
    if isinstance(dtype, pd.CategoricalDtype):
        return [None if code < 0 else str(code) for code in values.cat.codes]
    missing = values.isna().to_numpy()
    if _counts_ticks(dtype):
        ticks = values.array.asi8
        return [None if hole else str(tick) for tick, hole in zip(ticks.tolist(), missing, strict=True)]
    return [None if hole else cell(value) for value, hole in zip(values, missing, strict=True)]


def array_of(cells: Iterable[str | None], dtype: Any) -> Any:
    """The array of a pandas dtype whose cells these are."""
    if dtype == _OBJECT:
        found = [np.nan if text is None else object_of(text) for text in cells]
        values = np.empty(len(found), dtype=object)
        values[:] = pd.Series(found, dtype=object).array if found else []
        return values
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical.from_codes([-1 if text is None else int(text) for text in cells], dtype=dtype)
    if _counts_ticks(dtype):
        ticks = np.array([_NAT if text is None else int(text) for text in cells], dtype="int64")
        if isinstance(dtype, pd.PeriodDtype):
            return pd.PeriodIndex.from_ordinals(ticks, freq=dtype.freq).array  # type: ignore[attr-defined]
        if isinstance(dtype, pd.DatetimeTZDtype):
            return pd.DatetimeIndex(ticks.view(f"M8[{dtype.unit}]")).tz_localize("UTC").tz_convert(dtype.tz).array
        return ticks.view(dtype)
    found = [np.nan if text is None else object_of(text) for text in cells]
    if isinstance(dtype, pd.IntervalDtype) and found:
        given: Any = found
        return pd.arrays.IntervalArray(given, dtype=dtype)
    return np.array(found, dtype=dtype) if isinstance(dtype, np.dtype) else pd.array(found, dtype=dtype)


def may_have_holes(dtype: Any) -> bool:
    """Whether a missing value fits a column of this pandas dtype."""
    if isinstance(dtype, pd.SparseDtype):
        return dtype.subtype.kind not in "iub"
    return not (isinstance(dtype, pd.IntervalDtype) and getattr(dtype.subtype, "kind", "f") in "iu")


def dtype_text(dtype: Any) -> str:
    """A pandas dtype as text.

    Raises
    ------
    TypeError
        If there is no telling how to make it again.
    """
    if isinstance(dtype, pd.CategoricalDtype):
        return cell((dtype.categories, bool(dtype.ordered)))
    if isinstance(dtype, pd.DatetimeTZDtype):
        return cell((dtype.unit, _zone_to_json(dtype.tz)))
    if isinstance(dtype, pd.SparseDtype):
        return cell(("sparse", str(dtype.subtype), dtype.fill_value))
    if isinstance(dtype, pd.StringDtype) and dtype.storage == "python":
        return cell(("python", dtype.na_value))
    if pd.api.types.pandas_dtype(str(dtype)) != dtype:
        raise TypeError(f"{dtype!s} cannot be told by its name")
    return cell(str(dtype))


@lru_cache(maxsize=1024)
def dtype_of_text(text: str) -> Any:
    """The pandas dtype that :func:`dtype_text` wrote."""
    spec = object_of(text)
    if isinstance(spec, str):
        return pd.api.types.pandas_dtype(spec)
    if len(spec) == 3:
        return pd.SparseDtype(*spec[1:])
    first, second = spec
    zoned: Any = pd.DatetimeTZDtype
    if not isinstance(first, str):
        return pd.CategoricalDtype(first, ordered=second)
    if first == "texts":
        return _OBJECT
    if first == "python":
        return pd.StringDtype("python", na_value=second)
    return zoned(first, _zone(second))


def _counts_ticks(dtype: Any) -> bool:
    if isinstance(dtype, pd.SparseDtype):
        return False
    return isinstance(dtype, (pd.PeriodDtype, pd.DatetimeTZDtype)) or getattr(dtype, "kind", "") in "mM"


def _encode(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    if value is pd.NaT:
        return {"nat": None}
    if value is pd.NA:
        return {"na": None}
    for tag, (kind, to_json, _) in _CODECS.items():
        if type(value) is kind:
            return {tag: to_json(value)}
    if isinstance(value, np.generic):
        return {
            "numpy": [value.dtype.str, _encode(value.item() if value.dtype.kind not in "mM" else int(value.view("i8")))]
        }
    if isinstance(value, pd.Index):
        return {"index": _index_to_json(value)}
    if isinstance(value, pd.offsets.BaseOffset) and type(value) is getattr(pd.offsets, type(value).__name__, None):
        return {"offset": _offset_to_json(value)}
    raise TypeError(f"a column cannot hold a value of type {type(value).__name__}: {value!r}")


def _decode(wire: Any) -> Any:
    if not isinstance(wire, dict):
        return wire
    ((tag, value),) = wire.items()
    if tag == "nat":
        return pd.NaT
    if tag == "na":
        return pd.NA
    if wire == {"float": "nan"}:
        return np.nan  # the same object: pandas asks of some cells whether they are it
    if tag == "numpy":
        kind = np.dtype(value[0])
        return (
            np.array(_decode(value[1]), dtype="i8").view(kind)[()]
            if kind.kind in "mM"
            else kind.type(_decode(value[1]))
        )
    if tag == "index":
        return _index(value)
    return _CODECS[tag][2](value)


def _timestamp_to_json(value: pd.Timestamp) -> list[Any]:
    return [value.asm8.view("i8").item(), value.unit, value.tz and _zone_to_json(value.tz)]


def _timestamp(wire: list[Any]) -> pd.Timestamp:
    ticks, unit, zone = wire
    stamp = pd.Timestamp(np.int64(ticks).view(f"M8[{unit}]"))
    return stamp.tz_localize("UTC").tz_convert(_zone(zone)) if zone else stamp


def _datetime_to_json(value: datetime.datetime) -> list[Any]:
    return [value.replace(tzinfo=None).isoformat(), value.fold, value.tzinfo and _zone_to_json(value.tzinfo)]


def _datetime(wire: list[Any]) -> datetime.datetime:
    moment, fold, zone = wire
    return datetime.datetime.fromisoformat(moment).replace(fold=fold, tzinfo=zone and _zone(zone))


def _time_to_json(value: datetime.time) -> list[Any]:
    return [value.replace(tzinfo=None).isoformat(), value.tzinfo and _zone_to_json(value.tzinfo)]


def _time(wire: list[Any]) -> datetime.time:
    moment, zone = wire
    return datetime.time.fromisoformat(moment).replace(tzinfo=zone and _zone(zone))


def _zone_to_json(zone: Any) -> list[Any]:
    """A time zone by its name, or by what makes it where it has none.

    Raises
    ------
    TypeError
        If there is no telling how to make it again.
    """
    if type(zone) is datetime.timezone:
        offset = zone.utcoffset(None)
        plain = datetime.timezone(offset).tzname(None) == zone.tzname(None)
        return ["offset", offset.total_seconds(), None if plain else zone.tzname(None)]
    if str(zone) == "tzutc()":
        return ["dateutil", "UTC"]
    if type(zone) is dateutil.tz.tzoffset:
        return ["dateutil offset", zone.utcoffset(None).total_seconds(), zone.tzname(None)]
    if type(zone).__module__.startswith("pytz"):
        return ["pytz", zone._minutes if hasattr(zone, "_minutes") else zone.zone]
    name = get_timezone(zone)
    name = name if isinstance(name, str) else str(zone)
    with suppress(zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        if maybe_get_tz(name) == zone:
            return ["name", name]
    raise TypeError(f"a column cannot hold the time zone {zone!r}")


def _zone(wire: list[Any]) -> Any:
    kind, *rest = wire
    if kind == "offset":
        offset, name = datetime.timedelta(seconds=rest[0]), rest[1]
        return datetime.timezone(offset) if name is None else datetime.timezone(offset, name)
    if kind == "dateutil":
        return dateutil.tz.tzutc()
    if kind == "dateutil offset":
        return dateutil.tz.tzoffset(rest[1], rest[0])
    if kind == "pytz":
        import pytz  # type: ignore[import-untyped]

        return pytz.timezone(rest[0]) if isinstance(rest[0], str) else pytz.FixedOffset(rest[0])
    return maybe_get_tz(rest[0])


def _ticks_to_json(value: pd.Timedelta) -> list[Any]:
    return [value.asm8.view("i8").item(), value.unit]


def _interval_to_json(value: pd.Interval) -> list[Any]:
    return [_encode(value.left), _encode(value.right), value.closed]


def _array_to_json(value: np.ndarray[Any, Any]) -> list[Any]:
    items = value.tolist() if value.dtype.kind not in "mM" else value.view("i8").tolist()
    return [value.dtype.str, list(value.shape), _encode(items)]


def _array(wire: list[Any]) -> np.ndarray[Any, Any]:
    kind, shape, items = wire
    if np.dtype(kind).kind in "mM":
        ticks: np.ndarray[Any, Any] = np.array(_decode(items), dtype="i8")
        stamps: np.ndarray[Any, Any] = ticks.view(kind).reshape(shape)
        return stamps
    made = np.empty(shape, dtype=kind)
    made[...] = np.array(_decode(items), dtype=kind).reshape(shape)
    return made


def _index_to_json(value: pd.Index) -> list[Any]:
    column = pd.Series(value.array)
    return [dtype_text(value.dtype), cells_of(column), _encode(value.name)]


def _index(wire: list[Any]) -> pd.Index:
    text, cells, name = wire
    made: pd.Index = pd.Index(pd.Series(array_of(cells, dtype_of_text(text))), name=_decode(name))
    return made


def _type_to_json(value: type) -> list[str]:
    """A type by its name, if it is one of Python's, NumPy's or pandas' own kinds of values.

    Raises
    ------
    TypeError
        If it is another.
    """
    wire = [value.__module__, value.__qualname__]
    if value.__module__.partition(".")[0] not in _TYPES_FROM or _type(wire) is not value:
        raise TypeError(f"a column cannot hold the type {value!r}")
    return wire


def _type(wire: list[str]) -> Any:
    module, name = wire
    if module.partition(".")[0] not in _TYPES_FROM:
        return None
    found = getattr(types if name == "NoneType" else import_module(module), name, None)
    return found if isinstance(found, type) else None


def _offset_to_json(value: Any) -> list[Any]:
    keywords = {name: one for name, one in value.kwds.items() if name != "calendar"}  # the other ones make it
    return [type(value).__name__, value.n, bool(value.normalize), _items(keywords.items())]


def _offset(wire: list[Any]) -> Any:
    name, n, normalize, keywords = wire
    kind = getattr(pd.offsets, name)
    if issubclass(kind, pd.offsets.Tick):
        return kind(n)
    return kind(n, normalize, **dict(map(_decode, keywords)))


def _items(values: Iterable[Any]) -> list[Any]:
    return [_encode(value) for value in values]


def _items_of(kind: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    return lambda wire: kind([_decode(item) for item in wire])


_CODECS: dict[str, _Codec] = {
    "float": (float, float.hex, float.fromhex),
    "complex": (complex, lambda v: [v.real.hex(), v.imag.hex()], lambda w: complex(*map(float.fromhex, w))),
    "list": (list, _items, _items_of(list)),
    "tuple": (tuple, _items, _items_of(tuple)),
    "set": (set, _items, _items_of(set)),
    "frozenset": (frozenset, _items, _items_of(frozenset)),
    "dict": (dict, lambda v: _items(v.items()), _items_of(dict)),
    "bytes": (bytes, lambda v: base64.b64encode(v).decode(), base64.b64decode),
    "timestamp": (pd.Timestamp, _timestamp_to_json, _timestamp),
    "timedelta": (pd.Timedelta, _ticks_to_json, lambda w: pd.Timedelta(np.int64(w[0]).view(f"m8[{w[1]}]"))),
    "period": (pd.Period, lambda v: [v.ordinal, v.freqstr], lambda w: pd.Period(ordinal=w[0], freq=w[1])),
    "interval": (pd.Interval, _interval_to_json, lambda w: pd.Interval(_decode(w[0]), _decode(w[1]), w[2])),
    "datetime": (datetime.datetime, _datetime_to_json, _datetime),
    "date": (datetime.date, datetime.date.isoformat, datetime.date.fromisoformat),
    "time": (datetime.time, _time_to_json, _time),
    "delta": (datetime.timedelta, lambda v: [v.days, v.seconds, v.microseconds], lambda w: datetime.timedelta(*w)),
    "decimal": (decimal.Decimal, str, decimal.Decimal),
    "fraction": (fractions.Fraction, str, fractions.Fraction),
    "array": (np.ndarray, _array_to_json, _array),
    "type": (type, _type_to_json, _type),
    "offset": (pd.offsets.BaseOffset, _offset_to_json, _offset),
}

MISSING = tuple(map(cell, (None, float("nan"), pd.NaT, pd.NA)))
"""The cells of values that are missing but differ to pandas."""

OBJECTS = dtype_text(_OBJECT)
"""The dtype of Python objects as text."""
