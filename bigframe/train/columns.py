"""How an Arrow column becomes what a training step reads: NumPy arrays, without Python objects per row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types as pt

from bigframe.errors import Unsupported

Fed = npt.NDArray[np.generic] | list[str | None]

_INSTEAD = {
    pt.is_decimal: "astype('float64')",
    pt.is_dictionary: "astype('str') or .cat.codes",
    pt.is_struct: "one column per field",
}


def choose_columns(schema: pa.Schema, columns: Sequence[str] | None) -> tuple[str, ...]:
    """Columns to feed, checked before anything is read.

    Parameters
    ----------
    schema
        Schema of the blocks.
    columns
        Names, in the order of the batch's keys; None takes all, and then refuses strings: they are the one type that
        makes a Python object per row, so they must be asked for by name.

    Returns
    -------
    tuple of str
        The names.

    Raises
    ------
    KeyError
        A name is not in the schema.
    ValueError
        A name occurs twice, or two columns would give the same key.
    Unsupported
        A column has a type that no tensor holds.
    """
    names = tuple(schema.names if columns is None else columns)
    keys: set[str] = set()
    for name in names:
        found = len(schema.get_all_field_indices(name))
        if found == 0:
            raise KeyError(f"column {name!r} is not in the blocks, which have {schema.names}")
        kind = schema.field(schema.get_field_index(name)).type
        if found > 1 or not keys.isdisjoint(keys_of(name, kind)):
            raise ValueError(f"column {name!r} would give a batch two entries of the same name; rename one")
        keys.update(keys_of(name, kind))
        if not (is_text(kind) or is_dense(kind) or (is_ragged(kind) and is_number(kind.value_type))):
            instead = next((fix for test, fix in _INSTEAD.items() if test(kind)), None)
            raise Unsupported(f"column {name!r} in a torch batch", f"no tensor holds {kind}", instead)
        if columns is None and is_text(kind):
            raise Unsupported(
                f"column {name!r} in a torch batch",
                f"it holds {kind}, and strings are fed only when asked for",
                f"columns=[…, {name!r}] to get a list of str per batch, or leave it out",
            )
    return names


def keys_of(name: str, kind: pa.DataType) -> tuple[str, ...]:
    """Entries of a batch that a column gives: its name, or ``__values`` and ``__offsets`` for lists of any length."""
    return (f"{name}__values", f"{name}__offsets") if is_ragged(kind) else (name,)


def feed(name: str, column: pa.Array) -> dict[str, Fed]:
    """Entries of a batch for the rows of one column.

    Parameters
    ----------
    name
        The column's name.
    column
        Its rows.

    Returns
    -------
    dict
        Numbers and booleans as they are, a missing float as NaN; fixed-size lists as 2-D arrays (nested ones with
        more dimensions); times as integers in their own unit (timestamps, durations and time64 int64, date32 and
        time32 int32); lists of any length as ``name__values`` and int64 ``name__offsets`` that start at 0; strings
        as a list. Arrays may be read-only views of the blocks.

    Raises
    ------
    ValueError
        Values are missing in a column of integers, booleans, times or lists.
    """
    if is_text(column.type):
        return {name: column.to_pylist()}
    if not is_ragged(column.type):
        return {name: dense(name, column)}
    if column.null_count:
        raise missing(name, column, "an empty list")
    offsets = column.offsets.to_numpy().astype(np.int64)
    values = dense(name, column.values.slice(offsets[0], offsets[-1] - offsets[0]))
    values_key, offsets_key = keys_of(name, column.type)
    return {values_key: values, offsets_key: offsets - offsets[0]}


def dense(name: str, column: pa.Array) -> npt.NDArray[np.generic]:
    """Array with one entry, or one equally shaped block of entries, per row."""
    kind = column.type
    if pt.is_fixed_size_list(kind):
        size = kind.list_size
        holes = column.is_null().to_numpy(zero_copy_only=False) if column.null_count else None
        if holes is not None and not pt.is_floating(entry_type(kind)):
            raise missing(name, column, "a list")
        inner = dense(name, column.values.slice(column.offset * size, len(column) * size))
        rows = inner.reshape(len(column), size, *inner.shape[1:])
        return rows if holes is None else np.where(holes.reshape(-1, *[1] * (rows.ndim - 1)), np.nan, rows)
    if column.null_count and not pt.is_floating(kind):
        raise missing(name, column, "a value")
    if pt.is_temporal(kind):
        column = column.view(pa.int32() if kind.bit_width == 32 else pa.int64())
    array: npt.NDArray[np.generic] = column.to_numpy(zero_copy_only=False)
    return array


def missing(name: str, column: pa.Array, filler: str) -> ValueError:
    """Error for values that a tensor cannot leave out."""
    return ValueError(
        f"column {name!r} ({column.type}) has {column.null_count} missing of {len(column)} values in a batch, and a "
        f"tensor can only mark a missing float: put {filler} there first, as with df[{name!r}].fillna(…), "
        f"or drop the rows with df.dropna(subset=[{name!r}])"
    )


def is_text(kind: pa.DataType) -> bool:
    """Type holds strings."""
    return bool(pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind))


def is_ragged(kind: pa.DataType) -> bool:
    """Type holds lists whose lengths differ."""
    return bool(pt.is_list(kind) or pt.is_large_list(kind))


def is_dense(kind: pa.DataType) -> bool:
    """Type holds entries of one shape."""
    kind = entry_type(kind)
    return is_number(kind) or bool(pt.is_temporal(kind) and not pt.is_interval(kind))


def entry_type(kind: pa.DataType) -> pa.DataType:
    """Type of the numbers in fixed-size lists of any depth."""
    while pt.is_fixed_size_list(kind):
        kind = kind.value_type
    return kind


def is_number(kind: pa.DataType) -> bool:
    """Type holds integers, floats or booleans."""
    return bool(pt.is_integer(kind) or pt.is_floating(kind) or pt.is_boolean(kind))
