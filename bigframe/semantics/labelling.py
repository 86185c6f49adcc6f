"""Labels moved about: pandas itself does it, on one row that holds the ids of the columns and index levels."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd

from bigframe.interchange import label_type, labels_index
from bigframe.ops.base import Expr, Literal
from bigframe.schema import FLOAT64
from bigframe.semantics.frame import Frame

HOLE = Literal(None, FLOAT64)


def rearranged(
    frame: Frame, rearrange: Callable[[Any], Any], *, of_series: bool = False, filling: Expr = HOLE
) -> tuple[Frame, bool]:
    """The frame under the labels, index levels and names that pandas gives it, and whether it is a table still.

    Parameters
    ----------
    frame
        Its values and rows stay what they are.
    rearrange
        Called with a pandas object of one row that stands for it; must not look at values or row labels.
    of_series
        Whether that object is a Series.
    filling
        What a column holds that there was not.
    """
    result = rearrange(_row_of_ids(frame, of_series))
    if isinstance(result, pd.Series):
        labels: list[Hashable] = [result.name]
    else:
        labels = list(result.columns)
        names = tuple(result.columns.names)
        frame = frame.replace(label_names=names if any(name is not None for name in names) else ())
    sources = list(result) if isinstance(result, pd.Series) else list(result.iloc[0])
    index = result.index
    is_default = isinstance(index, pd.RangeIndex) and index.name is None
    levels = [] if is_default else list(zip(index.names, index[0] if index.nlevels > 1 else index, strict=True))
    if frame.index is None and any(_is_position(id) for id in (*sources, *(id for _, id in levels))):
        frame = frame.with_explicit_index()
    position = frame.index_ids[0] if frame.index else ""
    ids = []
    for source in sources:
        if isinstance(source, float):  # pandas filled in a column that there was not
            frame, source = frame.define(filling)
        ids.append(position if _is_position(source) else source)
    known = tuple((name, position if _is_position(id) else id) for name, id in levels)
    made = frame.select(labels, ids).with_index(None if is_default else known)
    is_table = isinstance(result, pd.DataFrame)
    return made.replace(label_type=label_type(result.columns)) if is_table else made, is_table


def _is_position(source: Any) -> bool:
    return isinstance(source, (int, np.integer))


def _row_of_ids(frame: Frame, of_series: bool) -> Any:
    levels = frame.index or ()
    if frame.index is None:
        index: pd.Index = pd.RangeIndex(1)
    elif len(levels) == 1:
        index = pd.Index([levels[0][1]], dtype=object, name=levels[0][0])
    else:
        index = pd.MultiIndex.from_tuples([frame.index_ids], names=[name for name, _ in levels])
    if of_series:
        return pd.Series(list(frame.ids), dtype=object, index=index, name=frame.labels[0])
    row = pd.DataFrame([list(frame.ids)], dtype=object, index=index)
    row.columns = labels_index(frame.labels, frame.label_names, frame.label_type)
    return row
