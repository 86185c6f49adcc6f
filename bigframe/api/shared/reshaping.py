"""Methods of DataFrame whose result has other rows or columns than its own: melted, stacked, pivoted."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, Self

import pandas as pd
from pandas.api.types import is_list_like

from bigframe.errors import Unsupported
from bigframe.semantics import reshaping
from bigframe.semantics.frame import Frame


class Reshaping:
    """The part of DataFrame that turns columns into rows and rows into columns."""

    _frame: Frame

    def melt(
        self,
        id_vars: Any = None,
        value_vars: Any = None,
        var_name: Any = None,
        value_name: Hashable = "value",
        col_level: Any = None,
        ignore_index: bool = True,
    ) -> Self:
        """Columns become rows, with a column of their labels and one of their values. Tier: *native*.

        Labels of several levels, and columns of which pandas makes objects, are gathered.
        """
        frame = self._frame
        arguments = (id_vars, value_vars, var_name, value_name, col_level, ignore_index)
        if col_level is not None or any(isinstance(label, tuple) for label in frame.labels):
            raise Unsupported("melt of labels of several levels", "pandas makes a column of each")
        if value_name in frame.labels:
            raise ValueError(f"value_name ({value_name}) cannot match an element in the DataFrame columns.")
        kept, melted = _labels(id_vars), _labels(value_vars)
        absent = [label for label in (*kept, *melted) if not frame.find(label)]
        if absent:
            raise KeyError(f"The following id_vars or value_vars are not present in the DataFrame: {absent}")
        if value_vars is None:
            melted = [label for label in frame.labels if label not in kept]
        (named,) = frame.label_names if len(frame.label_names) == 1 else (None,)
        name = var_name if var_name is not None else named if named is not None else "variable"
        if is_list_like(name):
            raise ValueError(f"{var_name=} must be a scalar.")
        labels = (*kept, name, value_name)
        twice = list({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ValueError(f"melt output columns cannot contain duplicate names: {twice}")
        if len(set(frame.labels)) == len(frame.labels) and not set(kept) & set(melted):
            try:
                return self._wrap(reshaping.melt(frame, kept, melted, name, value_name, not ignore_index))
            except Unsupported:
                pass  # What follows warns.
        return self._gather("melt", arguments, {}, "DataFrame.melt: pandas makes objects of its labels or values")  # type: ignore[no-any-return]

    def stack(self, level: Any = -1, dropna: Any = None, sort: Any = None, future_stack: bool = True) -> Any:
        """Levels of the columns' labels become the last ones of the index. Tier: *native*.

        Columns of which pandas makes objects are gathered.
        """
        from bigframe.api.series import Series

        given = {"level": level, "dropna": dropna, "sort": sort, "future_stack": future_stack}
        options = {key: value for key, value in given.items() if value is not None}
        try:
            if not future_stack and is_list_like(level):
                raise Unsupported("stack(future_stack=False) of levels", "it goes through a table for each")
            made, is_table = reshaping.stacked(
                self._frame, lambda row: row.stack(**options), dropna=not future_stack and dropna is not False
            )
            return self._wrap(made) if is_table else Series(made)
        except Unsupported:
            pass  # What follows warns.
        return self._gather("stack", (), options, "DataFrame.stack: pandas makes objects of its labels or values")

    def pivot_table(
        self,
        values: Any = None,
        index: Any = None,
        columns: Any = None,
        aggfunc: Any = "mean",
        fill_value: Any = None,
        margins: bool = False,
        dropna: bool = True,
        margins_name: Hashable = "All",
        observed: bool = True,
        sort: bool = True,
        **kwargs: Any,
    ) -> Any:
        """A table of groups by rows and columns, each cell reduced. See :func:`bigframe.pivot_table`; tier: *native*."""
        from bigframe.api.reshaping.pivoting import pivot_table

        given: Any = self
        settings = (fill_value, margins, dropna, margins_name, observed, sort)
        return pivot_table(given, values, index, columns, aggfunc, *settings, **kwargs)

    def _wrap(self, frame: Frame) -> Self:
        raise NotImplementedError

    def _gather(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> Any:
        raise NotImplementedError


def _labels(given: Any) -> list[Hashable]:
    if given is None:
        return []
    return list(given) if isinstance(given, (list, tuple, pd.Index, Iterable)) and is_list_like(given) else [given]
