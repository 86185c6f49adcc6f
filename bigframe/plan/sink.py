"""Sink: write a table to files."""

from __future__ import annotations

from typing import Any

from bigframe.errors import Unsupported
from bigframe.plan.node import Plan
from bigframe.schema import INT64, STRING, DType


class Sink(Plan):
    """Write rows in order; the result is one row per file: path, rows, bytes.

    ``names`` are the names of the input's columns in the files; ``options`` go to the writer.
    """

    input: Plan
    url: str
    format: str
    mode: str
    names: tuple[str, ...]
    options: tuple[tuple[str, Any], ...] = ()

    def columns_out(self) -> dict[str, DType]:
        for name, dtype in zip(self.names, self.input.schema.values(), strict=True):
            if dtype.is_carried or dtype.is_period:
                raise Unsupported(
                    f"writing column {name!r} of {dtype}", "files hold what Arrow has a type for", ".astype"
                )
        return {"path": STRING, "rows": INT64, "bytes": INT64}
