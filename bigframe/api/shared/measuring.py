"""How large tables and columns are."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd

from bigframe.api.binding.tiers import composed
from bigframe.api.looking.info import info
from bigframe.api.scalar import LazyScalar
from bigframe.semantics import measuring


def _of_column(owner: Any, *, index: bool) -> LazyScalar:
    table, id = measuring.size(owner._frame, index=index)
    return LazyScalar(table.select((None,), (id,)).plan(), id)


def _memory_of_table(owner: Any, index: bool, deep: bool) -> Any:  # noqa: ARG001  (only objects have depth)
    from bigframe.api.series import Series

    return Series(measuring.sizes(owner._frame, index=index))


def _memory_of_column(owner: Any, index: bool, deep: bool) -> LazyScalar:  # noqa: ARG001
    return _of_column(owner, index=index)


def memory_of_labels(owner: Any, deep: bool) -> Any:  # noqa: ARG001
    """The bytes of row labels."""
    return int(pd.RangeIndex(1).memory_usage()) if owner._counts_rows else _of_column(owner, index=False)


class FrameMeasures:
    """What only DataFrame has."""

    pandas: ClassVar[type] = pd.DataFrame
    display: ClassVar[str] = "DataFrame"

    info = composed(info)
    memory_usage = composed(_memory_of_table)


class SeriesMeasures:
    """What only Series has."""

    pandas: ClassVar[type] = pd.Series
    display: ClassVar[str] = "Series"

    info = composed(info)
    memory_usage = composed(_memory_of_column)
    nbytes = composed(lambda owner: _of_column(owner, index=False))
