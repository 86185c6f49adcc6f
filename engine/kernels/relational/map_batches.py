"""Kernel of user functions over partitions."""

from __future__ import annotations

import pandas as pd
import polars as pl

from bigframe.errors import ExecutionError
from bigframe.plan.map_batches import MapBatches
from engine.kernels.functions import answered, calling, instance
from engine.kernels.interchange import series_from_pandas, series_to_pandas
from engine.kernels.raised import raised
from engine.kernels.relational.lower import relational
from engine.kernels.types import polars_type


@relational(MapBatches)
def map_batches(node: MapBatches, frame: pl.LazyFrame) -> pl.LazyFrame:
    schema = {id: polars_type(dtype.arrow) for id, _, dtype in node.outputs}

    def run(batch: pl.DataFrame) -> pl.DataFrame:
        given = _to_pandas(node, batch)
        before = given.copy(deep=True) if len(given) else given
        try:
            with calling():
                result = instance(node.function)(given)
        except Exception as error:
            raise raised(node.name, error, node.origin, __file__) from error
        if not given.equals(before):
            raise ExecutionError(
                f"{node.name} changed the frame it was given; work on a copy (called at {node.origin})"
            )
        return _from_pandas(node, result)

    return frame.map_batches(
        run, schema=schema, predicate_pushdown=False, projection_pushdown=False, slice_pushdown=False
    )


def _to_pandas(node: MapBatches, batch: pl.DataFrame) -> pd.DataFrame:
    dtypes = list(node.input.schema.values())
    series = [
        series_to_pandas(batch.to_series(number), dtype, was_missing=answered(scalars))
        for number, (dtype, scalars) in enumerate(zip(dtypes, node.holes, strict=True))
    ]
    width = node.n_index
    frame = pd.DataFrame(dict(enumerate(series[width:])), index=pd.RangeIndex(batch.height))
    frame.columns = pd.Index(list(node.labels[width:]))
    if width == 1:
        frame.index = pd.Index(series[0], name=node.labels[0])
    elif width > 1:
        frame.index = pd.MultiIndex.from_arrays(series[:width], names=list(node.labels[:width]))
    return frame


def _from_pandas(node: MapBatches, result: object) -> pl.DataFrame:
    if not isinstance(result, pd.DataFrame):
        raise ExecutionError(
            f"{node.name} must return a DataFrame, it returned {type(result).__name__} (called at {node.origin})"
        )
    declared = [label for _, label, _ in node.outputs[node.n_index_out :]]
    if list(result.columns) != declared:
        raise ExecutionError(
            f"{node.name} returned columns {list(result.columns)}, declared are {declared} (called at {node.origin})"
        )
    columns = {}
    for number, (id, label, dtype) in enumerate(node.outputs):
        values = result.index.get_level_values(number).to_series() if number < node.n_index_out else result[label]
        try:
            columns[id] = series_from_pandas(values.reset_index(drop=True), dtype).rename(id)
        except (TypeError, ValueError) as error:
            raise ExecutionError(
                f"{node.name} returned column {label!r} that is not {dtype}: {error} (called at {node.origin})"
            ) from error
    return pl.DataFrame(columns)
