"""Jobs larger than their memory: ``python -m benchmarks.memory``, beside DuckDB under the same limit.

Two jobs. *join*: lineitem joined with orders and grouped by customer, two string columns kept; *sort*: rows with a
string column, sorted and written. Each system runs each job in a process of its own, so that an abort shows, and the
memory of its whole process tree is sampled. Answers are compared with those of bigframe without a limit.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.tpch.data import generate
from benchmarks.tpch.sampling import Sampler, process_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

SAMPLE_SECONDS = 0.02
LIST_SECONDS = 0.5
ROWS_AT_ONCE = 1_000_000
# An odd constant, so that multiplication by it permutes the 64-bit integers: keys are distinct and in no order.
GOLDEN = 0x9E3779B97F4A7C15

LIMITS = {"join": "2GB", "sort": "1GB"}
SYSTEMS = ("bigframe", "duckdb")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked, and print a table and one line of JSON for each run."""
    asked = _parser().parse_args(arguments)
    for job in asked.jobs:
        folder = _inputs(job, asked)
        limit = asked.limit or LIMITS[job]
        reference: Run | None = None
        for system, memory_limit in [("bigframe", None)] * asked.unlimited + [(name, limit) for name in asked.systems]:
            run = measured(job, system, folder, memory_limit, asked.timeout)
            _show(run, reference)
            reference = reference or run
    print("peak: the resident memory of all processes together, mapped files included; the limit is held against it.")
    print("own: what of it belongs to no file, which the kernel cannot take back.")


@dataclass(frozen=True)
class Run:
    """A job of one system, once; bytes and seconds."""

    job: str
    system: str
    limit: str | None
    seconds: float
    peak: int
    own: int
    spilled: int
    digest: str | None
    failure: str | None = None


def measured(job: str, system: str, folder: str, limit: str | None, timeout: float) -> Run:
    """Run a job in a process of its own.

    Parameters
    ----------
    job, system
        Which job, and who runs it.
    folder
        Of its inputs.
    limit
        Of memory, such as ``"2GB"``; None: as much as the system takes by itself.
    timeout
        Seconds after which the job is given up.

    Returns
    -------
    Run
        What it took; a failure where it raised, was killed or was given up.
    """
    # Spawned, because a fork would share the memory that is measured, and engines do not survive forks.
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    with tempfile.TemporaryDirectory(prefix="memory-", dir=Path(folder).parent) as scratch:
        process = context.Process(target=_serve, args=(theirs, job, system, folder, limit, scratch))
        process.start()
        theirs.close()
        started = time.perf_counter()
        try:
            pipe.recv()
            started = time.perf_counter()
            with Sampled(process.pid) as memory:
                pipe.send("go")
                ran: dict[str, Any] = {"failure": f"not done after {timeout:g} s"}
                if pipe.poll(timeout):
                    ran = pipe.recv()
            seconds = time.perf_counter() - started
            digest = pipe.recv() if ran["failure"] is None else None
        except EOFError:
            process.join()
            seconds, digest = time.perf_counter() - started, None
            ran = {"failure": f"its process ended with exit code {process.exitcode}"}
        for each in process_tree(process.pid):
            with suppress(psutil.NoSuchProcess):
                each.kill()
        process.join()
        return Run(job, system, limit, seconds, memory.peak, memory.own, ran.get("spilled", 0), digest, ran["failure"])


class Sampled(Sampler):
    """Adds up the memory of a process tree.

    Attributes
    ----------
    peak, own
        The most that was resident at once, and the most of it that belongs to no file; bytes.
    """

    def __init__(self, pid: int | None) -> None:
        super().__init__(self._add_up, SAMPLE_SECONDS)
        self.peak = self.own = 0
        self._pid = pid
        self._processes, self._listed = process_tree(pid), time.monotonic()

    def _add_up(self) -> None:
        if time.monotonic() - self._listed > LIST_SECONDS:
            self._processes, self._listed = process_tree(self._pid), time.monotonic()
        sizes = [_resident(process.pid) for process in self._processes]
        self.peak = max(self.peak, sum(resident for resident, _ in sizes))
        self.own = max(self.own, sum(own for _, own in sizes))


def _resident(pid: int) -> tuple[int, int]:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0, 0
    fields = dict(line.split(":", 1) for line in status.splitlines())
    sizes = {name: int(fields.get(name, "0").split()[0]) * 1024 for name in ("VmRSS", "RssAnon", "RssShmem")}
    return sizes["VmRSS"], sizes["RssAnon"] + sizes["RssShmem"]


def _serve(pipe: Connection, job: str, system: str, folder: str, limit: str | None, scratch: str) -> None:
    output = f"{scratch}/out"
    run = {"bigframe": _bigframe, "duckdb": _duckdb}[system](job, folder, limit, scratch)
    pipe.send("ready")
    pipe.recv()
    try:
        spilled = run(output)
    except Exception as error:  # noqa: BLE001 - whatever a system raises is its result
        pipe.send({"failure": " ".join(traceback.format_exception_only(error)[-1].split())})
        return
    pipe.send({"failure": None, "spilled": spilled})
    pipe.send(digest(job, output))


def _bigframe(job: str, folder: str, limit: str | None, scratch: str) -> Callable[[str], int]:
    import bigframe as pd

    session = pd.connect(storage=f"{scratch}/storage", memory_limit=limit)

    def run(output: str) -> int:
        if job == "join":
            lineitem, orders = pd.read_parquet(f"{folder}/lineitem"), pd.read_parquet(f"{folder}/orders")
            both = lineitem.merge(orders, left_on="l_orderkey", right_on="o_orderkey")
            groups = both.groupby("o_custkey", as_index=False)
            answer = groups.agg(
                quantity=("l_quantity", "sum"),
                lines=("l_linenumber", "count"),
                comment=("l_comment", "max"),
                order_comment=("o_comment", "min"),
            )
        else:
            answer = pd.read_parquet(folder).sort_values("key")
        answer.to_parquet(output, index=False)
        assert session.last_metrics is not None
        return int(session.last_metrics["job"]["bytes_exchanged"])

    return run


def _duckdb(job: str, folder: str, limit: str | None, scratch: str) -> Callable[[str], int]:
    import duckdb

    database = duckdb.connect(f"{scratch}/database", config={"temp_directory": f"{scratch}/spill"})
    if limit is not None:
        database.execute(f"SET memory_limit = '{limit}'")
    query = f"SELECT * FROM '{folder}/*.parquet' ORDER BY key"
    if job == "join":
        query = f"""
            SELECT o_custkey, sum(l_quantity) AS quantity, count(l_linenumber) AS lines,
                   max(l_comment) AS comment, min(o_comment) AS order_comment
            FROM '{folder}/lineitem/*.parquet' JOIN '{folder}/orders/*.parquet' ON l_orderkey = o_orderkey
            GROUP BY o_custkey ORDER BY o_custkey
        """

    def run(output: str) -> int:
        Path(output).mkdir()
        with _Growth(Path(scratch, "spill")) as spilled:
            database.execute(f"COPY ({query}) TO '{output}/part-0.parquet' (FORMAT parquet)")
        return spilled.most

    return run


class _Growth(Sampler):
    """Looks how large a folder becomes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(self._measure, 0.2)
        self.most = 0
        self._folder = folder

    def _measure(self) -> None:
        with suppress(OSError):
            self.most = max(self.most, sum(file.stat().st_size for file in self._folder.glob("*")))


def digest(job: str, folder: str) -> str:
    """Rows and a hash of what a job wrote: of each row with its place, because both jobs have an order."""
    import polars as pl
    import pyarrow.parquet as pq

    total, rows = 0, 0
    for path in sorted(Path(folder).rglob("*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(ROWS_AT_ONCE):
            frame = pl.DataFrame(batch)
            columns = [pl.col(name).cast(_normal(dtype)) for name, dtype in frame.schema.items()]
            placed = pl.int_range(rows, rows + frame.height, dtype=pl.Int64, eager=True).alias("place")
            hashes = frame.select(columns).with_columns(placed).hash_rows(seed=1)
            total = (total + int(hashes.to_numpy().sum(dtype="uint64"))) % 2**64
            rows += frame.height
    return f"{rows} rows {total:016x} ({job})"


def _normal(dtype: Any) -> Any:
    import polars as pl

    return pl.Int64 if dtype.is_integer() else pl.Float64 if dtype.is_numeric() else pl.String


def _inputs(job: str, asked: argparse.Namespace) -> str:
    if job == "join":
        return str(generate(asked.data / f"scale-{asked.scale:g}", asked.scale))
    folder: Path = asked.data / f"rows-{asked.rows}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as staging:
            write_rows(Path(staging, "ready"), asked.rows)
            shutil.move(Path(staging, "ready"), folder)
    return str(folder)


def write_rows(folder: Path, rows: int) -> None:
    """Write rows to sort as one Parquet file: a key in no order, two numbers and a text of about 25 bytes."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    folder.mkdir(parents=True)
    schema = pa.schema([("key", pa.int64()), ("row", pa.int64()), ("value", pa.float64()), ("text", pa.large_string())])
    words = [pa.scalar(word, pa.large_string()) for word in ("text", "-")]
    with pq.ParquetWriter(folder / "part-00000.parquet", schema) as writer:
        for start in range(0, rows, ROWS_AT_ONCE):
            row = np.arange(start, min(start + ROWS_AT_ONCE, rows), dtype=np.uint64)
            key = (row * np.uint64(GOLDEN)).view(np.int64)
            text = pc.binary_join_element_wise(pa.array(key).cast(pa.large_string()), *words)
            columns = [pa.array(key), pa.array(row.view(np.int64)), pa.array(key / 2**32), text]
            batch = pa.table(columns, schema=schema)
            writer.write_table(batch, row_group_size=100_000)


def _show(run: Run, reference: Run | None) -> None:
    sizes = f"peak {run.peak / 1e9:6.2f} GB  own {run.own / 1e9:6.2f} GB  spilled {run.spilled / 1e9:6.2f} GB"
    equal = "" if reference is None or run.failure else "  equal" if run.digest == reference.digest else "  DIFFERENT"
    name = f"{run.job:5} {run.system:9} {run.limit or 'no limit':9}"
    print(f"{name} {run.seconds:7.1f} s  {sizes}{equal}  {run.failure or ''}", flush=True)
    print(json.dumps(asdict(run)), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    add = parser.add_argument
    add("--jobs", nargs="+", choices=sorted(LIMITS), default=sorted(LIMITS), help="which jobs (default: both)")
    add("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS, help="who runs them under the limit (default: both)")
    add("--limit", help="of memory (default: 2GB for the join, 1GB for the sort)")
    add("--scale", type=float, default=10, help="TPC-H scale of the join (default: %(default)s)")
    add("--rows", type=int, default=50_000_000, help="rows of the sort (default: %(default)s)")
    add("--no-reference", dest="unlimited", action="store_false", help="leave out the run without a limit")
    add("--timeout", type=float, default=1800, help="seconds after which a run is given up (default: %(default)s)")
    add("--data", type=Path, default=_cache(), help="folder for the inputs (default: in the user's cache folder)")
    return parser


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bigframe" / "tpch"


if __name__ == "__main__":
    main()
