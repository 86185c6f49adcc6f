"""Rows become columns: what is counted or reduced is so natively, and only the small result is spread out, by pandas."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_list_like

from bigframe.api.binding.fallbacks import as_bigframe, gather, look_ahead
from bigframe.api.columns import announce
from bigframe.api.series import Series
from bigframe.errors import Unsupported
from bigframe.ops.base import Column, Expr
from bigframe.ops.logical import Or
from bigframe.ops.missing import NotNull
from bigframe.semantics.frame import Frame
from bigframe.semantics.selecting import keep_rows
from bigframe.semantics.spreading import learnt, questions, spread

if TYPE_CHECKING:
    from bigframe.api.dataframe import DataFrame

_NEVER_OF_HOLES = ("mean", "median", "min", "max", "first", "last", "sum", "count", "prod", "size", "nunique")
"""What gives a value wherever there is one."""
_SPREAD = "the columns of the result depend on the data, so the groups are"


def pivot_table(
    data: DataFrame,
    values: Any = None,
    index: Any = None,
    columns: Any = None,
    aggfunc: Any = "mean",
    fill_value: Any = None,
    margins: bool = False,
    dropna: bool = True,
    margins_name: Hashable = "All",
    observed: bool = True,
    sort: bool = True,
    **kwargs: Any,
) -> DataFrame:
    """A table of groups by rows and columns, each cell reduced. See pandas; tier: *native*.

    A job finds the values of the keys across first. Without such keys the groups are gathered where a whole column may be
    missing; with ``margins``, ``dropna=False``, functions, or keys that are no labels of columns, the
    columns that the table needs are.
    """
    rows, across = _keys(index), _keys(columns)
    keys = [*rows, *across]
    chosen = None if values is None else list(values) if is_list_like(values) else [values]
    for label in chosen or []:
        if label not in data:
            raise KeyError(label)
    try:
        if margins or not dropna or kwargs or not keys or not all(_is_label(data, key) for key in keys):
            raise Unsupported("pivot_table", "its margins and keys need the rows")
        wanted = chosen if chosen is not None else [label for label in data.columns if label not in keys]
        if not wanted or set(wanted) & set(keys):
            raise Unsupported("pivot_table", "its cells need the keys")
        grouped: Any = data.groupby(keys, sort=sort, dropna=dropna, observed=observed)[wanted]
        functions = list(aggfunc) if isinstance(aggfunc, list) else [aggfunc]
        if any(isinstance(function, str) and function == "size" for function in functions):
            raise Unsupported("pivot_table of sizes", "they are of rows, not of columns")
        reduced = [grouped.agg(function) for function in functions]
    except Unsupported:
        needed = (
            data if chosen is None or not all(_is_label(data, key) for key in keys) else _narrow(data, keys, chosen)
        )
        arguments = (needed, values, index, columns, aggfunc, fill_value, margins, dropna, margins_name, observed, sort)
        return gather(pd.pivot_table, arguments, kwargs, "pivot_table: its margins, keys or functions need the rows")  # type: ignore[no-any-return]
    single = chosen is not None and not is_list_like(values)
    if rows and sort:
        try:
            if isinstance(aggfunc, list):
                groups = _by_function(grouped, functions, single=single and bool(across))
            else:
                frame = reduced[0]._frame
                labels = sorted(frame.labels)
                groups = frame.select(labels, [frame.one(label) for label in labels])
            if not across:
                return _in_rows(groups, data[wanted], functions, fill_value)
            of_table = isinstance(aggfunc, list) or not single
            return type(data)(_spread_in_plan(groups, len(rows), fill_value, of_table=of_table))
        except Unsupported:
            pass  # What follows warns.
    announce(f"pivot_table: {_SPREAD} gathered", [one._frame for one in reduced])
    tables = [_spread(one.to_pandas(), rows, across, fill_value, sort, single) for one in reduced]
    if not isinstance(aggfunc, list):
        return as_bigframe(tables[0])  # type: ignore[no-any-return]
    names = [
        function if isinstance(function, str) else getattr(function, "__name__", function) for function in functions
    ]
    return as_bigframe(pd.concat(tables, keys=names, axis=1))  # type: ignore[no-any-return]


def _by_function(grouped: Any, functions: list[Any], *, single: bool) -> Frame:
    """The groups with a column for each function and value, in this order."""
    if len(set(map(str, functions))) < len(functions) or not all(isinstance(one, str) for one in functions):
        raise Unsupported("pivot_table by functions", "they have no names of their own")
    frame: Frame = grouped.agg(functions)._frame
    values = sorted({label[0] for label in frame.labels})  # type: ignore[index]
    places = [(function, value) for function in functions for value in values]
    labels: list[Hashable] = [function if single else (function, value) for function, value in places]
    return frame.select(labels, [frame.one((value, function)) for function, value in places]).replace(label_names=())


def _in_rows(groups: Frame, data: DataFrame, functions: list[Any], fill_value: Any) -> DataFrame:
    """Groups as a table that has no key across, without rows of missing values alone."""
    full = all(function in _NEVER_OF_HOLES for function in functions)
    whole = [
        dtype.never_missing or full and all(one.never_missing for one in data._frame.dtypes) for dtype in groups.dtypes
    ]
    if fill_value is None and not all(whole):
        raise Unsupported("pivot_table", "columns of missing values alone are left out")
    table = type(data)(groups if any(whole) else _present(groups))
    return table if fill_value is None else table.fillna(fill_value)


def _present(groups: Frame) -> Frame:
    """The rows that have a value."""
    if any(dtype.never_missing for dtype in groups.dtypes):
        return groups
    present: Expr = NotNull(Column(groups.ids[0]))
    for id in groups.ids[1:]:
        present = Or(present, NotNull(Column(id)))
    return keep_rows(groups, present)


def _spread_in_plan(groups: Frame, width: int, fill_value: Any, *, of_table: bool) -> Frame:
    """Groups as a table, without rows and columns of missing values alone; the keys after ``width`` go across."""
    levels = groups.index or ()
    rows, across = levels[:width], levels[width:]
    groups = _present(groups)
    known = learnt(look_ahead("pivot_table", questions(groups, rows, across)))
    table = spread(groups, rows, across, known, fill=fill_value, fills_holes=True, of_table=of_table)
    places = [(those, label) for those in known.present for label in known.labels]
    kept = [place for place, (those, label) in enumerate(places) if label in those]
    return table.select([table.labels[place] for place in kept], [table.ids[place] for place in kept])


def _spread(
    table: pd.DataFrame,
    rows: list[Hashable],
    across: list[Hashable],
    fill_value: Any,
    sort: bool,
    single: bool,
) -> pd.DataFrame:
    """Groups as a table, in pandas' own steps from the reduction on."""
    spread: Any = table.dropna(how="all") if len(table.columns) else table
    if spread.index.nlevels > 1 and rows:
        spread = spread.unstack(list(range(len(rows), len(rows) + len(across))), fill_value=fill_value)
    if sort:
        spread = spread.sort_index(axis=1)
    if fill_value is not None:
        spread = spread.fillna(fill_value)
    if single and spread.columns.nlevels > 1:
        spread.columns = spread.columns.droplevel(0)
    if not rows and across:
        spread = spread.T
    return spread.dropna(how="all", axis=1)  # type: ignore[no-any-return]


def crosstab(
    index: Any,
    columns: Any,
    values: Any = None,
    rownames: Any = None,
    colnames: Any = None,
    aggfunc: Any = None,
    margins: bool = False,
    margins_name: Hashable = "All",
    dropna: bool = True,
    normalize: Any = False,
) -> Any:
    """How often values of several columns meet. See pandas; tier: *native*.

    A job finds the values across first. Columns of the same rows are counted natively with other arguments too, and the counts
    are gathered; others than columns, and ``values``, are gathered whole.
    """
    rows, across = _factors(index), _factors(columns)
    options = {
        "rownames": rownames, "colnames": colnames, "margins": margins, "margins_name": margins_name,
        "dropna": dropna, "normalize": normalize,
    }  # fmt: skip
    factors = [*rows, *across]
    if values is not None or aggfunc is not None or not all(isinstance(one, Series) for one in factors):
        given = {**options, "values": values, "aggfunc": aggfunc}
        return gather(
            pd.crosstab, (index, columns), given, "crosstab: its arguments are not all columns of the same rows"
        )
    counts = factors[0].groupby(factors, dropna=dropna).size()
    if dropna and not margins and normalize is False:
        try:
            return _counted_in_plan(counts._frame, _names(rows, rownames, "row"), _names(across, colnames, "col"))
        except Unsupported:
            pass  # What follows warns.
    announce(f"crosstab: {_SPREAD} counted natively and gathered", [counts._frame])
    counted = counts.to_pandas()
    levels = [pd.Series(counted.index.get_level_values(number), name=one.name) for number, one in enumerate(factors)]
    size = pd.Series(counted.to_numpy())
    table = pd.crosstab(levels[: len(rows)], levels[len(rows) :], values=size, aggfunc="sum", **options)
    return as_bigframe(table if normalize is not False else table.fillna(0).astype(np.int64))


def _names(factors: list[Any], given: Any, prefix: str) -> list[Hashable]:
    if given is None:
        return [f"{prefix}_{number}" if one.name is None else one.name for number, one in enumerate(factors)]
    if len(given) != len(factors):
        raise ValueError("arrays and names must have the same length")
    return list(given)


def _counted_in_plan(counts: Frame, rows: list[Hashable], across: list[Hashable]) -> Any:
    """Counts of combinations of keys as a table with the last key across."""
    from bigframe.api.dataframe import DataFrame

    named = counts.with_index(tuple(zip((*rows, *across), counts.index_ids, strict=True)))
    return DataFrame(_spread_in_plan(named, len(rows), 0, of_table=False))


def _factors(given: Any) -> list[Any]:
    nested = isinstance(given, (list, tuple)) and len(given) and all(is_list_like(one) for one in given)
    return list(given) if nested else [given]


def _keys(given: Any) -> list[Hashable]:
    if given is None:
        return []
    if (
        isinstance(given, (Series, np.ndarray, pd.Series, pd.Index, pd.Grouper))
        or callable(given)
        or not is_list_like(given)
    ):
        return [given]
    return [given] if isinstance(given, tuple) else list(given)


def _is_label(data: DataFrame, key: Any) -> bool:
    return isinstance(key, Hashable) and not isinstance(key, (Series, pd.Grouper)) and bool(data._frame.find(key))


def _narrow(data: DataFrame, keys: Iterable[Hashable], values: Iterable[Hashable]) -> DataFrame:
    return data[list(dict.fromkeys((*keys, *values)))]  # type: ignore[no-any-return]
