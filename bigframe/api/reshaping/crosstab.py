"""Cross tabulation: how often values of several columns meet, or what others are where they do."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_list_like

from bigframe.api.binding.docstrings import documented_as
from bigframe.api.binding.fallbacks import as_bigframe, gather
from bigframe.api.columns import announce
from bigframe.api.dataframe import DataFrame
from bigframe.api.reshaping.layout import Layout, laid_out
from bigframe.api.reshaping.margins import FUNCTIONS, Margins
from bigframe.api.series import Series
from bigframe.errors import Unsupported
from bigframe.ops.arithmetic import TrueDiv
from bigframe.ops.base import Column, Literal
from bigframe.ops.reductions import Sum
from bigframe.schema import INT64
from bigframe.semantics.frame import Frame, absorb, same_rows
from bigframe.semantics.summarizing import elsewhere, reduced


@documented_as(pd.crosstab)
def crosstab(
    index: Any,
    columns: Any,
    values: Any = None,
    rownames: Any = None,
    colnames: Any = None,
    aggfunc: Any = None,
    margins: bool = False,
    margins_name: Hashable = "All",
    dropna: bool = True,
    normalize: Any = False,
) -> Any:
    """How often values of several columns meet. Tier: *native*.

    A job finds the values across first. With ``dropna=False`` the counts are gathered; others than columns of the same
    rows, and ``values`` under shares or functions of the user's, are gathered whole.
    """
    if normalize is not False and not isinstance(margins, bool):
        raise ValueError("Not a valid margins argument")
    rows, across = _factors(index), _factors(columns)
    options = {
        "rownames": rownames, "colnames": colnames, "margins": margins, "margins_name": margins_name,
        "dropna": dropna, "normalize": normalize,
    }  # fmt: skip
    factors = [*rows, *across]
    counts_columns = values is None and aggfunc is None and all(isinstance(one, Series) for one in factors)
    try:
        if not dropna or (values is None) != (aggfunc is None):
            raise Unsupported("crosstab", "keys may be missing, or pandas says what is")
        data = _beside(factors, values)
        names = (_names(rows, rownames, "row"), _names(across, colnames, "col"))
        return _Crosstab(data, *names, aggfunc).table(bool(margins), margins_name, normalize)
    except Unsupported:
        pass  # What follows warns.
    if not counts_columns:
        given = {**options, "values": values, "aggfunc": aggfunc}
        return gather(
            pd.crosstab, (index, columns), given, "crosstab: its arguments are not all columns of the same rows"
        )
    counts = factors[0].groupby(factors, dropna=dropna).size()
    announce(
        "crosstab: its keys or arguments need the groups, which are counted natively and gathered", [counts._frame]
    )
    counted = counts.to_pandas()
    levels = [pd.Series(counted.index.get_level_values(number), name=one.name) for number, one in enumerate(factors)]
    size = pd.Series(counted.to_numpy())
    table = pd.crosstab(levels[: len(rows)], levels[len(rows) :], values=size, aggfunc="sum", **options)
    return as_bigframe(table if normalize is not False else table.fillna(0).astype(np.int64))


@dataclass(frozen=True)
class _Crosstab:
    """A table of columns of the same rows, under their numbers: keys of rows and across, and values, or ones to count."""

    data: DataFrame
    rows: list[Hashable]
    across: list[Hashable]
    function: Any

    def table(self, margins: bool, name: Hashable, normalize: Any) -> Any:
        """The table, with margins or as shares."""
        shares = _shares_of(normalize)
        if shares and self.function is not None:
            raise Unsupported("crosstab(values=, normalize=)", "what is missing has a share of 0")
        found = self._with_margins(name, shares) if margins else self._plain()
        if shares == "columns":
            found = DataFrame(_by_their_sums(found._frame))
        elif shares == "index":
            found = found.div(found.sum(axis=1), axis=0)
        elif shares:
            found = found / self.data.dropna()[self._value].count()
        frame: Frame = found._frame
        named = frame.with_index(tuple(zip(self.rows, frame.index_ids, strict=True)))
        return DataFrame(named.replace(label_names=() if self.across == [None] else tuple(self.across)))

    @property
    def _value(self) -> int:
        return len(self.rows) + len(self.across)

    def _layout(self) -> Layout:
        return Layout(len(self.rows), 0 if self.function is None else None)

    def _groups(self, table: Any, by: list[Hashable]) -> Frame:
        groups: Frame = table.groupby(by)[[self._value]].agg(self.function or "count")._frame
        return groups

    def _plain(self) -> Any:
        return DataFrame(laid_out(self._groups(self.data, list(range(self._value))), self._layout()))

    def _with_margins(self, name: Hashable, shares: str) -> Any:
        if self.function is not None and self.function not in FUNCTIONS:
            raise Unsupported("margins", "their functions are ones that say something wherever there is a value")
        keys: list[Hashable] = list(range(self._value))
        rows, across = keys[: len(self.rows)], keys[len(self.rows) :]
        return Margins(
            self.data, rows, across, [self._value], self._groups, self._layout(), name,
            last_column=shares != "index", last_row=shares != "columns",
        ).table()  # fmt: skip


def _by_their_sums(frame: Frame) -> Frame:
    """Each column divided by its sum."""
    sums, ids = reduced(frame, [(id, Sum) for id in frame.ids]), []
    for id, of_all in zip(frame.ids, sums.ids, strict=True):
        frame, share = frame.define(TrueDiv(Column(id), elsewhere(sums, of_all)))
        ids.append(share)
    return frame.select(frame.labels, ids)


def _shares_of(normalize: Any) -> str:
    """What shares are of: all, the row (``index``) or the column; nothing if they are none.

    Raises
    ------
    ValueError
        As pandas does of anything else.
    """
    known: dict[Any, str] = {False: "", True: "all"} if isinstance(normalize, bool) else {0: "index", 1: "columns"}
    found = known.get(normalize, normalize)
    if found not in ("", "all", "index", "columns"):
        raise ValueError("Not a valid normalize argument")
    return str(found)


def _beside(factors: list[Any], values: Any) -> DataFrame:
    """Columns of the same rows as a table, and values, or ones.

    Raises
    ------
    Unsupported
        If they are of other rows, or no columns.
    """
    columns = factors if values is None else [*factors, values]
    if not all(isinstance(one, Series) and same_rows(one._frame, factors[0]._frame) for one in columns):
        raise Unsupported("crosstab", "its arguments are not all columns of the same rows")
    frame, ids = factors[0]._frame, []
    for one in columns:
        frame = absorb(frame, one._frame)
        ids += one._frame.ids
    if values is None:
        frame, ones = frame.define(Literal(1, INT64))
        ids.append(ones)
    return DataFrame(frame.select(range(len(ids)), ids))


def _names(factors: list[Any], given: Any, prefix: str) -> list[Hashable]:
    if given is None:
        return [f"{prefix}_{number}" if one.name is None else one.name for number, one in enumerate(factors)]
    if len(given) != len(factors):
        raise ValueError("arrays and names must have the same length")
    return list(given)


def _factors(given: Any) -> list[Any]:
    nested = isinstance(given, (list, tuple)) and len(given) and all(is_list_like(one) for one in given)
    return list(given) if nested else [given]
