"""Arrow schemas of files: unified over a dataset, and as Polars types."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl
import pyarrow as pa

from bigframe.errors import SourceError


def unify_schemas(schemas: Sequence[tuple[str, pa.Schema]]) -> pa.Schema:
    """Return the one schema of several files.

    Parameters
    ----------
    schemas
        (path, schema) of each file.

    Returns
    -------
    pa.Schema
        That of the first file, with its metadata. Other files have the same columns in any order, with the same types
        up to the width of offsets and of dictionary codes.

    Raises
    ------
    SourceError
        Names the column and both files where one lacks it or types it otherwise, or a repeated column name.

    Examples
    --------
    >>> unify_schemas([("a", pa.schema([("x", pa.string())])), ("b", pa.schema([("x", pa.large_string())]))]).names
    ['x']
    """
    first_path, first = schemas[0]
    repeated = {name for name in first.names if first.names.count(name) > 1}
    if repeated:
        raise SourceError(f"{first_path}: column {min(repeated)!r} occurs more than once")
    expected = {field.name: _canonical(field.type) for field in first}
    for path, schema in schemas[1:]:
        for name in [*first.names, *schema.names]:
            holder, other = (first_path, path) if name in expected else (path, first_path)
            if name not in expected or name not in schema.names:
                raise SourceError(f"column {name!r} is in {holder} but not in {other}")
            if _canonical(schema.field(name).type) != expected[name]:
                types = f"{first.field(name).type} in {first_path} but {schema.field(name).type} in {path}"
                raise SourceError(f"column {name!r} is {types}")
    return first


def polars_schema(schema: pa.Schema, without: Collection[str] = ()) -> dict[str, pl.DataType]:
    """Return the Polars types in which columns of `schema` are scanned, except those named in `without`."""
    kept = pa.schema([field for field in schema if field.name not in without])
    frame = pl.from_arrow(kept.empty_table())
    assert isinstance(frame, pl.DataFrame)
    return dict(frame.schema)


def _canonical(dtype: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(dtype):
        return pa.dictionary(pa.int32(), _canonical(dtype.value_type), dtype.ordered)
    if pa.types.is_string(dtype) or pa.types.is_string_view(dtype):
        return pa.large_string()
    if pa.types.is_binary(dtype) or pa.types.is_binary_view(dtype):
        return pa.large_binary()
    if pa.types.is_list(dtype) or pa.types.is_large_list(dtype):
        return pa.large_list(_canonical(dtype.value_type))
    if pa.types.is_struct(dtype):
        return pa.struct([(field.name, _canonical(field.type)) for field in dtype])
    return dtype
