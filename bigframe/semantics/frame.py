"""Frame: a plan together with what pandas adds to a table, namely labels and an index."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from bigframe.cells import OBJECTS
from bigframe.ids import derive, stem
from bigframe.ops.base import Column, Expr, columns_read, dtype_of
from bigframe.ops.kinds import Kind
from bigframe.ops.reductions import NoReduction
from bigframe.plan.node import Plan
from bigframe.plan.number import Number, unnumbered
from bigframe.plan.project import Project
from bigframe.schema import DType

Label = Hashable


@dataclass(frozen=True, eq=False)
class Frame:
    """Rows of ``base``, columns by id under labels that may repeat, and index levels.

    ``definitions`` are columns computed over ``base``, row by row or from the rows around, that are not part of it yet:
    frames with the same base have the same rows, so their columns combine without a join. Without an ``index`` the rows
    are numbered 0, 1, 2, … ``label_names`` are the names of the levels of the labels, none if they have no names;
    ``label_type`` is the dtype that pandas has them in, as text, if it is not that of strings.
    ``freq`` is how far apart the labels of the rows lie (an alias of pandas'), as long as no row between them is gone.
    """

    base: Plan
    labels: tuple[Label, ...]
    ids: tuple[str, ...]
    index: tuple[tuple[Label, str], ...] | None = None
    definitions: Mapping[str, Expr] = field(default_factory=dict)
    types: Mapping[str, DType] = field(default_factory=dict)
    label_names: tuple[Label, ...] = ()
    label_type: str | None = None
    freq: str | None = None

    def dtype(self, id: str) -> DType:
        return self.base.schema[id] if id in self.base.schema else self.types[id]

    @property
    def dtypes(self) -> tuple[DType, ...]:
        return tuple(self.dtype(id) for id in self.ids)

    @property
    def index_ids(self) -> tuple[str, ...]:
        return tuple(id for _, id in self.index or ())

    def define(self, expr: Expr, name: str | None = None) -> tuple[Frame, str]:
        """Add a column that is an expression over columns of this frame; the frame and the column's id.

        Raises
        ------
        TypeError
            If the operator does not take operands of their dtypes; the message names the columns.
        """
        if isinstance(expr, Column):
            return self, expr.id
        # What stands around a row differs between tables, so the same window over fewer rows is another column.
        rows = (unnumbered(self.base).digest,) if expr.kind is Kind.WINDOW else ()
        id = derive(name or type(expr).__name__.lower(), expr.digest, *rows)
        if id in self.definitions or id in self.base.schema:
            return self, id
        read = {column: self.dtype(column) for column in columns_read(expr)}
        try:
            dtype = dtype_of(expr, read).named(f"{unnumbered(self.base).digest}/{id}")
        except NoReduction:
            raise
        except TypeError as error:
            operands = ", ".join(f"{self._label_of(column)!r} is {kind}" for column, kind in sorted(read.items()))
            raise TypeError(f"{error} ({operands})") from None
        return self.replace(definitions={**self.definitions, id: expr}, types={**self.types, id: dtype}), id

    def replace(self, **changes: Any) -> Frame:
        """A copy with some fields changed; ``dataclasses.replace`` takes four times as long, and every call makes copies."""
        own, made = vars(self), object.__new__(Frame)
        vars(made).update({name: own[name] for name in _FIELDS}, **changes)
        return made

    def type_of(self, expr: Expr) -> DType:
        """The dtype of an expression over columns of this frame."""
        return dtype_of(expr, {read: self.dtype(read) for read in columns_read(expr)})

    def select(self, labels: Iterable[Label], ids: Iterable[str]) -> Frame:
        labels = tuple(labels)
        return self.replace(labels=labels, ids=tuple(ids), label_type=self.type_among(labels))

    def type_among(self, labels: Iterable[Label]) -> str | None:
        """``label_type``, if these labels are some of this frame's, or all of them and more."""
        if self.label_type is None:
            return None
        new, old = set(labels), set(self.labels)
        return self.label_type if new <= old or old and old <= new else None

    def with_index(self, index: tuple[tuple[Label, str], ...] | None) -> Frame:
        """The rows under other labels; ``freq`` stays if only their names are others."""
        ids = tuple(id for _, id in index or ())
        return self.replace(index=index, freq=self.freq if ids == self.index_ids else None)

    def plan(self, *extra: str) -> Plan:
        """The table of the index levels, the columns, and extra columns, each id once."""
        outputs = tuple(dict.fromkeys((*self.index_ids, *self.ids, *extra)))
        own = f"{unnumbered(self.base).digest}/"
        schema, types = self.base.schema, self.types
        dtypes = [schema[id] if id in schema else types[id] for id in outputs]
        unsettled = [name for dtype in dtypes for name in dtype.unless_missing]
        deciding = (name.removeprefix(own) for name in unsettled if name.startswith(own))
        return project(self.base, self.definitions, outputs, tuple(id for id in deciding if id in self.definitions))

    def rebased(self, base: Plan, **changes: Any) -> Frame:
        """The same columns over other rows; ``base`` must have them all.

        Rows that are among the old ones, in their order, may keep ``freq``: it is left out where rows between are gone.
        """
        return self.replace(**{"base": base, "definitions": {}, "types": {}, "freq": None, **changes})

    def positions(self) -> tuple[Frame, str]:
        """The frame with the rows numbered by a column; the frame and the column's id."""
        if isinstance(self.base, Number):
            return self, self.base.id
        number = derive("row", self.base.digest)
        return self.replace(base=Number(self.base, number)), number

    def with_explicit_index(self) -> Frame:
        """The frame with a default index made a column, for steps that drop or reorder rows."""
        if self.index is not None:
            return self
        frame, number = self.positions()
        return frame.replace(index=((None, number),))

    @property
    def counts_rows(self) -> bool:
        """Whether its only column is what rows without an index are labelled with."""
        return isinstance(self.base, Number) and self.ids == (self.base.id,) and self.labels == (None,)

    def find(self, label: Label) -> tuple[str, ...]:
        """The ids of all columns under a label."""
        if self._places is None:
            both = zip(self.labels, self.ids, strict=True)
            return tuple(id for known, id in both if same_label(known, label))
        try:
            at = self._places.get(label)
        except TypeError:  # no label is a list
            return ()
        return () if at is None or not same_label(self.labels[at], label) else (self.ids[at],)

    def find_each(self, labels: Sequence[Any]) -> tuple[str, ...]:
        """The ids of columns that text names, one each; none if a label is no text, or not of exactly one column."""
        found = [self.find(label) if type(label) is str else () for label in labels]
        return tuple(id for (id,) in found) if all(len(ids) == 1 for ids in found) else ()

    @cached_property
    def _places(self) -> dict[Label, int] | None:
        """Where each label is; None if some are equal to Python, whether they are the same label or not: 1 and True."""
        places = dict(zip(self.labels, range(len(self.labels)), strict=True))
        return places if len(places) == len(self.labels) else None

    def one(self, label: Label) -> str:
        """The id of the only column under a label.

        Raises
        ------
        KeyError
            If no column has the label.
        ValueError
            If several have.
        """
        found = self.find(label)
        if not found:
            raise KeyError(self.absent(label))
        if len(found) > 1:
            raise ValueError(f"the column label {label!r} is not unique")
        return found[0]

    def absent(self, label: Label) -> Any:
        """What a KeyError says of a label that no column has: the label, and the nearest one that exists."""
        near = difflib.get_close_matches(str(label), [str(known) for known in self.labels], n=1)
        return f"{label} (did you mean {near[0]!r}?)" if near else label

    def _label_of(self, id: str) -> Label:
        known = ((id, label) for label, id in (*(self.index or ()), *zip(self.labels, self.ids, strict=True)))
        return dict(known).get(id, stem(id))

    def key(self, label: Label) -> str:
        """The id of the column, or else the index level, of that name (keys of a group-by, a join, a sort)."""
        if not self.find(label):
            for name, id in self.index or ():
                if name is not None and same_label(name, label):
                    return id
        return self.one(label)


_FIELDS = tuple(one.name for one in fields(Frame))


def same_label(left: Label, right: Label) -> bool:
    """Whether two labels name the same column: equal, and not a number equal to a bool."""
    return (
        type(left) is type(right) and left == right or left is right or (left == right and not isinstance(left, bool))
    )


def type_in_common(frames: Iterable[Frame]) -> str | None:
    """The ``label_type`` that frames have in common."""
    found = {frame.label_type for frame in frames}
    return found.pop() if len(found) == 1 else None


def type_side_by_side(frames: Iterable[Frame], labels: Sequence[Label]) -> str | None:
    """The ``label_type`` of the columns of frames side by side: of joined objects pandas finds the dtype again."""
    found = type_in_common(frames)
    return None if found == OBJECTS and labels else found


def same_rows(left: Frame, right: Frame) -> bool:
    """Whether two frames have the same rows under the same index, so that columns of one are columns of the other."""
    if left.base is right.base and left.index is right.index:
        return True
    rows = unnumbered(left.base).digest
    number = (derive("row", rows),)
    return rows == unnumbered(right.base).digest and (left.index_ids or number) == (right.index_ids or number)


def absorb(left: Frame, right: Frame) -> Frame:
    """The left frame knowing the right one's definitions too; both have the same rows."""
    base = left.base if isinstance(left.base, Number) else right.base
    if base is left.base and right.definitions is left.definitions:
        return left
    return left.replace(
        base=base,
        definitions={**left.definitions, **right.definitions},
        types={**left.types, **right.types},
    )


def project(
    base: Plan, definitions: Mapping[str, Expr], outputs: tuple[str, ...], deciding: tuple[str, ...] = ()
) -> Plan:
    """A projection with the definitions that the outputs need, in an order in which each comes after what it reads.

    Columns that decide the outputs' dtypes stay defined, so that they can be asked later; nobody computes them
    otherwise.
    """
    needed: dict[str, None] = {}
    stack = [(id, False) for id in reversed((*outputs, *deciding)) if id not in base.schema]
    while stack:
        id, ready = stack.pop()
        if id in base.schema or id in needed:
            continue
        if ready:
            needed[id] = None
            continue
        stack.append((id, True))
        stack.extend((read, False) for read in sorted(columns_read(definitions[id])))
    if not needed and outputs == tuple(base.schema):
        return base
    return Project(base, tuple((id, definitions[id]) for id in needed), outputs)
