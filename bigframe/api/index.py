"""Index: the labels of the rows, as a lazy column."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bigframe.api.series import Series
from bigframe.semantics.frame import Frame


class Index(Series):
    """One level of row labels; expressions over it are columns of the same rows."""

    pandas = pd.Index  # type: ignore[assignment]
    display = "Index"
    _owner: Any = None

    def _wrap(self, frame: Frame) -> Any:
        return Series(frame)

    def to_pandas(self) -> Any:
        """Run the plan and return a pandas Index."""
        return pd.Index(super().to_pandas(), name=self.name)

    @property
    def name(self) -> Any:
        return super().name

    @name.setter
    def name(self, name: Any) -> None:
        self._named(name)

    @property
    def names(self) -> list[Any]:
        return [self.name]

    @names.setter
    def names(self, names: Any) -> None:
        if not pd.api.types.is_list_like(names):
            raise ValueError("Names must be a list-like")
        if len(names) != 1:
            raise ValueError(f"Length of new names must be 1, got {len(names)}")
        self._named(*names)

    def _named(self, name: Any) -> None:
        """Rename these labels, and the index of the table that they were asked of while it has them."""
        hash(name)
        (id,) = self._frame.ids
        index = ((name, id),)
        self._become(self._frame.select((name,), (id,)).with_index(index))
        owner = self.__dict__.get("_owner")
        if owner is not None and index_of(owner._frame)._frame.ids == (id,):
            owner._become(owner._frame.with_explicit_index().with_index(index))

    @property
    def is_unique(self) -> bool:
        return not bool(self.duplicated().any())

    def __repr__(self) -> str:
        return repr(self.to_pandas())


def index_of(frame: Frame, owner: Any = None) -> Any:
    """The index of a frame: lazy for one level, pandas' own MultiIndex (a job) for several.

    A new name of it is one of the owner's index too, as in pandas.
    """
    if frame.index is not None and len(frame.index) != 1:
        from bigframe.api.run import collect

        return collect(frame.select((), ()))[0].index
    rows = frame.with_explicit_index()
    ((name, id),) = rows.index or ()
    labels = Index(rows.select((name,), (id,)))
    labels._owner = owner
    return labels
