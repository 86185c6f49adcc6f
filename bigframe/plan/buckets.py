"""Buckets: candidate pairs among rows that share a bucket."""

from __future__ import annotations

from bigframe.plan.node import Plan
from bigframe.schema import INT64, DType


class Buckets(Plan):
    """Pairs (smaller id, larger id) of rows with equal ``bucket``: each row with the bucket's first ``leaders`` rows.

    First means by id. Linear in the size of a bucket, and all pairs of a bucket of up to ``leaders + 1`` rows. A pair
    that shares several buckets may come several times.
    """

    input: Plan
    bucket: str
    member: str
    pair: tuple[str, str]
    leaders: int = 8

    def columns_out(self) -> dict[str, DType]:
        return {self.pair[0]: INT64, self.pair[1]: INT64}
