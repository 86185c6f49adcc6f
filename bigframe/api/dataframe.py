"""DataFrame: a lazy table that behaves as pandas' does."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from pandas.api.extensions import no_default

from bigframe.api.binding.calls import full_signature
from bigframe.api.by_column import by_column, table_beside
from bigframe.api.columns import Columns, from_result, no_attribute, positional
from bigframe.api.looking.run import collect, settled_dtypes
from bigframe.api.lookup.by_label import LISTS, is_mask
from bigframe.api.operands import pasted, require_as_many
from bigframe.api.query import evaluated
from bigframe.api.series import Series
from bigframe.api.shared.assigning import Assigning
from bigframe.api.shared.combining import FrameCombining
from bigframe.api.shared.constructing import FrameConstructors
from bigframe.api.shared.database_writers import DatabaseWriters
from bigframe.api.shared.facts import Facts
from bigframe.api.shared.gathered import GatheredFrame
from bigframe.api.shared.looks import FrameLooks
from bigframe.api.shared.matrices import Matrices
from bigframe.api.shared.measuring import FrameMeasures
from bigframe.api.shared.numpy_functions import NumpyFunctions
from bigframe.api.shared.operators import Operators
from bigframe.api.shared.pictures import FramePictures
from bigframe.api.shared.reductions import Reductions
from bigframe.api.shared.reshaping import Reshaping
from bigframe.api.shared.spreading import FrameSpreading
from bigframe.api.shared.statistics import FrameStatistics
from bigframe.api.shared.windows import WindowColumns
from bigframe.api.shared.writers import Writers
from bigframe.api.tables import Tables
from bigframe.errors import Unsupported
from bigframe.interchange import label_type, labels_index
from bigframe.ops import arithmetic, comparison, reductions
from bigframe.ops.base import Column, Expr
from bigframe.semantics.aligning import matched, paired, without_holes
from bigframe.semantics.elementwise import NotAligned, beside
from bigframe.semantics.frame import Frame
from bigframe.semantics.labelling import HOLE, rearranged
from bigframe.semantics.summarizing import quantiles, shares
from bigframe.semantics.values import addend, comparand

_UNLIKE = "Can only compare identically-labeled (both index and columns) DataFrame objects"


class DataFrame(
    Assigning,
    FrameCombining,
    Facts,
    NumpyFunctions,
    FrameConstructors,
    Tables,
    Writers,
    DatabaseWriters,
    Reshaping,
    Operators,
    Reductions,
    WindowColumns,
    FrameStatistics,
    FrameSpreading,
    FrameLooks,
    FrameMeasures,
    Matrices,
    FramePictures,
    GatheredFrame,
):
    """A lazy table: every call adds to a plan, and looking runs it.

    Parameters
    ----------
    data
        Anything that ``pandas.DataFrame`` takes, or an Arrow table.
    index, columns, dtype, copy
        As in pandas; lazy data is never copied.

    Examples
    --------
    >>> import bigframe as pd
    >>> df = pd.DataFrame({"k": ["a", "b", "a"], "v": [1, 2, 3]})
    >>> df.groupby("k").v.sum()
    k
    a    4
    b    2
    Name: v, dtype: int64
    """

    pandas = pd.DataFrame
    display = "DataFrame"

    def __init__(
        self, data: Any = None, index: Any = None, columns: Any = None, dtype: Any = None, copy: bool | None = None
    ) -> None:
        if not isinstance(data, Frame):
            from bigframe.api.construction import frame_from

            data = frame_from(data, index, columns, dtype, copy)
        object.__setattr__(self, "_frame", data)

    def _wrap(self, frame: Frame) -> Self:
        return type(self)(frame)

    def _become(self, frame: Frame) -> None:
        object.__setattr__(self, "_frame", frame)

    # -- labels

    @property
    def columns(self) -> pd.Index:
        """The column labels. Never a job."""
        frame, held = self._frame, vars(self)
        if "_column_labels" not in held:
            held["_column_labels"] = labels_index(frame.labels, frame.label_names, frame.label_type)
        labels: pd.Index = held["_column_labels"]
        return labels

    @columns.setter
    def columns(self, labels: Sequence[Hashable]) -> None:
        if isinstance(labels, list) and labels and all(isinstance(label, list) for label in labels):
            labels = pd.MultiIndex.from_arrays(labels)  # type: ignore[assignment]
        if len(labels) != len(self._frame.ids):
            raise ValueError(
                f"Length mismatch: Expected axis has {len(self._frame.ids)} elements, new values have {len(labels)} elements"
            )
        names = tuple(getattr(labels, "names", ()))
        renamed = self._frame.select(tuple(labels), self._frame.ids)
        self._become(renamed.replace(label_names=names, label_type=label_type(labels)))

    @property
    def dtypes(self) -> pd.Series:
        """pandas' dtype of each column; a job if one depends on data that nobody has looked at yet."""
        dtypes = settled_dtypes(self._frame.with_index(None))
        return pd.Series([dtype.pandas for dtype in dtypes], index=self.columns, dtype=object)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self), len(self._frame.ids)

    @property
    def size(self) -> int:
        return len(self) * len(self._frame.ids)

    @property
    def ndim(self) -> int:
        return 2

    @property
    def empty(self) -> bool:
        return not self._frame.ids or len(self.head(1).to_pandas()) == 0

    def __contains__(self, label: Hashable) -> bool:
        hash(label)  # which lists refuse, as in pandas
        return bool(self._frame.find(label))

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._frame.labels)

    def keys(self) -> pd.Index:
        """The column labels."""
        return self.columns

    def __bool__(self) -> bool:
        raise ValueError("The truth value of a DataFrame is ambiguous. Use a.empty, a.item(), a.any() or a.all().")

    def __dir__(self) -> list[str]:
        return sorted(
            {
                *super().__dir__(),
                *(label for label in self._frame.labels if isinstance(label, str) and label.isidentifier()),
            }
        )

    # -- columns

    def __getattr__(self, name: str) -> Any:
        if name not in ("_frame", "_data") and name in self._frame.labels:
            return self[name]
        raise no_attribute(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._frame.labels:
            self[name] = value
        else:
            object.__setattr__(self, name, value)

    def __getitem__(self, key: Any) -> Any:
        key = evaluated(key, self)
        if callable(key) and not isinstance(key, Columns):
            key = key(self)
        if isinstance(key, (pd.Series, pd.DataFrame)):
            key = from_result(key)
        if isinstance(key, DataFrame):
            return self.where(key)
        if isinstance(key, Series):
            if key._dtype.is_bool:
                return self._filter(key)
            key = key.to_pandas().to_list()
        if isinstance(key, slice):
            return self._slice(key) if positional(key, self._frame) else self.loc[key]
        if is_mask(key):
            return self._filter_by_position(key)
        if not isinstance(key, LISTS):
            found = self._frame.find(key)
            if len(found) == 1:
                return Series(self._frame.select((key,), found))
            if not found and isinstance(key, str) and self.columns.nlevels == 1:
                raise KeyError(self._frame.absent(key))
        if np.ndim(key) > 1 if isinstance(key, np.ndarray) else False:
            return self._gather("__getitem__", (key,), {}, "DataFrame[array of rows]: pandas says what it is")
        ids = self._frame.find_each(key) if type(key) is list else ()
        return self._wrap(self._frame.select(key, ids)) if ids else self._of_labels(lambda row: row[key])

    def _of_labels(self, choose: Callable[[pd.DataFrame], Any]) -> Any:
        """The columns that pandas chooses by their labels alone, or the one."""
        chosen, is_table = rearranged(self._frame.with_index(None), choose)
        chosen = chosen.with_index(self._frame.index).replace(freq=self._frame.freq)
        return self._wrap(chosen) if is_table else Series(chosen)

    def _filter_by_position(self, mask: Any) -> Self:
        if len(mask) != len(self):
            raise ValueError(f"Item wrong length {len(mask)} instead of {len(self)}.")
        return self.loc[mask]  # type: ignore[no-any-return]

    # -- expressions

    def _natively(self, operation: type[Any], other: Any, reflected: bool = False) -> Any:
        other = DataFrame(other) if isinstance(other, pd.DataFrame) else other
        if isinstance(other, DataFrame):
            return self._binary_frame(operation, other, reflected)
        if isinstance(other, Columns) or pd.api.types.is_list_like(other):
            return self._by_column(
                operation, other, reflected, aligns=not issubclass(operation, comparison._Comparison)
            )
        return self._with_scalar(operation, other, reflected)

    def _flexibly(self, operation: type[Any], other: Any, reflected: bool) -> Any:
        if isinstance(other, Columns) or pd.api.types.is_list_like(other):
            return self._by_column(operation, other, reflected, aligns=True)
        return self._natively(operation, other, reflected)

    def _by_column(self, operation: type[Any], other: Any, reflected: bool, *, aligns: bool) -> Self:
        if getattr(other, "ndim", 1) == 2 and not isinstance(other, Columns):
            rows, values = table_beside(self, other)
            return self._wrap(rows)._natively(operation, self._wrap(values), reflected)  # type: ignore[no-any-return]
        return self._wrap(by_column(self._frame, operation, other, reflected=reflected, aligns=aligns))

    def _natively_by_rows(self, operation: type[Any], other: Any, reflected: bool) -> Any:
        if pd.api.types.is_list_like(other) and not isinstance(other, (Columns, pd.DataFrame)):
            rows, column = pasted(self, other)
            return self._wrap(rows)._with_scalar(operation, Series(column), reflected)
        if not isinstance(other, Series):
            return self._natively(operation, other, reflected)
        try:
            return self._with_scalar(operation, other, reflected)
        except NotAligned:
            rows, column = matched(self._frame, other._frame)
            return self._wrap(rows)._with_scalar(operation, Series(column), reflected)

    def _with_scalar(self, operation: type[Any], other: Any, reflected: bool) -> Any:
        as_literal = comparand if issubclass(operation, comparison._Comparison) else addend
        return self._with_operand(other, lambda x, y: operation(y, x) if reflected else operation(x, y), as_literal)

    def _binary_frame(self, operation: type[Any], other: DataFrame, reflected: bool) -> Self:
        if issubclass(operation, comparison._Comparison):
            if self._frame.labels != other._frame.labels:
                raise ValueError(_UNLIKE)
            require_as_many(self._frame, other._frame, _UNLIKE)
            try:
                beside(self._frame, other._frame)
            except NotAligned:
                raise Unsupported("aligning two indexes") from None
        return self._paired(operation, other, None, reflected)

    def _paired(self, operation: type[Any], other: DataFrame, fill_value: Any, reflected: bool) -> Self:
        rows, right = matched(self._frame, other._frame)
        labels, pairs = paired(rows, right)
        # pandas computes the columns of both and adds the others, but for powers: of 1 they are 1.
        adds = fill_value is None and issubclass(operation, arithmetic._Binary) and operation is not arithmetic.Pow
        adds = adds and any(mine and theirs for mine, theirs in pairs)
        ids = []
        for mine, theirs in pairs:
            expr: Expr = HOLE
            if mine and theirs or not adds:
                rows, first = rows.define(HOLE) if mine is None else (rows, mine)
                rows, second = rows.define(HOLE) if theirs is None else (rows, theirs)
                if fill_value is not None:
                    rows, first, second = without_holes(rows, first, second, fill_value)
                expr = operation(*(map(Column, (second, first) if reflected else (first, second))))
            rows, new = rows.define(expr)
            ids.append(new)
        names = rows.label_names if rows.label_names == right.label_names else ()
        return self._wrap(rows.select(labels, ids).replace(label_names=names))

    def _reduce(self, make: Callable[[Expr], Expr], numeric_only: bool = False, skipna: bool = True) -> Series:
        from bigframe.semantics.summarizing import per_column

        return Series(per_column(self._numbers() if numeric_only else self._frame, make, skipna=skipna))

    def _reduced_across(self, name: str, *, skipna: bool = True, numeric_only: bool = False, **options: Any) -> Series:
        from bigframe.semantics.across import across

        return Series(across(self._numbers() if numeric_only else self._frame, name, skipna=skipna, **options))

    def _numbers(self) -> Frame:
        frame = self._frame
        kept = [(label, id) for label, id in zip(frame.labels, frame.ids, strict=True) if frame.dtype(id).is_numeric]
        return frame.select([label for label, _ in kept], [id for _, id in kept])

    @full_signature
    def count(self, axis: Any = 0, numeric_only: bool = False) -> Series:
        """How many values are there in each column, or row. Tier: *native*."""
        if axis in (1, "columns"):
            return self._reduced_across("count", numeric_only=numeric_only)
        return self._reduce(reductions.Count, numeric_only)

    @full_signature
    def nunique(self, axis: Any = 0, dropna: bool = True) -> Series:
        """How many distinct values each column, or row, has. Tier: *native*."""
        if pd.DataFrame._get_axis_number(axis) == 1:  # type: ignore[attr-defined]
            return self._reduced_across("nunique", dropna=dropna)
        return self._reduce(lambda x: reductions.NUnique(x, dropna))

    @full_signature
    def quantile(self, q: Any = 0.5, axis: Any = 0, numeric_only: bool = False, interpolation: str = "linear") -> Any:
        """The value of each column below which a share ``q`` lies, exact. Tier: *native*."""
        if pd.api.types.is_list_like(q) and axis in (0, "index"):
            return self._wrap(quantiles(self._numbers() if numeric_only else self._frame, shares(q), interpolation))
        if pd.DataFrame._get_axis_number(axis) == 1:  # type: ignore[attr-defined]
            result = self._reduced_across("quantile", numeric_only=numeric_only, q=q, interpolation=interpolation)
        else:
            if not 0 <= q <= 1:
                raise ValueError("percentiles should all be in the interval [0, 1]")
            result = self._reduce(lambda x: reductions.Quantile(x, q, interpolation), numeric_only)
        result.name = q
        return result

    # -- leaving

    def to_pandas(self) -> pd.DataFrame:
        """Run the plan and return a pandas frame with exactly pandas' dtypes and index."""
        table = collect(self._frame)[0]
        table.attrs.update(self.attrs)
        return table

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:
        """Run the plan and return what the interchange protocol asks for, with pandas' own warning that it is deprecated."""
        return self.to_pandas().__dataframe__(nan_as_null, allow_copy)  # type: ignore[operator]

    def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = no_default) -> Any:
        """Run the plan and return an ndarray."""
        return self.to_pandas().to_numpy(dtype, copy, na_value)

    @property
    def values(self) -> Any:
        return self.to_pandas().values

    def to_dict(self, orient: Any = "dict", *, into: Any = dict, index: bool = True) -> Any:
        """Run the plan and return Python values."""
        return self.to_pandas().to_dict(orient, into=into, index=index)

    def itertuples(self, index: bool = True, name: str | None = "Pandas") -> Any:
        """Run the plan and iterate over rows as tuples."""
        return self.to_pandas().itertuples(index=index, name=name)

    def iterrows(self) -> Any:
        """Run the plan and iterate over (label, Series)."""
        return self.to_pandas().iterrows()

    def items(self) -> Iterator[tuple[Hashable, Series]]:
        """(label, column) pairs."""
        for label, id in zip(self._frame.labels, self._frame.ids, strict=True):
            yield label, Series(self._frame.select((label,), (id,)))
