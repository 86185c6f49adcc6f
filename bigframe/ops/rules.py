"""The dtype rules that operators share, each a function of operand dtypes that follows pandas 3."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.schema import BOOL, FLOAT64, OBJECTS, ONLY_CARRIED, DType, Family


def family_of(*operands: DType) -> Family:
    """The family of a result: Arrow or nullable wins over NumPy among numbers; other families do not mix.

    Raises
    ------
    Unsupported
        If pandas would decide by storage backends: text or times of several families, or nullable beside Arrow-backed.
    """
    families = {operand.family for operand in operands if not operand.is_null}
    if len(families) < 2:
        return next(iter(families), Family.NUMPY)
    if len(families - {Family.NUMPY}) > 1 or not all(operand.is_numeric or operand.is_null for operand in operands):
        names = " and ".join(str(operand) for operand in operands)
        raise Unsupported(f"an operation on {names}", "they are of different dtype families", ".astype on one of them")
    return next(iter(families - {Family.NUMPY}))


def boolean(*operands: DType) -> DType:
    """The dtype of a comparison: two-valued for default dtypes, else three-valued."""
    family = family_of(*operands)
    if family is Family.NULLABLE and any(operand.is_string and not operand.is_python_text for operand in operands):
        family = Family.ARROW  # pandas' nullable strings are Arrow's, and so is what comparing them gives
    return DType(pa.bool_(), family)


def promote(*operands: DType) -> DType:
    """The common numeric dtype, as NumPy promotes it (as Arrow does for Arrow-backed columns).

    Raises
    ------
    TypeError
        If the operands have no common dtype.
    """
    family = family_of(*operands)
    typed = [operand for operand in operands if not operand.is_null] or list(operands)
    if any(operand.is_carried or operand.is_period for operand in typed):
        if any(operand != typed[0] for operand in typed):
            if all(operand.is_carried and operand.pandas == OBJECTS.pandas for operand in typed):
                return OBJECTS
            raise Unsupported(f"{typed[0]} beside other values", ONLY_CARRIED, ".astype first")
        return typed[0].or_missing() if len(typed) < len(operands) else typed[0]
    if any(operand.categories is not None for operand in typed):
        if any(operand != typed[0] for operand in typed):
            raise Unsupported(
                "categories beside other values", "pandas keeps to the categories", ".astype('str') first"
            )
        return typed[0]
    deciding = tuple(dict.fromkeys(name for operand in operands for name in operand.unless_missing))
    settled = [operand.settled() for operand in typed]
    if all(operand.arrow == typed[0].arrow and operand.otherwise == typed[0].otherwise for operand in typed):
        in_python = all(operand.is_python_text for operand in typed)
        shown = typed[0].shown if in_python else None
        result = DType(typed[0].arrow, family, otherwise=typed[0].otherwise, shown=shown)
    elif all(pa.types.is_integer(one.arrow) or one.is_float or one.is_bool for one in settled):
        common = DType(_common_number(family, settled), family)
        as_float = common.is_integer and any(operand.is_float for operand in typed)
        result = DType(pa.float64(), family, otherwise=common.arrow) if as_float else common
    elif all(operand.is_datetime for operand in typed) or all(operand.is_timedelta for operand in typed):
        result = DType(finest(*(operand.arrow for operand in typed)), family)
    else:
        raise TypeError(f"no common dtype for {' and '.join(str(operand) for operand in operands)}")
    if any(operand.is_null for operand in operands):
        deciding += ("",)
    return result.unsettled_by(*deciding) if deciding else result


def _common_number(family: Family, operands: list[DType]) -> pa.DataType:
    if family is not Family.ARROW:
        return pa.from_numpy_dtype(np.result_type(*(np.dtype(operand.arrow.to_pandas_dtype()) for operand in operands)))
    if any(operand.is_bool for operand in operands):
        raise TypeError(f"no common dtype for {' and '.join(str(operand) for operand in operands)}")
    floats = [operand.arrow for operand in operands if operand.is_float]
    if floats:
        return max(floats, key=lambda arrow: arrow.bit_width)
    common = pa.from_numpy_dtype(np.result_type(*(np.dtype(operand.arrow.to_pandas_dtype()) for operand in operands)))
    return common if pa.types.is_integer(common) else pa.int64()


def finest(*types: pa.DataType) -> pa.DataType:
    """The Arrow time type with the finest unit among several of one kind."""
    order = ("s", "ms", "us", "ns")
    return max(types, key=lambda arrow: order.index(arrow.unit))


def floating(*operands: DType) -> DType:
    """The dtype of a true division or a mean: float32 stays, everything else becomes float64."""
    if all(operand.arrow == pa.float32() for operand in operands):
        return DType(pa.float32(), family_of(*operands))
    family = family_of(*operands)
    if family is Family.ARROW:
        floats = [operand.arrow for operand in operands if operand.is_float]
        return DType(max(floats, key=lambda arrow: arrow.bit_width, default=pa.float64()), family)
    return DType(pa.float64(), family)


def optional_float(operand: DType) -> DType:
    """The dtype of integers where a hole always means float64, hole or not (``shift``, ``diff``)."""
    if operand.family is Family.NUMPY and (operand.is_integer or operand.is_bool):
        return FLOAT64
    return operand


def same(operand: DType, *_: DType) -> DType:
    """The dtype of the first operand."""
    return operand


def always(dtype: DType) -> DType:
    """The dtype itself."""
    return dtype


def predicate(*operands: DType) -> DType:
    """A test that is never missing, whatever the family (``isna``, ``isin``)."""
    return BOOL
