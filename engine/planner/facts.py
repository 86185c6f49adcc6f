"""What planning knows of a job: its plans, what is observed of them, and how much there is of everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from bigframe.plan.dear_steps import is_dear
from bigframe.plan.node import Plan
from bigframe.plan.scan import Scan
from bigframe.tree import Tree, walk
from engine.datasets import Datasets
from engine.kernels.relational.leaves import Read
from engine.optimizer.estimates import estimates
from engine.optimizer.liveness import demands
from engine.optimizer.walks import nodes_under
from engine.planner.finished import History
from engine.planner.holding import held
from engine.planner.lowering import Planner
from engine.planner.sharing import shared_nodes
from engine.planner.stages import Part, Stage
from engine.planner.zones import Zones
from engine.sizing import Sizing

BRIEF_BYTES = 1 << 30
"""In this process so much is read, and mostly answered, in seconds."""

STEP, MOST = 4, 16
"""A stage whose tasks die is divided into so many times more tasks, up to the second number in all."""


class Facts:
    """What does not change while a job runs, and planners that know what has run.

    Parameters
    ----------
    roots
        The plans to be planned now.
    whole
        All plans of the job: what they share is computed once.
    files
        What the scans read.
    sizing
        Into how many tasks rows are divided.

    Attributes
    ----------
    roots
        As given.
    apart
        Whether tasks should run in another process than the caller's.
    brief
        Whether the job is done in this process within seconds.
    """

    def __init__(self, roots: tuple[Plan, ...], whole: tuple[Plan, ...], files: Datasets, sizing: Sizing) -> None:
        self.roots = roots
        self._files = files
        self._all = (*whole, *roots)
        self._before = estimates(self._all, files)
        held = self._held()
        dear = any(map(is_dear, nodes_under(self._all)))
        self._sizing = replace(sizing, undivided=sizing.holds(held), dear=dear)
        self.apart = sizing.apart(held)
        in_here = sizing.adaptive and not (sizing.distributed or self.apart or dear)
        self.brief = in_here and sum(map(files.memory, self._scans())) <= BRIEF_BYTES
        self._demands = demands(self._all)
        self._shared = shared_nodes(whole) | (shared_nodes(roots) if roots != whole else frozenset())
        self._split = cache(self._split_scan)
        self._zones = Zones(files, self._split)
        self._finer: dict[str, int] = {}

    def planner(self, history: History) -> Planner:
        """A planner for the plans, after what has run."""
        observed = tuple(history.observed())
        return Planner(
            sizing=self._sizing,
            split=self._split,
            zones=self._zones,
            demands=self._demands,
            estimates=estimates(self._all, self._files, observed=observed) if observed else self._before,
            shared=self._shared,
            history=history,
            finer=self._finer,
        )

    @property
    def undivided(self) -> bool:
        """Whether each stage is one task, whatever the stages before it make."""
        return self._sizing.undivided and not self._finer

    def cut_finer(self, stage: Stage) -> bool:
        """Have what a stage reads divided among more tasks from now on; False if it has been as often as makes sense."""
        leaves = {node.digest: node for branch in stage.branches for node in walk(branch.plan)}
        names = [_name(leaf) for leaf in leaves.values() if isinstance(leaf, Scan) or _is_divided(leaf)]
        if not self._sizing.adaptive or not names or max(self._finer.get(name, 1) for name in names) >= MOST:
            return False
        self._finer.update({name: self._finer.get(name, 1) * STEP for name in names})
        self._split.cache_clear()
        self._zones = Zones(self._files, self._split)
        return True

    def _held(self) -> float:
        """Bytes that all operators and results would keep if nothing were divided."""
        results = sum(self._before[root.digest].bytes for root in self.roots)
        return results + sum(held(node, self._before) for node in nodes_under(self._all))

    def _scans(self) -> Iterator[Scan]:
        return (node for node in nodes_under(self._all) if isinstance(node, Scan))

    def _split_scan(self, scan: Scan) -> tuple[Part, ...]:
        return self._sizing.scan(scan, self._files, self._finer.get(scan.digest, 1))


def _is_divided(leaf: Tree) -> bool:
    return isinstance(leaf, Read) and not leaf.everything


def _name(leaf: Tree) -> str:
    return leaf.stage if isinstance(leaf, Read) else leaf.digest
