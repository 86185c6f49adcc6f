"""What a notebook or a terminal shows: the head and tail of a result, read as cheaply as the plan allows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bigframe.session import current


class DisplayMixin:
    """repr and HTML repr by way of pandas' own, over the first and last rows."""

    _frame: Any

    def __repr__(self) -> str:
        shown, note = self._preview()
        return f"{shown!r}\n{note}" if note else repr(shown)

    def _repr_html_(self) -> str | None:
        shown, note = self._preview()
        html = shown._repr_html_() if isinstance(shown, pd.DataFrame) else f"<pre>{shown!r}</pre>"  # type: ignore[operator]
        return f"{html}<p>{note}</p>" if note else html

    def _preview(self) -> tuple[Any, str]:
        """At most ``display.max_rows`` rows as a pandas object, and what to say of the others.

        The first rows always; the last ones too if the row count is known without running anything.
        """
        limit = pd.options.display.max_rows or 60
        total = current().known_rows(self._frame.plan())
        if total is not None and total <= limit:
            return self.to_pandas(), ""  # type: ignore[attr-defined]
        shown = pd.options.display.min_rows or 10
        if total is None:
            head = self.head(limit + 1).to_pandas()  # type: ignore[attr-defined]
            if len(head) <= limit:
                return head, ""
            return head.head(
                shown
            ), f"[the first {shown} rows; how many more there are is not known without running the plan]"
        half = shown // 2
        from bigframe.api.jobs import compute

        first, last = compute(self.head(half), self.tail(shown - half))  # type: ignore[attr-defined]
        return pd.concat([first, last]), f"[{total:,} rows; the first {half} and the last {shown - half} are shown]"
