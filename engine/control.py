"""What a running job asks of whoever owns it, and tells them; by default nobody does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.driver import StageRun


class Fenced(RuntimeError):
    """The job has another owner by now: whoever gets this lets go, without touching the job's files."""


class Control:
    """The owner of a job, as its driver sees it. A service overrides what it cares about.

    Attributes
    ----------
    key
        Names the job's folder on the exchange storage; None lets equal plans have equal folders.
    fence
        Token of this owner: later owners of the job have other tokens, and read the stage manifests of earlier ones.
    max_bytes
        Bytes that the job may scan; None for no limit.
    """

    key: str | None = None
    fence: str = ""
    max_bytes: int | None = None

    def check(self) -> None:
        """Raise Cancelled or Fenced if the job should stop; called whenever a task has finished."""

    def on_stages(self, stages: Mapping[str, Any]) -> None:
        """Learn which stages (key → :class:`engine.planner.stages.Stage`) come next.

        Called again whenever the rest of a job is planned again: those told before that have not finished will not run.
        """

    def on_stage(self, run: StageRun) -> None:
        """Learn what a stage has done so far; called whenever one of its tasks has finished."""

    def committing(self) -> None:
        """Agree to what was written becoming visible, or raise; called once, after the last task."""

    def committed(self, tables: Sequence[pa.Table]) -> None:
        """Learn that everything is visible, before what a next owner would go on from is removed."""
