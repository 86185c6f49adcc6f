"""Arrow schemas of files: unified over a dataset, and as Polars types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
import pyarrow as pa

from bigframe.errors import SourceError

ON_DRIFT = ("union", "error")
_UNITS = ("s", "ms", "us", "ns")
_MAX_DECIMAL_DIGITS = 38


@dataclass(frozen=True)
class Unified:
    """The one schema of several files.

    Parameters
    ----------
    schema
        Every column of any file, in the order in which the files bring them; metadata of the first file.
    variants
        The distinct schemas that the files themselves have; empty where all have `schema`.
    variant_of
        For each file, the number of its variant; empty where there are none.
    """

    schema: pa.Schema
    variants: tuple[pa.Schema, ...] = ()
    variant_of: tuple[int, ...] = ()

    def stored(self, number: int) -> pa.Schema:
        """Return the schema that a file has itself."""
        return self.variants[self.variant_of[number]] if self.variants else self.schema


def unify_schemas(schemas: Sequence[tuple[str, pa.Schema]], on_drift: str = "union") -> Unified:
    """Unite the schemas of several files by column name.

    Parameters
    ----------
    schemas
        (path, schema) of each file. Columns may stand in any order.
    on_drift
        ``"union"``: a column that a file lacks is null there, and types widen as far as `common_type` says.
        ``"error"``: every file has the columns of the first, with its types up to the width of offsets and of codes.

    Raises
    ------
    SourceError
        Where a column's types have none in common, and with ``"error"`` where a file differs from the first: names the
        column, both types and both files. Also for a column name that a file repeats.
    ValueError
        For another value of `on_drift`.

    Examples
    --------
    >>> old, new = pa.schema([("x", pa.int32())]), pa.schema([("y", pa.string()), ("x", pa.float64())])
    >>> dict(zip(["x", "y"], unify_schemas([("old", old), ("new", new)]).schema.types))
    {'x': DataType(double), 'y': DataType(string)}
    """
    if on_drift not in ON_DRIFT:
        raise ValueError(f"on_drift is {on_drift!r}; it can be {' or '.join(map(repr, ON_DRIFT))}")
    first = schemas[0][1]
    paths, distinct, variant_of = _distinct(schemas)
    if len(distinct) == 1:
        return Unified(first)
    if on_drift == "error":
        _reject_drift(paths, distinct)
    seen: dict[str, dict[pa.DataType, str]] = {}
    for path, schema in zip(paths, distinct, strict=True):
        for field in schema:
            seen.setdefault(field.name, {}).setdefault(field.type, path)
    fields = [_common_field(name, types) for name, types in seen.items()]
    return Unified(pa.schema(fields, metadata=first.metadata), tuple(distinct), variant_of)


def common_type(types: Collection[pa.DataType]) -> pa.DataType | None:
    """Return the type to which all of `types` widen without losing what a value means; None where there is none.

    Numbers widen as in `pandas.concat` (NumPy's promotion: int8 and int64 to int64, any integer and float64 to
    float64, int64 and uint64 to float64), timestamps and durations to the finest unit, dates to timestamps, a dictionary
    to its plain values, a decimal to more digits, and null to anything. Lists and structs widen by their parts, structs
    by field name. Numbers and text, or timestamps with and without a zone, have nothing in common.

    Examples
    --------
    >>> common_type([pa.int8(), pa.null(), pa.float64()]), common_type([pa.int64(), pa.string()])
    (DataType(double), None)
    """
    distinct = list(dict.fromkeys(canonical(dtype) for dtype in types if not pa.types.is_null(dtype)))
    if len(distinct) < 2:
        return distinct[0] if distinct else pa.null()
    distinct = list(dict.fromkeys(map(_plain, distinct)))
    if len(distinct) == 1:
        return distinct[0]
    if all(is_number(dtype) for dtype in distinct):
        return pa.from_numpy_dtype(np.result_type(*(dtype.to_pandas_dtype() for dtype in distinct)))
    if any(map(pa.types.is_timestamp, distinct)) and all(_is_moment(dtype) for dtype in distinct):
        stamps = [dtype for dtype in distinct if pa.types.is_timestamp(dtype)]
        zones = {dtype.tz for dtype in stamps} | ({None} if len(stamps) < len(distinct) else set())
        return pa.timestamp(_finest(stamps), *zones) if len(zones) == 1 else None
    if all(map(pa.types.is_duration, distinct)):
        return pa.duration(_finest(distinct))
    if all(map(pa.types.is_decimal, distinct)):
        return _common_decimal(distinct)
    if all(map(is_list, distinct)):
        return _common_list(distinct)
    return _common_struct(distinct) if all(map(pa.types.is_struct, distinct)) else None


def polars_schema(schema: pa.Schema, without: Collection[str] = ()) -> dict[str, pl.DataType]:
    """Return the Polars types in which columns of `schema` are scanned, except those named in `without`."""
    kept = pa.schema([field for field in schema if field.name not in without])
    frame = pl.from_arrow(kept.empty_table())
    assert isinstance(frame, pl.DataFrame)
    return dict(frame.schema)


def polars_type(dtype: pa.DataType) -> pl.DataType:
    """Return the Polars type in which a column is scanned."""
    return polars_schema(pa.schema([("x", dtype)]))["x"]


def canonical(dtype: pa.DataType) -> pa.DataType:
    """Return the one type that stands for those that differ in the width of offsets and codes alone."""
    if pa.types.is_dictionary(dtype):
        return pa.dictionary(pa.int32(), canonical(dtype.value_type), dtype.ordered)
    if pa.types.is_string(dtype) or pa.types.is_string_view(dtype):
        return pa.large_string()
    if pa.types.is_binary(dtype) or pa.types.is_binary_view(dtype):
        return pa.large_binary()
    if pa.types.is_list(dtype) or pa.types.is_large_list(dtype):
        return pa.large_list(canonical(dtype.value_type))
    if pa.types.is_struct(dtype):
        return pa.struct([(field.name, canonical(field.type)) for field in dtype])
    return dtype


def is_number(dtype: pa.DataType) -> bool:
    """Return True for integers and floats."""
    return bool(pa.types.is_integer(dtype) or pa.types.is_floating(dtype))


def is_list(dtype: pa.DataType) -> bool:
    """Return True for every kind of list."""
    return bool(pa.types.is_list(dtype) or pa.types.is_large_list(dtype) or pa.types.is_fixed_size_list(dtype))


def holds_struct(dtype: pa.DataType) -> bool:
    """Return True for a struct, and for lists of them at any depth."""
    if is_list(dtype):
        return holds_struct(dtype.value_type)
    return bool(pa.types.is_struct(dtype))


def _distinct(schemas: Sequence[tuple[str, pa.Schema]]) -> tuple[list[str], list[pa.Schema], tuple[int, ...]]:
    """The distinct schemas with the first file of each, and the number of each file's.

    Files written alike have equal bytes of schema, so that columns are compared once per schema and not per file.
    """
    paths: list[str] = []
    distinct: list[pa.Schema] = []
    by_bytes: dict[bytes, int] = {}
    by_columns: dict[frozenset[tuple[str, pa.DataType]], int] = {}
    variant_of = []
    for path, schema in schemas:
        encoded = schema.remove_metadata().serialize().to_pybytes()
        if encoded not in by_bytes:
            _reject_repeated(path, schema)
            columns = frozenset((field.name, canonical(field.type)) for field in schema)
            by_bytes[encoded] = by_columns.setdefault(columns, len(distinct))
            if by_bytes[encoded] == len(distinct):
                paths.append(path)
                distinct.append(pa.schema([(field.name, field.type) for field in schema]))
        variant_of.append(by_bytes[encoded])
    return paths, distinct, tuple(variant_of)


def _reject_repeated(path: str, schema: pa.Schema) -> None:
    repeated = {name for name, count in Counter(schema.names).items() if count > 1}
    if repeated:
        raise SourceError(f"{path}: column {min(repeated)!r} occurs more than once")


def _reject_drift(paths: Sequence[str], distinct: Sequence[pa.Schema]) -> None:
    first_path, first, path, schema = paths[0], distinct[0], paths[1], distinct[1]
    for name in [*first.names, *schema.names]:
        if name not in schema.names:
            raise SourceError(f"column {name!r} is in {first_path} but not in {path}")
        if name not in first.names:
            raise SourceError(f"column {name!r} is in {path} but not in {first_path}")
        if canonical(first.field(name).type) != canonical(schema.field(name).type):
            raise _conflict(name, (first.field(name).type, first_path), (schema.field(name).type, path))


def _common_field(name: str, types: dict[pa.DataType, str]) -> pa.Field:
    common = next(iter(types)) if len(types) == 1 else common_type(types)
    if common is None:
        pairs = combinations(types.items(), 2)
        # Three may have no common type although every two have one: then the first and the last are named.
        found = next((pair for pair in pairs if common_type([pair[0][0], pair[1][0]]) is None), None)
        raise _conflict(name, *(found or (next(iter(types.items())), list(types.items())[-1])))
    return pa.field(name, common)


def _conflict(name: str, one: tuple[pa.DataType, str], other: tuple[pa.DataType, str]) -> SourceError:
    return SourceError(f"column {name!r} is {one[0]} in {one[1]} but {other[0]} in {other[1]}")


def _plain(dtype: pa.DataType) -> pa.DataType:
    return dtype.value_type if pa.types.is_dictionary(dtype) else dtype


def _is_moment(dtype: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(dtype) or pa.types.is_date(dtype))


def _finest(types: Iterable[pa.DataType]) -> str:
    return max((str(dtype.unit) for dtype in types), key=_UNITS.index)


def _common_decimal(types: Sequence[pa.DataType]) -> pa.DataType | None:
    scale = max(dtype.scale for dtype in types)
    digits = max(dtype.precision - dtype.scale for dtype in types) + scale
    return pa.decimal128(digits, scale) if digits <= _MAX_DECIMAL_DIGITS else None


def _common_list(types: Sequence[pa.DataType]) -> pa.DataType | None:
    item = common_type([dtype.value_type for dtype in types])
    sizes = {dtype.list_size if pa.types.is_fixed_size_list(dtype) else None for dtype in types}
    if item is None:
        return None
    size = sizes.pop()
    return pa.large_list(item) if sizes or size is None else pa.list_(item, size)


def _common_struct(types: Sequence[pa.DataType]) -> pa.DataType | None:
    names = dict.fromkeys(field.name for dtype in types for field in dtype)
    fields = []
    for name in names:
        common = common_type([dtype.field(name).type for dtype in types if dtype.get_field_index(name) >= 0])
        if common is None:
            return None
        fields.append((name, common))
    return pa.struct(fields)
