"""Options: pandas' own, and the few that bigframe adds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pandas as pd

_DEFAULTS = {"progress": "auto", "fallback": "warn", "fallback_limit": 2 << 30, "upload_limit": 1 << 30}


class Options:
    """``bigframe.options``: attribute access to bigframe's settings, and to pandas' for every other name.

    Attributes
    ----------
    progress : {"auto", True, False}
        Whether long jobs show their progress; "auto": in a terminal or notebook, once a job has run for a second.
    fallback : {"allow", "warn", "raise"}
        What happens when a call has to gather data in one process.
    fallback_limit : int
        Bytes above which gathering is refused.
    upload_limit : int
        Bytes above which in-memory data is refused as an input.
    """

    _own: dict[str, Any]

    def __init__(self) -> None:
        object.__setattr__(self, "_own", dict(_DEFAULTS))

    def __getattr__(self, name: str) -> Any:
        return self._own[name] if name in self._own else getattr(pd.options, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "fallback" and value not in ("allow", "warn", "raise"):
            raise ValueError(f"options.fallback must be 'allow', 'warn' or 'raise', got {value!r}")
        if name in self._own:
            self._own[name] = value
        else:
            setattr(pd.options, name, value)

    def __dir__(self) -> list[str]:
        return sorted([*self._own, *dir(pd.options)])


options = Options()


def get_option(pat: str) -> Any:
    """The value of a setting: bigframe's by its name, else pandas' by a pattern. See :func:`pandas.get_option`."""
    return getattr(options, pat) if pat in _DEFAULTS else pd.get_option(pat)


def set_option(*args: Any) -> None:
    """Change settings, given as name, value, name, value, … or as a dictionary. See :func:`pandas.set_option`."""
    pairs = _pairs(args)
    for name, value in pairs:
        if name in _DEFAULTS:
            setattr(options, name, value)
        else:
            pd.set_option(name, value)


def reset_option(pat: str) -> None:
    """Put settings back to what they were at first. See :func:`pandas.reset_option`."""
    if pat in _DEFAULTS or pat == "all":
        for name in _DEFAULTS if pat == "all" else [pat]:
            setattr(options, name, _DEFAULTS[name])
    if pat not in _DEFAULTS:
        pd.reset_option(pat)


def describe_option(pat: str = "", _print_desc: bool = True) -> str | None:
    """Print, or return, what settings mean. See :func:`pandas.describe_option`."""
    if pat not in _DEFAULTS:
        described: str | None = pd.describe_option(pat, _print_desc)  # type: ignore[call-overload]
        return described
    (text,) = (line.strip() for line in (Options.__doc__ or "").splitlines() if line.strip().startswith(f"{pat} :"))
    text = f"{text} [default: {_DEFAULTS[pat]}] [currently: {get_option(pat)}]"
    if not _print_desc:
        return text
    print(text)  # noqa: T201  (so does pandas)
    return None


@contextlib.contextmanager
def option_context(*args: Any) -> Iterator[None]:
    """Settings that hold within a ``with`` block. See :func:`pandas.option_context`."""
    pairs = _pairs(args)
    before = [(name, get_option(name)) for name, _ in pairs]
    try:
        for name, value in pairs:
            set_option(name, value)
        yield
    finally:
        for name, value in before:
            set_option(name, value)


def _pairs(args: tuple[Any, ...]) -> list[tuple[str, Any]]:
    if len(args) == 1 and isinstance(args[0], dict):
        return list(args[0].items())
    if not args or len(args) % 2:
        raise ValueError("Must provide an even number of non-keyword arguments")
    return list(zip(args[::2], args[1::2], strict=True))
