"""The rows that windows and bins are made of, with the groups that they do not leave."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bigframe.api.columns import Columns, announce
from bigframe.api.looking.run import collect
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups


@dataclass(frozen=True)
class Rows:
    """The columns that statistics are taken of; in groups, if there are some."""

    frame: Frame
    columns: tuple[tuple[Hashable, str], ...]
    as_series: bool
    groups: Groups | None = None

    @staticmethod
    def of(owner: Columns) -> Rows:
        frame = owner._frame
        return Rows(frame, tuple(zip(frame.labels, frame.ids, strict=True)), as_series=owner.display == "Series")

    def chosen(self, labels: Sequence[Hashable], *, as_series: bool) -> Rows:
        return replace(self, columns=tuple((label, self.frame.one(label)) for label in labels), as_series=as_series)

    def wrap(self, frame: Frame, *, as_series: bool) -> Any:
        from bigframe.api.dataframe import DataFrame
        from bigframe.api.series import Series

        return Series(frame) if as_series else DataFrame(frame)

    def gathered(self, method: str, how: Mapping[str, Any], why: str) -> Any:
        """pandas' windows or bins of the columns, in their groups; announced, since all rows come to this process."""
        on = how.get("on")
        beside = on is not None and all(label != on for label, _ in self.columns)
        columns = (*self.columns, (on, self.frame.key(on))) if beside else self.columns
        keys = self.groups.keys if self.groups else ()
        every = (*columns, *keys)
        wanted = self.frame.select((label for label, _ in every), (id for _, id in every))
        announce(why, [wanted])
        table = collect(wanted)[0]
        rows: Any = table.iloc[:, : len(columns)]
        if self.as_series and not beside:
            rows = rows.iloc[:, 0]
        if self.groups is not None:
            values = [table.iloc[:, len(columns) + number] for number in range(len(keys))]
            own = self.groups
            rows = rows.groupby(values, sort=own.sort, dropna=own.dropna, as_index=own.as_index)
        found = getattr(rows, method)(**how)
        chosen: Any = [label for label, _ in self.columns]
        return found[chosen[0] if self.as_series else chosen] if beside else found
