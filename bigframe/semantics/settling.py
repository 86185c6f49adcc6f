"""Dtypes that only the data settles: where to look, and one-row plans that do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bigframe.ops.base import Column, Scalar
from bigframe.ops.reductions import AnyMissing
from bigframe.plan.aggregate import Aggregate
from bigframe.plan.node import Plan, plans
from bigframe.plan.number import unnumbered
from bigframe.plan.project import Project
from bigframe.schema import DType
from bigframe.semantics.frame import Frame

RESULT = "any_missing"


def deciding_columns(dtypes: Iterable[DType]) -> tuple[str, ...]:
    """The columns whose missing values decide some dtypes."""
    return tuple(dict.fromkeys(name for dtype in dtypes for name in dtype.unless_missing))


def lookups(frame: Frame, names: Iterable[str]) -> Mapping[str, Plan]:
    """For each deciding column, a one-row plan that says whether it has a missing value.

    The column is found among the nodes under the frame: it was made by a node of that digest, or is defined right
    above it.
    """
    wanted = dict.fromkeys(names)
    found: dict[str, Plan] = {}
    if not wanted:
        return found
    root = Project(frame.base, tuple(frame.definitions.items()), tuple(frame.base.schema) or tuple(frame.definitions))
    for node in plans(root):
        for name in wanted:
            digest, _, id = name.partition("/")
            if node.digest == digest and id in node.schema:
                found[name] = _lookup(Project(node, (), (id,)), id)
            elif (
                isinstance(node, Project)
                and unnumbered(node.input).digest == digest
                and any(id == known for known, _ in node.definitions)
            ):
                found.setdefault(name, _lookup(node.replace(outputs=(id,)), id))
    return found


def _lookup(plan: Plan, id: str) -> Plan:
    return Aggregate(plan, (), ((RESULT, AnyMissing(Column(id))),))


def holes(frame: Frame, ids: Iterable[str]) -> tuple[tuple[Scalar, ...], ...]:
    """For each column, the scalars that say whether its integers share a column with a missing value."""
    return tuple(
        tuple(
            Scalar(plan, RESULT, plan.schema[RESULT])
            for plan in lookups(frame, frame.dtype(id).unless_missing).values()
        )
        for id in ids
    )


def settled_here(frame: Frame, id: str) -> bool:
    """Whether the column's own values, as they leave, decide its dtype: no row was dropped since it could go missing."""
    return frame.dtype(id).unless_missing == (f"{unnumbered(frame.base).digest}/{id}",)
