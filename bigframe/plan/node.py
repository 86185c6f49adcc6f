"""The base of relational nodes: a table described by what made it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, ClassVar, Self

from bigframe.ops.base import Expr, plans_read
from bigframe.schema import DType
from bigframe.tree import Tree


class _Typed:
    """What a node has beside its fields; outside the dataclass, so that it is no parameter."""

    schema: dict[str, DType]
    inputs: tuple[Plan, ...]
    below: tuple[Plan, ...]


class Plan(_Typed, Tree):
    """A table: its inputs are its fields that hold plans, its columns have ids that are unique within it.

    ``schema`` maps column id to dtype, in order; ``below`` are the inputs and the plans that expressions take values
    from. Unless a node says otherwise it keeps the row order of its input.
    """

    tier: ClassVar[str] = "native"

    def __post_init__(self) -> None:
        super().__post_init__()
        own = vars(self)
        inputs: list[Plan] = []
        inner: list[Any] = []
        for child in self._children:
            if isinstance(child, Plan):
                inputs.append(child)
            elif isinstance(child, Expr):
                inner += plans_read(child)
        own["inputs"] = tuple(inputs)
        own["below"] = (*inputs, *inner)
        schema = self.columns_out()
        unnamed = {id: dtype for id, dtype in schema.items() if "" in dtype.unless_missing}
        if unnamed:
            schema = schema | {id: dtype.named(f"{self.digest}/{id}") for id, dtype in unnamed.items()}
        own["schema"] = schema

    @cached_property
    def digest(self) -> str:
        # Those below come first, because plans may be deeper than Python recurses.
        pending = [plan for plan in self.below if "digest" not in vars(plan)]
        while pending:
            node = pending[-1]
            below = [plan for plan in node.below if "digest" not in vars(plan)]
            pending += below
            if not below:
                vars(pending.pop())["digest"] = node._hash()
        return self._hash()

    def columns_out(self) -> dict[str, DType]:
        """The schema, from the schemas of the inputs."""
        raise NotImplementedError

    def on(self, changed: Callable[[Plan], Plan], **fields: Any) -> Self:
        """A copy with fields set over other plans below; the node itself if nothing changes."""
        if len(self.below) > len(self.inputs):
            return self._with_expressions_on(changed, fields)
        own = vars(self)
        for name in self.node_fields:
            value = own[name]
            if isinstance(value, Plan):
                fields[name] = changed(value)
            elif isinstance(value, tuple) and value and isinstance(value[0], Plan):
                fields[name] = tuple(map(changed, value))
        changes = {name: value for name, value in fields.items() if value is not own[name] and value != own[name]}
        return self.replace(**changes) if changes else self

    def _with_expressions_on(self, changed: Callable[[Plan], Plan], fields: dict[str, Any]) -> Self:
        if not fields and all(changed(plan) is plan for plan in self.below):
            return self

        def moved(node: Tree) -> Tree:
            if isinstance(node, Plan):
                return changed(node)
            return node.map_children(moved) if isinstance(node, Expr) and plans_read(node) else node

        return self.map_children(moved, **fields)


def plans(*roots: Plan) -> Iterator[Plan]:
    """Every distinct plan under ``roots``, children before parents: a walk that passes over expressions."""
    seen: set[Plan] = set()
    stack: list[Plan | tuple[Plan]] = [*reversed(roots)]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            yield node[0]
        elif node not in seen:
            seen.add(node)
            stack.append((node,))
            stack += node.below[::-1]
