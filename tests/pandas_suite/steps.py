"""Which steps ran in a test: counted around the session's runs and the gathering calls, so the product knows nothing of it."""

from __future__ import annotations

import sys
from typing import Any

from _pytest.raises import RaisesExc

from bigframe.api import columns
from bigframe.session import Session
from bigframe.tree import walk


class Steps:
    """What happened since the last :meth:`clear`.

    Attributes
    ----------
    jobs
        How often a plan ran.
    tiers
        Of the steps of those plans, and ``gathered`` where a call gathered its data.
    gathers
        The reason that the first call gave for it.
    refusals
        How many errors that the test expected came from bigframe's code.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.jobs = 0
        self.tiers: set[str] = set()
        self.gathers = ""
        self.refusals = 0

    def watch(self) -> None:
        """Count from now on."""
        self._watch_jobs()
        self._watch_gathering()
        self._watch_refusals()

    def _watch_jobs(self) -> None:
        run = Session.run

        def counted(session: Session, *plans: Any, **options: Any) -> Any:
            self.jobs += 1
            self.tiers.update(getattr(node, "tier", "native") for node in walk(*plans))
            return run(session, *plans, **options)

        Session.run = counted  # type: ignore[method-assign]

    def _watch_gathering(self) -> None:
        announce = columns.announce

        def counted(why: str, frames: Any) -> None:
            self.tiers.add("gathered")
            self.gathers = self.gathers or why
            announce(why, frames)

        for name, module in list(sys.modules.items()):
            if name.startswith("bigframe") and getattr(module, "announce", None) is announce:
                module.announce = counted  # type: ignore[attr-defined]

    def _watch_refusals(self) -> None:
        leave = RaisesExc.__exit__

        def counted(context: Any, kind: Any, error: Any, traceback: Any) -> bool:
            __tracebackhide__ = True
            as_expected = leave(context, kind, error, traceback)
            while as_expected and traceback is not None:
                if "/bigframe/" in traceback.tb_frame.f_code.co_filename:
                    self.refusals += 1
                    break
                traceback = traceback.tb_next
            return as_expected

        RaisesExc.__exit__ = counted  # type: ignore[method-assign]
