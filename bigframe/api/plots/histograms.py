"""Histograms: values are counted in the engine, and the counts drawn as pandas draws the values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.looking.run import collect
from bigframe.api.plots.backends import require_matplotlib
from bigframe.api.plots.distributions import Numbers, chosen_by_dtype, labels_of_groups, require_one
from bigframe.errors import Unsupported
from bigframe.ops.comparison import Le, Lt
from bigframe.ops.reductions import Max, Min, Sum

Array = np.ndarray[Any, Any]
_TICKS = ("xlabelsize", "xrot", "ylabelsize", "yrot")


@dataclass(frozen=True)
class Histogram:
    """Edges of bins, and how many values lie in each; the last bin has its upper edge."""

    edges: Array
    counts: Array


def histograms(
    numbers: Numbers, bins: Any, limits: Any = None, *, together: bool = False
) -> tuple[pd.DataFrame, list[list[Histogram]]]:
    """The keys of each group, and the histograms of its columns as NumPy counts them.

    One job finds the smallest and the largest values where only a number of bins is given, one counts.

    Parameters
    ----------
    numbers
        What to count.
    bins
        How many, or their edges.
    limits
        Where the first begins and the last ends.
    together
        Whether all columns of a group have the same bins.

    Raises
    ------
    Unsupported
        If all values decide which bins there are.
    ValueError
        If there are no such bins.
    """
    is_number = isinstance(bins, (int, np.integer)) and not isinstance(bins, bool)
    if not is_number and (isinstance(bins, str) or np.ndim(bins) != 1):
        raise Unsupported(f"bins={bins!r}", "all values decide which they are")
    width, size = len(numbers.values), int(bins) + 1 if is_number else len(bins)
    names = [[f"edge{n}_{at}" for at in range(size)] for n in range(width)]
    every = [name for own in names for name in own]
    if is_number and limits is None:
        ends = _ends(numbers)
        keys, edges = ends[list(numbers.keys)], _learned(ends, numbers, bins, together=together)
    else:
        keys, edges = pd.DataFrame(index=[0]), [[np.histogram_bin_edges(np.zeros(1), bins, limits)] * width]
    table = pd.DataFrame([np.concatenate(group) for group in edges], keys.index, every, dtype="float64")
    rows, edge = numbers.beside(pd.concat([keys, table], axis=1))
    below = {
        name: Sum((Le if name == own[-1] else Lt)(column, edge(name)))
        for own, column in zip(names, rows.columns(), strict=True)
        for name in own
    }
    (counted,) = collect(rows.reduced(below))
    edges = edges if len(edges) == len(counted) else edges * len(counted)
    found = [
        [Histogram(one, np.diff(row[own].to_numpy(dtype=int))) for own, one in zip(names, group, strict=True)]
        for group, (_, row) in zip(edges, counted[every].iterrows(), strict=True)
    ]
    return counted[list(numbers.keys)], found


def _ends(numbers: Numbers) -> pd.DataFrame:
    columns = list(enumerate(numbers.columns()))
    lows, highs = {f"low{n}": Min(one) for n, one in columns}, {f"high{n}": Max(one) for n, one in columns}
    (ends,) = collect(numbers.reduced({**lows, **highs}))
    return ends


def _learned(ends: pd.DataFrame, numbers: Numbers, bins: Any, *, together: bool) -> list[list[Array]]:
    """The edges of each column's bins in each group, in the precision in which NumPy makes them."""
    values = range(len(numbers.values))
    both = np.stack([ends[[f"{end}{n}" for n in values]].to_numpy(dtype=float) for end in ("low", "high")], axis=-1)
    if together:
        kind = np.result_type(*numbers.precision)
        return [[_edges(group.ravel(), bins, kind)] * len(values) for group in both]
    return [[_edges(one, bins, kind) for one, kind in zip(group, numbers.precision, strict=True)] for group in both]


def _edges(ends: Array, bins: Any, precision: Any) -> Array:
    return np.histogram_bin_edges(ends[~np.isnan(ends)].astype(precision), bins).astype(float)


def hist_of_series(owner: Any, by: Any, bins: Any, backend: str | None, kwargs: dict[str, Any], **options: Any) -> Any:
    """Of a series: pandas' ``Series.hist``."""
    _require_drawable(backend, options, kwargs)
    if by is not None:
        axes = _hist_by(owner, None, by, bins, options, kwargs)
        return axes[0] if getattr(axes, "shape", None) == (1,) else axes
    frame = owner._frame
    _, ((found,),) = histograms(Numbers.of(frame, frame.ids), bins, kwargs.pop("range", None))
    return _bars(found, frame.labels[0], options, kwargs)


def hist_of_frame(
    owner: Any, column: Any, by: Any, bins: Any, backend: str | None, kwargs: dict[str, Any], **options: Any
) -> Any:
    """Of a frame: pandas' ``DataFrame.hist``."""
    _require_drawable(backend, options, kwargs)
    if by is not None:
        return _hist_by(owner, column, by, bins, options, kwargs)
    frame = (owner if column is None else owner[column if is_list(column) else [column]])._frame
    chosen = chosen_by_dtype(frame, _drawn_by_hist)
    if len(set(frame.labels)) < len(frame.labels):
        raise Unsupported("hist of columns of the same label", "pandas draws them together")
    if not chosen:
        raise ValueError("hist method requires numerical or datetime columns, nothing to plot.")
    _, (found,) = histograms(Numbers.of(frame, [frame.ids[n] for n in chosen]), bins, kwargs.pop("range", None))
    return _table_of_bars(found, [frame.labels[n] for n in chosen], options, kwargs)


def hist_of_groups(owner: Any, by: Any, bins: Any, backend: str | None, kwargs: dict[str, Any], **options: Any) -> Any:
    """Of groups: a picture of each, as pandas' ``GroupBy.hist`` draws them."""
    _require_drawable(backend, options, kwargs)
    if by is not None:
        raise Unsupported("hist(by=) of groups", "they have groups of their own")
    of, keys, given = labels_of_groups(owner)
    column = options.pop("column", None)
    columns = [
        pair for pair in owner._columns if column is None or pair[0] in (column if is_list(column) else [column])
    ]
    frame = owner._groups.frame.select([label for label, _ in columns], [id for _, id in columns])
    if owner.ndim == 2:
        columns = [columns[n] for n in chosen_by_dtype(frame, _drawn_by_hist)]
    if not columns:
        raise Unsupported("hist of no columns", "pandas says what is wrong")
    numbers = Numbers.of(frame, [id for _, id in columns], owner._groups.key_ids)
    groups, found = histograms(numbers, bins, kwargs.pop("range", None))
    others = pd.DataFrame(0, groups.index, [label for label, _ in owner._columns])
    few = pd.concat([groups.set_axis(keys, axis=1), others], axis=1)

    def draw(group: Any) -> Any:
        of_group = found[group.index[0]]
        if owner.ndim == 1:
            return _bars(of_group[0], group.name, options, kwargs)
        return _table_of_bars(of_group, [label for label, _ in columns], dict(options), kwargs)

    grouped: Any = few.groupby(of, **given)
    return (grouped[owner._source.chosen[0]] if owner._source.chosen else grouped).apply(draw)


def _bars(found: Histogram, label: Any, options: dict[str, Any], kwargs: dict[str, Any]) -> Any:
    few: Any = pd.Series(found.edges[:-1], name=label)
    return few.hist(bins=found.edges, weights=found.counts, **options, **kwargs)


def _table_of_bars(found: list[Histogram], labels: list[Any], options: dict[str, Any], kwargs: dict[str, Any]) -> Any:
    from pandas.plotting._matplotlib import tools  # type: ignore[import-not-found]

    grid, legend = options.pop("grid"), options.pop("legend")
    ticks = {name: options.pop(name) for name in _TICKS}
    figure, axes = tools.create_subplots(naxes=len(labels), squeeze=False, **options)
    for axis, label, one in zip(tools.flatten_axes(axes), labels, found, strict=False):
        named = {"label": label} if legend else {}
        axis.hist(one.edges[:-1], bins=one.edges, weights=one.counts, **kwargs, **named)
        axis.set_title(label)
        axis.grid(grid)
        if legend:
            axis.legend()
    tools.set_ticks_props(axes, **ticks)
    tools.maybe_adjust_figure(figure, wspace=0.3, hspace=0.3)
    return axes


def _hist_by(owner: Any, column: Any, by: Any, bins: Any, options: dict[str, Any], kwargs: dict[str, Any]) -> Any:
    """A picture of each group, whose columns stand beside each other in the same bins."""
    from pandas.plotting._matplotlib import hist, tools

    from bigframe.api.grouped.keys import keys_of

    if "figure" in kwargs:
        raise Unsupported("hist(by=, figure=)", "pandas says what is wrong")
    if options["legend"]:
        kwargs["label"] = owner.name if owner.display == "Series" else owner.columns if column is None else column
    frame, keys, _ = keys_of(owner._frame, by, None)
    if column is None:
        chosen = chosen_by_dtype(frame, lambda table: table._get_numeric_data())
    else:
        chosen = [require_one(frame, one) for one in (column if is_list(column) else [column])]
    if not chosen:
        raise Unsupported("hist of no columns", "pandas says what is wrong")
    numbers = Numbers.of(frame, [frame.ids[n] for n in chosen], [id for _, id in keys]).complete()
    groups, found = histograms(numbers, bins, kwargs.pop("range", None), together=True)

    def draw(group: pd.DataFrame, axis: Any, **_: Any) -> None:
        of_columns = found[group.index[0]]
        starts, counts = (
            np.column_stack(one) for one in zip(*((h.edges[:-1], h.counts) for h in of_columns), strict=True)
        )
        axis.hist(starts, bins=of_columns[0].edges, weights=counts, **kwargs)
        if options["legend"]:
            axis.legend()

    names = list(numbers.keys) if isinstance(by, list) else numbers.keys[0]
    turned = kwargs.pop("rot", 90)
    ticks = {name: options[name] for name in _TICKS} | ({"xrot": turned} if options["xrot"] is None else {})
    layout = {name: kwargs.pop(name, options.get(name)) for name in ("ax", "figsize", "layout", "sharex", "sharey")}
    figure, axes = hist._grouped_plot(draw, groups, by=names, **layout)
    tools.set_ticks_props(axes, **ticks)
    tools.maybe_adjust_figure(figure, bottom=0.15, top=0.9, left=0.1, right=0.9, hspace=0.5, wspace=0.3)
    return axes


def _require_drawable(backend: str | None, options: dict[str, Any], kwargs: dict[str, Any]) -> None:
    require_matplotlib(backend)
    require_unweighted(kwargs)
    if options["legend"] and "label" in kwargs:
        raise ValueError("Cannot use both legend and label")


def require_unweighted(options: dict[str, Any]) -> None:
    """Refuse weights of values, which would have to be counted with them.

    Raises
    ------
    Unsupported
        If there are any.
    """
    if options.get("weights") is not None:
        raise Unsupported("hist(weights=)", "each value has a weight of its own")


def _drawn_by_hist(table: Any) -> Any:
    return table.select_dtypes((np.number, "datetime64", pd.DatetimeTZDtype), "timedelta")


def is_list(column: Any) -> bool:
    """Whether several columns are meant, as pandas' ``hist`` has it."""
    return isinstance(column, (list, np.ndarray, pd.Index))
