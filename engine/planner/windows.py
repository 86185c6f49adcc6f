"""Planning of projections with windows: rows in order, and tasks that tell each other what lies at their edges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bigframe.ids import derive
from bigframe.ops.base import Column, Expr, columns_read, is_window
from bigframe.ops.windows import Window
from bigframe.plan.project import Project
from bigframe.plan.sort import Sort
from engine.kernels.relational.leaves import Origin
from engine.kernels.relational.window import WindowAmong, WindowEdges
from engine.planner.exchanges import in_ranges, select, shuffle, sorted_piece
from engine.planner.planner import Planner, extend
from engine.planner.stages import Branch, Output, Piece


def windowed(planner: Planner, node: Project, piece: Piece) -> Piece:
    """A projection whose definitions look at other rows, in as few steps as they allow."""
    node = _unnested(node)
    if piece.single:
        whole = extend(sorted_piece(piece), lambda plan: node.replace(input=plan))
        return replace(whole, order=(), positional=True, hashed_on=None)
    steps = list(_steps(node))
    for number, step in enumerate(steps):
        # Rows are about to travel: only columns that are read later go with them.
        later = frozenset(node.outputs).union(*(other.reads for other in steps[number + 1 :]))
        piece = _defined(piece, step.before, later | step.reads)
        if step.windows:
            piece = _beside_all(planner, piece, step.windows) if not step.keys else _by_key(planner, piece, step)
            piece = _defined(piece, (), later)
    return select(piece, (*node.outputs, *(key for key, _, _ in piece.order if key not in node.outputs)))


def _unnested(node: Project) -> Project:
    """The same columns, where every window is a definition of its own, over keys that are columns."""
    definitions: dict[str, Expr] = {}

    def named(expr: Expr) -> Column:
        id = derive(type(expr).__name__.lower(), expr.digest, node.digest)
        definitions[id] = expr
        return Column(id)

    def without(expr: Any) -> Any:
        if not isinstance(expr, Expr) or not is_window(expr):
            return expr
        inner = expr.map_children(lambda child: named(without(child)) if isinstance(child, Window) else without(child))
        if isinstance(inner, Window):
            inner = inner.replace(keys=tuple(key if isinstance(key, Column) else named(key) for key in inner.keys))
        return inner

    for id, expr in node.definitions:
        definitions[id] = without(expr)
    return node.replace(definitions=tuple(definitions.items()))


@dataclass
class _Step:
    """Definitions row by row, then windows over the same groups that read none of each other."""

    keys: tuple[str, ...] = ()
    before: tuple[tuple[str, Expr], ...] = ()
    windows: tuple[tuple[str, Window], ...] = ()

    @property
    def reads(self) -> frozenset[str]:
        return frozenset().union(*(columns_read(expr) for _, expr in (*self.before, *self.windows)))


def _steps(node: Project) -> Iterator[_Step]:
    """The definitions in an order in which each comes after what it reads."""
    waiting, known = node.definitions, set(node.input.schema)
    while waiting:
        ready: list[tuple[str, Expr]] = []
        for id, expr in waiting:
            if not is_window(expr) and columns_read(expr) <= known:
                ready.append((id, expr))
                known.add(id)
        windows = [(id, expr) for id, expr in waiting if isinstance(expr, Window) and columns_read(expr) <= known]
        keys = windows[0][1].keys if windows else ()
        chosen = tuple((id, expr) for id, expr in windows if _names(expr.keys) == _names(keys))
        known |= {id for id, _ in chosen}
        yield _Step(_names(keys), tuple(ready), chosen)
        left = tuple((id, expr) for id, expr in waiting if id not in known)
        assert len(left) < len(waiting), f"{left[0][0]} reads a column that nothing defines"
        waiting = left


def _names(keys: tuple[Expr, ...]) -> tuple[str, ...]:
    return tuple(key.id for key in keys if isinstance(key, Column))


def _defined(piece: Piece, definitions: tuple[tuple[str, Expr], ...], wanted: frozenset[str]) -> Piece:
    known = (*piece.schema, *(id for id, _ in definitions))
    kept = tuple(id for id in known if id in wanted or any(id == key for key, _, _ in piece.order))
    if not definitions and kept == tuple(piece.schema):
        return piece
    hashed = piece.hashed_on if piece.hashed_on is None or set(piece.hashed_on) <= set(kept) else None
    return replace(extend(piece, lambda plan: Project(plan, definitions, kept)), hashed_on=hashed)


def _beside_all(planner: Planner, piece: Piece, windows: tuple[tuple[str, Window], ...]) -> Piece:
    """Windows over all rows: each task reads its own, and of every other task a row of what lies at its edges."""
    piece = in_ranges(planner, piece)
    at = derive("place", *(branch.plan.digest for branch in piece.branches))
    stage = planner.close(extend(piece, lambda plan: Origin(plan, at)), Output("keep", piece.tasks))
    rows = planner.read(stage, tasks=piece.tasks)
    edges = replace(rows, plan=WindowEdges(rows.plan, at, windows))
    told = planner.close(replace(piece, branches=(edges,), bytes=0, of=None), Output("gather"))
    others = planner.read(told, tasks=piece.tasks, everything=True)
    return replace(piece, branches=(Branch(WindowAmong(rows.plan, others.plan, at, windows), piece.tasks),))


def _by_key(planner: Planner, piece: Piece, step: _Step) -> Piece:
    """Windows over groups: each in one task, its rows in order."""
    met = shuffle(planner, piece, step.keys, ordered=True)
    if met.order:
        met = extend(met, lambda plan: Sort(plan, met.order))
    return extend(met, lambda plan: Project(plan, step.windows, (*plan.schema, *(id for id, _ in step.windows))))
