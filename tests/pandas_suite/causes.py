"""Why something failed, in words that are the same for everything that fails for the same reason."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

import pandas

import bigframe

ROOT = Path(bigframe.__file__).parents[1]
_CLASSES = {
    "DataFrame": pandas.DataFrame, "Series": pandas.Series, "Index": pandas.Index,
    "DataFrameGroupBy": pandas.api.typing.DataFrameGroupBy, "SeriesGroupBy": pandas.api.typing.SeriesGroupBy,
    "StringMethods": type(pandas.Series(["a"]).str), "DatetimeMethods": type(pandas.Series([pandas.Timestamp(0)]).dt),
}  # fmt: skip
_NO_ATTRIBUTE = re.compile(r"(?:type object )?'(\w+)' (?:object )?has no attribute '(\w+)'")
_NO_FUNCTION = re.compile(r"module 'bigframe' has no attribute '(\w+)'")
_UNEXPECTED = re.compile(r"(\w[\w.]*)\(\) got an unexpected keyword argument '(\w+)'")
_VARYING = (
    (re.compile(r"0x[0-9a-f]+"), "…"),
    (re.compile(r"\S*\s*(\S+\s*)\\n.*?(?=, <class|$| is )"), "a table"),
    (re.compile(r"isinstance\(.*?, (?=<class)"), "isinstance(…, "),
    (re.compile(r"/[\w./-]+/(\w+\.py)"), r"\1"),
    (re.compile(r"(?<!\S)/(?:tmp|var)/\S+"), "…"),
    (re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?%?(?![\w.])"), "N"),
    (re.compile(r"N(, N)+"), "N, …"),
    (re.compile(r"('…': N, …)(, '…': N, …)+|'…': N(, '…': N)+"), "'…': N, …"),
)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_WHERE = re.compile(r"^(column|index level) ('[^']*'|\(.*?\)|[^\s:]+)(?=[: ])")
_NOT_HELD = re.compile(r"does not hold|not supported by bigframe|a plan cannot hold|; convert it with")
_TELLING = (AttributeError, KeyError, NameError)
_LONGEST = 150


def internals(error: BaseException) -> str | None:
    """The private attribute of a table that a test itself asks for; None for other errors, those within pandas too."""
    found = _NO_ATTRIBUTE.search(str(error)) if isinstance(error, AttributeError) else None
    if found is None or found[1] not in _CLASSES or not found[2].startswith("_") or found[2].startswith("__"):
        return None
    files = [Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__)]
    # The suite's own files stand between a test and bigframe.
    outside = [path.as_posix() for path in files if not _in_bigframe(path) and path.parent != Path(__file__).parent]
    return f"{found[1]}.{found[2]}" if outside and "/pandas/tests/" in outside[-1] else None


def unsupported(error: BaseException | None) -> str | None:
    """What bigframe said it does not have; None for an error of another kind."""
    while error is not None:
        if isinstance(error, bigframe.Unsupported):
            return _not_held(str(error)) or _QUOTED.sub("'…'", str(error._parts[0]))
        if isinstance(error, NotImplementedError) and _place(error):
            return normalised(str(error))
        if isinstance(error, (AttributeError, TypeError)):
            missing = _missing_name(str(error)) or _not_held(str(error))
            if missing:
                return missing
        error = error.__cause__
    return None


def _missing_name(message: str) -> str | None:
    found = _NO_ATTRIBUTE.search(message)
    if found and found[1] in _CLASSES and hasattr(_CLASSES[found[1]], found[2]) and not found[2].startswith("_"):
        return f"{found[1]}.{found[2]}"
    found = _NO_FUNCTION.search(message)
    if found and hasattr(pandas, found[1]):
        return f"pandas.{found[1]}"
    found = _UNEXPECTED.search(message)
    return f"{found[1]}({found[2]}=)" if found else None


def _not_held(message: str) -> str | None:
    """Data that bigframe refuses, with a TypeError as pandas would have it."""
    if not _NOT_HELD.search(message):
        return None
    what = re.split(r", which a plan cannot hold|; convert it with", _WHERE.sub(r"a \1", message))[0]
    return f"data: {normalised(what)}"


def gathering(why: str) -> str:
    """A reason announced for gathering, without labels and values."""
    return normalised(re.sub(r"\((?:[^()]|\([^()]*\))*\)", lambda found: _QUOTED.sub("'…'", found[0]), why))


def of(error: BaseException) -> str:
    """A failure's kind and message without what varies from test to test, and the function of bigframe that raised it."""
    message = str(error)
    if isinstance(error, AssertionError) and " are different\n" in message:
        return _difference(message)
    place = _place(error)
    text = normalised(message, quoted=isinstance(error, _TELLING) or "does not support" in message)
    return f"{type(error).__name__}: {text}{f' (in {place})' if place else ''}"


def normalised(message: str, *, quoted: bool = False) -> str:
    """The first line of a message, without numbers, addresses, folders and, unless wanted, quoted words."""
    lines = [line for line in message.strip().splitlines() if line.strip()]
    text = lines[0] if lines else ""
    if text.startswith("Regex pattern did not match"):
        quoted, text = True, "another message: " + ", ".join(_short(line.strip()) for line in lines[1:3])
    elif text == "assert False":
        text = " ".join(line.strip() for line in lines[:3])
    elif "ComputeError" in text or "PanicException" in text:
        quoted = True
    text = _WHERE.sub(r"a \1", text)
    if not quoted:
        text = _QUOTED.sub("'…'", text)
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _difference(message: str) -> str:
    """pandas' own report of a difference: what differs, and how if it is an attribute such as the dtype."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    what = re.sub(r"\((?:column name|iloc\[:, )[^)]*\)|\[\d+\]", "", lines[0]).strip()
    detail = lines[1] if len(lines) > 1 else ""
    sides = [line for line in lines if line.startswith(("[left]", "[right]"))]
    if "values are different" in detail:
        return f"{what.split('(')[0].strip()}: values are different"
    if detail.startswith("Attribute") or "Class" in detail or "classes" in detail:
        detail += ": " + ", ".join(_short(side) for side in sides)
    elif "shape" in detail or "length" in detail:
        detail = detail.split(":")[0]
    return f"{what}: {detail}"[:_LONGEST]


def _short(side: str) -> str:
    text = side if len(side) <= 70 else side[:69] + "…"
    return re.sub(r"(?<![\w.])\d+(?!\w)", "N", text)


def _place(error: BaseException) -> str | None:
    """The innermost function of bigframe or its engine on the way to an error."""
    place = None
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if _in_bigframe(path):
            place = f"{path.relative_to(ROOT).as_posix()}:{frame.name}"
    return place


def _in_bigframe(path: Path) -> bool:
    return path.is_relative_to(ROOT / "bigframe") or path.is_relative_to(ROOT / "engine")
