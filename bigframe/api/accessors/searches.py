"""The arguments of pandas' search methods as fields of string operators."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from bigframe.errors import Unsupported
from bigframe.literals import is_missing
from bigframe.ops import strings
from bigframe.ops.base import Expr

_UNSET: Any = pd.api.extensions.no_default


def contains(operand: Expr, pat: Any, case: bool = True, flags: int = 0, na: Any = _UNSET, regex: bool = True) -> Expr:
    """``str.contains``; a text in any letter case is an escaped pattern."""
    if regex:
        return strings.Contains(operand, *search_of(pat, case, flags), missing_as(na))
    if case:
        return strings.ContainsText(operand, pat, missing_as(na))
    return strings.Contains(operand, re.escape(pat), False, 0, missing_as(na))


def match(operand: Expr, pat: Any, case: Any = _UNSET, flags: Any = _UNSET, na: Any = _UNSET) -> Expr:
    """``str.match``, whose case and flags pandas leaves unset rather than true and 0."""
    if isinstance(pat, re.Pattern):
        _require_no_conflict(pat, case, flags)
        return strings.Match(operand, *search_of(pat, True, 0), missing_as(na))
    if case is True and flags is not _UNSET and flags & re.IGNORECASE:
        raise ValueError("Cannot both specify case=True and pass 'flags' containing re.IGNORECASE")
    flags = 0 if flags is _UNSET else int(flags)
    # pandas honours IGNORECASE alone without leaving RE2.
    case = (case is _UNSET or case) and flags != int(re.IGNORECASE)
    return strings.Match(operand, pat, case, 0 if flags == int(re.IGNORECASE) else flags, missing_as(na))


def _require_no_conflict(pat: re.Pattern[str], case: Any, flags: Any) -> None:
    """Refuse a case or flags that a compiled pattern does not have."""
    own_case = not pat.flags & re.IGNORECASE
    if case is not _UNSET and bool(case) != own_case:
        raise ValueError(
            "Cannot both specify 'case' and pass a compiled regexp object with conflicting case-sensitivity"
        )
    if flags is not _UNSET:
        wanted = flags if own_case else flags | re.IGNORECASE
        if re.compile(pat.pattern, wanted).flags != pat.flags:
            raise ValueError("Cannot both specify 'flags' and pass a compiled regexp object with conflicting flags")


def full_match(operand: Expr, pat: Any, case: bool = True, flags: int = 0, na: Any = _UNSET) -> Expr:
    """``str.fullmatch``."""
    return strings.FullMatch(operand, *search_of(pat, case, flags), missing_as(na))


def count(operand: Expr, pat: Any, flags: int = 0) -> Expr:
    """``str.count``, whose pattern may be compiled."""
    return strings.CountMatches(operand, *search_of(pat, True, flags))


def find_last(operand: Expr, sub: Any) -> Expr:
    """``str.rfind``."""
    return strings.FindText(operand, sub, last=True)


def position_of(operand: Expr, sub: Any) -> Expr:
    """``str.index`` and ``str.rindex``, which fail where there is none: no column can say so."""
    strings.FindText(operand, sub)
    raise Unsupported("a columnar kernel for Series.str.index", "it raises an error for a text without a match")


def starts_with(operand: Expr, pat: Any, na: Any = _UNSET) -> Expr:
    """``str.startswith`` of one text or a tuple of them."""
    return strings.StartsWith(operand, _texts(pat), missing_as(na))


def ends_with(operand: Expr, pat: Any, na: Any = _UNSET) -> Expr:
    """``str.endswith`` of one text or a tuple of them."""
    return strings.EndsWith(operand, _texts(pat), missing_as(na))


def replace(operand: Expr, *, pat: Any, repl: str, n: int, case: bool | None, flags: int, regex: bool) -> Expr:
    """``str.replace`` of a text or pattern by a text or template."""
    if isinstance(pat, re.Pattern) and not regex:
        raise ValueError("Cannot use a compiled regex as replacement pattern with regex=False")
    if isinstance(pat, re.Pattern) and (case is not None or flags):
        raise ValueError("case and flags cannot be set when pat is a compiled regex")
    whole = case is None or case
    if not regex and whole and not flags:
        return strings.ReplaceText(operand, pat, repl, n)
    if not isinstance(pat, re.Pattern) and whole and not flags and re.search(r"\\\d\d", repl):
        raise Unsupported("a columnar kernel for str.replace", "the library that pandas asks knows only ten groups")
    # A compiled pattern or any flag makes pandas search with Python's `re`, where `flags` is what says so here.
    pattern = pat if regex else re.escape(pat)
    return strings.ReplaceMatches(operand, *search_of(pattern, whole, flags), repl, n)


def translate(operand: Expr, table: Mapping[Any, int | str | None]) -> Expr:
    """``str.translate``."""
    # str.translate() looks characters up by their number only.
    numbered = {key: value for key, value in table.items() if isinstance(key, int)}
    texts = (chr(value) if isinstance(value, int) else value or "" for value in numbered.values())
    return strings.Translate(operand, tuple(map(chr, numbered)), tuple(texts))


def search_of(pat: Any, case: bool, flags: int) -> tuple[str, bool, int]:
    """A pattern, perhaps compiled, as the text, case and flags of an operator.

    Raises
    ------
    ValueError
        If flags are given with a compiled pattern.
    """
    if not isinstance(pat, re.Pattern):
        return pat, case, int(flags)
    if flags:
        raise ValueError("cannot process flags argument with a compiled pattern")
    own = pat.flags & ~int(re.UNICODE)
    # pandas honours IGNORECASE alone without leaving RE2.
    return (pat.pattern, False, 0) if own == re.IGNORECASE else (pat.pattern, case, own)


def missing_as(na: Any) -> bool | None:
    """What a search says of a missing text: ``na``, or None for what the dtype says.

    Raises
    ------
    ValueError
        If ``na`` is neither a bool nor a missing value.
    """
    if na is _UNSET or is_missing(na):
        return None
    if not isinstance(na, (bool, np.bool_)):
        raise ValueError(f"na must be None, pd.NA, np.nan, True, or False; got {na}")
    return bool(na)


def _texts(pat: Any) -> tuple[str, ...]:
    if isinstance(pat, str):
        return (pat,)
    if not isinstance(pat, tuple):
        raise TypeError(f"expected a string or tuple, not {type(pat).__name__}")
    return pat
