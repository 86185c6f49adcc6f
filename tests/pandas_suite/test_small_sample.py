"""A small sample of pandas' own tests: none fails but those listed, and those listed do."""

from __future__ import annotations

import pytest

from tests.pandas_suite import small
from tests.pandas_suite.outcomes import Outcome

pytestmark = pytest.mark.slow
_DROP = "pass now: run `python -m tests.pandas_suite.small`, which drops them from expected_failures.txt"


@pytest.fixture(scope="module")
def found() -> list[Outcome]:
    return small.outcomes()


def test_enough_of_them_exercise_bigframe(found: list[Outcome]) -> None:
    assert sum(one.category == "passed" for one in found) >= 30


def test_none_fails_that_is_not_listed(found: list[Outcome]) -> None:
    listed = small.listed()
    assert {id: reason for id, reason in small.failing(found).items() if id not in listed} == {}


def test_those_listed_fail(found: list[Outcome]) -> None:
    bad = small.failing(found)
    assert [id for id in small.listed() if id not in bad] == [], _DROP
