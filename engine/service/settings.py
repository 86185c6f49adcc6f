"""What a server is told when it starts, and the part of it that its driver processes need."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from engine.exec.local_cluster import available_cores

_MB = 1 << 20


@dataclass(frozen=True)
class Settings:
    """Settings of one server. Keys of the storage are not among them: see :mod:`engine.storage.credentials`.

    Parameters
    ----------
    storage
        Folder or URL for uploads, exchange files and results.
    database
        SQLAlchemy URL of the job store; default: an SQLite file, beside the results where the storage is a folder,
        else in the user's data folder. A password in it is never shown.
    roots
        Folders or URLs below which jobs may read and write by path; none allows none. Of the storage they reach what
        clients have uploaded, by name.
    token_digests
        SHA-256 of each token that is let in, in hexadecimal; the tokens themselves are not kept.
    trust_udfs
        Whether plans may call user functions: they run with the service's rights.
    host, port
        Where HTTP is served.
    max_jobs
        Jobs that run at once, each in a driver process.
    min_workers, max_workers
        Between which the private cluster grows and shrinks.
    memory_limit
        Bytes for one job's tasks together; None takes the machine's.
    lease_seconds
        For how long a silent driver keeps its job.
    max_attempts
        How many drivers a job may lose before it fails.
    body_limit, upload_limit
        Bytes of one request: of a plan, and of a blob or payload.
    node_limit
        Nodes of one plan.
    """

    storage: str
    database: str | None = field(default=None, repr=False)
    roots: tuple[str, ...] = ()
    token_digests: tuple[str, ...] = field(default=(), repr=False)
    trust_udfs: bool = False
    host: str = "127.0.0.1"
    port: int = 8380
    max_jobs: int = 4
    min_workers: int = 1
    max_workers: int = field(default_factory=available_cores)
    memory_limit: int | None = None
    lease_seconds: float = 15.0
    max_attempts: int = 3
    body_limit: int = 20 * _MB
    upload_limit: int = 4096 * _MB
    node_limit: int = 100_000

    def __post_init__(self) -> None:
        if not 1 <= self.min_workers <= self.max_workers:
            raise ValueError(f"workers from {self.min_workers} to {self.max_workers}: that is no range")
        if not 0 <= self.port < 1 << 16:
            raise ValueError(f"port {self.port} is not between 0 and 65535")
        for name in ("max_jobs", "lease_seconds", "max_attempts", "body_limit", "upload_limit", "node_limit"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}, not a positive number")

    @property
    def database_url(self) -> str:
        """Where the job store is."""
        if self.database is not None:
            return self.database
        if "://" not in self.storage:
            return f"sqlite:///{Path(self.storage).absolute() / 'jobs.db'}"
        name = hashlib.sha256(self.storage.encode()).hexdigest()[:16]
        return f"sqlite:///{Path.home() / '.local' / 'share' / 'bigframe' / name}.db"

    def lets_in(self, token: str) -> bool:
        """Whether a bearer token is one of those that are let in.

        Examples
        --------
        >>> settings = Settings(storage="jobs", token_digests=(token_digest("secret"),))
        >>> settings.lets_in("secret"), settings.lets_in("guess")
        (True, False)
        """
        given = token_digest(token)
        return any(hmac.compare_digest(given, known) for known in self.token_digests)

    def for_driver(self) -> dict[str, Any]:
        """The settings as JSON data without who is let in."""
        return {**asdict(self), "roots": list(self.roots), "token_digests": []}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The settings that :meth:`for_driver` made."""
        known = {field.name for field in fields(cls)}
        lists = {name: tuple(data[name]) for name in ("roots", "token_digests")}
        return cls(**{**{name: value for name, value in data.items() if name in known}, **lists})


def token_digest(token: str) -> str:
    """SHA-256 of a token, in hexadecimal: digests are compared, so the time it takes says nothing of the token."""
    return hashlib.sha256(token.encode()).hexdigest()
