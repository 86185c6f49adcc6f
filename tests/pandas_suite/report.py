"""The page of scores and causes, written from a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas

from tests.pandas_suite.outcomes import Outcome
from tests.pandas_suite.running import CORE, SECOND
from tests.pandas_suite.scoring import Cause, Score, causes, gathers, lost, score, scores

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "pandas-suite.md"
_MOST_CAUSES = 150
_MOST_CAUSES_AS_JSON = 500

_INTRODUCTION = """# pandas' own tests, run against bigframe

Written by `make pandas-suite`; never edited by hand. The tests are those that the wheel of pandas {version} ships, unchanged
but for their imports: `pd` is bigframe, and what is compared is what a frame holds once it is looked at. {extent}

| word | a test |
|---|---|
| passed | in which a plan ran, or bigframe raised an error that the test expects |
| of these gathered | in which a step ran in pandas on all the data in one process |
| failed | that gave another answer, another error, or none |
| unsupported | in which bigframe said that it does not have a name, a parameter or a kind of data |
| not exercised | that passed with none of its plans run: it is about pandas alone, and is not counted |
| internals | that asks a table for a private attribute of pandas (`_mgr`); not counted |
| skipped | that pandas itself skips or expects to fail; not counted |

*Score* is passed / (passed + failed + unsupported); *native* is the same without gathered tests. 100 % cannot be had: some
tests look at memory being shared, at `is`, or at Python objects in columns. Labels that a test writes
down (`pd.Index`) are pandas' own. Which warnings are given is not compared; messages of errors are.
"""


def page(runs: Mapping[int, Sequence[Outcome]], *, extent: str) -> str:
    """The page as Markdown.

    Parameters
    ----------
    runs
        Outcomes by the number of partitions that every in-memory input had.
    extent
        A sentence that says how much was run.
    """
    parts = [_INTRODUCTION.format(version=pandas.__version__, extent=extent)]
    for partitions, outcomes in runs.items():
        parts += [f"## Scores over {partitions_of(partitions)}\n", *_scores(outcomes), ""]
    (fewest, outcomes), *others = runs.items()
    parts.append(f"What follows is of the tests over {partitions_of(fewest)}, but where it says otherwise.")
    for category, title in (("unsupported", "What bigframe does not have"), ("failed", "What differs")):
        parts += _table_of_causes(title, causes(outcomes, category))
    for partitions, several in others:
        title = f"What passes over {partitions_of(fewest)} and not over {partitions_of(partitions)}"
        parts += _table_of_causes(title, lost(outcomes, several))
    parts += _what_gathers(outcomes)
    return "\n".join(parts) + "\n"


def _scores(outcomes: Sequence[Outcome]) -> list[str]:
    rows = [_header()]
    for directories, total in ((CORE, "**core**"), (SECOND, "**second**")):
        ran = [name for name in directories if any(outcome.directory == name for outcome in outcomes)]
        rows += [_row(one) for one in scores(outcomes, ran, total)] if ran else []
    return rows


def _table_of_causes(title: str, found: Sequence[Cause]) -> list[str]:
    tests = sum(cause.tests for cause in found)
    return [
        f"\n## {title}\n",
        f"{tests:,} tests, {len(found):,} causes, the largest first; one *function* may stand for many tests.\n",
        "| tests | functions | cause | for example |",
        "|---:|---:|---|---|",
        *(_cause(cause) for cause in found[:_MOST_CAUSES]),
    ]


def partitions_of(count: int) -> str:
    """So many partitions, in words."""
    return f"{count} partition{'s' if count > 1 else ''}"


def _what_gathers(outcomes: Sequence[Outcome]) -> list[str]:
    found, counted = gathers(outcomes), max(score("", outcomes).counted, 1)
    tests = sum(cause.tests for cause in found)
    extent = f"{tests:,} tests pass with a gathered step; the first reason announced in each, the largest first."
    return [
        "\n## What gathers\n",
        f"{extent} *Share* is of all tests that count.\n",
        "| tests | share | functions | reason | for example |",
        "|---:|---:|---:|---|---|",
        *(_cause(cause, f"{cause.tests / counted:.2%}") for cause in found[:_MOST_CAUSES]),
    ]


def write(runs: Mapping[int, Sequence[Outcome]], *, extent: str) -> None:
    """Write the page, and the same numbers as JSON beside it."""
    PAGE.write_text(page(runs, extent=extent), encoding="utf-8")
    outcomes = next(iter(runs.values()))
    numbers = {
        "extent": extent,
        "scores": [
            {
                **asdict(one),
                "partitions": partitions,
                "score": round(one.score, 4),
                "native_score": round(one.native_score, 4),
            }
            for partitions, found in runs.items()
            for directories, total in ((CORE, "core"), (SECOND, "second"))
            for one in scores(found, directories, total)
            if one.counted
        ],
        "causes": [
            asdict(cause)
            for category in ("unsupported", "failed")
            for cause in causes(outcomes, category)[:_MOST_CAUSES_AS_JSON]
        ],
        "gathers": [asdict(cause) for cause in gathers(outcomes)[:_MOST_CAUSES_AS_JSON]],
    }
    PAGE.with_suffix(".json").write_text(json.dumps(numbers, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _header() -> str:
    return (
        "| directory | score | native | passed | of these gathered | failed | unsupported | not exercised | internals "
        "| skipped |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    )


def _row(one: Score) -> str:
    counts = (one.passed, one.gathered, one.failed, one.unsupported, one.not_exercised, one.internals, one.skipped)
    return f"| {one.name} | {one.score:.1%} | {one.native_score:.1%} | " + " | ".join(f"{n:,}" for n in counts) + " |"


def _cause(cause: Cause, *shares: str) -> str:
    example = escaped(cause.example.removeprefix("tests/"))
    counts = (f"{cause.tests:,}", *shares, f"{cause.functions:,}")
    return f"| {' | '.join(counts)} | {escaped(cause.text)} | `{example}` |"


def escaped(text: str) -> str:
    """Text for a cell of a table."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ").replace("`", "'")
