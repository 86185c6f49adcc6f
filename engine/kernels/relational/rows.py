"""Kernels of nodes that keep, drop or order whole rows."""

from __future__ import annotations

import polars as pl

from bigframe.plan.concat import Concat
from bigframe.plan.distinct import Distinct
from bigframe.plan.explode import Explode
from bigframe.plan.filter import Filter
from bigframe.plan.number import Number
from bigframe.plan.slice import Slice
from bigframe.plan.sort import Sort
from bigframe.plan.unpivot import Unpivot
from engine.kernels.registry import compile
from engine.kernels.relational.lower import relational
from engine.kernels.types import polars_type


@relational(Filter)
def keep(node: Filter, frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.filter(compile(node.predicate, node.input.schema).expr)


@relational(Sort)
def order(node: Sort, frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.sort(
        [key for key, _, _ in node.by],
        descending=[descending for _, descending, _ in node.by],
        nulls_last=[last for _, _, last in node.by],
        maintain_order=True,
    )


@relational(Slice)
def cut(node: Slice, frame: pl.LazyFrame) -> pl.LazyFrame:
    rows = frame.slice(node.offset, node.length)
    if not node.exact:
        return rows

    def check(batch: pl.DataFrame) -> pl.DataFrame:
        if batch.height < (node.length or 0):
            raise ValueError("Cannot take a larger sample than population when 'replace=False'")
        return batch

    return rows.map_batches(check, predicate_pushdown=False, projection_pushdown=False, slice_pushdown=False)


@relational(Distinct)
def unique(node: Distinct, frame: pl.LazyFrame) -> pl.LazyFrame:
    ordered = node.keep in ("first", "last", "none")
    return frame.unique(list(node.keys), keep=node.keep, maintain_order=ordered)  # type: ignore[arg-type]


@relational(Explode)
def explode(node: Explode, frame: pl.LazyFrame) -> pl.LazyFrame:
    if len(node.columns) > 1 and not node.drop_empty:
        frame = _matched(frame, node)
    return frame.explode(list(node.columns), empty_as_null=not node.drop_empty, keep_nulls=not node.drop_empty)


def _matched(frame: pl.LazyFrame, node: Explode) -> pl.LazyFrame:
    """Lists that explode together: an empty or missing one counts as one missing item, as in pandas."""

    def check(batch: pl.DataFrame) -> pl.DataFrame:
        lengths = [batch.get_column(id).list.len() for id in node.columns]
        if any((length != lengths[0]).any() for length in lengths[1:]):
            raise ValueError("columns must have matching element counts")
        return batch

    def filled(id: str) -> pl.Expr:
        item = polars_type(node.input.schema[id].arrow.value_type)
        return (
            pl.when(pl.col(id).list.len() > 0)
            .then(pl.col(id))
            .otherwise(pl.concat_list(pl.lit(None, dtype=item)))
            .alias(id)
        )

    whole = frame.with_columns(filled(id) for id in node.columns)
    return whole.map_batches(check, predicate_pushdown=False, projection_pushdown=False, slice_pushdown=False)


@relational(Unpivot)
def unpivot(node: Unpivot, frame: pl.LazyFrame) -> pl.LazyFrame:
    label, *columns = node.schema
    labels = pl.Series(node.labels, dtype=polars_type(node.schema[label].arrow))
    lists = [pl.lit(labels).implode().alias(label)]
    for id, sources in node.columns:
        kind = polars_type(node.schema[id].arrow)
        # In structs, because lists of lists would become one list.
        lists.append(pl.concat_list(pl.struct(pl.col(source).cast(kind).alias(id)) for source in sources).alias(id))
    rows = frame.select(lists).explode(label, *columns)
    return rows.with_columns(pl.col(id).struct.field(id) for id in columns)


@relational(Number)
def number(node: Number, frame: pl.LazyFrame) -> pl.LazyFrame:
    names = list(node.schema)
    return frame.with_row_index(node.id).with_columns(pl.col(node.id).cast(pl.Int64)).select(names)


@relational(Concat)
def stack(node: Concat, *frames: pl.LazyFrame) -> pl.LazyFrame:
    kinds = [(id, polars_type(dtype.arrow)) for id, dtype in node.schema.items()]
    return pl.concat([frame.select(pl.col(id).cast(kind) for id, kind in kinds) for frame in frames], how="vertical")
