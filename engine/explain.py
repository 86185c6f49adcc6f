"""Explain: a plan as text, as asked, as optimised, as stages, and what happened when it ran."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bigframe.ops.base import Expr
from bigframe.plan.catalog import Number, Plan, Project, Scan, Sink
from bigframe.sources import sized
from bigframe.tree import walk
from engine.datasets import Datasets
from engine.driver import StageRun
from engine.exec.stepwise import Step
from engine.kernels.relational.leaves import Read
from engine.optimizer.estimates import Estimate, estimates
from engine.optimizer.liveness import Demand, demands, subplans
from engine.optimizer.pipeline import optimize
from engine.planner.stages import Output, Stage
from engine.titles import name, text, title


def explain(engine: Any, roots: tuple[Plan, ...], report: Any, *, verbose: bool) -> str:
    """Three sections: the plan as asked, as optimised with estimates and liveness, and its stages."""
    files = Datasets(engine.storage)
    trace: list[str] = []
    optimized = optimize(roots, trace, facts=files)
    lines = [logical(roots), "", "Optimised plan", *_trees(optimized, _expectations(optimized, files))]
    if verbose:
        lines += ["", "Rules that changed it", *(f"  {rule} x{trace.count(rule)}" for rule in dict.fromkeys(trace))]
    lines += ["", "Stages"]
    if report is None:
        planner = engine.planner(optimized, files)
        for root in optimized:
            piece = planner.plan(root)
            planner.close(piece, Output("sink" if isinstance(root, Sink) else "result", order=piece.order))
        numbers = {key: number for number, key in enumerate(planner.stages)}
        lines += [line for stage in planner.stages.values() for line in _stage(stage, numbers)]
    else:
        lines += _ran(report)
    return "\n".join(lines)


def logical(roots: Sequence[Plan]) -> str:
    """Plans as asked."""
    return "\n".join(["Logical plan", *_trees(roots)])


def _trees(
    roots: Sequence[Plan], note: Callable[[Plan], str] = lambda _: "", stages: Mapping[str, int] | None = None
) -> list[str]:
    lines: list[str] = []
    stack: list[tuple[Plan, int, str]] = [(root, 1, "") for root in reversed(roots)]
    seen: set[str] = set()
    while stack:
        node, level, role = stack.pop()
        again = node.digest in seen and bool(node.inputs)
        seen.add(node.digest)
        what = f"Read stage {stages[node.stage]}" if stages and isinstance(node, Read) else title(node)
        lines.append(f"{'  ' * level}{role}{what}{note(node)}{'  (shared, see above)' if again else ''}")
        if not again:
            stack.extend((child, level + 1, "") for child in reversed(node.inputs))
            stack.extend((plan, level + 1, f"({name(id)}) ") for plan, id in subplans(node))
    return lines


def _expectations(roots: tuple[Plan, ...], files: Datasets) -> Callable[[Plan], str]:
    """What is said of each node of an optimised plan: tier, estimates, and whether order and index are observed."""
    known: Mapping[str, Estimate] = estimates(roots, files)
    wanted: Mapping[str, Demand] = demands(roots)
    numbers = {
        node.id if isinstance(node, Number) else node.position
        for node in walk(*roots)
        if isinstance(node, (Number, Scan))
    }

    def note(node: Plan) -> str:
        estimate, demand = known[node.digest], wanted[node.digest]
        sign = "" if estimate.exact else "~"
        order = "order live" if demand.order else "order not observed"
        index = "index live" if demand.columns & numbers else "index not observed"
        size = f"{sign}{estimate.rows:,.0f} rows, {sign}{sized(estimate.bytes)}"
        return f"   [{_tier(node)}; {size}{_pruned(node, files)}; {order}; {index}]"

    return note


def _pruned(node: Plan, files: Datasets) -> str:
    """What a scan's predicate leaves to be read: row groups of files, and rows that a database gives."""
    if not isinstance(node, Scan) or node.predicate is None:
        return ""
    kept, decided = files.kept(node), files.decided(node)
    by_database = "" if decided is None else f"; the database decides {text(decided)}"
    return f"; {sum(kept):,} of {len(kept):,} row groups{by_database}"


def _tier(node: Plan) -> str:
    tiers = {node.tier}
    if isinstance(node, Project):
        tiers |= {tier for _, expr in node.definitions for tier in _tiers(expr)}
    return next((tier for tier in ("gathered", "partitionwise") if tier in tiers), "native")


def _tiers(expr: Expr) -> set[str]:
    return {expr.tier}.union(*(_tiers(operand) for operand in expr.operands()))


def _stage(stage: Stage, numbers: Mapping[str, int]) -> list[str]:
    trees = _trees(tuple(branch.plan for branch in stage.branches), stages=numbers)
    return [f"  {_heading(stage, numbers)}", *(f"  {line}" for line in trees)]


def _heading(stage: Stage, numbers: Mapping[str, int]) -> str:
    output = stage.output
    keys = [
        *map(name, output.keys),
        *(f"{name(id)}{' desc' if descending else ''}" for id, descending, _ in output.order),
    ]
    by = f"{'' if output.partitions > 1 else ' sorted'} by {', '.join(keys)}" if keys else ""
    parts = f" into {output.partitions}" if output.partitions > 1 else ""
    reads = [f"{numbers[key]}{_how(stage, key)}" for key in stage.reads if key in numbers]
    until = "" if output.enough is None else f", until there are {output.enough:,} rows"
    tasks = f"{stage.tasks} task{'s' if stage.tasks > 1 else ''}"
    heading = f"stage {numbers[stage.key]}: {tasks} → {output.kind}{by}{parts}{until}"
    return f"{heading}; reads stage {', '.join(reads)}" if reads else heading


def _how(stage: Stage, read: str) -> str:
    """How the tasks of a stage read another: whole, some partitions each, or a hot partition in several pieces."""
    branches = [(branch, node) for branch in stage.branches for node in walk(branch.plan)]
    leaves = [(branch, node) for branch, node in branches if isinstance(node, Read) and node.stage == read]
    if any(node.everything for _, node in leaves):
        return " (whole)"
    shares = [share for branch, node in leaves for share in branch.reads.get(node.digest, ())]
    pieces = Counter(share.start for share in shares if share.files is not None)
    parts = [f"partition {start} in {count} pieces" for start, count in pieces.items()]
    if any(share.stop - share.start > 1 for share in shares):
        parts.append(f"{max(share.stop for share in shares)} partitions in {stage.tasks} tasks")
    return f" ({', '.join(parts)})" if parts else ""


def _ran(report: Any) -> list[str]:
    """What each stage did as a whole, and below it each operator by itself."""
    numbers = {key: number for number, key in enumerate(report.stages)}
    lines = [f"  ran in {report.seconds:.3f} s, one operator at a time; peak is the process's resident memory"]
    for run in report.stages.values():
        lines.append(f"  {_heading(run.stage, numbers)}")
        lines.append(f"    {_happened(run)}")
        note = _measured(run.steps())
        lines += [f"    {line}" for line in _trees(tuple(branch.plan for branch in run.stage.branches), note, numbers)]
    return lines


def _happened(run: StageRun) -> str:
    ran = [f"{run.tasks:,} of {run.stage.tasks:,} tasks"] if run.tasks < run.stage.tasks else []
    parts = [
        *ran,
        f"{run.rows:,} rows",
        sized(run.bytes),
        f"{run.seconds:.3f} s in tasks",
        f"{run.total('cpu_seconds'):.3f} s of CPU",
        f"peak {sized(run.peak_memory)}",
        f"{sized(run.total('bytes_scanned'))} scanned",
        f"{sized(run.exchanged)} spilled to exchange files",
    ]
    if requests := run.total("requests"):
        retries = f", {run.total('retries'):,.0f} of them again" if run.total("retries") else ""
        parts.append(f"{sized(run.total('bytes_fetched'))} fetched in {requests:,.0f} requests{retries}")
    parts += [f"{run.reused} reused"] if run.reused else []
    parts += [f"{run.reran} ran again"] if run.reran else []
    return ", ".join(parts)


def _measured(steps: Mapping[str, Step]) -> Callable[[Plan], str]:
    def note(node: Plan) -> str:
        step = steps.get(node.digest)
        if step is None:
            return ""
        return f"   [{step.rows:,} rows, {sized(step.bytes)}, {step.seconds:.3f} s, peak {sized(step.peak)}]"

    return note
