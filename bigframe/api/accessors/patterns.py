"""What patterns find: ``replace`` by texts, templates and functions, ``findall`` and ``extract``."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bigframe.api.accessors import searches
from bigframe.api.binding.tiers import pandas_method
from bigframe.errors import Unsupported
from bigframe.ops import strings
from bigframe.ops.base import Column, Expr
from bigframe.ops.casting import Cast, Widen
from bigframe.ops.lists import Field
from bigframe.ops.missing import NotNull
from bigframe.ops.patterns import replacement
from bigframe.schema import INT64
from bigframe.semantics import selecting

if TYPE_CHECKING:
    from bigframe.api.accessors.strings import StringMethods
    from bigframe.api.series import Series


def replace(
    texts: StringMethods,
    pat: Any,
    repl: Any = None,
    n: int = -1,
    case: bool | None = None,
    flags: int = 0,
    regex: bool = False,
) -> Any:
    """Occurrences of a text or pattern replaced."""
    if isinstance(pat, Mapping):
        if repl is not None:
            raise ValueError("repl cannot be used when pat is a dictionary")
        steps = pat.items()
        return functools.reduce(lambda s, step: s.str.replace(*step, n, case, flags, regex), steps, texts._source)
    if not (isinstance(repl, str) or callable(repl)):
        raise TypeError("repl must be a string or callable")
    if isinstance(pat, re.Pattern) and regex and (case is not None or flags):
        raise ValueError("case and flags cannot be set when pat is a compiled regex")
    if isinstance(pat, re.Pattern) and not regex:
        raise ValueError("Cannot use a compiled regex as replacement pattern with regex=False")
    if callable(repl):
        if not regex:
            raise ValueError("Cannot use a callable replacement when regex=False")
        if texts._source is not texts._series:
            raise Unsupported("Series.str.replace of objects by a function", "it may return what is no text")
        return _by_function(texts, re.compile(pat, _flags(flags, case)), repl, max(n, 0))
    if isinstance(pat, re.Pattern) or regex and (flags or case is False):
        # Python's `re` says so at once; what else pandas hands to another library, which may know more patterns.
        replacement(re.compile(pat, _flags(flags, case)), repl)
    options: dict[str, Any] = {"n": n, "case": case, "flags": int(flags), "regex": regex}
    make = functools.partial(searches.replace, pat=pat, repl=repl, **options)
    return texts._apply_or_pandas(make, "str.replace", (pat, repl), options, strings.to_string)


def _by_function(texts: StringMethods, pattern: re.Pattern[str], repl: Callable[[Any], str], count: int) -> Any:
    def replaced(text: str) -> str:
        return pattern.sub(repl, text, count)

    replaced.__qualname__ = getattr(repl, "__qualname__", type(repl).__name__)
    kind = strings.to_string(texts._series._dtype).pandas
    return texts._series.map(replaced, na_action="ignore", output_type=kind)


def findall(texts: StringMethods, pat: Any, flags: int = 0) -> Series:
    """All matches, or their only group, as lists."""
    regex = re.compile(pat, flags)
    if regex.groups > 1:
        raise Unsupported("Series.str.findall with several groups", "columns hold no tuples", "one group")
    make = functools.partial(strings.FindAll, pat=regex.pattern, flags=_own_flags(regex))
    return texts._apply_or_pandas(make, "str.findall", (pat, int(flags)), {}, strings.to_list)


def extract(texts: StringMethods, pat: Any, flags: int = 0, expand: bool = True) -> Any:
    """The groups of the first match as columns."""
    if not isinstance(expand, bool):
        raise ValueError("expand must be True or False")
    regex = re.compile(pat, flags)
    if not regex.groups:
        raise ValueError("pattern contains no capture groups")
    if texts._of_labels and not expand and regex.groups > 1:
        raise ValueError("only one regex group is supported with Index")
    names = {at: name for name, at in regex.groupindex.items()}

    def group(x: Expr, at: int) -> Expr:
        try:
            return strings.ExtractGroup(x, regex.pattern, flags=_own_flags(regex), group=at)
        except Unsupported:
            if regex.groups > 1:
                raise
        options = {"flags": int(flags), "expand": False}
        return pandas_method(x, "str.extract", (pat,), options, strings.to_string(texts._series._dtype))

    groups = range(1, regex.groups + 1)
    if regex.groups == 1 and not expand:
        return texts._apply(lambda x: group(x, 1)).rename(names.get(1, texts._series.name))
    return texts._columns({names.get(at, at - 1): functools.partial(group, at=at) for at in groups}, labelled=False)


def extractall(texts: StringMethods, pat: Any, flags: int = 0) -> Any:
    """The groups of all matches: a row for each, under the label of its text and its number."""
    from bigframe.api.dataframe import DataFrame

    regex = re.compile(pat, flags)
    if not regex.groups:
        raise ValueError("pattern contains no capture groups")
    series = texts._series
    rows = (series._frame.with_index(None) if texts._of_labels else series._frame).with_explicit_index()
    rows, found = rows.define(strings.FindGroups(Column(series._id), regex.pattern, _own_flags(regex)))
    matches = selecting.explode(rows.select(("found",), (found,)), ["found"])
    matches = selecting.keep_rows(matches, NotNull(Column(matches.ids[0])))
    (match,) = matches.ids
    matches, number = matches.define(Cast(Field(Column(match), "match"), INT64))
    groups = []
    for at in range(regex.groups):
        matches, group = matches.define(Widen(Field(Column(match), f"group{at}"), strings.to_string(series._dtype)))
        groups.append(group)
    names = {at: name for name, at in regex.groupindex.items()}
    index = (*(matches.index or ()), ("match", number))
    return DataFrame(matches.select([names.get(at + 1, at) for at in range(regex.groups)], groups).with_index(index))


def _flags(flags: int, case: bool | None) -> int:
    return int(flags) | (0 if case is None or case else int(re.IGNORECASE))


def _own_flags(regex: re.Pattern[str]) -> int:
    return regex.flags & ~int(re.UNICODE)
