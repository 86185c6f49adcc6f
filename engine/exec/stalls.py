"""Stalls: where tasks stand of which none has ended for long, for the log of a job that seems to hang."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection
from typing import Any

__all__ = ["Stalls"]

PATIENCE = 60.0
"""Seconds without the end of a task; the next look comes after twice as long."""

_FRAMES = 5
"""Of each stack, from the innermost: the outer ones are Dask's and the same for all tasks."""

_log = logging.getLogger(__name__)


class Stalls:
    """Logs, at level INFO, the Python stacks of a run's tasks when none of them has ended for long.

    Parameters
    ----------
    client
        Of the Dask cluster that runs them.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self.task_ended()

    def task_ended(self) -> None:
        """Begin to wait anew."""
        self._since = time.monotonic()
        self._patience = PATIENCE

    def look(self, keys: Collection[Any]) -> None:
        """Have the stacks of tasks that are in flight logged, in the background, if it is time to."""
        waited = time.monotonic() - self._since
        if keys and waited > self._patience:
            self._patience = 2 * waited
            # Whoever is stuck may not answer, or not soon.
            threading.Thread(target=_tell, args=(self._client, keys, waited), daemon=True).start()


def _tell(client: Any, keys: Collection[Any], waited: float) -> None:
    _log.info("none of the %d tasks in flight has ended for %.0f s", len(keys), waited)
    try:
        stacks = client.call_stack(keys=list(keys))
    except Exception as error:  # noqa: BLE001 - what is told of tasks must not end them
        _log.info("the cluster does not say where they are: %s", error)
        return
    for worker, tasks in stacks.items():
        for key, frames in tasks.items():
            _log.info("%s on %s is at\n%s", key, worker, "".join(frames[-_FRAMES:]).rstrip())
    if not any(stacks.values()):
        _log.info("no worker runs one of them")
