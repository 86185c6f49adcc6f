"""What describes columns: kernels where they honour the call, else pandas on all the data."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, ClassVar

import pandas as pd
from pandas.errors import Pandas4Warning

from bigframe.api.binding.calls import full_signature
from bigframe.api.binding.tiers import composed
from bigframe.api.columns import Columns
from bigframe.api.describing import chosen, shares_of
from bigframe.api.scalar import LazyScalar, reduce
from bigframe.errors import Unsupported
from bigframe.ops import reductions, windows
from bigframe.ops.base import Column, Literal
from bigframe.ops.casting import Cast
from bigframe.ops.comparison import Eq, Ge, Le
from bigframe.ops.logical import And, Or
from bigframe.ops.missing import Coalesce, NotNull
from bigframe.schema import FLOAT64, INT64, DType, Family
from bigframe.semantics import pairing, selecting
from bigframe.semantics.across import extreme_label
from bigframe.semantics.aligning import matched
from bigframe.semantics.describing import described
from bigframe.semantics.elementwise import beside, by_position
from bigframe.semantics.extremes import place_of, places_of
from bigframe.semantics.frame import Frame, absorb, same_rows
from bigframe.semantics.grouping import Groups, aggregate
from bigframe.semantics.interpolating import interpolated
from bigframe.semantics.summarizing import category_counts, quantiles, reduced, shares
from bigframe.tree import user_level

_NO_CHOICE = (
    "The 'include' and 'exclude' arguments are deprecated for Series.describe and will be removed in a future version. "
    "These arguments have no effect on Series and will be removed."
)
_RANKED_BLINDLY = 4  # columns, of which ranking each pair takes less than to look which miss values
_OTHERWISE = "its kernel does not honour these parameters or dtypes"


def _interpolate(
    owner: Any, method: str, axis: Any, limit: Any, inplace: bool, limit_direction: Any, limit_area: Any, **kwargs: Any
) -> Any:
    others = (limit, limit_area, *kwargs.get("kwargs", {}))
    direction = limit_direction or "forward"
    if method != "linear" or axis not in (0, "index") or inplace or any(one is not None for one in others):
        raise Unsupported(f"{owner.display}.interpolate", _OTHERWISE)
    if direction not in ("forward", "backward", "both"):
        raise Unsupported(f"interpolate(limit_direction={direction!r})", "there is no such direction")
    frame, ids = owner._frame, []
    for id in owner._frame.ids:
        frame, new = interpolated(frame, id, direction)
        ids.append(new)
    return owner._wrap(frame.select(owner._frame.labels, ids))


def _describe(owner: Any, percentiles: Any, include: Any, exclude: Any) -> Any:
    of_table = owner.display == "DataFrame"
    if not of_table and (include is not None or exclude is not None):
        warnings.warn(_NO_CHOICE, Pandas4Warning, stacklevel=user_level())
    frame = chosen(owner, include, exclude) if of_table else owner._frame
    return owner._wrap(described(frame, shares_of(percentiles)))


def _corr_of_frame(owner: Any, method: Any, min_periods: int, numeric_only: bool) -> Any:
    if method not in ("pearson", "spearman"):
        raise Unsupported(f"corr(method={method!r})", _OTHERWISE)
    frame = _numbers(owner._frame, numeric_only)
    ranked = method == "spearman"
    complete = _complete(frame) if ranked and len(frame.ids) > _RANKED_BLINDLY else ()
    return owner._wrap(pairing.table_of_pairs(frame, min_periods, None, ranked=ranked, complete=complete))


def _complete(frame: Frame) -> Sequence[str]:
    """The columns without a missing value: each of them is ranked once, and others for each of their pairs."""
    from bigframe.api.binding.fallbacks import look_ahead

    asked = [id for id, dtype in zip(frame.ids, frame.dtypes, strict=True) if not dtype.never_missing]
    if not asked:
        return frame.ids
    table = reduced(frame, [(id, reductions.AnyMissing) for id in asked])
    (holes,) = look_ahead("corr", [table], "which columns miss values, for {}")
    return [id for id, has_holes in zip(asked, holes.iloc[0], strict=True) if not has_holes]


def _cov_of_frame(owner: Any, min_periods: int | None, ddof: int, numeric_only: bool) -> Any:
    frame = _numbers(owner._frame, numeric_only)
    if ddof != 1 and not all(dtype.never_missing for dtype in frame.dtypes):
        raise Unsupported("cov(ddof=)", "pandas honours it only where no value is missing")
    return owner._wrap(pairing.table_of_pairs(frame, min_periods or 1, ddof))


def _corr_of_series(owner: Any, other: Any, method: Any, min_periods: int | None) -> LazyScalar:
    if method not in ("pearson", "spearman"):
        raise Unsupported(f"corr(method={method!r})", _OTHERWISE)
    return _pair(owner, other, min_periods, None, ranked=method == "spearman")


def _cov_of_series(owner: Any, other: Any, min_periods: int | None, ddof: int) -> LazyScalar:
    return _pair(owner, other, min_periods, ddof)


def _mode(owner: Any, dropna: bool) -> Any:
    frame, id = owner._frame, owner._id
    counted = aggregate(Groups(frame, ((owner.name, id),), dropna=dropna), [("count", reductions.Size())])
    most = reductions.Max(Column(counted.ids[0]))
    scalar = reduce(counted, most)
    found = selecting.keep_rows(counted, Eq(Column(counted.ids[0]), scalar.as_expr()))
    dtype = frame.dtype(id)
    by_number = dtype.is_datetime or dtype.is_timedelta or dtype.categories is not None
    if not dropna and by_number and dtype.family is Family.NUMPY:  # of which that of a missing value is the least
        found = selecting.sort(found, [(id, False)], na_position="first")
    return owner._wrap(found.with_index(None).select((owner.name,), (id,)))


def _mode_of_frame(owner: Any, axis: Any, numeric_only: bool, dropna: bool) -> Any:
    from bigframe.api.series import Series

    frame = _numbers(owner._frame, numeric_only)
    if owner.pandas._get_axis_number(axis) == 1 or not frame.ids:
        raise Unsupported("mode(axis=1)", "values of several columns are counted together")
    each = zip(frame.labels, frame.ids, strict=True)
    rows, *others = (_mode(Series(frame.select((label,), (id,))), dropna)._frame for label, id in each)
    for other in others:
        rows, beside_it = by_position(rows, other)
        rows = rows.select((*rows.labels, *beside_it.labels), (*rows.ids, *beside_it.ids))
    return owner._wrap(rows.replace(label_names=frame.label_names))


def _corrwith(
    owner: Any,
    other: Any,
    axis: Any,
    drop: bool,  # noqa: ARG001  (no column is left out)
    method: Any,
    numeric_only: bool,
    min_periods: int | None,
) -> Any:
    from bigframe.api.series import Series

    if owner.pandas._get_axis_number(axis) == 1 or method != "pearson" or not isinstance(other, Columns):
        raise Unsupported("corrwith(axis=, method=)", _OTHERWISE)
    mine, theirs = _numbers(owner._frame, numeric_only), other._frame
    if other.display == "DataFrame":
        theirs = _numbers(theirs, numeric_only)
        if mine.labels != theirs.labels or len(set(mine.labels)) < len(mine.labels):
            raise Unsupported("corrwith of other columns", "those that only one side has are left out or missing")
    rows, right = matched(mine, theirs)
    rights = right.ids if other.display == "DataFrame" else right.ids * len(rows.ids)
    pairs = list(zip(mine.labels, rows.ids, rights, strict=True))
    return Series(pairing.row_of_pairs(absorb(rows, right), pairs, min_periods or 1))


def _autocorr(owner: Any, lag: int) -> LazyScalar:
    return _corr_of_series(owner, owner.shift(lag), "pearson", None)


def _reindex_like(owner: Any, other: Any, method: Any, copy: Any, limit: Any, tolerance: Any) -> Any:  # noqa: ARG001
    if method is not None or not isinstance(other, Columns) or other.display != owner.display:
        raise Unsupported("reindex_like(method=)", "a label that is not there takes the value of another one")
    if owner.display == "Series":
        return owner.reindex(other.index)
    if not owner._frame.ids or not other._frame.ids:
        raise Unsupported("reindex_like without columns", "its labels keep their dtypes")
    return owner.reindex(index=other.index, columns=other.columns)


def _compare(
    owner: Any, other: Any, align_axis: Any, keep_shape: bool, keep_equal: bool, result_names: tuple[Any, Any]
) -> Any:
    from bigframe.api.dataframe import DataFrame

    alike = isinstance(other, Columns) and other.display == "Series" and owner._dtype == other._dtype
    if align_axis not in (1, "columns") or keep_shape or not alike or not same_rows(owner._frame, other._frame):
        raise Unsupported("compare(align_axis=, keep_shape=)", "rows of both are matched or kept")
    differs = (~((owner == other) | (owner.isna() & other.isna()))).fillna(True)
    # Beside a hole integers are floats, and stay so when pandas drops its row.
    left, right = (owner, other) if keep_equal else (owner.where(differs), other.where(differs))
    both = absorb(left._frame, right._frame)
    return DataFrame(both.select(result_names, (left._id, right._id)))[differs]


def _is_unique(owner: Any) -> Any:
    frame, again = selecting.mark_duplicates(owner._frame, [owner._id], "first")
    return reduce(frame, reductions.All(Eq(Column(again), Literal(False, frame.dtype(again)))), bool)


def _is_monotonic_increasing(owner: Any) -> Any:
    return _in_order(owner._frame, owner._id, Ge)


def _is_monotonic_decreasing(owner: Any) -> Any:
    return _in_order(owner._frame, owner._id, Le)


def _place(owner: Any, axis: Any, skipna: bool, others: Any, *, largest: bool, labelled: bool) -> Any:
    if axis not in (0, None, "index") or others:
        raise Unsupported(f"{owner.display}.idxmax", _OTHERWISE)
    one, id = place_of(owner._frame, owner._id, largest=largest, labelled=labelled, skipna=bool(skipna))
    python = int if labelled and owner._frame.index is None else None  # as a RangeIndex gives its labels
    place = LazyScalar(one.select((None,), (id,)).plan(), id, python)
    return place if skipna or owner._dtype.never_missing else place.item()


def _idxmax(owner: Any, axis: Any, skipna: bool, args: Any = (), kwargs: Any = None) -> Any:
    return _place(owner, axis, skipna, args or kwargs, largest=True, labelled=True)


def _idxmin(owner: Any, axis: Any, skipna: bool, args: Any = (), kwargs: Any = None) -> Any:
    return _place(owner, axis, skipna, args or kwargs, largest=False, labelled=True)


def _argmax(owner: Any, axis: Any, skipna: bool, args: Any = (), kwargs: Any = None) -> Any:
    return _place(owner, axis, skipna, args or kwargs, largest=True, labelled=False)


def _argmin(owner: Any, axis: Any, skipna: bool, args: Any = (), kwargs: Any = None) -> Any:
    return _place(owner, axis, skipna, args or kwargs, largest=False, labelled=False)


def _places(owner: Any, axis: Any, skipna: bool, numeric_only: bool, *, largest: bool) -> Any:
    from bigframe.api.series import Series

    if owner.pandas._get_axis_number(axis) == 1:
        if not skipna and not all(dtype.never_missing for dtype in owner._frame.dtypes):
            raise Unsupported(f"{owner.display}.idxmax(axis=1, skipna=False)", _OTHERWISE)
        return Series(extreme_label(_numbers(owner._frame, numeric_only), largest=largest))
    return Series(places_of(_numbers(owner._frame, numeric_only), largest=largest, skipna=bool(skipna)))


def _idxmax_of_frame(owner: Any, axis: Any, skipna: bool, numeric_only: bool) -> Any:
    return _places(owner, axis, skipna, numeric_only, largest=True)


def _idxmin_of_frame(owner: Any, axis: Any, skipna: bool, numeric_only: bool) -> Any:
    return _places(owner, axis, skipna, numeric_only, largest=False)


def _in_order(frame: Frame, id: str, compare: type[Ge | Le]) -> LazyScalar:
    if frame.dtype(id).categories is not None:
        raise Unsupported("the order of categories", "it is not that of their names")
    if frame.dtype(id).is_bool and frame.dtype(id).is_settled:
        frame, id = frame.define(Cast(Column(id), INT64 if frame.dtype(id).never_missing else FLOAT64))
    frame, before = frame.define(windows.Shift(Column(id)))
    frame, position = frame.positions()
    is_first = And(Eq(Column(position), Literal(0, INT64)), NotNull(Column(id)))
    test = Or(compare(Column(id), Column(before)), is_first)
    frame, holds = frame.define(Coalesce(test, Literal(False, frame.type_of(test))))
    plain = frame.select((None,), (holds,)).with_index(None)
    return reduce(plain.rebased(plain.plan()), reductions.All(Column(holds)), bool)


def _pair(left: Any, other: Any, min_periods: int | None, ddof: int | None, *, ranked: bool = False) -> LazyScalar:
    if not isinstance(other, Columns) or len(other._frame.ids) != 1:
        raise Unsupported("a pair with other than a Series", _OTHERWISE)
    rows, right = beside(left._frame, other._frame)
    aggregated, id = pairing.pair_of(rows, rows.ids[0], right.ids[0], min_periods or 1, ddof, ranked=ranked)
    return LazyScalar(aggregated.select((None,), (id,)).plan(), id)


def _numbers(frame: Frame, numeric_only: bool) -> Frame:
    if not numeric_only:
        return frame
    pairs = [(label, id) for label, id in zip(frame.labels, frame.ids, strict=True) if frame.dtype(id).is_numeric]
    return frame.select([label for label, _ in pairs], [id for _, id in pairs])


class Statistics:
    """What DataFrame and Series have in common."""

    pandas: ClassVar[type] = pd.DataFrame
    display: ClassVar[str] = "DataFrame"

    interpolate = composed(_interpolate)
    reindex_like = composed(_reindex_like)
    describe = composed(_describe)


class FrameStatistics(Statistics):
    """What only DataFrame has."""

    corr = composed(_corr_of_frame)
    idxmax = composed(_idxmax_of_frame)
    idxmin = composed(_idxmin_of_frame)
    cov = composed(_cov_of_frame)
    corrwith = composed(_corrwith)
    mode = composed(_mode_of_frame)


class SeriesStatistics(Statistics):
    """What only Series has."""

    pandas: ClassVar[type] = pd.Series
    display: ClassVar[str] = "Series"

    corr = composed(_corr_of_series)
    cov = composed(_cov_of_series)
    autocorr = composed(_autocorr)
    compare = composed(_compare)
    mode = composed(_mode)
    idxmax = composed(_idxmax)
    idxmin = composed(_idxmin)
    argmax = composed(_argmax)
    argmin = composed(_argmin)
    is_unique = composed(_is_unique)
    is_monotonic_increasing = composed(_is_monotonic_increasing)
    is_monotonic_decreasing = composed(_is_monotonic_decreasing)

    @full_signature
    def value_counts(
        self: Any, normalize: bool = False, sort: bool = True, ascending: bool = False, dropna: bool = True
    ) -> Any:
        """How often each value occurs, most frequent first, ties in order of appearance. Tier: *native*."""
        from bigframe.api.series import Series

        frame, label = self._frame, "proportion" if normalize else "count"
        if frame.dtypes[0].categories is not None:
            counted = category_counts(frame, label, dropna)
        else:
            groups = Groups(frame, ((self.name, frame.ids[0]),), sort=False, dropna=dropna)
            counted = _counts_of_family(aggregate(groups, [(label, reductions.Size())]), frame.dtypes[0])
        if sort:
            counted = selecting.sort(counted, [(counted.ids[0], not ascending)])
        counts = Series(counted)
        return counts / reduce(counted, reductions.Sum(Column(counted.ids[0]))) if normalize else counts

    @full_signature
    def quantile(self: Any, q: Any = 0.5, interpolation: str = "linear") -> Any:
        """The value below which a share ``q`` lies, or each of several, exact. Tier: *native*."""
        from bigframe.api.series import Series

        if pd.api.types.is_list_like(q):
            return Series(quantiles(self._frame, shares(q), interpolation))
        if not 0 <= q <= 1:
            raise ValueError("percentiles should all be in the interval [0, 1]")
        return self._reduce(lambda x: reductions.Quantile(x, q, interpolation))


def _counts_of_family(counted: Frame, dtype: DType) -> Frame:
    """Counts in the dtypes that pandas gives for those of values of a dtype."""
    if not dtype.is_three_valued:
        return counted
    arrow = dtype.family is Family.ARROW or dtype.is_string and not dtype.is_python_text
    to = DType(INT64.arrow, Family.ARROW if arrow else dtype.family)
    cast, id = counted.define(Cast(Column(counted.ids[0]), to))
    return cast.select(counted.labels, (id,))
