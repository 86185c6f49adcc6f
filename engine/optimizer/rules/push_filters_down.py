"""Move filters towards the scans."""

from __future__ import annotations

from bigframe.ops.base import Column, columns_read, depth, is_repeatable, substitute
from bigframe.ops.logical import And, conjunction, conjuncts
from bigframe.plan.catalog import Aggregate, Concat, Distinct, Filter, Join, Plan, Project, Scan, Sort

# A predicate that grows deeper than this by inlining definitions costs more to repeat than it saves.
INLINED_DEPTH = 8


def push_filters_down(plan: Plan) -> Plan | None:
    """Filter before rows are computed, sorted, grouped, stacked or joined, as far as each conjunct can go."""
    match plan:
        case Filter(input=Filter() as below) if depth(plan.predicate) + depth(below.predicate) < INLINED_DEPTH:
            return below.replace(predicate=And(below.predicate, plan.predicate))
        case Filter(input=Project() as project) if not project.has_windows:
            return _below_project(plan, project)
        case Filter(input=Sort() as sort):
            return sort.replace(input=plan.replace(input=sort.input))
        case Filter(input=Concat() as concat):
            return concat.replace(tables=tuple(plan.replace(input=table) for table in concat.tables))
        case Filter(input=Distinct() | Aggregate() as below) if below.keys and columns_read(plan.predicate) <= set(
            below.keys
        ):
            if isinstance(below, Distinct) or columns_read(plan.predicate):
                return below.replace(input=plan.replace(input=below.input))
        case Filter(input=Join() as join):
            return _below_join(plan, join)
    return None


def _below_project(plan: Filter, project: Project) -> Plan | None:
    definitions = dict(project.definitions)
    inside = project.input.schema.keys()
    predicate = plan.predicate
    for _ in range(INLINED_DEPTH):
        outside = columns_read(predicate) - inside
        if not outside:
            return project.replace(input=plan.replace(input=project.input, predicate=predicate))
        used = {id: definitions[id] for id in outside}
        if any(not is_repeatable(expr) for expr in used.values()):
            return None
        # Where rows were cut below already, as in a long chain of filters and assignments, repeating the steps
        # between costs more.
        if _is_filtered(project.input) and not all(isinstance(expr, Column) for expr in used.values()):
            return None
        predicate = substitute(predicate, used)
        if depth(predicate) > INLINED_DEPTH:
            return None
    return None


def _is_filtered(plan: Plan) -> bool:
    return isinstance(plan, Filter) or (isinstance(plan, Scan) and plan.predicate is not None)


def _below_join(plan: Filter, join: Join) -> Plan | None:
    sides = {
        "inner": (True, True),
        "cross": (True, True),
        "left": (True, False),
        "right": (False, True),
        "semi": (True, False),
        "anti": (True, False),
    }.get(join.how, (False, False))
    if join.validate is not None:
        return None
    left, right, rest = [], [], []
    for part in conjuncts(plan.predicate):
        read = columns_read(part)
        if read and read <= join.left.schema.keys() and sides[0]:
            left.append(part)
        elif read and read <= join.right.schema.keys() and sides[1]:
            right.append(part)
        else:
            rest.append(part)
    if not left and not right:
        return None
    pushed = join.replace(
        left=Filter(join.left, conjunction(left)) if left else join.left,
        right=Filter(join.right, conjunction(right)) if right else join.right,
    )
    return plan.replace(input=pushed, predicate=conjunction(rest)) if rest else pushed
