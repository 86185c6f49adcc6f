"""The planner: walks an optimised plan bottom up and cuts it into stages where rows must change places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from bigframe.errors import PlanError
from bigframe.plan.node import Plan
from bigframe.plan.node import plans as plans_under
from bigframe.plan.scan import Scan
from engine.kernels.relational.leaves import Read
from engine.optimizer.estimates import Estimate
from engine.optimizer.liveness import Demand
from engine.planner.finished import History
from engine.planner.stages import Branch, Output, Part, Piece, Share, Stage
from engine.planner.zones import Zones
from engine.sizing import Sizing


@dataclass
class Planner:
    """What planning needs to know, and the stages made so far.

    Planning is a function of the plan and of what has run: made again after a stage has run, it decides the same where
    nothing new is known, so a job that begins again finds its finished stages.

    Attributes
    ----------
    sizing
        Into how many tasks rows are divided.
    split
        Divides a scan's rows among tasks.
    zones
        Knows the bounds of columns in these parts.
    demands
        What is observed of each node, by digest.
    estimates
        Of each node, by digest.
    shared
        Digests of nodes whose rows are kept for several readers.
    history
        What has run.
    finer
        Into how many times more tasks what a stage wrote is divided, by its key.
    sizes
        Estimated bytes of what each stage makes.
    made
        Of stages that hold the rows of a node, its digest.
    waits
        Stages that should run after another one, with it.
    """

    sizing: Sizing
    split: Callable[[Scan], tuple[Part, ...]]
    zones: Zones
    demands: Mapping[str, Demand]
    estimates: Mapping[str, Estimate]
    shared: frozenset[str]
    history: History = field(default_factory=History)
    finer: Mapping[str, int] = field(default_factory=dict)
    stages: dict[str, Stage] = field(default_factory=dict)
    sizes: dict[str, float] = field(default_factory=dict)
    made: dict[str, str | None] = field(default_factory=dict)
    waits: dict[str, str] = field(default_factory=dict)

    def ordered(self, node: Plan) -> bool:
        """Whether anything above sees the row order of a node."""
        return self.demands[node.digest].order

    def close(self, piece: Piece, output: Output, sample: tuple[str, ...] = ()) -> str:
        """End a stage; the key under which others read it.

        A stage that has run stays as it is, though what it made says that it should have had more or fewer partitions.
        """
        stage = Stage(piece.branches, output, sample)
        for found in self.history.holding(piece.branches, output.kind):
            if replace(stage, output=replace(output, partitions=found.stage.output.partitions)).key == found.stage.key:
                stage = found.stage
        self.stages[stage.key] = stage
        self.sizes[stage.key] = piece.bytes
        self.made[stage.key] = piece.of
        return stage.key

    def read(
        self,
        stage: str,
        *,
        tasks: int,
        everything: bool = False,
        position: str | None = None,
        shares: tuple[Share, ...] | None = None,
    ) -> Branch:
        """A branch that reads what a stage wrote."""
        found = self.history.get(stage)
        fields = tuple((found.stage if found else self.stages[stage]).schema.items())
        leaf = Read(stage, fields, everything, position)
        return Branch(leaf, tasks, reads={} if shares is None else {leaf.digest: shares})

    def wait(self, piece: Piece, first: Piece) -> None:
        """Have an exchange wait until another one has run, on whose size depends whether there should be one."""
        later, sooner = piece.branches[0].plan, first.branches[0].plan
        if isinstance(later, Read) and isinstance(sooner, Read) and not self._runs_after(sooner.stage, later.stage):
            self.waits[later.stage] = sooner.stage

    def _runs_after(self, stage: str, other: str) -> bool:
        """Whether a stage is another one, reads it or waits for it, however indirectly."""
        reads = self.stages[stage].reads if stage in self.stages else ()
        before = [*reads, *([self.waits[stage]] if stage in self.waits else [])]
        return stage == other or any(self._runs_after(one, other) for one in before)

    def ready(self, coming: Mapping[str, Stage]) -> dict[str, Stage]:
        """The stages that may run now: all that they read has run."""
        ready = {
            key: stage
            for key, stage in coming.items()
            if not any(read in coming for read in stage.reads) and self.waits.get(key) not in coming
        }
        if coming and not ready:
            raise PlanError(f"{len(coming)} stages wait for each other")
        return ready

    def plan(self, root: Plan) -> Piece:
        """The open piece whose rows are those of a plan."""
        pieces: dict[str, Piece] = {}
        for node in plans_under(root):
            if node.digest not in pieces:
                pieces[node.digest] = self._lower(node, [pieces[child.digest] for child in node.inputs])
        return pieces[root.digest]

    def _lower(self, node: Plan, inputs: list[Piece]) -> Piece:
        if type(node) not in _lowerings:
            raise PlanError(f"{type(node).__name__} cannot be planned")
        piece = _lowerings[type(node)](self, node, *inputs)
        estimate = self.estimates.get(node.digest, Estimate(piece.rows, piece.bytes))
        piece = replace(piece, rows=estimate.rows, bytes=estimate.bytes, of=node.digest)
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
    return replace(piece, branches=tuple(branch.over(make(branch.plan)) for branch in piece.branches), of=None)


def along(piece: Piece, make: Callable[[Plan], Plan]) -> Piece:
    """The piece with one more node on every branch, which leaves the rows as they are but for order and columns."""
    return replace(piece, branches=tuple(branch.over(make(branch.plan)) for branch in piece.branches))
