"""``wide_to_long``: columns whose labels differ in a suffix become one, with the suffix in the index."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Hashable
from typing import Any

import pandas as pd
from pandas.api.types import is_list_like

from bigframe.api.binding.docstrings import documented_as
from bigframe.api.binding.fallbacks import gather, look_ahead
from bigframe.api.dataframe import DataFrame
from bigframe.errors import Unsupported
from bigframe.ops.reductions import Any_
from bigframe.semantics import reshaping
from bigframe.semantics.summarizing import reduced


@documented_as(pd.wide_to_long)
def wide_to_long(df: DataFrame, stubnames: Any, i: Any, j: Hashable, sep: str = "", suffix: str = r"\d+") -> DataFrame:
    r"""Columns of some names and suffixes become one for each name. Tier: *native*.

    A job says first whether ``i`` tells rows apart. Names that do not all have the same suffixes in the same order
    gather the data.

    Examples
    --------
    >>> import bigframe as pd
    >>> df = pd.DataFrame({"id": ["a", "b"], "x2020": [1, 2], "x2021": [3, 4]})
    >>> pd.wide_to_long(df, "x", i="id", j="year")
             x
    id year
    a  2020  1
    b  2020  2
    a  2021  3
    b  2021  4
    """
    labels = df.columns
    names = list(stubnames) if is_list_like(stubnames) else [stubnames]
    keys = list(i) if is_list_like(i) else [i]
    if labels.isin(names).any():
        raise ValueError("stubname can't be identical to a column name")
    try:
        sources, steps = _melted(labels, names, sep, suffix)
        used = {label for each in sources for label in each}
        if not labels.is_unique or not set(keys) <= set(labels) - used:
            raise Unsupported("wide_to_long", "labels repeat, or keys are among what is melted")
        if _repeats(df[keys]):
            raise ValueError("the id variables need to uniquely identify each row")
        kept = [label for label in labels.difference(list(used)) if label not in keys]
        groups = [(name.rstrip(sep), each) for name, each in zip(names, sources, strict=True)]
        return DataFrame(reshaping.long_by_suffix(df._frame, keys, kept, groups, j, steps))
    except Unsupported as error:
        return gather(pd.wide_to_long, (df, stubnames, i, j, sep, suffix), {}, f"wide_to_long: {error}")  # type: ignore[no-any-return]


def _repeats(ids: DataFrame) -> bool:
    marks = ids.duplicated()._frame
    (found,) = look_ahead("wide_to_long", [reduced(marks, [(marks.ids[0], Any_)])], "whether rows share an id, for {}")
    return bool(found.iloc[0, 0])


def _melted(labels: pd.Index, names: list[Any], sep: str, suffix: str) -> tuple[list[list[Any]], list[Any]]:
    """The columns of each name, and their suffixes, numbers if all of them are.

    Raises
    ------
    Unsupported
        If the names have other suffixes, or none.
    """
    if labels.dtype != "str" or not all(isinstance(name, str) for name in names):
        raise Unsupported("wide_to_long", "its labels are not all texts")
    sources, steps = [], []
    for name in names:
        matches = labels[labels.str.match(rf"^{re.escape(name)}{re.escape(sep)}{suffix}$")]
        ends = matches.to_series().str.replace(re.escape(name + sep), "", regex=True)
        with contextlib.suppress(TypeError, ValueError, OverflowError):  # as pandas has it
            ends = pd.to_numeric(ends)
        sources.append(matches.tolist())
        steps.append(ends.tolist())
    if not names or not steps[0] or any(one != steps[0] for one in steps):
        raise Unsupported("wide_to_long", "its names have different suffixes")
    return sources, steps[0]
