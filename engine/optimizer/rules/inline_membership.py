"""Let filters read memberships directly, not through columns that hold their outcome."""

from __future__ import annotations

from bigframe.ops.base import Column, Expr, Member, columns_read, plans_read, substitute
from bigframe.ops.functions import LookupIn
from bigframe.ops.logical import And, Not, conjuncts
from bigframe.plan.catalog import Filter, Plan, Project


def inline_membership(plan: Plan) -> Plan | None:
    """A membership among the conjuncts of a filter becomes a semi-join; a column of it costs a join that marks rows."""
    match plan:
        case Filter(input=Project() as project) if not project.has_windows:
            logic: dict[str, Expr] = {
                id: expr for id, expr in project.definitions if isinstance(expr, (And, Not, Member))
            }
            if columns_read(plan.predicate).isdisjoint(logic) or not any(_members(expr) for expr in logic.values()):
                return None
            predicate = plan.predicate
            while columns_read(predicate) & logic.keys():
                predicate = substitute(predicate, logic)
            semi_joins = sum(_is_semi_join(part) for part in conjuncts(predicate))
            if not semi_joins or semi_joins < _members(predicate):
                return None
            needed = tuple(sorted(columns_read(predicate) - set(project.outputs)))
            filtered = Filter(project.replace(outputs=(*project.outputs, *needed)), predicate)
            return Project(filtered, (), tuple(plan.schema)) if needed else filtered
    return None


def _is_semi_join(part: Expr) -> bool:
    member = part.operand if isinstance(part, Not) else part
    return isinstance(member, Member) and not isinstance(member, LookupIn) and isinstance(member.operand, Column)


def _members(expr: Expr) -> int:
    if isinstance(expr, Member):
        return 1
    return 0 if not plans_read(expr) else sum(_members(operand) for operand in expr.operands())
