"""Spellings of dates in text: guessed from one value, checked against all, parsed by Polars."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

_ISO = re.compile(r"\d{4}([-/])\d{2}\1\d{2}(?:([ T])\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
_SLASHED = re.compile(r"(\d{2})([-/.])(\d{2})\2\d{4}", re.ASCII)
_COMPACT = re.compile(r"\d{8}", re.ASCII)
_UTC = r"(?:Z|[+-]00:?00)"


@dataclass(frozen=True)
class DateFormat:
    """One spelling of a date.

    Parameters
    ----------
    chrono
        The format as Polars reads it, without the offset.
    pattern
        What every value matches.
    utc
        True where values end in ``Z`` or a zero offset.
    """

    chrono: str
    pattern: str
    utc: bool = False


def guess_format(text: str) -> DateFormat | None:
    """Return the spelling of `text`, as pandas guesses it from the first value; None where it is none of these.

    ISO 8601 dates and datetimes (``-`` or ``/``, a blank or ``T``, up to 9 decimals, UTC offset), ``20200131``, and
    ``01/31/2020`` with ``/``, ``-`` or ``.``, the month first unless it cannot be one.

    Raises
    ------
    ValueError
        For an offset that is not zero: neither the column nor Polars can hold it as a named zone.

    Examples
    --------
    >>> guess_format("01/31/2020").chrono, guess_format("31/01/2020").chrono
    ('%m/%d/%Y', '%d/%m/%Y')
    """
    if match := _ISO.fullmatch(text):
        return _iso_format(*match.groups())
    if match := _SLASHED.fullmatch(text):
        first, separator, second = match.groups()
        if max(int(first), int(second)) <= 31 and min(int(first), int(second)) <= 12:
            chrono = separator.join(["%d", "%m", "%Y"] if int(first) > 12 else ["%m", "%d", "%Y"])
            return DateFormat(chrono, re.escape(separator).join([r"\d{2}", r"\d{2}", r"\d{4}"]))
    if _COMPACT.fullmatch(text):
        return DateFormat("%Y%m%d", r"\d{8}")
    return None


def parse(text: pl.Expr, form: DateFormat, unit: str, strict: bool = True) -> pl.Expr:
    """Return `text` parsed to datetimes of `unit` (``"us"`` or ``"ns"``); UTC where the spelling has an offset."""
    bare = text.str.replace(f"{_UTC}$", "") if form.utc else text
    moments = bare.str.to_datetime(form.chrono, time_unit="ns" if unit == "ns" else "us", strict=strict)
    return moments.dt.replace_time_zone("UTC") if form.utc else moments


def matches(values: pl.Series, form: DateFormat) -> bool:
    """Return True where every value that is not missing is spelled so and is a real date."""
    present = values.drop_nulls()
    if not present.str.contains(f"^{form.pattern}$").all():
        return False
    parsed = present.to_frame("text").select(parse(pl.col("text"), form, "us", strict=False))
    return parsed.to_series().null_count() == 0


def unit_of(values: pl.Series) -> str:
    """Return ``"ns"`` where a value has more than 6 decimals, else ``"us"``, the unit that pandas 3 gives text."""
    return "ns" if values.drop_nulls().str.contains(r"\.\d{7,9}(?:\D|$)").any() else "us"


def _iso_format(
    separator: str, gap: str | None, seconds: str | None, fraction: str | None, offset: str | None
) -> DateFormat:
    chrono = separator.join(["%Y", "%m", "%d"])
    pattern = separator.join([r"\d{4}", r"\d{2}", r"\d{2}"])
    if gap is None:
        return DateFormat(chrono, pattern)
    chrono, pattern = f"{chrono}{gap}%H:%M", f"{pattern}{gap}" + r"\d{2}:\d{2}"
    if seconds is not None:
        chrono, pattern = f"{chrono}:%S", pattern + r":\d{2}"
    if fraction is not None:
        chrono, pattern = f"{chrono}%.f", pattern + r"\.\d{1,9}"
    if offset is None:
        return DateFormat(chrono, pattern)
    if offset != "Z" and set(offset[1:]) - {"0", ":"}:
        raise ValueError(f"the UTC offset {offset} is not zero; read the column as text and use to_datetime(utc=True)")
    return DateFormat(chrono, pattern + _UTC, utc=True)
