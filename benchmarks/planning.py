"""How long bigframe thinks before it runs a TPC-H query: recording, optimizing and planning.

Times are CPU time of all threads, so that other work on the machine weighs little; each is the median of its repeats in
one process, after a run that is not counted.
"""

from __future__ import annotations

import argparse
import gc
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import bigframe as pd
from benchmarks.tpch.data import Tables, generate, load
from benchmarks.tpch.queries import QUERIES
from benchmarks.tpch.run import tables_folder
from bigframe.api.looking.run import job_of
from engine.datasets import Datasets
from engine.job import Engine
from engine.optimizer.pipeline import optimize

LIMIT = 0.015
PHASES = ("recording", "optimizing", "planning")


def main() -> None:
    """Print the milliseconds of every query and phase beside the limit."""
    asked = _parser().parse_args()
    folder = asked.data or generate(tables_folder() / f"scale-{asked.scale:g}", asked.scale)
    print(f"{'':4}" + "".join(f"{name:>12}" for name in (*PHASES, "total")) + "   ms")
    with pd.connect() as session:
        assert isinstance(session.engine, Engine)
        tables = load(pd, folder)
        totals = {number: _measured(number, tables, session, session.engine, asked.repeats) for number in asked.queries}
    mean, worst = sum(totals.values()) / len(totals), max(totals, key=lambda number: totals[number])
    print(f"mean {1000 * mean:.1f} ms, worst {1000 * totals[worst]:.1f} ms (Q{worst}), limit {1000 * LIMIT:g} ms")


def _measured(number: int, tables: Tables, session: pd.Session, engine: Engine, repeats: int) -> float:
    runs = [_phases(number, tables, session, engine) for _ in range(repeats + 1)][1:]
    total: float = median(map(sum, runs))
    medians = [*(median(times) for times in zip(*runs, strict=True)), total]
    print(f"Q{number:<3}" + "".join(f"{1000 * seconds:12.1f}" for seconds in medians), flush=True)
    return total


def _phases(number: int, tables: Tables, session: pd.Session, engine: Engine) -> list[float]:
    """Seconds of each phase of one query, which ends where its first task would begin."""
    gc.collect()
    times = [time.process_time()]
    asked: Any = QUERIES[number](tables)
    plans, _ = job_of([("frame", asked._frame)], known=session.facts)
    times.append(time.process_time())
    files = Datasets(engine.storage)
    optimized = optimize(tuple(plans), facts=files)
    times.append(time.process_time())
    engine._expected(optimized, files)
    times.append(time.process_time())
    return [after - before for before, after in pairwise(times)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    add = parser.add_argument
    add("--data", type=Path, help="folder with TPC-H tables (default: generated in the user's cache folder)")
    add("--scale", type=float, default=1.0, help="TPC-H scale factor of tables to generate (default: 1)")
    add("--repeats", type=int, default=15, help="runs of each query (default: 15)")
    add("--queries", type=int, nargs="+", choices=list(QUERIES), default=list(QUERIES), metavar="N", help="1 to 22")
    return parser


if __name__ == "__main__":
    main()
