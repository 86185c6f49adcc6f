"""Rows of two frames matched by their index labels, as operators match them."""

from __future__ import annotations

import contextlib
from functools import reduce
from typing import Any

from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.ops import reductions
from bigframe.ops.base import Column, Expr, Literal, Scalar
from bigframe.ops.casting import Widen
from bigframe.ops.comparison import Eq
from bigframe.ops.conditional import Where
from bigframe.ops.logical import And, Or
from bigframe.ops.missing import Coalesce, IsNull, NotNull
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.join import Join
from bigframe.plan.project import Project
from bigframe.plan.sort import Sort
from bigframe.schema import BOOL, INT64
from bigframe.semantics.elementwise import NotAligned, beside, numbered, rename
from bigframe.semantics.frame import Frame, Label, same_label
from bigframe.semantics.joining import is_missing_last
from bigframe.semantics.values import filling, filling_hole


def matched(left: Frame, right: Frame, *, validate: str | None = None) -> tuple[Frame, Frame]:
    """Both frames over the rows of either: as they are where their indexes are equal, else by label and sorted.

    Parameters
    ----------
    validate
        ``"1:1"`` makes it an error if labels repeat and the indexes are not equal.

    Raises
    ------
    Unsupported
        If their labels have other dtypes, or are of several levels of other names.
    """
    try:
        return beside(left, right)
    except NotAligned:
        return _by_label(left.with_explicit_index(), right.with_explicit_index(), validate)


def united(left: Frame, right: Frame) -> tuple[Frame, Frame]:
    """Both frames over the rows of either, those of the left first, each in its order; labels must not repeat.

    Raises
    ------
    Unsupported
        As of :func:`matched`, and if the labels are times, which pandas sorts.
    """
    try:
        return beside(left, right)
    except NotAligned:
        rows, others = left.with_explicit_index(), right.with_explicit_index()
        if any(rows.dtype(id).is_datetime for id in rows.index_ids):
            raise Unsupported("uniting times", "pandas sorts them") from None
        names = [[name for name, _ in frame.index or ()] for frame in (rows, others)]
        named = tuple(
            (name if same_label(name, other) else None, id)
            for name, other, id in zip(*names, rows.index_ids, strict=False)
        )
        return _by_label(rows.with_index(named), others, "1:1", sort=False)


def looked_up(frame: Frame, labels: Frame, fill: Any = None) -> Frame:
    """The rows of a frame with given index labels, in their order; missing values, or ``fill``, where it has none.

    Raises
    ------
    Unsupported
        If rows have labels of several levels, or of another dtype, or a column does not hold ``fill``.
    TypeError
        If a column with a missing value of its own does not hold ``fill``.
    """
    rows, mark = frame.with_explicit_index().define(Literal(True, BOOL), "known")
    if len(rows.index_ids) != 1:
        raise Unsupported("looking up labels of several levels", "they are tuples")
    (wanted,), (known,) = labels.ids, rows.index_ids
    _require_alike(labels.with_index(((None, wanted),)).select((), ()), rows.select((), ()))
    wanted_rows, at = numbered(labels.with_index(None), "labels")
    (wanted,) = wanted_rows.ids
    renamed, ids = rename(rows, f"rows of {wanted}", mark)
    marked = renamed.plan(ids[mark])
    joined = Join(wanted_rows.plan(at), marked, (wanted,), (ids[known],), "left", validate="label:1")
    name = rows.index[0][0] if rows.index else None
    found = renamed.rebased(Sort(joined, ((at, False, True),)), index=((name, wanted),))
    if fill is None:
        return found
    filled = []
    for id in found.ids:
        dtype = renamed.dtype(id)
        value = Where(IsNull(Column(ids[mark])), filling(fill, dtype), Column(id))
        found, id = found.define(Widen(value, dtype))
        filled.append(id)
    return found.select(found.labels, filled)


def paired(left: Frame, right: Frame) -> tuple[list[Label], list[tuple[str | None, str | None]]]:
    """The labels of either frame's columns, and each one's column on both sides; None where a side lacks it.

    Raises
    ------
    Unsupported
        If labels of other columns repeat.
    """
    if left.labels == right.labels:
        return list(left.labels), list(zip(left.ids, right.ids, strict=True))
    if any(len(set(frame.labels)) < len(frame.labels) for frame in (left, right)):
        raise Unsupported("operators on frames with other columns of repeated labels", "pandas pairs all of them")
    labels = list(dict.fromkeys((*left.labels, *right.labels)))
    with contextlib.suppress(TypeError):
        labels = sorted(labels)  # type: ignore[type-var]
    found = [(left.find(label), right.find(label)) for label in labels]
    return labels, [(mine[0] if mine else None, theirs[0] if theirs else None) for mine, theirs in found]


def without_holes(rows: Frame, left: str, right: str, value: Any) -> tuple[Frame, str, str]:
    """Two columns with a value where one of them, not both, is missing."""
    filled: list[Expr] = []
    for id, other in ((left, right), (right, left)):
        dtype = rows.dtype(id)
        if dtype.never_missing:
            filled.append(Column(id))
        else:
            lacks = And(IsNull(Column(id)), NotNull(Column(other)))
            filled.append(Where(lacks, filling_hole(value, dtype), Column(id)))
    rows, left = rows.define(filled[0])
    rows, right = rows.define(filled[1])
    return rows, left, right


def _by_label(left: Frame, right: Frame, validate: str | None, *, sort: bool = True) -> tuple[Frame, Frame]:
    _require_alike(left, right)
    same = equal(left.select((), ()), right.select((), ()))
    zero = Literal(0, INT64)
    left_rows, left_at = numbered(left, "left")
    right_rows, right_at = numbered(right, "right")
    # Where the indexes are equal, a label that repeats has the partner at its own place only.
    left_rows, left_place = left_rows.define(Where(same, Column(left_at), zero))
    right_rows, right_place = right_rows.define(Where(same, Column(right_at), zero))
    joined = Join(
        left_rows.plan(left_at, left_place),
        right_rows.plan(right_at, right_place),
        (*left_rows.index_ids, left_place),
        (*right_rows.index_ids, right_place),
        "outer",
        ordered=False,
        validate=validate,
    )
    made: list[tuple[str, Expr]] = [(derive("place", joined.digest), Where(same, Column(left_at), zero))]
    for mine, theirs in zip(left_rows.index_ids, right_rows.index_ids, strict=True):
        label = Widen(Coalesce(Column(mine), Column(theirs)), left_rows.dtype(mine))
        made.append((derive("label", mine, joined.digest), label))
    place, *labels = (id for id, _ in made)
    outputs = dict.fromkeys((*left_rows.ids, *right_rows.ids, left_at, right_at, *(id for id, _ in made)))
    both = Project(joined, tuple(made), tuple(outputs))
    last = [is_missing_last(left_rows.dtype(id)) for id in left_rows.index_ids]
    keys = [(place, True), *zip(labels, last, strict=True)] if sort else []
    keys += [(left_at, True), (right_at, True)]
    rows = Sort(both, tuple((id, False, nulls_last) for id, nulls_last in keys))
    index = tuple(zip((name for name, _ in left.index or ()), labels, strict=True))
    return left_rows.rebased(rows, index=index), right_rows.rebased(rows, index=index)


def _require_alike(left: Frame, right: Frame) -> None:
    mine, theirs = ([name for name, _ in frame.index or ()] for frame in (left, right))
    if len(mine) != len(theirs) or len(mine) > 1 and mine != theirs:
        raise Unsupported("aligning indexes of other levels", "pandas matches those in common")
    for one, other in zip(left.index_ids, right.index_ids, strict=True):
        if left.dtype(one).settled() != right.dtype(other).settled() or left.dtype(one).categories is not None:
            raise Unsupported("aligning indexes of several dtypes", "pandas finds a common one")
    dtypes = (*left.dtypes, *right.dtypes)
    if len({dtype.family for dtype in dtypes}) > 1 and any(dtype.never_missing for dtype in dtypes):
        raise Unsupported("aligning NumPy's integers with nullable values", "with a hole they are floats")


def equal(left: Frame, right: Frame) -> Scalar:
    """Whether two frames have the same index labels and values in the same order; missing ones are equal.

    Raises
    ------
    TypeError
        If two columns do not compare.
    """
    mine, left_at = numbered(left, "one of equals")
    theirs, right_at = numbered(right, "other of equals")
    joined = Join(mine.plan(left_at), theirs.plan(right_at), (left_at,), (right_at,), "outer", ordered=False)
    alike: list[Expr] = [NotNull(Column(left_at)), NotNull(Column(right_at))]
    ids = zip((*mine.index_ids, *mine.ids), (*theirs.index_ids, *theirs.ids), strict=True)
    for x, y in ((Column(one), Column(other)) for one, other in ids):
        alike.append(Or(And(IsNull(x), IsNull(y)), Coalesce(Eq(x, y), Literal(False, BOOL))))
    rows, id = Frame(joined, (), ()).define(reduce(And, alike))
    answer = derive("equal", id, joined.digest)
    plan = Aggregate(rows.plan(id), (), ((answer, reductions.All(Column(id))),))
    return Scalar(plan, answer, plan.schema[answer])
