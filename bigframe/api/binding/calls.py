"""pandas' whole signature over a method whose body honours part of it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from types import FunctionType
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd
from pandas.api.extensions import no_default

from bigframe.api.binding.falling_back import become
from bigframe.api.binding.tiers import is_default
from bigframe.errors import Unsupported
from bigframe.plan.calling import called_by_pandas

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


def full_signature(body: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, ...], R]:
    """Bind a method to all the parameters that pandas has for its name, and to those of its own that pandas lacks.

    ``inplace=True`` changes the object itself. Keywords beyond pandas' parameters go to a body that takes any.

    Raises
    ------
    Unsupported
        If the call sets a parameter that the body lacks.
    TypeError
        As pandas would, if the arguments do not fit.
    """
    name = body.__name__
    own = inspect.signature(body).parameters
    takes_more = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in own.values())
    added = _added(name, own)

    @functools.wraps(body)
    def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        theirs = _signature(type(self).pandas, name)
        extras = {key: kwargs.pop(key) for key in list(kwargs) if key in added and key not in theirs.parameters}
        try:
            given = _given(theirs, self, args, kwargs)
        except TypeError as error:
            raise _in_their_words(getattr(type(self).pandas, name, None), args, kwargs, error) from None
        inplace = given.pop("inplace", False)
        kwargs.pop("inplace", None)
        more = {key: given.pop(key) for key in list(given) if takes_more and key not in theirs.parameters}
        for key, value in given.items():
            if key not in own and not is_left_out(value, theirs.parameters.get(key)):
                raise Unsupported(f"{self.display}.{name}({key}=)", "its kernel does not honour that parameter")
        result = body(self, **{key: value for key, value in given.items() if key in own}, **extras, **more)  # type: ignore[call-arg]
        return become(self, result, theirs, name) if inplace else result

    method.__signature_in__ = lambda owner: _merged(_signature(owner, name), own, added)  # type: ignore[attr-defined]
    return method


def signature_of(theirs: Callable[..., Any]) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Bind a function to all the parameters of one of pandas', and to those of its own that pandas lacks.

    Those that the body lacks go to its keywords, where it takes any.

    Raises
    ------
    Unsupported
        If the call sets a parameter that the body lacks.
    TypeError
        If the arguments do not fit.
    """

    def over(body: Callable[..., R]) -> Callable[..., R]:
        name, own = body.__name__, inspect.signature(body).parameters
        takes_more = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in own.values())
        signature = _merged(inspect.signature(theirs), own, own)

        @functools.wraps(body)
        def call(*args: Any, **kwargs: Any) -> R:
            try:
                given = _by_name(signature, args, kwargs)
            except TypeError as error:
                raise TypeError(f"{name}() {error}") from None
            for key in [] if takes_more else [key for key in given if key not in own]:
                if not is_left_out(given.pop(key), signature.parameters.get(key)):
                    raise Unsupported(f"{name}({key}=)", "it is not honoured here")
            return body(**given)

        call.__signature__ = signature  # type: ignore[attr-defined]
        return call

    return over


def _in_their_words(
    target: Callable[..., Any] | None, args: tuple[Any, ...], kwargs: dict[str, Any], error: TypeError
) -> TypeError:
    """What pandas' own method says of arguments that do not fit it."""
    if target is not None:
        try:
            target(None, *args, **kwargs)
        except TypeError as theirs:
            return theirs
        except Exception:  # noqa: BLE001, S110
            pass  # It was called after all, on nothing.
    return error


def is_left_out(value: Any, parameter: inspect.Parameter | None) -> bool:
    """Whether an argument is what pandas takes without it."""
    if parameter is None or parameter.default is inspect.Parameter.empty:
        return False
    return is_default(value, parameter.default)


def _given(signature: inspect.Signature, self: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by name, without defaults."""
    given = _by_name(signature, (self, *args), kwargs)
    given.pop(next(iter(signature.parameters)))
    return given


def _by_name(signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    given = signature.bind(*args, **kwargs).arguments
    for name, parameter in signature.parameters.items():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            given.update(given.pop(name, {}))
    return {name: value for name, value in given.items() if value is not no_default}


@functools.cache
def _signature(owner: type, name: str) -> inspect.Signature:
    return inspect.signature(getattr(owner if hasattr(owner, name) else pd.Series, name))


def _added(name: str, own: Mapping[str, inspect.Parameter]) -> set[str]:
    """The parameters that neither class of pandas has for a name."""
    theirs = {
        key for owner in (pd.DataFrame, pd.Series) if hasattr(owner, name) for key in _signature(owner, name).parameters
    }
    return own.keys() - theirs - {next(iter(own))}


def _merged(
    theirs: inspect.Signature, own: Mapping[str, inspect.Parameter], added: Collection[str]
) -> inspect.Signature:
    """pandas' parameters with the defaults that a body has, and those added to them."""
    parameters = [_with_default(one, own.get(name)) for name, one in theirs.parameters.items()]
    extra = [
        one.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, one in own.items()
        if name in added and name not in theirs.parameters and one.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    last = [parameters.pop()] if parameters and parameters[-1].kind is inspect.Parameter.VAR_KEYWORD else []
    return inspect.Signature([*parameters, *extra, *last])


def _with_default(theirs: inspect.Parameter, own: inspect.Parameter | None) -> inspect.Parameter:
    """A parameter with another default than pandas', where the body says one: None leaves it to pandas."""
    nothing = (None, no_default, inspect.Parameter.empty)
    if own is None or own.name == "axis" or own.default in nothing or theirs.default in nothing[1:]:
        return theirs  # Along a column there is one axis, whatever it is called.
    return theirs.replace(default=own.default)


def for_pandas(functions: Any, *, of_frames: bool = False) -> Any:
    """Functions that pandas is to call: of bigframe's own classes and methods (``Series.mode``) those of the same name in pandas.

    Columns and frames share some, so that who calls says which of them it has.
    """
    from bigframe.api.dataframe import DataFrame
    from bigframe.api.series import Series

    if isinstance(functions, Mapping):
        return {label: for_pandas(one) for label, one in functions.items()}
    if type(functions) in (list, tuple):
        return type(functions)(map(for_pandas, functions))
    name = getattr(functions, "__name__", getattr(functions, "name", None))
    for owner in (DataFrame, Series) if of_frames else (Series, DataFrame):
        if functions is owner:
            return owner.pandas
        if isinstance(name, str) and inspect.getattr_static(owner, name, None) is functions:
            return getattr(owner.pandas, name)
    return functions


def to_be_called(function: Any) -> Any:
    """A callable as pandas is to call it: of bigframe's own the one that pandas has, of the user's what gives pandas' objects."""
    theirs = for_pandas(function)
    return returning_pandas(function) if theirs is function and isinstance(function, FunctionType) else theirs


def returning_pandas(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function as pandas calls it: bigframe's names in it are pandas', and so are its results."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with called_by_pandas():
            result = function(*args, **kwargs)
        if not type(result).__module__.startswith("bigframe."):
            return result
        return result.to_pandas() if hasattr(result, "to_pandas") else result.item()

    return call
