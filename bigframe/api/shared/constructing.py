"""Frames and series made of Python's, NumPy's and Arrow's values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import pandas as pd
import pyarrow as pa

from bigframe.api.columns import Columns


class FrameConstructors(Columns):
    """The other ways to make a DataFrame."""

    @classmethod
    def from_dict(
        cls, data: Mapping[Any, Any], orient: Any = "columns", dtype: Any = None, columns: Any = None
    ) -> Self:
        """A frame of a dictionary of columns or rows. Tier: *native*."""
        table: Any = pd.DataFrame
        return cls(table.from_dict(data, orient, dtype, columns))  # type: ignore[call-arg]

    @classmethod
    def from_records(
        cls,
        data: Any,
        index: Any = None,
        exclude: Any = None,
        columns: Any = None,
        coerce_float: bool = False,
        nrows: int | None = None,
    ) -> Self:
        """A frame of tuples, dictionaries or a structured array. Tier: *native*."""
        table = pd.DataFrame.from_records(data, index, exclude, columns, coerce_float, nrows)
        return cls(table)  # type: ignore[call-arg]

    @classmethod
    def from_arrow(cls, data: Any) -> Self:
        """A frame of an Arrow table, or of anything with ``__arrow_c_stream__``. Tier: *native*."""
        if (
            not isinstance(data, pa.Table)
            and not hasattr(data, "__arrow_c_stream__")
            and not hasattr(data, "__arrow_c_array__")
        ):
            raise TypeError(
                "Expected an Arrow-compatible tabular object (i.e. having an '_arrow_c_array__' or '__arrow_c_stream__' "
                f"method), got '{type(data).__name__}' instead."
            )
        return cls(data if isinstance(data, pa.Table) else pa.table(data))  # type: ignore[call-arg]


class SeriesConstructors(Columns):
    """The other ways to make a Series."""

    @classmethod
    def from_arrow(cls, data: Any) -> Self:
        """A series of an Arrow array. Tier: *native*."""
        return cls(pd.Series.from_arrow(data))  # type: ignore[attr-defined,call-arg]
