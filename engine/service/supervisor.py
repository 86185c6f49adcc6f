"""The supervisor: a thread of the server that hands queued jobs to driver processes and begins lost ones again."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress

from bigframe.errors import StoreUnavailable
from engine.service.cluster import PrivateCluster
from engine.service.jobs import Lease
from engine.service.jobstore import JobStore, LeaseLost
from engine.service.leftovers import Sweeper
from engine.service.owners import known_dead
from engine.service.pool import DriverProcess
from engine.service.records import Demand
from engine.service.settings import Settings

_TICK = 0.25
_STOP_PATIENCE = 3.0
"""Seconds that a driver has to stop by itself; its tasks look at their token within milliseconds."""
_BROKEN_PATIENCE = 5.0
"""Seconds before the next process is started where one ended before it was ready."""

_log = logging.getLogger(__name__)


class Supervisor:
    """Runs the jobs of a store, at most ``settings.max_jobs`` at once, until it is stopped.

    Several servers may share a store: each claims jobs for its own drivers.

    Parameters
    ----------
    settings
        Of the server.
    store
        Where jobs are; the supervisor does not close it.

    Raises
    ------
    ConnectionError
        The cluster did not start.
    """

    def __init__(self, settings: Settings, store: JobStore) -> None:
        self._settings = settings
        self._store = store
        self._cluster = PrivateCluster(settings.min_workers, settings.max_workers, settings.memory_limit)
        self._sweeper = Sweeper(settings.storage, store, patience=2 * settings.lease_seconds)
        self._drivers: list[DriverProcess] = []
        self._to_stop: dict[Lease, float] = {}
        self._start_after = 0.0
        self._stopping = False
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._supervise, name="bigframe-supervisor", daemon=True)

    @property
    def workers(self) -> int:
        """Worker processes that the cluster has, or is about to have."""
        return self._cluster.workers

    def start(self) -> None:
        """Begin to run jobs."""
        self._thread.start()
        self._sweeper.start()

    def wake(self) -> None:
        """Look at the store now: a job was submitted or cancelled."""
        self._news.set()

    def stop(self) -> None:
        """Stop all processes; jobs that run are queued again, without an attempt being counted."""
        self._stopping = True
        self.wake()
        self._thread.join()
        self._sweeper.stop()
        for driver in self._drivers:
            driver.close()
            if driver.lease is not None:
                with suppress(LeaseLost, StoreUnavailable):
                    self._store.give_back(driver.lease)
        self._cluster.close()

    def _supervise(self) -> None:
        available = True
        while not self._stopping:
            try:
                self._look()
                available = True
            except StoreUnavailable as error:
                if available:
                    _log.error("no job is run until the job store answers: %s", error)
                available = False
            except Exception:  # noqa: BLE001 - the thread that begins lost jobs again must not be lost itself
                _log.exception("supervision goes on after an error")
            self._news.wait(_TICK)
            self._news.clear()

    def _look(self) -> None:
        self._reap()
        for job in self._store.requeue_lost(known_dead, max_attempts=self._settings.max_attempts):
            _log.warning("job %s was lost by its driver", job)
        self._stop_unwanted()
        demand = self._store.demand()
        self._cluster.fit(demand.queued + max(demand.running, demand.tasks))
        self._staff(demand)
        self._hand_out()

    def _reap(self) -> None:
        """Drop processes that have ended; a job that one of them had is queued again."""
        for driver in [driver for driver in self._drivers if not driver.alive]:
            if driver.lease is not None:
                reason = f"its driver ended with exit status {driver.exit_status}"
                _log.warning("job %s: %s", driver.lease.job, reason)
                # It may have ended its job, or lost it to another server, before it ended.
                with suppress(LeaseLost):
                    self._store.release(driver.lease, reason, max_attempts=self._settings.max_attempts)
            if not driver.ready:
                self._start_after = time.monotonic() + _BROKEN_PATIENCE
                _log.error("a driver ended with exit status %s before it was ready", driver.exit_status)
            driver.close()
            self._drivers.remove(driver)

    def _stop_unwanted(self) -> None:
        """Kill the drivers that should have stopped and have not: their job was cancelled, or has another owner."""
        now = time.monotonic()
        cancelled = self._store.leases()
        busy = {driver.lease: driver for driver in self._drivers if driver.lease is not None}
        self._to_stop = {lease: self._to_stop.get(lease, now) for lease in busy if cancelled.get(lease, True)}
        for lease, since in self._to_stop.items():
            if now - since > _STOP_PATIENCE:
                _log.warning("the driver of job %s is killed: it did not stop", lease.job)
                busy[lease].kill()

    def _staff(self, demand: Demand) -> None:
        """Have a process for every job that could run now, and a warm one for the next."""
        wanted = min(self._settings.max_jobs, max(1, demand.queued + demand.running))
        if time.monotonic() >= self._start_after:
            for _ in range(wanted - len(self._drivers)):
                self._drivers.append(DriverProcess(self._settings, self.wake))

    def _hand_out(self) -> None:
        """Give queued jobs, the oldest first, to idle processes."""
        for driver in self._drivers:
            if driver.idle:
                lease = self._store.claim(driver.owner, self._settings.lease_seconds)
                if lease is None:
                    return
                driver.assign(lease, self._cluster.address)
