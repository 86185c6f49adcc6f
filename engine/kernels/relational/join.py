"""Kernel of joins: null matches null, and order is kept only where somebody sees it."""

from __future__ import annotations

from typing import Any

import polars as pl

from bigframe.plan.join import Join
from engine.kernels.relational.lower import relational

_ORDER: dict[str, Any] = {"inner": "left_right", "left": "left_right", "right": "right_left", "semi": "left", "anti": "left"}


@relational(Join)
def join(node: Join, left: pl.LazyFrame, right: pl.LazyFrame) -> pl.LazyFrame:
    if node.how == "cross":
        return left.join(right, how="cross").select(list(node.schema))
    order = _ORDER.get(node.how, "none") if node.ordered else "none"
    left_on, right_on = _keys(node)
    joined = left.join(
        right,
        left_on=left_on,
        right_on=right_on,
        how="full" if node.how == "outer" else node.how,  # type: ignore[arg-type]
        nulls_equal=True,
        coalesce=False,
        validate=node.validate or "m:m",  # type: ignore[arg-type]
        maintain_order=order,
    )
    return joined.select(list(node.schema))


def _keys(node: Join) -> tuple[list[pl.Expr], list[pl.Expr]]:
    return [pl.col(id) for id in node.left_on], [pl.col(id) for id in node.right_on]
