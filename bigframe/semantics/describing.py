"""What describes columns: a row per statistic of numbers and times, or of how often each of other values occurs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain

import pyarrow as pa
from pandas.io.formats.format import format_percentiles  # type: ignore[attr-defined]  # the stubs lack it

from bigframe.errors import Unsupported
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.casting import Cast, Widen
from bigframe.ops.conditional import Where
from bigframe.ops.missing import NotNull
from bigframe.schema import OBJECTS, ONLY_CARRIED, DType
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups, aggregate
from bigframe.semantics.selecting import sort, take_slice
from bigframe.semantics.summarizing import elsewhere, reduced, rows_of, with_labels_of

Statistics = Mapping[str, Callable[[Expr], Expr]]


def described(frame: Frame, shares: Sequence[float]) -> Frame:
    """What pandas describes columns by: one row per statistic, and a column per column of the frame.

    Parameters
    ----------
    frame
        The columns, at least one.
    shares
        Those of which there are quantiles, in order.
    """
    columns = []
    for id in frame.ids:
        frame, value, to = as_described(frame, id)
        columns.append((value, to, statistics_of(frame.dtype(value), shares)))
    found = reduced(frame, [(id, make) for id, _, makes in columns for make in makes.values()])
    cells = iter(found.ids)
    table: list[dict[str, str]] = []
    for id, to, makes in columns:
        values = {name: next(cells) for name in makes}
        if not values.keys() - {"count"}:
            found, occurring = _occurrences(found, frame, id)
            values.update(occurring)
        found, cells_shown = shown(found, values, to)
        table.append(cells_shown)
    names = names_in_order(table)
    holes = []
    for _, to, _ in columns:
        found, hole = found.define(Literal(None, to))
        holes.append(hole)
    rows = [(name, [one.get(name, hole) for one, hole in zip(table, holes, strict=True)]) for name in names]
    return with_labels_of(frame, rows_of(found, rows, list(frame.labels)))


def as_described(frame: Frame, id: str) -> tuple[Frame, str, DType]:
    """The column whose statistics describe another one, and their dtype."""
    dtype = frame.dtype(id)
    if dtype.is_carried:
        raise Unsupported(f"description of {dtype}", ONLY_CARRIED)
    if not dtype.is_numeric or dtype.is_bool:
        _require_objects(dtype)
        return frame, id, OBJECTS
    to = DType(pa.float64(), dtype.family)
    if dtype.is_integer:
        frame, id = frame.define(Widen(Column(id), to))
    return frame, id, to


def statistics_of(dtype: DType, shares: Sequence[float]) -> Statistics:
    """What numbers and times are described by; of other values, only how many there are."""
    makes: dict[str, Callable[[Expr], Expr]] = {"count": reductions.Count}
    is_number = dtype.is_numeric and not dtype.is_bool
    if not (is_number or dtype.is_datetime or dtype.is_timedelta):
        return makes
    makes["mean"] = reductions.Mean
    if not dtype.is_datetime:
        makes["std"] = reductions.Std
    makes["min"] = reductions.Min
    makes.update(
        {name: partial(reductions.Quantile, q=q) for name, q in zip(format_percentiles(shares), shares, strict=True)}
    )
    return {**makes, "max": reductions.Max}


def names_in_order(columns: Sequence[Mapping[str, object]]) -> list[str]:
    """The statistics of several columns in pandas' order: first those of the columns that have the fewest."""
    each = [list(names) for names in columns]
    each.sort(key=len)
    return list(dict.fromkeys(chain.from_iterable(each)))


def _require_objects(dtype: DType) -> None:
    """Refuse values whose statistics pandas makes by rules of their own.

    Raises
    ------
    Unsupported
        For lists and Arrow's dates, and for categories of numbers: of them statistics are numbers, unless there is none.
    """
    if dtype.is_list or dtype.is_struct or dtype.is_date and dtype.is_three_valued:
        raise Unsupported(f"description of {dtype}", "pandas describes it by rules of its own")
    if dtype.categories is not None and getattr(dtype.pandas.categories.dtype, "kind", "O") in "iufc":
        raise Unsupported(f"description of {dtype}, which are numbers", "the dtype of the result depends on the data")


def _occurrences(found: Frame, frame: Frame, id: str) -> tuple[Frame, dict[str, str]]:
    """How many values there are, which of them is the most frequent, the first one of ties, and how often it occurs."""
    in_order = frame.dtype(id).categories is not None
    counts = aggregate(Groups(frame, ((None, id),), sort=in_order), [("freq", reductions.Size())])
    most = take_slice(sort(counts, [(counts.ids[0], True)]), 0, 1)
    top = reduced(most, [(most.index_ids[0], reductions.First), (most.ids[0], reductions.First)])
    unique = reduced(counts, [(counts.ids[0], reductions.Count)])
    values = {}
    for name, table, cell in (("unique", unique, 0), ("top", top, 0), ("freq", top, 1)):
        found, values[name] = found.define(elsewhere(table, table.ids[cell]))
    return found, values


def shown(found: Frame, values: Mapping[str, str], to: DType) -> tuple[Frame, dict[str, str]]:
    """Statistics as values of one dtype; a hole among objects is what pandas has for nothing that is the most frequent."""
    ids = {}
    for name, id in values.items():
        value: Expr = Column(id)
        if to == OBJECTS:
            value = Cast(value, to)
            if name in ("top", "freq"):
                value = Where(NotNull(Column(id)), value, Literal(None, to))
        elif found.dtype(id) != to:
            value = Widen(value, to)
        found, ids[name] = found.define(value)
    return found, ids
