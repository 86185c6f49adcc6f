"""The small sample of `make test`, and the list of its tests that are expected to fail; the list may only shrink."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from tests.pandas_suite.outcomes import Outcome
from tests.pandas_suite.running import CORE, PANDAS, run

LIST = Path(__file__).with_name("expected_failures.txt")
SEED = 20
_FILES_PER_DIRECTORY = 4
_TESTS_PER_FILE = 12
_LARGEST_FILE = 40_000
_BAD = ("failed", "unsupported")


def outcomes() -> list[Outcome]:
    """Of the tests of the sample, in one process."""
    return run(list(files()), seed=SEED, most_per_file=_TESTS_PER_FILE, seconds_per_test=60)


def files() -> Iterator[str]:
    """Some files of each core directory; small ones, because collecting takes longer than running a few tests."""
    for directory in CORE:
        found = (PANDAS / "tests" / directory).rglob("test_*.py")
        names = [path.relative_to(PANDAS).as_posix() for path in found if path.stat().st_size < _LARGEST_FILE]
        yield from sorted(names, key=lambda name: zlib.crc32(f"{SEED}:{name}".encode()))[:_FILES_PER_DIRECTORY]


def failing(found: list[Outcome]) -> dict[str, str]:
    """The reason of each test that did not pass, by id."""
    return {one.id: f"{one.category}: {one.cause}" for one in found if one.category in _BAD}


def listed() -> dict[str, str]:
    """The tests that are expected to fail, with the reason that was noted."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if line and not line.startswith("#"))


def write(expected: dict[str, str]) -> None:
    """Write the list."""
    head = (
        "# Tests of the small sample that fail, and why. `python -m tests.pandas_suite.small` drops those that pass.\n"
    )
    rows = "".join(f"{id}\t{reason}\n" for id, reason in sorted(expected.items()))
    LIST.write_text(head + rows, encoding="utf-8")


def main() -> None:
    """Drop from the list what passes now; where there is no list, write all that fail."""
    bad = failing(outcomes())
    write(bad if not LIST.exists() else {id: bad[id] for id in listed() if id in bad})


if __name__ == "__main__":
    main()
