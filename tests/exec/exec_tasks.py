"""Task functions that the tests run in worker processes; each leaves traces in a folder named in its spec."""

import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl

from bigframe.errors import Cancelled
from engine.exec.cancel import cancellable
from engine.exec.errors import ExchangeCorrupt
from engine.exec.exchange import ExchangeFile, read_exchange, write_exchange
from engine.exec.runner import TaskContext


def leave(folder: str, name: str) -> None:
    """Leave a trace that this point was reached; appears complete or not at all."""
    path = Path(folder, f".{name}")
    path.write_text(str(os.getpid()))
    path.replace(Path(folder, name))


def double(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    return {"doubled": spec["x"] * 2, "attempt": context.attempt, "key": context.key}


def not_json(spec: dict[str, Any], context: TaskContext) -> Any:
    return {"object": {1, 2}} if spec["nested"] else [1, 2]


def fail(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    leave(spec["folder"], f"{context.key}.{context.attempt}")
    raise KeyError(f"no column {spec['column']!r}")


class Unpicklable(Exception):
    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


def fail_unpicklable(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    raise Unpicklable("this", "that")


def exit_process(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    sys.exit(3)


def wait_for_cancel(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    """Finish at once, or run until the token stops it."""
    if not spec["wait"]:
        return {}
    leave(spec["folder"], f"{context.key}.started")
    try:
        while True:
            context.check()
            time.sleep(0.01)
    except Cancelled:
        leave(spec["folder"], f"{context.key}.stopped")
        raise


def query_for_ever(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    """One Polars query that only the token can end in the lifetime of a test."""

    def slowly(batch: pl.DataFrame) -> pl.DataFrame:
        leave(spec["folder"], f"{context.key}.started")
        time.sleep(0.02)
        return batch

    path = Path(spec["folder"], "numbers.parquet")
    pl.DataFrame({"a": range(1000)}).write_parquet(path)
    scan = cancellable(pl.scan_parquet([path] * 100_000), context.token).map_batches(slowly, streamable=True)
    return {"sum": scan.select(pl.col("a").sum()).collect(engine="streaming").item()}


def sleep_deaf(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    leave(spec["folder"], f"{context.key}.started")
    time.sleep(600)
    return {}


def hold_gil(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    """Native code that neither ends nor gives up the GIL."""
    leave(spec["folder"], f"{context.key}.started")
    re.match(r"(a+)+b", "a" * 64)
    return {}


def die_for(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    """End the worker process on the first ``deaths`` attempts."""
    if context.attempt <= spec["deaths"]:
        os.kill(os.getpid(), 9)
    return {"attempt": context.attempt}


def die_by(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    """End this process with a signal, as memory that is not to be had or a crash in native code would."""
    os.kill(os.getpid(), spec["signal"])
    return {}


def take_memory(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    """Take memory a little at a time, and give it back."""
    taken = []
    for _ in range(spec["megabytes"]):
        taken.append(bytearray(os.urandom(1)) * (1 << 20))
        time.sleep(0.002)
    return {"pid": os.getpid()}


def write_map(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    """Split numbers by remainder into an exchange file, slowly enough to be killed meanwhile."""
    leave(spec["folder"], f"{context.key}.{context.attempt}")
    while Path(spec["folder"], "hold").exists():
        context.check()
        time.sleep(0.01)
    frame = pl.DataFrame({"a": range(spec["start"], spec["start"] + 1000)})
    path = f"{spec['folder']}/exchange/{context.key}.a{context.attempt}.arrow"
    remainder = frame["a"] % spec["partitions"]
    return write_exchange(frame, remainder, spec["partitions"], path, producer=context.key).to_json()


def sum_partition(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    files = [ExchangeFile.from_json(file) for file in spec["files"]]
    return {"sum": read_exchange(files, spec["partition"])["a"].sum()}


def lose_input(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    if spec["producer"]:
        raise ExchangeCorrupt("somewhere", spec["producer"], "missing")
    return {}


def where(spec: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    time.sleep(0.05)
    return {"pid": os.getpid(), "polars_threads": pl.thread_pool_size()}
