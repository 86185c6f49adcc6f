"""What bigframe refuses as `Unsupported`, pandas computes on all the data: one rule for every name that pandas has."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, ClassVar

from bigframe.api.binding.docstrings import documented, inherited
from bigframe.api.flags import require_flag
from bigframe.errors import Unsupported, UnsupportedAttribute
from bigframe.semantics.elementwise import NotAligned

_inside: ContextVar[bool] = ContextVar("inside", default=False)
_WRAPPED = "__falls_back__"
_OPERATORS = {
    "__getitem__",
    "__setitem__",
    "__delitem__",
    "__neg__",
    "__abs__",
    "__invert__",
    "__round__",
    "__contains__",
}
_OWN = {"assign", "copy", "eval", "pipe", "query"}
"""Names of pandas whose own calls, and those of the functions they are given, fall back each by itself."""


def or_gathered(compute: Callable[[], Any], gather: Callable[[str], Any]) -> Any:
    """What a call computes, or what pandas does where it is refused; a refusal inside another call is that one's.

    Parameters
    ----------
    compute
        The call.
    gather
        Runs the call in pandas, announced with the reason.
    """
    if _inside.get():
        return compute()
    before = _inside.set(True)
    try:
        return compute()
    except UnsupportedAttribute:
        raise
    except (Unsupported, NotAligned) as error:
        reason = str(error).rstrip(".") or "its rows do not stand beside each other"
    finally:
        _inside.reset(before)
    return gather(reason)


class FallsBack:
    """Owner of methods that pandas' class of the same name has; ``_gather(path, args, kwargs, why)`` is the owner's."""

    pandas: ClassVar[type]
    display: ClassVar[str]

    def __init_subclass__(cls, *, mixin: bool = False, **kwargs: Any) -> None:
        """Give a class its own of all the methods that it inherits; a mixin's are those of the classes that it is part of."""
        super().__init_subclass__(**kwargs)
        theirs = getattr(cls, "pandas", None)
        if theirs is None or mixin or not cls.__module__.startswith("bigframe."):
            return
        for name in {name: None for base in cls.__mro__ for name in vars(base)}:
            if hasattr(theirs, name) and (name in _OPERATORS or not name.startswith("_")):
                target, member = getattr(theirs, name), inspect.getattr_static(cls, name)
                if hasattr(type(member), "bound_to"):
                    setattr(cls, name, member.bound_to(cls))
                elif inspect.isfunction(member) and callable(target) and name not in _OWN:
                    raw = getattr(member, _WRAPPED, member)
                    setattr(cls, name, _falling_back(cls, name, raw, target))
                elif inspect.isfunction(member) or type(member) in (property, classmethod):
                    setattr(cls, name, documented(member, target))


def _falling_back(owner: type, name: str, method: Callable[..., Any], target: Callable[..., Any]) -> Callable[..., Any]:
    """A method as one class has it, with the signature and the docstring of that class of pandas."""

    @functools.wraps(method)
    def call(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        require_flag(kwargs.get("inplace"), "inplace")
        if _inside.get():
            return method(self, *args, **kwargs)

        def gather(why: str) -> Any:
            target = getattr(self.pandas, name, None)
            if target is None:
                raise Unsupported(why)
            path, given = f"{getattr(self, 'prefix', '')}{name}", dict(kwargs)
            inplace = given.pop("inplace", False)
            try:
                inspect.signature(target).bind(self, *args, **given)
            except TypeError:
                raise Unsupported(why) from None
            result = self._gather(path, args, given, f"{self.display}.{name}: {why}")
            return become(self, result, inspect.signature(target), name) if inplace else result

        return or_gathered(lambda: method(self, *args, **kwargs), gather)

    setattr(call, _WRAPPED, method)
    if (signature_in := getattr(method, "__signature_in__", None)) is not None:
        call.__signature__ = signature_in(owner.pandas)  # type: ignore[attr-defined]
    call.__doc__ = inherited(target, method.__doc__)
    return call


def become(owner: Any, result: Any, signature: inspect.Signature, name: str) -> Any:
    """Give an object the data of a result (``inplace=True``), and what pandas then returns: itself, or nothing.

    Raises
    ------
    TypeError
        If a Series would become a DataFrame.
    """
    if result.display != owner.display:
        raise TypeError(f"Cannot {name} inplace on a {owner.display} to create a {result.display}")
    owner._become(result._frame)
    return None if "None" in str(signature.return_annotation) else owner
