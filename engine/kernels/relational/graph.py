"""Kernels of graphs: candidate pairs of buckets, connected components and their merge."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from bigframe.plan.buckets import Buckets
from bigframe.plan.components import Components
from bigframe.plan.node import Plan
from bigframe.schema import INT64, DType
from engine.kernels.relational.lower import relational
from engine.kernels.text.candidates import candidate_pairs
from engine.kernels.text.components import Forest, connected_components


class PartialComponents(Plan):
    """The components of the edges in one partition."""

    input: Plan
    edge: tuple[str, str]
    node: str
    root: str

    def columns_out(self) -> dict[str, DType]:
        return {self.node: INT64, self.root: INT64}


class MergeComponents(Plan):
    """The components of a graph from those of its partitions."""

    input: Plan
    node: str
    root: str

    def columns_out(self) -> dict[str, DType]:
        return {self.node: INT64, self.root: INT64}


def _of_all_rows(frame: pl.LazyFrame, run: Callable[[pl.DataFrame], pl.DataFrame], node: Plan) -> pl.LazyFrame:
    """A function called once with all rows; Polars moves nothing through it."""
    return frame.map_batches(
        run, schema=_schema(node), predicate_pushdown=False, projection_pushdown=False, slice_pushdown=False
    )


def _schema(node: Plan) -> dict[str, pl.DataType]:
    return {id: pl.Int64() for id in node.schema}


@relational(Components, PartialComponents)
def components(node: Components | PartialComponents, frame: pl.LazyFrame) -> pl.LazyFrame:
    def run(edges: pl.DataFrame) -> pl.DataFrame:
        a, b = (edges.get_column(id).to_numpy() for id in node.edge)
        return _frame(node, connected_components(a, b))

    return _of_all_rows(frame, run, node)


@relational(MergeComponents)
def merge_components(node: MergeComponents, frame: pl.LazyFrame) -> pl.LazyFrame:
    def run(forest: pl.DataFrame) -> pl.DataFrame:
        nodes, roots = (forest.get_column(id).to_numpy() for id in (node.node, node.root))
        return _frame(node, connected_components(nodes, roots))

    return _of_all_rows(frame, run, node)


@relational(Buckets)
def buckets(node: Buckets, frame: pl.LazyFrame) -> pl.LazyFrame:
    def run(members: pl.DataFrame) -> pl.DataFrame:
        members = members.sort(node.bucket, node.member)
        buckets = members.get_column(node.bucket).rle_id().cast(pl.UInt64)
        a, b = candidate_pairs(buckets.to_numpy(), members.get_column(node.member).to_numpy(), leaders=node.leaders)
        return pl.DataFrame({node.pair[0]: a, node.pair[1]: b}, schema=_schema(node))

    return _of_all_rows(frame, run, node)


def _frame(node: Components | PartialComponents | MergeComponents, forest: Forest) -> pl.DataFrame:
    return pl.DataFrame({node.node: forest[0], node.root: forest[1]}, schema=_schema(node))
