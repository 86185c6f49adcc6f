"""``plot``: pandas draws what the engine has made small, counts of a histogram or a sample of points, else all the data."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pandas as pd

from bigframe.announcing import warn_once
from bigframe.api.binding import document
from bigframe.api.columns import Columns
from bigframe.errors import MissingExtra
from bigframe.ops.base import Column
from bigframe.ops.comparison import Ge, Le, Lt
from bigframe.ops.logical import And
from bigframe.ops.reductions import Sum
from bigframe.semantics.frame import Frame
from bigframe.semantics.summarizing import per_column
from bigframe.semantics.values import literal

POINTS = 10_000
"""So many rows are drawn as points; of more, a sample is."""


class Plots:
    """pandas' plots of a frame or series.

    ``hist`` counts in the engine, ``scatter`` and ``hexbin`` draw at most :data:`POINTS` rows and say so, every other
    kind gathers the data, announced with its size.

    Raises
    ------
    MissingExtra
        If matplotlib is not installed.
    """

    def __init__(self, owner: Columns) -> None:
        self._owner = owner

    def __call__(self, *args: Any, kind: str = "line", **options: Any) -> Any:
        """A plot of some kind, a line by default. See pandas."""
        if args and self._owner.display == "DataFrame":
            options |= dict(zip(("x", "y", "kind"), args, strict=False))
        elif args:
            options |= {"kind": args[0]}
        method = getattr(type(self), options.pop("kind", kind), None)
        if method is None or kind.startswith("_"):
            raise ValueError(f"{kind} is not a valid plot kind")
        return method(self, **options)

    def hist(self, by: Any = None, bins: Any = 10, **options: Any) -> Any:
        """Bars of how many values lie in each bin, counted in the engine. See pandas; tier: *native*."""
        plain = by is None and not {"weights", "x", "y", "column"} & set(options) and not isinstance(bins, str)
        frame = self._owner._frame
        kept = [(label, id) for label, id in zip(frame.labels, frame.ids, strict=True) if frame.dtype(id).is_numeric]
        numbers = self._owner._wrap(frame.select([label for label, _ in kept], [id for _, id in kept]))
        counted = counts(numbers, bins, options.pop("range", None)) if plain and kept else None
        if counted is None:
            return self._whole("hist", by=by, bins=bins, **options)
        _require_matplotlib(options)
        edges, heights = counted
        bars = pd.DataFrame(dict.fromkeys(heights.columns, edges[:-1]))
        drawn = bars if self._owner.display == "DataFrame" else bars.iloc[:, 0]
        return drawn.plot.hist(bins=edges, weights=heights.to_numpy(), **options)

    def scatter(self, x: Any, y: Any, **options: Any) -> Any:
        """Points, of more than :data:`POINTS` rows a sample. See pandas; tier: *native*."""
        return self._sampled("scatter", x=x, y=y, **options)

    def hexbin(self, x: Any, y: Any, **options: Any) -> Any:
        """Points counted in hexagons, of more than :data:`POINTS` rows a sample. See pandas; tier: *native*."""
        return self._sampled("hexbin", x=x, y=y, **options)

    def _sampled(self, kind: str, **options: Any) -> Any:
        _require_matplotlib(options)
        owner: Any = self._owner
        rows = len(owner)
        if rows > POINTS:
            warn_once(f"plot.{kind}", f"plot.{kind} draws a sample of {POINTS:,} of {rows:,} rows")
            owner = owner.sample(POINTS, random_state=0)
        return getattr(owner.to_pandas().plot, kind)(**options)

    def _whole(self, kind: str, *args: Any, **options: Any) -> Any:
        _require_matplotlib(options)
        return self._owner._gather(
            f"plot.{kind}", args, options, f"{self._owner.display}.plot.{kind}: it draws every row"
        )


def _whole(kind: str) -> Any:
    def method(self: Plots, *args: Any, **options: Any) -> Any:
        return self._whole(kind, *args, **options)

    method.__name__ = kind
    method.__doc__ = document(getattr(pd.DataFrame.plot, kind), "gathered", "It draws every row.")
    return method


for _kind in ("line", "bar", "barh", "area", "pie", "box", "kde", "density"):
    setattr(Plots, _kind, _whole(_kind))


def counts(numbers: Any, bins: Any, limits: Any = None) -> tuple[Any, pd.DataFrame] | None:
    """The edges of bins and how many values of each column lie in each, as NumPy counts; None if there are no values."""
    if np.ndim(bins) == 0:
        ends = limits or _ends(numbers)
        if ends is None:
            return None
        edges = np.histogram_bin_edges(np.asarray(ends, dtype=float), bins)
    else:
        edges = np.asarray(bins)
    frame: Frame = numbers._frame
    ids: list[str] = []
    for id in numbers._frame.ids:
        for number, (low, high) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
            below = Le if number == len(edges) - 2 else Lt  # the last bin has its upper edge
            frame, inside = frame.define(And(Ge(Column(id), literal(low)), below(Column(id), literal(high))))
            ids.append(inside)
    from bigframe.api.series import Series

    found = Series(per_column(frame.select(range(len(ids)), ids), Sum)).to_pandas().to_numpy()
    table = found.reshape(len(numbers._frame.labels), len(edges) - 1).T
    return edges, pd.DataFrame(table, columns=list(numbers._frame.labels))


def _ends(numbers: Any) -> tuple[float, float] | None:
    table = numbers.to_frame("values") if numbers.display == "Series" else numbers
    ends = table.astype("float64").agg(["min", "max"]).to_pandas()
    if ends.isna().all(axis=None):
        return None
    return float(ends.loc["min"].min()), float(ends.loc["max"].max())


def _require_matplotlib(options: dict[str, Any]) -> None:
    own_backend = options.get("backend") or pd.get_option("plotting.backend")
    if own_backend == "matplotlib" and importlib.util.find_spec("matplotlib") is None:
        raise MissingExtra("plotting", "viz")
