"""``info``: pandas' own text over counts, dtypes and sizes that the engine finds."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from typing import Any

import pandas as pd
from pandas.io.formats.info import DataFrameInfo, SeriesInfo  # type: ignore[import-not-found]  # the stubs lack it

from bigframe.api.looking.run import collect
from bigframe.api.scalar import LazyScalar
from bigframe.semantics.frame import Frame
from bigframe.semantics.measuring import size


class _Facts:
    """What pandas' printer asks of a table."""

    _is_memory_usage_qualified = False

    def __init__(self, owner: Any) -> None:
        self.owner = owner
        self.columns = getattr(owner, "columns", None)
        self.dtypes = owner.dtypes
        self.name = getattr(owner, "name", None)
        self.rows = len(owner)
        self.index = self

    def __len__(self) -> int:
        return self.rows

    def count(self) -> Any:
        if self.columns is not None and not len(self.columns):
            return pd.Series([], dtype="int64")
        counts = self.owner.count()
        return counts.to_pandas() if self.columns is not None else counts.item()

    def memory_usage(self, index: bool = True, deep: bool = False) -> Any:
        table, id = size(self.owner._frame, index=index)
        total = LazyScalar(table.select((None,), (id,)).plan(), id).item()
        return pd.Series([total]) if self.columns is not None else total

    def _summary(self) -> str:
        return _summary(self.owner._frame, self.rows)


class _SeriesInfo(SeriesInfo):  # type: ignore[misc]
    @property
    def dtype_counts(self) -> Mapping[str, int]:
        facts: Any = self.data
        return {facts.dtypes.name: 1}


def info(
    owner: Any,
    verbose: bool | None = None,
    buf: Any = None,
    max_cols: int | None = None,
    memory_usage: bool | str | None = None,
    show_counts: bool | None = None,
) -> None:
    """Print what a table is, from small jobs: the number of rows, of values in each column, and their bytes."""
    facts: Any = _Facts(owner)
    of_table = facts.columns is not None
    printer: Any = (DataFrameInfo if of_table else _SeriesInfo)(facts, memory_usage)
    text = io.StringIO()
    printer.render(buf=text, max_cols=max_cols, verbose=verbose, show_counts=show_counts)
    lines = text.getvalue().replace(f"Empty {_Facts.__name__}", f"Empty {owner.display}").split("\n")
    lines[0] = str(owner.pandas)
    (buf or sys.stdout).write("\n".join(lines))


def _summary(frame: Frame, rows: int) -> str:
    """pandas' line about the row labels, of which it names the number and the ends."""
    if frame.index is None:
        return _line(pd.RangeIndex(rows))
    from bigframe.api.dataframe import DataFrame

    labels = DataFrame(frame.select((), ()))
    first, last = collect(labels.head(1)._frame, labels.tail(1)._frame)
    ends = first.index.append(last.index)[: min(rows, 2)]
    return _line(ends).replace(f"{len(ends)} entries", f"{rows} entries", 1)


def _line(labels: Any) -> str:
    return str(labels._summary())
