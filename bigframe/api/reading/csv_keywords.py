"""pandas' keywords of read_csv, as a plan holds them: checked, and without what does not change the result."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bigframe.errors import Unsupported

_WITHOUT_EFFECT = frozenset({"engine", "low_memory", "memory_map", "cache_dates"})
# Name → (default, why it is not there, what to use).
_UNSUPPORTED: dict[str, tuple[Any, str, str | None]] = {
    "chunksize": (None, "a lazy frame is never read whole", "the frame itself"),
    "iterator": (False, "a lazy frame is never read whole", "the frame itself"),
    "converters": (None, "functions do not run in the reader", "dtype='str' and Series.map afterwards"),
    "date_format": (None, "the format is found in the data", "to_datetime(column, format=…) afterwards"),
    "dayfirst": (False, "the format is found in the data", "to_datetime(column, format=…) afterwards"),
    "true_values": (None, "only True and False are read as bools", "Series.isin([…]) afterwards"),
    "false_values": (None, "only True and False are read as bools", "Series.isin([…]) afterwards"),
    "skipfooter": (0, "the end of a file is not known while it is read", None),
    "skip_blank_lines": (True, "a blank line is no record", None),
    "lineterminator": (None, "lines end with \\n, \\r\\n or \\r", None),
    "dialect": (None, "a plan holds plain values", "sep=, quotechar=, quoting=, escapechar= and doublequote="),
    "float_precision": (None, "numbers are always read to the nearest float", None),
}


def csv_options(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """pandas' keywords as JSON-able options of the engine's CSV reader; mappings become pairs.

    Raises
    ------
    Unsupported
        For a keyword, or a form of one, that bigframe does not have; says what to use.
    """
    options = {name: value for name, value in keywords.items() if name not in _WITHOUT_EFFECT}
    if options.get("encoding", "") is None:
        del options["encoding"]
    for name in options.keys() & _UNSUPPORTED.keys():
        default, reason, instead = _UNSUPPORTED[name]
        if options.pop(name) != default:
            raise Unsupported(f"read_csv({name}=)", reason, instead)
    sep = options.pop("delimiter", None) or options.get("sep", ",")
    if not isinstance(sep, str) or len(sep) != 1:
        instead = "a single character, or read lines with sep='\\n' and use Series.str.split"
        raise Unsupported(f"read_csv(sep={sep!r})", "fields are cut at one character, not at a pattern", instead)
    if isinstance(options.get("header"), (list, tuple)):
        raise Unsupported("read_csv(header=[…])", "columns have one level", "header=None and names=")
    if callable(options.get("skiprows")):
        raise Unsupported(
            "read_csv(skiprows=function)", "functions do not run in the reader", "the numbers of the lines"
        )
    if options.get("on_bad_lines", "error") not in ("error", "skip"):
        raise Unsupported("read_csv(on_bad_lines=)", "workers have nobody to warn", "'error' or 'skip'")
    if isinstance(options.get("parse_dates"), bool):
        options["parse_dates"] = ()
    if isinstance(options.get("compression"), Mapping):
        options["compression"] = options["compression"].get("method", "infer")
    if "dtype" in options:
        options["dtype"] = _dtype_names(options["dtype"])
    if isinstance(options.get("parse_dates"), list):
        options["parse_dates"] = [str(name) if isinstance(name, int) else name for name in options["parse_dates"]]
    return {name: _plain(value) for name, value in {**options, "sep": sep}.items() if (name, value) != ("sep", ",")}


def is_one_file(path: Any) -> bool:
    """Whether a path names one file, which pandas can read too."""
    if not isinstance(path, (str, os.PathLike)):
        return False
    return "://" in os.fspath(path) and "*" not in os.fspath(path) or Path(path).is_file()


def _plain(value: Any) -> Any:
    """A value as a plan holds it: pairs for a mapping, tuples for sequences."""
    if isinstance(value, Mapping):
        return tuple((str(name), _plain(one)) for name, one in value.items())
    if isinstance(value, (list, tuple, range)):
        return tuple(map(_plain, value))
    return tuple(sorted(map(_plain, value))) if isinstance(value, (set, frozenset)) else value


def _dtype_names(dtype: Any) -> Any:
    """Dtypes by name, for one or by column: a plan holds no classes."""
    if isinstance(dtype, Mapping):
        return tuple((str(name), _dtype_names(one)) for name, one in dtype.items())
    return "str" if dtype is str or _is_made_afterwards(dtype) else str(pd.api.types.pandas_dtype(dtype))


def cast_afterwards(dtype: Any) -> dict[Any, Any]:
    """The columns that are to be categories or nullable text, which the reader reads as text, with their dtypes.

    Raises
    ------
    Unsupported
        If all are: which columns there are is not known yet.
    """
    if isinstance(dtype, Mapping):
        return {name: one for name, one in dtype.items() if _is_made_afterwards(one)}
    if dtype is not None and _is_made_afterwards(dtype):
        raise Unsupported(f"read_csv(dtype={dtype!r})", "columns get it by name", f"dtype={{column: {dtype!r}}}")
    return {}


def _is_made_afterwards(dtype: Any) -> bool:
    resolved = pd.api.types.pandas_dtype(dtype)
    return (
        isinstance(resolved, pd.CategoricalDtype) or isinstance(resolved, pd.StringDtype) and resolved.na_value is pd.NA
    )
