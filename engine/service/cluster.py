"""The service's own Dask cluster: on loopback, started again if it dies, and as large as what waits to be done."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.exec.local_cluster import LocalProcesses

_IDLE_PATIENCE = 30.0
"""Seconds for which fewer workers must do before some are let go; a new one takes seconds to import the engine."""


class PrivateCluster:
    """Worker processes that only this service's drivers know of.

    Parameters
    ----------
    least, most
        Workers, with one task each.
    memory_limit
        Bytes for all workers together when there are most; None lets Dask divide the machine's memory.
    clock
        Seconds that only grow.
    """

    def __init__(
        self, least: int, most: int, memory_limit: int | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._least = least
        self._most = most
        self._share = None if memory_limit is None else memory_limit // most
        self._clock = clock
        self._needed_at = self._told_at = clock()
        self.workers = least
        self._processes = self._start()

    @property
    def address(self) -> str:
        """The scheduler's; another one after the cluster has died and was started again."""
        return self._processes.address

    def fit(self, demand: int) -> None:
        """Have as many workers as tasks or jobs wait, within the bounds; at once if more, after a while if fewer."""
        if not self._processes.alive:
            self._processes.close()
            self._processes = self._start()
        wanted = min(self._most, max(self._least, demand))
        now = self._clock()
        if wanted >= self.workers:
            self._needed_at = now
        if wanted > self.workers or now - self._needed_at > _IDLE_PATIENCE:
            self.workers = wanted
            self._needed_at = now
        elif now - self._told_at < _IDLE_PATIENCE:
            return
        # Said again now and then: a worker that was busy when fewer were asked for has stayed.
        self._processes.scale(self.workers)
        self._told_at = now

    def close(self) -> None:
        """Stop all processes."""
        self._processes.close()

    def _start(self) -> LocalProcesses:
        return LocalProcesses(self.workers, self._share, most=self._most)
