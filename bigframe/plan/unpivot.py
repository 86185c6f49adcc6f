"""Unpivot: columns become rows."""

from __future__ import annotations

from typing import Any

from bigframe.plan.node import Plan
from bigframe.schema import DType


class Unpivot(Plan):
    """Each row becomes one row per label, in the order of ``labels``.

    ``columns`` are the new columns beside that of the labels: for each its id, and the input's columns whose values it
    holds, one per label. ``dtypes`` are those of the label and of the new columns.
    """

    input: Plan
    label: str
    labels: tuple[Any, ...]
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    dtypes: tuple[DType, ...]

    def columns_out(self) -> dict[str, DType]:
        return dict(zip((self.label, *(id for id, _ in self.columns)), self.dtypes, strict=True))
