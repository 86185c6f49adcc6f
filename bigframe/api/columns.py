"""What DataFrame and Series are made of: a frame, and operators applied to each of its columns."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from bigframe.announcing import warn_once
from bigframe.api.binding.calls import full_signature, to_be_called
from bigframe.api.binding.falling_back import FallsBack
from bigframe.api.binding.tiers import pandas_method
from bigframe.api.flags import directions
from bigframe.api.looking.display import DisplayMixin
from bigframe.api.looking.run import expect, leaving_plan
from bigframe.api.scalar import LazyScalar
from bigframe.errors import Unsupported, UnsupportedAttribute
from bigframe.ops import missing
from bigframe.ops.base import Column, Expr
from bigframe.schema import DType
from bigframe.semantics import picking, selecting
from bigframe.semantics.casting import cast, target_dtype
from bigframe.semantics.elementwise import beside
from bigframe.semantics.frame import Frame
from bigframe.semantics.values import addend, comparand, filling_hole, require_held, weak
from bigframe.session import current
from bigframe.session.options import options
from bigframe.sources import JobEstimate
from bigframe.tree import current_line, made_at

_MUTATING = frozenset({"__setitem__", "__delitem__", "insert", "pop", "update"})
"""Methods of pandas that change the object itself."""


class Columns(FallsBack, DisplayMixin):
    """Owner of a frame; subclasses say how a new frame becomes one of them again."""

    pandas: ClassVar[type]
    display: ClassVar[str]
    prefix: ClassVar[str] = ""
    _data: Frame

    @property
    def _frame(self) -> Frame:
        """The data, with the names and ``freq`` that its labels got since they were handed out."""
        frame = self._data
        if (labels := vars(self).get("_column_labels")) is not None:
            names = tuple(labels.names)
            if names != (frame.label_names or (None,) * len(names)):
                vars(self)["_data"] = frame = frame.replace(label_names=names)
        if (labels := vars(self).get("_row_labels")) is not None:
            names = tuple(labels.names)
            if names != tuple(name for name, _ in frame.index or ((None, ""),)):
                frame = frame.with_explicit_index()
                vars(self)["_data"] = frame = frame.with_index(tuple(zip(names, frame.index_ids, strict=True)))
            if (freq := getattr(labels, "_spacing", None)) != frame.freq:
                vars(self)["_data"] = frame = frame.replace(freq=freq)
        return frame

    @_frame.setter
    def _frame(self, frame: Frame) -> None:
        held = vars(self)
        held["_data"] = frame
        held.pop("_column_labels", None)
        held.pop("_row_labels", None)

    @property
    def index(self) -> Any:
        """The row labels: lazy for one level, pandas' own MultiIndex (a job) for several."""
        from bigframe.api.labels.index import index_of

        frame, held = self._frame, vars(self)
        if "_row_labels" not in held:
            held["_row_labels"] = index_of(frame)
        return held["_row_labels"]

    @index.setter
    def index(self, labels: Any) -> None:
        self._become(self._with_row_labels(labels))  # type: ignore[attr-defined]

    def _wrap(self, frame: Frame) -> Self:
        raise NotImplementedError

    def _become(self, frame: Frame) -> None:
        """Change the object itself: it has the data of this frame from now on."""
        raise NotImplementedError

    def _apply(self, make: Callable[[Expr], Expr]) -> Self:
        """The same labels over an operator applied to each column."""
        frame, ids = self._frame, []
        for id in self._frame.ids:
            frame, new = frame.define(make(Column(id)))
            ids.append(new)
        return self._wrap(frame.select(self._frame.labels, ids))

    def _apply_pandas(
        self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], rule: Callable[[DType], DType]
    ) -> Self:
        """The same labels over a pandas method run on each partition of each column."""
        frame, ids = self._frame, []
        for id in self._frame.ids:
            frame, new = frame.define(pandas_method(Column(id), path, args, kwargs, rule(frame.dtype(id))))
            ids.append(new)
        return self._wrap(frame.select(self._frame.labels, ids))

    def _gather(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> Any:
        """Run a pandas method on all the data in this process, with a warning that says how much that is."""
        announce(why, [self._frame])
        return self._looked(path, args, kwargs)

    def _looked(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run the plan, and a pandas method on its result."""
        table = self.to_pandas()
        value = functools.reduce(getattr, path.split("."), table)
        result = from_result(value(*as_pandas(args), **as_pandas(kwargs)) if callable(value) else value)
        if path in _MUTATING and self.display != "Index":
            from bigframe.api.reading.io import from_pandas

            self._become(from_pandas(table)._frame)
        return result

    def _with_operand(
        self, other: Any, make: Callable[[Expr, Expr], Expr], as_literal: Callable[[Any, DType], Expr] = addend
    ) -> Self:
        """Combine each column with one operand: a scalar, a lazy scalar, or a Series of the same rows."""
        if isinstance(other, Columns):
            if len(other._frame.ids) != 1:
                raise Unsupported(f"{self.display} with {other.display}", "only a Series combines with every column")
            left, right = beside(self._frame, other._frame)
            expr: Callable[[DType], Expr] = lambda _: Column(right.ids[0])  # noqa: E731
        else:
            left, expr = self._frame, lambda dtype: operand(other, dtype, as_literal)
        frame, ids = left, []
        with made_at(current_line()):
            for id in left.ids:
                frame, new = frame.define(make(Column(id), expr(left.dtype(id))))
                ids.append(new)
        return self._wrap(frame.select(left.labels, ids))

    # -- values that are missing

    def isna(self) -> Self:
        """Which values are missing (None, NaN, NaT, NA). Tier: *native*."""
        self._require_dense()
        return self._apply(missing.IsNull)

    def notna(self) -> Self:
        """Which values are there. Tier: *native*."""
        self._require_dense()
        return self._apply(missing.NotNull)

    def _require_dense(self) -> None:
        if any(dtype.is_carried and isinstance(dtype.pandas, pd.SparseDtype) for dtype in self._frame.dtypes):
            raise Unsupported("which values of a sparse column are missing", "pandas says so in a sparse column")

    isnull = isna
    notnull = notna

    @full_signature
    def where(self, cond: Any, other: Any = np.nan) -> Self:
        """Keep values where ``cond`` holds, put ``other`` elsewhere. Tier: *native*."""
        return self._choose(cond, other, negate=False)

    @full_signature
    def mask(self, cond: Any, other: Any = np.nan) -> Self:
        """Put ``other`` where ``cond`` holds, keep the rest. Tier: *native*."""
        return self._choose(cond, other, negate=True)

    def _choose(self, cond: Any, other: Any, *, negate: bool) -> Self:
        from bigframe.api.choosing import chosen

        return self._wrap(chosen(self, cond, other, negate=negate))

    def _fill(self, value: Any) -> Self:
        """Missing values replaced; a column that can have none stays as it is, whatever the value."""
        frame = self._frame
        if all(dtype.never_missing for dtype in frame.dtypes):
            return self.copy()
        if isinstance(value, Columns):
            frame, other = beside(frame, value._frame)
        ids = []
        for position, id in enumerate(frame.ids):
            dtype = frame.dtype(id)
            if not dtype.never_missing:
                if isinstance(value, Columns):
                    replacement: Expr = Column(other.ids[position if len(other.ids) > 1 else 0])
                else:
                    replacement = operand(value, dtype, filling_hole)
                given = frame.type_of(replacement)
                if not (given.is_float and dtype.unless_missing and not dtype.is_bool):
                    require_held(given, dtype)
                frame, id = frame.define(missing.Coalesce(Column(id), replacement))
            ids.append(id)
        return self._wrap(frame.select(frame.labels, ids))

    def round(self, decimals: Any = 0) -> Self:
        """Rounded half to even. Tier: *native*."""
        raise NotImplementedError

    def __round__(self, decimals: int = 0) -> Self:
        return self.round(decimals)

    @full_signature
    def clip(self, lower: Any = None, upper: Any = None) -> Self:
        """Values limited to a range. Tier: *native*."""
        if np.isscalar(lower) and np.isscalar(upper):
            lower, upper = min(lower, upper), max(lower, upper)  # type: ignore[type-var]
        clipped: Any = self
        if lower is not None:
            clipped = clipped.where(clipped.isna() | (clipped >= lower), lower)
        if upper is not None:
            clipped = clipped.where(clipped.isna() | (clipped <= upper), upper)
        return clipped  # type: ignore[no-any-return]

    # -- dtypes

    def astype(self, dtype: Any, copy: Any = None, errors: str = "raise") -> Self:
        """Convert to another dtype; a value that does not convert fails the job. Tier: *native*.

        For categories that the dtype does not name, one job, which is announced, asks which there are.
        """
        from bigframe.api.categorizing import categorized, is_categorical

        if errors != "raise":
            raise Unsupported("astype(errors='ignore')", "a dtype cannot depend on whether values convert")
        wanted = dtype if isinstance(dtype, dict) else dict.fromkeys(self._frame.labels, dtype)
        unknown = [label for label in wanted if label not in self._frame.labels]
        if unknown:
            raise KeyError(
                f"Only a column name can be used for the key in a dtype mappings argument. '{unknown[0]}' not found in columns."
            )
        frame, ids = self._frame, []
        for label, id in zip(self._frame.labels, self._frame.ids, strict=True):
            if label in wanted and is_categorical(wanted[label]):
                frame, id = categorized(frame, id, wanted[label])
            elif label in wanted:
                frame, id = frame.define(cast(frame, id, target_dtype(wanted[label])))
            ids.append(id)
        return self._noted(self._wrap(frame.select(self._frame.labels, ids)))

    # -- rows

    def head(self, n: int = 5) -> Self:
        """The first ``n`` rows (all but the last ``-n`` if negative). Tier: *native*."""
        return self._slice(slice(0, n))

    def tail(self, n: int = 5) -> Self:
        """The last ``n`` rows (all but the first ``-n`` if negative). Tier: *native*."""
        return self._slice(slice(-n, None) if n > 0 else slice(-n, None) if n < 0 else slice(0, 0))

    def _slice(self, rows: slice) -> Self:
        if rows.step not in (None, 1):
            open_ended = rows.step > 0 and (rows.start or 0) >= 0 and (rows.stop is None or rows.stop >= 0)
            return self._wrap(picking.every(self._frame, *rows.indices(sys.maxsize if open_ended else len(self))))
        start, stop = rows.start or 0, rows.stop
        frame = self._frame
        if stop is not None and stop < 0:
            total = len(self)
            return self._slice(slice(max(start + total, 0) if start < 0 else start, max(stop + total, 0)))
        if start < 0 and stop is not None:
            return self._slice(slice(max(start + len(self), 0), stop))
        if start == 0 and stop is None:
            return self._wrap(frame)
        return self._wrap(selecting.take_slice(frame, start, None if stop is None else max(stop - start, 0)))

    @full_signature
    def sort_index(
        self,
        *,
        axis: Any = 0,
        level: Any = None,
        ascending: bool | Sequence[bool] = True,
        kind: str | None = None,
        na_position: str = "last",
        sort_remaining: bool = True,
        ignore_index: bool = False,
        key: Any = None,
    ) -> Self:
        """Rows ordered by index, ties in row order. Tier: *native*."""
        if axis not in (0, "index") or level is not None or key is not None:
            raise Unsupported(
                "sort_index(axis=, level=, key=)",
                "rows are ordered by the whole index",
                ".reset_index() and .sort_values",
            )
        frame = self._frame.with_explicit_index()
        up = directions(ascending, len(frame.index_ids)) or [True] * len(frame.index_ids)
        keys = [(id, not one) for id, one in zip(frame.index_ids, up, strict=True)]
        return self._wrap(selecting.sort(frame, keys, na_position=na_position, ignore_index=ignore_index))

    def __len__(self) -> int:
        """The number of rows: from footers where they know it, else a job that counts."""
        return current().count(self._frame.base)

    # -- leaving

    def to_pandas(self) -> Any:
        """Run the plan and return the result as a pandas object with exactly pandas' dtypes."""
        raise NotImplementedError

    def to_arrow(self) -> pa.Table:
        """Run the plan and return columns (and named index levels) as an Arrow table.

        Returns
        -------
        pyarrow.Table
            Missing values are null; column names are the labels as text.
        """
        frame = self._frame
        for id in (*frame.index_ids, *frame.ids):
            if frame.dtype(id).is_carried:
                raise Unsupported(f"to_arrow of {frame.dtype(id)}", "Arrow has no type for its values", ".astype")
        table = current().run(frame.plan())[0]
        named = [(str(name), id) for name, id in frame.index or () if name is not None]
        columns = [*named, *((str(label), id) for label, id in zip(frame.labels, frame.ids, strict=True))]
        return pa.table([table.column(id) for _, id in columns], names=[name for name, _ in columns])

    def explain(self, *, verbose: bool = False, analyze: bool = False) -> None:
        """Print the plan: as asked, as optimised, and as stages with tiers and estimates.

        Parameters
        ----------
        verbose
            Also say which optimizer rules changed the plan.
        analyze
            Run it, and add rows, bytes, seconds, peak memory and spilled bytes per operator and stage.
        """
        print(current().explain(self._frame.plan(), analyze=analyze, verbose=verbose))

    def estimate(self) -> JobEstimate:
        """What looking at it will give and take, from footers and rough selectivities; no job is run.

        Returns
        -------
        JobEstimate
            Rows and bytes of the result; bytes that are scanned, row groups and files by source; stages, and the memory
            of the largest. In a notebook it shows as a table.

        Examples
        --------
        >>> import bigframe as pd
        >>> pd.DataFrame({"x": [1, 2, 3]}).estimate().rows
        3.0
        """
        return expect("frame", self._frame)

    def copy(self, deep: bool = True) -> Self:
        """The same lazy data under another object; later assignments to one do not show in the other."""
        return self._noted(self._wrap(self._frame))

    def _noted(self, other: Self) -> Self:
        """Another object with this one's ``attrs``."""
        vars(other).update({name: dict(notes) for name, notes in vars(self).items() if name == "_attrs"})
        return other

    def pipe(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """``func(self, *args, **kwargs)``."""
        if isinstance(func, tuple):
            function, keyword = func
            return function(*args, **{keyword: self}, **kwargs)
        return func(self, *args, **kwargs)


def operand(value: Any, dtype: DType, as_literal: Callable[[Any, DType], Expr]) -> Expr:
    """A scalar or lazy scalar as an expression beside a column of some dtype."""
    if isinstance(value, LazyScalar):
        return weak(value.as_expr(), value._dtype, dtype, compared=as_literal is comparand)
    return as_literal(value, dtype)


def announce(why: str, frames: list[Frame]) -> None:
    """Say that data is gathered in one process, or refuse, as the options have it."""
    size = int(sum(estimate.bytes for estimate in current().estimate(*map(leaving_plan, frames))))
    message = f"{why.rstrip('.')}: pandas runs on about {size:,} bytes in this process"
    if options.fallback == "raise":
        raise Unsupported(f"{why}: pandas would run in this process, and options.fallback is 'raise'")
    if size > options.fallback_limit:
        raise Unsupported(why, f"it would gather about {size:,} bytes, above options.fallback_limit")
    if options.fallback == "warn":
        warn_once(why, message)


def positional(rows: slice, frame: Frame) -> bool:
    """Whether a slice in brackets counts rows, as it does unless a bound is no integer.

    Raises
    ------
    TypeError
        If it is none while the labels are integers.
    """
    others = [one for one in (rows.start, rows.stop, rows.step) if not isinstance(one, (int, np.integer, type(None)))]
    dtype = frame.dtype(frame.index_ids[0]) if frame.index is not None else None
    if others and len(frame.index or ()) < 2 and (dtype is None or dtype.is_integer and dtype.is_settled):
        kind = "RangeIndex" if dtype is None else "Index"
        named = f"[{others[0]}] of type {type(others[0]).__name__}"
        raise TypeError(f"cannot do slice indexing on {kind} with these indexers {named}")
    return not others


def as_pandas(value: Any) -> Any:
    """An argument for pandas: lazy objects computed, inside lists, tuples and dictionaries, and what a function returns."""
    if callable(value) and not isinstance(value, (Columns, LazyScalar)):
        return to_be_called(value)
    if isinstance(value, Columns):
        return value.to_pandas()
    if isinstance(value, LazyScalar):
        return value.item()
    if type(value) in (list, tuple):
        return type(value)(as_pandas(item) for item in value)
    return {key: as_pandas(item) for key, item in value.items()} if type(value) is dict else value


def from_result(value: Any) -> Any:
    """What pandas returned, as bigframe's own type; pandas' object itself if no column can hold its values (periods)."""
    from bigframe.api.reading.io import from_pandas

    if type(value) is tuple:
        return tuple(from_result(item) for item in value)
    if not isinstance(value, (pd.DataFrame, pd.Series)):
        return value
    try:
        return from_pandas(value)
    except TypeError:
        return value


def no_attribute(owner: Any, name: str) -> AttributeError:
    """The error for an absent attribute; for a name that pandas has it says so, and what to do."""
    if isinstance(inspect.getattr_static(type(owner), name, None), property):
        # Python asks here because the property itself raised: `.str` of numbers says why.
        try:
            object.__getattribute__(owner, name)
        except AttributeError as error:
            return error
    if not name.startswith("_") and hasattr(owner.pandas, name):
        return UnsupportedAttribute(f"{owner.display}.{name}", "bigframe has no form of it yet", f".to_pandas().{name}")
    return AttributeError(f"'{owner.display}' object has no attribute '{name}'")
