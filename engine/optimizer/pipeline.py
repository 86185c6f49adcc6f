"""The pipeline: which rules run, in which order, and why in that order."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from bigframe.errors import PlanError
from bigframe.plan.node import Plan
from bigframe.tree import Tree, made_for, walk
from engine.optimizer.estimates import ScanFacts
from engine.optimizer.liveness import unresolved
from engine.optimizer.rules.imply_filters import imply_filters
from engine.optimizer.rules.inline_membership import inline_membership
from engine.optimizer.rules.merge_projections import merge_projections
from engine.optimizer.rules.number_in_scan import number_in_scan
from engine.optimizer.rules.order_joins import order_joins
from engine.optimizer.rules.prune import prune
from engine.optimizer.rules.push_filters_down import push_filters_down
from engine.optimizer.rules.push_into_scan import push_into_scan
from engine.optimizer.rules.push_limits_down import push_limits_down
from engine.optimizer.rules.unnest_membership import unnest_membership

Rule = Callable[[Plan], Plan | None]
Pass = Callable[[tuple[Plan, ...]], tuple[Plan, ...]]
MAX_ROUNDS = 30
CHECK = "BIGFRAME_CHECK_PLANS"


@dataclass(frozen=True)
class Batch:
    """Local rules that run until nothing changes."""

    name: str
    rules: tuple[Rule, ...]


PUSHDOWN = Batch(
    "pushdown",
    (
        merge_projections,
        imply_filters,  # before filters move: what it finds moves with them
        push_filters_down,
        push_limits_down,
    ),
)
PIPELINE: tuple[Batch | Pass, ...] = (
    prune,  # first: a number or a sort that nobody observes stands in the way of filters
    PUSHDOWN,
    Batch("inline", (inline_membership,)),  # after filters have moved as far as they go, before memberships are joins
    prune,  # filters that moved down freed masks, which must not become joins below
    Batch("membership", (unnest_membership,)),
    PUSHDOWN,
    Batch("positions", (number_in_scan, merge_projections)),  # before scans take predicates, which change positions
    prune,  # filters that moved down freed columns above them
    Batch("scan", (merge_projections, push_into_scan)),  # last: needs the final filters
)


def with_statistics(facts: ScanFacts) -> tuple[Batch | Pass, ...]:
    """The pipeline for plans whose files can be asked about."""

    def join_order(roots: tuple[Plan, ...]) -> tuple[Plan, ...]:
        return order_joins(roots, facts)

    # After the scans: estimates need the final filters. What it renames is pruned and merged away again.
    return (*PIPELINE, join_order, prune, Batch("tidy", (merge_projections,)))


def optimize(
    roots: tuple[Plan, ...], trace: list[str] | None = None, *, facts: ScanFacts | None = None
) -> tuple[Plan, ...]:
    """The same tables from cheaper plans; ``trace`` collects the names of the rules that changed something.

    With ``facts`` of the files joins are ordered too.

    Raises
    ------
    PlanError
        If ``CHECK`` is set in the environment and a step breaks a plan: other columns, ids that do not resolve, or a
        second run that changes something again. The message names the step.
    """
    checking = bool(os.environ.get(CHECK))
    for step in PIPELINE if facts is None else with_statistics(facts):
        before, roots = roots, run_step(step, roots, trace)
        if checking and _digests(roots) != _digests(before):
            _check(step, before, roots)
    return roots


def run_step(step: Batch | Pass, roots: tuple[Plan, ...], trace: list[str] | None = None) -> tuple[Plan, ...]:
    """What one step of the pipeline makes of plans."""
    if isinstance(step, Batch):
        return _fixed_point(step, roots, trace)
    changed = step(roots)
    if trace is not None and _digests(changed) != _digests(roots):
        trace.append(_name(step))
    return changed


def _fixed_point(batch: Batch, roots: tuple[Plan, ...], trace: list[str] | None) -> tuple[Plan, ...]:
    results: dict[str, Plan] = {}
    for _ in range(MAX_ROUNDS):
        before = _digests(roots)
        roots = _apply(batch, roots, results, trace)
        if _digests(roots) == before:
            break
    return roots


def _apply(
    batch: Batch, roots: tuple[Plan, ...], results: dict[str, Plan], trace: list[str] | None
) -> tuple[Plan, ...]:
    """Each rule at each node once, children first; ``results`` keeps what rules made of a node, by its digest."""
    done: dict[int, Tree] = {}
    for node in walk(*roots):
        rebuilt = node.map_children(lambda child: done[id(child)])
        if isinstance(rebuilt, Plan):
            if rebuilt.digest not in results:
                results[rebuilt.digest] = _rewritten(batch, rebuilt, trace)
            rebuilt = results[rebuilt.digest]
        done[id(node)] = rebuilt
    return tuple(done[id(root)] for root in roots)  # type: ignore[misc]


def _rewritten(batch: Batch, plan: Plan, trace: list[str] | None) -> Plan:
    for rule in batch.rules:
        with made_for(plan):
            changed = rule(plan)
        if changed is not None:
            plan = changed
            if trace is not None:
                trace.append(rule.__name__)
    return plan


def _digests(roots: tuple[Plan, ...]) -> tuple[str, ...]:
    return tuple(root.digest for root in roots)


def _name(step: Batch | Pass) -> str:
    return step.name if isinstance(step, Batch) else getattr(step, "__name__", str(step))


def _check(step: Batch | Pass, before: tuple[Plan, ...], after: tuple[Plan, ...]) -> None:
    for old, new in zip(before, after, strict=True):
        if list(old.schema) != list(new.schema):
            raise PlanError(f"{_name(step)} changed the columns {list(old.schema)} to {list(new.schema)}")
        kinds = [(id, new.schema[id].arrow) for id, dtype in old.schema.items() if dtype.arrow != new.schema[id].arrow]
        if kinds:
            raise PlanError(f"{_name(step)} changed the type of {kinds[0][0]!r} to {kinds[0][1]}")
    for node, id in unresolved(after):
        raise PlanError(f"after {_name(step)} a {type(node).__name__} reads the column {id!r}, which its input lacks")
    if _digests(run_step(step, after)) != _digests(after):
        raise PlanError(f"a second run of {_name(step)} changes the plan again")
