"""``cut`` and ``qcut``: the edges are learnt from the data where they have to be, sorting values in is native."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.fallbacks import gather, look_ahead
from bigframe.api.scalar import LazyScalar
from bigframe.api.series import Series
from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr
from bigframe.ops.binning import Bin
from bigframe.ops.functions import Lookup
from bigframe.plan.aggregate import Aggregate
from bigframe.schema import of_categories
from bigframe.semantics.frame import Frame


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
    """The interval that each value is in. See pandas; tier: *native*.

    A number of intervals takes one job, which is announced, for the smallest and the largest value. Times, nullable
    columns and labels that are no strings are gathered.
    """
    settings = {"right": right, "include_lowest": include_lowest, "duplicates": duplicates, "ordered": ordered}
    named = {"labels": labels, "precision": precision, **settings}
    if isinstance(x, Series):
        try:
            Bin(Column(x._id), (0.0,)).result(x._dtype)
            if isinstance(bins, pd.IntervalIndex):
                raise Unsupported("cut(bins=intervals)", "they may have gaps")
            if np.iterable(bins):
                template, edges = pd.cut(pd.Series([], dtype="float64"), list(bins), retbins=True, **named)
            else:
                low, high = _learn("cut", x, [reductions.Min(Column(x._id)), reductions.Max(Column(x._id))])
                if pd.isna(low) or not np.isfinite([low, high]).all():
                    raise Unsupported("cut", "there is no smallest and largest value")
                template, edges = pd.cut(pd.Series([low, high]), _count(bins), retbins=True, **named)
            return _binned(x, template, edges, retbins, right=right, include_lowest=include_lowest)
        except Unsupported:
            pass  # What follows warns.
    return gather(pd.cut, (x, bins), {**named, "retbins": retbins}, "cut: its kernel does not honour this call")


def qcut(
    x: Any, q: Any, labels: Any = None, retbins: bool = False, precision: int = 3, duplicates: str = "raise"
) -> Any:
    """The quantile that each value is in. See pandas; tier: *native*.

    One job, which is announced, finds the quantiles. Times, nullable columns and labels that are no strings are gathered.
    """
    named = {"labels": labels, "precision": precision, "duplicates": duplicates}
    if isinstance(x, Series):
        try:
            Bin(Column(x._id), (0.0,)).result(x._dtype)
            shares = _shares(q)
            edges = _learn("qcut", x, [reductions.Quantile(Column(x._id), share) for share in shares])
            if pd.isna(edges).any():
                raise Unsupported("qcut", "there are no values")
            nothing = pd.Series([], dtype="float64")
            template, edges = pd.cut(nothing, edges, include_lowest=True, retbins=True, **named)
            # The job that bins may sum floats in another order than the one that found the quantiles.
            within = x.clip(float(edges[0]), float(edges[-1])) if x._dtype.is_float else x
            return _binned(within, template, edges, retbins, right=True, include_lowest=True)
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


def _binned(x: Series, template: Any, edges: Any, retbins: bool, *, right: bool, include_lowest: bool) -> Any:
    """Each value's interval, under the categories of pandas' own answer for some values."""
    number = Bin(Column(x._id), tuple(edges.tolist()), right, include_lowest)
    made: Expr = number
    if isinstance(template.dtype, pd.CategoricalDtype):
        dtype = of_categories(template.dtype)
        if dtype is None:
            raise Unsupported("cut(labels=)", "categories that are neither text nor intervals have no columnar form")
        names = dtype.categories or ()
        made = Lookup(number, tuple(range(len(names))), names, dtype)
    frame, id = x._frame.define(made)
    result = Series(frame.select((x.name,), (id,)))
    return (result, edges) if retbins else result
