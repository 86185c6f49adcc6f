"""Column types: pandas' dtypes over Arrow data, including dtypes that only the data can settle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bigframe.arrow_types import ArrowPeriodType, normal_arrow, type_from_wire, type_to_wire, zone_name
from bigframe.cells import cell, dtype_text, may_have_holes, object_of
from bigframe.errors import Unsupported, UnsupportedData


class Family(StrEnum):
    """Which of pandas' dtype families a column belongs to; it decides how missing values behave."""

    NUMPY = "numpy"
    NULLABLE = "nullable"
    ARROW = "arrow"


@dataclass(frozen=True)
class DType:
    """The type of a column: Arrow storage, pandas family, and what is still unsettled.

    Parameters
    ----------
    arrow
        How values are stored.
    family
        ``numpy`` (pandas' defaults, two-valued logic), ``nullable`` or ``arrow`` (three-valued logic).
    unless_missing
        The columns (``plan digest/column id``) that decide: if a value of any of them is missing or infinite,
        pandas' integer is float64 and pandas' bool is object, and stays so when those rows are dropped later. An
        empty name stands for the column itself until it has one.
    otherwise
        What pandas has if none of them does, where that is not ``arrow``: integers that may be infinite (``//`` by a
        column) are stored as float64.
    if_fits
        pandas has this narrower integer when all values fit it.
    categories
        pandas shows the strings as a categorical with these categories, in this order.
    ordered
        Whether pandas compares the categories.
    shown
        The dtype that pandas shows, as :func:`bigframe.cells.dtype_text` writes it, where the others do not say: of
        ``categories`` that are not text but stand for other values, of text that pandas keeps as Python objects, and of
        columns that are only carried, cell by cell.
    """

    arrow: pa.DataType
    family: Family = Family.NUMPY
    unless_missing: tuple[str, ...] = ()
    otherwise: pa.DataType | None = None
    if_fits: pa.DataType | None = None
    categories: tuple[str, ...] | None = None
    ordered: bool = False
    shown: str | None = None

    @property
    def is_settled(self) -> bool:
        return not self.unless_missing and self.if_fits is None

    @property
    def is_three_valued(self) -> bool:
        return self.family is not Family.NUMPY

    @cached_property
    def never_missing(self) -> bool:
        """Whether pandas has no missing value for it: its integers and bools, once they are settled."""
        return self.family is Family.NUMPY and (self.is_integer or self.is_bool) and not self.unless_missing

    @cached_property
    def is_carried(self) -> bool:
        """Whether the engine knows nothing of the values, so that only pandas computes with them."""
        return self.shown is not None and self.categories is None and not self.is_string

    @cached_property
    def is_python_text(self) -> bool:
        """Whether it is text that pandas keeps as Python objects: only what pandas shows differs."""
        return self.shown is not None and self.categories is None and self.is_string

    @cached_property
    def is_not_its_values(self) -> bool:
        """Whether what is stored stands for other values: it is carried, or names categories that are not text."""
        return self.shown is not None and not self.is_python_text

    def as_text(self) -> DType:
        """Text of the same family and storage, without the categories of a categorical."""
        return DType(pa.large_string(), self.family, shown=self.shown if self.is_python_text else None)

    @cached_property
    def text_holes(self) -> str | None:
        """What stands among objects that are all text where some is missing: ``NaN``, ``None`` or nothing (empty)."""
        if not self.is_carried:
            return None
        spec = object_of(str(self.shown))
        return spec[1] if isinstance(spec, tuple) and spec[:1] == ("texts",) else None

    @property
    def has_nullable_form(self) -> bool:
        """Whether ``dtype_backend="numpy_nullable"`` changes the dtype; dates, times and objects stay as they are."""
        return self.is_bool or self.is_integer or self.is_float or self.is_string

    @cached_property
    def is_bool(self) -> bool:
        return bool(pa.types.is_boolean(self.arrow))

    @cached_property
    def is_integer(self) -> bool:
        return bool(pa.types.is_integer(self.arrow))

    @cached_property
    def is_float(self) -> bool:
        return bool(pa.types.is_floating(self.arrow))

    @cached_property
    def is_numeric(self) -> bool:
        return self.is_integer or self.is_float or self.is_bool or bool(pa.types.is_decimal(self.arrow))

    @cached_property
    def is_string(self) -> bool:
        return bool(pa.types.is_large_string(self.arrow))

    @property
    def is_binary(self) -> bool:
        return bool(pa.types.is_large_binary(self.arrow)) and not self.is_carried

    @cached_property
    def is_datetime(self) -> bool:
        return bool(pa.types.is_timestamp(self.arrow))

    @property
    def is_timedelta(self) -> bool:
        return bool(pa.types.is_duration(self.arrow))

    @cached_property
    def is_period(self) -> bool:
        """Whether it is periods: the engine holds their ordinals, which differ and come in order as they do."""
        return isinstance(self.arrow, ArrowPeriodType)

    @cached_property
    def is_time(self) -> bool:
        """Whether it is moments, durations or periods: pandas orders them, and a missing one is NaT."""
        return self.is_datetime or self.is_timedelta or self.is_period

    @property
    def is_date(self) -> bool:
        return bool(pa.types.is_date32(self.arrow))

    @property
    def is_list(self) -> bool:
        return bool(pa.types.is_large_list(self.arrow) or pa.types.is_fixed_size_list(self.arrow))

    @property
    def is_struct(self) -> bool:
        return bool(pa.types.is_struct(self.arrow))

    @cached_property
    def is_null(self) -> bool:
        return bool(pa.types.is_null(self.arrow))

    @cached_property
    def width(self) -> int:
        """Bytes of a value; a guess where values differ in length."""
        if pa.types.is_fixed_size_list(self.arrow):
            return int(self.arrow.list_size) * 4
        if self.is_string or self.is_binary or self.is_carried:
            return 32
        if self.is_list or self.is_struct:
            return 128
        return 1 if self.is_null else max(1, self.arrow.bit_width // 8)

    @property
    def pandas(self) -> Any:
        """The pandas dtype, taking an unsettled column as if nothing were missing and nothing fitted narrower."""
        from bigframe.pandas_dtypes import pandas_dtype

        return pandas_dtype(self)

    def settled(self, *, missing: bool = False, fits: bool = False) -> DType:
        """The dtype once the data has been looked at."""
        if self.unless_missing and missing:
            return OBJECT_BOOL if self.is_bool else FLOAT64
        if self.if_fits is not None:
            return DType(self.if_fits if fits else self.arrow, self.family)
        if not self.unless_missing:
            return self
        return DType(self.otherwise or self.arrow, self.family)

    def or_missing(self) -> DType:
        """The dtype of the same values where some may have gone missing.

        Raises
        ------
        Unsupported
            If pandas would change the dtype of values that are only carried.
        """
        if self.is_carried and not may_have_holes(self.pandas):
            raise Unsupported(f"a missing value in a column of dtype {self}", "pandas converts all its values")
        if self.text_holes is not None:
            return OBJECTS if self.text_holes == "None" else text_objects("NaN")
        return self.unsettled_by(*self.unless_missing, "")

    def unsettled_by(self, *columns: str) -> DType:
        """The same dtype, decided by whether any of some columns has a missing value."""
        decidable = self.is_integer or self.is_bool or self.otherwise is not None
        if self.family is not Family.NUMPY or not decidable:
            return self
        return replace(self, unless_missing=tuple(dict.fromkeys(columns)))

    def named(self, name: str) -> DType:
        """The dtype once the column that decides it has a name."""
        if "" not in self.unless_missing:
            return self
        return self.unsettled_by(*(column or name for column in self.unless_missing))

    def __str__(self) -> str:
        name = str(self.pandas)
        if self.family is Family.NUMPY and name == "object" and not self.is_carried:
            name = f"object[{self.arrow}]"
        if self.unless_missing:
            name += "?"
        if self.if_fits is not None:
            name += f" or {self.if_fits}"
        return name

    def to_wire(self) -> Any:
        return self._wire

    @cached_property
    def _wire(self) -> list[Any]:
        otherwise = self.otherwise and type_to_wire(self.otherwise)
        fits = self.if_fits and type_to_wire(self.if_fits)
        categories = None if self.categories is None else list(self.categories)
        wire = [type_to_wire(self.arrow), self.family.value, list(self.unless_missing), otherwise, fits, categories]
        return [*wire, self.ordered, self.shown] if self.ordered or self.shown else wire

    @staticmethod
    def from_wire(wire: Any) -> DType:
        arrow, family, unless_missing, otherwise, if_fits, categories, *order = wire
        ordered, shown = order or (False, None)
        known = None if categories is None else tuple(categories)
        return _from_wire(arrow, family, tuple(unless_missing), otherwise, if_fits, known, ordered, shown)


@lru_cache(maxsize=4096)
def _from_wire(
    arrow: str,
    family: str,
    unless_missing: tuple[str, ...],
    otherwise: str | None,
    if_fits: str | None,
    categories: tuple[str, ...] | None,
    ordered: bool,
    shown: str | None,
) -> DType:
    return DType(
        type_from_wire(arrow),
        Family(family),
        unless_missing,
        otherwise and type_from_wire(otherwise),
        if_fits and type_from_wire(if_fits),
        categories,
        ordered,
        shown,
    )


Schema = Mapping[str, DType]
"""Column id → type, in order."""

ONLY_CARRIED = "only pandas computes with such values"
"""Why an operator refuses a column whose cells are carried."""


def key_types(schema: Schema, ids: Iterable[str], what: str) -> dict[str, DType]:
    """The types of columns by which rows are told apart, or ordered.

    Raises
    ------
    Unsupported
        If the values of one are only carried.
    """
    found = {id: schema[id] for id in ids}
    for dtype in found.values():
        if dtype.is_carried:
            raise Unsupported(f"{what} by {dtype}", ONLY_CARRIED)
    return found


INT64 = DType(pa.int64())
INT32 = DType(pa.int32())
UINT64 = DType(pa.uint64())
FLOAT64 = DType(pa.float64())
FLOAT32 = DType(pa.float32())
BOOL = DType(pa.bool_())
OBJECT_BOOL = DType(pa.bool_(), unless_missing=("",))
STRING = DType(pa.large_string())
BINARY = DType(pa.large_binary())
NULL = DType(pa.null())
DATE = DType(pa.date32())
DATETIME = DType(pa.timestamp("us"))
TIMEDELTA = DType(pa.duration("us"))


def list_of(item: DType) -> DType:
    """Lists of values of a dtype."""
    return DType(pa.large_list(item.arrow), item.family)


def from_arrow(arrow: pa.DataType, *, may_be_missing: bool = False, family: Family = Family.NUMPY) -> DType:
    """The dtype that pandas gives a column read from Arrow data.

    Parameters
    ----------
    arrow
        The column's Arrow type.
    may_be_missing
        Whether a value may be null (unknown counts as yes).
    family
        The dtype family asked for with ``dtype_backend=``.

    Raises
    ------
    UnsupportedData
        If it has times of a zone without a name.
    """
    dtype = DType(normal_arrow(arrow))
    if family is Family.ARROW or dtype.has_nullable_form:
        dtype = replace(dtype, family=family)
    return dtype.or_missing() if may_be_missing else dtype


@lru_cache(maxsize=1024)
def from_pandas(dtype: Any) -> DType:
    """The dtype of a pandas column, settled; object columns are not described by their dtype.

    Raises
    ------
    UnsupportedData
        If pandas' dtype alone does not say how values are stored (``object``) or is not supported.
    """
    if isinstance(dtype, pd.ArrowDtype):
        return from_arrow(dtype.pyarrow_dtype, family=Family.ARROW)
    if isinstance(dtype, pd.StringDtype):
        family = Family.NUMPY if dtype.na_value is not pd.NA else Family.NULLABLE
        return DType(pa.large_string(), family, shown=dtype_text(dtype) if dtype.storage == "python" else None)
    if isinstance(dtype, pd.BooleanDtype):
        return DType(pa.bool_(), Family.NULLABLE)
    if isinstance(dtype, pd.PeriodDtype):
        return period_of(dtype.freq)
    if isinstance(dtype, pd.api.extensions.ExtensionDtype) and hasattr(dtype, "numpy_dtype"):
        return DType(pa.from_numpy_dtype(dtype.numpy_dtype), Family.NULLABLE)
    if isinstance(dtype, pd.DatetimeTZDtype):
        return DType(pa.timestamp(dtype.unit, zone_name(dtype.tz)))
    if isinstance(dtype, np.dtype) and dtype.kind in "iufbmM" and dtype != np.float16:
        return DType(normal_arrow(pa.from_numpy_dtype(dtype)))
    raise UnsupportedData(f"dtype {dtype!s} is not supported by bigframe")


@lru_cache(maxsize=1024)
def family_named(name: str) -> Family:
    """The family of the pandas dtype of a name; NumPy's where pandas has no such dtype.

    Examples
    --------
    >>> family_named("Int64").value, family_named("list<item: int64>[pyarrow]").value, family_named("int64").value
    ('nullable', 'arrow', 'numpy')
    """
    if name.endswith("[pyarrow]") and name != "string[pyarrow]":
        return Family.ARROW  # pandas knows the names of simple ones only
    try:
        return from_pandas(pd.api.types.pandas_dtype(name)).family
    except (TypeError, UnsupportedData):
        return Family.NUMPY


def period_of(freq: Any) -> DType:
    """The dtype of periods of a frequency.

    Raises
    ------
    UnsupportedData
        If there is no telling the frequency by its name.
    """
    dtype = pd.PeriodDtype(freq)
    try:
        dtype_text(dtype)
    except (TypeError, ValueError):
        raise UnsupportedData(f"dtype {dtype!s} cannot be told by its name") from None
    return DType(ArrowPeriodType(str(dtype)[len("period[") : -1]))


def of_categories(dtype: pd.CategoricalDtype) -> DType | None:
    """The dtype of text that pandas shows as these categories; None if no text tells them apart."""
    found: Any = dtype.categories
    names, ordered = tuple(map(str, found)), bool(dtype.ordered)
    is_text = isinstance(found.dtype, pd.StringDtype) and found.dtype.na_value is not pd.NA and found.name is None
    if is_text and found.dtype.storage == "pyarrow":
        return DType(pa.large_string(), categories=names, ordered=ordered)
    if len(set(names)) < len(names):
        return None
    return DType(pa.large_string(), categories=names, ordered=ordered, shown=dtype_text(dtype))


def carried(dtype: Any) -> DType:
    """The dtype of cells that only pandas computes with.

    Raises
    ------
    TypeError
        If there is no telling how to make the pandas dtype again.
    """
    return DType(pa.large_binary(), shown=dtype_text(dtype))


OBJECTS = carried(np.dtype(object))


def text_objects(holes: str) -> DType:
    """Cells of Python objects that are all text, or missing as :attr:`DType.text_holes` says."""
    return DType(pa.large_binary(), shown=cell(("texts", holes)))
