"""The ground of plans and expressions: immutable nodes with a structural digest and one generic codec."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import Any, ClassVar, Self, dataclass_transform

from bigframe.literals import encode

_line: ContextVar[str | None] = ContextVar("line")
_text = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@dataclass_transform(frozen_default=True, eq_default=False)
class Tree:
    """An immutable node; annotated fields are parameters, those holding nodes are its children.

    Two nodes with the same ``digest`` ask for the same thing. The digest is taken when the node is made, from those of
    its children, so that no walk over a plan is ever recursive.
    """

    registry: ClassVar[dict[str, type[Tree]]] = {}
    field_names: ClassVar[tuple[str, ...]] = ()
    digest: str
    origin: str | None
    _children: tuple[Tree, ...]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        dataclasses.dataclass(frozen=True, eq=False, repr=False)(cls)
        cls.field_names = tuple(f.name for f in dataclasses.fields(cls))  # type: ignore[arg-type]
        if not cls.__name__.startswith("_"):
            Tree.registry[cls.__name__] = cls

    def __post_init__(self) -> None:
        children: list[Tree] = []

        def met(child: Tree) -> str:
            children.append(child)
            return child.digest

        own = [type(self).__name__, *(to_wire(getattr(self, name), met) for name in self.field_names)]
        text = _text(own)
        object.__setattr__(
            self, "digest", hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        )
        object.__setattr__(self, "_children", tuple(children))
        try:
            origin = _line.get()
        except LookupError:
            origin = user_line()
        object.__setattr__(self, "origin", origin)

    def children(self) -> tuple[Tree, ...]:
        """The nodes that this node's fields hold, in field order."""
        return self._children

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed, which keeps the line of the user's code that made the original."""
        with made_for(self):
            return dataclasses.replace(self, **changes)  # type: ignore[type-var]

    def map_children(self, function: Callable[[Any], Any], **fields: Any) -> Self:
        """A copy with fields set and all children passed through a function; the node itself if nothing changes."""
        mapped = {id(child): function(child) for child in self._children}
        if not fields and all(mapped[id(child)] is child for child in self._children):
            return self
        changes = {}
        for name in self.field_names:
            old = getattr(self, name)
            new = _map_nodes(fields.get(name, old), lambda child: mapped.get(id(child)) or function(child))
            # A tuple of the same nodes, made anew, is no change: rebuilding a node costs more than this look.
            if new is not old and not (isinstance(new, tuple) and new == old):
                changes[name] = new
        return self.replace(**changes) if changes else self

    def __repr__(self) -> str:
        fields = ", ".join(
            f"{name}={getattr(self, name)!r}" for name in self.field_names if not isinstance(getattr(self, name), Tree)
        )
        return f"{type(self).__name__}({fields})"


def to_wire(value: Any, of_node: Callable[[Tree], Any]) -> Any:
    """A field as JSON: nodes through ``of_node``, containers item by item, everything else as a literal."""
    if isinstance(value, Tree):
        return {"node": of_node(value)}
    if isinstance(value, tuple):
        return [to_wire(item, of_node) for item in value]
    return encode(value)


def walk(*roots: Tree) -> Iterator[Tree]:
    """Every distinct node under ``roots``, children before parents."""
    seen: set[int] = set()
    stack: list[tuple[Tree, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        if id(node) in seen:
            continue
        if ready or not node._children:
            seen.add(id(node))
            yield node
        else:
            stack.append((node, True))
            stack += [(child, False) for child in reversed(node._children) if id(child) not in seen]


def rewrite(root: Tree, function: Callable[[Any], Any]) -> Any:
    """Rebuild a tree bottom up: ``function`` gets every node once, with its children already rebuilt."""
    return rewrite_all((root,), function)[0]


def rewrite_all(roots: tuple[Tree, ...], function: Callable[[Any], Any]) -> tuple[Any, ...]:
    """:func:`rewrite` for several roots, so that what they share stays shared."""
    done: dict[int, Any] = {}
    for node in walk(*roots):
        done[id(node)] = function(node.map_children(lambda child: done[id(child)]))
    return tuple(done[id(root)] for root in roots)


@contextmanager
def made_for(node: Tree) -> Iterator[None]:
    """Nodes made inside stand for ``node``, so they carry the line of the user's code that made it."""
    before = _line.set(node.origin)
    try:
        yield
    finally:
        _line.reset(before)


def user_line() -> str | None:
    """``file:line`` of the innermost frame outside bigframe; none for nodes that the engine makes by itself."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package == "engine":
            return None
        if package != "bigframe":
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return None


def _map_nodes(value: Any, function: Callable[[Any], Any]) -> Any:
    if isinstance(value, Tree):
        return function(value)
    if isinstance(value, tuple):
        items = tuple(_map_nodes(item, function) for item in value)
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    return value
