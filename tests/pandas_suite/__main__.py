"""``python -m tests.pandas_suite``: runs pandas' own tests against bigframe and writes the page of scores."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.pandas_suite import outcomes, report
from tests.pandas_suite.outcomes import Outcome
from tests.pandas_suite.running import CORE, ROOT, SECOND, run
from tests.pandas_suite.scoring import causes, gathers, score

KEPT = ROOT / "build" / "pandas-suite"
_IN_SCOPE = (*CORE, *SECOND)
_LONGEST_FIRST = ("frame", "series", "arithmetic", "groupby", "window")
_PRINTED_CAUSES = 20


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make pandas-suite", description=__doc__)
    add = parser.add_argument
    add("directories", nargs="*", default=_IN_SCOPE, help="below pandas/tests; fewer than all write no page")
    add(
        "--sample",
        type=float,
        nargs="+",
        default=[1.0],
        help="share of the tests of each directory, of every run or of each",
    )
    add("--seed", type=int, default=0, help="of the sample")
    add("--partitions", type=int, nargs="+", default=[1, 3], help="of every in-memory input, a run each (default: 1 3)")
    add("--jobs", type=int, default=os.cpu_count() or 1, help="directories that run at a time (default: one a core)")
    asked = parser.parse_args()
    shares = asked.sample * len(asked.partitions) if len(asked.sample) == 1 else asked.sample
    samples = dict(zip(asked.partitions, shares, strict=True))
    runs = run_all(asked.directories, samples, asked.seed, asked.jobs)
    if set(asked.directories) == set(_IN_SCOPE):
        report.write(runs, extent=extent(samples, asked.seed))
    else:
        for partitions, found in runs.items():
            print(f"\n==> {partitions} partitions")
            show_causes(found)


def run_all(
    directories: Sequence[str], samples: Mapping[int, float], seed: int, jobs: int
) -> Mapping[int, Sequence[Outcome]]:
    """The outcomes of directories, of which a share is run over each number of partitions; scores are printed as they come."""
    KEPT.mkdir(parents=True, exist_ok=True)
    runs: dict[int, list[Outcome]] = {count: [] for count in samples}
    for count in samples:
        _kept(count).unlink(missing_ok=True)
    with ThreadPoolExecutor(jobs) as pool:
        running: dict[Future[tuple[list[Outcome], float]], tuple[int, str]] = {
            pool.submit(_timed, name, sample, seed, count): (count, name)
            for count, sample in samples.items()
            for name in sorted(directories, key=lambda name: name not in _LONGEST_FIRST)
        }
        for ended in as_completed(running):
            count, name = running[ended]
            found, seconds = ended.result()
            runs[count] += found
            for outcome in found:
                outcomes.append(_kept(count), outcome)
            one = score(name, found)
            print(
                f"{name:12} over {count}: {one.score:6.1%} of {one.counted:,} ({one.native_score:.1%} without "
                f"gathering), {len(found):,} tests in {seconds:.0f} s",
                flush=True,
            )
    print(f"every outcome: {KEPT.relative_to(ROOT)}")
    return runs


def _timed(name: str, sample: float, seed: int, partitions: int) -> tuple[list[Outcome], float]:
    started = time.monotonic()
    return run([f"tests/{name}"], sample=sample, seed=seed, partitions=partitions), time.monotonic() - started


def _kept(partitions: int) -> Path:
    return KEPT / f"outcomes-{partitions}.jsonl"


def show_causes(found: Sequence[Outcome]) -> None:
    """Print the largest causes of what did not pass, and of what gathered."""
    kinds = {"unsupported": causes(found, "unsupported"), "failed": causes(found, "failed"), "gathered": gathers(found)}
    for kind, listed in kinds.items():
        print(f"\n{kind}")
        for cause in listed[:_PRINTED_CAUSES]:
            print(f"{cause.tests:6,} {cause.functions:5,} {cause.text}\n       {cause.example}")


def extent(samples: Mapping[int, float], seed: int) -> str:
    """A sentence that says how much was run."""
    parts = [
        f"over {report.partitions_of(count)} {'all of them' if share >= 1 else f'a sample of {share:.0%} (seed {seed})'}"
        for count, share in samples.items()
    ]
    return f"In process ran {', '.join(parts)}."


if __name__ == "__main__":
    main()
