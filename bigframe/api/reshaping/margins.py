"""Margins of a pivot table: its groups without the keys across in a last column, and without those of rows in a last row."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

from bigframe.api.binding.fallbacks import look_ahead
from bigframe.api.reshaping.concatenating import concat
from bigframe.api.reshaping.layout import Cells, Layout, chosen, present
from bigframe.cells import OBJECTS as TEXT_OF_OBJECTS
from bigframe.errors import Unsupported
from bigframe.ops.comparison import Eq
from bigframe.ops.reductions import Any_
from bigframe.schema import FLOAT64, INT64, OBJECTS, STRING
from bigframe.semantics.casting import cast
from bigframe.semantics.frame import Frame
from bigframe.semantics.spreading import learnt
from bigframe.semantics.summarizing import reduced, row_count
from bigframe.semantics.values import literal

FUNCTIONS = ("mean", "median", "min", "max", "sum", "count", "prod", "nunique")
"""What is there in a margin wherever it is there in the table."""


@dataclass(frozen=True)
class Margins:
    """The margins, called ``name``, of a table of ``data``; ``groups_of(data, keys)`` reduces its ``values``."""

    data: Any
    rows: list[Hashable]
    across: list[Hashable]
    values: list[Hashable]
    groups_of: Callable[[Any, list[Hashable]], Frame]
    layout: Layout
    name: Any
    last_column: bool = True
    last_row: bool = True

    def table(self) -> Any:
        """The table with its margins.

        Raises
        ------
        ValueError
            If a key has their name.
        Unsupported
            If there is nothing to make them of, or pandas finds the dtype of one by its values.
        """
        if not isinstance(self.name, str):
            raise ValueError("margins_name argument must be a string")
        frame = self.data._frame
        if not self.rows or any(frame.dtype(frame.one(label)) not in (INT64, FLOAT64) for label in self.values):
            raise Unsupported("margins", "they are of integers and floats, by keys of rows")
        whole = self.data[[*self.rows, *self.across, *self.values]].dropna()
        last = whole.copy()
        for place, key in enumerate(self.rows):
            last[key] = "" if place else self.name
        keys = [*self.rows, *self.across]
        tops, bottoms = present(self.groups_of(self.data, keys)), self.groups_of(last, keys)
        asked = [self.layout.questions(one) for one in (tops, bottoms)] if self.across else [[], []]
        answers = iter(look_ahead("pivot_table", [*self._checks(tops, whole), *asked[0], *asked[1]]))
        self._check(next(answers), next(answers))
        if not self.across:
            top = tops if self.layout.fill is None else self._of(tops).fillna(self.layout.fill)._frame
            return self._joined(top, bottoms)
        above, below = (learnt([next(answers) for _ in each]) for each in asked)
        if any(self.name in (label if isinstance(label, tuple) else (label,)) for label in above.labels):
            self._refuse_name()
        row = replace(above, is_full=set(below.labels) == set(above.labels))
        top = self._beside(*self.layout.table(tops, above), self.groups_of(whole, self.rows))
        if not self.last_row:
            return self._of(_as_objects(top, _are_texts(top)))
        return self._joined(
            top,
            self._beside(*self.layout.table(self._in_one_column(bottoms), row), self.groups_of(last, self.rows)),
        )

    def _checks(self, groups: Frame, whole: Any) -> list[Frame]:
        """Whether a row is called like the margins, and how many rows these are made of."""
        texts = [id for id in groups.index_ids[: len(self.rows)] if groups.dtype(id).is_string]
        names = [(id, lambda x, id=id: Any_(Eq(x, literal(self.name, groups.dtype(id))))) for id in texts]
        frame = whole._frame
        return [reduced(groups, [*names, (groups.ids[0], row_count)]), reduced(frame, [(frame.ids[0], row_count)])]

    def _check(self, names: Any, rows: Any) -> None:
        if names.iloc[0, :-1].any():
            self._refuse_name()
        if not rows.iloc[0, 0]:
            raise Unsupported("margins of no rows", "their dtypes depend on it")

    def _refuse_name(self) -> None:
        raise ValueError(f'Conflicting name "{self.name}" in margins')

    def _in_one_column(self, groups: Frame) -> Frame:
        """What each function makes of values, in the dtype of a column of all of them, which pandas puts them in."""
        functions, ids = self.layout.functions(groups), []
        floats = {function for function, dtype in zip(functions, groups.dtypes, strict=True) if dtype.is_float}
        for function, id in zip(functions, groups.ids, strict=True):
            if function in floats:
                groups, id = groups.define(cast(groups, id, FLOAT64))
            ids.append(id)
        return groups.select(groups.labels, ids)

    def _of(self, frame: Frame) -> Any:
        return type(self.data)(frame)

    def _beside(self, table: Frame, columns: list[Cells], margin: Frame) -> Frame:
        """A table with a column of a margin behind those of each value."""
        if not self.last_column:
            return _among_texts(chosen(table, [cell for cells in columns for cell in cells]))
        flat = table.select(range(len(table.ids)), table.ids).replace(label_names=())
        right = margin.select([str(number) for number in range(len(margin.ids))], margin.ids).replace(label_names=())
        both = self._of(flat).join(self._of(right))._frame
        ids = dict(zip(table.ids, both.ids, strict=False))
        cells: Cells = []
        for number, column in enumerate(columns):
            label = margin.labels[number]
            end = (self.name, *("",) * (len(self.across) - 1))
            outer = (label if isinstance(label, tuple) else (label,)) if self.layout.of_table else ()
            all_of_it = (*outer, *end)
            cells += [(one, ids[id]) for one, id in column]
            cells.append((all_of_it if len(all_of_it) > 1 else self.name, both.one(str(number))))
        return chosen(both, cells).replace(label_names=table.label_names)

    def _joined(self, top: Frame, bottom: Frame) -> Any:
        """The rows of a table, and the last one."""
        are_texts = _are_texts(top)
        top, bottom = _as_objects(top, are_texts), _as_objects(bottom, are_texts)
        joined = concat([self._of(top), self._of(bottom)])
        return self._of(joined._frame.replace(label_names=top.label_names))


def _among_texts(table: Frame) -> Frame:
    """A table under labels as among texts, which pandas has had beside them.

    Raises
    ------
    Unsupported
        If they have several levels.
    """
    if all(isinstance(one, str) for label in table.labels for one in (label if isinstance(label, tuple) else (label,))):
        return table
    if any(isinstance(label, tuple) for label in table.labels):
        raise Unsupported("levels of labels that were among texts", "they are Python objects")
    return table.replace(label_type=TEXT_OF_OBJECTS)


def _as_objects(frame: Frame, are_texts: list[bool]) -> Frame:
    """Rows under labels among which texts have room, level by level."""
    levels = []
    for (name, id), is_text in zip(frame.index or (), are_texts, strict=True):
        if not is_text:
            frame, id = frame.define(cast(frame, id, OBJECTS))
        levels.append((name, id))
    return frame.with_index(tuple(levels))


def _are_texts(frame: Frame) -> list[bool]:
    return [frame.dtype(id) == STRING for id in frame.index_ids]
