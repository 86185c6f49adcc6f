"""What groups are aggregated by: names, functions, and the labels of what comes out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from pandas.core.groupby import SeriesGroupBy
from pandas.errors import SpecificationError

from bigframe.errors import Unsupported
from bigframe.ops.base import Expr
from bigframe.schema import INT64, DType
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups
from bigframe.semantics.summarizing import REDUCTIONS, reduction


def reduction_of(function: Any, dtype: DType) -> Callable[[Expr], Expr]:
    """The reduction that a name or function stands for; Python's own do not skip missing values, nor widen integers."""
    if function in (sum, min, max, any, all) and not (dtype.never_missing and dtype.arrow == INT64.arrow):
        raise Unsupported(f"agg({function.__name__})", "Python's own function sees missing values")
    if isinstance(function, str) and function not in REDUCTIONS and function != "quantile":
        if function.startswith("_") or not hasattr(SeriesGroupBy, function):
            raise AttributeError(f"'SeriesGroupBy' object has no attribute '{function}'")
        raise Unsupported(f"agg([{function!r}])", "it has no kernel beside others")
    return reduction(function, grouped=True)


def require_columns(columns: Iterable[tuple[Hashable, str]], labels: Iterable[Any]) -> None:
    """Refuse labels that none of the columns has.

    Raises
    ------
    KeyError
        As pandas does.
    """
    present = {label for label, _ in columns}
    absent = [label for label in labels if label not in present]
    if absent:
        unique = pd.Index(absent, tupleize_cols=False).unique()
        raise KeyError(f"Label(s) {list(unique.difference([], sort=True))} do not exist")


def require_distinct(functions: Sequence[Any]) -> None:
    """Refuse a list in which a name occurs twice.

    Raises
    ------
    pandas.errors.SpecificationError
        As pandas does.
    """
    names = [one for one in functions if isinstance(one, str)]
    if len(set(names)) < len(names):
        raise SpecificationError("Function names must be unique if there is no new column names assigned")


def only_names(functions: Any) -> bool:
    """Whether the functions to aggregate by are all methods by name, and so none of the user's."""
    if isinstance(functions, Mapping):
        functions = list(functions.values())
    if isinstance(functions, (list, tuple)):
        return all(map(only_names, functions))
    return functions is None or isinstance(functions, str)


def below_keys(aggregated: Frame, groups: Groups) -> Frame:
    """The same columns, where the labels of keys get as many levels as the others have."""
    if groups.as_index or not any(isinstance(label, tuple) for label in aggregated.labels):
        return aggregated
    labels = [label if isinstance(label, tuple) else (label, "") for label in aggregated.labels]
    return aggregated.select(labels, aggregated.ids)
