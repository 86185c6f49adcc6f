"""Runs directories of pandas' tests, each in a process of its own that is begun again after the test it died in."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pandas

from tests.pandas_suite import outcomes
from tests.pandas_suite.outcomes import Outcome

ROOT = Path(__file__).parents[2]
PANDAS = Path(pandas.__file__).parent
CORE = ("frame", "series", "groupby", "reshape", "reductions", "strings", "apply", "arithmetic")
SECOND = ("window", "resample", "indexing")
_LEFT_OUT = "not slow and not network and not db and not single_cpu and not clipboard"
_MOST_DEATHS = 100


def run(
    targets: Sequence[str],
    *,
    sample: float = 1.0,
    seed: int = 0,
    partitions: int = 1,
    most_per_file: int = 0,
    seconds_per_test: int = 30,
) -> list[Outcome]:
    """The outcomes of the tests under some paths of pandas' tests.

    Parameters
    ----------
    targets
        Relative to the ``pandas`` package (``tests/reductions``).
    sample, seed
        The share of tests to run, chosen by name and seed.
    partitions
        Of every in-memory input.
    most_per_file
        How many tests of a file to run, chosen by name and seed; 0: all of the sample.
    seconds_per_test
        After which a test has failed.
    """
    with tempfile.TemporaryDirectory(prefix="pandas-suite-") as folder:
        found = Path(folder, "outcomes.jsonl")
        options = {
            "outcomes": found,
            "timeout": seconds_per_test,
            "partitions": partitions,
            "sample": sample,
            "seed": seed,
            "most-per-file": most_per_file,
        }
        command = [
            *(sys.executable, "-m", "pytest", "-p", "tests.pandas_suite.plugin", "-p", "no:cacheprovider"),
            *("-c", str(PANDAS / "pyproject.toml"), "-o", "addopts=--strict-markers", "-o", "filterwarnings="),
            *("-o", "empty_parameter_set_mark=skip", "-W", "ignore", "-m", _LEFT_OUT, "-q", "--tb=no"),
            "--continue-on-collection-errors",
            *(f"--{name}={value}" for name, value in options.items()),
            *(str(PANDAS / target) for target in targets),
        ]
        for _ in range(_MOST_DEATHS):
            log = Path(folder, "log.txt")
            died_in = Path(f"{found}.running")
            _watch(command, log, died_in, 4 * seconds_per_test)
            if not died_in.exists():
                break
            outcomes.append(found, Outcome(died_in.read_text(encoding="utf-8"), "failed", cause="its process died"))
            died_in.unlink()
        else:
            raise RuntimeError(f"the process died {_MOST_DEATHS} times; the last log:\n{log.read_text()[-4000:]}")
        result = list(outcomes.read(found))
        if not result and sample == 1.0:
            raise RuntimeError(f"no test ran:\n{log.read_text()[-4000:]}")
        return result


def _watch(command: Sequence[str], log: Path, running: Path, limit: int) -> None:
    """Run a command to its end, or to that of a test that native code does not let be interrupted."""
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=log.parent, env=_environment(), stdout=output, stderr=output) as process,
    ):
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=2)
            if running.exists() and time.time() - running.stat().st_mtime > limit:
                process.kill()


def _environment() -> dict[str, str]:
    """Modules compiled with other imports must not be taken for pandas' own, nor for those of another rewriting."""
    rules = hashlib.blake2b((Path(__file__).with_name("rewriting.py")).read_bytes(), digest_size=6).hexdigest()
    compiled = ROOT / "build" / "pandas-suite" / rules
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": paths, "PYTHONPYCACHEPREFIX": str(compiled), "PYTHONHASHSEED": "0"}
