"""``astype`` to categories: which there are is asked of the data once, unless the dtype says so."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bigframe.api.binding.fallbacks import look_ahead
from bigframe.api.functions import lookup
from bigframe.errors import Unsupported
from bigframe.ops.base import Column
from bigframe.ops.functions import Lookup
from bigframe.schema import DType, of_categories
from bigframe.semantics import selecting
from bigframe.semantics.frame import Frame


def is_categorical(dtype: Any) -> bool:
    """Whether something names a dtype of categories."""
    return isinstance(dtype, pd.CategoricalDtype) or isinstance(dtype, str) and dtype == "category"


def categorized(frame: Frame, id: str, dtype: Any) -> tuple[Frame, str]:
    """A column as categories: those of the dtype, or all that occur, which takes one job, announced.

    Raises
    ------
    Unsupported
        If pandas alone computes with such values, or no text tells the categories apart.
    """
    wanted: Any = pd.api.types.pandas_dtype(dtype)
    source = frame.dtype(id)
    if source.categories is not None:
        given, target = source.pandas.categories, _held(source.pandas.update_dtype(wanted))
        texts = dict(zip(target.pandas.categories, target.categories or (), strict=True))
        pairs = {text: texts[value] for text, value in zip(source.categories, given, strict=True) if value in texts}
        return frame.define(Lookup(Column(id), tuple(pairs), tuple(pairs.values()), target))
    known = wanted.categories
    if known is None:
        distinct = selecting.distinct(frame.select((None,), (id,)), [id], "any", ignore_index=True)
        (seen,) = look_ahead("astype('category')", [distinct])
        known = pd.Categorical(seen.iloc[:, 0]).categories
    target = _held(pd.CategoricalDtype(known, wanted.ordered))
    found: Any = lookup(Column(id), source, dict(zip(known, target.categories or (), strict=True)))
    return frame.define(Lookup(found.operand, found.keys, found.values, target))


def _held(dtype: pd.CategoricalDtype) -> DType:
    found = of_categories(dtype)
    if found is None:
        raise Unsupported("astype to such categories", "no text tells them apart")
    return found
