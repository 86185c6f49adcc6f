"""Cutting texts into pieces: ``split``, ``rsplit``, ``partition`` and ``rpartition``, as lists or as columns."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from bigframe.api.binding import pandas_method
from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import reductions, strings
from bigframe.ops.base import Column, Expr
from bigframe.ops.lists import ListGet, ListLength
from bigframe.plan.aggregate import Aggregate
from bigframe.semantics.frame import Frame

if TYPE_CHECKING:
    from bigframe.api.accessors.strings import StringMethods

_METACHARACTERS = frozenset(r".^$*+?{}[]\|()")


def split(
    texts: StringMethods, pat: Any = None, *, n: int | None = -1, expand: bool = False, regex: bool | None = None
) -> Any:
    """The texts between a separator or pattern."""
    if isinstance(pat, re.Pattern) and regex is False:
        raise ValueError("Cannot use a compiled regex as replacement pattern with regex=False")
    is_text = isinstance(pat, str) and pat != ""
    literal = is_text and (regex is False or (regex is None and (len(pat) == 1 or not _METACHARACTERS & set(pat))))
    if isinstance(pat, str) and not literal:
        re.compile(pat)
    return _pieces(texts, "str.split", pat, n, expand, literal, {} if regex is None else {"regex": regex})


def rsplit(texts: StringMethods, pat: Any = None, *, n: int | None = -1, expand: bool = False) -> Any:
    """:func:`split` from the end."""
    if pat is not None and not isinstance(pat, str):
        raise TypeError(f"expected a string object, not {type(pat).__name__}")
    return _pieces(texts, "str.rsplit", pat, n, expand, bool(pat), {})


def partition(texts: StringMethods, sep: str = " ", expand: bool = True) -> Any:
    """The text before the first separator, the separator, and the text after."""
    return _three_parts(texts, sep, expand, last=False)


def rpartition(texts: StringMethods, sep: str = " ", expand: bool = True) -> Any:
    """The text before the last separator, the separator, and the text after."""
    return _three_parts(texts, sep, expand, last=True)


def _pieces(
    texts: StringMethods, path: str, pat: Any, n: int | None, expand: bool, literal: bool, options: dict[str, Any]
) -> Any:
    splits = n if n is not None and n > 0 else -1
    dtype = strings.to_list(texts._series._dtype)

    def pieces(x: Expr) -> Expr:
        if pat is None and splits == -1:
            return strings.SplitWords(x)
        if literal:
            return strings.SplitText(x, pat, splits, last=path == "str.rsplit")
        return pandas_method(x, path, () if pat is None else (pat,), {"n": n, **options}, dtype)

    if not expand:
        return texts._apply(pieces)
    if texts._of_labels:
        raise Unsupported("Index.str.split(expand=True)", "pandas makes a MultiIndex of it")

    def piece(x: Expr, at: int) -> Expr:
        return ListGet(pieces(x), at)

    width = splits + 1 if splits > 0 else _most_pieces(texts._series._frame, pieces, path)
    return texts._columns({at: functools.partial(piece, at=at) for at in range(width)})


def _most_pieces(frame: Frame, pieces: Callable[[Expr], Expr], path: str) -> int:
    """How many columns the longest list fills, by one job, which is announced."""
    from bigframe.api.fallbacks import look_ahead

    wanted = [reductions.Max(ListLength(pieces(Column(frame.ids[0])))), reductions.Size()]
    ids = [derive("pieces", str(number), expr.digest) for number, expr in enumerate(wanted)]
    aggregated = Aggregate(frame.with_index(None).plan(), (), tuple(zip(ids, wanted, strict=True)))
    (answer,) = look_ahead(f"{path}(expand=True)", [Frame(aggregated, ("most", "rows"), tuple(ids))])
    most, rows = answer.iloc[0].tolist()
    return int(rows > 0) if pd.isna(most) else int(most)


def _three_parts(texts: StringMethods, sep: str, expand: bool, *, last: bool) -> Any:
    if not isinstance(sep, str):
        raise TypeError(f"must be str, not {type(sep).__name__}")
    if not sep:
        raise ValueError("empty separator")
    if not expand or texts._of_labels:
        raise Unsupported("Series.str.partition(expand=False)", "columns hold no tuples", "expand=True")
    part = functools.partial(strings.Affix, sep=sep, last=last)
    names = ("before", "separator", "after")
    return texts._columns({at: functools.partial(part, part=name) for at, name in enumerate(names)})
