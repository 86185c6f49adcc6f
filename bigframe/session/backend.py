"""What a session needs of an engine, wherever it runs: in this process, on a cluster, or behind a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa

from bigframe.plan.node import Plan
from bigframe.sources import JobEstimate, SourceInfo


class Backend(Protocol):
    """Runs plans; :class:`engine.job.Engine` and :class:`bigframe.session.remote.RemoteEngine` are such."""

    def run(self, plans: Sequence[Plan], *, progress: Any = "auto", max_bytes: int | None = None) -> list[pa.Table]:
        """Run plans as one job; a table for each, columns by id."""

    def describe(self, format: str, paths: Sequence[str], settings: Mapping[str, Any]) -> SourceInfo:
        """Inspect files without reading their rows where the format allows."""

    def estimate(self, plans: Sequence[Plan]) -> Sequence[JobEstimate]:
        """For each plan what its result will be, and what the job for all of them will take."""

    def known_rows(self, plan: Plan) -> int | None:
        """How many rows a plan's result has, if that is known without running anything."""

    @property
    def last_metrics(self) -> dict[str, Any] | None:
        """What the last job of :meth:`run` took, in all and by stage; None before there was one."""

    def explain(self, plans: Sequence[Plan], *, analyze: bool = False, verbose: bool = False) -> str:
        """The plans as text; with ``analyze`` they run first."""

    def put_blob(self, path: str, table: pa.Table) -> None:
        """Store in-memory data under the name that plans have for it."""

    def cancel(self) -> None:
        """Stop what is running, from another thread."""

    def close(self) -> None:
        """Stop what the engine started."""
