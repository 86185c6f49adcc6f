"""The four ways a pandas name is bound: native, partitionwise, gathered, missing."""

from __future__ import annotations

import copy
import functools
import inspect
import re
from collections.abc import Callable
from typing import Any, ClassVar, Self

from bigframe.api.binding.docstrings import inherited
from bigframe.api.binding.falling_back import become, or_gathered
from bigframe.api.flags import require_flag
from bigframe.errors import Unsupported
from bigframe.ops.base import Expr
from bigframe.ops.pandas_tier import PandasMethod
from bigframe.schema import DType

Rule = Callable[[DType], DType]
VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Binding:
    """A name of a pandas class; signature and docstring are pandas' own.

    The owner class names its pandas counterpart in ``pandas`` and offers ``_apply(expr_of)`` (elementwise over its
    columns) and ``_gather(path, args, kwargs)``.
    """

    tier: ClassVar[str]
    name: str
    path: str

    def __set_name__(self, owner: Any, name: str) -> None:
        self.name = name
        self.target: Any = getattr(owner.pandas, name, None)
        self.path = f"{owner.prefix}{name}" if getattr(owner, "prefix", "") else name
        self.qualified = f"{owner.display}.{name}"
        self.__doc__ = document(self.target, self.tier, self.note())

    def bound_to(self, owner: Any) -> Self:
        """The binding as a class that inherits it has it: to its own method of pandas."""
        if getattr(owner.pandas, self.name, None) in (None, self.target):
            return self
        other = copy.copy(self)
        vars(other).pop("signature", None)
        other.__set_name__(owner, self.name)
        return other

    def note(self) -> str:
        return ""

    @functools.cached_property
    def signature(self) -> inspect.Signature:
        return inspect.signature(self.target)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        if not callable(self.target):
            return self.run(instance, (), {})

        @functools.wraps(self.target)
        def method(*args: Any, **kwargs: Any) -> Any:
            require_flag(kwargs.get("inplace"), "inplace")
            if not kwargs.get("inplace"):
                return self.run(instance, args, kwargs)
            return become(instance, self.run(instance, args, {**kwargs, "inplace": False}), self.signature, self.name)

        method.__doc__ = self.__doc__
        return method

    def __call__(self, instance: Any, /, *args: Any, **kwargs: Any) -> Any:
        """The method as a function of its owner: ``Series.sum(column)``."""
        return self.__get__(instance, type(instance))(*args, **kwargs)

    @property
    def __signature__(self) -> inspect.Signature:
        return self.signature

    def bind(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """All arguments by name, defaults filled in.

        Raises
        ------
        TypeError
            As pandas would, if they do not fit the signature.
        """
        bound = self.signature.bind(instance, *args, **kwargs)
        bound.apply_defaults()
        arguments = dict(bound.arguments)
        arguments.pop(next(iter(self.signature.parameters)))
        return arguments

    def run(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The call by its tier, or by pandas on all the data where that refuses it."""
        return or_gathered(
            lambda: self.call(instance, args, kwargs),
            lambda why: instance._gather(self.path, args, kwargs, f"{instance.display}.{self.name}: {why}"),
        )

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        raise NotImplementedError


class native(Binding):  # noqa: N801  (reads as a keyword in class bodies)
    """A columnar kernel; the operator's fields are the pandas parameters that the kernel honours.

    A call with another non-default argument runs one tier lower when ``lower`` gives the dtype that pandas returns,
    and gathers the data otherwise.
    """

    tier = "native"

    def __init__(self, operator: Callable[..., Expr], *, lower: Rule | None = None) -> None:
        self.operator = operator
        self.lower = lower
        names = getattr(operator, "field_names", None) or tuple(inspect.signature(operator).parameters)
        self.fields = names[1:]

    def note(self) -> str:
        if not callable(self.target):
            return ""
        others = [name for name in list(self.signature.parameters)[1:] if name not in self.fields]
        if not others:
            return ""
        how = "run partitionwise" if self.lower else "gather the data"
        return f"Other than default values of {', '.join(f'``{name}``' for name in others)} {how}."

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not callable(self.target):
            return instance._apply(self.operator)
        arguments = self.bind(instance, args, kwargs)
        honoured = {name: freeze(arguments.pop(name)) for name in self.fields if name in arguments}
        parameters = self.signature.parameters
        rest = {name: value for name, value in arguments.items() if parameters[name].kind not in VARIADIC}
        if any(value for name, value in arguments.items() if name not in rest):
            self.target(instance.pandas(dtype=float), *args, **kwargs)  # NumPy's own, of which pandas takes some
        extra = [name for name, value in rest.items() if not is_default(value, parameters[name].default)]
        if not extra:
            try:
                return instance._apply(lambda operand: self.operator(operand, **honoured))
            except Unsupported:
                if self.lower is None:
                    raise
        if self.lower is None:
            raise Unsupported(
                f"{instance.display}.{self.name}({extra[0]}=)", "its kernel does not honour that parameter"
            )
        return instance._apply_pandas(self.path, args, kwargs, self.lower)


class composed(Binding):  # noqa: N801
    """A name that a function composes, of its owner and pandas' arguments; pandas on all the data where it cannot."""

    tier = "native"

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def note(self) -> str:
        return "Parameters or dtypes that its kernel does not honour gather the data."

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        given = self.bind(instance, args, kwargs) if callable(self.target) else {}
        return self.function(instance, **given)


class partitionwise(Binding):  # noqa: N801
    """pandas itself on each partition, where that is exact; ``result`` gives the dtype that pandas returns."""

    tier = "partitionwise"

    def __init__(self, result: Rule) -> None:
        self.result = result

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if callable(self.target):
            self.bind(instance, args, kwargs)
        return instance._apply_pandas(self.path, args, kwargs, self.result)


class look(Binding):  # noqa: N801
    """What leaves for this process: pandas makes text, Python's values or a local file of the computed result."""

    tier = "native"

    def __init__(self, form: str) -> None:
        self.form = form

    def note(self) -> str:
        return f"A look: it runs the plan, and pandas makes {self.form} of the result in this process."

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if callable(self.target):
            self.bind(instance, args, kwargs)
        return instance._looked(self.path, args, kwargs)


class gathered(Binding):  # noqa: N801
    """pandas itself on the whole column or frame in one process, with a warning that says how much that is."""

    tier = "gathered"

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def note(self) -> str:
        return f"Gathers the data in one process: {self.reason}."

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return instance._gather(self.path, args, kwargs, f"{instance.display}.{self.name}: {self.reason}")


class missing(Binding):  # noqa: N801
    """Not supported, with the reason and the nearest spelling."""

    tier = "missing"

    def __init__(self, reason: str, instead: str | None = None) -> None:
        self.reason = reason
        self.instead = instead

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        raise Unsupported(self.qualified, self.reason, self.instead)


def pandas_method(operand: Expr, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], dtype: DType) -> Expr:
    """The partitionwise operator for a call of a pandas method."""
    return PandasMethod(
        operand, path, freeze(args), tuple((name, freeze(value)) for name, value in kwargs.items()), dtype
    )


def freeze(value: Any) -> Any:
    """Lists as tuples and regex flags as integers, so that an argument can be part of a plan."""
    if isinstance(value, re.RegexFlag):
        return int(value)
    return tuple(freeze(item) for item in value) if isinstance(value, (list, tuple)) else value


def document(target: Any, tier: str, note: str) -> str:
    """pandas' own docstring with a closing section that says how the name runs here."""
    return inherited(target, f"Tier: *{tier}*. {note}")


def is_default(value: Any, default: Any) -> bool:
    """Whether an argument is what it would have been had it not been given."""
    return value is default or (type(value) is type(default) and bool(value == default))
