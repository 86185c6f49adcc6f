"""Make ranks among all rows a join with the places of the distinct values, which needs no task to see all rows."""

from __future__ import annotations

from bigframe.ids import derive
from bigframe.ops.arithmetic import Add, Sub, TrueDiv
from bigframe.ops.base import Column, Expr, Literal, Scalar, dtype_of
from bigframe.ops.casting import Widen
from bigframe.ops.missing import NotNull
from bigframe.ops.reductions import Max, Size
from bigframe.ops.windows import CumSum, Rank
from bigframe.plan.catalog import Aggregate, Filter, Join, Plan, Project, Sort
from bigframe.schema import FLOAT64, INT64, Family

_ONE = Literal(1, INT64)


def has_ranks(plan: Plan) -> bool:
    """Whether a projection ranks values among all rows."""
    return isinstance(plan, Project) and any(_is_global(expr) for _, expr in plan.definitions)


def rank_by_join(plan: Plan) -> Plan | None:
    """After this rule only ranks within groups are windows."""
    if not isinstance(plan, Project):
        return None
    holding = [number for number, (_, expr) in enumerate(plan.definitions) if _is_global(expr)]
    if not holding:
        return None
    before, (id, op), after = (
        plan.definitions[: holding[0]],
        plan.definitions[holding[0]],
        plan.definitions[holding[0] + 1 :],
    )
    assert isinstance(op, Rank)
    known = plan.input.schema
    rows: Plan = Project(plan.input, before, (*known, *(one for one, _ in before))) if before else plan.input
    value = derive("value", op.digest, rows.digest)
    rows = Project(rows, ((value, op.operand),), (*rows.schema, value))
    places = _Places(op, rows, value)
    joined = Join(rows, places.plan, (value,), (places.key,), "left")
    one = derive("one", value)
    marked = Project(joined, ((one, _ONE),), (*joined.schema, one))
    among = derive("among", value)
    numbered = Project(marked, ((among, CumSum(Column(one), (Column(value),))),), (*marked.schema, among))
    dtype = dtype_of(op, rows.schema)
    place = places.rank(among)
    place = place if dtype.family is Family.NUMPY else Widen(place, dtype)
    ranked = Project(numbered if op.method == "first" else marked, ((id, place),), (*rows.schema, id))
    return plan.replace(input=ranked, definitions=after)


def _is_global(expr: Expr) -> bool:
    return isinstance(expr, Rank) and not expr.keys


class _Places:
    """A table with one row for each distinct value: how many rows have it, and how many values come up to it."""

    def __init__(self, op: Rank, rows: Plan, value: str) -> None:
        self.op = op
        self.key, self.count, self.rows_to, self.values_to = (
            derive(name, value) for name in ("key", "count", "rows_to", "values_to")
        )
        one = derive("each", value)
        values: Plan = Project(rows, ((self.key, Column(value)),), (self.key,))
        if op.na_option == "keep":
            values = Filter(values, NotNull(Column(self.key)))
        counted = Aggregate(values, (self.key,), ((self.count, Size()),))
        inorder = Sort(counted, ((self.key, not op.ascending, op.na_option != "top"),))
        each = Project(inorder, ((one, _ONE),), (self.key, self.count, one))
        running = (
            (self.values_to, CumSum(Column(one)))
            if op.method == "dense"
            else (self.rows_to, CumSum(Column(self.count)))
        )
        self.plan = Project(each, (running,), (self.key, self.count, running[0]))
        self.last = running[0]

    def rank(self, among: str) -> Expr:
        """The rank of a row that stands beside the place of its value."""
        up_to, before = Column(self.last), Sub(Column(self.last), Column(self.count))
        match self.op.method:
            case "average":
                place: Expr = TrueDiv(Add(Add(before, up_to), _ONE), Literal(2, INT64))
            case "min":
                place = Add(before, _ONE)
            case "first":
                place = Add(before, Column(among))
            case _:
                place = up_to
        if not self.op.pct:
            return Widen(place, FLOAT64)
        total = derive("total", self.last)
        of_all = Aggregate(self.plan, (), ((total, Max(Column(self.last))),))
        return TrueDiv(Widen(place, FLOAT64), Scalar(of_all, total, of_all.schema[total]))
