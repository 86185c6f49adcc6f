"""User functions: how they are shipped, and where their result types come from. They are never called on invented data."""

from __future__ import annotations

import inspect
import logging
import typing
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.columns import Columns
from bigframe.api.looking.run import collect
from bigframe.errors import Unsupported
from bigframe.ids import derive
from bigframe.interchange import series_to_arrow
from bigframe.literals import is_missing
from bigframe.ops.base import Column, Expr
from bigframe.ops.functions import Call, Lookup
from bigframe.plan import payloads
from bigframe.plan.calling import called_by_pandas
from bigframe.plan.map_batches import MapBatches
from bigframe.schema import FLOAT64, DType
from bigframe.semantics import selecting
from bigframe.semantics.casting import target_dtype
from bigframe.semantics.frame import Frame
from bigframe.semantics.settling import holes
from bigframe.semantics.values import literal
from bigframe.session import current

_log = logging.getLogger("bigframe")
SAMPLE_ROWS = 100


def call_each(
    frame: Frame,
    function: Callable[[Any], Any],
    label: Hashable,
    output_type: Any,
    *,
    rows: bool = False,
    skip_missing: bool = False,
) -> Frame:
    """A column of what a function returns for each value, or for each row."""
    payload, name = shipped(function)
    dtype = _declared(function, output_type)
    if dtype is None:
        dtype = _from_first_rows(frame, function, name, rows=rows, skip_missing=skip_missing)
    given = frame.with_explicit_index() if rows else frame
    names = given.index_ids if rows else ()
    call = Call(
        tuple(Column(id) for id in (*names, *frame.ids)),
        payload,
        name,
        "row" if rows else "value",
        dtype,
        labels=frame.labels if rows else (),
        skip_missing=skip_missing,
        holes=holes(given, (*names, *frame.ids)),
    )
    given, id = given.define(call)
    return given.with_index(frame.index).select((label,), (id,))


def shipped(function: Callable[..., Any], name: str | None = None) -> tuple[str, str]:
    """The hash that stands for a function, and its name; refused before anything runs where its job would be."""
    name = name if name is not None else str(getattr(function, "__qualname__", type(function).__name__))
    current().check_function(name)
    return payloads.put(function), name


def map_frame(frame: Frame, function: Callable[..., Any], output_types: Mapping[Hashable, Any] | None) -> Frame:
    """A frame of what a function returns for each partition."""
    payload, name = shipped(function)
    if output_types is not None:
        types = {label: target_dtype(dtype).or_missing() for label, dtype in output_types.items()}
    else:
        sample = collect(selecting.take_slice(frame, 0, SAMPLE_ROWS))[0]
        with called_by_pandas():
            result = payloads.ready(function)(sample)
        if not isinstance(result, pd.DataFrame):
            raise TypeError(f"{name} must return a DataFrame, it returned {type(result).__name__}")
        types = {
            label: series_to_arrow(result[label], f"column {label!r} of {name}")[1].or_missing()
            for label in result.columns
        }
        announce_type(name, {str(label): str(dtype) for label, dtype in types.items()}, len(sample))
    rows = frame.with_explicit_index()
    plan = rows.plan()
    labels = (*(level for level, _ in rows.index or ()), *rows.labels)
    columns = Frame(plan, labels, (*rows.index_ids, *rows.ids)).plan()
    ids = [derive("index", str(level), plan.digest, payload) for level in range(len(rows.index_ids))]
    outs = [derive(str(label), plan.digest, payload) for label in types]
    outputs = (
        *((id, level, plan.schema[old]) for id, (level, old) in zip(ids, rows.index or (), strict=True)),
        *((id, label, dtype) for id, (label, dtype) in zip(outs, types.items(), strict=True)),
    )
    given = holes(rows, columns.schema)
    mapped = MapBatches(columns, payload, name, labels, len(ids), outputs, len(ids), holes=given)
    index = tuple(zip((level for level, _ in rows.index or ()), ids, strict=True))
    return Frame(mapped, tuple(types), tuple(outs), index)


def lookup(operand: Expr, dtype: DType, mapping: Mapping[Any, Any] | pd.Series) -> Expr:
    """The values of a mapping at the keys in a column; missing where there is no key.

    Raises
    ------
    Unsupported
        If the column is nullable or Arrow-backed, where pandas' answer depends on the keys found.
    """
    if dtype.categories is not None:
        raise Unsupported(f"map of {dtype} by a mapping", "pandas maps the categories", ".astype('str') first")
    if dtype.is_three_valued:
        raise Unsupported(
            f"map of {dtype} by a mapping", "its dtype depends on the keys found", ".map(mapping.get, output_type=...)"
        )
    if isinstance(mapping, pd.Series) and not mapping.index.is_unique:
        raise pd.errors.InvalidIndexError("Reindexing only valid with uniquely valued Index objects")
    values = mapping if isinstance(mapping, pd.Series) else pd.Series(list(mapping.values()))
    array, value_dtype = series_to_arrow(values, "the mapping's values") if len(values) else (values, FLOAT64)
    if value_dtype.is_list or value_dtype.is_struct:
        raise Unsupported("map to lists", "a lookup gives one value per key", ".map(mapping.get)")
    keys = list(mapping.index if isinstance(mapping, pd.Series) else mapping)
    texts = any(isinstance(key, str) for key in keys)
    items = zip(keys, array.to_pylist() if len(values) else [], strict=True)
    pairs = [(_key(key, dtype), value) for key, value in items if _matches(key, dtype, texts)]
    return Lookup(operand, tuple(key for key, _ in pairs), tuple(value for _, value in pairs), value_dtype.or_missing())


def with_defaults(mapping: Mapping[Any, Any]) -> Callable[[Any], Any]:
    """What a dictionary that has defaults says of each value; NaN is one key, whichever object it is."""
    nans = [value for key, value in mapping.items() if isinstance(key, float) and key != key]

    def found(value: Any) -> Any:
        if nans and isinstance(value, float) and value != value:
            return nans[0]
        return mapping[value]

    return found


def _matches(key: Any, dtype: DType, among_texts: bool) -> bool:
    """Whether a key is of the column's kind; a bool is no number here, and only NaN and NaT stand for a missing value."""
    if is_missing(key):
        if dtype.is_string and among_texts:
            return True  # among strings pandas reads any missing key as NaN
        return key is pd.NaT if dtype.is_time else isinstance(key, float)
    if isinstance(key, (bool, np.bool_)) != dtype.is_bool:
        return False
    kind = literal(key).dtype
    same_kind = kind.is_numeric and dtype.is_numeric or kind.arrow.id == dtype.arrow.id
    return same_kind and (not dtype.is_integer or key == key // 1)


def _key(key: Any, dtype: DType) -> Any:
    return None if is_missing(key) else int(key) if dtype.is_integer else literal(key).value


def _declared(function: Callable[..., Any], output_type: Any) -> DType | None:
    if output_type is not None:
        return target_dtype(output_type).or_missing()
    is_object = not inspect.isroutine(function) and not isinstance(function, type)
    target: Any = type(function).__call__ if is_object else function
    try:
        annotation = typing.get_type_hints(target).get("return")
    except (NameError, TypeError):
        return None
    if annotation in (int, float, bool, str):
        return target_dtype(annotation).or_missing()
    return None


def _from_first_rows(frame: Frame, function: Callable[..., Any], name: str, *, rows: bool, skip_missing: bool) -> DType:
    sample = collect(selecting.take_slice(frame, 0, SAMPLE_ROWS))[0]
    with called_by_pandas():
        if rows:
            result = sample.apply(payloads.ready(function), axis=1)
        else:
            result = sample.iloc[:, 0].map(payloads.ready(function), na_action="ignore" if skip_missing else None)
    if isinstance(result, pd.DataFrame) or any(isinstance(value, (pd.Series, Columns)) for value in result):
        raise Unsupported(f"apply of {name}", "it returns several values for each")
    if not len(sample):
        raise Unsupported(f"a call of {name}", "the type of what it returns is not known", "output_type=")
    _, dtype = series_to_arrow(result, f"the result of {name}")
    announce_type(name, str(dtype), len(sample))
    return dtype.or_missing()


def announce_type(name: str, found: Any, rows: int) -> None:
    """Say that a function was run to learn what it returns."""
    _log.warning(
        "ran %s on the first %d rows to learn that it returns %s; "
        "annotate its return type or pass output_type= to avoid this job",
        name, rows, found,
    )  # fmt: skip
