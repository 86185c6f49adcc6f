"""The planner: walks an optimised plan bottom up and cuts it into stages where rows must change places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from bigframe.errors import PlanError
from bigframe.plan.node import Plan
from bigframe.plan.scan import Scan
from bigframe.tree import walk
from engine.kernels.relational.leaves import Read
from engine.optimizer.estimates import Estimate
from engine.optimizer.liveness import Demand
from engine.planner.stages import Branch, Output, Part, Piece, Stage


@dataclass
class Planner:
    """What planning needs to know, and the stages made so far.

    Attributes
    ----------
    split
        Divides a scan's rows among tasks.
    partitions
        How many partitions an exchange of so many bytes has.
    demands
        What is observed of each node, by digest.
    broadcast_bytes
        Below this a join's smaller side goes to every task whole.
    sizes
        Estimated bytes of what each stage makes.
    """

    split: Callable[[Scan], tuple[Part, ...]]
    partitions: Callable[[float], int]
    demands: Mapping[str, Demand]
    estimates: Mapping[str, Estimate]
    shared: frozenset[str]
    broadcast_bytes: float = 64 << 20
    stages: dict[str, Stage] = field(default_factory=dict)
    sizes: dict[str, float] = field(default_factory=dict)

    def ordered(self, node: Plan) -> bool:
        """Whether anything above sees the row order of a node."""
        return self.demands[node.digest].order

    def close(self, piece: Piece, output: Output, sample: tuple[str, ...] = ()) -> str:
        """End a stage; the key under which others read it."""
        stage = Stage(piece.branches, output, sample)
        self.stages[stage.key] = stage
        self.sizes[stage.key] = piece.bytes
        return stage.key

    def read(self, stage: str, *, tasks: int, everything: bool = False, position: str | None = None) -> Branch:
        """A branch that reads what a stage wrote."""
        fields = tuple(self.stages[stage].schema.items())
        return Branch(Read(stage, fields, everything, position), tasks)

    def plan(self, root: Plan) -> Piece:
        """The open piece whose rows are those of a plan."""
        pieces: dict[str, Piece] = {}
        for node in walk(root):
            if isinstance(node, Plan) and node.digest not in pieces:
                pieces[node.digest] = self._lower(node, [pieces[child.digest] for child in node.inputs])
        return pieces[root.digest]

    def _lower(self, node: Plan, inputs: list[Piece]) -> Piece:
        if type(node) not in _lowerings:
            raise PlanError(f"{type(node).__name__} cannot be planned")
        piece = _lowerings[type(node)](self, node, *inputs)
        estimate = self.estimates.get(node.digest, Estimate(piece.rows, piece.bytes))
        piece = replace(piece, rows=estimate.rows, bytes=estimate.bytes)
        if node.digest in self.shared:
            stage = self.close(piece, Output("keep", piece.tasks))
            piece = replace(piece, branches=(self.read(stage, tasks=piece.tasks),))
        return piece


Lowering = Callable[..., Piece]
_lowerings: dict[type[Plan], Lowering] = {}


def plans(*nodes: type[Plan]) -> Callable[[Lowering], Lowering]:
    """Register ``function(planner, node, *pieces) -> Piece`` for node classes."""

    def register(function: Lowering) -> Lowering:
        for node in nodes:
            _lowerings[node] = function
        return function

    return register


def extend(piece: Piece, make: Callable[[Plan], Plan]) -> Piece:
    """The piece with one more node on every branch."""
    return replace(piece, branches=tuple(replace(branch, plan=make(branch.plan)) for branch in piece.branches))
