"""Scores of directories, and what the rest of the tests failed for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.pandas_suite.outcomes import Outcome


@dataclass(frozen=True)
class Score:
    """The tests of a directory, counted.

    Attributes
    ----------
    passed, failed, unsupported, not_exercised, internals, skipped
        Tests of each category.
    gathered
        Passed tests in which some step ran on gathered data.
    """

    name: str
    passed: int
    failed: int
    unsupported: int
    not_exercised: int
    internals: int
    skipped: int
    gathered: int

    @property
    def counted(self) -> int:
        return self.passed + self.failed + self.unsupported

    @property
    def score(self) -> float:
        """The share of the tests that exercise bigframe which pass."""
        return self.passed / self.counted if self.counted else 0.0

    @property
    def native_score(self) -> float:
        """The share of them that pass without a gathered step."""
        return (self.passed - self.gathered) / self.counted if self.counted else 0.0


def score(name: str, outcomes: Iterable[Outcome]) -> Score:
    """Count outcomes."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        counts[outcome.category] += 1
        counts["gathered"] += outcome.category == "passed" and outcome.tier == "gathered"
    return Score(
        name, counts["passed"], counts["failed"], counts["unsupported"], counts["not exercised"],
        counts["internals"], counts["skipped"], counts["gathered"],
    )  # fmt: skip


def scores(outcomes: Sequence[Outcome], directories: Sequence[str], total: str) -> list[Score]:
    """The score of each directory, and of all of them."""
    by_directory = [score(name, (outcome for outcome in outcomes if outcome.directory == name)) for name in directories]
    return [*by_directory, score(total, (outcome for outcome in outcomes if outcome.directory in directories))]


@dataclass(frozen=True)
class Cause:
    """Why tests did not pass: how many tests, in how many functions, of which category, and one of them."""

    tests: int
    functions: int
    category: str
    text: str
    example: str


def causes(outcomes: Iterable[Outcome], category: str) -> list[Cause]:
    """The causes of a category, those of the most tests first."""
    return _listed(((one.cause, one.id) for one in outcomes if one.category == category), category)


def lost(before: Iterable[Outcome], after: Iterable[Outcome]) -> list[Cause]:
    """The causes for which tests that passed in one run did not in another, those of the most tests first."""
    passed = {one.id for one in before if one.category == "passed"}
    counted = (one for one in after if one.id in passed and one.category in ("failed", "unsupported"))
    return _listed(((one.cause, one.id) for one in counted), "lost")


def gathers(outcomes: Iterable[Outcome]) -> list[Cause]:
    """The first reasons for which passed tests gathered data, those of the most tests first."""
    counted = (one for one in outcomes if one.category == "passed" and one.tier == "gathered")
    return _listed(((one.gathers, one.id) for one in counted), "gathered")


def _listed(pairs: Iterable[tuple[str, str]], category: str) -> list[Cause]:
    found: dict[str, list[str]] = {}
    for text, id in pairs:
        found.setdefault(text, []).append(id)
    listed = [
        Cause(len(ids), len({id.split("[")[0] for id in ids}), category, text, min(ids)) for text, ids in found.items()
    ]
    return sorted(listed, key=lambda cause: (-cause.tests, cause.text))
