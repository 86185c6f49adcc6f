"""``cut`` and ``qcut``: the edges are learnt from the data where they have to be, sorting values in is native."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.binding.docstrings import documented_as
from bigframe.api.binding.fallbacks import gather, look_ahead
from bigframe.api.scalar import LazyScalar
from bigframe.api.series import Series
from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr
from bigframe.ops.binning import Bin
from bigframe.ops.casting import Cast
from bigframe.ops.functions import Lookup
from bigframe.plan.aggregate import Aggregate
from bigframe.schema import INT64, DType, Family, of_categories
from bigframe.semantics.frame import Frame


@documented_as(pd.cut)
def cut(
    x: Any,
    bins: Any,
    right: bool = True,
    labels: Any = None,
    retbins: bool = False,
    precision: int = 3,
    include_lowest: bool = False,
    duplicates: str = "raise",
    ordered: bool = True,
) -> Any:
    """The interval that each value is in. Tier: *native*.

    A number of intervals takes one job, which is announced, for the smallest and the largest value. Nullable columns
    are gathered.
    """
    settings = {"right": right, "include_lowest": include_lowest, "duplicates": duplicates, "ordered": ordered}
    named = {"labels": labels, "precision": precision, **settings}
    if isinstance(x, Series):
        try:
            values = _sortable(x)
            like = pd.Series([], dtype=x._dtype.pandas if values.to_ticks else "float64")
            if isinstance(bins, pd.IntervalIndex):
                return _among(x, values, bins, retbins, pd.cut(like, bins))
            if np.iterable(bins):
                template, edges = pd.cut(
                    like, bins if isinstance(bins, pd.Index) else list(bins), retbins=True, **named
                )
            else:
                low, high = _learn("cut", x, [reductions.Min(Column(x._id)), reductions.Max(Column(x._id))])
                if pd.isna(low) or not values.to_ticks and not np.isfinite([low, high]).all():
                    raise Unsupported("cut", "there is no smallest and largest value")
                ends = pd.Series([low, high], dtype=like.dtype if values.to_ticks else None)
                template, edges = pd.cut(ends, _count(bins), retbins=True, **named)
            return _binned(x, values, template, edges, retbins, right=right, include_lowest=include_lowest)
        except Unsupported:
            pass  # What follows warns.
    return gather(pd.cut, (x, bins), {**named, "retbins": retbins}, "cut: its kernel does not honour this call")


@documented_as(pd.qcut)
def qcut(
    x: Any, q: Any, labels: Any = None, retbins: bool = False, precision: int = 3, duplicates: str = "raise"
) -> Any:
    """The quantile that each value is in. Tier: *native*.

    One job, which is announced, finds the quantiles. Times, nullable columns and labels that are no strings are gathered.
    """
    named = {"labels": labels, "precision": precision, "duplicates": duplicates}
    if isinstance(x, Series):
        try:
            values = _sortable(x)
            if values.to_ticks:
                raise Unsupported("qcut of times", "its quantiles are rounded by pandas")
            shares = _shares(q)
            edges = _learn("qcut", x, [reductions.Quantile(Column(x._id), share) for share in shares])
            if pd.isna(edges).any():
                raise Unsupported("qcut", "there are no values")
            nothing = pd.Series([], dtype="float64")
            template, edges = pd.cut(nothing, edges, include_lowest=True, retbins=True, **named)
            # The job that bins may sum floats in another order than the one that found the quantiles.
            within = x.clip(float(edges[0]), float(edges[-1])) if x._dtype.is_float else x
            return _binned(within, _sortable(within), template, edges, retbins, right=True, include_lowest=True)
        except Unsupported:
            pass  # What follows warns.
    return gather(pd.qcut, (x, q), {**named, "retbins": retbins}, "qcut: its kernel does not honour this call")


def _shares(q: Any) -> list[float]:
    """The shares of values below each edge, as pandas has them."""
    if not isinstance(q, (int, np.integer)):
        return [float(share) for share in q]
    shares = np.linspace(0, 1, q + 1)
    np.putmask(shares, q * shares != np.arange(q + 1), np.nextafter(shares, 1))
    return shares.tolist()  # type: ignore[no-any-return]


def _count(bins: Any) -> Any:
    return bins.item() if isinstance(bins, LazyScalar) else bins


def _learn(what: str, x: Series, wanted: Sequence[Expr]) -> Any:
    """Reductions of a column, by one job."""
    ids = [derive("edge", str(number), expr.digest) for number, expr in enumerate(wanted)]
    aggregated = Aggregate(x._frame.with_index(None).plan(), (), tuple(zip(ids, wanted, strict=True)))
    (answer,) = look_ahead(what, [Frame(aggregated, tuple(range(len(ids))), tuple(ids))])
    return answer.iloc[0].to_numpy()


@dataclass(frozen=True)
class _Sortable:
    """A column as numbers that are sorted in between edges."""

    expr: Expr
    unit: str = ""

    @property
    def to_ticks(self) -> bool:
        return bool(self.unit)

    def edges(self, edges: Any) -> tuple[Any, ...]:
        """Edges as the same kind of numbers."""
        if not self.to_ticks:
            return tuple(np.asarray(edges).tolist())
        ticks: Any = pd.Index(edges)
        if not ticks.as_unit(self.unit).equals(ticks):
            raise Unsupported("intervals of times", "their edges are finer than the column")
        return tuple(ticks.as_unit(self.unit).asi8.tolist())


def _sortable(x: Series) -> _Sortable:
    """The numbers of a column, or the ticks of its times.

    Raises
    ------
    Unsupported
        If it has neither.
    """
    dtype = x._dtype
    if (dtype.is_datetime or dtype.is_timedelta) and dtype.family is Family.NUMPY:
        return _Sortable(Cast(Column(x._id), INT64), dtype.arrow.unit)
    Bin(Column(x._id), (0.0,)).result(dtype)
    return _Sortable(Column(x._id))


def _among(x: Series, values: _Sortable, bins: pd.IntervalIndex, retbins: bool, template: Any) -> Any:
    """The interval of an index that each value is in, if it is in one; there may be gaps."""
    if bins.closed not in ("left", "right") or not bins.is_unique or bins.hasnans:
        raise Unsupported("cut(bins=intervals)", "neither or both ends belong to them")
    edges = bins.left.append(bins.right).unique().sort_values()
    names = _categories(template.dtype)
    place = {left: number for number, left in enumerate(edges)}
    found = {place[left]: name for left, name in zip(bins.left, names.categories or (), strict=True)}
    number = Bin(values.expr, values.edges(edges), bins.closed == "right")
    return _labelled(x, Lookup(number, tuple(found), tuple(found.values()), names), bins, retbins)


def _binned(
    x: Series, values: _Sortable, template: Any, edges: Any, retbins: bool, *, right: bool, include_lowest: bool
) -> Any:
    """Each value's interval, under the categories of pandas' own answer for some values."""
    number = Bin(values.expr, values.edges(edges), right, include_lowest)
    made: Expr = number
    if isinstance(template.dtype, pd.CategoricalDtype):
        dtype = _categories(template.dtype)
        names = dtype.categories or ()
        made = Lookup(number, tuple(range(len(names))), names, dtype)
    return _labelled(x, made, edges, retbins)


def _categories(dtype: pd.CategoricalDtype) -> DType:
    found = of_categories(dtype)
    if found is None:
        raise Unsupported("cut(labels=)", "no text tells the categories apart")
    return found


def _labelled(x: Series, made: Expr, bins: Any, retbins: bool) -> Any:
    frame, id = x._frame.define(made)
    result = Series(frame.select((x.name,), (id,)))
    return (result, bins) if retbins else result
