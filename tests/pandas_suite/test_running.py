"""A process that dies or hangs costs the test that it was in, and no other."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.pandas_suite.plugin import sampled
from tests.pandas_suite.running import run

_CONFTEST = """
def pytest_configure(config):
    for marker in ("slow", "network", "db", "single_cpu", "clipboard"):
        config.addinivalue_line("markers", marker)
"""
_TESTS = """
import os, time, bigframe

def test_passes():
    assert int(bigframe.Series([1, 2]).sum()) == 3

def test_gathers():
    assert bigframe.Series([1, 2]).combine(3, max).to_list() == [3, 3]

def test_dies():
    os._exit(7)

def test_hangs():
    time.sleep(60)

def test_differs():
    assert int(bigframe.Series([1, 2]).sum()) == 4

def test_is_about_something_else():
    assert 1 + 1 == 2

def test_is_unsupported():
    bigframe.Series([1]).ewm(1).online()
"""


@pytest.mark.slow
def test_every_test_has_an_outcome(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(_CONFTEST)
    (tmp_path / "test_all_kinds.py").write_text(_TESTS)
    found = {one.id.split("::")[1]: one for one in run([str(tmp_path)], seconds_per_test=10)}
    assert {name: (one.category, one.tier) for name, one in found.items()} == {
        "test_passes": ("passed", "native"),
        "test_gathers": ("passed", "gathered"),
        "test_dies": ("failed", "native"),
        "test_hangs": ("failed", "native"),
        "test_differs": ("failed", "native"),
        "test_is_about_something_else": ("not exercised", "native"),
        "test_is_unsupported": ("unsupported", "native"),
    }
    assert found["test_dies"].cause == "its process died"
    assert "Timeout" in found["test_hangs"].cause
    assert found["test_gathers"].gathers.startswith("Series.combine: ")
    assert found["test_is_unsupported"].cause == "ExponentialMovingWindow.online"


class Options(dict[str, float]):
    def getoption(self, name: str) -> float:
        return self[name]


def chosen(*, share: float = 1.0, seed: int = 0, most: int = 0) -> set[str]:
    ids = [f"tests/frame/test_{file}.py::test_{number}" for file in "ab" for number in range(100)]
    return sampled(ids, Options({"--seed": seed, "--sample": share, "--most-per-file": most}))


def test_a_sample_depends_on_names_and_seed_alone() -> None:
    assert len(chosen()) == 200
    assert chosen(share=0.2, seed=1) == chosen(share=0.2, seed=1) != chosen(share=0.2, seed=2)
    assert chosen(share=0.1) < chosen(share=0.2)


def test_at_most_so_many_tests_of_a_file() -> None:
    assert Counter(id.split("::")[0][-4] for id in chosen(most=3)) == {"a": 3, "b": 3}
