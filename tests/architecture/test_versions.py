"""constraints.txt pins every declared dependency by version alone, so that it works with any package index."""

import re
import tomllib
from itertools import chain
from pathlib import Path

from bigframe.demo.packages import normalise_name

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[0-9][A-Za-z0-9.!]*)")
REQUIREMENT_NAME = re.compile(r"[A-Za-z0-9._-]+")

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINES = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()


def test_lines_hold_a_name_and_a_public_version() -> None:
    assert [line for line in LINES if PIN.fullmatch(line) is None] == []
    assert len(LINES) > 50


def test_every_dependency_is_pinned_once() -> None:
    pinned = [normalise_name(line.split("==")[0]) for line in LINES]
    requirements = chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    names = {normalise_name(REQUIREMENT_NAME.findall(requirement)[0]) for requirement in requirements}
    assert names - {"bigframe"} - set(pinned) == set()
    assert sorted(set(pinned)) == sorted(pinned)


def test_exact_requirements_agree_with_the_pins() -> None:
    exact = [item for items in PROJECT["optional-dependencies"].values() for item in items if "==" in item]
    assert "torch==2.13.0" in exact
    assert set(exact) <= set(LINES)
