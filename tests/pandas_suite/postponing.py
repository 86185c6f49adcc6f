"""Tables that a module of tests makes while it is loaded: what cannot be made fails the tests that use it, not all of them."""

from __future__ import annotations

from typing import Any

import bigframe


class Postponing:
    """While ``active``, a constructor's error is kept, and raised by whatever is done with the object."""

    def __init__(self) -> None:
        self.active = False

    def install(self) -> None:
        """Postpone from now on whenever active."""
        for kind in (bigframe.DataFrame, bigframe.Series):
            self._wrap(kind)

    def _wrap(self, kind: Any) -> None:
        construct, look_up = kind.__init__, kind.__getattr__

        def __init__(table: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
            try:
                construct(table, *args, **kwargs)
            except Exception as error:
                if not self.active:
                    raise
                object.__setattr__(table, "_postponed", error)

        def __getattr__(table: Any, name: str) -> Any:  # noqa: N807
            error = vars(table).get("_postponed")
            if error is None:
                return look_up(table, name)
            # pytest asks the parameters of tests for names by which to call them.
            raise AttributeError(name) if self.active else error

        kind.__init__, kind.__getattr__ = __init__, __getattr__
