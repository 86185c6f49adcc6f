"""Try each parameter of pandas' methods with another value than its default, with pandas and with bigframe."""

from __future__ import annotations

import inspect
import os
import tempfile
import warnings
import zlib
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd

import bigframe
from bigframe.coverage import method_parameters
from bigframe.errors import PerformanceWarning, Unsupported
from tests.conformance.compare import assert_same
from tests.parameters.values import ALSO, GIVEN, NEEDED, ONLY, OWNERS, TABLE, names_of


@dataclass(frozen=True)
class Trial:
    """One parameter, the call that tried it, and how that ended.

    Attributes
    ----------
    name
        As ``DataFrame.merge.how``.
    code
        The call; empty if no value is known that pandas takes.
    outcome
        ``native``, ``gathered``, ``refused``, ``other`` (not what pandas gives) or ``untried``.
    said
        Of what was refused or differs.
    """

    name: str
    code: str
    outcome: str
    said: str = ""


def trials(context: str, one_in: int = 1) -> Iterator[Trial]:
    """Every parameter of the public methods of a class, or a sample of them, tried."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for method, signature in method_parameters(context):
            for parameter in signature.parameters.values():
                is_chosen = zlib.crc32(f"{context}.{method}.{parameter.name}".encode()) % one_in == 0
                if is_chosen and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                    yield _trial(context, method, parameter.name, signature)


def _trial(context: str, method: str, parameter: str, signature: inspect.Signature) -> Trial:
    name = f"{context}.{method}.{parameter}"
    for code in _calls(context, method, parameter, signature):
        try:
            expected = _result(code, pd, TABLE.copy())
        except Exception:
            continue
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                actual = _result(code, bigframe, bigframe.from_pandas(TABLE))
        except (Unsupported, AttributeError) as error:
            return Trial(name, code, "refused", str(error))
        except Exception as error:
            return Trial(name, code, "other", f"{type(error).__name__}: {error}")
        try:
            _compare(actual, expected)
        except Exception as error:
            return Trial(name, code, "other", str(error))
        gathered = any(issubclass(one.category, PerformanceWarning) for one in caught)
        return Trial(name, code, "gathered" if gathered else "native")
    return Trial(name, "", "untried")


def _result(code: str, module: Any, table: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        return _look(eval(code, names_of(module, table)))


def _calls(context: str, method: str, parameter: str, signature: inspect.Signature) -> Iterator[str]:
    """Calls that set a parameter, on one owner after another."""
    asked = ONLY.get(method, "").split()
    owners = [one for one in OWNERS[context] if not asked or one in asked] or [
        one for one in asked if one in ("wz", "vz") and one[0] == OWNERS[context][2][0]
    ]
    also = ALSO.get(f"{method}.{parameter}", ALSO.get(method, ""))
    known = {pair.split("=")[0].strip() for pair in also.split(", ") if pair}
    needed = [
        one.name
        for one in signature.parameters.values()
        if one.default is one.empty
        and one.name not in {parameter, *known}
        and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
    ]
    for owner in owners:
        for rest in _choices(needed):
            for value in _values(signature.parameters[parameter]):
                arguments = ", ".join(
                    filter(None, [*rest, f"{parameter}={value}", also if parameter not in known else ""])
                )
                yield f"{owner}.{method}({arguments})"


def _choices(needed: list[str]) -> Iterator[list[str]]:
    if not needed:
        yield []
    elif len(needed) == 1:
        yield from ([f"{needed[0]}={value}"] for value in NEEDED.get(needed[0], []))
    else:
        yield [f"{one}={NEEDED[one][0]}" for one in needed if one in NEEDED]


def _values(parameter: inspect.Parameter) -> list[str]:
    default = parameter.default
    if default is parameter.empty:
        return NEEDED.get(parameter.name, [])
    if isinstance(default, bool):
        return [str(not default)]
    others = [value for value in GIVEN.get(parameter.name, []) if value != repr(default)]
    return [*others, "True", "False"] if default is None or repr(default) == "<no_default>" else others


def _look(value: Any) -> Any:
    """What a result is when looked at: a table, a value, or how groups and windows add up."""
    if isinstance(value, bigframe.LazyScalar):
        return value.item()
    if hasattr(value, "to_pandas"):
        return value.to_pandas()
    if type(value) is tuple:
        return tuple(map(_look, value))
    kind = type(value).__name__
    if kind.endswith(
        ("GroupBy", "Resampler", "Rolling", "Expanding", "ExponentialMovingWindow", "Window", "PandasGroups")
    ):
        is_window = any(name in kind for name in ("Resampler", "Rolling", "Expanding", "Window"))
        return _look(value.mean() if "Moving" in kind else value.sum() if is_window else value.count())
    return list(value) if inspect.isgenerator(value) or kind in ("zip", "map") else value


def _compare(actual: Any, expected: Any) -> None:
    if isinstance(expected, tuple):
        for one, other in zip(actual, expected, strict=True):
            _compare(one, other)
    elif expected is None or _is_drawn(expected):
        return
    elif isinstance(expected, (pd.DataFrame, pd.Series, pd.Index)) or pd.api.types.is_scalar(expected):
        assert_same(actual, expected)
    else:
        assert repr(actual) == repr(expected)


def _is_drawn(value: Any) -> bool:
    """Whether a result is axes, or an array of them; that they were drawn at all is what is compared."""
    return hasattr(value, "get_figure") or isinstance(value, np.ndarray) and value.dtype == np.dtype(object)


def share(found: list[Trial]) -> tuple[int, int, int]:
    """How many parameters were tried, how many of them are honoured, and how many of these natively."""
    tried = [trial for trial in found if trial.outcome != "untried"]
    honoured = [trial for trial in tried if trial.outcome in ("native", "gathered")]
    return len(tried), len(honoured), sum(trial.outcome == "native" for trial in honoured)


def quietly(context: str, one_in: int = 1) -> list[Trial]:
    """The trials of a class, without what they print."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    with redirect_stdout(StringIO()):
        return list(trials(context, one_in))
