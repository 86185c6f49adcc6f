"""Each statement of a docstring run twice, with ``pd`` meaning pandas and meaning bigframe."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import signal
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

import bigframe
from tests.docstring_replay.comparing import comparable, compare
from tests.docstring_replay.examples import Statement, Text
from tests.pandas_suite import causes

SECONDS = 20
_UNKNOWN = object()


@dataclass(frozen=True)
class Replayed:
    """What became of one statement.

    Attributes
    ----------
    name, context
        Of the docstring.
    number
        Of the statement in it.
    source
        The statement.
    category
        ``same`` value, ``ran`` (pandas gives nothing to compare), ``differs``, ``unsupported``, ``failed``; or, not
        counted, ``pandas alone`` (nothing of bigframe takes part) and ``pandas fails``.
    cause
        Why it is not the same.
    """

    name: str
    context: str
    number: int
    source: str
    category: str
    is_value: bool = False
    cause: str = ""


def replay(texts: Iterable[Text]) -> Iterator[Replayed]:
    """The statements of docstrings, each replayed with both modules, in a folder that is removed afterwards."""
    before = os.getcwd()  # noqa: PTH109
    settings = bigframe.options.fallback, bigframe.options.progress
    with tempfile.TemporaryDirectory(prefix="docstrings-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bigframe.options.fallback, bigframe.options.progress = "allow", False
        os.chdir(folder)
        try:
            for text in texts:
                with pd.option_context("display.width", 80):
                    yield from _Pair(text).replay()
        finally:
            os.chdir(before)
            bigframe.options.fallback, bigframe.options.progress = settings


class _Pair:
    """The names that a docstring has defined so far, with pandas and with bigframe."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.with_pandas: dict[str, Any] = {"pd": pd, "np": np}
        self.with_bigframe: dict[str, Any] = {"pd": bigframe, "np": np}
        self.lost: dict[str, tuple[str, str]] = {}

    def replay(self) -> Iterator[Replayed]:
        for number, statement in enumerate(self.text.statements):
            about = Replayed(self.text.name, self.text.context, number, statement.source.strip(), "pandas fails")
            yield self._one(statement, about)

    def _one(self, statement: Statement, about: Replayed) -> Replayed:
        before, random = dict(self.with_pandas), np.random.get_state()  # noqa: NPY002  (docstrings use it)
        expected, error = _run(statement.source, self.with_pandas)
        if (error is not None) != statement.raises:
            return about
        is_value = statement.raises or comparable(expected)
        about = replace(about, is_value=is_value)
        takes_part = _takes_part(statement.source, self.with_bigframe)
        np.random.set_state(random)  # noqa: NPY002
        actual, problem = _run(statement.source, self.with_bigframe)
        if statement.raises:
            if problem is not None and isinstance(problem, type(error)):
                return replace(about, category="same")
            if problem is None:
                return replace(about, category="differs", cause=f"no {type(error).__name__} is raised")
        if problem is None and is_value:
            problem = _difference(actual, expected)
            if problem is None:
                return replace(about, category="same" if takes_part else "pandas alone")
        if problem is None:
            return replace(about, category="ran" if takes_part else "pandas alone")
        category, cause = self._reason(problem)
        self._carry_over(before, category, cause)
        return replace(about, category=category, cause=cause)

    def _reason(self, problem: BaseException) -> tuple[str, str]:
        if isinstance(problem, NameError) and problem.name in self.lost:
            return self.lost[problem.name]
        what = causes.unsupported(problem)
        if what is not None:
            return "unsupported", what
        return ("differs" if isinstance(problem, AssertionError) else "failed"), causes.of(problem)

    def _carry_over(self, before: dict[str, Any], category: str, cause: str) -> None:
        """After a failure the names stand for what pandas made of them, so that the next statements are tried as well."""
        for name, value in self.with_pandas.items():
            if name in ("pd", "np") or name.startswith("__"):
                continue
            carried = _UNKNOWN
            if isinstance(value, (pd.DataFrame, pd.Series)):
                with contextlib.suppress(Exception):
                    carried = bigframe.from_pandas(value)
            elif name in before and value is before[name]:
                continue
            elif not _of_tables(value):
                carried = value
            if carried is _UNKNOWN:
                self.with_bigframe.pop(name, None)
                self.lost[name] = (category, cause)
            else:
                self.with_bigframe[name] = carried


def _takes_part(source: str, names: dict[str, Any]) -> bool:
    """Whether a statement names something of bigframe."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "pd":
            used = getattr(bigframe, node.attr, None)
        elif isinstance(node, ast.Name) and node.id != "pd":
            used = names.get(node.id)
        else:
            continue
        items = used if isinstance(used, (list, tuple)) else used.values() if isinstance(used, dict) else [used]
        if any(str(getattr(item, "__module__", "")).startswith("bigframe") for item in items):
            return True
    return False


def _of_tables(value: Any) -> bool:
    """Whether something of pandas holds on to a table, as groupings, windows and accessors do."""
    return type(value).__module__.startswith("pandas.") and not comparable(value)


def _run(source: str, names: dict[str, Any]) -> tuple[Any, BaseException | None]:
    """The value of a statement (None unless it is an expression), or the error that it raised."""
    try:
        tree = ast.parse(source)
        last = tree.body[-1] if tree.body else None
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), _limited():
            if isinstance(last, ast.Expr):
                exec(compile(ast.Module(tree.body[:-1], []), "<docstring>", "exec"), names)
                return eval(compile(ast.Expression(last.value), "<docstring>", "eval"), names), None
            exec(compile(tree, "<docstring>", "exec"), names)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return None, error
    return None, None


def _difference(actual: Any, expected: Any) -> BaseException | None:
    try:
        with contextlib.redirect_stdout(io.StringIO()), _limited():
            compare(actual, expected)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return error
    return None


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TimeoutError(f"not done after {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
