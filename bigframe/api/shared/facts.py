"""What an object says of itself, its dtypes, and notes that are kept with it."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.extensions import no_default

from bigframe.api.binding.calls import full_signature
from bigframe.api.columns import Columns
from bigframe.errors import Unsupported
from bigframe.ops.base import Column
from bigframe.ops.casting import Cast
from bigframe.schema import ONLY_CARRIED, DType, Family


class Facts(Columns):
    """What DataFrame and Series have in common."""

    @property
    def attrs(self) -> dict[Any, Any]:
        """Notes kept with this object, and with the pandas object that it gives.

        Other than in pandas, results computed from it do not have them.
        """
        notes: dict[Any, Any] = vars(self).setdefault("_attrs", {})
        return notes

    @attrs.setter
    def attrs(self, notes: Any) -> None:
        vars(self)["_attrs"] = dict(notes)

    @property
    def flags(self) -> Any:
        """pandas' flags; labels may repeat."""
        return pd.DataFrame().flags

    @full_signature
    def set_flags(self, *, allows_duplicate_labels: bool | None = None) -> Self:
        """A copy; labels may always repeat. Tier: *native*."""
        if allows_duplicate_labels is False:
            # pandas would look at the labels after every step that follows, which no lower tier can do either.
            raise NotImplementedError("set_flags(allows_duplicate_labels=False) would run a job after every step")
        return self.copy()

    @full_signature
    def infer_objects(self) -> Self:
        """Columns of objects as the dtype of their values. Tier: *native*, else *gathered*."""
        if any(dtype.is_bool and dtype.unless_missing for dtype in self._frame.dtypes):
            raise Unsupported("infer_objects of bools with holes", "whether a hole is left depends on the data")
        if any(dtype.is_carried and dtype.pandas == np.dtype(object) for dtype in self._frame.dtypes):
            raise Unsupported("infer_objects of objects", ONLY_CARRIED)
        return self.copy()

    @full_signature
    def convert_dtypes(
        self,
        infer_objects: Any = True,
        convert_string: Any = True,
        convert_integer: Any = True,
        convert_boolean: Any = True,
        convert_floating: Any = True,
        dtype_backend: str = "numpy_nullable",
    ) -> Self:
        """Columns in dtypes that have a missing value of their own. Tier: *native*, else *gathered*.

        Floats gather the data, because they become integers where all are whole.
        """
        if dtype_backend not in ("numpy_nullable", "pyarrow"):
            raise ValueError(
                f"dtype_backend {dtype_backend} is invalid, only 'numpy_nullable' and 'pyarrow' are allowed."
            )
        family = Family.NULLABLE if dtype_backend == "numpy_nullable" else Family.ARROW
        wanted = _Kinds(bool(convert_string), bool(convert_integer), bool(convert_boolean), bool(convert_floating))
        frame, ids = self._frame, []
        for id in frame.ids:
            dtype = frame.dtype(id)
            to = _nullable(dtype, family, wanted) if any(wanted) else dtype
            if to != dtype:
                frame, id = frame.define(Cast(Column(id), to))
            ids.append(id)
        return self._wrap(frame.select(self._frame.labels, ids))


class SeriesFacts(Facts):
    """What only Series has."""

    @property
    def dtypes(self) -> Any:
        """The dtype."""
        return self.dtype  # type: ignore[attr-defined]

    @property
    def shape(self) -> tuple[int]:
        return (len(self),)

    @property
    def size(self) -> int:
        return len(self)

    @property
    def empty(self) -> bool:
        return len(self.head(1).to_pandas()) == 0

    @property
    def ndim(self) -> int:
        """1."""
        return 1

    def transpose(self, *args: Any, **kwargs: Any) -> Self:
        """The series itself. Tier: *native*."""
        return self

    T = property(transpose)

    @property
    def hasnans(self) -> bool:
        """Whether a value is missing; a job. Tier: *native*."""
        return bool(self.isna().any())  # type: ignore[attr-defined]

    @property
    def array(self) -> Any:
        """pandas' array of the values; a job."""
        return self.to_pandas().array

    def to_numpy(self, dtype: Any = None, copy: bool = False, na_value: Any = no_default, **kwargs: Any) -> Any:
        """Run the plan and return an ndarray."""
        return self.to_pandas().to_numpy(dtype, copy, na_value, **kwargs)

    @property
    def values(self) -> Any:
        return self.to_pandas().values

    def to_list(self) -> list[Any]:
        """Run the plan and return Python values."""
        values: list[Any] = self.to_pandas().to_list()
        return values

    tolist = to_list

    def item(self) -> Any:
        """The only value."""
        return self.head(2).to_pandas().item()


class _Kinds(NamedTuple):
    """Which kinds of columns ``convert_dtypes`` converts."""

    string: bool
    integer: bool
    boolean: bool
    floating: bool


def _nullable(dtype: DType, family: Family, wanted: _Kinds) -> DType:
    """What ``convert_dtypes`` makes of a dtype, whatever the data.

    Raises
    ------
    Unsupported
        If the data decides.
    """
    if dtype.is_carried:
        raise Unsupported(f"convert_dtypes of {dtype}", "pandas looks at its values")
    if dtype.categories is not None or dtype.family is family:
        return dtype
    if not dtype.has_nullable_form and family is Family.NULLABLE and dtype.family is not Family.ARROW:
        return dtype
    if dtype.family is Family.NUMPY and (dtype.is_datetime or dtype.is_timedelta):
        return DType(dtype.arrow, family)
    if dtype.family is Family.ARROW or not dtype.has_nullable_form:
        raise Unsupported(f"convert_dtypes of {dtype}", "pandas converts it between families")
    if dtype.is_string:
        return DType(dtype.arrow, family) if wanted.string else dtype
    if dtype.otherwise is not None or dtype.if_fits is not None or dtype.unless_missing:
        raise Unsupported(f"convert_dtypes of {dtype}", "the data decides what it is")
    if dtype.is_float:
        if wanted.integer and dtype.family is Family.NUMPY:
            raise Unsupported(f"convert_dtypes of {dtype}", "floats become integers where all are whole")
        return DType(dtype.arrow, family) if wanted.floating else dtype
    if dtype.is_bool and not wanted.boolean and dtype.family is Family.NUMPY:
        # To pandas bools are whole numbers then.
        return (
            DType(pa.int64() if wanted.integer else pa.float64(), family)
            if wanted.integer or wanted.floating
            else dtype
        )
    return DType(dtype.arrow, family) if (wanted.boolean if dtype.is_bool else wanted.integer) else dtype
