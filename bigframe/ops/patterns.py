"""Python's regular expressions in the dialect of the engine (Rust's ``regex``), and where the two may still differ."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from bigframe.errors import Unsupported

# The parse tree is the only full description of Python's dialect; pandas itself decides by it.
_parser: Any = vars(re)["_parser"]
_names: Any = vars(re)["_constants"]

_CLASSES = {
    _names.CATEGORY_DIGIT: r"\p{Nd}",
    _names.CATEGORY_NOT_DIGIT: r"\P{Nd}",
    _names.CATEGORY_SPACE: r"\s\x1c-\x1f",
    _names.CATEGORY_NOT_SPACE: r"[^\s\x1c-\x1f]",
    _names.CATEGORY_WORD: r"\p{L}\p{N}_",
    _names.CATEGORY_NOT_WORD: r"[^\p{L}\p{N}_]",
}
_NOT_ASCII = r"[^\x00-\x7F]"
_ODD_WORDS = r"[\w~~[\p{L}\p{N}_]]"  # characters that are part of a word in one dialect only
_LAST_NEWLINE = r"\n\z"
_SUPPORTED_FLAGS = re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE | re.UNICODE

# Rust refuses programs over 10 MiB: 100 Unicode classes pass, 300 do not.
_CLASS_COST, _LARGEST_COST = 50, 6000


@dataclass(frozen=True, slots=True)
class Pattern:
    """A translated pattern.

    Parameters
    ----------
    rust
        The same pattern for Rust's ``regex``; capture groups keep their numbers.
    doubtful
        A Rust pattern of the texts on which the translation may differ, which Python's ``re`` has to decide; None if
        there are none.
    python
        The pattern compiled by Python.
    may_be_empty
        Whether it can match the empty string, on which the dialects' *repeated* searches differ.
    folds_as_python
        Whether letters of any case are those of Python, where it matches such, and not those of the library that pandas asks.
    """

    rust: str
    doubtful: str | None
    python: re.Pattern[str]
    may_be_empty: bool
    folds_as_python: bool = True


@lru_cache(maxsize=512)
def translate(pattern: str, flags: int = 0, case: bool = True) -> Pattern:
    r"""Translate a Python regular expression.

    Parameters
    ----------
    pattern
        The regular expression.
    flags
        Flags of Python's ``re`` module.
    case
        Whether letters match only their own case.

    Returns
    -------
    Pattern

    Raises
    ------
    Unsupported
        If Rust's ``regex`` has no equal: look-around, back-references, atomic groups, ASCII mode, very large repeats,
        or a pattern that Python itself cannot parse (pandas hands such a pattern to another library).

    Examples
    --------
    >>> translate(r"a\d+").rust
    'a(?:[\\p{Nd}]){1,}'
    >>> translate(r"a(?=b)")
    Traceback (most recent call last):
        ...
    bigframe.errors.Unsupported: a columnar kernel for the pattern 'a(?=b)' is not supported: it has look-around.
    """
    try:
        python = re.compile(pattern, flags | (0 if case else re.IGNORECASE))
        tree = _parser.parse(pattern, python.flags)
    except re.error as error:
        raise _unsupported(pattern, f"Python cannot parse it ({error})") from error
    if python.flags & ~_SUPPORTED_FLAGS:
        raise _unsupported(pattern, "its flags have no equal")
    walk = _Translation(pattern)
    body = walk.sequence(tree, python.flags)
    # pandas lets RE2 fold case unless Python's `re` has to run for another reason; only then the foldings differ.
    folds_as_python = not walk.folds_case or bool(flags) or walk.has_category
    if walk.folds_case and folds_as_python:
        walk.doubts.add(_NOT_ASCII)
    return Pattern(body, "|".join(sorted(walk.doubts)) or None, python, tree.getwidth()[0] == 0, folds_as_python)


def replacement(pattern: re.Pattern[str], template: str) -> str:
    r"""A replacement template of Python's ``re`` in Rust's spelling.

    Raises
    ------
    re.error
        If it names a group that the pattern does not have.

    Examples
    --------
    >>> replacement(re.compile(r"(\d)"), r"<\1>$")
    '<${1}>$$'
    """
    items = _parser.parse_template(template, pattern)
    if isinstance(items, tuple):  # until Python 3.11: positions of groups, and literals between them
        groups, literals = items
        where = dict(groups)
        parts: Iterable[Any] = [where.get(at, text) for at, text in enumerate(literals)]
    else:
        parts = items
    return "".join(f"${{{part}}}" if isinstance(part, int) else part.replace("$", "$$") for part in parts)


@dataclass
class _Translation:
    """One walk over a parse tree, collecting what makes the result doubtful."""

    pattern: str
    doubts: set[str] = field(default_factory=set)
    folds_case: bool = False
    has_category: bool = False
    cost: int = 0
    times: int = 1

    def sequence(self, items: Any, flags: int) -> str:
        text = "".join(self.item(name, argument, flags) for name, argument in items)
        return f"(?i:{text})" if flags & re.IGNORECASE else f"(?-i:{text})" if self.folds_case else text

    def item(self, name: Any, argument: Any, flags: int) -> str:
        self.spend(1)
        self.folds_case |= bool(flags & re.IGNORECASE)
        if name is _names.LITERAL:
            return self.character(argument)
        if name is _names.NOT_LITERAL:
            return f"[^{self.character(argument)}]"
        if name is _names.ANY:
            return "(?s:.)" if flags & re.DOTALL else r"[^\n]"
        if name is _names.IN:
            return self.set(argument)
        if name is _names.AT:
            return self.anchor(argument, flags)
        if name is _names.BRANCH:
            return "(?:" + "|".join(self.sequence(branch, flags) for branch in argument[1]) + ")"
        if name is _names.SUBPATTERN:
            group, added, removed, inner = argument
            if added & re.ASCII:
                raise _unsupported(self.pattern, "it has an ASCII-only group")
            body = self.sequence(inner, (flags | added) & ~removed)
            return f"(?:{body})" if group is None else f"({body})"
        if name in (_names.MAX_REPEAT, _names.MIN_REPEAT):
            low, high, inner = argument
            return self.repeat(low, high, inner, flags) + ("?" if name is _names.MIN_REPEAT else "")
        if name in (_names.ASSERT, _names.ASSERT_NOT):
            raise _unsupported(self.pattern, "it has look-around")
        raise _unsupported(self.pattern, "it has a back-reference or an atomic group")

    def repeat(self, low: int, high: Any, inner: Any, flags: int) -> str:
        bounded = high is not _names.MAXREPEAT
        if inner.getwidth()[0] == 0 and (not bounded or high > 1):
            raise _unsupported(self.pattern, "it repeats what may be empty")
        outer, self.times = self.times, self.times * max(high if bounded else low, 1)
        body = self.sequence(inner, flags)
        self.times = outer
        return f"(?:{body}){{{low},{high if bounded else ''}}}"

    def set(self, items: Any) -> str:
        text = ""
        for name, argument in items:
            if name is _names.NEGATE:
                text += "^"
            elif name is _names.LITERAL:
                text += self.character(argument)
            elif name is _names.RANGE:
                text += f"{self.character(argument[0])}-{self.character(argument[1])}"
            else:
                self.spend(_CLASS_COST)
                self.has_category = True
                text += _CLASSES[argument]
        return f"[{text}]"

    def anchor(self, where: Any, flags: int) -> str:
        if where is _names.AT_BEGINNING and flags & re.MULTILINE:
            return "(?m:^)"
        if where in (_names.AT_BEGINNING, _names.AT_BEGINNING_STRING):
            return r"\A"
        if where is _names.AT_END and flags & re.MULTILINE:
            return "(?m:$)"
        if where is _names.AT_END:
            self.doubts.add(_LAST_NEWLINE)
            return r"\z"
        if where is _names.AT_END_STRING:
            return r"\z"
        self.spend(_CLASS_COST)
        self.has_category = True
        self.doubts.add(_ODD_WORDS)
        if where is _names.AT_BOUNDARY:
            return r"\b"
        self.doubts.add(r"\A\z")  # Python's \B does not match in an empty text
        return r"\B"

    def character(self, code: int) -> str:
        if 0xD800 <= code <= 0xDFFF:
            raise _unsupported(self.pattern, "it has a lone surrogate")
        letter = chr(code)
        return letter if letter.isalnum() else f"\\x{{{code:x}}}"

    def spend(self, cost: int) -> None:
        self.cost += cost * self.times
        if self.cost > _LARGEST_COST:
            raise _unsupported(self.pattern, "its repeats are too large")


def _unsupported(pattern: str, reason: str) -> Unsupported:
    return Unsupported(f"a columnar kernel for the pattern {pattern!r}", reason)
