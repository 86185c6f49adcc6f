"""User functions of whole groups: rows meet by key, and pandas calls the function on each group where they met."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.functions import announce_type, shipped
from bigframe.api.looking.run import collect
from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.interchange import series_to_arrow
from bigframe.ops.base import Column, Expr
from bigframe.ops.comparison import Eq
from bigframe.ops.groups import CallPerGroup
from bigframe.ops.logical import And
from bigframe.ops.missing import NotNull
from bigframe.plan.calling import called_by_pandas
from bigframe.plan.map_batches import MapBatches
from bigframe.plan.project import Project
from bigframe.schema import key_types
from bigframe.semantics import selecting
from bigframe.semantics.frame import Frame
from bigframe.semantics.grouping import Groups, window_keys
from bigframe.semantics.settling import holes
from bigframe.semantics.values import comparand
from bigframe.session import current

_VALUE = "value"
_PLACE = "place among all rows"


@dataclass
class WithArguments:
    """A function of a group, with its other arguments."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __call__(self, group: Any) -> Any:
        return self.function(group, *self.args, **self.kwargs)


@dataclass
class OnGroups:
    """What a partition calls: a method of pandas' groups, whose keys are the last columns of the frame that it is given."""

    names: tuple[Any, ...]
    labels: tuple[Any, ...]
    is_series: bool
    method: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    nothing: pd.DataFrame | None = None
    hidden: int = 0

    def __call__(self, frame: pd.DataFrame) -> pd.DataFrame:
        if self.nothing is not None and frame.empty:
            return self.nothing
        result = self.result(frame)
        table: pd.DataFrame = result.to_frame(_VALUE) if isinstance(result, pd.Series) else result
        return table

    def result(self, frame: pd.DataFrame) -> Any:
        """What pandas makes of the groups."""
        width = len(self.names)
        keys = [frame.iloc[:, number - width].rename(name) for number, name in enumerate(self.names)]
        # Beside texts pandas would take None for a missing one.
        labels = pd.Index(list(self.labels), dtype=object if None in self.labels else None, tupleize_cols=False)
        table = frame.iloc[:, :-width].set_axis(labels, axis=1)
        by = keys if width > 1 else keys[0]
        if self.hidden:
            return table[
                _truths(self._of(table.iloc[:, : -self.hidden]).groupby(by, **self.settings), self, len(table))
            ]
        return getattr(self._of(table).groupby(by, **self.settings), self.method)(*self.args, **self.kwargs)

    def _of(self, table: pd.DataFrame) -> Any:
        return table.iloc[:, 0].rename(self.labels[0]) if self.is_series else table


def _truths(groups: Any, call: OnGroups, rows: int) -> Any:
    """For each row, whether the function is true of its group, by pandas' rules for what is a truth."""
    kept = np.zeros(rows, dtype=bool)
    function, *args = call.args
    for name, places in groups.indices.items():
        group = groups.obj.iloc[places]
        if not call.is_series:
            object.__setattr__(group, "name", name)
        said = function(group, *args, **call.kwargs)
        if not call.is_series:
            said = said.squeeze() if hasattr(said, "squeeze") else said
            if not pd.api.types.is_bool(said) and not (pd.api.types.is_scalar(said) and pd.isna(said)):
                raise TypeError(f"filter function returned a {type(said).__name__}, but expected a scalar bool")
        try:
            kept[places] = pd.notna(said) and bool(said)
        except ValueError:
            raise TypeError("the filter must return a boolean result") from None
    return kept


def on_groups(
    groups: Groups,
    columns: Sequence[tuple[Any, str]],
    call: OnGroups,
    function: Callable[..., Any],
) -> tuple[Frame, bool]:
    """What a method of groups makes of a user's function, and whether it is a column.

    The types of the result are those of the first group, on which the function is run; that is announced.

    Raises
    ------
    Unsupported
        If the result of one group does not tell the shape of all of them.
    """
    if not groups.sort or not groups.as_index or not groups.observed or not columns:
        raise Unsupported("a function of groups", "their order or their labels need all of them")
    name = getattr(function, "__qualname__", type(function).__name__)
    if function in (pd.Series.mode, pd.Series.unique):
        raise Unsupported("a function of groups", "some give one value and others several")
    rows, key_ids = _with_keys(groups, columns)
    sample = _first_group(rows, key_ids)
    if sample.empty:
        raise Unsupported("a function of groups", "there is no group to learn its type from")
    returned: list[type] = []
    with called_by_pandas():
        result = _noting(call, returned).result(sample)
    if dict in returned:
        raise Unsupported("a function of groups", "of dictionaries pandas takes the keys of all groups")
    table = result.to_frame(_VALUE) if isinstance(result, pd.Series) else result
    levels = _require_shape(call, sample, result, table)
    try:
        types = [series_to_arrow(table.iloc[:, n], "the result")[1].or_missing() for n in range(table.shape[1])]
        inner = [
            series_to_arrow(table.index.get_level_values(n).to_series(), "the index")[1].or_missing() for n in levels
        ]
    except TypeError as error:
        raise Unsupported("a function of groups", str(error)) from None
    announce_type(
        name, {str(label): str(dtype) for label, dtype in zip(table.columns, types, strict=True)}, len(sample)
    )
    payload, _ = shipped(replace(call, nothing=table.iloc[:0]), name)
    plan = rows.plan()
    given = tuple(dict.fromkeys((*rows.index_ids, *rows.ids)))
    index_names = [label for label, _ in groups.keys]
    # pandas calls each column by its group's key, which is what a function may have taken for a name.
    keys = sample.iloc[0, len(sample.columns) - len(key_ids) :].tolist() if call.is_series else []
    inner_names = [name if keys != [name] else None for name in (table.index.names[n] for n in levels)]
    names = [*index_names, *inner_names]
    dtypes = [*(rows.dtype(id) for id in key_ids), *inner]
    level_ids = [derive("index", str(n), plan.digest, payload) for n in range(len(names))]
    out_ids = [derive(str(label), str(n), plan.digest, payload) for n, label in enumerate(table.columns)]
    outputs = (*zip(level_ids, names, dtypes, strict=True), *zip(out_ids, table.columns, types, strict=True))
    mapped = MapBatches(
        plan, payload, name, (*(level for level, _ in rows.index or ()), *range(len(rows.ids))), len(rows.index_ids),
        outputs, len(level_ids), holes=holes(rows, given), keys=tuple(key_ids),
    )  # fmt: skip
    labels = (result.name,) if isinstance(result, pd.Series) else tuple(table.columns)
    index = tuple(zip(names, level_ids, strict=True))
    # Where a result is called by one of its group's rows, those of other groups are called by others.
    is_of_one = not levels and table.columns.name in sample.index and current().known_rows(plan) != len(sample)
    is_named = isinstance(result, pd.DataFrame) and table.columns.names != [None] and not is_of_one
    label_names = tuple(table.columns.names) if is_named else ()
    frame = Frame(mapped, labels, tuple(out_ids), index, label_names=label_names)
    ordered = selecting.sort(frame, [(id, False) for id in level_ids[: len(key_ids)]])
    return ordered, isinstance(result, pd.Series)


def _noting(call: OnGroups, returned: list[type]) -> OnGroups:
    """The same call, of which the types are noted that the function returns."""
    function, *others = call.args
    if isinstance(function, type):
        returned.append(function)
        return call
    if not callable(function):
        return call

    @functools.wraps(function)
    def noted(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        returned.append(type(result))
        return result

    return replace(call, args=(noted, *others))


def transformed(
    groups: Groups, columns: Sequence[tuple[Any, str]], call: OnGroups, function: Callable[..., Any]
) -> Frame:
    """What a user's function makes of the values of each group, column by column, in the place of each row.

    The types of the results are those of the first group, on which the function is run; that is announced.

    Raises
    ------
    Unsupported
        If there is no group to run the function on, or its results are objects.
    """
    name = getattr(function, "__qualname__", type(function).__name__)
    rows, key_ids = _with_keys(groups, columns)
    sample = _first_group(rows, key_ids)
    if sample.empty:
        raise Unsupported("a function of groups", "there is no group to learn its type from")
    with called_by_pandas():
        result = call.result(sample)
    table = result.to_frame() if isinstance(result, pd.Series) else result
    try:
        types = [series_to_arrow(table.iloc[:, n], "the result")[1].or_missing() for n in range(len(columns))]
    except TypeError as error:
        raise Unsupported("a function of groups", str(error)) from None
    announce_type(name, [str(dtype) for dtype in types], len(sample))
    payload, _ = shipped(WithArguments(function, call.args[1:], call.kwargs), name)
    frame, keys = window_keys(groups.of(groups.frame.with_explicit_index()))
    index = tuple(Column(id) for id in frame.index_ids)
    levels = tuple(level for level, _ in frame.index or ())
    ids = []
    for (label, id), dtype in zip(columns, types, strict=True):
        read = [id, *(key.id for key in keys if isinstance(key, Column)), *frame.index_ids]
        op = CallPerGroup(
            Column(id), keys, index, payload, name, dtype, label=label, levels=levels, holes=holes(frame, read)
        )
        frame, new = frame.define(op)
        ids.append(new)
    return frame.select([label for label, _ in columns], ids)


def filtered(groups: Groups, columns: Sequence[tuple[Any, str]], call: OnGroups, function: Callable[..., Any]) -> Frame:
    """The rows of the groups for which a user's function is true, in their order.

    Raises
    ------
    Unsupported
        If missing keys are a group, or there are no columns.
    """
    if not groups.dropna or not columns:
        raise Unsupported("a function of groups", "one of them has missing keys, or they have no columns")
    frame, at = groups.frame.positions()
    name = getattr(function, "__qualname__", type(function).__name__)
    rows, key_ids = _with_keys(groups.of(frame), [*columns, (None, at)])
    width = len(columns)
    labels = (*call.labels, _PLACE)
    payload, _ = shipped(replace(call, labels=labels, method="filter", hidden=1), name)
    plan = rows.plan()
    given = [*rows.index_ids, *rows.ids[: width + 1]]
    fresh = [derive("kept", id, plan.digest, payload) for id in given]
    names = [*(level for level, _ in rows.index or ()), *labels]
    outputs = tuple((new, label, plan.schema[old]) for new, label, old in zip(fresh, names, given, strict=True))
    levels = len(rows.index_ids)
    mapped = MapBatches(
        plan, payload, name, (*names[:levels], *range(len(rows.ids))), levels, outputs, levels,
        holes=holes(rows, (*rows.index_ids, *rows.ids)), keys=tuple(key_ids),
    )  # fmt: skip
    index = tuple(zip(names[:levels], fresh[:levels], strict=True))
    kept = Frame(mapped, tuple(label for label, _ in columns), tuple(fresh[levels:-1]), index)
    return selecting.sort(kept, [(fresh[-1], False)])


def _with_keys(groups: Groups, columns: Sequence[tuple[Any, str]]) -> tuple[Frame, list[str]]:
    """The columns, each of its own id, under the index of their rows, and after them the keys; rows of no group dropped.

    Raises
    ------
    Unsupported
        If only pandas compares the keys.
    """
    frame = groups.frame.with_explicit_index()
    key_types({id: frame.dtype(id) for id in groups.key_ids}, groups.key_ids, "grouping")
    if groups.dropna:
        for id in groups.key_ids:
            if not frame.dtype(id).never_missing:
                frame = selecting.keep_rows(_reading(frame, columns, groups), NotNull(Column(id)))
    base = _reading(frame, columns, groups).plan()
    sources = [*frame.index_ids, *(id for _, id in columns), *groups.key_ids]
    fresh = [derive("given", str(number), id, base.digest) for number, id in enumerate(sources)]
    definitions = tuple((new, Column(old)) for new, old in zip(fresh, sources, strict=True))
    plan = Project(base, definitions, tuple(fresh))
    width = len(frame.index_ids)
    index = tuple((label, id) for (label, _), id in zip(frame.index or (), fresh, strict=False))
    rows = Frame(plan, tuple(range(len(fresh) - width)), tuple(fresh[width:]), index)
    return rows, fresh[len(fresh) - len(groups.keys) :]


def _reading(frame: Frame, columns: Sequence[tuple[Any, str]], groups: Groups) -> Frame:
    ids = tuple(dict.fromkeys((*(id for _, id in columns), *groups.key_ids)))
    return frame.select(range(len(ids)), ids)


def _first_group(rows: Frame, key_ids: Sequence[str]) -> pd.DataFrame:
    """The rows of the group that the first row is in."""
    (first,) = collect(selecting.take_slice(rows.select(range(len(key_ids)), key_ids), 0, 1))
    if first.empty:
        return first
    predicate: Expr | None = None
    for number, id in enumerate(key_ids):
        value: Any = first.iloc[0, number]
        if pd.isna(value):
            raise Unsupported("a function of groups", "the first group is that of missing keys")
        test = Eq(Column(id), comparand(value, rows.dtype(id)))
        predicate = test if predicate is None else And(predicate, test)
    assert predicate is not None
    return collect(selecting.keep_rows(rows, predicate))[0]


def _require_shape(call: OnGroups, sample: pd.DataFrame, result: Any, table: Any) -> range:
    """The levels of the result's index below the keys.

    Raises
    ------
    Unsupported
        If other groups may give another shape.
    """
    if not isinstance(result, (pd.DataFrame, pd.Series)) or table.empty:
        raise Unsupported("a function of groups", "its first result has no rows")
    if not table.columns.is_unique:
        raise Unsupported("a function of groups", "labels of its results repeat")
    width = len(call.names)
    levels = range(width, table.index.nlevels)
    if list(table.index.names[:width]) != list(call.names) or levels and not call.settings.get("group_keys", True):
        raise Unsupported("a function of groups", "its results are not told apart by the keys")
    if isinstance(result, pd.Series) and levels and not call.is_series:
        raise Unsupported("a function of groups", "pandas makes a table of its results if their labels are equal")
    keys = [sample.iloc[0, number] for number in range(len(sample.columns) - width, len(sample.columns))]
    if not levels and len(table) > 1 or [table.index.get_level_values(n)[0] for n in range(width)] != keys:
        raise Unsupported("a function of groups", "its results are not told apart by the keys")
    is_row = call.method == "apply" and isinstance(result, pd.DataFrame) and not levels
    if is_row and set(table.columns) <= set(sample.index):
        raise Unsupported("a function of groups", "its results have the labels of rows")
    if is_row and table.columns.name is not None and not set(table.columns) <= set(call.labels):
        raise Unsupported("a function of groups", "its results have labels that are values")
    return levels
