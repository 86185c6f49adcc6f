"""What the text of a column can be read as: pandas' type inference, over all the data."""

from __future__ import annotations

from enum import Flag, auto

import polars as pl
import pyarrow as pa

_SPACE = r"[ \t\n\v\f\r]*"
_INT = rf"^{_SPACE}[+-]?[0-9]+{_SPACE}$"
_FLOAT = rf"^{_SPACE}[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|(?i:inf|infinity)){_SPACE}$"
_BOOL = r"^(?i:true|false)$"
_BLANKS = " \t\n\v\f\r"


class Tokens(Flag):
    """The kinds of value seen in a column so far."""

    MISSING = auto()
    INT = auto()
    NEGATIVE = auto()
    UINT = auto()  # beyond int64, within uint64
    HUGE = auto()  # beyond both
    FLOAT = auto()
    BOOL = auto()
    TEXT = auto()


NONE = Tokens(0)


def classify(values: pl.Series, seen: Tokens = NONE) -> Tokens:
    """Return `seen` and the kinds of value in `values`.

    Parameters
    ----------
    values
        Text; missing values are null.
    seen
        Kinds already found in the column, so that a text column is not examined again.

    Returns
    -------
    Tokens
        Where the values have no common reading, TEXT.

    Examples
    --------
    >>> classify(pl.Series(["1", "-2", None])) == Tokens.MISSING | Tokens.INT | Tokens.NEGATIVE
    True
    """
    if values.null_count():
        seen |= Tokens.MISSING
    present = values.drop_nulls()
    if Tokens.TEXT in seen or present.is_empty():
        return seen
    is_int = present.str.contains(_INT)
    if is_int.any():
        seen |= _integers(present.filter(is_int))
    rest = present.filter(~is_int)
    if rest.is_empty():
        return seen
    if rest.str.contains(_FLOAT).all():
        return seen | Tokens.FLOAT
    if rest.str.contains(_BOOL).all():
        return seen | Tokens.BOOL
    return seen | Tokens.TEXT


def settle(tokens: Tokens) -> pa.DataType:
    """Return the Arrow type that stands for the dtype `pandas.read_csv` gives such a column.

    Integers with a missing value are float64. Bool with missing values stays bool (pandas: object of True, False and
    NaN). A column without a value is float64.

    Raises
    ------
    ValueError
        For integers beyond 64 bits, which pandas keeps as Python objects, and for integers beyond int64 beside missing
        values, which pandas makes empty text.

    Examples
    --------
    >>> settle(Tokens.INT | Tokens.MISSING)
    DataType(double)
    """
    numbers = tokens & (Tokens.INT | Tokens.UINT | Tokens.HUGE | Tokens.FLOAT)
    if Tokens.TEXT in tokens or (Tokens.BOOL in tokens and numbers):
        return pa.large_string()
    if Tokens.BOOL in tokens:
        return pa.bool_()
    # pandas turns the next two into text where it cannot hold them, and then missing values into empty text.
    if Tokens.HUGE in tokens:
        if Tokens.FLOAT in tokens and Tokens.MISSING not in tokens:
            return pa.large_string()
        raise ValueError("integers beyond 64 bits; read the column with dtype 'str' or 'float64'")
    if Tokens.FLOAT in tokens:
        return pa.float64()
    if Tokens.UINT in tokens:
        if Tokens.MISSING in tokens:
            raise ValueError("integers beyond int64 and missing values; read the column with dtype 'str' or 'float64'")
        return pa.large_string() if Tokens.NEGATIVE in tokens else pa.uint64()
    if Tokens.INT in tokens and Tokens.MISSING not in tokens:
        return pa.int64()
    return pa.float64()


def convert(text: pl.Expr, dtype: pa.DataType) -> pl.Expr:
    """Return text as values of `dtype`; a value that does not read so is an error of Polars when it runs.

    Parameters
    ----------
    text
        String expression; missing values are null.
    dtype
        Number, bool, string, or dictionary of strings (which stays text).
    """
    if pa.types.is_boolean(dtype):
        lower = text.str.to_lowercase()
        return lower.replace_strict({"true": True, "1": True, "false": False, "0": False}, return_dtype=pl.Boolean)
    if pa.types.is_integer(dtype) or pa.types.is_floating(dtype):
        number = text.str.strip_chars(_BLANKS).str.strip_prefix("+")
        return number.cast(pl.Series([], dtype=_POLARS_NUMBERS[dtype]).dtype)
    return text


_POLARS_NUMBERS: dict[pa.DataType, type[pl.DataType]] = {
    pa.int8(): pl.Int8,
    pa.int16(): pl.Int16,
    pa.int32(): pl.Int32,
    pa.int64(): pl.Int64,
    pa.uint8(): pl.UInt8,
    pa.uint16(): pl.UInt16,
    pa.uint32(): pl.UInt32,
    pa.uint64(): pl.UInt64,
    pa.float32(): pl.Float32,
    pa.float64(): pl.Float64,
}


def _integers(values: pl.Series) -> Tokens:
    numbers = values.str.strip_chars(_BLANKS).str.strip_prefix("+").cast(pl.Int128, strict=False)
    found = Tokens.INT
    low, high = numbers.min(), numbers.max()
    if numbers.null_count() or not isinstance(low, int) or not isinstance(high, int):
        return found | Tokens.HUGE
    if low < 0:
        found |= Tokens.NEGATIVE
    if low < -(2**63) or high >= 2**64:
        return found | Tokens.HUGE
    return found | Tokens.UINT if high >= 2**63 else found
