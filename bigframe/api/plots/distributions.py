"""Columns of numbers of which pictures show how they are distributed: in all rows, or in groups of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.interchange import labels_index
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.casting import Widen
from bigframe.ops.conditional import Where
from bigframe.ops.logical import And
from bigframe.ops.missing import NotNull
from bigframe.plan.aggregate import Aggregate
from bigframe.schema import FLOAT64
from bigframe.semantics.frame import Frame, same_label
from bigframe.semantics.grouping import Groups, aggregate
from bigframe.semantics.values import literal

HOLE = Literal(None, FLOAT64.or_missing())


@dataclass(frozen=True)
class Numbers:
    """Columns of numbers as floats, ``value0``, …, and of keys, ``key0``, …; without keys all rows are one group."""

    frame: Frame
    keys: tuple[str, ...]
    values: tuple[str, ...]
    precision: tuple[Any, ...]

    @classmethod
    def of(cls, frame: Frame, ids: Sequence[str], keys: Sequence[str] = ()) -> Self:
        """Columns of a frame by their ids.

        Raises
        ------
        Unsupported
            If a column holds other than integers or floats.
        """
        floats, wide = frame.with_index(None), []
        for id in ids:
            dtype = frame.dtype(id)
            if dtype.is_carried or not (dtype.is_integer or dtype.is_float):
                raise Unsupported(f"a picture of {dtype}", "the engine counts integers and floats")
            floats, new = floats.define(Widen(Column(id), FLOAT64)) if dtype != FLOAT64 else (floats, id)
            wide.append(new)
        names = [f"key{n}" for n in range(len(keys))], [f"value{n}" for n in range(len(ids))]
        precision = tuple(
            np.dtype("f4" if frame.dtype(id).width == 4 and frame.dtype(id).is_float else "f8") for id in ids
        )
        floats = floats.select([*names[0], *names[1]], [*keys, *wide])
        return cls(floats, tuple(names[0]), tuple(names[1]), precision)

    def columns(self) -> list[Expr]:
        return [Column(self.frame.one(name)) for name in self.values]

    def complete(self) -> Self:
        """The same with no value in the rows that miss one."""
        frame, ids = self.frame, []
        there: Expr = NotNull(self.columns()[0])
        for column in self.columns()[1:]:
            there = And(there, NotNull(column))
        for column in self.columns():
            frame, id = frame.define(Where(there, column, HOLE))
            ids.append(id)
        keys = [self.frame.one(name) for name in self.keys]
        return type(self)(frame.select(frame.labels, [*keys, *ids]), self.keys, self.values, self.precision)

    def reduced(self, cells: Mapping[str, Expr]) -> Frame:
        """One row per group: its keys, and reductions by name."""
        if self.keys:
            keys = tuple((name, self.frame.one(name)) for name in self.keys)
            return aggregate(Groups(self.frame, keys, as_index=False), list(cells.items()))
        ids = [derive("figure", name, expr.digest, self.frame.base.digest) for name, expr in cells.items()]
        rows = Aggregate(self.frame.plan(), (), tuple(zip(ids, cells.values(), strict=True)))
        return Frame(rows, tuple(cells), tuple(ids))

    def beside(self, bounds: pd.DataFrame) -> tuple[Self, Callable[[str], Expr]]:
        """The rows, and what a column of a table says of the group of each: of all of them where it has no keys."""
        from bigframe.api.dataframe import DataFrame

        keys = list(self.keys)
        if not set(keys) & set(bounds.columns):
            return self, lambda name: literal(float(bounds[name].iloc[0]))
        merged = DataFrame(self.frame).merge(DataFrame(bounds), on=keys)._frame
        return type(self)(merged, self.keys, self.values, self.precision), lambda name: Column(merged.one(name))


def chosen_by_dtype(frame: Frame, choose: Callable[[Any], Any]) -> list[int]:
    """Positions of the columns that pandas chooses by their dtypes."""
    dtypes = enumerate(dtype.settled().pandas for dtype in frame.dtypes)
    return [int(n) for n in choose(pd.DataFrame({n: pd.Series(dtype=dtype) for n, dtype in dtypes})).columns]


def require_one(frame: Frame, label: Any) -> int:
    """The position of the only column of a label.

    Raises
    ------
    KeyError
        If it is text, and no column or index level has that name.
    Unsupported
        If it is no label, or not of exactly one column.
    """
    found = [n for n, known in enumerate(frame.labels) if isinstance(label, Hashable) and same_label(known, label)]
    if not found and isinstance(label, str) and label not in [name for name, _ in frame.index or ()]:
        raise KeyError(frame.absent(label))
    if len(found) != 1:
        named = repr(label) if pd.api.types.is_scalar(label) else type(label).__name__
        raise Unsupported(f"a picture by {named}", "it is not the label of one column")
    return found[0]


def labels_of(frame: Frame) -> pd.Index:
    """The column labels as pandas has them."""
    return labels_index(frame.labels, frame.label_names, frame.label_type)


def labels_of_groups(owner: Any) -> tuple[Any, list[Any], dict[str, Any]]:
    """What groups are made by, as labels of columns; these as a list; and the other arguments of their ``groupby``.

    Raises
    ------
    Unsupported
        If they are made by something else, or stand in another order than that of their keys.
    """
    source = owner._source
    by, given = source.by_labels(), source.options
    if given["level"] is not None or not all(given[name] for name in ("as_index", "sort", "dropna", "observed")):
        raise Unsupported("pictures of groups", "their keys, order or categories were chosen")
    labels = list(by) if isinstance(by, list) else [by]
    for label in labels:
        require_one(source.table._frame, label)
    return by, labels, given
