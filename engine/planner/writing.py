"""Planning of sinks: each task writes its rows as one part, parts in row order."""

from __future__ import annotations

from dataclasses import replace

from bigframe.plan.sink import Sink
from engine.planner.exchanges import in_ranges, select
from engine.planner.planner import Planner, plans
from engine.planner.stages import Piece


@plans(Sink)
def sink(planner: Planner, node: Sink, piece: Piece) -> Piece:
    placed = in_ranges(planner, piece) if piece.order else piece
    return replace(select(placed, tuple(node.input.schema)), order=(), positional=True)
