"""What accessors share: a series, and operators applied to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from pandas.api.extensions import no_default

from bigframe.api.accessors.carried import CarriedAccessor, has_accessor
from bigframe.api.binding.falling_back import FallsBack
from bigframe.api.binding.tiers import Rule
from bigframe.errors import Unsupported
from bigframe.ops.base import Column, Expr

if TYPE_CHECKING:
    from bigframe.api.dataframe import DataFrame
    from bigframe.api.series import Series


class Accessor(FallsBack):
    """Methods of a series for one kind of value; the class body is the table of pandas' names."""

    pandas: ClassVar[type]
    display: ClassVar[str]
    prefix: ClassVar[str]

    def __init__(self, series: Series) -> None:
        self._series = series

    @classmethod
    def of(cls, series: Series) -> Any:
        """The accessor of a series; of values that are only carried, one whose methods all run in pandas.

        Raises
        ------
        AttributeError
            If the column is of another kind.
        """
        dtype, name = series._dtype, cls.prefix.removesuffix(".")
        if dtype.is_carried and has_accessor(dtype.pandas, name):
            return CarriedAccessor(series, name)
        return cls(series)

    def _apply(self, make: Callable[[Expr], Expr]) -> Series:
        return self._series._apply(make)

    def _apply_pandas(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], rule: Rule) -> Series:
        given = {name: value for name, value in kwargs.items() if value is not no_default}
        return self._series._apply_pandas(path, args, given, rule)

    def _gather(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> Any:
        return self._source._gather(path, args, kwargs, why)

    @property
    def _source(self) -> Series:
        """The column whose accessor it is."""
        return self._series

    def _apply_or_pandas(
        self, make: Callable[[Expr], Expr], path: str, args: tuple[Any, ...], kwargs: dict[str, Any], rule: Rule
    ) -> Series:
        """The operator, or pandas on each partition where the operator refuses these arguments."""
        try:
            return self._apply(make)
        except Unsupported:
            return self._apply_pandas(path, args, kwargs, rule)

    @property
    def _of_labels(self) -> bool:
        return self._series.display == "Index"

    def _columns(self, makers: dict[Any, Callable[[Expr], Expr]], *, labelled: bool = True) -> DataFrame:
        """A frame of several operators over the series, by label; over row labels they have none, unless ``labelled``."""
        from bigframe.api.dataframe import DataFrame

        frame, ids = self._source._frame, []
        if self._of_labels:
            frame = frame.with_index(((frame.labels[0], frame.ids[0]),) if labelled else None)
        (operand,) = frame.ids
        for make in makers.values():
            frame, id = frame.define(make(Column(operand)))
            ids.append(id)
        return DataFrame(frame.select(makers, ids))
