"""Options: pandas' own, and the few that bigframe adds."""

from __future__ import annotations

from typing import Any

import pandas as pd


class Options:
    """``bigframe.options``: attribute access to bigframe's settings, and to pandas' for every other name.

    Attributes
    ----------
    progress : {"auto", True, False}
        Whether long jobs show their progress; "auto": in a terminal or notebook, once a job has run for a second.
    fallback : {"allow", "warn", "raise"}
        What happens when a call has to gather data in one process.
    fallback_limit : int
        Bytes above which gathering is refused.
    upload_limit : int
        Bytes above which in-memory data is refused as an input.
    """

    _own: dict[str, Any]

    def __init__(self) -> None:
        defaults = {"progress": "auto", "fallback": "warn", "fallback_limit": 2 << 30, "upload_limit": 1 << 30}
        object.__setattr__(self, "_own", defaults)

    def __getattr__(self, name: str) -> Any:
        return self._own[name] if name in self._own else getattr(pd.options, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "fallback" and value not in ("allow", "warn", "raise"):
            raise ValueError(f"options.fallback must be 'allow', 'warn' or 'raise', got {value!r}")
        if name in self._own:
            self._own[name] = value
        else:
            setattr(pd.options, name, value)

    def __dir__(self) -> list[str]:
        return sorted([*self._own, *dir(pd.options)])


options = Options()
