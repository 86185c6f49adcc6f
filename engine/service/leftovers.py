"""Files of jobs that ended without their driver: what it would have removed, removed for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any

from bigframe.errors import BigFrameError
from engine.claims import remove_folder
from engine.service.documents import plans_of
from engine.service.jobstore import JobStore
from engine.service.results import stored
from engine.sinks import abort_sinks
from engine.storage.urls import join

_PERIOD = 5.0
_log = logging.getLogger(__name__)


def discard(storage: str, job: str, document: Mapping[str, Any]) -> None:
    """Remove the exchange files of a job, and what it wrote and did not commit.

    Parameters
    ----------
    storage
        Of the service.
    job
        Id; nobody may be running it, nor begin it again.
    document
        Its plan.
    """
    abort_sinks(stored(plans_of(document, storage), storage, job), job)
    remove_folder(join(storage, "jobs", job))


class Sweeper:
    """Discards, in a thread of its own, what lost jobs have left behind.

    Parameters
    ----------
    storage
        Of the service.
    store
        Where jobs are.
    patience
        Seconds that a job must have ended before: tasks that its driver had begun may still be writing.
    """

    def __init__(self, storage: str, store: JobStore, patience: float) -> None:
        self._storage = storage
        self._store = store
        self._patience = patience
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sweep, name="bigframe-sweeper", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the job that is being swept."""
        self._ended.set()
        self._thread.join()

    def look(self) -> None:
        """Discard what there is now; what cannot be discarded stays for the next look."""
        for job in self._store.left_over(self._patience):
            try:
                discard(self._storage, job, self._store.plan(job))
            except (BigFrameError, OSError) as error:
                _log.warning("files of job %s are still there: %s", job, error)
            else:
                self._store.swept(job)

    def _sweep(self) -> None:
        while not self._ended.wait(_PERIOD):
            try:
                self.look()
            except BigFrameError as error:
                _log.warning("nothing is swept: %s", error)
