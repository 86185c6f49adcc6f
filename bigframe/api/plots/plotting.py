"""``plot``: pandas draws what the engine has made small: counts, boxes, a sample of points; else all rows."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from bigframe.announcing import warn_once
from bigframe.api.binding.falling_back import or_gathered
from bigframe.api.binding.tiers import document
from bigframe.api.columns import Columns, as_pandas
from bigframe.api.plots.backends import is_matplotlib, require_installed, require_matplotlib
from bigframe.api.plots.boxplots import box_table
from bigframe.api.plots.distributions import Numbers, chosen_by_dtype, labels_of, require_one
from bigframe.api.plots.histograms import histograms, require_unweighted
from bigframe.errors import Unsupported

POINTS = 10_000
"""So many rows are drawn as points or lines without a word."""


class Plots:
    """pandas' plots of a frame or series.

    ``hist`` and ``box`` draw what the engine counts and finds; ``scatter``, ``hexbin`` and ``kde`` draw at most
    :data:`POINTS` rows and say so. Every other kind draws all rows, and of more than that announces their size.

    Raises
    ------
    MissingExtra
        If matplotlib is not installed.
    """

    def __init__(self, owner: Columns) -> None:
        self._owner = owner

    def __call__(self, *args: Any, kind: str = "line", **options: Any) -> Any:
        """A plot of some kind, a line by default."""
        if args and self._owner.display == "DataFrame":
            options |= dict(zip(("x", "y", "kind"), args, strict=False))
        elif args:
            options |= {"kind": args[0]}
        kind = options.pop("kind", kind)
        method = getattr(type(self), kind, None)
        if method is None or kind.startswith("_"):
            if not is_matplotlib(options.get("backend")):
                return self._owner._gather("plot", (), {"kind": kind, **options}, f"plot: another backend draws {kind}")
            raise ValueError(f"{kind} is not a valid plot kind")
        return method(self, **options)

    def hist(self, by: Any = None, bins: Any = 10, **options: Any) -> Any:
        """Bars of how many values lie in each bin, counted in the engine. Tier: *native*.

        Two jobs: the smallest and the largest value, and counts. Groups (``by``), weights and bins by name gather the data.
        """
        return self._summed_up("hist", self._hist, by=by, bins=bins, **options)

    def box(self, by: Any = None, **options: Any) -> Any:
        """Boxes between the quartiles, found in the engine. Tier: *native*.

        Two jobs: exact quartiles, then whiskers and what lies beyond them, of which a sample is drawn where it is more
        than 1,000 values a box. Means, notches and ``whis`` as shares gather the data.
        """
        return self._summed_up("box", self._box, by=by, **options)

    def kde(self, **options: Any) -> Any:
        """The density that a sum of bells estimates, of more than :data:`POINTS` rows of a sample. Tier: *native*."""
        return self._sampled("kde", **options)

    density = kde

    def scatter(self, x: Any, y: Any, **options: Any) -> Any:
        """Points, of more than :data:`POINTS` rows a sample. Tier: *native*."""
        return self._sampled("scatter", x=x, y=y, **options)

    def hexbin(self, x: Any, y: Any, **options: Any) -> Any:
        """Points counted in hexagons, of more than :data:`POINTS` rows a sample. Tier: *native*."""
        return self._sampled("hexbin", x=x, y=y, **options)

    def _summed_up(self, kind: str, draw: Callable[..., Any], **options: Any) -> Any:
        return or_gathered(lambda: draw(**options), lambda why: self._gathered(kind, options, why))

    def _hist(self, by: Any, bins: Any, **options: Any) -> Any:
        require_matplotlib(options.get("backend"))
        require_unweighted(options)
        if by is not None:
            raise Unsupported("plot.hist(by=)", "pandas counts the values of groups")
        kinds = (np.number, "datetime", "datetimetz", "timedelta", *([bool] if options.get("include_bool") else []))
        numbers, labels = self._numbers(options, lambda table: table.select_dtypes(kinds))
        _, (found,) = histograms(numbers, bins, options.pop("range", None), together=True)
        edges = found[0].edges
        bars = pd.DataFrame(dict.fromkeys(range(len(labels)), edges[:-1])).set_axis(labels, axis=1)
        return self._of(bars).plot.hist(bins=edges, weights=np.column_stack([one.counts for one in found]), **options)

    def _box(self, by: Any, **options: Any) -> Any:
        require_matplotlib(options.get("backend"))
        keys = [] if by is None else by if isinstance(by, list) else [by]
        chosen = self._chosen(options, lambda table: table.select_dtypes(np.number, np.timedelta64))
        if by is not None and (columns := options.get("column")):
            named = columns if isinstance(columns, (list, tuple)) else [columns]
            chosen = [require_one(self._owner._frame, one) for one in named]
        return self._of(box_table(self._owner, keys, chosen, options)).plot.box(by=by, **options)

    def _of(self, table: pd.DataFrame) -> Any:
        return table if self._owner.display == "DataFrame" else table.iloc[:, 0]

    def _chosen(self, options: dict[str, Any], choose: Callable[[Any], Any]) -> list[int]:
        """Positions of the columns that pandas would draw.

        Raises
        ------
        Unsupported
            If values decide that, or pandas uses others with them.
        """
        frame = self._owner._frame
        if any(dtype.settled().pandas == np.dtype(object) for dtype in frame.dtypes):
            raise Unsupported("a plot of objects", "their values decide whether it draws them")
        for name in ("x", "xerr", "yerr", "table"):
            if options.get(name) not in (None, False):
                raise Unsupported(f"plot({name}=)", "it shows more than how values are distributed")
        chosen = chosen_by_dtype(frame, choose)
        if (y := options.get("y")) is not None:
            named = {require_one(frame, one) for one in (y if isinstance(y, list) else [y])}
            chosen = [n for n in chosen if n in named]
        if not chosen:
            raise Unsupported("a plot of no columns", "pandas says what is wrong")
        return chosen

    def _numbers(self, options: dict[str, Any], choose: Callable[[Any], Any]) -> tuple[Numbers, pd.Index]:
        frame, chosen = self._owner._frame, self._chosen(options, choose)
        return Numbers.of(frame, [frame.ids[n] for n in chosen]), labels_of(frame)[chosen]

    def _sampled(self, kind: str, **options: Any) -> Any:
        require_installed(options.get("backend"))
        return getattr(few_of(f"plot.{kind}", self._owner).plot, kind)(**as_pandas(options))

    def _whole(self, kind: str, *args: Any, **options: Any) -> Any:
        require_installed(options.get("backend"))
        first = self._owner.head(POINTS + 1).to_pandas()
        if len(first) <= POINTS:
            return getattr(first.plot, kind)(*args, **as_pandas(options))
        return self._gathered(kind, options, "it draws every row", *args)

    def _gathered(self, kind: str, options: dict[str, Any], why: str, *args: Any) -> Any:
        return self._owner._gather(f"plot.{kind}", args, options, f"{self._owner.display}.plot.{kind}: {why}")


def few_of(what: str, owner: Columns) -> Any:
    """A table as pandas', of more than :data:`POINTS` rows a sample, which is said."""
    table: Any = owner
    rows = len(table)
    if rows > POINTS:
        warn_once(what, f"{what} draws a sample of {POINTS:,} of {rows:,} rows")
        table = table.sample(POINTS, random_state=0)
    return table.to_pandas()


def sampling(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of ``pandas.plotting`` that draws each row by itself, of more than :data:`POINTS` rows those of a sample."""

    @functools.wraps(function)
    def call(frame: Any, *args: Any, **options: Any) -> Any:
        table = few_of(function.__name__, frame) if isinstance(frame, Columns) else frame
        return function(table, *as_pandas(args), **as_pandas(options))

    call.__doc__ = document(function, "native", f"Of more than {POINTS:,} rows it draws a sample, and says so.")
    return call


def _whole(kind: str) -> Any:
    def method(self: Plots, *args: Any, **options: Any) -> Any:
        return self._whole(kind, *args, **options)

    method.__name__ = kind
    how = f"It draws every row: of more than {POINTS:,} the data is gathered."
    method.__doc__ = document(getattr(pd.DataFrame.plot, kind), "native", how)
    return method


for _kind in ("line", "bar", "barh", "area", "pie"):
    setattr(Plots, _kind, _whole(_kind))
