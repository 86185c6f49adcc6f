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
from engine.planner.estimate import Estimate, estimates
from engine.kernels.relational.leaves import Read
from engine.planner.stages import Output, Stage


def explain(engine: Any, roots: tuple[Plan, ...], report: Any, *, verbose: bool) -> str:
    """Three sections: the plan as asked, as optimised with estimates and liveness, and its stages."""
    files = Datasets()
    trace: list[str] = []
    optimized = optimize(roots, trace)
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


def title(node: Plan) -> str:
    """One node as a line."""
    match node:
        case Scan():
            columns = ", ".join(name for _, name, _ in node.fields) + (", position" if node.position else "")
            predicate = f" where {text(node.predicate)}" if node.predicate is not None else ""
            place = f"{len(node.paths)} paths" if len(node.paths) > 1 else node.paths[0]
            return f"Scan {node.format} {place if node.format != 'ipc' else 'memory'} ({columns}){predicate}"
        case Project():
            new = dict(node.definitions)
            made = [f"{name(id)} = {text(new[id])}" for id in new if id in node.outputs]
            kept = [name(id) for id in node.outputs if id not in new]
            return f"Project {', '.join([*kept, *made])}"
        case Filter():
            return f"Filter {text(node.predicate)}"
        case Aggregate():
            made = [f"{name(id)} = {text(expr)}" for id, expr in node.aggregates]
            return f"Aggregate by ({', '.join(map(name, node.keys))}): {', '.join(made)}"
        case Join():
            on = " and ".join(f"{name(a)} = {name(b)}" for a, b in zip(node.left_on, node.right_on, strict=True))
            return f"Join {node.how} on {on or 'everything'}{' in order' if node.ordered else ''}"
        case Sort():
            keys = [f"{name(id)}{' desc' if descending else ''}" for id, descending, _ in node.by]
            return f"Sort by {', '.join(keys)}"
        case Slice():
            return f"Slice {node.offset}:{'' if node.length is None else node.offset + node.length}"
        case Distinct():
            return f"Distinct ({', '.join(map(name, node.keys))}) keep {node.keep}"
        case MapBatches():
            return f"MapBatches {node.name}"
        case Sink():
            return f"Sink {node.format} {node.url} mode={node.mode}"
        case Read():
            return f"Read stage {node.stage[:6]}{' whole' if node.everything else ''}"
    return type(node).__name__


def name(id: str) -> str:
    """A column id as the reader sees it."""
    return stem(id)


def text(expr: Expr) -> str:
    """An expression on one line."""
    if isinstance(expr, Column):
        return name(expr.id)
    if isinstance(expr, Literal):
        return repr(expr.value) if not hasattr(expr.value, "isoformat") else str(expr.value)
    if isinstance(expr, Scalar):
        return f"scalar({name(expr.id)})"
    operands = [text(operand) for operand in expr.operands()]
    symbol = getattr(expr, "symbol", "")
    if symbol and len(operands) == 2:
        return f"({operands[0]} {symbol} {operands[1]})"
    others = [
        repr(value)
        for field in expr.field_names
        if isinstance(value := getattr(expr, field), (str, int, float, tuple)) and not _holds_nodes(value) and field != "function"
    ]
    return f"{type(expr).__name__.lower()}({', '.join([*operands, *others])})"


def _holds_nodes(value: Any) -> bool:
    return isinstance(value, tuple) and any(isinstance(item, Expr) for item in value)


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
