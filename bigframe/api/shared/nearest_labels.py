"""``reindex(method=)``: the rows whose labels are nearest to given ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.columns import Columns
from bigframe.errors import Unsupported
from bigframe.semantics.frame import Frame
from bigframe.semantics.nearest import Nearest
from bigframe.semantics.spacing import freq_of
from bigframe.semantics.upsampling import at_labels

_DIRECTIONS = {"ffill": "backward", "pad": "backward", "bfill": "forward", "backfill": "forward", "nearest": "nearest"}


def at_nearest(table: Columns, labels: Any, fill_value: Any, method: Any, limit: Any, tolerance: Any) -> Frame:
    """The rows of a table whose labels are nearest to given ones, under those.

    Raises
    ------
    Unsupported
        If that takes a look at the labels.
    """
    from bigframe.api.series import Series

    is_hole = isinstance(fill_value, float) and bool(np.isnan(fill_value))
    plain = is_hole and method in _DIRECTIONS and not pd.api.types.is_list_like(tolerance)
    if not plain or not isinstance(labels, (Columns, pd.Index)):
        raise Unsupported(f"{table.display}.reindex(method=)", "its kernel does not honour these parameters")
    freq = labels._frame.freq if isinstance(labels, Columns) else freq_of(labels)
    wanted: Any = labels if isinstance(labels, Columns) else Series(pd.Series(labels))
    near = Nearest(_DIRECTIONS[method], within=tolerance, limit=limit, ahead_of_ties=True)
    return at_labels(table._frame, wanted._frame.replace(freq=freq), near)
