"""Scalars of other frames: computed by earlier stages of the job, then put in as literals."""

from __future__ import annotations

from typing import Any

from bigframe.ops.base import Literal, Scalar
from bigframe.plan.node import Plan
from bigframe.tree import Tree, rewrite_all, walk


def ready_scalars(roots: tuple[Plan, ...]) -> list[Scalar]:
    """Scalars whose own plans hold no other scalar, each once."""
    waiting: dict[int, bool] = {}
    found: dict[str, Scalar] = {}
    for node in walk(*roots):
        inside = any(waiting[id(child)] for child in node.children())
        if isinstance(node, Scalar) and not inside:
            found[node.digest] = node
        waiting[id(node)] = inside or isinstance(node, Scalar)
    return list(found.values())


def with_values(roots: tuple[Plan, ...], values: dict[str, Any]) -> tuple[Plan, ...]:
    """The plans with scalars, by digest, replaced by literals."""

    def put_in(node: Tree) -> Tree:
        if isinstance(node, Scalar) and node.digest in values:
            return Literal(values[node.digest], node.dtype)
        return node

    replaced: tuple[Plan, ...] = rewrite_all(roots, put_in)
    return replaced
