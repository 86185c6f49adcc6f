"""What a measurement ran on, in words: machine, versions, load. Never a path or an address."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = ("bigframe", "duckdb", "polars", "dask", "distributed", "pandas", "pyarrow", "numpy", "tpchgen-cli")


def machine() -> str:
    """Describe this machine.

    Returns
    -------
    str
        Cores that this process may use, processor, memory in GiB, operating system, Python.

    Examples
    --------
    >>> from benchmarks.tpch.environment import machine
    >>> machine()  # doctest: +SKIP
    '2 cores of AMD EPYC, 24 GiB of memory, Linux on x86_64, CPython 3.11.9'
    """
    memory = round(psutil.virtual_memory().total / 2**30)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{_cores()} cores of {_processor()}, {memory} GiB of memory, {platform.system()} on {platform.machine()}, {python}"


def versions() -> dict[str, str]:
    """Versions of everything that took part, by package."""
    return {package: version(package) for package in PACKAGES}


def load() -> float:
    """Processes that wanted a core in the last minute, on average, before the measurement adds its own."""
    return round(float(psutil.getloadavg()[0]), 1)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "an unknown processor"
