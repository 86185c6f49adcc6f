"""What became of one test, and how it is counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """One test of pandas.

    Attributes
    ----------
    id
        Its name, from ``tests/`` on.
    category
        ``passed``; ``failed``; ``unsupported``, where bigframe said that it does not have something; ``not exercised``,
        where the test passed and no plan ran nor bigframe raised an error that it expected; ``internals``, where the test
        asks a table for a private attribute of pandas; ``skipped`` by pandas itself.
    tier
        The lowest of the steps that ran: ``native``, ``partitionwise`` or ``gathered``.
    cause
        Why it did not pass.
    seconds
        It took.
    gathers
        The first reason given for gathering data, without what varies from test to test.
    """

    id: str
    category: str
    tier: str = "native"
    cause: str = ""
    seconds: float = 0.0
    gathers: str = ""

    @property
    def directory(self) -> str:
        return self.id.split("/")[1]


def append(path: Path, outcome: Outcome) -> None:
    """Write one outcome where a process that dies in the next test leaves it behind."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(outcome)) + "\n")


def read(path: Path) -> Iterator[Outcome]:
    """The outcomes in a file."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            yield Outcome(**json.loads(line))
