"""pandas' top-level functions."""

from __future__ import annotations

import contextlib
import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import no_default
from pandas.tseries.api import guess_datetime_format

import bigframe.api.extensions
import bigframe.api.indexers  # noqa: F401  (pandas.api has both)
from bigframe.api.binding.calls import signature_of
from bigframe.api.binding.docstrings import documented_as
from bigframe.api.binding.fallbacks import gathering, looking
from bigframe.api.columns import Columns, as_pandas
from bigframe.api.dataframe import DataFrame
from bigframe.api.labels.index import Index
from bigframe.api.operands import as_named_frame
from bigframe.api.query import Names, assignment, evaluate, variables
from bigframe.api.reading.io import from_pandas
from bigframe.api.scalar import LazyScalar
from bigframe.api.series import Series
from bigframe.errors import Unsupported
from bigframe.ops.casting import FromEpoch, ToDatetime
from bigframe.plan.scan import Scan
from bigframe.semantics.casting import parse_numbers

_EPOCH_UNITS = ("D", "h", "m", "s", "ms", "us", "ns")


@documented_as(pd.merge)
@signature_of(pd.merge)
def merge(left: Any, right: Any, **options: Any) -> DataFrame:
    """Join two frames. Tier: *native*."""
    if isinstance(left, (pd.DataFrame, pd.Series)):
        left = from_pandas(left)
    table: DataFrame = as_named_frame(left) if isinstance(left, Series) else left
    return table.merge(right, **options)


def to_datetime(
    arg: Any,
    errors: str = "raise",
    dayfirst: bool = False,
    yearfirst: bool = False,
    utc: bool = False,
    format: str | None = None,
    exact: Any = no_default,
    unit: str | None = None,
    origin: Any = "unix",
    cache: bool = True,
) -> Any:
    """Values as datetimes. Tier: *native* for strings and integers; other columns, and other options, are gathered.

    Without a ``format`` strings are read as ISO 8601, each by itself. Those of a table in memory are all in
    the format that pandas finds in the first of them. With offsets from UTC they need ``utc=True``, because without it
    the dtype depends on all of them; tables in memory are gathered then.

    Parameters
    ----------
    arg
        A column, a frame of years, months and days, or what :func:`pandas.to_datetime` takes.
    errors : {"raise", "coerce"}
        What to do with a string that is no time.
    utc
        Whether the times are moments, in UTC: those with an offset are converted.
    format
        As of ``strftime``; ``"ISO8601"`` or ``"mixed"``.
    unit : {"D", "h", "m", "s", "ms", "us", "ns"}
        What integers count since 1970.
    dayfirst, yearfirst, exact, origin, cache
        As in pandas.
    """
    is_plain = not (dayfirst or yearfirst) and exact is no_default and isinstance(origin, str) and origin == "unix"
    if isinstance(arg, Series) and is_plain:
        times = _times(arg, errors, utc, format, unit)
        if times is not None:
            return times
    return _to_datetime(arg, errors, dayfirst, yearfirst, utc, format, exact, unit, origin, cache)


def _times(values: Series, errors: str, utc: bool, format: str | None, unit: str | None) -> Series | None:
    """A column as datetimes; None where that takes all of it."""
    dtype, zone = values._dtype, "UTC" if utc else None
    if dtype.is_datetime and not utc:
        return values
    if dtype.is_string and unit is None:
        found = format if format is not None else _format_of(values)
        if utc or "%z" not in (found or ""):
            return values._apply(lambda x: ToDatetime(x, found, errors, "us", zone))
    if dtype.is_integer and dtype.never_missing and unit in _EPOCH_UNITS and format is None:
        return values._apply(lambda x: FromEpoch(x, unit, errors, zone))
    return None


def _format_of(texts: Series) -> str | None:
    """The format that the first of some texts in memory is in; None of ISO 8601, and of texts that a job would read."""
    source = texts._frame.base
    if not isinstance(source, Scan) or source.format != "ipc" or texts._id not in source.schema:
        return None
    present = Series(texts._frame.with_index(None)).dropna().head(1).to_pandas()
    if not len(present):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = guess_datetime_format(present.iloc[0])
    return None if found and found.startswith("%Y-%m-%d") and "%z" not in found else found


@documented_as(pd.to_numeric)
def to_numeric(arg: Any, errors: str = "raise", downcast: str | None = None, dtype_backend: Any = None) -> Any:
    """Strings as numbers: int64 if all of them are integers, else float64. Tier: *partitionwise*."""
    if isinstance(arg, Series) and downcast is None and dtype_backend is None:
        with contextlib.suppress(Unsupported):
            return arg._wrap(parse_numbers(arg._frame, errors))
    return _to_numeric(arg, errors, downcast, **({} if dtype_backend is None else {"dtype_backend": dtype_backend}))


@documented_as(pd.unique)
def unique(values: Any) -> Any:
    """The distinct values in order of appearance, as an array. Tier: *native*."""
    if not isinstance(values, Series):
        return pd.unique(values)
    distinct = values.unique()
    return np.asarray(distinct) if isinstance(getattr(distinct, "dtype", None), np.dtype) else distinct


@documented_as(pd.eval)
def eval(
    expr: Any,
    parser: str = "pandas",
    engine: str | None = None,
    local_dict: Any = None,
    global_dict: Any = None,
    resolvers: Any = (),
    level: int = 0,
    target: Any = None,
    inplace: bool = False,
) -> Any:
    """The value of an expression over names of the caller, as text. Tier: *native*.

    Raises
    ------
    Unsupported
        With lazy tables among the names: for ``resolvers`` and more than one expression.
    ValueError
        If the expression assigns and there is no target, or the other way round.
    pandas.errors.UndefinedVariableError
        If there is no such name.
    """
    options = {"parser": parser, "engine": engine, "level": level}
    scope = variables({**options, "local_dict": local_dict, "global_dict": global_dict}, depth=2)
    words = set(re.findall(r"[^\W\d]\w*", str(expr)))
    if not any(isinstance(scope.get(word), (Columns, LazyScalar)) for word in words):
        given: dict[str, Any] = {"resolvers": resolvers, "target": target, **({"inplace": True} if inplace else {})}
        return pd.eval(expr, parser, engine, scope, {}, **given)  # type: ignore[arg-type]  # it says which there are
    if resolvers:
        raise Unsupported("eval(resolvers=)", "the expression is evaluated over lazy columns", "DataFrame.eval")
    name, assigns, formula = assignment(expr)
    if not assigns:
        if inplace:
            raise ValueError("Cannot operate inplace if there is no assignment")
        return evaluate(Names(scope), expr, scope, parser)
    if target is None:
        raise ValueError("cannot assign without a target object")
    result = target if inplace else target.copy()
    result[name] = evaluate(Names(scope), formula, scope, parser)
    return None if inplace else result


@documented_as(pd.isna)
def isna(obj: Any) -> Any:
    """Which values are missing."""
    return _each(pd.isna, obj, "isna")


@documented_as(pd.notna)
def notna(obj: Any) -> Any:
    """Which values are there."""
    return _each(pd.notna, obj, "notna")


def _each(function: Any, obj: Any, method: str) -> Any:
    """One of pandas' functions of each value: of lazy columns their method, of a lazy scalar its value, which is a job."""
    if type(obj) is Index:
        return getattr(obj, method)().to_numpy()
    return getattr(obj, method)() if isinstance(obj, (DataFrame, Series)) else function(as_pandas(obj))


date_range = looking(pd.date_range)
bdate_range = looking(pd.bdate_range)
period_range = looking(pd.period_range)
timedelta_range = looking(pd.timedelta_range)
interval_range = looking(pd.interval_range)
factorize = gathering(pd.factorize, "each value is numbered by where it is first seen")
to_pickle = gathering(pd.to_pickle, "it writes pandas' own objects")  # type: ignore[attr-defined]
to_timedelta = gathering(pd.to_timedelta, "its unit depends on the data")
_to_datetime = gathering(pd.to_datetime, "what it reads, and as what, depends on the data")
_to_numeric = gathering(pd.to_numeric, "its dtype depends on all the data")
