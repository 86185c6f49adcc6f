"""How names of GroupBy are bound natively: reductions of groups, and values per row from the rows of its group."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from bigframe.api.binding import VARIADIC, Binding, is_default
from bigframe.errors import Unsupported
from bigframe.ops.base import Expr


class _Grouped(Binding):
    """A columnar kernel whose parameters, after the operands, are those of pandas that it honours.

    A call with another argument that is not the default, or of a dtype that the kernel refuses, gathers the data.
    """

    tier = "native"
    operands = 1

    def __init__(self, operator: Callable[..., Expr]) -> None:
        self.operator = operator
        names = getattr(operator, "field_names", None) or tuple(inspect.signature(operator).parameters)
        self.fields = names[self.operands :]

    def note(self) -> str:
        return "Arguments that its kernel does not honour gather the data in one process."

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        arguments = self.bind(instance, args, kwargs)
        parameters = self.signature.parameters
        numeric_only = bool(arguments.pop("numeric_only", False))
        honoured = {name: arguments.pop(name) for name in self.fields if name in arguments}
        rest = {name: value for name, value in arguments.items() if parameters[name].kind not in VARIADIC or value}
        if all(is_default(value, parameters[name].default) for name, value in rest.items()):
            try:
                return self.record(instance, lambda *operands: self.operator(*operands, **honoured), numeric_only)
            except (Unsupported, TypeError):
                pass  # What follows says so, or warns.
        instance._require_defined(self.name, args, kwargs)
        return instance._gather(self.name, args, kwargs, f"{self.qualified}: its kernel does not honour this call")

    def record(self, instance: Any, make: Callable[..., Expr], numeric_only: bool) -> Any:
        raise NotImplementedError


class reduced(_Grouped):  # noqa: N801  (reads as a keyword in class bodies)
    """One value per group; the operator is given a column."""

    def record(self, instance: Any, make: Callable[..., Expr], numeric_only: bool) -> Any:
        return instance._reduce(make, numeric_only)


class per_row(_Grouped):  # noqa: N801
    """One value per row; the operator is given a column and those of the keys."""

    operands = 2

    def record(self, instance: Any, make: Callable[..., Expr], numeric_only: bool) -> Any:
        return instance._per_row(make, numeric_only)


class composed_of_groups(Binding):  # noqa: N801
    """A name that a function composes, of groups and pandas' arguments; pandas on all the data where it cannot."""

    tier = "native"

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def note(self) -> str:
        return "Parameters or dtypes that its kernel does not honour gather the data."

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        given = self.bind(instance, args, kwargs) if callable(self.target) else {}
        try:
            return self.function(instance, **given)
        except (Unsupported, TypeError):
            pass  # What follows says so, or warns.
        instance._require_defined(self.name, args, kwargs)
        return instance._gather(self.name, args, kwargs, f"{self.qualified}: its kernel does not honour this call")
