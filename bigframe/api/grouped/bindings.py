"""How names of GroupBy are bound natively: reductions of groups, and values per row from the rows of its group."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from bigframe.api.binding.tiers import VARIADIC, Binding, is_default
from bigframe.errors import Unsupported
from bigframe.ops.base import Expr


class _Grouped(Binding):
    """A columnar kernel whose parameters, after the operands, are those of pandas that it honours.

    A call with another argument that is not the default, or of a dtype that the kernel refuses, gathers the data.
    """

    tier = "native"
    operands = 1
    settings: tuple[str, ...] = ("numeric_only",)

    def __init__(self, operator: Callable[..., Expr]) -> None:
        self.operator = operator
        names = getattr(operator, "field_names", None) or tuple(inspect.signature(operator).parameters)
        self.fields = names[self.operands :]

    def note(self) -> str:
        return "Arguments that its kernel does not honour gather the data in one process."

    def bind(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        try:
            return super().bind(instance, args, kwargs)
        except TypeError as error:
            raise TypeError(f"{self.target.__qualname__}() {error}") from None

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            return self.record(instance, *self.honoured(instance, args, kwargs))
        except (Unsupported, TypeError) as error:
            why = f"{self.qualified}: {error}"
            self.bind(instance, args, kwargs)  # What does not fit the signature is an error at once.
        instance._require_defined(self.name, args, kwargs)
        return instance._gather(self.name, args, kwargs, why)

    def honoured(
        self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Callable[..., Expr], dict[str, bool]]:
        """The operator with the arguments of a call, and the settings that are not of the operator.

        Raises
        ------
        Unsupported
            If its kernel does not honour one of them.
        """
        arguments = self.bind(instance, args, kwargs)
        parameters = self.signature.parameters
        settings = {name: bool(arguments.pop(name)) for name in self.settings if name in arguments}
        honoured = {name: arguments.pop(name) for name in self.fields if name in arguments}
        for name, value in arguments.items():
            parameter = parameters[name]
            if value if parameter.kind in VARIADIC else not is_default(value, parameter.default):
                raise Unsupported(f"{self.qualified}({name}=)", "its kernel does not honour it")
        return lambda *operands: self.operator(*operands, **honoured), settings

    def record(self, instance: Any, make: Callable[..., Expr], settings: dict[str, bool]) -> Any:
        raise NotImplementedError


class reduced(_Grouped):  # noqa: N801  (reads as a keyword in class bodies)
    """One value per group; the operator is given a column.

    ``whole`` says that with ``skipna=False`` a group that misses a value has none.
    """

    def __init__(self, operator: Callable[..., Expr], *, whole: bool = False) -> None:
        super().__init__(operator)
        self.settings = ("numeric_only", "skipna") if whole else ("numeric_only",)

    def record(self, instance: Any, make: Callable[..., Expr], settings: dict[str, bool]) -> Any:
        return instance._reduce(make, **settings)


class per_row(_Grouped):  # noqa: N801
    """One value per row; the operator is given a column and those of the keys."""

    operands = 2

    def record(self, instance: Any, make: Callable[..., Expr], settings: dict[str, bool]) -> Any:
        return instance._per_row(make, **settings)


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
        except (Unsupported, TypeError) as error:
            why = f"{self.qualified}: {error}"
        instance._require_defined(self.name, args, kwargs)
        return instance._gather(self.name, args, kwargs, why)
