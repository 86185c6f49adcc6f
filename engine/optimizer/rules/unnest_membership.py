"""Make what is found in another table a join: semi or anti for membership in a filter, else a left join beside the rows."""

from __future__ import annotations

from bigframe.ids import derive
from bigframe.ops.base import Column, Expr, Literal, Member, plans_read
from bigframe.ops.functions import LookupIn
from bigframe.ops.logical import Not, conjunction, conjuncts
from bigframe.ops.missing import NotNull
from bigframe.plan.catalog import Distinct, Filter, Join, Plan, Project
from bigframe.schema import BOOL


def unnest_membership(plan: Plan) -> Plan | None:
    """After this rule no expression holds a membership: every other rule sees only joins."""
    match plan:
        case Filter():
            return _in_filter(plan)
        case Project():
            return _in_project(plan)
    return None


def _in_filter(plan: Filter) -> Plan | None:
    parts = conjuncts(plan.predicate)
    if not any(_members(part) for part in parts):
        return None
    rows, rest = plan.input, []
    for part in parts:
        match part:
            case Member(operand=Column(id=id)) if not isinstance(part, LookupIn):
                rows = _semi(rows, part, id, "semi")
            case Not(operand=Member(operand=Column(id=id)) as member) if not isinstance(member, LookupIn):
                rows = _semi(rows, member, id, "anti")
            case _:
                rest.append(part)
    marked = {member.digest: member for part in rest for member in _members(part)}
    for member in marked.values():
        rows = _marked(rows, member)
    if rest:
        rows = plan.replace(input=rows, predicate=conjunction([_read_marks(part) for part in rest]))
    return rows if tuple(rows.schema) == tuple(plan.schema) else Project(rows, (), tuple(plan.schema))


def _in_project(plan: Project) -> Plan | None:
    """The definitions before the first membership, then the joins that mark, then the rest."""
    holding = [number for number, (_, expr) in enumerate(plan.definitions) if _members(expr)]
    if not holding:
        return None
    before, after = plan.definitions[: holding[0]], plan.definitions[holding[0] :]
    known = tuple(plan.input.schema)
    rows: Plan = Project(plan.input, before, (*known, *(id for id, _ in before))) if before else plan.input
    for member in _members(after[0][1]):
        rows = _marked(rows, member)
    first = (after[0][0], _read_marks(after[0][1]))
    return plan.replace(input=rows, definitions=(first, *after[1:]))


def _semi(rows: Plan, member: Member, id: str, how: str) -> Plan:
    key, members = _keys(member)
    return Join(rows, members, (id,), (key,), how)


def _marked(rows: Plan, member: Member) -> Plan:
    key, members = _keys(member)
    mark = _mark(member)
    on = derive("operand", member.digest)
    operand = Project(rows, ((on, member.operand),), (*rows.schema, on))
    if isinstance(member, LookupIn):
        return Join(operand, members, (on,), (key,), "left", validate="value:1")
    unique = Project(Distinct(members, (key,), "any"), ((mark, Literal(True, BOOL)),), (key, mark))
    return Join(operand, unique, (on,), (key,), "left")


def _keys(member: Member) -> tuple[str, Plan]:
    key = derive("member", member.digest)
    assert isinstance(member.plan, Plan)
    if isinstance(member, LookupIn):
        value = _mark(member)
        return key, Project(member.plan, ((key, Column(member.id)), (value, Column(member.value))), (key, value))
    return key, Project(member.plan, ((key, Column(member.id)),), (key,))


def _mark(member: Member) -> str:
    return derive("found", member.digest)


def _members(expr: Expr) -> list[Member]:
    if isinstance(expr, Member) or not plans_read(expr):
        return [expr] if isinstance(expr, Member) else []
    return [member for operand in expr.operands() for member in _members(operand)]


def _read_marks(expr: Expr) -> Expr:
    if isinstance(expr, LookupIn):
        return Column(_mark(expr))
    if isinstance(expr, Member):
        return NotNull(Column(_mark(expr)))
    return expr.map_children(lambda child: _read_marks(child) if isinstance(child, Expr) else child)
