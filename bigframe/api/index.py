"""Index: the labels of the rows, as a lazy column."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from bigframe.api.series import Series
from bigframe.api.shared.spaced_labels import SpacedLabels
from bigframe.semantics.frame import Frame


class Index(SpacedLabels, Series):
    """One level of row labels; expressions over it are columns of the same rows."""

    pandas = pd.Index  # type: ignore[assignment]
    display = "Index"

    def _wrap(self, frame: Frame) -> Any:
        return Series(frame)

    def to_pandas(self) -> Any:
        """Run the plan and return a pandas Index."""
        return self._spaced(pd.Index(super().to_pandas(), name=self.name))

    @property
    def name(self) -> Hashable:
        return self._frame.labels[0]

    @name.setter
    def name(self, name: Hashable) -> None:
        if not isinstance(name, Hashable):
            raise TypeError("Index.name must be a hashable type")
        self._frame = self._frame.select((name,), self._frame.ids)

    @property
    def names(self) -> list[Any]:
        return [self.name]

    @names.setter
    def names(self, names: Any) -> None:
        if not pd.api.types.is_list_like(names):
            raise ValueError("Names must be a list-like")
        if len(names) != 1:
            raise ValueError(f"Length of new names must be 1, got {len(names)}")
        (self.name,) = names

    @property
    def is_unique(self) -> bool:
        return not bool(self.duplicated().any())

    def __repr__(self) -> str:
        return repr(self.to_pandas())


def index_of(frame: Frame) -> Any:
    """The index of a frame: lazy for one level, pandas' own MultiIndex (a job) for several."""
    if frame.index is not None and len(frame.index) != 1:
        from bigframe.api.run import collect

        return collect(frame.select((), ()))[0].index
    rows = frame.with_explicit_index()
    ((name, id),) = rows.index or ()
    return Index(rows.select((name,), (id,)))
