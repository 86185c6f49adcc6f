"""``concat``: tables one after another, or columns side by side."""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from pandas.core.algorithms import safe_sort  # type: ignore[attr-defined]

from bigframe.api.binding.docstrings import documented_as
from bigframe.api.binding.fallbacks import gather
from bigframe.api.columns import Columns
from bigframe.api.dataframe import DataFrame
from bigframe.api.reading.io import from_pandas
from bigframe.api.series import Series
from bigframe.errors import Unsupported
from bigframe.interchange import labels_index
from bigframe.semantics.aligning import united
from bigframe.semantics.elementwise import NotAligned
from bigframe.semantics.frame import Frame, same_rows, type_side_by_side
from bigframe.semantics.stacking import keyed, stack


@documented_as(pd.concat)
def concat(
    objs: Iterable[Any] | Mapping[Any, Any],
    *,
    axis: Any = 0,
    join: str = "outer",
    ignore_index: bool = False,
    keys: Any = None,
    levels: Any = None,
    names: Any = None,
    verify_integrity: bool = False,
    sort: bool = False,
    copy: Any = None,  # noqa: ARG001  (has no effect in pandas either)
    union_categories: bool = False,
) -> Any:
    """Tables one after another, or columns side by side. Tier: *native*.

    Columns of different rows (``axis=1``) are matched by their indexes, whose labels must not repeat then; with
    ``join="inner"``, ``sort`` or times as labels they are gathered, and so are calls with ``levels`` or
    ``verify_integrity``, columns without a common dtype, and indexes with different numbers of levels.

    Raises
    ------
    ValueError
        If there is nothing to concatenate, or no such ``join``.
    TypeError
        If something is no Series or DataFrame.
    """
    if isinstance(objs, (Columns, pd.DataFrame, pd.Series, str)):
        raise TypeError(
            "first argument must be an iterable of pandas objects, "
            f'you passed an object of type "{type(objs).__name__}"'
        )
    if isinstance(objs, Mapping):
        keys = list(objs) if keys is None else list(keys)
        objs = [objs[key] for key in keys]
    if axis not in (0, 1, "index", "columns", "rows"):
        raise ValueError(f"No axis named {axis} for object type DataFrame")
    given = list(objs)
    marks: list[Any] | None = None if keys is None else list(keys)
    if not given:
        raise ValueError("No objects to concatenate")
    if marks is not None and ignore_index:
        raise ValueError("Cannot set ignore_index=True and specify keys. Either should be used.")
    if marks is not None and len(marks) != len(given):
        raise ValueError(
            f"The length of the keys ({len(marks)}) must match the length of the objects to concatenate ({len(given)})"
        )
    if join not in ("outer", "inner"):
        raise ValueError("Only can inner (intersect) or outer (union) join the other axis")
    kept = [number for number, one in enumerate(given) if one is not None]
    if not kept:
        raise ValueError("All objects passed were None")
    parts = [_lazy(given[number]) for number in kept]
    marks = marks and [marks[number] for number in kept]
    why = "concat: pandas aligns rows by their index labels"
    try:
        if levels is not None or verify_integrity or union_categories:
            raise NotAligned
        if axis in (1, "columns"):
            return DataFrame(_side_by_side(parts, join, marks, names, sort=sort, ignore_index=ignore_index))
        frame, is_series = _one_after_another(
            parts, join, sort=sort, ignore_index=ignore_index, keys=marks, names=names
        )
        return Series(frame) if is_series else DataFrame(frame)
    except (NotAligned, _Mixed):
        pass  # What follows warns.
    except Unsupported as error:
        why = str(error)
    options = {
        "axis": axis, "join": join, "ignore_index": ignore_index, "keys": marks, "levels": levels, "names": names,
        "verify_integrity": verify_integrity, "union_categories": union_categories, "sort": sort,
    }  # fmt: skip
    return gather(pd.concat, (parts,), options, why)


class _Mixed(Exception):
    """Labels that pandas mixes by rules of its own."""


def _lazy(part: Any) -> Any:
    if isinstance(part, (pd.DataFrame, pd.Series)):
        return from_pandas(part)
    if not isinstance(part, Columns):
        raise TypeError(f"cannot concatenate object of type '{type(part)}'; only Series and DataFrame objs are valid")
    return part


def _one_after_another(
    parts: Sequence[Any], join: str, *, sort: bool, ignore_index: bool, keys: list[Any] | None, names: Any
) -> tuple[Frame, bool]:
    if all(isinstance(part, Series) for part in parts):
        name = parts[0].name if all(part.name == parts[0].name for part in parts) else None
        labels: list[Hashable] = [name]
        frames = [part._frame.select((name,), part._frame.ids) for part in parts]
    else:
        frames = [(part.to_frame() if isinstance(part, Series) else part)._frame for part in parts]
        labels = list(dict.fromkeys(label for frame in frames for label in frame.labels))
        if join == "inner":
            labels = [label for label in labels if all(frame.find(label) for frame in frames)]
        if sort:
            with contextlib.suppress(TypeError):
                labels = list(safe_sort(labels_index(labels)))
    if keys is not None:
        frames = keyed(frames, keys, list(names) if names is not None else [])
    named = frames[0].label_names
    stacked = stack(frames, labels, ignore_index=ignore_index)
    if all(frame.label_names == named for frame in frames):
        stacked = stacked.replace(label_names=named)
    return stacked, all(isinstance(part, Series) for part in parts)


def _side_by_side(
    parts: Sequence[Any], join: str, keys: list[Any] | None, names: Any, *, sort: bool, ignore_index: bool
) -> Frame:
    frame: Frame = parts[0]._frame
    labels: list[Hashable] = []
    ids: list[str] = []
    unnamed = 0
    series = [isinstance(part, Series) for part in parts]
    if keys is not None and any(series) and not all(series):
        raise _Mixed
    for number, part in enumerate(parts):
        other = part._frame
        if number:
            labelled = frame.index is not None or other.index is not None
            if (join == "inner" or sort and labelled) and not same_rows(frame, other):
                raise NotAligned
            width = len(frame.ids)
            before = frame.select((*frame.labels, *labels), (*frame.ids, *ids))
            before, other = united(before, other)
            frame, ids = before.select(before.labels[:width], before.ids[:width]), list(before.ids[width:])
        if keys is not None:
            labels += [keys[number]] if series[number] else [_nested(keys[number], label) for label in other.labels]
        elif series[number] and part.name is None:
            labels.append(unnamed)
            unnamed += 1
        else:
            labels += other.labels
        ids += other.ids
    levels = [*(names or [None]), *(frame.label_names or (None,))][: 1 if all(series) else 2]
    kind = None if ignore_index else type_side_by_side([part._frame for part in parts], labels)
    frame = frame.select(range(len(ids)) if ignore_index else labels, ids).replace(label_type=kind)
    if keys is not None:
        return frame.replace(label_names=tuple(levels) if any(level is not None for level in levels) else ())
    return frame


def _nested(key: Hashable, label: Hashable) -> Hashable:
    return (*(key if isinstance(key, tuple) else (key,)), *(label if isinstance(label, tuple) else (label,)))
