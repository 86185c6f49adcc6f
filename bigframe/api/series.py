"""Series: one column of a lazy table."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd
from pandas.api.extensions import no_default

from bigframe.api.accessors.ai import AIMethods
from bigframe.api.accessors.datetimes import DatetimeMethods
from bigframe.api.accessors.strings import StringMethods
from bigframe.api.binding.calls import full_signature
from bigframe.api.columns import Columns, as_pandas, no_attribute, positional
from bigframe.api.flags import directions, require_flag, require_one
from bigframe.api.functions import call_each, lookup, with_defaults
from bigframe.api.looking.run import look, settled_dtypes
from bigframe.api.lookup.by_label import no_rows
from bigframe.api.operands import common_name, pasted, require_as_many
from bigframe.api.scalar import LazyScalar, reduce
from bigframe.api.shared.by_name import called, with_arguments
from bigframe.api.shared.combining import SeriesCombining
from bigframe.api.shared.constructing import SeriesConstructors
from bigframe.api.shared.database_writers import DatabaseWriters
from bigframe.api.shared.facts import SeriesFacts
from bigframe.api.shared.gathered import GatheredSeries
from bigframe.api.shared.kinds import KindAccessors
from bigframe.api.shared.looks import SeriesLooks
from bigframe.api.shared.measuring import SeriesMeasures
from bigframe.api.shared.naming import SeriesNaming
from bigframe.api.shared.numpy_functions import NumpyFunctions
from bigframe.api.shared.operators import Operators
from bigframe.api.shared.picking import SeriesPicking
from bigframe.api.shared.pictures import SeriesPictures
from bigframe.api.shared.places import Places
from bigframe.api.shared.reductions import Reductions
from bigframe.api.shared.spreading import SeriesSpreading
from bigframe.api.shared.statistics import SeriesStatistics
from bigframe.api.shared.windows import WindowColumns
from bigframe.api.shared.writers import SeriesWriters
from bigframe.api.sort_keys import mapped_keys
from bigframe.errors import Unsupported
from bigframe.literals import is_missing
from bigframe.ops import arithmetic, comparison, missing, reductions
from bigframe.ops.base import Column, Expr
from bigframe.schema import DType
from bigframe.semantics import selecting
from bigframe.semantics.aligning import matched, without_holes
from bigframe.semantics.category_places import rankable
from bigframe.semantics.elementwise import NotAligned
from bigframe.semantics.frame import Frame
from bigframe.semantics.membership import is_in, is_in_column, value_in_column
from bigframe.semantics.summarizing import reduced
from bigframe.semantics.values import addend, comparand

if TYPE_CHECKING:
    from bigframe.api.dataframe import DataFrame

_ACCESSORS = ("cat", "dt", "list", "sparse", "str", "struct")
"""Those of columns of one kind; :func:`dir` has them of such columns alone, as in pandas."""


class Series(
    SeriesNaming,
    SeriesPicking,
    SeriesCombining,
    SeriesFacts,
    KindAccessors,
    NumpyFunctions,
    SeriesConstructors,
    SeriesWriters,
    DatabaseWriters,
    Operators,
    Reductions,
    WindowColumns,
    SeriesStatistics,
    SeriesSpreading,
    SeriesLooks,
    SeriesMeasures,
    Places,
    SeriesPictures,
    GatheredSeries,
):
    """A lazy column: what ``df["x"]`` and expressions over columns give.

    Parameters
    ----------
    data
        Anything that ``pandas.Series`` takes.
    index, dtype, name, copy
        As in pandas; lazy data is never copied.
    """

    pandas = pd.Series
    display = "Series"
    _is_nameless: ClassVar[bool] = False

    def __init__(
        self, data: Any = None, index: Any = None, dtype: Any = None, name: Hashable = None, copy: bool | None = None
    ) -> None:
        if not isinstance(data, Frame):
            from bigframe.api.construction import series_from

            data = series_from(data, index, dtype, name, copy)
        self._frame = data.replace(label_names=()) if data.label_names else data

    def __getattr__(self, name: Any) -> Any:
        """The value under a label that is text, by a job."""
        if not name.startswith("_") and not hasattr(pd.Series, name) and _has_text_labels(self._frame):
            with contextlib.suppress(KeyError):
                return self[name]
        raise no_attribute(self, name)

    def _wrap(self, frame: Frame) -> Self:
        return type(self)(frame)

    def _become(self, frame: Frame) -> None:
        self._frame = frame

    @property
    def _id(self) -> str:
        return self._frame.ids[0]

    @property
    def _dtype(self) -> DType:
        return self._frame.dtype(self._id)

    # -- labels

    @property
    def name(self) -> Hashable:
        return self._frame.labels[0]

    @name.setter
    def name(self, name: Hashable) -> None:
        if not pd.api.types.is_hashable(name):
            raise TypeError("Series.name must be a hashable type")
        self._frame = self._frame.select((name,), self._frame.ids)

    @property
    def dtype(self) -> Any:
        """The pandas dtype; a job if it depends on data that nobody has looked at yet."""
        return settled_dtypes(self._frame.with_index(None))[0].pandas

    def to_frame(self, name: Hashable = no_default) -> DataFrame:
        """The column as a frame."""
        from bigframe.api.dataframe import DataFrame

        label = name if name is not no_default else self.name if self.name is not None else 0
        return DataFrame(self._frame.select((label,), self._frame.ids).replace(label_names=(), label_type=None))

    # -- rows

    def __getitem__(self, key: Any) -> Any:
        if callable(key) and not isinstance(key, Columns):
            key = key(self)
        if isinstance(key, tuple) and len(key) == 1:
            (key,) = key
        if isinstance(key, slice):
            return self._slice(key) if positional(key, self._frame) else self.loc[key]
        if isinstance(key, tuple) and self._frame.index is not None and len(self._frame.index) > 1:
            return self.loc[key]
        if isinstance(key, (dict, set, tuple)) or isinstance(key, Columns) and key.display == "DataFrame":
            return no_rows(self._frame).index.to_series()[as_pandas(key)]  # pandas says why not
        return self.loc[key]

    @full_signature
    def dropna(self, *, ignore_index: bool = False) -> Self:
        """The values that are there. Tier: *native*."""
        kept = selecting.keep_rows(self._frame, missing.NotNull(Column(self._id)))
        return self._wrap(kept.with_index(None) if ignore_index else kept)

    @full_signature
    def fillna(self, value: Any = None) -> Self:
        """Missing values replaced by a scalar, a lazy scalar or another column. Tier: *native*."""
        if value is None:
            raise ValueError("Must specify a fill 'value'.")
        require_one(value)
        return self._fill(value)

    @full_signature
    def sort_values(
        self,
        *,
        ascending: bool | Sequence[bool] = True,
        na_position: str = "last",
        ignore_index: bool = False,
        kind: str | None = None,
        key: Any = None,
    ) -> Self:
        """Values in order, ties in row order. Tier: *native*."""
        up = directions(ascending, 1)
        if len(up) != 1:
            raise ValueError(f"Length of ascending ({len(up)}) must be 1 for Series")
        frame, (by,) = mapped_keys(self._frame, [self._id], key)
        return self._wrap(selecting.sort(frame, [(by, not up[0])], na_position=na_position, ignore_index=ignore_index))

    @full_signature
    def nlargest(self, n: int = 5, keep: str = "first") -> Self:
        """The largest values, in order. Tier: *native*."""
        return self._extreme(n, keep, descending=True)

    @full_signature
    def nsmallest(self, n: int = 5, keep: str = "first") -> Self:
        """The smallest values, in order. Tier: *native*."""
        return self._extreme(n, keep, descending=False)

    def _extreme(self, n: int, keep: str, *, descending: bool) -> Self:
        return self._wrap(selecting.extreme(self._frame, [self._id], n, keep, descending=descending, of_rows=False))

    @full_signature
    def drop_duplicates(self, *, keep: Any = "first", ignore_index: bool = False) -> Self:
        """One row per value. Tier: *native*."""
        require_flag(ignore_index, "ignore_index")
        frame = selecting.distinct(self._frame, [self._id], selecting.kept(keep), ignore_index=ignore_index)
        return self._wrap(frame)

    def unique(self) -> Any:
        """The distinct values in order of appearance, as pandas returns them: an array. Runs a job."""
        values = self.drop_duplicates().to_pandas()
        return values.array if self._dtype.is_string else values.unique()

    def duplicated(self, keep: Any = "first") -> Series:
        """Which rows :meth:`drop_duplicates` drops. Tier: *native*."""
        frame, id = selecting.mark_duplicates(self._frame, [self._id], selecting.kept(keep))
        return Series(frame.select((self.name,), (id,)))

    @full_signature
    def explode(self, ignore_index: bool = False) -> Self:
        """One row per list item. Tier: *native*."""
        label = self.name
        return self._wrap(selecting.explode(self._frame, [label], ignore_index=ignore_index))

    @full_signature
    def sample(self, n: int | None = None, frac: float | None = None, *, random_state: int | None = None) -> Self:
        """Rows chosen by a hash of their position. See :meth:`DataFrame.sample`."""
        frame = self.to_frame("sampled").sample(n, frac, random_state=random_state)._frame
        return self._wrap(frame.select((self.name,), frame.ids))

    # -- values

    def isin(self, values: Any) -> Series:
        """Which values are in a set: literals, or another lazy column (a semi-join). Tier: *native*."""
        if isinstance(values, Series):
            return Series(is_in_column(self._frame, values._frame))
        return self._apply(lambda x: is_in(x, self._dtype, values))

    @full_signature
    def between(self, left: Any, right: Any, inclusive: str = "both") -> Series:
        """Which values lie in a range. Tier: *native*."""
        if inclusive not in ("both", "neither", "left", "right"):
            raise ValueError("Inclusive has to be either string of 'both','left', 'right', or 'neither'.")
        low: Series = self >= left if inclusive in ("both", "left") else self > left
        high: Series = self <= right if inclusive in ("both", "right") else self < right
        return low & high

    def abs(self) -> Self:
        """Absolute values. Tier: *native*."""
        return self._apply(arithmetic.Abs)

    @full_signature
    def round(self, decimals: int = 0) -> Self:
        """Rounded half to even. Tier: *native*."""
        return self._apply(lambda x: arithmetic.Round(x, decimals))

    @full_signature
    def map(self, func: Any, na_action: str | None = None, *, output_type: Any = None) -> Series:
        """Values replaced through a dictionary, a pandas Series, or a function called on each value.

        Parameters
        ----------
        func
            A function runs in pandas' place value by value (tier: *partitionwise*); a dictionary or Series is a
            lookup (*native*), a lazy Series a join.
        na_action
            ``"ignore"`` leaves missing values missing without calling the function.
        output_type
            The dtype of a function's results; else its return annotation, else found by running it on the first rows.
        """
        if na_action not in (None, "ignore"):
            raise ValueError(f"na_action must either be 'ignore' or None, {na_action} was passed")
        if hasattr(type(func), "__missing__"):
            func = with_defaults(func)
        if isinstance(func, (Series, pd.Series)) and na_action:
            func = func[func.index.notna()]
        if isinstance(func, Series):
            return Series(value_in_column(self._frame, func._frame))
        if isinstance(func, (dict, pd.Series)):
            if na_action and isinstance(func, dict):
                func = {key: value for key, value in func.items() if not is_missing(key)}
            return self._apply(lambda x: lookup(x, self._dtype, func))
        return Series(call_each(self._frame, func, self.name, output_type, skip_missing=na_action == "ignore"))

    @full_signature
    def apply(
        self,
        /,
        func: Any,
        args: tuple[Any, ...] = (),
        by_row: Any = "compat",
        *,
        output_type: Any = None,
        **kwargs: Any,
    ) -> Any:
        """A function called on each value (see :meth:`map`), or functions by name (see :meth:`agg`)."""
        if isinstance(func, str):
            return called(self, func, 0, args, kwargs)
        if isinstance(func, np.ufunc):
            return func(self, *args, **kwargs)
        if not callable(func) and not (args or kwargs):
            return self.agg(func)
        if not callable(func) or by_row != "compat":
            raise Unsupported("apply(by_row=False)", "a function may need the whole column")
        return self.map(with_arguments(func, args, kwargs), output_type=output_type)

    def _binary(self, operation: type[Any], other: Any, reflected: bool = False) -> Any:
        if isinstance(other, pd.DataFrame):
            from bigframe.api.dataframe import DataFrame

            other = DataFrame(other)
        if isinstance(other, Columns) and not isinstance(other, Series):
            return other._binary(operation, self, not reflected)  # type: ignore[attr-defined]
        return super()._binary(operation, other, reflected)

    def _natively(self, operation: type[Any], other: Any, reflected: bool = False) -> Any:
        other = Series(other) if isinstance(other, pd.Series) else other
        if issubclass(operation, comparison._Comparison) and operation.of_order and self._dtype.ordered:
            if isinstance(other, Series) and other._dtype.settled() == self._dtype.settled():
                return self._places()._natively(operation, other._places(), reflected)
            categories = list(self._dtype.pandas.categories)
            if isinstance(other, Hashable) and not isinstance(other, LazyScalar) and other in categories:
                return self._places()._natively(operation, categories.index(other), reflected)
        as_literal = comparand if issubclass(operation, comparison._Comparison) else addend

        def make(x: Expr, y: Expr) -> Expr:
            made: Expr = operation(y, x) if reflected else operation(x, y)
            return made

        if pd.api.types.is_list_like(other) and not isinstance(other, Columns):
            rows, column = pasted(self, other)
            result = self._wrap(rows)._with_operand(Series(column), make, as_literal)
        else:
            if issubclass(operation, comparison._Comparison) and isinstance(other, Series) and not other._is_nameless:
                require_as_many(self._frame, other._frame, "Can only compare identically-labeled Series objects")
            try:
                result = self._with_operand(other, make, as_literal)
            except NotAligned:
                if not issubclass(operation, arithmetic._Binary):
                    raise Unsupported("aligning two indexes") from None  # comparisons refuse it, logic fills holes
                rows, column = matched(self._frame, other._frame)
                result = self._wrap(rows)._with_operand(Series(column), make, as_literal)
        if (isinstance(other, Series) and not other._is_nameless) or isinstance(other, pd.Index):
            result.name = common_name(self.name, other.name)
        return result

    def _places(self) -> Self:
        """Of a column of ordered categories, their places."""
        frame, place = rankable(self._frame, self._id)
        return self._wrap(frame.select(frame.labels, (place,)))

    def _paired(self, operation: type[Any], other: Series, fill_value: Any, reflected: bool) -> Self:
        rows, right = matched(self._frame, other._frame)
        first, second = rows.ids[0], right.ids[0]
        if fill_value is not None:
            rows, first, second = without_holes(rows, first, second, fill_value)
        rows, id = rows.define(operation(*map(Column, (second, first) if reflected else (first, second))))
        return self._wrap(rows.select((common_name(self.name, other.name),), (id,)))

    def _reduce(self, make: Callable[[Expr], Expr], numeric_only: bool = False, skipna: bool = True) -> LazyScalar:
        found = reduced(self._frame, [(self._id, make)], skipna=skipna)
        return LazyScalar(found.plan(), found.ids[0])

    def count(self) -> LazyScalar:
        """How many values are there. Tier: *native*."""
        return self._reduce(reductions.Count)

    def nunique(self, dropna: bool = True) -> LazyScalar:
        """How many distinct values. Tier: *native*."""
        return reduce(self._frame, reductions.NUnique(Column(self._id), dropna), int)

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
    ) -> Any:
        """Groups by other columns of the same rows, functions of the index or its levels."""
        from bigframe.api.groupby import group_series

        return group_series(
            self, by, level=level, as_index=as_index, sort=sort, group_keys=group_keys, observed=observed, dropna=dropna
        )

    # -- accessors

    def __dir__(self) -> list[Any]:
        return sorted({*super().__dir__()} - {name for name in _ACCESSORS if not hasattr(self, name)})

    @property
    def str(self) -> StringMethods:
        """String methods."""
        found: StringMethods = StringMethods.of(self)
        return found

    @property
    def dt(self) -> DatetimeMethods:
        """Datetime fields and methods."""
        return DatetimeMethods.of(self)  # type: ignore[no-any-return]

    @property
    def ai(self) -> AIMethods:
        """Models applied to the column."""
        return AIMethods(self)

    # -- leaving

    def to_pandas(self) -> pd.Series:
        """Run the plan and return a pandas Series with exactly pandas' dtype."""
        series: pd.Series = look([("series", self._frame)])[0]
        series.attrs.update(self.attrs)
        return series

    def __iter__(self) -> Iterator[Any]:
        return iter(self.to_pandas())

    def __bool__(self) -> bool:
        raise ValueError("The truth value of a Series is ambiguous. Use a.empty, a.item(), a.any() or a.all().")


def _has_text_labels(frame: Frame) -> bool:
    return len(frame.index_ids) == 1 and frame.dtype(frame.index_ids[0]).is_string
