"""How often values occur in groups, and the largest values of each."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar

from bigframe.api.grouped.source import Source
from bigframe.api.series import Series
from bigframe.errors import Unsupported
from bigframe.semantics import ranking
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups


class _Ranked:
    """What both kinds of groups need for it."""

    display: ClassVar[str]
    _groups: Groups
    _columns: tuple[tuple[Hashable, str], ...]
    _source: Source

    def _counts(self, columns: tuple[tuple[Hashable, str], ...], others: dict[str, Any], **settings: bool) -> Any:
        given = {name: value for name, value in others.items() if value is not None}
        try:
            counted = ranking.value_counts(self._groups, columns, **settings)
            return Series(counted) if self._groups.as_index else _as_columns(counted)
        except Unsupported as error:
            return self._gather("value_counts", (), {**given, **settings}, f"{self.display}.value_counts: {error}")

    def _gather(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> Any:
        raise NotImplementedError


def _as_columns(counted: Frame) -> Any:
    """Counts beside what they count."""
    from bigframe.api.dataframe import DataFrame

    names, ids = zip(*counted.index or (), strict=True)
    if None in names:
        raise Unsupported("columns of keys without a name", "pandas numbers them")
    if counted.labels[0] in names:
        raise ValueError(f"Column label '{counted.labels[0]}' is duplicate of result column")
    return DataFrame(counted.with_index(None).select((*names, *counted.labels), (*ids, *counted.ids)))


class RankedValues(_Ranked):
    """Of groups of one column's values."""

    def nlargest(self, n: int = 5, keep: str = "first") -> Any:
        """The largest values of each group. Tier: *native*."""
        return self._extremes("nlargest", n, keep, descending=True)

    def nsmallest(self, n: int = 5, keep: str = "first") -> Any:
        """The smallest values of each group. Tier: *native*."""
        return self._extremes("nsmallest", n, keep, descending=False)

    def _extremes(self, method: str, n: int, keep: str, *, descending: bool) -> Any:
        ((name, id),) = self._columns
        try:
            if not self._source.options["group_keys"]:
                raise Unsupported(f"{method} without group_keys", "rows keep their labels")
            return Series(ranking.extremes(self._groups, name, id, n, keep, descending=descending))
        except Unsupported as error:
            return self._gather(method, (n, keep), {}, f"SeriesGroupBy.{method}: {error}")

    def value_counts(
        self,
        normalize: bool = False,
        sort: bool = True,
        ascending: bool = False,
        bins: Any = None,
        dropna: bool = True,
    ) -> Any:
        """How often each value occurs in each group. Tier: *native*, with ``bins`` gathered."""
        if bins is not None:
            why = "SeriesGroupBy.value_counts(bins=): its intervals depend on all the data"
            return self._gather("value_counts", (normalize, sort, ascending, bins, dropna), {}, why)
        return self._counts(self._columns, {}, normalize=normalize, sort=sort, ascending=ascending, dropna=dropna)


class RankedRows(_Ranked):
    """Of groups of rows."""

    def value_counts(
        self,
        subset: Any = None,
        normalize: bool = False,
        sort: bool = True,
        ascending: bool = False,
        dropna: bool = True,
    ) -> Any:
        """How often each combination of values occurs in each group. Tier: *native*."""
        chosen = self._columns
        if subset is not None:
            keys = {label for label, _ in self._groups.keys}
            clashing, absent = set(subset) & keys, set(subset) - keys - {label for label, _ in chosen}
            if clashing:
                raise ValueError(f"Keys {clashing} in subset cannot be in the groupby column keys.")
            if absent:
                raise ValueError(f"Keys {absent} in subset do not exist in the DataFrame.")
            chosen = tuple(pair for pair in chosen if pair[0] in set(subset))
        settings = {"normalize": normalize, "sort": sort, "ascending": ascending, "dropna": dropna}
        return self._counts(chosen, {"subset": subset}, **settings)
