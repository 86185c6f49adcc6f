"""Operators over lists and structs."""

from __future__ import annotations

import pyarrow as pa

from bigframe.ops.base import Expr
from bigframe.schema import INT64, STRING, DType


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


class JoinItems(Expr):
    """The texts of a list with a separator between them, missing where one of them is."""

    operand: Expr
    sep: str

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if not (operand.is_list and pa.types.is_large_string(operand.arrow.value_type)):
            raise TypeError(f"JoinItems works on lists of strings, not on {operand}")
        return DType(STRING.arrow, operand.family)


class SliceItems(Expr):
    """Python's slice of a list, with a step of 1."""

    operand: Expr
    start: int | None
    stop: int | None

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if not operand.is_list:
            raise TypeError(f"SliceItems works on lists, not on {operand}")
        return DType(pa.large_list(operand.arrow.value_type), operand.family)
