"""Explain: a plan as text, as asked, as optimised, and as stages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bigframe.ids import stem
from bigframe.ops.base import Column, Expr, Literal, Scalar
from bigframe.plan.catalog import Aggregate, Distinct, Filter, Join, MapBatches, Plan, Project, Scan, Sink, Slice, Sort
from engine.datasets import Datasets
from engine.optimizer.liveness import Demand, demands
from engine.optimizer.pipeline import optimize
from engine.optimizer.estimates import Estimate, estimates
from engine.kernels.relational.leaves import Read
from engine.planner.stages import Output, Stage


def explain(engine: Any, roots: tuple[Plan, ...], report: Any, *, verbose: bool) -> str:
    """Three sections: the plan as asked, as optimised with estimates and liveness, and its stages."""
    files = Datasets()
    trace: list[str] = []
    optimized = optimize(roots, trace, facts=files)
    known = estimates(optimized, files)
    wanted = demands(optimized)
    lines = ["Logical plan", *_trees(roots, None, None), "", "Optimised plan", *_trees(optimized, known, wanted)]
    if verbose:
        lines += ["", "Rules that changed it", *(f"  {name} x{trace.count(name)}" for name in dict.fromkeys(trace))]
    lines += ["", "Stages"]
    if report is None:
        planner = engine.planner(optimized, optimized, files)
        for root in optimized:
            planner.close(planner.plan(root), Output("sink" if isinstance(root, Sink) else "result"))
        lines += [line for number, stage in enumerate(planner.stages.values()) for line in _stage(number, stage, planner.stages)]
    else:
        lines += _ran(report)
    return "\n".join(lines)


def _trees(roots: tuple[Plan, ...], known: Mapping[str, Estimate] | None, wanted: Mapping[str, Demand] | None) -> list[str]:
    lines: list[str] = []
    stack: list[tuple[Plan, int]] = [(root, 1) for root in reversed(roots)]
    seen: set[str] = set()
    while stack:
        node, level = stack.pop()
        note = ""
        if known is not None and wanted is not None and node.digest in known:
            note = _note(known[node.digest], wanted[node.digest], node)
        again = node.digest in seen and bool(node.inputs)
        seen.add(node.digest)
        lines.append(f"{'  ' * level}{title(node)}{note}{'  (shared, see above)' if again else ''}")
        if not again:
            stack.extend((child, level + 1) for child in reversed(node.inputs))
    return lines


def _note(estimate: Estimate, demand: Demand, node: Plan) -> str:
    sign = "" if estimate.exact else "~"
    order = "order live" if demand.order else "order not observed"
    return f"   [{_tier(node)}; {sign}{estimate.rows:,.0f} rows, {sign}{_size(estimate.bytes)}; {order}]"


def _tier(node: Plan) -> str:
    tiers = {node.tier}
    if isinstance(node, Project):
        tiers |= {tier for _, expr in node.definitions for tier in _tiers(expr)}
    return next((tier for tier in ("gathered", "partitionwise") if tier in tiers), "native")


def _tiers(expr: Expr) -> set[str]:
    return {expr.tier}.union(*(_tiers(operand) for operand in expr.operands()))


def _stage(number: int, stage: Stage, stages: Mapping[str, Stage]) -> list[str]:
    order = {key: position for position, key in enumerate(stages)}
    reads = [str(order[key]) for key in stage.reads if key in order]
    keys = f" by {', '.join(map(name, stage.output.keys))}" if stage.output.keys else ""
    target = f"{stage.output.kind}{keys} into {stage.output.partitions}" if stage.output.partitions > 1 else f"{stage.output.kind}{keys}"
    head = f"  stage {number}: {stage.tasks} task{'s' if stage.tasks > 1 else ''} → {target}"
    if reads:
        head += f"; reads stage {', '.join(reads)}"
    return [head, *(f"  {line}" for line in _trees(tuple(branch.plan for branch in stage.branches), None, None))]


def _ran(report: Any) -> list[str]:
    lines = [f"  ran in {report.seconds:.3f} s"]
    for number, run in enumerate(report.stages.values()):
        lines.append(
            f"  stage {number}: {run.stage.tasks} tasks, {run.rows:,} rows, {_size(run.bytes)}, {run.seconds:.3f} s in tasks"
            + (f", {run.reused} reused" if run.reused else "")
            + (f", {run.reran} ran again" if run.reran else "")
        )
        lines += [f"  {line}" for line in _trees(tuple(branch.plan for branch in run.stage.branches), None, None)]
    return lines


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1000
    return ""
