"""Groups looked at: their labels, places, number, and the groups one after another; a job each, of no more than is seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pandas.core.groupby import DataFrameGroupBy

from bigframe.api.binding.fallbacks import as_bigframe
from bigframe.api.binding.tiers import document
from bigframe.api.grouped.source import Source
from bigframe.api.looking.run import collect
from bigframe.errors import Unsupported
from bigframe.semantics.grouping import Groups, aggregate
from bigframe.session import current

_KEYS = "The keys and the labels of the rows are looked at, and no other column."


class LookedAt:
    """What runs a job: a dictionary of groups, how many there are, and iteration."""

    _groups: Groups
    _source: Source
    _number: int | None = None  # once looked at: list() asks for it after the groups themselves

    @property
    def groups(self) -> Any:
        return self._of_keys().groups

    @property
    def indices(self) -> Any:
        return self._of_keys().indices

    groups.__doc__ = document(DataFrameGroupBy.groups, "native", _KEYS)
    indices.__doc__ = document(DataFrameGroupBy.indices, "native", _KEYS)

    def __iter__(self) -> Iterator[Any]:
        """Every group as (name, rows). Runs one job, of all the data."""
        (grouped,) = self._source.gathered(None)
        self._number = len(grouped)
        return ((name, as_bigframe(rows)) for name, rows in grouped)

    def __len__(self) -> int:
        if self._number is None:
            try:
                self._number = current().count(aggregate(self._groups, []).base)
            except Unsupported:
                self._number = int(self._of_keys().ngroups)
        return self._number

    @property
    def ngroups(self) -> int:
        """How many groups there are. Runs a job."""
        return len(self)

    def _of_keys(self) -> Any:
        """pandas' own groups of a table of nothing but the keys."""
        ids = self._groups.key_ids
        table: Any
        (table,) = collect(self._groups.frame.select(range(len(ids)), ids))
        keys = [table[number].rename(label) for number, (label, _) in enumerate(self._groups.keys)]
        several = len(keys) > 1 or isinstance(self._source.by, list)
        return table.groupby(keys if several else keys[0], **{**self._source.options, "level": None})
