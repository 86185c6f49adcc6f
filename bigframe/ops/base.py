"""Column expressions: the nodes that compute one column from others."""

from __future__ import annotations

from typing import Any, ClassVar

from bigframe.errors import Unsupported
from bigframe.ops.kinds import Kind
from bigframe.schema import BOOL, ONLY_CARRIED, DType, Schema
from bigframe.tree import Tree


class _Measured:
    """What an expression has beside its fields, taken from its operands when it is made."""

    _operands: tuple[Expr, ...] = ()
    _reads: frozenset[str] = frozenset()
    _depth: int = 1
    _is_window: bool = False
    _plans_read: tuple[Tree, ...] = ()
    _known: tuple[list[tuple[str, DType]], DType] | None = None


class Expr(_Measured, Tree):
    """An operator over columns; its operands are its fields that hold expressions."""

    kind: ClassVar[Kind] = Kind.ELEMENTWISE
    tier: ClassVar[str] = "native"
    is_deterministic: ClassVar[bool] = True
    is_cheap: ClassVar[bool] = True
    """Whether computing it twice costs less than keeping it."""
    looks_inside: ClassVar[bool] = True
    """Whether it computes with values, which it cannot where they are only carried."""

    takes_periods: ClassVar[bool] = False
    """Whether what it does with ordinals is what pandas does with the periods that they stand for."""

    def __post_init__(self) -> None:
        super().__post_init__()
        own = vars(self)
        operands: list[Expr] = []
        plans: list[Tree] = []
        for child in self._children:
            if isinstance(child, Expr):
                operands.append(child)
                plans += child._plans_read
            else:
                plans.append(child)
        if operands:
            own["_operands"] = tuple(operands)
            own["_reads"] = frozenset().union(*[operand._reads for operand in operands])
            own["_depth"] = 1 + max([operand._depth for operand in operands])
        if plans:
            own["_plans_read"] = tuple(plans)
        if self.kind is Kind.WINDOW or any(operand._is_window for operand in operands):
            own["_is_window"] = True

    def result(self, *operands: DType) -> DType:
        """The dtype of the result, from the dtypes of the operands."""
        raise NotImplementedError

    def operands(self) -> tuple[Expr, ...]:
        return self._operands


class Column(Expr):
    """A column of the input, by id."""

    id: str

    def __post_init__(self) -> None:
        super().__post_init__()
        vars(self)["_reads"] = frozenset({self.id})

    def _hash(self) -> str:
        return f"Column {self.id}"  # as telling as a hash, and most nodes are columns


class Literal(Expr):
    """A constant of a known dtype; None, NaN, NaT and NA are four different constants that compute alike."""

    value: Any
    dtype: DType

    def result(self, *operands: DType) -> DType:
        return self.dtype


class Scalar(Expr):
    """The one value of a one-row plan, computed by an earlier stage of the same job."""

    plan: Tree
    id: str
    dtype: DType

    def result(self, *operands: DType) -> DType:
        return self.dtype


class Member(Expr):
    """Whether a value occurs in a column of another plan; missing matches missing. The optimizer makes it a join."""

    takes_periods = True
    operand: Expr
    plan: Tree
    id: str

    def result(self, *operands: DType) -> DType:
        return BOOL


def dtype_of(expr: Expr, schema: Schema) -> DType:
    """The dtype of an expression over columns of the given types.

    Raises
    ------
    KeyError
        If the expression reads a column that the schema lacks.
    Unsupported
        If it computes with values that are only carried.
    """
    if isinstance(expr, Column):
        return schema[expr.id]
    if expr._known is not None:  # rewriting puts an expression over the same columns again and again
        read, result = expr._known
        for id, dtype in read:
            if schema.get(id) is not dtype:
                break
        else:
            return result
    operands = [dtype_of(operand, schema) for operand in expr._operands]
    for operand in operands:
        if expr.looks_inside and (operand.is_carried or operand.is_period and not expr.takes_periods):
            raise Unsupported(f"{type(expr).__name__} of {operand}", ONLY_CARRIED)
    found = expr.result(*operands)
    vars(expr)["_known"] = [(id, schema[id]) for id in expr._reads], found
    return found


def columns_read(expr: Expr) -> frozenset[str]:
    """The ids of the columns that an expression reads."""
    return expr._reads


def is_window(expr: Expr) -> bool:
    """Whether an expression depends on other rows than its own."""
    return expr._is_window


def is_repeatable(expr: Expr) -> bool:
    """Whether computing an expression twice costs less than keeping its result; the plans of scalars run once anyway."""
    return expr.is_cheap and all(is_repeatable(operand) for operand in expr.operands())


def substitute(expr: Expr, definitions: dict[str, Expr]) -> Expr:
    """The expression with columns replaced by their definitions."""
    if isinstance(expr, Column):
        return definitions.get(expr.id, expr)
    if expr._reads.isdisjoint(definitions):
        return expr
    return expr.map_children(lambda child: substitute(child, definitions) if isinstance(child, Expr) else child)


def plans_read(expr: Expr) -> tuple[Tree, ...]:
    """The plans that scalars and memberships in an expression take values from."""
    return expr._plans_read


def depth(expr: Expr) -> int:
    """How many operators stand one inside another."""
    return expr._depth
