"""Long polls: all who wait for a job to change share one look at the job store, and none of them holds a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bigframe.errors import StoreUnavailable
from engine.service.jobstore import JobStore

__all__ = ["Watch"]

_SHORTEST, _LONGEST = 0.02, 0.1
"""Seconds between two looks; drivers are other processes, so that only the job store knows what they did."""
_SHARE = 0.5
"""Of the time that the newest has waited: small jobs end within 50 ms, and no look is often for who waits for long."""


@dataclass(frozen=True, eq=False)
class _Waiter:
    job: str
    seen: int
    changed: asyncio.Future[None]


class Watch:
    """Waits for jobs to change.

    Parameters
    ----------
    store
        Looked at in a thread, and only while somebody waits.
    stopping
        Whether the server is about to end, and nobody should wait any longer.
    """

    def __init__(self, store: JobStore, stopping: Callable[[], bool] = lambda: False) -> None:
        self._store = store
        self._stopping = stopping
        self._waiters: set[_Waiter] = set()
        self._looking: asyncio.Task[None] | None = None
        self._newest = 0.0

    async def changed(self, job: str, seen: int, seconds: float) -> None:
        """Return when the ``seq`` of a job (by id) is above ``seen``, when so many seconds are over, or at shutdown.

        Raises
        ------
        StoreUnavailable
            From the job store.
        """
        loop = asyncio.get_running_loop()
        waiter = _Waiter(job, seen, loop.create_future())
        self._waiters.add(waiter)
        self._newest = loop.time()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(seconds):
                await waiter.changed
        except TimeoutError:
            pass
        finally:
            self._waiters.discard(waiter)

    async def _look(self) -> None:
        while self._waiters:
            waited = asyncio.get_running_loop().time() - self._newest
            await asyncio.sleep(min(_LONGEST, max(_SHORTEST, _SHARE * waited)))
            error: StoreUnavailable | None = None
            seqs: dict[str, int] = {}
            try:
                seqs = await asyncio.to_thread(self._store.seqs, {waiter.job for waiter in self._waiters})
            except StoreUnavailable as unavailable:
                error = unavailable
            for waiter in [waiter for waiter in self._waiters if not waiter.changed.done()]:
                if error is not None:
                    waiter.changed.set_exception(error)
                elif self._stopping() or seqs.get(waiter.job, waiter.seen) > waiter.seen:
                    waiter.changed.set_result(None)
