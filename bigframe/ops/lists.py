"""Operators over lists and structs."""

from __future__ import annotations

import pyarrow as pa

from bigframe.ops.base import Expr
from bigframe.schema import INT64, DType


class ListLength(Expr):
    operand: Expr

    def result(self, *operands: DType) -> DType:
        return INT64.or_missing()


class ListGet(Expr):
    """The item at a position (negative from the end), missing past the end."""

    operand: Expr
    position: int

    def result(self, *operands: DType) -> DType:
        return DType(operands[0].arrow.value_type, operands[0].family).or_missing()


class Field(Expr):
    """A field of a struct."""

    operand: Expr
    field: str

    def result(self, *operands: DType) -> DType:
        arrow = operands[0].arrow
        if not pa.types.is_struct(arrow) or arrow.get_field_index(self.field) < 0:
            raise KeyError(self.field)
        return DType(arrow.field(self.field).type, operands[0].family).or_missing()


class MakeList(Expr):
    """A list of several columns' values, row by row."""

    items: tuple[Expr, ...]

    def result(self, *operands: DType) -> DType:
        return DType(pa.large_list(operands[0].arrow), operands[0].family)


class MakeStruct(Expr):
    """A struct of several columns' values, row by row; itself it is never missing."""

    items: tuple[Expr, ...]
    names: tuple[str, ...]

    def result(self, *operands: DType) -> DType:
        fields = [pa.field(name, operand.arrow) for name, operand in zip(self.names, operands, strict=True)]
        return DType(pa.struct(fields))
