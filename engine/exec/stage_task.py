"""The one task function: run a stage's query on one partition and hand its rows over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import polars as pl

import engine.kernels.catalog  # noqa: F401  (registers the kernels)
from bigframe.errors import BigFrameError, ExecutionError
from bigframe.plan import wire
from bigframe.plan.node import Plan, plans
from bigframe.plan.scan import Scan
from engine.exec import faults
from engine.exec.batches import Passing, in_runs, query_batches
from engine.exec.cancel import cancellable
from engine.exec.errors import ExchangeFull
from engine.exec.exchange import ExchangeFile, Target, read_exchange, write_runs
from engine.exec.partitioning import hash_partition, range_partition
from engine.exec.runner import TaskContext
from engine.exec.stepwise import Step, culprit, stepwise
from engine.exec.usage import used
from engine.exec.watching import watched_columns
from engine.io.layout import ScanSpec, Split
from engine.io.sink import Sink
from engine.io.source import find_damage
from engine.kernels.functions import between_calls
from engine.kernels.relational.leaves import Read
from engine.kernels.relational.lower import Sources, flags, lower
from engine.kernels.relational.sources import scanned
from engine.titles import described

EXCHANGES = ("gather", "hash", "keep", "range")
POLARS_CONTEXT = "\n\nThis error occurred in the following expression"
_results: dict[str, pl.DataFrame] = {}


def take_result(key: str) -> pl.DataFrame:
    """The rows that a task of this process kept for the driver."""
    return _results.pop(key)


def run(spec: dict[str, Any], context: TaskContext) -> Mapping[str, Any]:
    """Run one task.

    Parameters
    ----------
    spec
        ``plan`` (wire), ``scans`` and ``reads`` by leaf digest, ``task`` (its number), ``number`` (within its branch),
        ``output``, ``sample``, ``measure`` and ``small`` (whether little is read).
    context
        Attempt and cancel token.

    Returns
    -------
    dict
        Rows, bytes, seconds; what it used, scanned and exchanged; the exchange file or written part; samples of the
        sort key; the measured steps.
    """
    with used() as usage:
        report = _run(spec, context)
    # Between steps the mark starts again.
    usage.peak_memory = max([usage.peak_memory, *(step["peak"] for step in report["steps"])])
    return {**report, **usage.to_json()}


def _run(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    (plan,) = wire.loads(spec["plan"])
    started = time.perf_counter()
    faults.task(context.key)
    between_calls.set(context.check)
    steps: list[Step] = []
    passing = Passing(next(iter(spec["sample"]), None))
    runs = passing.through(_runs(plan, spec, context, steps))
    report = _hand_over(_checked(runs, spec, context), spec, context)
    return {
        **report,
        "steps": [asdict(step) for step in steps],
        "rows": passing.rows,
        "bytes": passing.bytes,
        "seconds": time.perf_counter() - started,
        "bytes_scanned": sum(scan["bytes"] for scan in spec["scans"].values()),
        "bytes_exchanged": report["file"]["size"] if "file" in report else 0,
        "bytes_read_back": sum(read["bytes"] for read in spec["reads"].values()),
        "sample": passing.sample,
    }


def _runs(plan: Plan, spec: dict[str, Any], context: TaskContext, steps: list[Step]) -> Iterator[pl.DataFrame]:
    """The rows of a plan while they are made, as runs where they go to an exchange, else as one frame."""
    # Only here, so that what was read is given back before one frame is written.
    sources = _sources(plan, spec, context)
    try:
        yield from _computed(plan, sources, spec, steps)
    except Exception as error:
        context.check()
        blamed = _blamed(error, plan, sources, spec)
        if blamed is error:
            raise
        raise blamed from error


def _computed(plan: Plan, sources: Sources, spec: dict[str, Any], steps: list[Step]) -> Iterable[pl.DataFrame]:
    """The rows of a plan as one query, or step by step where each step is to be measured."""
    if not spec["measure"]:
        (query,) = lower((plan,), sources)
        in_batches = spec["output"]["kind"] in (*EXCHANGES, "sample")
        if in_batches and not spec["small"]:
            return in_runs(query_batches(query))
        return [query.collect(**flags(small=spec["small"]))]
    rows = pl.DataFrame()
    for frame, step in stepwise(plan, sources):
        rows = frame
        steps.append(step)
    return in_runs([rows])


def _sources(plan: Plan, spec: dict[str, Any], context: TaskContext) -> Sources:
    given = spec["scans"].items()
    rows = {digest: leaf["rows"] for digest, leaf in (*given, *spec["reads"].items())}
    columns = watched_columns(plan, {digest: scan["bytes"] for digest, scan in given}, rows)

    def watched(node: Plan, frame: pl.LazyFrame) -> pl.LazyFrame:
        return cancellable(frame, context.token, columns[node.digest]) if node.digest in columns else frame

    frames = {node.digest: _leaf(node, spec, watched) for node in plans(plan) if isinstance(node, (Scan, Read))}
    return Sources(frames, spec["task"], watched)


def _leaf(node: Plan, spec: dict[str, Any], watched: Callable[[Plan, pl.LazyFrame], pl.LazyFrame]) -> pl.LazyFrame:
    if isinstance(node, Scan):
        given = spec["scans"][node.digest]
        splits = [Split.from_json(split) for split in given["part"]["splits"]]
        rows = (given["part"]["offset"], given["part"]["length"])
        return watched(node, scanned(node, ScanSpec.from_json(given["spec"]), splits, rows, given["nan"]))
    assert isinstance(node, Read)
    given = spec["reads"][node.digest]
    files = [ExchangeFile.from_json(file) for file in given["files"]]
    frame = read_exchange(files, *given["partitions"]).select([id for id, _ in node.fields])
    if node.position is not None:
        start = given["before"]
        frame = frame.with_columns(
            pl.int_range(start, start + frame.height, dtype=pl.Int64, eager=True).alias(node.position)
        )
    return frame.lazy()


def _checked(runs: Iterable[pl.DataFrame], spec: dict[str, Any], context: TaskContext) -> Iterator[pl.DataFrame]:
    """The same runs; between them the task looks whether to stop."""
    for number, run in enumerate(runs):
        context.check()
        if not number:
            faults.point("reduce.before_write" if spec["reads"] else "map.before_write")
        yield run


def _hand_over(runs: Iterable[pl.DataFrame], spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    output = spec["output"]
    if output["kind"] in EXCHANGES:
        path = f"{output['folder']}/{context.key}.a{context.attempt}.arrow"
        placed = ((run, _target(run, output, spec["task"])) for run in _within(runs, output["room"], path))
        return {"file": write_runs(placed, output["partitions"], path, producer=context.key).to_json()}
    if output["kind"] == "sample":
        for _ in runs:
            pass  # what is asked for was taken while they passed
        return {}
    frame = pl.concat(runs, how="vertical")
    if output["kind"] == "memory":
        _results[context.key] = frame
        return {}
    sink = Sink.from_json(output["sink"])
    names = dict(zip(frame.columns, output["names"], strict=True))
    part = sink.write_part(frame.rename(names), spec["task"], context.check)
    faults.point("sink.written")
    return {"part": part.to_json(), "staged": {sink.staged(file): file.bytes for file in part.files}}


def _within(runs: Iterable[pl.DataFrame], room: int | None, path: str) -> Iterator[pl.DataFrame]:
    """The same runs, as long as there is room for them."""
    size = 0
    for run in runs:
        size += int(run.estimated_size()) if room is not None else 0
        if room is not None and size > room:
            raise ExchangeFull(path)
        yield run


def _target(run: pl.DataFrame, output: dict[str, Any], task: int) -> Target:
    """The partitions that rows go to."""
    match output["kind"]:
        case "hash":
            return hash_partition(run, output["keys"], output["partitions"])
        case "range":
            return range_partition(run, output["order"][0], output["bounds"])
        case "keep":
            return task
    return None


def _blamed(error: Exception, plan: Plan, sources: Sources, spec: dict[str, Any]) -> Exception:
    """The damaged input file behind a failed query, if there is one; else the error with step and user's line."""
    for given in spec["scans"].values():
        splits = [Split.from_json(split) for split in given["part"]["splits"]]
        damage = find_damage(ScanSpec.from_json(given["spec"]), splits)
        if damage is not None:
            return damage
    if error.args and isinstance(error.args[0], str):
        # Polars adds its expression to whatever a Python function raised; to a user it says nothing.
        error.args = (error.args[0].partition(POLARS_CONTEXT)[0], *error.args[1:])
    if isinstance(error, BigFrameError):
        return error
    failed = culprit(plan, sources)
    where = f"in {described(failed)}" + (f", asked for at {failed.origin}" if failed.origin else "") if failed else ""
    if isinstance(error, pl.exceptions.PolarsError):
        return ExecutionError(f"{error} ({where})" if where else str(error))
    if where:
        error.add_note(where)
    return error
