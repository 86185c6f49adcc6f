"""Rows become columns: groups are reduced natively, and spread out in the plan, or by pandas where it cannot."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_list_like

from bigframe.api.binding.docstrings import documented_as
from bigframe.api.binding.fallbacks import as_bigframe, gather
from bigframe.api.columns import announce
from bigframe.api.reshaping.layout import Layout, laid_out, present
from bigframe.api.reshaping.margins import FUNCTIONS, Margins
from bigframe.api.series import Series
from bigframe.errors import Unsupported
from bigframe.semantics.frame import Frame
from bigframe.semantics.summarizing import is_reduction, name_of

if TYPE_CHECKING:
    from bigframe.api.dataframe import DataFrame

_NEVER_OF_HOLES = ("mean", "median", "min", "max", "first", "last", "sum", "count", "prod", "size", "nunique")
"""What gives a value wherever there is one."""
_SPREAD = "the columns of the result depend on the data, so the groups are"


@documented_as(pd.pivot_table)
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
    """A table of groups by rows and columns, each cell reduced. Tier: *native*.

    A job finds the values of the keys across first. Without such keys the groups are gathered where a whole column may be
    missing; with ``dropna=False``, functions, keys that are no labels of columns, or ``margins`` that
    have no keys of rows or are of other than NumPy's 64-bit numbers, the columns that the table needs are.
    """
    rows, across = _keys(index), _keys(columns)
    keys = [*rows, *across]
    chosen = None if values is None else list(values) if is_list_like(values) else [values]
    for label in chosen or []:
        if label not in data:
            raise KeyError(label)
    try:
        if not dropna or kwargs or not keys or not all(_is_label(data, key) for key in keys):
            raise Unsupported("pivot_table", "its margins and keys need the rows")
        wanted = chosen if chosen is not None else [label for label in data.columns if label not in keys]
        functions = list(aggfunc) if isinstance(aggfunc, list) else [aggfunc]
        if not wanted or set(wanted) & set(keys) or "size" in functions:
            raise Unsupported(
                "pivot_table", "its cells need the keys, or are sizes, which are of rows and not of columns"
            )
        single = chosen is not None and not is_list_like(values)
        by_function = isinstance(aggfunc, list)
        several = by_function or isinstance(aggfunc, dict) and any(map(is_list_like, aggfunc.values()))
        layout = Layout(len(rows), fill_value, several or not single, by_function)

        def groups_of(table: DataFrame, by: list[Hashable]) -> Frame:
            groups: Any = table.groupby(by, dropna=dropna, observed=observed)[wanted]
            if not by_function:
                return _by_value(groups.agg(aggfunc)._frame, single=single)
            if fill_value is not None and not all(dtype.never_missing for dtype in data[wanted]._frame.dtypes):
                raise Unsupported("pivot_table by functions", "a row that only one of them has is not filled")
            return _by_function(groups, functions, single=single and bool(across))

        if margins:
            each = aggfunc.values() if isinstance(aggfunc, dict) else functions
            if not sort or not all(is_reduction(one) and name_of(one) in FUNCTIONS for one in each):
                raise Unsupported("margins", "their functions are ones that say something wherever there is a value")
            return Margins(data, rows, across, wanted, groups_of, layout, margins_name).table()  # type: ignore[no-any-return]
        if rows and sort:
            with suppress(Unsupported):  # What follows warns.
                groups = groups_of(data, keys)
                if not across:
                    return _in_rows(groups, data[wanted], functions, fill_value, observed=observed)
                return type(data)(laid_out(groups, layout))
        grouped: Any = data.groupby(keys, sort=sort, dropna=dropna, observed=observed)[wanted]
        reduced = [grouped.agg(function) for function in functions]
    except Unsupported:
        needed = (
            data if chosen is None or not all(_is_label(data, key) for key in keys) else _narrow(data, keys, chosen)
        )
        arguments = (needed, values, index, columns, aggfunc, fill_value, margins, dropna, margins_name, observed, sort)
        return gather(pd.pivot_table, arguments, kwargs, "pivot_table: its margins, keys or functions need the rows")  # type: ignore[no-any-return]
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


def _by_value(frame: Frame, *, single: bool) -> Frame:
    """The groups with their columns in order; those of several functions of a ``single`` value by function alone."""
    labels: list[Any] = sorted(frame.labels)
    ids = [frame.one(label) for label in labels]
    if single and all(isinstance(label, tuple) for label in labels):
        return frame.select([label[1] for label in labels], ids).replace(label_names=())
    return frame.select(labels, ids)


def _in_rows(groups: Frame, data: DataFrame, functions: list[Any], fill_value: Any, *, observed: bool) -> DataFrame:
    """Groups as a table that has no key across, without rows of missing values alone."""
    have_rows = observed or all(groups.dtype(id).categories is None for id in groups.index_ids)
    if not have_rows and len(functions) > 1:
        raise Unsupported(
            "pivot_table by functions", "groups without rows come last where one function leaves them out"
        )
    full = all(function in _NEVER_OF_HOLES for function in functions)
    whole = [
        dtype.never_missing or full and all(one.never_missing for one in data._frame.dtypes) for dtype in groups.dtypes
    ]
    if fill_value is None and not all(whole):
        raise Unsupported("pivot_table", "columns of missing values alone are left out")
    table = type(data)(groups if have_rows and any(whole) else present(groups))
    return table if fill_value is None else table.fillna(fill_value)


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
