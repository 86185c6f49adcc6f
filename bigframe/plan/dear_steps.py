"""Dear steps: those that take far longer than reading the rows does."""

from __future__ import annotations

from bigframe.ops.base import Expr
from bigframe.ops.windows import Window
from bigframe.plan.catalog import MapBatches, Plan


def is_dear(node: Plan) -> bool:
    """Whether rows pass a user's function, a model, or a kernel that looks at every word."""
    return isinstance(node, MapBatches) or any(_is_dear(expr) for expr in node.children() if isinstance(expr, Expr))


def _is_dear(expr: Expr) -> bool:
    return not (expr.is_cheap or isinstance(expr, Window)) or any(map(_is_dear, expr.operands()))
