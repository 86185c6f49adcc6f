"""The one task function: run a stage's query on one partition and hand its rows over."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

import polars as pl

import engine.kernels.catalog  # noqa: F401  (registers the kernels)
from bigframe.errors import BigFrameError, ExecutionError
from bigframe.plan import wire
from bigframe.plan.node import Plan
from bigframe.plan.scan import Scan
from bigframe.tree import walk
from engine.exec import faults
from engine.exec.cancel import cancellable
from engine.exec.exchange import ExchangeFile, Section, read_exchange, write_exchange
from engine.exec.partitioning import hash_partition, range_partition
from engine.exec.runner import TaskContext
from engine.exec.stepwise import Step, culprit, stepwise
from engine.exec.usage import used
from engine.io.layout import ScanSpec, Split
from engine.io.sink import Sink
from engine.io.source import find_damage
from engine.kernels.functions import between_calls
from engine.kernels.relational.leaves import Read
from engine.kernels.relational.lower import Sources, flags, lower
from engine.kernels.relational.sources import scanned
from engine.titles import described

SAMPLES_PER_TASK = 200
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
        ``output``, ``sample`` and ``measure``.
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
    frames = {node.digest: _leaf(node, spec, context) for node in walk(plan) if isinstance(node, (Scan, Read))}
    sources = Sources(frames, spec["task"], partial(cancellable, token=context.token))
    steps: list[Step] = []
    try:
        frame = _collect(plan, sources, steps if spec["measure"] else None)
    except Exception as error:
        context.check()
        blamed = _blamed(error, plan, sources, spec)
        if blamed is error:
            raise
        raise blamed from error
    context.check()
    faults.point("reduce.before_write" if spec["reads"] else "map.before_write")
    report = _hand_over(frame, spec, context)
    return {
        **report,
        "steps": [asdict(step) for step in steps],
        "rows": frame.height,
        "bytes": int(frame.estimated_size()),
        "seconds": time.perf_counter() - started,
        "bytes_scanned": sum(scan["bytes"] for scan in spec["scans"].values()),
        "bytes_exchanged": report["file"]["size"] if "file" in report else 0,
        "bytes_read_back": sum(_length(node, spec) for node in walk(plan) if isinstance(node, Read)),
        "sample": _sample(frame, spec["sample"]),
    }


def _collect(plan: Plan, sources: Sources, steps: list[Step] | None) -> pl.DataFrame:
    """The rows of a plan as one query, or step by step where each step is to be measured."""
    if steps is None:
        whole: pl.DataFrame = lower((plan,), sources)[0].collect(**flags())
        return whole
    rows = pl.DataFrame()
    for frame, step in stepwise(plan, sources):
        rows = frame
        steps.append(step)
    return rows


def _leaf(node: Plan, spec: dict[str, Any], context: TaskContext) -> pl.LazyFrame:
    if isinstance(node, Scan):
        given = spec["scans"][node.digest]
        splits = [Split.from_json(split) for split in given["part"]["splits"]]
        rows = (given["part"]["offset"], given["part"]["length"])
        return scanned(
            node,
            ScanSpec.from_json(given["spec"]),
            splits,
            rows,
            given["nan"],
            partial(cancellable, token=context.token),
        )
    assert isinstance(node, Read)
    given = spec["reads"][node.stage]
    files = [ExchangeFile.from_json(file) for file in given["files"]]
    partitions = range(given["partitions"]) if node.everything else [spec["number"]]
    parts = [read_exchange(files, partition) for partition in partitions]
    frame = parts[0] if len(parts) == 1 else pl.concat(parts, how="vertical")
    frame = frame.select([id for id, _ in node.fields])
    if node.position is not None:
        start = sum(given["rows"][: spec["number"]])
        frame = frame.with_columns(
            pl.int_range(start, start + frame.height, dtype=pl.Int64, eager=True).alias(node.position)
        )
    return frame.lazy()


def _length(node: Read, spec: dict[str, Any]) -> int:
    """Bytes of the exchange files that a task reads of a stage."""
    files = [ExchangeFile.from_json(file) for file in spec["reads"][node.stage]["files"]]
    sections = [file.sections.values() if node.everything else _section(file, spec["number"]) for file in files]
    return sum(section.length for found in sections for section in found)


def _section(file: ExchangeFile, partition: int) -> list[Section]:
    return [file.sections[partition]] if partition in file.sections else []


def _hand_over(frame: pl.DataFrame, spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    output = spec["output"]
    if output["kind"] == "memory":
        _results[context.key] = frame
        return {}
    if output["kind"] == "sink":
        sink = Sink.from_json(output["sink"])
        names = dict(zip(frame.columns, output["names"], strict=True))
        part = sink.write_part(frame.rename(names), spec["task"], context.check)
        faults.point("sink.written")
        return {"part": part.to_json(), "staged": {sink.staged(file): file.bytes for file in part.files}}
    count = output["partitions"]
    if output["kind"] == "hash":
        partition = hash_partition(frame, output["keys"], count)
    elif output["kind"] == "range":
        partition = range_partition(frame, output["order"][0], output["bounds"])
    elif output["kind"] == "keep":
        partition = pl.repeat(spec["task"], frame.height, dtype=pl.UInt32, eager=True)
    else:
        partition = None
    path = f"{output['folder']}/{context.key}.a{context.attempt}.arrow"
    return {"file": write_exchange(frame, partition, count, path, producer=context.key).to_json()}


def _sample(frame: pl.DataFrame, columns: list[str]) -> list[Any]:
    """Evenly spaced values of the sort key: enough to divide the rows fairly."""
    if not columns or not frame.height:
        return []
    values = frame.get_column(columns[0]).drop_nulls()
    step = max(1, len(values) // SAMPLES_PER_TASK)
    return _as_json(values.sort().gather_every(step))


def _as_json(values: pl.Series) -> list[Any]:
    if values.dtype.is_temporal():
        values = values.to_physical()
    return values.to_list() if not values.dtype.is_nested() and values.dtype != pl.Binary else []


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
