"""Functions of pandas that run as they are: on tables gathered in this process, or reading a source for it."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd

from bigframe.announcing import first_here, warn_once
from bigframe.api.binding.calls import to_be_called
from bigframe.api.binding.tiers import document
from bigframe.api.columns import Columns, announce, from_result
from bigframe.api.labels.index import Index, LazyArray
from bigframe.api.looking.run import collect, look
from bigframe.api.scalar import LazyScalar
from bigframe.api.series import Series
from bigframe.errors import Unsupported
from bigframe.semantics.frame import Frame
from bigframe.session.options import options

_log = logging.getLogger("bigframe")


def gathering(function: Callable[..., Any], reason: str) -> Callable[..., Any]:
    """A function of pandas that is given the whole tables, with a warning that says how much that is."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return gather(function, args, kwargs, f"{function.__name__}: {reason}")

    call.__doc__ = document(function, "gathered", f"Gathers the data in one process: {reason}.")
    return call


def gather(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> Any:
    """Call a function of pandas with the whole tables among its arguments, which is announced."""
    here, named = in_pandas((args, kwargs), why)
    return as_bigframe(function(*here, **named))


def reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """A reader of pandas as a source: it reads when called and in this process, which a warning says."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return read_here(function, *args, **kwargs)

    call.__doc__ = document(function, "gathered", "pandas reads the source when this is called, in this process.")
    return call


def read_here(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What a reader of pandas reads, as lazy tables; announced, or refused, as the options have it.

    Raises
    ------
    Unsupported
        If it is to read piece by piece, or if ``options.fallback`` is ``"raise"``.
    """
    for name in ("chunksize", "iterator"):
        if kwargs.get(name):
            raise Unsupported(f"{function.__name__}({name}=)", "a lazy frame takes its place", "the whole frame")
    if options.fallback == "raise":
        raise Unsupported(function.__name__, "pandas would read it in this process, and options.fallback is 'raise'")
    if options.fallback == "warn":
        warn_once(function.__name__, f"{function.__name__}: pandas reads this source now, in this process")
    return as_bigframe(function(*args, **kwargs))


def in_pandas(value: Any, why: str | None = None) -> Any:
    """A value with the lazy tables in it, however deep in lists and dictionaries, looked at by one job.

    Parameters
    ----------
    value
        Anything.
    why
        The reason to announce, if any is.
    """
    tables = list({id(table): table for table in _tables_in(value)}.values())
    if tables and why is not None:
        announce(why, [table._frame for table in tables])
    wanted = [("series" if isinstance(table, Series) else "frame", table._frame) for table in tables]
    looked = look(wanted) if wanted else []
    answers = {
        id(table): table._in_pandas(one) if isinstance(table, (Index, LazyArray)) else one
        for table, one in zip(tables, looked, strict=True)
    }
    return _replaced(value, answers)


def looking(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of pandas that makes labels of values in this process: lazy ones among them are looked at, by one job."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        here, named = in_pandas((args, kwargs))
        return function(*here, **named)

    return call


def look_ahead(what: str, frames: Sequence[Frame], question: str = "which columns {} makes") -> list[pd.DataFrame]:
    """Tables that a call must see before it knows what its plan is, by default its columns: one job, which is announced."""
    answers = collect(*frames)
    if first_here(what):
        _log.warning("ran a job to learn %s, of %d rows", question.format(what), sum(map(len, answers)))
    return answers


def as_bigframe(value: Any) -> Any:
    """What pandas returned with its tables as lazy ones; what a plan cannot hold stays pandas' own."""
    if isinstance(value, (pd.DataFrame, pd.Series)):
        try:
            return from_result(value)
        except TypeError:
            return value
    if type(value) is dict:
        return {key: as_bigframe(one) for key, one in value.items()}
    return type(value)(map(as_bigframe, value)) if type(value) in (list, tuple) else value


def _tables_in(value: Any) -> Iterator[Columns]:
    if isinstance(value, Columns):
        yield value
    elif type(value) in (list, tuple):
        for one in value:
            yield from _tables_in(one)
    elif type(value) is dict:
        for one in value.values():
            yield from _tables_in(one)


def _replaced(value: Any, answers: dict[int, Any]) -> Any:
    if isinstance(value, Columns):
        return answers[id(value)]
    if isinstance(value, LazyScalar):
        return value.item()
    if type(value) in (list, tuple):
        return type(value)(_replaced(one, answers) for one in value)
    if type(value) is dict:
        return {key: _replaced(one, answers) for key, one in value.items()}
    return to_be_called(value) if callable(value) else value
