"""Reductions: one value per group, or one for the whole frame."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.ops import rules
from bigframe.ops.base import Expr, dtype_of
from bigframe.ops.kinds import Kind
from bigframe.schema import BOOL, INT64, DType, Family, Schema, list_of


class Reduction(Expr):
    """An operator that skips missing values and makes one value of many.

    ``grouped`` says that pandas' rule for groups applies to the dtype of the result, which differs for narrow integers.
    """

    kind = Kind.REDUCTION
    observes_order: ClassVar[bool] = False
    of_nothing: ClassVar[bool] = False
    """Whether there is a value even where there is nothing to reduce."""
    operand: Expr


class Sum(Reduction):
    """Sum; with fewer than ``min_count`` values present, missing."""

    of_nothing = True
    grouped: bool = False
    min_count: int = 0

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        _require_values(operand, "sum")
        _refuse_lists(operand, "sum")
        is_text = operand.is_string and operand.categories is None
        _require(operand.is_numeric or operand.is_timedelta or is_text, "sum", operand)
        return _missing_below(self.min_count, _accumulated(operand, self.grouped))


class Prod(Reduction):
    of_nothing = True
    grouped: bool = False
    min_count: int = 0

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        _require_values(operand, "prod")
        _require(operand.is_numeric, "prod", operand)
        return _missing_below(self.min_count, _accumulated(operand, self.grouped))


class Mean(Reduction):
    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        _require(operand.is_numeric or operand.is_datetime or operand.is_timedelta, "mean", operand)
        return rules.floating(operand) if operand.is_numeric else operand


class Min(Reduction):
    takes_periods = True

    def result(self, *operands: DType) -> DType:
        return _ordered(operands[0], "min")


class Max(Reduction):
    takes_periods = True

    def result(self, *operands: DType) -> DType:
        return _ordered(operands[0], "max")


class Count(Reduction):
    """How many values are there."""

    takes_periods = True
    of_nothing = True
    grouped: bool = False

    def result(self, *operands: DType) -> DType:
        return DType(pa.int64(), _group_family(operands[0]) if self.grouped else Family.NUMPY)


class Size(Expr):
    """How many rows, missing or not."""

    kind = Kind.REDUCTION
    observes_order: ClassVar[bool] = False
    of_nothing: ClassVar[bool] = True

    def result(self, *operands: DType) -> DType:
        return INT64


class Var(Reduction):
    ddof: int = 1

    def result(self, *operands: DType) -> DType:
        _require_spread(operands[0], "var")
        return rules.floating(operands[0])


class Std(Reduction):
    """Standard deviation; of times a duration."""

    ddof: int = 1

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if operand.is_datetime or operand.is_timedelta:
            return DType(pa.duration(operand.arrow.unit), operand.family)
        _require_spread(operand, "std")
        return rules.floating(operand)


class Sem(Reduction):
    """Standard error of the mean."""

    ddof: int = 1

    def result(self, *operands: DType) -> DType:
        _require_spread(operands[0], "sem")
        return rules.floating(operands[0])


class Skew(Reduction):
    """Skewness without bias; of fewer than three values, or of equal ones, missing."""

    def result(self, *operands: DType) -> DType:
        _require_spread(operands[0], "skew")
        return rules.floating(operands[0])


class Kurt(Reduction):
    """Excess kurtosis without bias; of fewer than four values, or of equal ones, missing."""

    def result(self, *operands: DType) -> DType:
        _require_spread(operands[0], "kurt")
        return rules.floating(operands[0])


class Any_(Reduction):
    """Whether a value is true; missing ones are, unless they are skipped."""

    of_nothing = True
    grouped: bool = False
    skipna: bool = True

    def result(self, *operands: DType) -> DType:
        _require_true_nan(operands[0], self.skipna)
        return _truth(operands[0], "any", self.grouped)


class All(Reduction):
    """Whether all values are true; missing ones are."""

    of_nothing = True
    grouped: bool = False
    skipna: bool = True

    def result(self, *operands: DType) -> DType:
        _require_true_nan(operands[0], self.skipna)
        return _truth(operands[0], "all", self.grouped)


class First(Reduction):
    """The first value that is there, or else of the first row, in row order; missing of fewer than ``min_count``."""

    observes_order = True
    takes_periods = True
    skipna: bool = True
    min_count: int = -1

    def result(self, *operands: DType) -> DType:
        return _missing_below(self.min_count, operands[0])


class Last(Reduction):
    observes_order = True
    takes_periods = True
    skipna: bool = True
    min_count: int = -1

    def result(self, *operands: DType) -> DType:
        return _missing_below(self.min_count, operands[0])


class NUnique(Reduction):
    """How many distinct values; missing counts as one of them unless ``dropna``."""

    of_nothing = True
    takes_periods = True
    kind = Kind.HOLISTIC
    dropna: bool = True

    def result(self, *operands: DType) -> DType:
        return INT64


class Median(Reduction):
    kind = Kind.HOLISTIC

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        _require(operand.is_numeric or operand.is_datetime or operand.is_timedelta, "median", operand)
        return rules.floating(operand) if operand.is_numeric else operand


class Quantile(Reduction):
    """The value below which a share ``q`` lies; of integers in groups an int64 where it is one of them."""

    kind = Kind.HOLISTIC
    q: float
    interpolation: str = "linear"
    grouped: bool = False

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if operand.is_datetime or operand.is_timedelta:
            return operand
        _require(operand.is_numeric and not operand.is_bool, "quantile", operand)
        if self.interpolation in ("linear", "midpoint"):
            return rules.floating(operand)
        whole = self.grouped and operand.is_integer and operand.family is Family.NUMPY
        return replace(operand, arrow=pa.int64()) if whole else operand


class Collect(Reduction):
    """All values of the group as one list, in row order (``agg(list)``)."""

    kind = Kind.HOLISTIC
    observes_order = True

    def result(self, *operands: DType) -> DType:
        return list_of(operands[0])


class AnyMissing(Reduction):
    """Whether a value is missing or infinite: what settles an integer or bool dtype."""

    of_nothing = True
    takes_periods = True

    def result(self, *operands: DType) -> DType:
        return BOOL


class FirstBy(Reduction):
    """The value in the row where ``by`` is smallest (``largest``: greatest); ties go to the first row."""

    takes_periods = True
    by: Expr
    largest: bool = False
    kind = Kind.HOLISTIC
    observes_order = True

    def result(self, *operands: DType) -> DType:
        return operands[0]


def observes_order(expr: Expr, schema: Schema) -> bool:
    """Whether a reduction of columns of the given types depends on the order of rows; a sum of texts joins them."""
    if isinstance(expr, Sum):
        return dtype_of(expr.operand, schema).is_string
    return bool(getattr(expr, "observes_order", False))


def _accumulated(operand: DType, grouped: bool) -> DType:
    if operand.is_float or operand.is_string or operand.is_timedelta:
        return operand
    unsigned = pa.types.is_unsigned_integer(operand.arrow)
    wide = DType(pa.uint64() if unsigned else pa.int64(), operand.family)
    narrow = operand.is_integer and operand.arrow.bit_width < 64
    if grouped and narrow and not operand.unless_missing:
        return DType(wide.arrow, wide.family, if_fits=operand.arrow)
    return wide.unsettled_by(*operand.unless_missing) if operand.unless_missing else wide


def _require_values(operand: DType, name: str) -> None:
    if operand.is_null:
        raise Unsupported(f"{name} of objects", "pandas adds none of them up to a Python number")


def _missing_below(min_count: int, dtype: DType) -> DType:
    return dtype.or_missing() if min_count > 0 else dtype


def _refuse_lists(operand: DType, name: str) -> None:
    if operand.is_list:
        raise Unsupported(f"{name} of lists", "pandas joins and compares them as Python objects")


def _ordered(operand: DType, name: str) -> DType:
    _refuse_lists(operand, name)
    if operand.ordered:
        raise Unsupported(f"{name} of ordered categories", "its kernel would compare their text")
    if operand.categories is not None:
        raise NoReduction(operand, name)
    return operand


def _require_true_nan(operand: DType, skipna: bool) -> None:
    """Refuse missing values that are not skipped, where they are not NaN, which is true."""
    is_true = operand.is_float or operand.is_integer or operand.never_missing
    is_true = is_true or operand.is_timedelta or operand.is_string and operand.categories is None
    if not skipna and not (is_true and operand.family is Family.NUMPY):
        raise Unsupported(f"skipna=False of {operand}", "what its missing values are is for pandas to say")


def _truth(operand: DType, name: str, grouped: bool) -> DType:
    is_text = operand.is_string and operand.family is Family.ARROW
    if not grouped:
        is_text = operand.is_string and (operand.is_three_valued or operand.categories is not None)
    _require(not operand.is_datetime and not is_text, name, operand)
    return DType(BOOL.arrow, _group_family(operand)) if grouped else BOOL


def _group_family(operand: DType) -> Family:
    """Of what else groups of a column are counted in: texts of NumPy's and of pandas' own kind alike in NumPy's numbers."""
    return Family.NUMPY if operand.is_string and operand.family is Family.NULLABLE else operand.family


def _require_spread(operand: DType, name: str) -> None:
    is_time = operand.is_datetime or operand.is_timedelta
    if is_time and (name == "sem" or operand.family is not Family.NUMPY):
        raise Unsupported(f"{name} of times", "its kernel works on numbers", ".astype('int64') first")
    _require(operand.is_numeric, name, operand)


def _require(holds: bool, name: str, operand: DType) -> None:
    if pa.types.is_decimal(operand.arrow):
        raise Unsupported(f"{name} of decimals", "pandas computes on Python objects", ".astype('float64')")
    if not holds and operand.is_date and operand.is_three_valued:
        raise Unsupported(f"{name} of Arrow's dates", "it has no kernel", ".astype('datetime64[us]') first")
    if not holds:
        raise NoReduction(operand, name)


class NoReduction(TypeError):
    """A dtype has no such reduction; pandas has other words for it among the rows of groups."""

    def __init__(self, operand: DType, name: str) -> None:
        super().__init__(_refusal(operand, name))
        self.in_groups = _refusal_in_groups(operand, name)


def _refusal(operand: DType, name: str) -> str:
    if operand.categories is not None and name in ("min", "max"):
        advice = "you can use .as_ordered() to change the Categorical to an ordered one"
        return f"Categorical is not ordered for operation {name}\n{advice}\n"
    if operand.categories is not None:
        return f"'Categorical' with dtype category does not support operation '{name}'"
    if operand.is_string:
        return f"Cannot perform reduction '{name}' with string dtype"
    if operand.is_datetime and name in ("any", "all"):
        return f"'{name}' with datetime64 dtypes is not supported. Use (obj != pd.Timestamp(0)).{name}() instead."
    if operand.family is Family.NUMPY and (operand.is_datetime or operand.is_timedelta):
        array = "DatetimeArray" if operand.is_datetime else "TimedeltaArray"
        return f"'{array}' with dtype {operand} does not support operation '{name}'"
    return f"dtype {operand} does not support reduction {name!r}"


def _refusal_in_groups(operand: DType, name: str) -> str:
    if operand.categories is not None and name in ("min", "max"):
        return f"Cannot perform {name} with non-ordered Categorical"
    if operand.categories is not None and name in ("sum", "prod", "skew", "kurt"):
        return f"category type does not support {name} operations"
    if operand.categories is not None:
        return f"category dtype does not support aggregation '{name}'"
    if operand.is_timedelta and name in ("prod", "var", "skew", "kurt"):
        return f"timedelta64 type does not support {name} operations"
    if operand.is_datetime or operand.is_timedelta:
        return f"{'datetime64' if operand.is_datetime else 'timedelta64'} type does not support operation '{name}'"
    return f"dtype '{operand}' does not support operation '{name}'"
