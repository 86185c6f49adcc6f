"""What groups say in several reductions at once: places of extremes, quantiles, correlations, boxes, numbers of groups."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar

import pandas as pd
from pandas.core.groupby import DataFrameGroupBy, SeriesGroupBy

from bigframe.api.binding.tiers import composed
from bigframe.api.describing import chosen, shares_of
from bigframe.api.grouped.bindings import composed_of_groups
from bigframe.api.plots.boxplots import boxplot_of_groups
from bigframe.api.plots.histograms import hist_of_groups
from bigframe.errors import Unsupported
from bigframe.ops import reductions
from bigframe.semantics import extremes, group_tables, ranking

_NO_KERNEL = "its kernel does not honour these parameters"


def _numbers(owner: Any, numeric_only: bool) -> tuple[tuple[Hashable, str], ...]:
    frame = owner._groups.frame
    columns: tuple[tuple[Hashable, str], ...] = owner._columns
    return tuple(pair for pair in columns if not numeric_only or frame.dtype(pair[1]).is_numeric)


def _labels(owner: Any, name: str, skipna: bool, numeric_only: bool) -> Any:
    columns = _numbers(owner, numeric_only)
    if not columns or not skipna and not all(owner._groups.frame.dtype(id).never_missing for _, id in columns):
        raise Unsupported(f"{name}(skipna=False)", _NO_KERNEL)
    return owner._result(extremes.labels_of_groups(owner._groups, columns, name, largest=name == "idxmax"))


def _idxmax(owner: Any, skipna: bool, numeric_only: bool = False) -> Any:
    return _labels(owner, "idxmax", skipna, numeric_only)


def _idxmin(owner: Any, skipna: bool, numeric_only: bool = False) -> Any:
    return _labels(owner, "idxmin", skipna, numeric_only)


def _quantile(owner: Any, q: Any, interpolation: str, numeric_only: bool) -> Any:
    columns = _numbers(owner, numeric_only)
    several = pd.api.types.is_list_like(q)
    for one in q if several else [q]:
        if not isinstance(one, (int, float)):
            raise Unsupported(f"quantile({one!r})", _NO_KERNEL)
        if not 0 <= one <= 1:
            raise ValueError(f"Each 'q' must be between 0 and 1. Got '{one}' instead")
    if several:
        shares = [float(one) for one in q]
        return owner._result(group_tables.quantiles(owner._groups, columns, shares, interpolation))
    return owner._reduce(lambda x: reductions.Quantile(x, q, interpolation, grouped=True), numeric_only)


def _describe(owner: Any, percentiles: Any, include: Any, exclude: Any) -> Any:
    from bigframe.api.dataframe import DataFrame

    of_table = owner.ndim == 2
    if not of_table and (include is not None or exclude is not None):
        raise Unsupported("SeriesGroupBy.describe(include=, exclude=)", "pandas warns of them for each group")
    columns, shares = owner._columns, shares_of(percentiles)
    if of_table:
        labels, ids = [label for label, _ in columns], [id for _, id in columns]
        table = chosen(DataFrame(owner._groups.frame.select(labels, ids)), include, exclude)
        columns = tuple(zip(table.labels, table.ids, strict=True))
    return DataFrame(group_tables.described(owner._groups, columns, shares, nested=of_table))


def _corr(owner: Any, method: Any, min_periods: int, numeric_only: bool) -> Any:
    if method != "pearson":
        raise Unsupported(f"corr(method={method!r})", _NO_KERNEL)
    return owner._result(group_tables.pairs(owner._groups, _numbers(owner, numeric_only), min_periods, None))


def _cov(owner: Any, min_periods: int | None, ddof: int | None, numeric_only: bool) -> Any:
    if ddof != 1:
        raise Unsupported("cov(ddof=)", "pandas honours it only where no value is missing")
    return owner._result(group_tables.pairs(owner._groups, _numbers(owner, numeric_only), min_periods or 1, 1))


def _ngroup(owner: Any, ascending: bool) -> Any:
    from bigframe.api.series import Series

    frame, id = ranking.numbers(owner._groups, ascending=ascending)
    return Series(frame.select((None,), (id,)))


class ComposedValues:
    """Of groups of one column's values."""

    pandas: ClassVar[type] = SeriesGroupBy
    display: ClassVar[str] = "SeriesGroupBy"

    describe = composed_of_groups(_describe)
    hist = composed(hist_of_groups)
    idxmax = composed_of_groups(_idxmax)
    idxmin = composed_of_groups(_idxmin)
    ngroup = composed_of_groups(_ngroup)
    quantile = composed_of_groups(_quantile)


class ComposedRows(ComposedValues):
    """Of groups of rows."""

    pandas: ClassVar[type] = DataFrameGroupBy
    display: ClassVar[str] = "DataFrameGroupBy"

    boxplot = composed(boxplot_of_groups)
    corr = composed_of_groups(_corr)
    cov = composed_of_groups(_cov)
    describe = composed_of_groups(_describe)
    hist = composed(hist_of_groups)
    idxmax = composed_of_groups(_idxmax)
    idxmin = composed_of_groups(_idxmin)
    ngroup = composed_of_groups(_ngroup)
    quantile = composed_of_groups(_quantile)
