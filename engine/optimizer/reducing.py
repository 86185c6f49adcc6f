"""Semi-join reduction: a grouped side of a join groups only the rows whose keys occur on the other side."""

from __future__ import annotations

from bigframe.ids import derive, stem
from bigframe.ops.base import Column
from bigframe.ops.reductions import observes_order
from bigframe.plan.catalog import Aggregate, Distinct, Filter, Join, Plan, Project, Sort

# Probing every row must leave so few that grouping them, and reading the other side twice, costs less (measured).
LARGEST_SHARE = 0.25


def makes_groups(plan: Plan) -> bool:
    """Whether rows are groups by some columns, filtered and computed upon at most."""
    while isinstance(plan, (Project, Filter)):
        plan = plan.input
    return isinstance(plan, (Aggregate, Distinct))


def is_grouped(plan: Plan, keys: tuple[str, ...]) -> bool:
    """Whether rows are groups by at least these columns, filtered, sorted and renamed at most."""
    while True:
        match plan:
            case Project():
                sources = _sources(plan, keys)
                if sources is None:
                    return False
                plan, keys = plan.input, sources
            case Filter() | Sort():
                plan = plan.input
            case Aggregate() | Distinct():
                return bool(keys) and set(keys) <= set(plan.keys)
            case _:
                return False


def reduced(plan: Plan, keys: tuple[str, ...], other: Plan, other_keys: tuple[str, ...]) -> tuple[Plan, Join]:
    """A grouped plan without groups that an inner join with ``other`` on some keys would drop, and the rows it groups.

    Bernstein and Chiu's semi-join (1981), carried below the grouping.
    """
    ids = tuple(derive(stem(key), key, "reducer", other.digest) for key in other_keys)
    members = Project(other, tuple((id, Column(key)) for id, key in zip(ids, other_keys, strict=True)), ids)
    return _below(plan, keys, members)


def _below(plan: Plan, keys: tuple[str, ...], members: Project) -> tuple[Plan, Join]:
    match plan:
        case Project() | Filter() | Sort():
            sources = _sources(plan, keys) or () if isinstance(plan, Project) else keys
            below, rows = _below(plan.input, sources, members)
            return plan.replace(input=below), rows
    assert isinstance(plan, (Aggregate, Distinct))
    # Groups leave as a whole, so what is left of each is what it was, first and last rows too.
    rows = Join(plan.input, members, keys, members.outputs, "semi", ordered=_sees_order(plan), narrows=True)
    return plan.replace(input=rows), rows


def _sources(plan: Project, keys: tuple[str, ...]) -> tuple[str, ...] | None:
    """The columns of a projection's input that some of its outputs are; None where one is computed, or any from other rows."""
    if plan.has_windows:
        return None  # Fewer groups below would change what stands around those that remain.
    definitions, sources = dict(plan.definitions), []
    for key in keys:
        while key in definitions:
            expr = definitions[key]
            if not isinstance(expr, Column):
                return None
            key = expr.id
        sources.append(key)
    return tuple(sources)


def _sees_order(plan: Aggregate | Distinct) -> bool:
    if isinstance(plan, Distinct):
        return plan.keep != "any"
    return any(observes_order(expr, plan.input.schema) for _, expr in plan.aggregates)
