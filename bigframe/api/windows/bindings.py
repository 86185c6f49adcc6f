"""How statistics of windows are bound: a kernel, or pandas on all the data where it does not honour the call."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from bigframe.api.binding.tiers import Binding
from bigframe.api.columns import Columns
from bigframe.errors import Unsupported
from bigframe.semantics.elementwise import NotAligned

OTHERWISE = "no kernel honours these windows or parameters"


class statistic(Binding):  # noqa: N801
    """A statistic with a kernel; pandas on all the data where that does not honour the call."""

    tier = "native"

    def note(self) -> str:
        return f"Windows or parameters without a kernel gather the data: {OTHERWISE}."

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        options = self.bind(instance, args, kwargs)
        numeric_only = options.pop("numeric_only", False)
        foreign = [options.pop(name, None) for name in ("engine", "engine_kwargs", "args", "kwargs")]
        if not any(foreign):
            try:
                return instance._statistic(self.name, tuple(sorted(options.items())), numeric_only)
            except Unsupported:
                pass  # What follows warns.
        return instance._gather(self.path, args, kwargs, f"{self.qualified}: {OTHERWISE}")


class statistic_of_pairs(statistic):  # noqa: N801
    """A statistic of a column beside another one, with a kernel for windows of rows."""

    def note(self) -> str:
        return "Of each column with each, in groups, and in other windows than those of rows it gathers the data."

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        options = self.bind(instance, args, kwargs)
        other, pairwise, numeric_only = (options.pop(name) for name in ("other", "pairwise", "numeric_only"))
        if not numeric_only and (other is None or isinstance(other, Columns)):
            own = tuple(sorted(options.items())) if self.name == "cov" else ()
            try:
                return instance._paired(self.name, other, pairwise, own)
            except (Unsupported, NotAligned):
                pass  # What follows warns.
        return instance._gather(self.path, args, kwargs, f"{self.qualified}: {OTHERWISE}")


class function_of_windows(statistic):  # noqa: N801
    """A user's function, called by tasks that have the rows of each window."""

    tier = "partitionwise"

    def note(self) -> str:
        return f"Windows of other than a number of rows gather the data: {OTHERWISE}."

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        options = self.bind(instance, args, kwargs)
        if not any(options[name] for name in ("engine", "engine_kwargs")) and type(options["raw"]) is bool:
            given = (options["args"] or (), options["kwargs"] or {})
            func = functools.partial(_called, options["func"], *given) if any(given) else options["func"]
            try:
                return instance._applied(func, options["raw"])
            except Unsupported:
                pass  # What follows warns.
        return instance._gather(self.path, args, kwargs, f"{self.qualified}: {OTHERWISE}")


def _called(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], window: Any) -> Any:
    return function(window, *args, **kwargs)


class statistic_of_groups(statistic):  # noqa: N801
    """A statistic with a kernel for groups alone, each of which is in one task."""

    tier = "gathered"

    def note(self) -> str:
        return "Within groups it has a kernel."
