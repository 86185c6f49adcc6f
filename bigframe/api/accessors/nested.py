"""``Series.list`` and ``Series.struct``: the items of lists, the fields of structs."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from bigframe.api.accessors.accessor import Accessor
from bigframe.errors import Unsupported
from bigframe.ops.base import Column, Expr
from bigframe.ops.casting import Cast
from bigframe.ops.comparison import Gt
from bigframe.ops.lists import Field, ListGet, ListLength, SliceItems
from bigframe.schema import DType, Family
from bigframe.semantics import selecting
from bigframe.semantics.values import literal

if TYPE_CHECKING:
    from bigframe.api.dataframe import DataFrame
    from bigframe.api.series import Series


class ListMethods(Accessor):
    """The items of a column of lists.

    Raises
    ------
    AttributeError
        If the column holds no lists.
    """

    pandas = pd.Series.list  # type: ignore[attr-defined]
    display = "Series.list"
    prefix = "list."

    def __init__(self, series: Series) -> None:
        if not series._dtype.is_list:
            raise AttributeError(f"Can only use the '.list' accessor with 'list[pyarrow]' dtype, not {series._dtype}.")
        super().__init__(series)

    def len(self) -> Series:
        """The number of items of each list. Tier: *native*."""
        to = DType(pa.int32(), Family.ARROW)
        is_arrow = self._series._dtype.family is Family.ARROW
        return self._apply(lambda x: Cast(ListLength(x), to) if is_arrow else ListLength(x))

    def __getitem__(self, key: int | slice) -> Series:
        """The item at a position, missing past the end; or the items of a slice. Tier: *native*."""
        if isinstance(key, int):
            return self._apply(lambda x: ListGet(x, key))
        if not isinstance(key, slice):
            raise ValueError(f"key must be an int or slice, got {type(key).__name__}")
        if key.step not in (None, 1):
            raise Unsupported("Series.list[::step]", "its kernel takes items that are neighbours", ".list[start:stop]")
        return self._apply(lambda x: SliceItems(x, key.start, key.stop))

    def flatten(self) -> Series:
        """One row per item; missing and empty lists have none. Tier: *native*."""
        frame = self._series._frame
        filled = selecting.keep_rows(frame, Gt(ListLength(Column(frame.ids[0])), literal(0)))
        return self._series._wrap(selecting.explode(filled, [frame.labels[0]]))


class StructMethods(Accessor):
    """The fields of a column of structs.

    Raises
    ------
    AttributeError
        If the column holds no structs.
    """

    pandas = pd.Series.struct  # type: ignore[attr-defined]
    display = "Series.struct"
    prefix = "struct."

    def __init__(self, series: Series) -> None:
        if not series._dtype.is_struct:
            raise AttributeError(
                f"Can only use the '.struct' accessor with 'struct[pyarrow]' dtype, not {series._dtype}."
            )
        super().__init__(series)

    @property
    def dtypes(self) -> pd.Series:
        """The dtype of each field."""
        names = self._names(self._series._dtype.arrow)
        fields = [self.field(name)._dtype.pandas for name in names]
        return pd.Series(fields, index=pd.Index(names), dtype=object)

    def field(self, name_or_index: Any) -> Series:
        """A field by name or position, or by a list of them one inside the other. Tier: *native*."""
        path = list(name_or_index) if isinstance(name_or_index, (list, tuple)) else [name_or_index]
        arrow, names = self._series._dtype.arrow, []
        for step in path:
            if not isinstance(step, (int, str)):
                raise ValueError(
                    "name_or_index must be an int, str, bytes, pyarrow.compute.Expression, or list of those"
                )
            name = self._names(arrow)[step] if isinstance(step, int) else step
            if arrow.get_field_index(name) < 0:
                raise pa.ArrowInvalid(f"No match for FieldRef.Name({name}) in {arrow}")
            names.append(name)
            arrow = arrow.field(name).type

        def make(x: Expr) -> Expr:
            for name in names:
                x = Field(x, name)
            return x

        return self._apply(make).rename(names[-1])

    def explode(self) -> DataFrame:
        """Each field as a column. Tier: *native*."""
        names = self._names(self._series._dtype.arrow)
        return self._columns({name: functools.partial(Field, field=name) for name in names})

    @staticmethod
    def _names(arrow: pa.DataType) -> list[str]:
        return [field.name for field in arrow]
