"""Reductions of whole frames: a row per column, or a row per reduction."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from pandas.core.groupby import SeriesGroupBy

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr, Literal, Scalar
from bigframe.ops.casting import Widen
from bigframe.ops.functions import Lookup
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.project import Project
from bigframe.plan.unpivot import Unpivot
from bigframe.schema import FLOAT64, INT64, Family
from bigframe.semantics.frame import Frame
from bigframe.semantics.labelling import HOLE
from bigframe.semantics.stacking import common
from bigframe.semantics.values import literal

REDUCTIONS: Mapping[str, Callable[..., Expr]] = {
    "sum": reductions.Sum,
    "prod": reductions.Prod,
    "mean": reductions.Mean,
    "median": reductions.Median,
    "min": reductions.Min,
    "max": reductions.Max,
    "count": reductions.Count,
    "var": reductions.Var,
    "std": reductions.Std,
    "sem": reductions.Sem,
    "skew": reductions.Skew,
    "kurt": reductions.Kurt,
    "any": reductions.Any_,
    "all": reductions.All,
    "first": reductions.First,
    "last": reductions.Last,
    "nunique": reductions.NUnique,
    "size": lambda _: reductions.Size(),
}


# As methods of a column NumPy's skip missing values, but for the median, which does not.
_FUNCTIONS: Mapping[Any, Callable[..., Expr]] = {
    **{getattr(pd.Series, name): make for name, make in REDUCTIONS.items() if name not in ("first", "last", "size")},
    **{getattr(np, name): REDUCTIONS[name] for name in ("sum", "prod", "mean", "min", "max", "any", "all", "size")},
    np.std: partial(reductions.Std, ddof=0),
    np.var: partial(reductions.Var, ddof=0),
}


def reduction(function: Any, *, grouped: bool = False) -> Callable[[Expr], Expr]:
    """The reduction that a name or a builtin stands for.

    Raises
    ------
    Unsupported
        If it is a function that bigframe cannot see into.
    AttributeError
        If pandas has no reduction of that name either.
    """
    name = {sum: "sum", min: "min", max: "max", any: "any", all: "all"}.get(function, function)
    if function is list:
        return reductions.Collect
    if not isinstance(name, str) and name in _FUNCTIONS:
        return _FUNCTIONS[name]
    if not isinstance(name, str):
        raise Unsupported("agg(function)", "a Python function has no columnar kernel", "a reduction by name")
    if grouped and name == "quantile":
        return partial(reductions.Quantile, q=0.5, grouped=True)
    if name not in REDUCTIONS and hasattr(SeriesGroupBy if grouped else pd.Series, name):
        raise Unsupported(f"agg({name!r})", "it is a method, but no reduction that has a kernel here")
    if name not in REDUCTIONS:
        if grouped:
            raise AttributeError(f"'SeriesGroupBy' object has no attribute '{name}'")
        raise AttributeError(f"'{name}' is not a valid function for 'Series' object")
    if grouped and name in ("sum", "prod", "count", "any", "all"):
        return partial(REDUCTIONS[name], grouped=True)
    return REDUCTIONS[name]


def per_column(frame: Frame, make: Callable[[Expr], Expr]) -> Frame:
    """One row per column: its label as the index, and a reduction of it."""
    aggregated = _aggregate(frame, [make])
    rows = rows_of(aggregated, [(label, [id]) for label, id in zip(frame.labels, aggregated.ids, strict=True)], [None])
    if len(frame.label_names) != len(rows.index_ids):
        return rows
    return rows.with_index(tuple(zip(frame.label_names, rows.index_ids, strict=True)))


def table_of(frame: Frame, functions: Sequence[Any]) -> Frame:
    """One row per reduction: its name as the index, and a column per column of the frame."""
    rows = [(name_of(function), [(id, function) for id in frame.ids]) for function in functions]
    return reduced_columns(frame, rows, list(frame.labels)).replace(label_names=frame.label_names)


def reduced_columns(
    frame: Frame, rows: Sequence[tuple[Hashable, Sequence[tuple[str, Any] | None]]], labels: Sequence[Hashable]
) -> Frame:
    """Rows of reductions, each of a column by id, or of nothing, below their labels."""
    cells = [(cell[0], reduction(cell[1])) for _, row in rows for cell in row if cell]
    aggregated = _aggregate_each(frame, cells)
    ids = iter(aggregated.ids)
    hole = ""
    if len(cells) < sum(len(row) for _, row in rows):
        aggregated, hole = aggregated.define(HOLE)
    return rows_of(aggregated, [(label, [next(ids) if cell else hole for cell in row]) for label, row in rows], labels)


def is_reduction(function: Any) -> bool:
    """Whether it is a reduction of a column, by name or as a function of pandas' or NumPy's, that has a kernel."""
    if isinstance(function, str):
        return function in REDUCTIONS and function not in ("first", "last")
    return isinstance(function, Hashable) and function in _FUNCTIONS


def name_of(function: Any) -> Any:
    """The label of what a function makes of a column."""
    return function if isinstance(function, str) else getattr(function, "__name__", function)


def shares(given: Any) -> list[float]:
    """Shares as numbers.

    Raises
    ------
    ValueError
        If one is not between 0 and 1.
    Unsupported
        If there are none.
    """
    found = [float(one) for one in given]
    if not found:
        raise Unsupported("quantile([])", "it has no rows")
    if not all(0 <= one <= 1 for one in found):
        raise ValueError("percentiles should all be in the interval [0, 1]")
    return found


def quantiles(frame: Frame, shares: Sequence[float], interpolation: str) -> Frame:
    """One row per share: it as the index, and the value of each column below which that share lies.

    Raises
    ------
    Unsupported
        If the dtype of the result depends on the data.
    """
    if any(dtype.family is Family.NULLABLE and dtype.is_integer for dtype in frame.dtypes):
        raise Unsupported("several quantiles of nullable integers", "they are integers where all are whole")
    aggregated = _aggregate(
        frame, [partial(reductions.Quantile, q=share, interpolation=interpolation) for share in shares]
    )
    width = len(frame.ids)
    rows = [(share, list(aggregated.ids[n * width : (n + 1) * width])) for n, share in enumerate(shares)]
    return rows_of(aggregated, rows, list(frame.labels)).replace(label_names=frame.label_names)


DESCRIBED: Mapping[str, Callable[[Expr], Expr]] = {
    "count": reductions.Count,
    "mean": reductions.Mean,
    "std": reductions.Std,
    "min": reductions.Min,
    "25%": lambda x: reductions.Quantile(x, 0.25),
    "50%": lambda x: reductions.Quantile(x, 0.5),
    "75%": lambda x: reductions.Quantile(x, 0.75),
    "max": reductions.Max,
}


def described(frame: Frame) -> Frame:
    """What pandas describes numbers by: one row per statistic, and a column per column of the frame.

    Raises
    ------
    Unsupported
        If a column holds other than integers or floats.
    """
    for dtype in frame.dtypes:
        wide = dtype.is_integer or dtype == FLOAT64
        if not wide or dtype.family is not Family.NUMPY or dtype.otherwise is not None or dtype.if_fits is not None:
            raise Unsupported(
                f"description of {dtype}", "pandas describes other than wide numbers by rules of their own"
            )
    floats, ids = frame, []
    for id in frame.ids:
        if frame.dtype(id) != FLOAT64:
            floats, id = floats.define(Widen(Column(id), FLOAT64))
        ids.append(id)
    floats = floats.select(frame.labels, ids)
    aggregated = _aggregate(floats, list(DESCRIBED.values()))
    width = len(ids)
    rows = [
        (name, list(aggregated.ids[number * width : (number + 1) * width])) for number, name in enumerate(DESCRIBED)
    ]
    return rows_of(aggregated, rows, list(frame.labels)).replace(label_names=frame.label_names)


def category_counts(frame: Frame, label: Hashable, dropna: bool) -> Frame:
    """One row per category of a column, seen or not, in the order of the categories: how often it occurs.

    Raises
    ------
    Unsupported
        Without ``dropna``, since there is a row for missing values only if there are any.
    """
    if not dropna:
        raise Unsupported(
            "value_counts(dropna=False) of categories", "the data decides whether missing values have a row"
        )
    (id,) = frame.ids
    dtype = frame.dtype(id)
    categories = dtype.categories or ()
    counted = _aggregate(frame, [partial(_occurrences, category) for category in categories])
    rows = rows_of(
        counted, [(category, [count]) for category, count in zip(categories, counted.ids, strict=True)], [label]
    )
    rows, index = rows.define(Widen(Column(rows.index_ids[0]), dtype))
    return rows.with_index(((frame.labels[0], index),))


def _occurrences(category: str, operand: Expr) -> Expr:
    return reductions.Count(Lookup(operand, (category,), (1,), INT64))


def _aggregate(frame: Frame, makes: Sequence[Callable[[Expr], Expr]]) -> Frame:
    return _aggregate_each(frame, [(id, make) for make in makes for id in frame.ids])


def _aggregate_each(frame: Frame, cells: Sequence[tuple[str, Callable[[Expr], Expr]]]) -> Frame:
    plan = frame.with_index(None).plan()
    exprs = [make(Column(id)) for id, make in cells]
    ids = [derive(type(expr).__name__.lower(), expr.digest, frame.base.digest) for expr in exprs]
    aggregates = dict(zip(ids, exprs, strict=True))
    return Frame(Aggregate(plan, (), tuple(aggregates.items())), tuple(ids), tuple(ids))


def rows_of(aggregated: Frame, rows: Sequence[tuple[Hashable, Sequence[str]]], labels: Sequence[Hashable]) -> Frame:
    """A table written out row by row from the values of a one-row plan; or from those of each row, below its labels."""
    if not any(ids for _, ids in rows):
        raise Unsupported("a reduction over no columns", "its result has no dtype")
    columns = list(zip(*(ids for _, ids in rows), strict=True))
    dtypes = [_stacked([aggregated.dtype(id) for id in column]) for column in columns]
    frame, sources = aggregated, []
    for column, dtype in zip(columns, dtypes, strict=True):
        as_one = []
        for id in column:
            if aggregated.dtype(id).arrow != dtype.arrow:
                frame, id = frame.define(Widen(Column(id), dtype))
            as_one.append(id)
        sources.append(tuple(as_one))
    index = derive("index", aggregated.base.digest)
    out = [derive("value", str(position), aggregated.base.digest) for position in range(len(columns))]
    names = [_label(label) for label, _ in rows]
    outer = [derive("level", id, aggregated.base.digest) for id in frame.index_ids]
    plan = frame.plan(*(id for ids in sources for id in ids))
    base = Unpivot(
        plan,
        index,
        tuple(name.value for name in names),
        tuple(zip((*outer, *out), (*((id,) * len(rows) for id in frame.index_ids), *sources), strict=True)),
        (names[0].dtype, *(plan.schema[id] for id in frame.index_ids), *dtypes),
    )
    levels = tuple((name, id) for (name, _), id in zip(frame.index or (), outer, strict=True))
    return Frame(base, tuple(labels), tuple(out), (*levels, (None, index)))


def values_by_label(frame: Frame) -> list[tuple[Hashable, Expr]] | None:
    """The values of a column that :func:`rows_of` wrote out, without their plan having run; None of other columns."""
    base = frame.base
    if not isinstance(base, Unpivot) or len(frame.ids) != 1 or frame.index_ids != (base.label,):
        return None
    sources = dict(base.columns).get(frame.ids[0])
    if sources is None or any(base.input.schema[id].unless_missing for id in sources):
        return None
    plans = [Project(base.input, (), (id,)) for id in sources]
    values = [Scalar(plan, id, plan.schema[id]) for plan, id in zip(plans, sources, strict=True)]
    return list(zip(base.labels, values, strict=True))


def _stacked(dtypes: Sequence[Any]) -> Any:
    try:
        return common(dtypes)
    except Unsupported:
        raise Unsupported(
            "a reduction over columns of several kinds", "its results have no common dtype", "numeric_only=True"
        ) from None


def _label(label: Hashable) -> Literal:
    if not isinstance(label, (str, int, float)):
        raise Unsupported(f"a reduction over the column label {label!r}", "labels of its kind cannot become an index")
    return literal(label)
