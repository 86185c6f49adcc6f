"""Filter the sides of joins by what a disjunction over both implies of each."""

from __future__ import annotations

from bigframe.ops.base import Column, Expr, columns_read, substitute
from bigframe.ops.comparison import Eq, IsIn
from bigframe.ops.logical import Or, conjunction, conjuncts
from bigframe.plan.catalog import Filter, Join, Plan, Project, Scan


def imply_filters(plan: Plan) -> Plan | None:
    """``(a & x) | (b & y)`` over a join, where a and b read one side, keeps nothing that ``a | b`` drops there."""
    match plan:
        case Filter(input=Join(how="inner", validate=None) as join):
            implied = [
                found
                for part in conjuncts(plan.predicate)
                for side in (join.left, join.right)
                if (found := _of_side(part, side)) is not None and not _holds(side, found)
            ]
            known = {part.digest for part in conjuncts(plan.predicate)}
            new = [part for part in implied if part.digest not in known]
            return plan.replace(predicate=conjunction([plan.predicate, *new])) if new else None
    return None


def _of_side(part: Expr, side: Plan) -> Expr | None:
    """What a disjunction says of the columns of one side; None where one of its alternatives says nothing."""
    if not isinstance(part, Or):
        return None
    alternatives = []
    for alternative in _disjuncts(part):
        # A union of ranges drops too few rows to be worth asking every row (measured).
        equalities: list[Expr] = [one for one in conjuncts(alternative) if isinstance(one, (Eq, IsIn))]
        own = [one for one in equalities if columns_read(one) and columns_read(one) <= side.schema.keys()]
        if not own:
            return None
        alternatives.append(conjunction(own))
    implied = alternatives[0]
    for alternative in alternatives[1:]:
        implied = Or(implied, alternative)
    return implied


def _disjuncts(expr: Expr) -> list[Expr]:
    return [*_disjuncts(expr.left), *_disjuncts(expr.right)] if isinstance(expr, Or) else [expr]


def _holds(plan: Plan, part: Expr) -> bool:
    """Whether rows are already filtered by a predicate, here or where it could be pushed to."""
    match plan:
        case Filter():
            return _is_among(part, plan.predicate) or _holds(plan.input, part)
        case Scan():
            return plan.predicate is not None and _is_among(part, plan.predicate)
        case Project():
            used = {id: expr for id, expr in plan.definitions if id in columns_read(part)}
            return all(isinstance(expr, Column) for expr in used.values()) and _holds(
                plan.input, substitute(part, used)
            )
        case Join(how="inner"):
            return any(columns_read(part) <= side.schema.keys() and _holds(side, part) for side in plan.inputs)
    return False


def _is_among(part: Expr, predicate: Expr) -> bool:
    return any(one.digest == part.digest for one in conjuncts(predicate))
