"""How long it takes to record plans, to run long ones, to import, and to stop.

Times are CPU time of all threads, so that other work on the machine weighs little; stopping is a wait.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import bigframe as pd

IMPORT = "import time; t = time.process_time(); import {module}; print(time.process_time() - t)"


def main() -> None:
    """Print one line per measurement beside its limit."""
    pandas_alone = median(_imported("pandas") for _ in range(5))
    both = median(_imported("bigframe") for _ in range(5))
    _show("import bigframe, beyond import pandas", both - pandas_alone, 0.15)
    with pd.connect() as session:
        start = pd.DataFrame({"a": [1, 2, 3], "b": [1.0, 2.0, 3.0]})
        alternating(start, 10).to_pandas()
        _show("record 200 assignments", _seconds(lambda: assigning(start, 200)), 0.05)
        _show("record 200 filters and assignments", _seconds(lambda: alternating(start, 200)), 0.05)
        _show("run 200 filters and assignments", _seconds(lambda: alternating(start, 200).to_pandas()), 0.5)
        _show("run 5,000 filters and assignments", _seconds(lambda: alternating(start, 5000).to_pandas(), 1), 10)
        _show("run 1,000 new columns", _seconds(lambda: widening(start, 1000).to_pandas(), 1))
        _show(
            "explain 200 filters and assignments",
            _seconds(lambda: session.explain(alternating(start, 200)._frame.plan())),
        )
        _show("repr of three rows", _seconds(lambda: repr(start)))
        for name, job in {"cross join": cross_join, "Python function": slow_map, "sort": big_sort}.items():
            _show(f"cancel a {name}", _until_cancelled(session, job), 1)


def alternating(frame: Any, steps: int) -> Any:
    """Filters and assignments of one column in turn."""
    for _ in range(steps // 2):
        frame = frame[frame["a"] > -1000]
        frame = frame.assign(a=frame["a"] + 1)
    return frame


def assigning(frame: Any, steps: int) -> Any:
    """Assignments of one column."""
    for _ in range(steps):
        frame = frame.assign(a=frame["a"] + 1)
    return frame


def widening(frame: Any, steps: int) -> Any:
    """New columns, each from the one before."""
    frame = frame.copy()
    for number in range(steps):
        frame[f"c{number}"] = (frame[f"c{number - 1}"] if number else frame["a"]) + 1
    return frame


def cross_join() -> Any:
    """A join of billions of rows."""
    many = pd.DataFrame({"x": range(100_000)})
    return (many.merge(many, how="cross").x_x % 7).sum().item()


def big_sort() -> Any:
    """A sort of tens of millions of rows."""
    many = pd.DataFrame({"x": range(16_000)})
    wide = many.merge(many.head(4_000), how="cross")
    return wide.assign(key=(wide.x_x * 7919 + wide.x_y * 104729) % 1_000_003).sort_values("key").key.to_pandas()


def slow_map() -> Any:
    """A function that takes half an hour for all rows."""

    def slow(value: int) -> int:
        time.sleep(0.02)
        return value

    return pd.DataFrame({"x": range(100_000)}).x.map(slow).sum().item()


def _until_cancelled(session: pd.Session, job: Callable[[], Any]) -> float:
    asked = []

    def cancel() -> None:
        asked.append(time.perf_counter())
        session.cancel()

    timer = threading.Timer(1, cancel)
    timer.start()
    try:
        job()
    except pd.Cancelled:
        return time.perf_counter() - asked[0]
    finally:
        timer.cancel()
    return float("nan")


def _seconds(function: Callable[[], Any], repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        started = time.process_time()
        function()
        times.append(time.process_time() - started)
    return median(times)


def _imported(module: str) -> float:
    command = [sys.executable, "-c", IMPORT.format(module=module)]
    # As installed packages are: compiled once.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return float(subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout)


def _show(what: str, seconds: float, limit: float | None = None) -> None:
    print(f"{what:40s} {seconds:8.3f} s" + (f"   limit {limit:g} s" if limit else ""))


if __name__ == "__main__":
    main()
