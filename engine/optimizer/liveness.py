"""Liveness: which columns of every node, and whether its row order, anything above observes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bigframe.ops.base import Expr, Member, Scalar, columns_read, is_window, plans_read
from bigframe.ops.functions import LookupIn
from bigframe.ops.reductions import observes_order
from bigframe.plan.catalog import (
    Aggregate,
    Buckets,
    Components,
    Concat,
    Distinct,
    Explode,
    Filter,
    Join,
    Number,
    Plan,
    Project,
    Slice,
    Sort,
    Unpivot,
)
from bigframe.tree import Tree
from engine.optimizer.walks import nodes_under


@dataclass(frozen=True)
class Demand:
    """What is observed of a node's result."""

    columns: frozenset[str]
    order: bool

    def merged(self, other: Demand) -> Demand:
        return Demand(self.columns | other.columns, self.order or other.order)


NOTHING = Demand(frozenset(), False)


def demands(roots: tuple[Plan, ...], *, ordered: bool = True) -> dict[str, Demand]:
    """The demand on every node, by digest; all of each root is observed, its order too."""
    found: dict[str, Demand] = {root.digest: Demand(frozenset(root.schema), ordered) for root in roots}
    for node in reversed(_by_digest(nodes_under(roots))):
        demand = found.setdefault(node.digest, NOTHING)
        for child, wanted in (*_children(node, demand), *_of_subplans(node, demand.columns)):
            known = found.get(child.digest)
            found[child.digest] = wanted if known is None else known.merged(wanted)
    return found


def unresolved(roots: tuple[Plan, ...]) -> Iterator[tuple[Plan, str]]:
    """Nodes that read a column which their input does not have, with that column."""
    for node in nodes_under(roots):
        for child, wanted in _children(node, Demand(frozenset(node.schema), True)):
            for id in sorted(wanted.columns - child.schema.keys()):
                yield node, id


def _by_digest(nodes: Iterable[Plan]) -> list[Plan]:
    """Each digest once, at the place of its first occurrence: children before parents."""
    return list({node.digest: node for node in nodes}.values())


def _of_subplans(node: Plan, live: frozenset[str]) -> Iterator[tuple[Plan, Demand]]:
    """What a node observes of the plans that its expressions take values from."""
    if len(node.below) > len(node.inputs):
        for plan, id in subplans(*_live_exprs(node, live)):
            yield plan, Demand(frozenset({id}), False)


def _live_exprs(node: Plan, live: frozenset[str]) -> list[Expr]:
    match node:
        case Project():
            return [expr for _, expr in live_definitions(node, live)]
        case Aggregate():
            return [expr for _, expr in live_aggregates(node, live)]
    return [child for child in node.children() if isinstance(child, Expr)]


def subplans(*nodes: Tree) -> Iterator[tuple[Plan, str]]:
    """The plans that expressions, or those of a node, take a value or members from, each with the column that is taken."""
    stack = [expr for node in nodes for expr in ([node] if isinstance(node, Expr) else node.children())]
    while stack:
        expr = stack.pop()
        if isinstance(expr, (Scalar, Member)):
            assert isinstance(expr.plan, Plan)
            yield expr.plan, expr.id
            if isinstance(expr, LookupIn):
                yield expr.plan, expr.value
        if isinstance(expr, Expr) and plans_read(expr):
            stack.extend(expr.operands())


def _children(node: Plan, demand: Demand) -> Iterable[tuple[Plan, Demand]]:
    live, order = demand.columns, demand.order
    match node:
        case Join():
            order = order and node.ordered
            yield node.left, Demand((live & node.left.schema.keys()) | frozenset(node.left_on), order)
            if node.how in ("semi", "anti"):
                yield node.right, Demand(frozenset(node.right_on), False)
            else:
                yield node.right, Demand((live & node.right.schema.keys()) | frozenset(node.right_on), order)
        case Concat():
            for table in node.tables:
                yield table, Demand(concat_reads(node, live), order)
        case _:
            for child in node.inputs:
                yield child, _of_input(node, child, live, order)


def _of_input(node: Plan, child: Plan, live: frozenset[str], order: bool) -> Demand:
    """What a node with one input observes of it, to give the columns and the order that are observed of the node."""
    match node:
        case Project():
            exprs = [expr for _, expr in live_definitions(node, live)]
            read = live.union(*map(columns_read, exprs)) & child.schema.keys()
            return Demand(read, order or any(map(is_window, exprs)))
        case Filter():
            return Demand(live | columns_read(node.predicate), order)
        case Aggregate():
            exprs = [expr for _, expr in live_aggregates(node, live)]
            in_order = any(observes_order(expr, node.input.schema) for expr in exprs)
            return Demand(frozenset(node.keys).union(*map(columns_read, exprs)), in_order)
        case Sort():
            by = {key for key, _, _ in node.by} if order else set()
            return Demand(live | by, order and not _are_unique(child, by))
        case Slice():
            return Demand(live, True)
        case Distinct():
            picks = node.keep in ("first", "last") and bool(live - set(node.keys))
            return Demand(live | frozenset(node.keys), order or picks)
        case Explode():
            return Demand(live | frozenset(node.columns), order)
        case Unpivot():
            return Demand(frozenset(source for _, sources in live_columns(node, live) for source in sources), order)
        case Number():
            return Demand(live - {node.id}, order or node.id in live)
        case Buckets():
            return Demand(frozenset({node.bucket, node.member}), False)
        case Components():
            return Demand(frozenset(node.edge), False)
    # A user's function, a file, or a node that is not known here sees all there is.
    return Demand(frozenset(child.schema), True)


def _are_unique(plan: Plan, columns: set[str]) -> bool:
    """Whether no two rows agree on some columns, so that sorting by them leaves no ties."""
    while isinstance(plan, (Filter, Number, Project, Slice, Sort)):
        plan = plan.input
    return isinstance(plan, (Aggregate, Distinct)) and bool(plan.keys) and columns >= set(plan.keys)


def live_aggregates(node: Aggregate, live: frozenset[str]) -> list[tuple[str, Expr]]:
    """The aggregates whose results are observed."""
    return [(id, expr) for id, expr in node.aggregates if id in live]


def live_definitions(node: Project, live: frozenset[str]) -> tuple[tuple[str, Expr], ...]:
    """The definitions behind some outputs of a projection, in order."""
    wanted, kept = set(live), []
    for id, expr in reversed(node.definitions):
        if id in wanted:
            kept.append((id, expr))
            wanted |= columns_read(expr)
    return tuple(reversed(kept))


def concat_reads(node: Concat, live: frozenset[str]) -> frozenset[str]:
    """The columns of stacked tables behind some of the result; where none is observed the narrowest, because rows still count."""
    return live or frozenset(sorted(node.schema, key=lambda id: node.schema[id].width)[:1])


def live_columns(node: Unpivot, live: frozenset[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The columns whose values are observed; where none are the first, because rows still count."""
    return tuple(column for column in node.columns if column[0] in live) or node.columns[:1]
