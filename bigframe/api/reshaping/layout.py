"""Groups as a table in the plan: some of their keys are its rows, the others go across."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from bigframe.api.binding.fallbacks import look_ahead
from bigframe.ops.base import Column, Expr
from bigframe.ops.logical import Or
from bigframe.ops.missing import NotNull
from bigframe.semantics.frame import Frame
from bigframe.semantics.selecting import keep_rows
from bigframe.semantics.spreading import Learnt, Level, learnt, questions, spread

Cells = list[tuple[Hashable, str]]
"""Labels and ids of columns."""


@dataclass(frozen=True)
class Layout:
    """The keys after the first ``width`` go across; ``by_function`` says that labels of groups begin with a function."""

    width: int
    fill: Any = None
    of_table: bool = False
    by_function: bool = False

    def levels(self, groups: Frame) -> tuple[Sequence[Level], Sequence[Level]]:
        """The keys of the rows, and those that go across."""
        levels = groups.index or ()
        return levels[: self.width], levels[self.width :]

    def questions(self, groups: Frame) -> list[Frame]:
        """What is to be looked at before the table can be made."""
        return questions(groups, *self.levels(groups))

    def table(self, groups: Frame, known: Learnt) -> tuple[Frame, list[Cells]]:
        """The table, and its columns for each one of the groups, without those of missing values alone."""
        rows, across = self.levels(groups)
        table = spread(groups, rows, across, known, fill=self.fill, fills_holes=True, of_table=self.of_table)
        cells = iter(zip(table.labels, table.ids, strict=True))
        per_column = [[(value, next(cells)) for value in known.labels] for _ in groups.ids]
        kept = self._kept(groups, known)
        return table, [
            [cell for value, cell in column if value in those] for column, those in zip(per_column, kept, strict=True)
        ]

    def functions(self, groups: Frame) -> list[Hashable]:
        """For each column of the groups, the function that made it, of which each has a table in pandas."""
        if not self.by_function:
            return [None] * len(groups.ids)
        return [label[0] if isinstance(label, tuple) else label for label in groups.labels]

    def _kept(self, groups: Frame, known: Learnt) -> list[set[Hashable]]:
        """For each column of the groups, the values across that it has; what is filled in counts as well."""
        own = [set(those) for those in known.present]
        if self.fill is None:
            return own
        keys = self.functions(groups)
        return [set().union(*(those for other, those in zip(keys, own, strict=True) if other == key)) for key in keys]


def present(groups: Frame) -> Frame:
    """The rows that have a value."""
    if any(dtype.never_missing for dtype in groups.dtypes):
        return groups
    there: Expr = NotNull(Column(groups.ids[0]))
    for id in groups.ids[1:]:
        there = Or(there, NotNull(Column(id)))
    return keep_rows(groups, there)


def laid_out(groups: Frame, layout: Layout) -> Frame:
    """Groups as a table, without rows and columns of missing values alone; a job learns what goes across."""
    groups = present(groups)
    table, columns = layout.table(groups, learnt(look_ahead("pivot_table", layout.questions(groups))))
    return chosen(table, [cell for cells in columns for cell in cells])


def chosen(table: Frame, cells: Cells) -> Frame:
    """Some columns of a table, under labels of as many levels."""
    return table.select([label for label, _ in cells], [id for _, id in cells])
