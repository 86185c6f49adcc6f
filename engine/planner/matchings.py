"""Planning of joins: a small side goes to every task, else both sides meet by the hash of their keys."""

from __future__ import annotations

from dataclasses import replace

from bigframe.ids import derive, stem
from bigframe.ops.base import Column
from bigframe.plan.join import Join
from bigframe.plan.project import Project
from engine.planner.arranging import arranged, follow, is_movable
from engine.planner.broadcasting import INLINE_BYTES, broadcast
from engine.planner.clustering import partners
from engine.planner.exchanges import gather, resumed, scatter, select, with_order_columns
from engine.planner.planner import Planner, along, plans
from engine.planner.stages import Branch, Output, Piece, side_by_side
from engine.sizing import SPARE

MANY = 4
"""So many times the bytes of the rows that are looked for: where these are looked up first, the rest stays where it is."""


@plans(Join)
def join(planner: Planner, node: Join, left: Piece, right: Piece) -> Piece:
    ordered = planner.ordered(node) and node.ordered
    left, right = _apart(node, left, "left"), _apart(node, right, "right")
    if left.single and right.single:
        left, right = gather(planner, left, ordered=ordered), gather(planner, right, ordered=ordered)
        return Piece((_joined(node, left.branches[0], right.branches[0]),), positional=ordered)
    most = planner.sizing.broadcast_bytes
    zoned = None if ordered or node.validate is not None else _zoned(planner, node, left, right)
    if zoned is not None:
        return zoned
    if node.how in ("semi", "anti") and left.bytes <= most and right.bytes > max(INLINE_BYTES, MANY * left.bytes):
        left, right = _narrowed(planner, node, left, right)
    small = node.how == "cross" or node.validate is None and right.bytes <= most
    if small and node.how in ("inner", "left", "semi", "anti", "cross"):
        (left,) = arranged(planner, _resumed(planner, node, left, "left", ordered=ordered))
        whole = broadcast(planner, right, _scattered(node, right, "right", ordered=ordered), ordered=ordered, to=left)
        kept = left if ordered else replace(left, order=(), positional=False)
        return replace(kept, branches=tuple(_joined(node, branch, whole) for branch in left.branches), of=None)
    if node.validate is None and left.bytes <= most and node.how == "inner":
        (right,) = arranged(planner, _resumed(planner, node, right, "right", ordered=ordered))
        left, right = (
            _scattered(node, piece, side, ordered=ordered) for piece, side in ((left, "left"), (right, "right"))
        )
        whole = broadcast(planner, left, left, ordered=False, to=right)
        branches = tuple(_joined(node, whole, branch, tasks=branch.tasks) for branch in right.branches)
        order = (*left.order, *right.order) if ordered else ()
        return replace(right, branches=branches, order=order, positional=False, of=None)
    left = _scattered(node, _resumed(planner, node, left, "left", ordered=ordered), "left", ordered=ordered)
    right = _scattered(node, _resumed(planner, node, right, "right", ordered=ordered), "right", ordered=ordered)
    left, right = _met(planner, node, left, right, ordered=ordered)
    kept, other = (right, left) if node.how == "right" else (left, right)
    order = (*kept.order, *(() if node.how in ("semi", "anti") else other.order))
    return replace(
        kept,
        branches=(_joined(node.replace(ordered=False), left.branches[0], right.branches[0]),),
        order=order if ordered else (),
        positional=False,
        hashed_on=None if node.how == "outer" else kept.hashed_on,
        of=None,
    )


def _zoned(planner: Planner, node: Join, left: Piece, right: Piece) -> Piece | None:
    """Each task of one side with the rows of the other one that may match its own, which it reads from the files."""
    has_run = any(planner.history.holding(side.branches, kind) for side in (left, right) for kind in ("gather", "hash"))
    if has_run or node.how not in ("inner", "left", "semi", "anti"):
        return None
    kept = right if node.how == "inner" and right.tasks > left.tasks else left
    other = right if kept is left else left
    if other.bytes <= INLINE_BYTES or other.tasks > kept.tasks:
        return None
    if kept is left:
        found = partners(planner, left, node.left_on, right, node.right_on)
    else:
        found = partners(planner, right, node.right_on, left, node.left_on)
    if found is None:
        return None
    sides = (kept.branches[0], found) if kept is left else (found, kept.branches[0])
    return replace(kept, branches=(_joined(node, *sides, tasks=kept.tasks),), order=(), positional=False, of=None)


def _narrowed(planner: Planner, node: Join, left: Piece, right: Piece) -> tuple[Piece, Piece]:
    """The sides of a semi- or anti-join, the right one without the rows whose keys the left one lacks: few are handed over."""
    kept = planner.close(left, Output("keep", left.tasks))
    left = replace(left, branches=(planner.read(kept, tasks=left.tasks),), hashed_on=None, shares=None)
    whole = replace(left, branches=(planner.read(kept, tasks=right.tasks, everything=True),))
    keys = select(whole, node.left_on).branches[0]
    members = Join(node.right, node.left, node.right_on, node.left_on, "semi", ordered=False, narrows=True)
    found = tuple(_joined(members, branch, keys, tasks=branch.tasks) for branch in right.branches)
    return left, replace(right, branches=found, order=(), positional=False, bytes=left.bytes, of=None)


def _met(planner: Planner, node: Join, left: Piece, right: Piece, *, ordered: bool) -> tuple[Piece, ...]:
    """Both sides divided by the hash of the join's keys, rows with equal keys in one task."""
    sides, keys = [left, right], (node.left_on, node.right_on)
    divided = [piece for piece, on in zip(sides, keys, strict=True) if _hashed(piece, on)]
    anchor = max(divided, key=lambda piece: (not is_movable(piece), piece.bytes), default=None)
    buckets = max(planner.sizing.exchange(piece.bytes) for piece in sides)
    if anchor is not None and anchor.buckets * SPARE >= buckets:
        buckets = anchor.buckets
    else:
        anchor = None
    # What turns out small while it is exchanged goes to every task whole, so the smaller side comes first.
    first, second = (0, 1) if left.bytes <= right.bytes else (1, 0)
    for number in (first, second):
        piece = sides[number]
        alike = anchor is not None and piece.buckets == buckets and (is_movable(piece) or piece.shares == anchor.shares)
        if piece is not anchor and not (alike and _hashed(piece, keys[number])):
            sides[number] = scatter(planner, piece, keys[number], buckets, ordered=ordered)
    planner.wait(sides[second], sides[first])
    if anchor is not None and not is_movable(anchor):
        return tuple(follow(planner, piece, anchor) for piece in sides)
    return arranged(planner, *sides, split=_splittable(node, *sides))


def _hashed(piece: Piece, keys: tuple[str, ...]) -> bool:
    return piece.hashed_on == keys and len(piece.branches) == 1


def _splittable(node: Join, left: Piece, right: Piece) -> int | None:
    """The side whose rows meet the other's one by one, so that a partition of it may be divided: the larger, if both."""
    if node.validate is not None or node.how == "outer":
        return None
    if node.how == "inner":
        return 0 if left.bytes >= right.bytes else 1
    return 1 if node.how == "right" else 0


def _scattered(node: Join, piece: Piece, side: str, *, ordered: bool) -> Piece:
    """The piece with its order in columns, if it is observed."""
    return _apart(node, with_order_columns(piece), side) if ordered and piece.positional else piece


def _resumed(planner: Planner, node: Join, piece: Piece, side: str, *, ordered: bool) -> Piece:
    return resumed(planner, piece, _scattered(node, piece, side, ordered=ordered), ordered=ordered)


def _apart(node: Join, piece: Piece, side: str) -> Piece:
    """The columns that the join takes from a side, and those of its order under names that the other side lacks."""
    ids = tuple((node.left if side == "left" else node.right).schema)
    carried = {key: derive(stem(key), key, side, node.digest) for key, _, _ in piece.order if key not in ids}
    if not carried:
        return select(piece, ids)
    renamed = tuple((new, Column(old)) for old, new in carried.items())
    order = tuple((carried.get(key, key), descending, last) for key, descending, last in piece.order)
    return replace(along(piece, lambda plan: Project(plan, renamed, (*ids, *carried.values()))), order=order)


def _joined(node: Join, left: Branch, right: Branch, *, tasks: int | None = None) -> Branch:
    return side_by_side(node.replace(left=left.plan, right=right.plan), tasks or left.tasks, left, right)
