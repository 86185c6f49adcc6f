"""``python -m tests.pandas_suite``: runs pandas' own tests against bigframe and writes the page of scores."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from tests.pandas_suite import outcomes, report
from tests.pandas_suite.outcomes import Outcome
from tests.pandas_suite.running import CORE, ROOT, SECOND, run
from tests.pandas_suite.scoring import causes, gathers, score

KEPT = ROOT / "build" / "pandas-suite" / "outcomes.jsonl"
_IN_SCOPE = (*CORE, *SECOND)
_PRINTED_CAUSES = 20


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make pandas-suite", description=__doc__)
    parser.add_argument(
        "directories", nargs="*", default=_IN_SCOPE, help="below pandas/tests; fewer than all write no page"
    )
    parser.add_argument("--sample", type=float, default=1.0, help="share of the tests of each directory (0.05)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--partitions", type=int, default=1, help="of every in-memory input (1 or 3)")
    asked = parser.parse_args()
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.unlink(missing_ok=True)
    everything: list[Outcome] = []
    for name in asked.directories:
        started = time.monotonic()
        found = run([f"tests/{name}"], sample=asked.sample, seed=asked.seed, partitions=asked.partitions)
        everything += found
        for outcome in found:
            outcomes.append(KEPT, outcome)
        one = score(name, found)
        print(
            f"{name:12} {one.score:6.1%} of {one.counted:,} ({one.native_score:.1%} without gathering), "
            f"{len(found):,} tests in {time.monotonic() - started:.0f} s",
            flush=True,
        )
    print(f"every outcome: {KEPT.relative_to(ROOT)}")
    if set(asked.directories) == set(_IN_SCOPE):
        report.write(everything, extent=extent(asked.sample, asked.seed, asked.partitions))
    else:
        show_causes(everything)


def show_causes(found: Sequence[Outcome]) -> None:
    """Print the largest causes of what did not pass, and of what gathered."""
    kinds = {"unsupported": causes(found, "unsupported"), "failed": causes(found, "failed"), "gathered": gathers(found)}
    for kind, listed in kinds.items():
        print(f"\n{kind}")
        for cause in listed[:_PRINTED_CAUSES]:
            print(f"{cause.tests:6,} {cause.functions:5,} {cause.text}\n       {cause.example}")


def extent(sample: float, seed: int, partitions: int) -> str:
    """A sentence that says how much was run."""
    share = "All of them" if sample >= 1 else f"A sample of {sample:.0%} of them (seed {seed})"
    return f"{share} ran in process, over {partitions} partition{'s' if partitions > 1 else ''}."


if __name__ == "__main__":
    main()
