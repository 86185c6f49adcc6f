"""Reductions of whole frames: a row per column, or a row per reduction."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from bigframe.cells import array_of
from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.interchange import labels_index, series_to_arrow
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr, Scalar
from bigframe.ops.casting import Widen
from bigframe.ops.functions import Lookup
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.project import Project
from bigframe.plan.unpivot import Unpivot
from bigframe.schema import FLOAT64, INT64, DType, Family
from bigframe.semantics.frame import Frame
from bigframe.semantics.stacking import common

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
    if name not in REDUCTIONS:
        raise AttributeError(f"'{name}' is not a valid function for aggregation")
    if grouped and name in ("sum", "prod", "count", "any", "all"):
        return partial(REDUCTIONS[name], grouped=True)
    return REDUCTIONS[name]


def per_column(frame: Frame, make: Callable[[Expr], Expr]) -> Frame:
    """One row per column: its label as the index, and a reduction of it."""
    aggregated = _aggregate(frame, [make])
    rows = [(label, [id]) for label, id in zip(frame.labels, aggregated.ids, strict=True)]
    return rows_of(aggregated, rows, [None], names=frame.label_names, kind=frame.label_type)


def table_of(frame: Frame, functions: Sequence[Any] | Mapping[Hashable, Any]) -> Frame:
    """One row per reduction: its name as the index, and a column per column of the frame."""
    if isinstance(functions, Mapping):
        raise Unsupported("DataFrame.agg(dict)", "its rows differ by column", "one .agg per column")
    aggregated = _aggregate(frame, [reduction(function) for function in functions])
    names = [function if isinstance(function, str) else function.__name__ for function in functions]
    width = len(frame.ids)
    rows = [(name, list(aggregated.ids[number * width : (number + 1) * width])) for number, name in enumerate(names)]
    return _with_labels_of(frame, rows_of(aggregated, rows, list(frame.labels)))


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
    return _with_labels_of(frame, rows_of(aggregated, rows, list(frame.labels)))


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
    return _with_labels_of(frame, rows_of(aggregated, rows, list(frame.labels)))


def category_counts(frame: Frame, label: Hashable) -> Frame:
    """One row per category of a column, seen or not, in the order of the categories: how often it occurs."""
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
    plan = frame.with_index(None).plan()
    exprs = [make(Column(id)) for make in makes for id in frame.ids]
    ids = [derive(type(expr).__name__.lower(), expr.digest, frame.base.digest) for expr in exprs]
    aggregates = dict(zip(ids, exprs, strict=True))
    return Frame(Aggregate(plan, (), tuple(aggregates.items())), tuple(ids), tuple(ids))


def rows_of(
    aggregated: Frame,
    rows: Sequence[tuple[Hashable, Sequence[str]]],
    labels: Sequence[Hashable],
    *,
    names: Sequence[Hashable] = (),
    kind: str | None = None,
) -> Frame:
    """A table written out row by row from the values of a one-row plan; or from those of each row, below its labels.

    ``names`` are those of the levels of the rows' labels, and ``kind`` is their dtype, as those of column labels.
    """
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
    known = labels_index([label for label, _ in rows], names, kind)
    values, label_dtype = _values(known) if known.nlevels == 1 else (tuple(range(len(rows))), INT64)
    outer = [derive("level", id, aggregated.base.digest) for id in frame.index_ids]
    plan = frame.plan(*(id for ids in sources for id in ids))
    base = Unpivot(
        plan,
        index,
        values,
        tuple(zip((*outer, *out), (*((id,) * len(rows) for id in frame.index_ids), *sources), strict=True)),
        (label_dtype, *(plan.schema[id] for id in frame.index_ids), *dtypes),
    )
    levels = tuple((name, id) for (name, _), id in zip(frame.index or (), outer, strict=True))
    if known.nlevels == 1:
        return Frame(base, tuple(labels), tuple(out), (*levels, (known.name, index)))
    made = Frame(base, tuple(labels), tuple(out))
    for number, name in enumerate(known.names):
        values, dtype = _values(known.get_level_values(number).set_names(None))
        made, id = made.define(Lookup(Column(index), tuple(range(len(rows))), values, dtype))
        levels = (*levels, (name, id))
    return made.with_index(levels)


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
    is_carried = base.dtypes[0].is_carried
    labels = array_of(map(bytes.decode, base.labels), base.dtypes[0].pandas) if is_carried else base.labels
    return list(zip(labels, values, strict=True))


def _with_labels_of(frame: Frame, table: Frame) -> Frame:
    return table.replace(label_names=frame.label_names, label_type=frame.type_among(table.labels))


def _stacked(dtypes: Sequence[Any]) -> Any:
    try:
        return common(dtypes)
    except Unsupported:
        raise Unsupported(
            "a reduction over columns of several kinds", "its results have no common dtype", "numeric_only=True"
        ) from None


def _values(labels: pd.Index) -> tuple[tuple[Any, ...], DType]:
    """The labels of one level as values of a column, of whatever dtype pandas has them in.

    Raises
    ------
    Unsupported
        If they are of a kind that a plan has no literals of.
    """
    array, dtype = series_to_arrow(pd.Series(labels, dtype=labels.dtype), "column labels")
    if not (dtype.is_carried or dtype.is_string or dtype.is_integer or dtype.is_float or dtype.is_bool):
        raise Unsupported(f"a reduction over column labels of {dtype}", "labels of their kind cannot become an index")
    return tuple(array.to_pylist()), dtype
