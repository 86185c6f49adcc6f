"""What is asked can be computed: every operator has a kernel, a dtype rule and a wire form, and every module is listed."""

import importlib
import json
import pkgutil
import types
import typing
from collections.abc import Iterator
from typing import Any

import pytest

import bigframe.ops
import bigframe.plan
import engine.kernels
from bigframe.ops import catalog as operators
from bigframe.ops.base import Column, Expr, Literal, Member, Scalar
from bigframe.ops.functions import LookupIn
from bigframe.ops.strings import ExtractGroup
from bigframe.plan import catalog as nodes
from bigframe.plan import payloads, wire
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.filter import Filter
from bigframe.plan.node import Plan
from bigframe.plan.scan import Scan
from bigframe.schema import FLOAT64, INT64, DType
from engine.kernels import catalog as kernels
from engine.kernels.registry import has_kernel

# A scalar is replaced by its value and a membership by a join before kernels are chosen.
REWRITTEN = {Column, Scalar, Member, LookupIn}
TABLE = Scan("parquet", ("x.parquet",), (), "v1", (("a", "A", INT64), ("b", "B", FLOAT64)))


def concrete(base: type) -> Iterator[type]:
    for kind in base.__subclasses__():
        yield from concrete(kind)
        if not kind.__name__.startswith("_") and kind.__module__.startswith("bigframe."):
            yield kind


# Fields whose operators refuse what pandas refuses.
VALID = {
    "ambiguous": "NaT", "flags": 0, "form": "NFC", "group": 1, "n": 1, "nonexistent": "raise", "side": "both",
    "offset": "MonthEnd", "path": "str.wrap", "tz": "UTC", "unit": "ms",
}  # fmt: skip
OPERATORS = sorted({kind for kind in concrete(Expr) if not kind.__subclasses__()}, key=lambda kind: kind.__name__)


def modules(package: types.ModuleType) -> set[str]:
    return {module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg}


def example(operator: type[Expr], kind: Any, name: str) -> Any:
    """Some value of a field's type, other than what an empty document would give."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if name == "function":
        return payloads.put(len)
    if name in VALID:
        return VALID[name]
    if name == "pat":
        return "(a)" if operator is ExtractGroup else "a"
    if origin is typing.Literal:
        return arguments[0]
    if origin in (typing.Union, types.UnionType):
        return example(operator, arguments[0], name)
    if origin is tuple:
        items = arguments[:1] if arguments[-1] is Ellipsis else arguments
        return tuple(example(operator, item, name) for item in items)
    values: dict[Any, Any] = {str: "a", int: 3, float: 0.5, bool: True, DType: INT64, Any: "x", Expr: Column("a")}
    return Aggregate(TABLE, (), ()) if kind not in values else values[kind]


def made(operator: type[Expr]) -> Expr:
    hints = typing.get_type_hints(operator)
    return operator(**{name: example(operator, hints[name], name) for name in operator.field_names})


def test_there_are_operators() -> None:
    assert len(OPERATORS) > 100


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.__name__)
def test_every_operator_has_a_kernel_and_a_dtype_rule(operator: type[Expr]) -> None:
    assert operator in REWRITTEN or has_kernel(operator)
    assert operator is Column or operator.result is not Expr.result


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.__name__)
def test_every_operator_comes_back_from_the_wire(operator: type[Expr]) -> None:
    plan = Filter(TABLE, made(operator))
    document = json.loads(json.dumps(wire.dumps(plan)))
    (back,) = wire.loads(document)
    assert isinstance(back, Filter)
    assert type(back.predicate) is operator
    assert back.digest == plan.digest


def test_every_family_of_operators_is_listed() -> None:
    listed = {family.__name__.rpartition(".")[2] for family in operators.FAMILIES}
    assert {operator.__module__.rpartition(".")[2] for operator in OPERATORS} <= listed


def test_every_plan_node_is_listed() -> None:
    for name in modules(bigframe.plan):
        importlib.import_module(f"bigframe.plan.{name}")
    defined = {kind.__name__ for kind in concrete(Plan) if kind.__module__.startswith("bigframe.plan.")}
    assert defined | {"Plan"} == set(nodes.__all__)


def test_every_module_of_kernels_is_listed() -> None:
    listed = {family.__name__.rpartition(".")[2] for family in kernels.FAMILIES}
    registering = {
        name for name in modules(engine.kernels)
        if any(function.__module__ == f"engine.kernels.{name}" for function in registered())
    }  # fmt: skip
    assert registering - {"registry"} <= listed  # functions of a table are made there


def registered() -> list[Any]:
    from engine.kernels import registry

    return list(registry._kernels.values())


def test_literals_have_a_kernel() -> None:
    assert has_kernel(Literal)
