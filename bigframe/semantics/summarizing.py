"""Reductions of whole frames: a row per column, or a row per reduction."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from pandas.core.groupby import SeriesGroupBy

from bigframe.cells import array_of
from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.interchange import labels_index, series_to_arrow
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr, Literal, Scalar, columns_read
from bigframe.ops.casting import Cast, Widen
from bigframe.ops.comparison import Eq, Gt
from bigframe.ops.conditional import Where
from bigframe.ops.functions import Lookup
from bigframe.ops.logical import Not, Or
from bigframe.ops.missing import Coalesce
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.project import Project
from bigframe.plan.unpivot import Unpivot
from bigframe.schema import BOOL, FLOAT64, INT64, NULL, OBJECTS, UINT64, DType, Family
from bigframe.semantics.category_places import at_places, by_place
from bigframe.semantics.frame import Frame
from bigframe.semantics.labelling import HOLE
from bigframe.semantics.stacking import common

_NOTHING = Literal(float("nan"), FLOAT64)

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


def per_column(frame: Frame, make: Callable[[Expr], Expr], *, skipna: bool = True) -> Frame:
    """One row per column: its label as the index, and a reduction of it."""
    aggregated = reduced(frame, [(id, make) for id in frame.ids], skipna=skipna)
    _require_no_categories(aggregated)
    rows = [(label, [id]) for label, id in zip(frame.labels, aggregated.ids, strict=True)]
    return rows_of(aggregated, rows, [None], names=frame.label_names, kind=frame.label_type)


def called_on_each(frame: Frame, function: Any) -> Frame:
    """One row per column: what pandas has when it calls a reduction on one after the other, on none of no dtype.

    Raises
    ------
    Unsupported
        If it is no such reduction, or the dtype of what pandas makes of the values is not that of a reduction.
    """
    make = {len: row_count, np.median: reductions.Median}.get(function) or reduction(function)
    if not frame.ids or make is reductions.Collect:
        raise Unsupported("a function called on each column", "there is none, or the lists of all are a table again")
    is_extreme = make in (reductions.Min, reductions.Max)
    for dtype in frame.dtypes:
        is_number = dtype == FLOAT64 or dtype.is_integer and dtype != UINT64 or dtype.is_bool and not is_extreme
        if not is_number or dtype.family is not Family.NUMPY or not dtype.is_settled:
            raise Unsupported(f"a function called on columns of {dtype}", "pandas finds the dtype of its values again")
    cells = [(id, make) for id in frame.ids]
    found = reduced(frame, [*cells, (frame.ids[0], row_count)], skipna=function is not np.median)
    *ids, rows = found.ids
    for place, id in enumerate(ids):
        if make in (reductions.Sum, reductions.Prod):  # of no rows it is called on floats
            is_some = Gt(Column(rows), Literal(0, INT64))
            found, of_some = found.define(Where(is_some, Column(id), Literal(None, found.dtype(id))))
            found, ids[place] = found.define(Coalesce(Column(of_some), Column(id)))
    each = [(label, [id]) for label, id in zip(frame.labels, ids, strict=True)]
    return rows_of(found, each, [None], names=frame.label_names, kind=frame.label_type)


def table_of(frame: Frame, functions: Sequence[Any]) -> Frame:
    """One row per reduction: its name as the index, and a column per column of the frame."""
    rows = [(name_of(function), [(id, function) for id in frame.ids]) for function in functions]
    return with_labels_of(frame, reduced_columns(frame, rows, list(frame.labels)))


def reduced_columns(
    frame: Frame, rows: Sequence[tuple[Hashable, Sequence[tuple[str, Any] | None]]], labels: Sequence[Hashable]
) -> Frame:
    """Rows of reductions, each of a column by id, or of nothing, below their labels."""
    cells = [(cell[0], reduction(cell[1])) for _, row in rows for cell in row if cell]
    aggregated = reduced(frame, cells)
    _require_no_categories(aggregated)
    ids = iter(aggregated.ids)
    table = [[next(ids) if cell else "" for cell in row] for _, row in rows]
    for place in range(len(labels)):
        made = [aggregated.dtype(row[place]) for row in table if row[place]]
        if len(made) < len(table):
            numbers = all(dtype.is_numeric for dtype in made)
            aggregated, hole = aggregated.define(HOLE if numbers else Literal(None, NULL))
            for row in table:
                row[place] = row[place] or hole
    return rows_of(aggregated, [(label, row) for (label, _), row in zip(rows, table, strict=True)], labels)


def _require_no_categories(aggregated: Frame) -> None:
    if any(aggregated.dtype(id).categories is not None for id in aggregated.ids):
        raise Unsupported("categories in a row of reductions", "pandas has their values, in whatever dtype these have")


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
    return with_labels_of(frame, rows_of(aggregated, rows, list(frame.labels)))


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
    return reduced(frame, [(id, make) for make in makes for id in frame.ids])


def reduced(frame: Frame, cells: Sequence[tuple[str, Callable[[Expr], Expr]]], *, skipna: bool = True) -> Frame:
    """One row of reductions, each of a column by id; without ``skipna`` one that misses a value has none.

    Raises
    ------
    Unsupported
        If a column that misses values holds Python objects then.
    """
    partial = [] if skipna else [id for id, _ in cells if not frame.dtype(id).never_missing]
    if any(frame.dtype(id).is_bool and frame.dtype(id).unless_missing for id in partial):
        raise Unsupported("skipna=False of bools with holes", "they are Python objects")
    checks = [(id, count) for id in dict.fromkeys(partial) for count in (reductions.Count, row_count)]
    frame, exprs, places = by_place(frame, [(None, make(Column(id))) for id, make in [*cells, *checks]])
    read = dict.fromkeys(column for _, expr in exprs for column in sorted(columns_read(expr)))
    ids = [derive(type(expr).__name__.lower(), expr.digest, frame.base.digest) for _, expr in exprs]
    plan = frame.select((), ()).with_index(None).plan(*read)
    aggregates = {id: expr for id, (_, expr) in zip(ids, exprs, strict=True)}
    found = at_places(Frame(Aggregate(plan, (), tuple(aggregates.items())), tuple(ids), tuple(ids)), places, before=0)
    counts = iter(found.ids[len(cells) :])
    is_whole = {id: Eq(Column(next(counts)), Column(next(counts))) for id, _ in checks[::2]}
    values = list(found.ids[: len(cells)])
    for place, (id, _) in enumerate(cells):
        if id in is_whole:
            known, value = _known(exprs[place][1], values[place], is_whole[id], frame.dtype(id))
            found, values[place] = found.define(Where(known, value, _NOTHING))
    return found.select(values, values)


def _known(expr: Expr, id: str, is_whole: Expr, dtype: DType) -> tuple[Expr, Expr]:
    """Whether a reduction is known though values are missing, as three-valued logic has it, and what it is then."""
    value = Column(id)
    if not isinstance(expr, (reductions.Any_, reductions.All)):
        return is_whole, value
    decided = value if isinstance(expr, reductions.Any_) else Not(value)
    return Or(decided, is_whole), Widen(value, DType(BOOL.arrow, dtype.family))


def row_count(_: Expr) -> Expr:
    """The number of rows, whatever the column."""
    return reductions.Size()


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
                convert = Cast if dtype == OBJECTS and not aggregated.dtype(id).is_null else Widen
                frame, id = frame.define(convert(Column(id), dtype))
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


def elsewhere(one: Frame, id: str) -> Expr:
    """The value of a frame of one row, as an operand in another one."""
    plan = one.select((None,), (id,)).with_index(None).plan()
    return Scalar(plan, id, plan.schema[id])


def with_labels_of(frame: Frame, table: Frame) -> Frame:
    """A table whose columns are some of a frame's, with what is known of their labels."""
    return table.replace(label_names=frame.label_names, label_type=frame.type_among(table.labels))


def _stacked(dtypes: Sequence[DType]) -> DType:
    """The dtype of values of a row in one column: of several kinds they are Python objects, as pandas has them."""
    zones = {dtype.arrow.tz for dtype in dtypes if dtype.is_datetime}
    try:
        if len(zones) > 1:
            raise Unsupported("times of several zones", "they have no common dtype")
        return common(dtypes)
    except Unsupported:
        if not all(map(_is_object_of_pandas, dtypes)):
            raise Unsupported(
                "a reduction over columns of several kinds", "its results have no common dtype", "numeric_only=True"
            ) from None
        return OBJECTS


def _is_object_of_pandas(dtype: DType) -> bool:
    """Whether pandas makes an object of a value where no other dtype would hold it; some families convert instead."""
    kinds = dtype.is_numeric or dtype.is_string or dtype.is_datetime or dtype.is_timedelta
    return dtype.is_null or kinds and dtype.family is Family.NUMPY and dtype.categories is None


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
