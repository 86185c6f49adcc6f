"""Kernels of ``bigframe.ops.functions``: user functions over values, rows and lookups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pandas as pd
import polars as pl

from bigframe.errors import Cancelled, ExecutionError, Unsupported
from bigframe.ops import functions
from bigframe.ops.base import Expr, Literal
from bigframe.plan import payloads
from bigframe.plan.calling import called_by_pandas
from engine.kernels.interchange import series_from_pandas, series_to_pandas
from engine.kernels.model_cache import load_once
from engine.kernels.raised import raised
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import literal_series, polars_type


def instance(payload: str) -> Callable[..., Any]:
    """The user's function; a class is made into its one instance of this process."""
    return load_once(payload, lambda: payloads.ready(payloads.load(payload)))


_calling: ContextVar[bool] = ContextVar("calling", default=False)


@contextmanager
def calling() -> Iterator[None]:
    """While a user's function runs in this thread."""
    before = _calling.set(True)
    try:
        with called_by_pandas():
            yield
    finally:
        _calling.reset(before)


def require_no_job() -> None:
    """Refuse a job that a user's function starts: the one that calls it would wait for itself.

    Raises
    ------
    Unsupported
        If a user's function runs in this thread.
    """
    if _calling.get():
        what = "a function that looks at a lazy table while a job calls it"
        raise Unsupported(what, "that would be a job inside a job", "values that were looked at before (.to_pandas())")


between_calls: ContextVar[Callable[[], None]] = ContextVar("between_calls", default=lambda: None)
"""What a task has done before each call of a user's function: a look whether it should stop."""


def answered(holes: tuple[Expr, ...]) -> bool:
    """Whether one of the scalars that were asked about an argument found a missing value."""
    return any(isinstance(scalar, Literal) and bool(scalar.value) for scalar in holes)


@kernel(functions.Call)
def call(op: functions.Call, *arguments: Operand) -> pl.Expr:
    arguments = arguments[: len(op.arguments)]
    # Read here, in the task's own thread: Polars runs the function in another one.
    look = between_calls.get()

    def run(columns: Sequence[pl.Series]) -> pl.Series:
        users = instance(op.function)

        def function(value: Any) -> Any:
            look()
            return users(value)

        series = [
            series_to_pandas(column, argument.dtype, was_missing=answered(scalars))
            for column, argument, scalars in zip(columns, arguments, op.holes, strict=True)
        ]
        try:
            with calling():
                if op.each == "row":
                    names = len(series) - len(op.labels)
                    frame = pd.DataFrame(dict(enumerate(series[names:])), index=series[0].index)
                    frame.columns = pd.Index(list(op.labels))
                    frame.index = _row_names(series[:names])
                    result = frame.apply(function, axis=1) if len(frame) else pd.Series([], dtype=object)
                else:
                    result = series[0].map(function, na_action="ignore" if op.skip_missing else None)
        except Cancelled:
            raise
        except Exception as error:
            raise raised(op.name, error, op.origin, __file__) from error
        if not isinstance(result, pd.Series) or len(result) != len(columns[0]):
            raise ExecutionError(f"{op.name} must return one value per {op.each} (called at {op.origin})")
        return _declared(op, result)

    return pl.map_batches(
        [argument.expr for argument in arguments], run, return_dtype=polars_type(op.dtype.arrow), is_elementwise=True
    )


def _row_names(levels: Sequence[pd.Series[Any]]) -> pd.Index:
    return pd.Index(levels[0]) if len(levels) == 1 else pd.MultiIndex.from_arrays(levels)


def _declared(op: functions.Call, result: pd.Series[Any]) -> pl.Series:
    try:
        return series_from_pandas(result, op.dtype)
    except (TypeError, ValueError) as error:
        raise ExecutionError(
            f"{op.name} returned values that are not {op.dtype.settled()}: {error}; pass output_type= (called at {op.origin})"
        ) from error


@kernel(functions.Lookup)
def lookup(op: functions.Lookup, operand: Operand) -> pl.Expr:
    kind = polars_type(op.dtype.arrow)
    if not op.keys:
        nothing = pl.lit(None, dtype=kind)
        return pl.when(operand.expr.is_null()).then(nothing).otherwise(nothing)
    keys, values = literal_series(op.keys, operand.dtype.arrow), literal_series(op.values, op.dtype.arrow)
    return operand.expr.replace_strict(keys, values, default=None, return_dtype=kind)
