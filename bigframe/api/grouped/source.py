"""Where groups come from, as pandas would make them: for what pandas itself has to do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self

from bigframe.api.binding.fallbacks import as_bigframe, in_pandas
from bigframe.api.columns import Columns
from bigframe.semantics.frame import same_rows


@dataclass(frozen=True)
class Source:
    """A call of ``groupby``: the table, its arguments, and the columns chosen of the groups."""

    table: Columns
    by: Any
    options: dict[str, Any]
    chosen: tuple[Any, ...] = field(default=())

    def choosing(self, key: Any) -> Self:
        return replace(self, chosen=(key,))

    def gathered(self, why: str | None, *others: Any) -> tuple[Any, ...]:
        """pandas' own groups, and other values with their tables looked at, by one job."""
        table, by, *rest = in_pandas((self._narrowed(), self._told(self.by), *others), why)
        grouped = table.groupby(by, **self.options)
        return (grouped[self.chosen[0]] if self.chosen else grouped), *rest

    def call(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> Any:
        """A method or attribute of pandas' own groups."""
        grouped, args, kwargs = self.gathered(why, args, kwargs)
        value = getattr(grouped, path)
        return as_bigframe(value(*args, **kwargs) if callable(value) else value)

    def by_labels(self) -> Any:
        """The keys, where the table's own columns are their labels."""
        return self._told(self.by)

    def _told(self, by: Any) -> Any:
        """The keys, where the table's own columns are their labels: pandas would not know them once they are gathered."""
        if isinstance(by, list):
            return [self._told(one) for one in by]
        if not isinstance(by, Columns) or by.display != "Series" or self.table.display != "DataFrame":
            return by
        own, key = self.table._frame, by._frame
        is_own = same_rows(own, key) and own.find(key.labels[0]) == key.ids
        return key.labels[0] if is_own else by

    def _narrowed(self) -> Any:
        """The table without columns that are neither keys nor chosen."""
        if not self.chosen or self.options["level"] is not None:
            return self.table
        chosen = self.chosen[0] if isinstance(self.chosen[0], list) else [self.chosen[0]]
        by = self._told(self.by)
        keys = by if isinstance(by, list) else [by]
        labels = [key for key in keys if not isinstance(key, Columns)]
        table: Any = self.table
        if not all(isinstance(label, str) and table._frame.find(label) for label in labels):
            return table
        return table[list(dict.fromkeys((*labels, *chosen)))]


class AsGiven:
    """The arguments of ``groupby`` as attributes."""

    _source: Source

    @property
    def as_index(self) -> bool:
        """Whether keys become the index, as it was given."""
        return bool(self._source.options["as_index"])

    @property
    def sort(self) -> bool:
        """Whether groups come in the order of their keys, as it was given."""
        return bool(self._source.options["sort"])

    @property
    def dropna(self) -> bool:
        """Whether rows with missing keys are in no group, as it was given."""
        return bool(self._source.options["dropna"])

    @property
    def observed(self) -> bool:
        """Whether only categories with rows are groups, as it was given."""
        return bool(self._source.options["observed"])

    @property
    def group_keys(self) -> bool:
        """Whether ``apply`` puts keys before the labels of its results, as it was given."""
        return bool(self._source.options["group_keys"])

    @property
    def keys(self) -> Any:
        """What the rows are grouped by, as it was given."""
        return self._source.by

    @property
    def level(self) -> Any:
        """The levels that the rows are grouped by, as they were given."""
        return self._source.options["level"]


class PandasGroups:
    """Groups by keys that only pandas can make; whatever is asked of them gathers the table."""

    def __init__(self, source: Source, owner: type, reason: str) -> None:
        self._source = source
        self._owner = owner
        self._reason = reason

    def __getitem__(self, key: Any) -> PandasGroups:
        from pandas.core.groupby import SeriesGroupBy

        owner = self._owner if isinstance(key, list) else SeriesGroupBy
        return PandasGroups(self._source.choosing(key), owner, self._reason)

    def __getattr__(self, name: str) -> Any:
        why = f"groupby: {self._reason}"
        if not hasattr(self._owner, name):
            if not name.startswith("_") and name in self._source.table._frame.labels:
                return self[name]
            raise AttributeError(f"'{self._owner.__name__}' object has no attribute '{name}'")
        if not callable(getattr(self._owner, name)):
            return self._source.call(name, (), {}, why)
        return lambda *args, **kwargs: self._source.call(name, args, kwargs, why)

    def __iter__(self) -> Any:
        (grouped,) = self._source.gathered(f"groupby: {self._reason}")
        return ((name, as_bigframe(rows)) for name, rows in grouped)

    def __len__(self) -> int:
        return int(self.ngroups)
