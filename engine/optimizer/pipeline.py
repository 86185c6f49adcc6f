"""The pipeline: which rules run, in which order, and why in that order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bigframe.plan.node import Plan
from bigframe.tree import walk
from engine.optimizer.rules.merge_projections import merge_projections
from engine.optimizer.rules.number_in_scan import number_in_scan
from engine.optimizer.rules.prune import prune
from engine.optimizer.rules.push_filters_down import push_filters_down
from engine.optimizer.rules.push_into_scan import push_into_scan
from engine.optimizer.rules.push_limits_down import push_limits_down
from engine.optimizer.rules.unnest_membership import unnest_membership

Rule = Callable[[Plan], Plan | None]
Pass = Callable[[tuple[Plan, ...]], tuple[Plan, ...]]
MAX_ROUNDS = 30


@dataclass(frozen=True)
class Batch:
    """Local rules that run until nothing changes."""

    name: str
    rules: tuple[Rule, ...]


PUSHDOWN = Batch("pushdown", (merge_projections, push_filters_down, push_limits_down))
PIPELINE: tuple[Batch | Pass, ...] = (
    prune,  # first: a number or a sort that nobody observes stands in the way of filters
    PUSHDOWN,
    prune,  # filters that moved down freed masks, which must not become joins below
    Batch("membership", (unnest_membership,)),
    PUSHDOWN,
    Batch("positions", (number_in_scan, merge_projections)),  # before scans take predicates, which change positions
    prune,  # filters that moved down freed columns above them
    Batch("scan", (merge_projections, push_into_scan)),  # last: needs the final filters
)


def optimize(roots: tuple[Plan, ...], trace: list[str] | None = None) -> tuple[Plan, ...]:
    """The same tables from cheaper plans; ``trace`` collects the names of the rules that changed something."""
    for step in PIPELINE:
        if isinstance(step, Batch):
            roots = _fixed_point(step, roots, trace)
        else:
            before = tuple(root.digest for root in roots)
            roots = step(roots)
            if trace is not None and tuple(root.digest for root in roots) != before:
                trace.append(getattr(step, "__name__", str(step)))
    return roots


def _fixed_point(batch: Batch, roots: tuple[Plan, ...], trace: list[str] | None) -> tuple[Plan, ...]:
    for _ in range(MAX_ROUNDS):
        before = tuple(root.digest for root in roots)
        roots = _apply(batch, roots, trace)
        if tuple(root.digest for root in roots) == before:
            break
    return roots


def _apply(batch: Batch, roots: tuple[Plan, ...], trace: list[str] | None) -> tuple[Plan, ...]:
    """Each rule at each node once, children before parents."""
    done: dict[int, object] = {}
    by_digest: dict[str, object] = {}
    for node in walk(*roots):
        rebuilt = node.map_children(lambda child: done[id(child)])
        if isinstance(rebuilt, Plan):
            if rebuilt.digest in by_digest:
                rebuilt = by_digest[rebuilt.digest]  # type: ignore[assignment]
            else:
                start = rebuilt.digest
                for rule in batch.rules:
                    changed = rule(rebuilt)  # type: ignore[arg-type]
                    if changed is not None:
                        rebuilt = changed
                        if trace is not None:
                            trace.append(rule.__name__)
                by_digest[start] = rebuilt
        done[id(node)] = rebuilt
    return tuple(done[id(root)] for root in roots)  # type: ignore[misc]
