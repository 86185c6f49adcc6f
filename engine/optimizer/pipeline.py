"""The pipeline: which rules run, in which order, and why in that order."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from bigframe.errors import PlanError
from bigframe.plan.catalog import Filter, Number, Plan, Project, Slice
from bigframe.tree import made_for
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
from engine.optimizer.rules.rank_by_join import has_ranks, rank_by_join
from engine.optimizer.rules.skip_known_checks import skip_known_checks
from engine.optimizer.rules.sort_after_joins import sort_after_joins
from engine.optimizer.rules.unnest_membership import unnest_membership
from engine.optimizer.walks import nodes_under

Rule = Callable[[Plan], Plan | None]
Pass = Callable[[tuple[Plan, ...]], tuple[Plan, ...]]
MAX_CHANGES = 30
"""Of each node, on average: rules that undo each other come to an end."""
CHECK = "BIGFRAME_CHECK_PLANS"


@dataclass(frozen=True)
class Batch:
    """Local rules that run until nothing changes.

    Attributes
    ----------
    name, rules
        Rules are given one node at a time.
    when
        Only plans with such a node are looked at.
    kinds
        The nodes that a rule may change; it is not asked about others.
    """

    name: str
    rules: tuple[Rule, ...]
    when: Callable[[Plan], bool] = bool  # any plan
    kinds: tuple[type[Plan], ...] = (Plan,)


def _is_numbered(plan: Plan) -> bool:
    return isinstance(plan, Number)


def _reads_others(plan: Plan) -> bool:
    """Whether an expression takes values from another plan, as memberships do."""
    return len(plan.below) > len(plan.inputs)


def prune_memberships(roots: tuple[Plan, ...]) -> tuple[Plan, ...]:
    """Filters that moved down freed masks, which must not become joins; without memberships the next pruning will do."""
    return prune(roots) if any(map(_reads_others, nodes_under(roots))) else roots


PUSHDOWN = Batch(
    "pushdown",
    (
        merge_projections,
        imply_filters,  # before filters move: what it finds moves with them
        push_filters_down,
        push_limits_down,
    ),
    kinds=(Project, Filter, Slice),
)
POSITIONS = Batch("positions", (number_in_scan, merge_projections), _is_numbered, (Number, Project))
TIDY = Batch("tidy", (merge_projections,), kinds=(Project,))
PIPELINE: tuple[Batch | Pass, ...] = (
    prune,  # first: a number or a sort that nobody observes stands in the way of filters
    PUSHDOWN,
    Batch("ranks", (rank_by_join,), has_ranks, (Project,)),  # after pruning: a rank that nobody reads costs no join
    # After filters have moved as far as they go, before memberships are joins.
    Batch("inline", (inline_membership,), _reads_others, (Filter,)),
    prune_memberships,
    Batch("membership", (unnest_membership,), _reads_others, (Filter, Project)),
    PUSHDOWN,
    # Before scans take predicates, which change positions.
    POSITIONS,
    prune,  # filters that moved down freed columns above them
    Batch("scan", (merge_projections, push_into_scan), kinds=(Project, Filter)),  # last: needs the final filters
)


def with_statistics(facts: ScanFacts) -> tuple[Batch | Pass, ...]:
    """The pipeline for plans whose files can be asked about."""

    def known_checks(roots: tuple[Plan, ...]) -> tuple[Plan, ...]:
        return skip_known_checks(roots, facts)

    def join_order(roots: tuple[Plan, ...]) -> tuple[Plan, ...]:
        ordered = order_joins(roots, facts)
        # What it renames is pruned and merged away again.
        return roots if ordered == roots else run_step(TIDY, prune(ordered))

    def joined_order(roots: tuple[Plan, ...]) -> tuple[Plan, ...]:
        return sort_after_joins(roots, facts)

    # Checks before filters move, because they do not move alike over equal inputs. Join order after the scans: estimates
    # need the final filters.
    return (prune, known_checks, *PIPELINE[1:], joined_order, join_order)


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
    settled: dict[Batch | Pass, tuple[Plan, ...]] = {}
    for step in PIPELINE if facts is None else with_statistics(facts):
        if settled.get(step) == roots:  # nothing has changed since it ran before
            continue
        before, roots = roots, run_step(step, roots, trace)
        settled[step] = roots
        if checking and roots != before:
            _check(step, before, roots)
    return roots


def run_step(step: Batch | Pass, roots: tuple[Plan, ...], trace: list[str] | None = None) -> tuple[Plan, ...]:
    """What one step of the pipeline makes of plans."""
    if isinstance(step, Batch):
        return _fixed_point(step, roots, trace)
    changed = step(roots)
    if trace is not None and changed != roots:
        trace.append(_name(step))
    return changed


def _fixed_point(batch: Batch, roots: tuple[Plan, ...], trace: list[str] | None) -> tuple[Plan, ...]:
    """Inputs before what reads them, each node until no rule changes it; what a rule makes is looked at anew."""
    given = nodes_under(roots)
    if not any(map(batch.when, given)):
        return roots
    became: dict[Plan, Plan] = {}
    done: set[Plan] = set()

    def latest(plan: Plan) -> Plan:
        while plan in became:
            plan = became[plan]
        return plan

    stack, changes = [*reversed(given)], MAX_CHANGES * len(given)
    while stack:
        node = latest(stack[-1])
        if node in done:
            stack.pop()
            continue
        below = node.below
        if not became.keys().isdisjoint(below):
            below = tuple(map(latest, below))
        if not done.issuperset(below):
            stack += [plan for plan in below if plan not in done]
            continue
        moved = node if below is node.below else node.on(latest)
        made = _rewritten(batch, moved, trace) if changes and isinstance(moved, batch.kinds) else moved
        if made is not node:
            became[node] = made
        if made is moved:
            done.add(made)
        else:
            changes -= 1
    return tuple(map(latest, roots))


def _rewritten(batch: Batch, plan: Plan, trace: list[str] | None) -> Plan:
    with made_for(plan):
        for rule in batch.rules:
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
