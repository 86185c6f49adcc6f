"""Concatenation of rows: labels, dtypes and indexes of several frames brought together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import rules
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.casting import Widen
from bigframe.plan.concat import Concat
from bigframe.plan.project import Project
from bigframe.schema import NULL, DType
from bigframe.semantics.frame import Frame, type_in_common
from bigframe.semantics.values import literal


def stack(frames: Sequence[Frame], labels: Sequence[Hashable], *, ignore_index: bool) -> Frame:
    """The rows of frames one after another, under ``labels``; a column that a frame lacks is missing in its rows.

    Raises
    ------
    ValueError
        If a frame's labels repeat, so that columns cannot be matched by label.
    Unsupported
        If a column has no common dtype, or indexes have different numbers of levels.
    """
    parts = [frame.with_index(None) if ignore_index else frame.with_explicit_index() for frame in frames]
    levels = 0 if ignore_index else len(parts[0].index or ())
    for part in parts:
        if not ignore_index and len(part.index or ()) != levels:
            raise Unsupported(
                "concat of indexes with different numbers of levels",
                "pandas mixes labels and tuples",
                "ignore_index=True",
            )
    digests = [part.plan().digest for part in parts]
    names = [f"index{level}" for level in range(levels)] + [str(label) for label in labels]
    ids = [derive(name, str(number), *digests) for number, name in enumerate(names)]
    sources = [_sources(part, levels, labels) for part in parts]
    dtypes = [
        common([None if id is None else part.dtype(id) for part, id in zip(parts, column, strict=True)])
        for column in zip(*sources, strict=True)
    ]
    tables = [_aligned(part, source, ids, dtypes) for part, source in zip(parts, sources, strict=True)]
    base = Concat(tuple(tables), tuple(dtypes))
    index = None if ignore_index else tuple(zip(_index_names(parts), ids[:levels], strict=True))
    freqs = {part.freq for part in parts}
    freq, kind = freqs.pop() if len(freqs) == 1 else None, type_in_common(frames)
    return Frame(base, tuple(labels), tuple(ids[levels:]), index, label_type=kind, freq=freq)


def keyed(frames: Sequence[Frame], keys: Sequence[Any], names: Sequence[Hashable]) -> list[Frame]:
    """Frames with a key each as the first levels of their index, and with names for as many levels as there are."""
    marked = []
    for frame, key in zip(frames, keys, strict=True):
        rows, levels = frame.with_explicit_index(), []
        for value in key if isinstance(key, tuple) else (key,):
            rows, id = rows.define(literal(value), "key")
            levels.append((None, id))
        index = (*levels, *(rows.index or ()))
        given = [*names, *(name for name, _ in index[len(names) :])]
        marked.append(rows.with_index(tuple((name, id) for name, (_, id) in zip(given, index, strict=True))))
    return marked


def common(dtypes: Sequence[DType | None]) -> DType:
    """The dtype of stacked columns; ``None`` stands for a frame that lacks the column."""
    present = [dtype for dtype in dtypes if dtype is not None and not dtype.is_null]
    if not present:
        return NULL
    if all(dtype == present[0] for dtype in present):
        result = present[0]
    else:
        try:
            if len({dtype.is_bool for dtype in present}) > 1:
                raise TypeError(f"no common dtype for {' and '.join(map(str, present))}")
            result = rules.promote(*present)
        except TypeError as error:
            raise Unsupported(
                "concat of columns of several kinds", f"{error}, pandas makes objects of them", ".astype on one"
            ) from None
    return result.or_missing() if len(present) < len(dtypes) else result


def _sources(part: Frame, levels: int, labels: Sequence[Hashable]) -> list[str | None]:
    columns = [part.one(label) if part.find(label) else None for label in labels]
    return [*part.index_ids[:levels], *columns]


def _aligned(part: Frame, sources: Sequence[str | None], ids: Sequence[str], dtypes: Sequence[DType]) -> Project:
    definitions: list[tuple[str, Expr]] = []
    for id, source, dtype in zip(ids, sources, dtypes, strict=True):
        if source is None:
            definitions.append((id, Literal(None, dtype)))
        elif part.dtype(source).arrow != dtype.arrow:
            definitions.append((id, Widen(Column(source), dtype)))
        else:
            definitions.append((id, Column(source)))
    return Project(part.plan(), tuple(definitions), tuple(ids))


def _index_names(parts: Sequence[Frame]) -> list[Hashable]:
    names = [[name for name, _ in part.index or ()] for part in parts]
    return [level[0] if all(name == level[0] for name in level) else None for level in zip(*names, strict=True)]
