"""Rows that become columns: one look at the keys, then a plan."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar

import pandas as pd
from pandas.api.types import is_list_like

from bigframe.api.binding.tiers import composed
from bigframe.errors import Unsupported
from bigframe.semantics.frame import Frame
from bigframe.semantics.spreading import Level, learnt, questions, spread


def spread_out(
    frame: Frame, rows: Sequence[Level], across: Sequence[Level], what: str, *, fill: Any, of_table: bool
) -> Frame:
    """The frame with the values of keys as columns, which a job finds first."""
    from bigframe.api.binding.fallbacks import look_ahead

    known = learnt(look_ahead(what, questions(frame, rows, across)))
    return spread(frame, rows, across, known, fill=fill, of_table=of_table)


def _unstack(owner: Any, level: Any, fill_value: Any, sort: bool) -> Any:
    from bigframe.api.dataframe import DataFrame

    frame: Frame = owner._frame
    levels = list(frame.index or ())
    if len(levels) < 2 or not sort or not frame.ids:
        raise Unsupported(f"{owner.display}.unstack", "of one level or of several it makes another table")
    places = pd.MultiIndex.from_arrays([[0]] * len(levels), names=[name for name, _ in levels])
    numbers = [places._get_level_number(one) for one in _listed(level)]  # type: ignore[attr-defined]
    if numbers != sorted(set(numbers)):
        raise Unsupported(f"{owner.display}.unstack", "pandas orders columns by the places of the levels")
    across = [levels[number] for number in numbers]
    levels = [one for number, one in enumerate(levels) if number not in numbers]
    of_table = owner.display == "DataFrame"
    return DataFrame(spread_out(frame, levels, across, "unstack", fill=fill_value, of_table=of_table))


def _pivot(
    owner: Any, columns: Any, index: Any = pd.api.extensions.no_default, values: Any = pd.api.extensions.no_default
) -> Any:
    from bigframe.api.dataframe import DataFrame

    default = pd.api.extensions.no_default
    frame: Frame = owner._frame
    keys = _listed(columns)
    if not keys or any(len(frame.find(key)) != 1 for key in keys):
        raise Unsupported("DataFrame.pivot", "its keys are no columns")
    rows = [(label, frame.one(label)) for label in _listed(index)] if index is not default else None
    if rows is None:
        frame = frame.with_explicit_index()
    chosen = (
        _listed(values)
        if values is not default
        else [one for one in frame.labels if one not in keys and one not in dict(rows or ())]
    )
    ids = [frame.one(label) for label in chosen]
    several = values is not default and is_list_like(values)
    if not ids or several and len({frame.dtype(id) for id in ids}) > 1:
        raise Unsupported("DataFrame.pivot", "pandas makes one dtype of its values")
    narrow = frame.select(chosen, ids)
    if several:
        narrow = narrow.replace(label_names=())
    across = [(key, frame.one(key)) for key in keys]
    of_table = values is default or is_list_like(values)
    levels = rows if rows is not None else list(frame.index or ())
    return DataFrame(spread_out(narrow, levels, across, "pivot", fill=None, of_table=of_table))


def _listed(labels: Any) -> list[Hashable]:
    return list(labels) if is_list_like(labels) and not isinstance(labels, tuple) else [labels]


class FrameSpreading:
    """What DataFrame has."""

    pandas: ClassVar[type] = pd.DataFrame
    display: ClassVar[str] = "DataFrame"

    unstack = composed(_unstack)
    pivot = composed(_pivot)


class SeriesSpreading:
    """What Series has."""

    pandas: ClassVar[type] = pd.Series
    display: ClassVar[str] = "Series"

    unstack = composed(_unstack)
