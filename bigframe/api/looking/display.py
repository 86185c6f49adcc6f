"""What a notebook or a terminal shows: the head and tail of a result, read as cheaply as the plan allows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bigframe.plan.dear_steps import is_dear
from bigframe.plan.node import plans
from bigframe.session import current

FEW = 1_000
"""So many rows are read whole sooner than in two places, unless they are dear to compute."""


class DisplayMixin:
    """repr and HTML repr by way of pandas' own, over the first and last rows."""

    _frame: Any

    def __repr__(self) -> str:
        shown, rows, note = self._preview()
        text = with_length(repr(shown), len(shown), rows)
        return f"{text}\n{note}" if note else text

    def _repr_html_(self) -> str | None:
        shown, rows, note = self._preview()
        html = shown._repr_html_() if isinstance(shown, pd.DataFrame) else f"<pre>{shown!r}</pre>"  # type: ignore[operator]
        html = with_length(html, len(shown), rows)
        return f"{html}<p>{note}</p>" if note else html

    def _preview(self, limit: int | None = None, some: int | None = None) -> tuple[Any, int, str]:
        """What pandas is to show, the number of rows that it stands for, and what to say of others.

        All rows if they are few; if the row count is known without running anything, the first and the last ones around others of
        which pandas, too, shows none; else the first ones. More than ``limit`` are cut down to ``some``.
        """
        limit = limit or pd.options.display.max_rows or 60
        shown = some or pd.options.display.min_rows or 10
        plan = self._frame.plan()
        total = current().known_rows(plan)
        if total is not None and (total <= limit or (total <= FEW and not any(map(is_dear, plans(plan))))):
            return self.to_pandas(), total, ""  # type: ignore[attr-defined]
        if total is None:
            head = self.head(limit + 1).to_pandas()  # type: ignore[attr-defined]
            if len(head) <= limit:
                return head, len(head), ""
            note = f"[the first {shown} rows; how many more there are is not known without running the plan]"
            return head.head(shown), shown, note
        from bigframe.api.looking.jobs import compute

        half = max(1, min(shown, limit) // 2)
        first, last = compute(self.head(half), self.tail(half))  # type: ignore[attr-defined]
        unseen = [0] * (limit + 1 - 2 * half)
        positions = [*range(half), *unseen, *range(half, 2 * half)]
        return pd.concat([first, last]).take(positions), total, ""


def with_length(text: str, shown: int, rows: int) -> str:
    """What pandas prints, with the number of rows at its end that there are."""
    for before, after in (("[", " rows x "), ("<p>", " rows × "), ("Length: ", ""), ("length=", "")):
        head, found, tail = text.rpartition(f"{before}{shown}{after}")
        if found:
            return f"{head}{before}{rows}{after}{tail}"
    return text
