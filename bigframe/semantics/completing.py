"""Groups of categories that no row has, which pandas shows with ``observed=False``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.casting import Widen
from bigframe.ops.missing import Coalesce
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.join import Join
from bigframe.plan.node import Plan
from bigframe.plan.project import Project
from bigframe.schema import DType
from bigframe.semantics.frame import Frame

_OF_NOTHING = {
    reductions.Sum: 0,
    reductions.Prod: 1,
    reductions.Count: 0,
    reductions.Size: 0,
    reductions.NUnique: 0,
    reductions.Any_: False,
    reductions.All: True,
}
_MISSING = (
    *(reductions.Mean, reductions.Median, reductions.Min, reductions.Max, reductions.First, reductions.Last),
    *(reductions.Var, reductions.Std, reductions.Sem, reductions.Skew, reductions.Kurt, reductions.Quantile),
    reductions.FirstBy,
)


def completed(aggregated: Aggregate, every: Sequence[Plan | None]) -> tuple[Frame, tuple[str, ...], tuple[str, ...]]:
    """One row per combination of categories, and of what other keys have: the rows, ids of the keys, of the reductions.

    Parameters
    ----------
    aggregated
        The groups that have rows.
    every
        For each key the table of its categories; None if only what rows have counts.

    Raises
    ------
    Unsupported
        If what a reduction gives for no rows is not known, or of a dtype of Python objects.
    """
    keys: list[str] = []
    combinations: Plan | None = None
    for number, (key, own) in enumerate(zip(aggregated.keys, every, strict=True)):
        values = Aggregate(Project(aggregated, (), (key,)), (key,), ()) if own is None else own
        (old,) = values.schema
        id = derive("every", key, str(number), aggregated.digest)
        side = Project(values, ((id, Column(old)),), (id,))
        combinations = side if combinations is None else Join(combinations, side, (), (), "cross", ordered=False)
        keys.append(id)
    assert combinations is not None
    joined = Join(combinations, aggregated, tuple(keys), aggregated.keys, "left", ordered=False)
    rows, ids = Frame(joined, (), ()), []
    for id, reduction in aggregated.aggregates:
        fill = _of_nothing(reduction, aggregated.schema[id])
        if fill is not None:
            rows, id = rows.define(Widen(Coalesce(Column(id), fill), fill.dtype))
        ids.append(id)
    return rows, tuple(keys), tuple(ids)


def _of_nothing(reduction: Expr, dtype: DType) -> Literal | None:
    """What a reduction gives for no rows; None if that is a missing value."""
    fills: Mapping[type[Expr], int] = _OF_NOTHING
    if isinstance(reduction, _MISSING) and not dtype.is_bool or getattr(reduction, "min_count", 0) > 0:
        return None
    if type(reduction) not in fills or dtype.unless_missing:
        raise Unsupported("groupby(observed=False)", "what categories without rows have depends on the data")
    value: object = fills[type(reduction)]
    if dtype.is_string:
        value = ""
    if dtype.is_timedelta:
        value = pd.Timedelta(0).as_unit(dtype.arrow.unit)
    return Literal(value, dtype)
