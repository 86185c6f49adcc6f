"""Cutting texts into pieces, as lists or as columns: ``split``, ``partition``, ``get_dummies``."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from bigframe.api.binding.tiers import pandas_method
from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import reductions, strings
from bigframe.ops.arithmetic import Add
from bigframe.ops.base import Column, Expr
from bigframe.ops.casting import Cast, Widen
from bigframe.ops.lists import ListGet, ListLength
from bigframe.plan.aggregate import Aggregate
from bigframe.schema import Family
from bigframe.semantics import selecting
from bigframe.semantics.casting import target_dtype
from bigframe.semantics.frame import Frame
from bigframe.semantics.values import literal

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


def get_dummies(texts: StringMethods, sep: str = "|", dtype: Any = None) -> Any:
    """A column per piece that occurs, which says whose texts have it; one job, announced, asks for the pieces."""
    if dtype is not None and not (is_numeric_dtype(dtype) or is_bool_dtype(dtype)):
        raise ValueError("Only numeric or boolean dtypes are supported for 'dtype'")
    series = texts._series
    kind = strings.to_string(series._dtype)
    if texts._of_labels or len(sep) != 1 or series._dtype != kind or kind.family is Family.ARROW:
        raise Unsupported("Series.str.get_dummies", "pieces are looked up between separators of one character")
    to = target_dtype("int64" if dtype is None else dtype)

    def marked(x: Expr, tag: str) -> Expr:
        """Whether a piece stands between separators; missing texts have none."""
        edge = literal(sep, kind)
        return Cast(strings.ContainsText(Add(Add(edge, x), edge), f"{sep}{tag}{sep}", na=False), to)

    # Python's form of it has no column for the piece that is empty.
    tags = [tag for tag in _tags(series._frame, sep) if tag or not kind.is_python_text]
    return texts._columns({tag: functools.partial(marked, tag=tag) for tag in tags})


def _tags(frame: Frame, sep: str) -> list[str]:
    from bigframe.api.binding.fallbacks import look_ahead

    rows, id = frame.with_index(None).define(strings.SplitText(Column(frame.ids[0]), sep))
    pieces = selecting.explode(rows.select(("pieces",), (id,)), ["pieces"], ignore_index=True)
    (seen,) = look_ahead("str.get_dummies", [selecting.distinct(pieces, pieces.ids, "any", ignore_index=True)])
    return sorted(seen["pieces"].dropna())


def _pieces(
    texts: StringMethods, path: str, pat: Any, n: int | None, expand: bool, literal: bool, options: dict[str, Any]
) -> Any:
    splits = n if n is not None and n > 0 else -1
    dtype = strings.to_list(texts._series._dtype)

    def pieces(x: Expr) -> Expr:
        # Arrow's own kernel, which pandas calls, has an empty word where a text begins or ends with spaces.
        if pat is None and splits == -1 and dtype.family is not Family.ARROW:
            return strings.SplitWords(x)
        if literal:
            return strings.SplitText(x, pat, splits, last=path == "str.rsplit")
        return pandas_method(x, path, () if pat is None else (pat,), {"n": n, **options}, dtype)

    if not expand:
        return texts._apply(pieces)
    if texts._of_labels:
        raise Unsupported("Index.str.split(expand=True)", "pandas makes a MultiIndex of it")
    if texts._source is not texts._series:
        raise Unsupported("Series.str.split(expand=True) of objects", "where a text has fewer pieces, None stands")

    def piece(x: Expr, at: int) -> Expr:
        return Widen(ListGet(pieces(x), at), strings.to_string(texts._series._dtype))

    width = splits + 1 if splits > 0 else _most_pieces(texts._series._frame, pieces, path)
    return texts._columns({at: functools.partial(piece, at=at) for at in range(width)})


def _most_pieces(frame: Frame, pieces: Callable[[Expr], Expr], path: str) -> int:
    """How many columns the longest list fills, by one job, which is announced."""
    from bigframe.api.binding.fallbacks import look_ahead

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
