"""Kernel of joins: null matches null, and order is kept only where somebody sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import polars as pl

from bigframe.ids import derive, stem
from bigframe.plan.filter import Filter
from bigframe.plan.join import Join
from bigframe.plan.node import Plan
from bigframe.plan.project import Project
from bigframe.plan.scan import Scan
from engine.kernels.relational.lower import relational

_ORDER: dict[str, Any] = {"right": "right_left", "semi": "left", "anti": "left"}
_PROMISES = {"1:1": "one-to-one", "1:m": "one-to-many", "m:1": "many-to-one"}
_REPEATED_LABELS: dict[str, tuple[type[Exception], str]] = {
    "value:1": (pd.errors.InvalidIndexError, "Reindexing only valid with uniquely valued Index objects"),
    "label:1": (ValueError, "cannot reindex on an axis with duplicate labels"),
}


@relational(Join)
def join(node: Join, left: pl.LazyFrame, right: pl.LazyFrame) -> pl.LazyFrame:
    if node.how == "cross":
        return _product(node, left, right)
    left_unique, right_unique = (side == "1" for side in (node.validate or "m:m").split(":"))
    left = _checked(left, node.left_on, "left", node.validate) if left_unique else left
    right = _checked(right, node.right_on, "right", node.validate) if right_unique else right
    if node.narrows and node.build == "left":
        left = _filtered(node.left, left, node.left_on)
    elif node.narrows:
        right = _filtered(node.right, right, node.right_on)
    joined = left.join(
        right,
        left_on=list(node.left_on),
        right_on=list(node.right_on),
        how="full" if node.how == "outer" else node.how,  # type: ignore[arg-type]
        nulls_equal=_may_both_be_missing(node),
        coalesce=False,
        maintain_order=_ORDER.get(node.how, "left_right") if node.ordered else "none",
        # A side that is forced would not filter the scans of the other one.
        build_side=f"prefer_{node.build}" if node.build else "auto",  # type: ignore[arg-type]
    )
    return joined.select(list(node.schema))


def _filtered(plan: Plan, frame: pl.LazyFrame, keys: tuple[str, ...]) -> pl.LazyFrame:
    """The same rows as if filtered: only of such a side Polars has the scans of the other one look for its keys.

    Of a side that is joined itself it does not, and takes the filter down to a scan, which then reads all keys for it.
    """
    while isinstance(plan, Project):
        plan = plan.input
    if isinstance(plan, (Filter, Join)) or isinstance(plan, Scan) and plan.predicate is not None:
        return frame
    key = pl.col(keys[0])
    return frame.filter(key.is_null() | key.is_not_null())


def _may_both_be_missing(node: Join) -> bool:
    """Whether a missing key may meet another; Polars filters the scans below a join only where it need not look."""
    pairs = zip(node.left_on, node.right_on, strict=True)
    return not all(node.left.schema[a].never_missing or node.right.schema[b].never_missing for a, b in pairs)


def _product(node: Join, left: pl.LazyFrame, right: pl.LazyFrame) -> pl.LazyFrame:
    """Every left row with every right row; Polars' own product has no order, a join on a constant has."""
    if not node.ordered:
        return left.join(right, how="cross").select(list(node.schema))
    key = derive("every", node.digest)
    one = pl.lit(1, dtype=pl.Int8).alias(key)
    return (
        left.with_columns(one)
        .join(right.with_columns(one), on=key, maintain_order="left_right")
        .select(list(node.schema))
    )


def _checked(frame: pl.LazyFrame, keys: tuple[str, ...], side: str, validate: str | None) -> pl.LazyFrame:
    """The same rows, or pandas' error if keys repeat."""
    check = _unique_keys(keys, side, _PROMISES.get(validate or "", validate or ""))
    return frame.map_batches(check, predicate_pushdown=False, projection_pushdown=False, slice_pushdown=False)


def _unique_keys(keys: tuple[str, ...], side: str, promise: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def check(batch: pl.DataFrame) -> pl.DataFrame:
        repeated = batch.select(keys).filter(pl.struct(keys).is_first_distinct().not_())
        if repeated.height and promise in _REPEATED_LABELS:
            error, message = _REPEATED_LABELS[promise]
            raise error(message)
        if repeated.height:
            shown = repeated.head(5).rename(stem).to_pandas().to_string(index=False)
            gap = "\n\n" if promise == "many-to-one" else "\n"  # as pandas writes it
            raise pd.errors.MergeError(
                f"Merge keys are not unique in {side} dataset; not a {promise} merge{gap}"
                f"Duplicates in {side}:\n {shown} ..."
            )
        return batch

    return check
