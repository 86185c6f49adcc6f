"""Tables as matrices: turned around, and multiplied by another one; what becomes columns is small, and looked at."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from bigframe.api.binding.fallbacks import look_ahead
from bigframe.api.binding.tiers import composed
from bigframe.api.columns import Columns, from_result
from bigframe.errors import Unsupported
from bigframe.ops.arithmetic import Add, Mul
from bigframe.ops.base import Column, Expr
from bigframe.schema import Family
from bigframe.semantics.values import literal

MOST_ROWS = 100
"""A table of so many rows is turned around; a larger one gathers its data."""


def _transposed(owner: Any, args: Any = (), copy: Any = None) -> Any:  # noqa: ARG001  (pandas ignores it)
    (table,) = look_ahead("a transposed table", [owner.head(MOST_ROWS + 1)._frame])
    if table.empty:
        raise Unsupported("transpose of a table without values", "its labels keep their dtypes")
    if len(table) > MOST_ROWS:
        raise Unsupported(f"transpose of more than {MOST_ROWS} rows", "each becomes a column")
    return from_result(table.transpose(*args))


def _sum(terms: list[Expr]) -> Expr:
    """The sum of halves, so that it is no deeper than it has to be."""
    half = len(terms) // 2
    return Add(_sum(terms[:half]), _sum(terms[half:])) if half else terms[0]


def _dot(owner: Any, other: Any) -> Any:
    from bigframe.api.series import Series

    frame = owner._frame
    numeric = all(dtype.is_numeric and not dtype.is_bool and dtype.family is Family.NUMPY for dtype in frame.dtypes)
    if not numeric or any(dtype.unless_missing or dtype.otherwise is not None for dtype in frame.dtypes):
        raise Unsupported("dot of other than NumPy's numbers", "pandas multiplies them as objects")
    if isinstance(other, Columns):
        if other.display == "Index":
            raise Unsupported("dot with row labels", "they are an array")
        (table,) = look_ahead("a product", [other._frame])
        other = table.iloc[:, 0] if other.display == "Series" else table
    like = pd.DataFrame(np.zeros((0, len(frame.labels))), columns=owner.columns)
    shape = like.dot(other)  # pandas says whether they fit
    if isinstance(other, (pd.Series, pd.DataFrame)):
        other = other.reindex(index=owner.columns)
    weights = np.asarray(other)
    if weights.dtype.kind not in "iuf" or np.isnan(weights).any() or weights.ndim > 2 or not frame.ids:
        raise Unsupported("dot with other than numbers", "pandas multiplies them as objects")
    ids = []
    for column in weights.reshape(len(frame.ids), -1).T:
        products: list[Expr] = [Mul(Column(id), literal(one)) for id, one in zip(owner._frame.ids, column, strict=True)]
        frame, id = frame.define(_sum(products))
        ids.append(id)
    labels = (None,) if shape.ndim == 1 else tuple(shape.columns)
    chosen = frame.select(labels, ids).replace(label_names=())
    return Series(chosen) if shape.ndim == 1 else owner._wrap(chosen)


class Matrices:
    """What only DataFrame has."""

    pandas: ClassVar[type] = pd.DataFrame
    display: ClassVar[str] = "DataFrame"

    transpose = composed(_transposed)
    T = composed(_transposed)
    dot = composed(_dot)
