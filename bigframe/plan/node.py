"""The base of relational nodes: a table described by what made it."""

from __future__ import annotations

from typing import ClassVar

from bigframe.schema import DType
from bigframe.tree import Tree


class _Typed:
    """What a node has beside its fields; outside the dataclass, so that it is no parameter."""

    schema: dict[str, DType]


class Plan(_Typed, Tree):
    """A table: its inputs are its fields that hold plans, its columns have ids that are unique within it.

    ``schema`` maps column id to dtype, in order. Unless a node says otherwise it keeps the row order of its input.
    """

    tier: ClassVar[str] = "native"

    def __post_init__(self) -> None:
        super().__post_init__()
        schema = {id: dtype.named(f"{self.digest}/{id}") for id, dtype in self.columns_out().items()}
        object.__setattr__(self, "schema", schema)

    def columns_out(self) -> dict[str, DType]:
        """The schema, from the schemas of the inputs."""
        raise NotImplementedError

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return tuple(child for child in self.children() if isinstance(child, Plan))
