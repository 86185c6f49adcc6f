"""What may go wrong on the way to S3, and how often: the settings of the fault proxy and the record of what it did."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from random import Random
from typing import Any


@dataclass(frozen=True)
class Faults:
    """Probabilities are per call, each drawn on its own; keys are matched by shell patterns."""

    seed: int = 0
    slow_down: float = 0.0
    """Answered 503 SlowDown before the server sees the call."""
    reset: float = 0.0
    """Connection reset: one half before the server sees the call, the other half after it has carried it out."""
    cut: float = 0.0
    """Half of the body, then the connection closes; Content-Length names the whole."""
    flip: float = 0.0
    """One bit of one byte of an object's content flipped."""
    flip_keys: str = "*"
    latency: float = 0.0
    """Seconds; every call waits between nothing and this much."""
    forbidden: str | None = None
    """Keys that are answered 403 AccessDenied."""
    expires_after: int | None = None
    """Calls after which all others are answered 400 ExpiredToken."""
    off: bool = False
    """Connections are refused."""

    def draw(self, *call: object) -> Fate:
        """What happens to a call; the same call has the same fate however calls are interleaved."""
        dice = Random(repr((self.seed, *call)))
        lag, reset, after, slow_down, cut, flip = (dice.random() for _ in range(6))
        return Fate(
            delay=lag * self.latency,
            slow_down=slow_down < self.slow_down,
            reset_before=reset < self.reset and after < 0.5,
            reset_after=reset < self.reset and after >= 0.5,
            cut=cut < self.cut,
            flip=flip < self.flip,
            place=dice.random(),
        )

    def forbids(self, key: str) -> bool:
        return self.forbidden is not None and fnmatchcase(key, self.forbidden)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Fate:
    """What happens to one call."""

    delay: float
    slow_down: bool
    reset_before: bool
    reset_after: bool
    cut: bool
    flip: bool
    place: float
    """Where a byte is flipped, as a fraction of the body."""


@dataclass(frozen=True)
class Call:
    """One call as the client saw it."""

    method: str
    key: str
    """Empty for calls on the bucket, such as listing it."""
    query: str
    range: str
    """The Range header, empty where the whole object was asked for."""
    status: int
    """0 where the connection was reset instead."""
    received: int
    """Bytes of the client's body."""
    sent: int
    """Bytes of the answer's body that went out."""
    fault: str = ""
    """What was done to the call, empty where nothing was."""
