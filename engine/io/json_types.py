"""Types of JSON columns: what was seen, merged over chunks and files, and settled as pandas settles it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import reduce
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from engine.io.dates import DateFormat, guess_format, matches, parse, unit_of

_INT = r"^\s*[+-]?[0-9]+(?:_[0-9]+)*\s*$"
_FLOAT = r"^\s*[+-]?(?i:(?:[0-9]+(?:_[0-9]+)*\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf|infinity|nan)\s*$"
_ISO_NAIVE = r"^\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?$"
_ISO_UTC = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]00:?00)$"
_ISO_FORMATS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")
# pandas' min_stamp: numbers below one year of seconds are not taken for epochs.
_FIRST_EPOCH = 31_536_000
_EPOCH_UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


@dataclass(frozen=True)
class JsonColumn:
    """What was seen of a column; the neutral element of `merge_columns` by default.

    Parameters
    ----------
    parsed
        Type in which pyarrow parses every value.
    nulls
        Values that are null or absent.
    whole
        True where every number is whole and within int64.
    low, high
        Bounds of the numbers, also of numbers in text.
    ints, floats
        True where every text is an integer, or a number.
    form
        The one spelling of every text as a date; None where there is none.
    iso, iso_utc
        True where every text is an ISO 8601 date without, or with, a zero UTC offset.
    unit
        ``"ns"`` where a text has more than 6 decimals.
    """

    parsed: pa.DataType = field(default_factory=pa.null)
    nulls: int = 0
    whole: bool = True
    low: float | None = None
    high: float | None = None
    ints: bool = True
    floats: bool = True
    form: DateFormat | None = None
    iso: bool = True
    iso_utc: bool = True
    unit: str = "us"

    @property
    def has_wide_integers(self) -> bool:
        """True where a whole number was parsed as a float although it may have been a wider integer."""
        return pa.types.is_floating(self.parsed) and max(abs(self.low or 0), abs(self.high or 0)) >= 2**63


def observe(values: pa.ChunkedArray, date_like: bool) -> JsonColumn:
    """Return what one chunk shows of a column; date spellings are looked at only where `date_like`."""
    nulls = values.null_count
    parsed = text_for_timestamps(values.type)
    if nulls == len(values):
        return JsonColumn(nulls=nulls)
    if pa.types.is_integer(parsed) or pa.types.is_floating(parsed):
        bounds = pc.min_max(values).as_py()
        whole = _is_whole(values) if pa.types.is_floating(parsed) else True
        return JsonColumn(parsed, nulls, whole, bounds["min"], bounds["max"])
    if not pa.types.is_string(parsed):
        return JsonColumn(parsed, nulls)
    series = pl.from_arrow(values.drop_null())
    assert isinstance(series, pl.Series)
    ints = bool(series.str.contains(_INT).all())
    numbers = _digits(pl.col("text")).cast(pl.Float64, strict=False)
    floats = bool(series.str.contains(_FLOAT).all())
    column = JsonColumn(parsed, nulls, ints=ints, floats=floats)
    if ints:
        low, high = series.to_frame("text").select(low=numbers.min(), high=numbers.max()).row(0)
        column = replace(column, low=low, high=high)
    if not date_like:
        return column
    return replace(
        column,
        form=_common_form(series),
        iso=bool(series.str.contains(_ISO_NAIVE).all()),
        iso_utc=bool(series.str.contains(_ISO_UTC).all()),
        unit=unit_of(series),
    )


def merge_columns(columns: Sequence[JsonColumn]) -> JsonColumn:
    """Return what several chunks or files show together; TypeError where their kinds differ."""
    return reduce(_merge, columns)


def is_date_like(name: str) -> bool:
    """Return True for the names that `pandas.read_json` takes for dates."""
    lower = name.lower()
    named = lower in {"modified", "date", "datetime"}
    return named or lower.endswith(("_at", "_time")) or lower.startswith("timestamp")


def settle_column(
    name: str, column: JsonColumn, dtype: bool, convert_dates: bool
) -> tuple[pa.DataType, dict[str, Any]]:
    """Return the type of a column and the rule that converts parsed values to it.

    Parameters
    ----------
    name
        Column name, which decides whether dates are looked for.
    column
        All that was seen of it.
    dtype, convert_dates
        As in `pandas.read_json`.

    Returns
    -------
    (pa.DataType, dict)
        The dtype pandas gives, as an Arrow type, and a JSON rule for `convert_column`. Bool with missing values stays
        bool where `dtype` is False (pandas: object).
    """
    parsed, missing = column.parsed, column.nulls > 0
    if dtype and convert_dates and is_date_like(name):
        date = _settle_date(column)
        if date is not None:
            return date
    if pa.types.is_null(parsed):
        return pa.float64(), {"kind": "cast"}
    if pa.types.is_boolean(parsed):
        return (pa.float64() if missing and dtype else pa.bool_()), {"kind": "cast"}
    if pa.types.is_integer(parsed):
        return (pa.float64() if missing else pa.int64()), {"kind": "cast"}
    if pa.types.is_floating(parsed):
        return (pa.int64() if dtype and column.whole and not missing else pa.float64()), {"kind": "cast"}
    if pa.types.is_string(parsed):
        if dtype and column.ints and not missing and _within(column, 2**63 - 1):
            return pa.int64(), {"kind": "number"}
        if dtype and column.floats:
            return pa.float64(), {"kind": "number"}
        return pa.large_string(), {"kind": "cast"}
    return parsed, {"kind": "cast"}


def convert_column(name: str, rule: Mapping[str, Any], dtype: pl.DataType) -> pl.Expr:
    """Return parsed values converted by the rule of `settle_column`, as `dtype`."""
    value = pl.col(name)
    match rule["kind"]:
        case "number":
            return _digits(value).cast(dtype)
        case "epoch":
            number = _digits(value).cast(pl.Int64) if rule["text"] else value
            return _from_epoch(number, rule["unit"], whole=rule["whole"]).cast(dtype)
        case "iso":
            bare = value.str.replace(r"(?:Z|[+-]00:?00)$", "") if rule["utc"] else value
            tries = [bare.str.to_datetime(form, time_unit=rule["unit"], strict=False) for form in _ISO_FORMATS]
            moments = pl.coalesce(tries)
            return (moments.dt.replace_time_zone("UTC") if rule["utc"] else moments).alias(name)
        case "date":
            return parse(value, DateFormat(**rule["form"]), rule["unit"])
        case _:
            return value.cast(dtype)


def text_for_timestamps(dtype: pa.DataType) -> pa.DataType:
    """Return `dtype` with text where pyarrow took ISO 8601 text for timestamps."""
    if pa.types.is_timestamp(dtype):
        return pa.string()
    if pa.types.is_list(dtype):
        return pa.list_(text_for_timestamps(dtype.value_type))
    if pa.types.is_struct(dtype):
        return pa.struct([(child.name, text_for_timestamps(child.type)) for child in dtype])
    return dtype


def _settle_date(column: JsonColumn) -> tuple[pa.DataType, dict[str, Any]] | None:
    parsed = column.parsed
    if pa.types.is_null(parsed):
        return pa.timestamp("s"), {"kind": "cast"}
    text = pa.types.is_string(parsed)
    if pa.types.is_integer(parsed) or pa.types.is_floating(parsed) or (text and column.ints):
        unit = next((unit for unit, factor in _EPOCH_UNITS.items() if _within(column, (2**63 - 1) // factor)), None)
        if unit is None or column.low is None or column.low <= _FIRST_EPOCH:
            return None
        target = "ns" if unit == "ns" or not column.whole else "us"
        return pa.timestamp(target), {"kind": "epoch", "unit": unit, "text": text, "whole": column.whole}
    if text and column.form is not None:
        zone = "UTC" if column.form.utc else None
        rule = {"kind": "date", "form": asdict(column.form), "unit": column.unit}
        return pa.timestamp(column.unit, zone), rule
    if text and (column.iso or column.iso_utc):
        zone = "UTC" if column.iso_utc else None
        return pa.timestamp(column.unit, zone), {"kind": "iso", "utc": column.iso_utc, "unit": column.unit}
    return None


def _merge(left: JsonColumn, right: JsonColumn) -> JsonColumn:
    nulls = left.nulls + right.nulls
    # A chunk of nothing but nulls says nothing about spellings.
    if pa.types.is_null(left.parsed) or pa.types.is_null(right.parsed):
        known = right if pa.types.is_null(left.parsed) else left
        return replace(known, nulls=nulls)
    lows = [bound for bound in (left.low, right.low) if bound is not None]
    highs = [bound for bound in (left.high, right.high) if bound is not None]
    return JsonColumn(
        parsed=_unify(left.parsed, right.parsed),
        nulls=nulls,
        whole=left.whole and right.whole,
        low=min(lows, default=None),
        high=max(highs, default=None),
        ints=left.ints and right.ints,
        floats=left.floats and right.floats,
        form=left.form if left.form == right.form else None,
        iso=left.iso and right.iso,
        iso_utc=left.iso_utc and right.iso_utc,
        unit="ns" if "ns" in {left.unit, right.unit} else "us",
    )


def _unify(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    if left == right or pa.types.is_null(right):
        return left
    if pa.types.is_null(left):
        return right
    if {left, right} == {pa.int64(), pa.float64()}:
        return pa.float64()
    if pa.types.is_list(left) and pa.types.is_list(right):
        return pa.list_(_unify(left.value_type, right.value_type))
    if pa.types.is_struct(left) and pa.types.is_struct(right):
        types = {child.name: child.type for child in left}
        for child in right:
            types[child.name] = _unify(types.get(child.name, pa.null()), child.type)
        return pa.struct(list(types.items()))
    raise TypeError(f"both {left} and {right} values")


def _is_whole(values: pa.ChunkedArray) -> bool:
    series = pl.from_arrow(values)
    assert isinstance(series, pl.Series)
    present = series.drop_nulls()
    return bool(((present.floor() == present) & (present.abs() < 2.0**63)).all())


def _within(column: JsonColumn, limit: int) -> bool:
    return max(abs(column.low or 0), abs(column.high or 0)) <= limit


def _common_form(values: pl.Series) -> DateFormat | None:
    form = guess_format(values[0])
    return form if form is not None and matches(values, form) else None


def _digits(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().str.strip_prefix("+").str.replace_all("_", "", literal=True)


def _from_epoch(number: pl.Expr, unit: str, *, whole: bool) -> pl.Expr:
    factor = _EPOCH_UNITS[unit]
    if whole and unit != "ns":
        return (number.cast(pl.Int64) * (factor // 1000)).cast(pl.Datetime("us"))
    # The fraction is scaled alone, so that a large epoch does not cost its digits.
    floor = number.floor()
    fraction = ((number - floor) * factor).round().cast(pl.Int64)
    return (floor.cast(pl.Int64) * factor + fraction).cast(pl.Datetime("ns"))
