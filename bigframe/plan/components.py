"""Components: the connected components of a graph given by its edges."""

from __future__ import annotations

from bigframe.plan.node import Plan
from bigframe.schema import INT64, DType


class Components(Plan):
    """One row per node of the graph whose edges are the input's rows: the node, and the smallest of its component."""

    input: Plan
    edge: tuple[str, str]
    node: str
    root: str

    def columns_out(self) -> dict[str, DType]:
        return {self.node: INT64, self.root: INT64}
