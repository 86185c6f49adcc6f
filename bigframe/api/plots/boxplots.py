"""Box plots: the engine finds quartiles, whiskers and what lies beyond; pandas draws few values that have the same."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bigframe.announcing import warn_once
from bigframe.api.columns import Columns
from bigframe.api.looking.run import collect
from bigframe.api.plots.backends import require_matplotlib
from bigframe.api.plots.distributions import HOLE, Numbers, chosen_by_dtype, labels_of, labels_of_groups, require_one
from bigframe.errors import Unsupported
from bigframe.ops.arithmetic import RowHash
from bigframe.ops.base import Column, Expr
from bigframe.ops.comparison import Ge, Gt, Le, Lt
from bigframe.ops.conditional import Where
from bigframe.ops.logical import Or
from bigframe.ops.reductions import Count, Max, Min, Quantile, Sum
from bigframe.semantics import selecting
from bigframe.semantics.frame import Frame

Array = np.ndarray[Any, Any]
QUARTILES = (0.25, 0.5, 0.75)
BEYOND = 1_000
"""So many values beyond the whiskers are drawn of each box; of more, a sample is."""


@dataclass(frozen=True)
class Box:
    """What a box plot shows of some values: quartiles, the ends of the whiskers, and values beyond, in their order."""

    quartiles: Array
    whiskers: tuple[float, float]
    beyond: Array

    def stand_in(self) -> Array:
        """Few values that have the same box."""
        first, median, third = self.quartiles
        if np.isnan(median):
            return self.quartiles[:1]
        below, above = int((self.beyond < first).sum()), int((self.beyond > third).sum())
        # Four quarters of this length and a value more: each quartile is one of the values.
        quarter = 1 + max(below, above)
        inner = np.repeat(self.quartiles, [quarter - below, quarter, 2 * quarter - 1 - above])
        return np.concatenate([self.beyond, [min(self.whiskers[0], first), max(self.whiskers[1], third)], inner])


def boxes(numbers: Numbers, reach: float, most: int) -> tuple[pd.DataFrame, list[list[Box]], int]:
    """The keys of each group, the boxes of its columns, and how many values lie beyond the whiskers of all.

    One job finds the quartiles, exactly; one what lies within ``reach`` times their distance, and values that do not.

    Parameters
    ----------
    numbers
        What to describe.
    reach
        How far whiskers reach, in distances between the outer quartiles.
    most
        So many values beyond the whiskers are held for each box, on average over the groups; of more, a sample.

    Raises
    ------
    Unsupported
        If a quartile is infinite.
    """
    width = range(len(numbers.values))
    (found,) = collect(numbers.reduced(_spread(numbers)))
    quartiles = np.stack([_quartiles(found, n) for n in width], axis=1)
    there = found[[f"count{n}" for n in width]].to_numpy() > 0
    if not np.isfinite(quartiles[there]).all():
        raise Unsupported("a box of infinite values", "its whiskers have no ends")
    distance = reach * (quartiles[..., 2] - quartiles[..., 0])
    fences = {f"low{n}": quartiles[:, n, 0] - distance[:, n] for n in width}
    fences |= {f"high{n}": quartiles[:, n, 2] + distance[:, n] for n in width}
    keys = found[list(numbers.keys)]
    rows, fence = numbers.beside(pd.concat([keys, pd.DataFrame(fences).fillna(0.0)], axis=1))
    cells: dict[str, Expr] = {}
    outside = []
    for n, column in enumerate(rows.columns()):
        low, high = fence(f"low{n}"), fence(f"high{n}")
        beyond = Or(Lt(column, low), Gt(column, high))
        cells[f"from{n}"] = Min(Where(Ge(column, low), column, HOLE))
        cells[f"to{n}"] = Max(Where(Le(column, high), column, HOLE))
        cells[f"beyond{n}"] = Sum(beyond)
        labels = [*rows.keys, rows.values[n]]
        outside.append(_some(selecting.keep_rows(rows.frame, beyond), labels, most * max(1, len(found))))
    whiskers, *beyond_of = collect(rows.reduced(cells), *outside)
    held = [_by_group(one, keys, len(found)) for one in beyond_of]
    for n, of_group in enumerate(held):
        for group, values in enumerate(of_group):
            ends = found[[f"min{n}", f"max{n}"]].iloc[group].to_numpy()
            far = ends[(ends < fences[f"low{n}"][group]) | (ends > fences[f"high{n}"][group])]
            of_group[group] = np.concatenate([values, np.setdiff1d(far, values)])
    made = [
        [
            Box(quartiles[group, n], (whiskers[f"from{n}"].iloc[group], whiskers[f"to{n}"].iloc[group]), held[n][group])
            for n in width
        ]
        for group in range(len(found))
    ]
    return keys, made, int(whiskers[[f"beyond{n}" for n in width]].to_numpy().sum())


def _spread(numbers: Numbers) -> dict[str, Expr]:
    cells: dict[str, Expr] = {}
    for n, column in enumerate(numbers.columns()):
        cells |= {f"count{n}": Count(column), f"min{n}": Min(column), f"max{n}": Max(column)}
        for share in QUARTILES:
            cells |= {f"{side}{n}_{share}": Quantile(column, share, side) for side in ("lower", "higher")}
    return cells


def _quartiles(found: pd.DataFrame, n: int) -> Array:
    """The quartiles of a column in each group, between two values as NumPy interpolates."""

    def between(row: pd.Series, share: float) -> float:
        place = max(row[f"count{n}"] - 1, 0) * share
        with np.errstate(invalid="ignore"):
            return float(np.quantile([row[f"lower{n}_{share}"], row[f"higher{n}_{share}"]], place % 1))

    rows = [[between(row, share) for share in QUARTILES] for _, row in found.iterrows()]
    return np.array(rows, dtype=float).reshape(len(found), len(QUARTILES))


def _some(rows: Frame, labels: list[str], most: int) -> Frame:
    """At most so many rows, chosen by a hash of their positions, with these."""
    rows, at = rows.positions()
    rows, key = rows.define(RowHash(Column(at), 0))
    rows = rows.select(["at", *labels], [at, *map(rows.one, labels)])
    return selecting.take_slice(selecting.sort(rows, [(key, False)]), 0, most).with_index(None)


def _by_group(beyond: pd.DataFrame, keys: pd.DataFrame, groups: int) -> list[Array]:
    """The values, in the order of their rows, of each group."""
    ordered = beyond.sort_values("at")
    if not len(keys.columns):
        return [ordered.iloc[:, -1].to_numpy()]
    number = ordered.merge(keys.assign(group=range(groups)), on=list(keys.columns), how="left")["group"].to_numpy()
    return [ordered.iloc[:, -1].to_numpy()[number == group] for group in range(groups)]


def box_table(
    owner: Columns, keys: Sequence[Hashable], chosen: Sequence[int], options: Mapping[str, Any]
) -> pd.DataFrame:
    """Few rows that have the boxes of some columns, by their positions, in the groups of others, by their labels.

    Raises
    ------
    Unsupported
        If more is to be seen than quartiles, whiskers and values beyond them.
    """
    frame, reach = owner._frame, _reach(options)
    if not chosen:
        raise Unsupported("a box plot of no columns", "pandas says what is wrong")
    places = [require_one(frame, key) for key in keys]
    at = [n for n in chosen if n not in places]
    numbers = Numbers.of(frame, [frame.ids[n] for n in at], [frame.ids[n] for n in places])
    most = BEYOND if _shows_beyond(options) else 0
    values, boxes_of, beyond = boxes(numbers, reach, most)
    drawn = sum(len(box.beyond) for group in boxes_of for box in group)
    if most and drawn < beyond:
        warn_once("boxplot", f"a box plot draws a sample of {drawn:,} of {beyond:,} values beyond the whiskers")
    rows = [
        pd.DataFrame({n: pd.Series(box.stand_in()) for n, box in zip(at, group, strict=True)}) for group in boxes_of
    ]
    few = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=at, dtype="float64")
    groups = (
        values.loc[np.repeat(values.index, [len(one) for one in rows])].reset_index(drop=True).set_axis(places, axis=1)
    )
    order = sorted([*places, *at])
    return pd.concat([groups, few], axis=1)[order].set_axis(labels_of(frame)[order], axis=1)


def boxplot(owner: Columns, column: Any, by: Any, backend: str | None, kwargs: dict[str, Any], **options: Any) -> Any:
    """Of a frame: pandas' ``DataFrame.boxplot``."""
    require_matplotlib(backend)
    keys = [] if by is None else list(by) if isinstance(by, (list, tuple)) else [by]
    numeric = chosen_by_dtype(owner._frame, lambda table: table._get_numeric_data())
    if column is not None:
        named = [require_one(owner._frame, one) for one in (column if isinstance(column, (list, tuple)) else [column])]
        if not set(named) <= set(numeric):
            raise Unsupported("boxplot of other than numbers", "pandas says what is wrong")
        numeric = named
    table = box_table(owner, keys, numeric, kwargs)
    return table.boxplot(column=column, by=by, **options, **kwargs)


def boxplot_of_groups(owner: Any, column: Any, backend: str | None, kwargs: dict[str, Any], **options: Any) -> Any:
    """Of groups of rows: pandas' ``DataFrameGroupBy.boxplot``."""
    require_matplotlib(backend)
    by, keys, given = labels_of_groups(owner)
    if owner._source.chosen:
        raise Unsupported("boxplot of chosen columns of groups", "pandas draws others too")
    table = owner._source.table
    few = box_table(table, keys, chosen_by_dtype(table._frame, lambda one: one._get_numeric_data()), kwargs)
    return few.groupby(by, **given).boxplot(column=column, **options, **kwargs)


def _reach(options: Mapping[str, Any]) -> float:
    """How far whiskers reach, in distances between the outer quartiles.

    Raises
    ------
    Unsupported
        If means, notches or other ends are to be seen.
    """
    for name in ("notch", "bootstrap", "showmeans", "autorange"):
        if _setting(options, name):
            raise Unsupported(f"boxplot({name}=)", "more than quartiles and whiskers decide what it draws")
    reach = _setting(options, "whis", "whiskers")
    if not isinstance(reach, (int, float)):
        raise Unsupported("boxplot(whis=)", "its whiskers end at shares of the values")
    return float(reach)


def _shows_beyond(options: Mapping[str, Any]) -> bool:
    return bool(_setting(options, "showfliers")) and options.get("sym") != ""


def _setting(options: Mapping[str, Any], name: str, setting: str | None = None) -> Any:
    """An option of a box plot, or what matplotlib is set to."""
    import matplotlib as mpl

    settings: Any = mpl.rcParams
    given = options.get(name)
    return settings.get(f"boxplot.{setting or name}") if given is None else given
