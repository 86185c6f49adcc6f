"""The measurement: for each query the systems take turns, and every answer is held against DuckDB's."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import psutil

from benchmarks.tpch.answers import ORDER_BY, assert_same
from benchmarks.tpch.child import Child

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas

REFERENCE = "duckdb"

# Of all cores: what an idle Dask cluster takes, and a little.
QUIET_PERCENT = 10
QUIET_SECONDS = 0.1
PATIENCE = 3.0


@dataclass(frozen=True)
class Result:
    """One query of one system at one scale, several times, until it failed."""

    scale: float
    query: int
    system: str
    seconds: tuple[float, ...]
    peak_bytes: int
    failure: str | None = None

    @property
    def median(self) -> float | None:
        """Seconds, or ``None`` where any repetition failed."""
        return None if self.failure else median(self.seconds)


def measure(
    folder: str, scale: float, systems: Sequence[str], queries: Sequence[int], repeats: int, timeout: float
) -> Iterator[Result]:
    """Measure systems at one scale.

    Every query begins with a run of DuckDB that is not timed: it gives the answer to compare with and leaves the files
    in the cache of the operating system for everybody. Then the systems take turns `repeats` times, each when the
    machine is quiet again.

    Parameters
    ----------
    folder
        A folder that `benchmarks.tpch.data.generate` returned.
    scale
        Its scale, for the results.
    systems
        Names in `benchmarks.tpch.systems.SYSTEMS`, DuckDB among them.
    queries
        Numbers, 1 to 22.
    repeats
        Runs of each query by each system.
    timeout
        Seconds after which a query is given up.

    Yields
    ------
    Result
        By query, then in the order of `systems`; a system that failed a query is not asked it again.

    Raises
    ------
    RuntimeError
        If DuckDB fails, so that there is nothing to compare with, or a system does not start.
    """
    with ExitStack() as stack:
        children = {system: stack.enter_context(Child(system, folder, timeout)) for system in systems}
        for query in queries:
            with children[REFERENCE].awake():
                reference = children[REFERENCE].run(query)
            if reference.answer is None:
                raise RuntimeError(f"{REFERENCE} has no answer to query {query}: {reference.failure}")
            results = {system: Result(scale, query, system, (), 0) for system in systems}
            for _ in range(repeats):
                for system, result in results.items():
                    if result.failure is None:
                        results[system] = _once_more(result, children[system], reference.answer)
            yield from results.values()


def _wait_until_quiet() -> None:
    """Let the system before put away what it holds: on few cores the next one would pay for that."""
    deadline = time.monotonic() + PATIENCE
    while psutil.cpu_percent(QUIET_SECONDS) > QUIET_PERCENT and time.monotonic() < deadline:
        pass


def _once_more(result: Result, child: Child, expected: pandas.DataFrame) -> Result:
    with child.awake():
        _wait_until_quiet()
        run = child.run(result.query)
    failure = run.failure
    if run.answer is not None:
        try:
            assert_same(run.answer, expected, ordered=ORDER_BY[result.query])
        except (AssertionError, TypeError) as difference:
            failure = "wrong answer: " + " ".join(str(difference).split())
    return Result(
        result.scale,
        result.query,
        result.system,
        (*result.seconds, run.seconds),
        max(result.peak_bytes, run.peak_bytes),
        failure,
    )
