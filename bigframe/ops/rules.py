"""The dtype rules that operators share, each a function of operand dtypes that follows pandas 3."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from bigframe.schema import BOOL, FLOAT64, DType, Family


def family_of(*operands: DType) -> Family:
    """The family of a result: Arrow wins over nullable, nullable over NumPy."""
    families = {operand.family for operand in operands}
    if Family.ARROW in families:
        return Family.ARROW
    return Family.NULLABLE if Family.NULLABLE in families else Family.NUMPY


def boolean(*operands: DType) -> DType:
    """The dtype of a comparison: two-valued for default dtypes, else three-valued."""
    return DType(pa.bool_(), family_of(*operands))


def promote(*operands: DType) -> DType:
    """The common numeric dtype, as NumPy promotes it.

    Raises
    ------
    TypeError
        If the operands have no common dtype.
    """
    family = family_of(*operands)
    typed = [operand for operand in operands if not operand.is_null] or list(operands)
    first = typed[0]
    deciding = tuple(name for operand in operands for name in operand.unless_missing)
    if all(operand.arrow == first.arrow for operand in typed):
        arrow = first.arrow
    elif all(operand.is_numeric for operand in typed):
        settled = [operand.settled() for operand in typed]
        arrow = pa.from_numpy_dtype(np.result_type(*(np.dtype(operand.arrow.to_pandas_dtype()) for operand in settled)))
        if pa.types.is_integer(arrow) and any(operand.is_float for operand in typed):
            return DType(pa.float64(), family, unless_missing=deciding)
    elif all(operand.is_datetime for operand in typed) or all(operand.is_timedelta for operand in typed):
        arrow = finest(*(operand.arrow for operand in typed))
    else:
        raise TypeError(f"no common dtype for {' and '.join(str(operand) for operand in operands)}")
    result = DType(arrow, family)
    if any(operand.is_null for operand in operands):
        result = result.or_missing()
    return result.unsettled_by(*result.unless_missing, *deciding) if deciding else result


def finest(*types: pa.DataType) -> pa.DataType:
    """The Arrow time type with the finest unit among several of one kind."""
    order = ("s", "ms", "us", "ns")
    return max(types, key=lambda arrow: order.index(arrow.unit))


def floating(*operands: DType) -> DType:
    """The dtype of a true division or a mean: float32 stays, everything else becomes float64."""
    if all(operand.arrow == pa.float32() for operand in operands):
        return operands[0]
    return DType(pa.float64(), family_of(*operands))


def optional_float(operand: DType) -> DType:
    """The dtype of integers where a hole always means float64, hole or not (``shift``, ``diff``)."""
    if operand.family is Family.NUMPY and (operand.is_integer or operand.is_bool):
        return FLOAT64
    return operand


def same(operand: DType, *_: DType) -> DType:
    return operand


def always(dtype: DType) -> DType:
    return dtype


def predicate(*operands: DType) -> DType:
    """A test that is never missing, whatever the family (``isna``, ``isin``)."""
    return BOOL
