"""MapBatches: hand tables to a user function, partition by partition."""

from __future__ import annotations

from typing import Any, ClassVar

from bigframe.ops.base import Expr
from bigframe.plan.node import Plan
from bigframe.schema import DType


class MapBatches(Plan):
    """Call a function with a pandas frame per partition and take the frame it returns.

    ``labels`` are the names under which the function sees the input's columns, the first ``n_index`` of which form
    the index;
    ``outputs`` gives (id, label, dtype) of what it returns, index levels first (``n_index_out`` of them); ``holes``
    is that of :class:`bigframe.ops.functions.Call`. With ``keys``, columns of the input, a partition has all rows of a
    key, in their order.
    """

    tier: ClassVar[str] = "partitionwise"
    input: Plan
    function: str
    name: str
    labels: tuple[Any, ...]
    n_index: int
    outputs: tuple[tuple[str, Any, DType], ...]
    n_index_out: int
    options: tuple[tuple[str, Any], ...] = ()
    holes: tuple[tuple[Expr, ...], ...] = ()
    keys: tuple[str, ...] = ()

    def columns_out(self) -> dict[str, DType]:
        return {id: dtype for id, _, dtype in self.outputs}
