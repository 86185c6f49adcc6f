"""Methods that only a table has: rows and columns chosen, ordered, joined, reshaped."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from pandas.api.types import is_list_like

from bigframe.api.binding.calls import full_signature
from bigframe.api.columns import Columns, from_result
from bigframe.api.documents import Documents
from bigframe.api.flags import directions, require_flag, require_one
from bigframe.api.functions import call_each, map_frame
from bigframe.api.operands import as_named_frame
from bigframe.api.shared.by_name import called, on_columns, with_arguments
from bigframe.api.sort_keys import mapped_keys
from bigframe.errors import Unsupported
from bigframe.ops import arithmetic, missing
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.logical import And, Or
from bigframe.schema import BOOL
from bigframe.semantics import joining, selecting
from bigframe.semantics.join_keys import choose_keys
from bigframe.semantics.membership import is_in
from bigframe.semantics.sampling import sample
from bigframe.session import current

if TYPE_CHECKING:
    from bigframe.api.groupby import DataFrameGroupBy
    from bigframe.api.series import Series


class Tables(Documents):
    """The relational half of DataFrame."""

    # -- rows

    @full_signature
    def dropna(
        self,
        *,
        axis: Any = 0,
        how: str | None = None,
        thresh: int | None = None,
        subset: Any = None,
        ignore_index: bool = False,
    ) -> Self:
        """Rows without missing values. Tier: *native*."""
        if axis not in (0, "index"):
            raise Unsupported("dropna(axis=1)", "which columns remain depends on the data", "a list of columns")
        if thresh is not None:
            raise Unsupported("dropna(thresh=)", "it has no kernel", "a mask over the columns")
        if how not in (None, "any", "all"):
            raise ValueError(f"invalid how option: {how}")
        if subset is not None and (absent := self._absent(subset)):
            raise KeyError(absent)
        ids = self._ids(subset) if subset is not None else list(self._frame.ids)
        tests: list[Expr] = [missing.NotNull(Column(id)) for id in ids]
        if not tests:
            return self.copy()
        predicate = tests[0]
        for test in tests[1:]:
            predicate = Or(predicate, test) if how == "all" else And(predicate, test)
        kept = selecting.keep_rows(self._frame, predicate)
        return self._wrap(kept.with_index(None) if ignore_index else kept)

    @full_signature
    def fillna(self, value: Any = None) -> Self:
        """Missing values replaced by a scalar, by one value per column, or by a frame's. Tier: *native*."""
        if value is None:
            raise ValueError("Must specify a fill 'value'.")
        if isinstance(value, (pd.Series, pd.DataFrame)):
            value = from_result(value) if isinstance(value, pd.DataFrame) else value.to_dict()
        require_one(value)
        if isinstance(value, Columns) and value.display != "DataFrame":
            raise Unsupported("fillna(lazy series)", "its labels are looked at", "a dictionary")
        if not isinstance(value, (Mapping, Columns)):
            return self._fill(value)
        from bigframe.api.filling import fill_columns

        return fill_columns(self, value)  # type: ignore[no-any-return]

    @full_signature
    def sort_values(
        self,
        by: Any,
        *,
        axis: Any = 0,
        ascending: bool | Sequence[bool] = True,
        kind: str | None = None,
        na_position: str = "last",
        ignore_index: bool = False,
        key: Any = None,
    ) -> Self:
        """Rows ordered by columns, or by what ``key`` makes of them; always stable. Tier: *native*."""
        if axis not in (0, "index"):
            raise Unsupported(
                "sort_values(axis=1)", "the order of columns would depend on the data", "a list of columns"
            )
        labels = by if isinstance(by, list) else [by]
        up = directions(ascending, len(labels))
        if len(up) != len(labels):
            raise ValueError(f"Length of ascending ({len(up)}) != length of by ({len(labels)})")
        frame, ids = mapped_keys(self._frame, [self._frame.key(label) for label in labels], key)
        keys = [(id, not one) for id, one in zip(ids, up, strict=True)]
        return self._wrap(selecting.sort(frame, keys, na_position=na_position, ignore_index=ignore_index))

    @full_signature
    def nlargest(self, n: int, columns: Any, keep: str = "first") -> Self:
        """The rows with the largest values, in order. Tier: *native*."""
        return self._extreme(n, columns, keep, descending=True)

    @full_signature
    def nsmallest(self, n: int, columns: Any, keep: str = "first") -> Self:
        """The rows with the smallest values, in order. Tier: *native*."""
        return self._extreme(n, columns, keep, descending=False)

    def _extreme(self, n: int, columns: Any, keep: str, *, descending: bool) -> Self:
        return self._wrap(selecting.extreme(self._frame, self._ids(columns), n, keep, descending=descending))

    @full_signature
    def drop_duplicates(self, subset: Any = None, *, keep: Any = "first", ignore_index: bool = False) -> Self:
        """One row per combination of values. Tier: *native*."""
        require_flag(ignore_index, "ignore_index")
        if not self._frame.ids:
            return self.copy()
        ids = self._keys(subset)
        frame = selecting.distinct(self._frame, ids, selecting.kept(keep), ignore_index=ignore_index)
        return self._wrap(frame)

    @full_signature
    def duplicated(self, subset: Any = None, keep: Any = "first") -> Series:
        """Which rows :meth:`drop_duplicates` drops. Tier: *native*."""
        from bigframe.api.series import Series

        if not self._frame.ids:
            frame, id = self._frame.define(Literal(False, BOOL))
        else:
            frame, id = selecting.mark_duplicates(self._frame, self._keys(subset), selecting.kept(keep))
        return Series(frame.select((None,), (id,)))

    def _keys(self, subset: Any) -> list[str]:
        if subset is not None:
            subset = (
                [subset] if isinstance(subset, str) or np.isscalar(subset) or self._frame.find(subset) else list(subset)
            )
            absent = {label for label in subset if not self._frame.find(label)}
            if absent:
                raise KeyError(pd.Index(absent))
        ids = self._ids(subset) if subset is not None else list(dict.fromkeys(self._frame.ids))
        if not ids:
            raise ValueError("not enough values to unpack (expected 2, got 0)")  # pandas' own words
        return ids

    @full_signature
    def explode(self, column: Any, ignore_index: bool = False) -> Self:
        """One row per list item. Tier: *native*."""
        labels = column if isinstance(column, list) else [column]
        return self._wrap(selecting.explode(self._frame, labels, ignore_index=ignore_index))

    @full_signature
    def sample(
        self,
        n: int | None = None,
        frac: float | None = None,
        replace: bool = False,
        weights: Any = None,
        random_state: int | None = None,
        axis: Any = None,
        ignore_index: bool = False,
    ) -> Self:
        """Rows chosen without replacement by a hash of (``random_state``, row position).

        The same rows for any partitioning and executor, but not those that pandas would choose. Tier: *native*.
        """
        if random_state is not None and not isinstance(random_state, (int, np.integer)):
            raise Unsupported("sample(random_state=generator)", "a generator chooses rows one after another")
        if replace or weights is not None or axis not in (None, 0, "index"):
            raise Unsupported(
                "sample(replace=, weights=, axis=)", "rows are chosen once each, all with the same chance"
            )
        seed = int(np.random.default_rng().integers(1 << 62)) if random_state is None else int(random_state)
        rows = sample(self._frame, n, frac, seed)
        return self._wrap(rows.with_index(None) if ignore_index else rows)

    # -- columns

    def select_dtypes(self, include: Any = None, exclude: Any = None) -> Self:
        """Columns by dtype; a job if one depends on data."""
        kinds = pd.DataFrame({i: pd.Series(dtype=d) for i, d in enumerate(self.dtypes)})  # type: ignore[attr-defined]
        chosen = kinds.select_dtypes(include, exclude).columns
        return self._wrap(
            self._frame.select([self._frame.labels[i] for i in chosen], [self._frame.ids[i] for i in chosen])
        )

    # -- tables

    def merge(
        self,
        right: Any,
        how: str = "inner",
        on: Any = None,
        left_on: Any = None,
        right_on: Any = None,
        left_index: bool = False,
        right_index: bool = False,
        sort: bool = False,
        suffixes: tuple[str | None, str | None] = ("_x", "_y"),
        copy: Any = None,
        indicator: bool | str = False,
        validate: str | None = None,
    ) -> Self:
        """Join with another frame on columns or indexes. Tier: *native*."""
        from bigframe.api.reading.io import from_pandas
        from bigframe.api.series import Series

        other = from_pandas(right) if isinstance(right, (pd.DataFrame, pd.Series)) else right
        other = as_named_frame(other) if isinstance(other, Series) else other
        if not isinstance(other, Tables):
            raise TypeError(f"Can only merge Series or DataFrame objects, a {type(right)} was passed")
        if not is_list_like(suffixes, allow_sets=False) or isinstance(suffixes, dict):
            raise TypeError(
                f"Passing 'suffixes' as a {type(suffixes)}, is not supported. Provide 'suffixes' as a tuple instead."
            )
        keys = choose_keys(self._frame, other._frame, how, on, left_on, right_on, left_index, right_index)
        mark = "_merge" if indicator is True else indicator or None
        merged = joining.merge(
            *keys, how,
            suffixes=suffixes, sort=sort, indicator=mark, validate=validate,
            has_rows=lambda rows: bool(current().known_rows(rows)),
        )  # fmt: skip
        return self._wrap(merged)

    def join(
        self,
        other: Any,
        on: Any = None,
        how: str = "left",
        lsuffix: str = "",
        rsuffix: str = "",
        sort: bool = False,
        validate: str | None = None,
        *,
        suffixes: tuple[str | None, str | None] | None = None,
    ) -> Self:
        """Join with another frame's index. Tier: *native*."""
        if isinstance(other, (list, tuple)):
            return self._join_each(
                list(other), on, how, sort=sort, plain=not lsuffix and not rsuffix and validate is None
            )
        if isinstance(other, (pd.Series, Columns)) and getattr(other, "name", "") is None:
            raise ValueError("Other Series must have a name")
        suffixes = suffixes or (lsuffix, rsuffix)
        if how == "cross":
            return self.merge(other, how, on=on, suffixes=suffixes, validate=validate)
        return self.merge(
            other,
            how,
            left_on=on,
            left_index=on is None,
            right_index=True,
            sort=sort,
            suffixes=suffixes,
            validate=validate,
        )

    def _join_each(self, others: list[Any], on: Any, how: str, *, sort: bool, plain: bool) -> Self:
        """Several frames joined to this one's rows by their indexes."""
        if on is not None or not plain:
            raise Unsupported("join([…]) on columns, or with suffixes", "pandas joins several by their indexes only")
        labels = [label for one in (self, *others) for label in one]
        if how != "left" or sort or len(set(labels)) < len(labels):
            raise Unsupported(f"join([…], how={how!r})", "the order of rows depends on whether labels repeat")
        joined = self
        for one in others:
            joined = joined.join(one)
        return joined

    def groupby(
        self,
        by: Any = None,
        level: Any = None,
        *,
        as_index: bool = True,
        sort: bool = True,
        group_keys: bool = True,
        observed: bool = True,
        dropna: bool = True,
    ) -> DataFrameGroupBy:
        """Groups of rows."""
        from bigframe.api.groupby import group_frame

        groups: DataFrameGroupBy = group_frame(
            self, by, level=level, as_index=as_index, sort=sort, group_keys=group_keys, observed=observed, dropna=dropna
        )
        return groups

    @full_signature
    def value_counts(
        self,
        subset: Any = None,
        normalize: bool = False,
        sort: bool = True,
        ascending: bool = False,
        dropna: bool = True,
    ) -> Series:
        """How often each combination occurs. Tier: *native*."""
        labels = subset if subset is not None else list(self._frame.labels)
        counts: Series = self.groupby(labels, sort=False, dropna=dropna, observed=False).size()
        counts.name = "proportion" if normalize else "count"
        if sort:
            counts = counts.sort_values(ascending=ascending)
        return counts / counts.sum() if normalize else counts

    @full_signature
    def isin(self, values: Any) -> Self:
        """Which values are in a set of literals. Tier: *native*."""
        if isinstance(values, (Columns, Mapping, pd.DataFrame, pd.Series)):
            raise Unsupported("DataFrame.isin(frame or dict)", "it matches labels", "Series.isin per column")
        frame, ids = self._frame, []
        for id in self._frame.ids:
            frame, new = frame.define(is_in(Column(id), frame.dtype(id), values))
            ids.append(new)
        return self._wrap(frame.select(self._frame.labels, ids))

    def abs(self) -> Self:
        """Absolute values. Tier: *native*."""
        return self._apply(arithmetic.Abs)

    @full_signature
    def round(self, decimals: Any = 0) -> Self:
        """Rounded half to even, all columns or those of a mapping. Tier: *native*."""
        if isinstance(decimals, pd.Series):
            if not decimals.index.is_unique:
                raise ValueError("Index of decimals must be unique")
            decimals = decimals.to_dict()
        if isinstance(decimals, Columns):
            raise Unsupported("round(lazy series)", "its labels are looked at")
        if not isinstance(decimals, Mapping) and not pd.api.types.is_integer(decimals):
            raise TypeError("decimals must be an integer, a dict-like or a Series")
        by_label = isinstance(decimals, Mapping)
        places: Any = decimals if by_label else dict.fromkeys(self._frame.labels, decimals)
        frame, ids = self._frame, []
        for label, id in zip(self._frame.labels, self._frame.ids, strict=True):
            if label in places and (frame.dtype(id).is_float or frame.dtype(id).is_integer):
                frame, id = frame.define(arithmetic.Round(Column(id), places[label]))
            ids.append(id)
        return self._wrap(frame.select(self._frame.labels, ids))

    # -- user functions

    @full_signature
    def apply(
        self,
        /,
        func: Any,
        axis: Any = 0,
        raw: bool = False,
        args: tuple[Any, ...] = (),
        engine: Any = None,
        *,
        output_type: Any = None,
        **kwargs: Any,
    ) -> Any:
        """A function called on each row (``axis=1``), which it sees as a pandas Series. Tier: *partitionwise*.

        Functions by name, reductions and NumPy's functions are as in :meth:`agg`; other functions of columns gather the data.

        Parameters
        ----------
        func
            Called with one row; must not change it.
        axis
            1 or ``"columns"`` for rows.
        raw
            Whether the function sees rows as arrays, which gathers the data.
        args, **kwargs
            Other arguments of the function.
        engine
            Other than ``"python"`` gathers the data.
        output_type
            The dtype of the results; else the function's return annotation, else found by running it on the first rows.
        """
        from bigframe.api.series import Series

        number = self.pandas._get_axis_number(axis)  # type: ignore[attr-defined]
        if engine is not None and not (isinstance(engine, str) and engine == "python"):
            raise Unsupported("apply(engine=)", "its engine sees whole columns")
        if isinstance(func, str):
            return called(self, func, number, args, kwargs)
        if isinstance(func, np.ufunc) and not (args or kwargs):
            return func(self)
        if not callable(func) and not (args or kwargs):
            return self.agg(func, axis)  # type: ignore[attr-defined]
        if number == 0 and not (raw or args or kwargs):
            return on_columns(self, func)
        if number == 0 or raw or not callable(func):
            raise Unsupported(
                "apply(axis=0)", "a function of whole columns cannot be split", ".map_partitions or a reduction"
            )
        return Series(call_each(self._frame, with_arguments(func, args, kwargs), None, output_type, rows=True))

    def map_partitions(
        self, func: Callable[[pd.DataFrame], pd.DataFrame], *, output_types: Mapping[Hashable, Any] | None = None
    ) -> Self:
        """A function called on each partition, which it sees as a pandas frame. Tier: *partitionwise*.

        Parameters
        ----------
        func
            Takes and returns a pandas frame; or a class whose instances do, made once per worker process so that a
            model loads once. How rows are split into partitions is not fixed: the result must not depend on it.
        output_types
            Column label → dtype of what it returns; else found by running it on the first rows, which is announced.
        """
        return self._wrap(map_frame(self._frame, func, output_types))

    def to_torch(self, columns: Sequence[str] | None = None, batch_size: int = 1024, **options: Any) -> Any:
        """An IterableDataset of tensor batches for a torch DataLoader. See :func:`bigframe.train.feed.to_torch`."""
        from bigframe.train.feed import to_torch

        return to_torch(self, columns, batch_size, **options)  # type: ignore[arg-type]  # a DataFrame is the only Tables

    def _absent(self, labels: Any) -> list[Any]:
        listed = labels if isinstance(labels, (list, tuple)) else [labels]
        return [label for label in listed if not self._frame.find(label)]

    def _ids(self, labels: Any) -> list[str]:
        """The columns of some labels, all of those that have one."""
        wanted = labels if isinstance(labels, (list, tuple)) else [labels]
        return [id for label in wanted for id in (self._frame.find(label) or (self._frame.one(label),))]
