"""The ground of plans and expressions: immutable nodes with a structural digest, and walks over them."""

from __future__ import annotations

import dataclasses
import hashlib
import operator
import re
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import cached_property, lru_cache
from types import FrameType
from typing import Any, ClassVar, Self, dataclass_transform

from bigframe.literals import encode

NO_DEFAULT = dataclasses.MISSING
_NOT_ASKED = ""
_line: ContextVar[str | None] = ContextVar("line", default=_NOT_ASKED)
_WORD = re.compile(r"\w+")


@dataclass_transform(frozen_default=True, eq_default=False)
class Tree:
    """An immutable node; annotated fields are parameters, those whose types name nodes hold its children.

    Two nodes with the same ``digest`` ask for the same thing. No walk over a plan is ever recursive.
    """

    registry: ClassVar[dict[str, type[Tree]]] = {}
    field_names: ClassVar[tuple[str, ...]] = ()
    defaults: ClassVar[dict[str, Any]] = {}
    node_fields: ClassVar[tuple[str, ...]] = ()
    _types: ClassVar[dict[str, str]] = {}
    origin: str | None
    _children: tuple[Tree, ...] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """What the decorator of dataclasses does, which takes a third of a millisecond for each of 300 classes."""
        super().__init_subclass__(**kwargs)
        bases = [base for base in reversed(cls.__mro__[1:]) if issubclass(base, Tree)]
        own = vars(cls).get("__annotations__", {})
        types = {name: str(kind) for name, kind in own.items() if not str(kind).startswith("ClassVar")}
        cls._types = {name: kind for base in bases for name, kind in base._types.items()} | types
        cls.defaults = {name: value for base in bases for name, value in base.defaults.items()}
        cls.defaults |= {name: vars(cls).get(name, NO_DEFAULT) for name in types}
        cls.field_names = tuple(cls.defaults)
        cls.node_fields = tuple(name for name, kind in cls._types.items() if _names_nodes(kind))
        if not cls.__name__.startswith("_"):
            Tree.registry[cls.__name__] = cls

    def __init__(self, *values: Any, **named: Any) -> None:
        names = self.field_names
        given = dict(zip(names, values))  # noqa: B905 - the lengths are compared below
        if named or len(values) != len(names):
            given = self._completed(given, named, len(values))
        self.__dict__.update(given)
        self.__post_init__()

    @classmethod
    def _completed(cls, given: dict[str, Any], named: dict[str, Any], count: int) -> dict[str, Any]:
        """The fields in order, with the default values of those that are not given."""
        if count > len(given):
            raise TypeError(f"{cls.__name__} has {len(given)} fields, not {count}")
        if wrong := [name for name in named if name in given or name not in cls.defaults]:
            raise TypeError(f"{cls.__name__} has no field {wrong[0]!r}, or it is given twice")
        fields = {**cls.defaults, **given, **named}
        missing = [name for name, value in fields.items() if value is NO_DEFAULT]
        if missing:
            raise TypeError(f"{cls.__name__}: the field {missing[0]!r} is missing")
        return fields

    def __setattr__(self, name: str, value: Any) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def __post_init__(self) -> None:
        own = vars(self)
        if self.node_fields:
            children: list[Tree] = []
            for name in self.node_fields:
                value = own[name]
                if isinstance(value, Tree):
                    children.append(value)
                else:
                    _collect(value, children)
            own["_children"] = tuple(children)
        if "origin" not in own:
            own["origin"] = current_line()

    @cached_property
    def digest(self) -> str:
        """A hash of the fields and of the children's digests, taken when first asked for: rewriting drops most nodes."""
        return self._hash()

    def _hash(self) -> str:
        own = vars(self)
        fields = [_told(own[name]) if name in self.node_fields else encode(own[name]) for name in self.field_names]
        # In ASCII, because which other characters Python escapes depends on its version.
        text = ascii((type(self).__name__, fields))
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

    def children(self) -> tuple[Tree, ...]:
        """The nodes that this node's fields hold, in field order."""
        return self._children

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed, which keeps the line of the user's code that made it; itself if none changes."""
        own, names = vars(self), self.field_names
        if all(name in own and _same(own[name], value) for name, value in changes.items()):
            return self
        fields = {name: own[name] for name in names}
        fields.update(changes)
        if len(fields) > len(names):
            raise TypeError(f"{type(self).__name__} has no field {min(fields.keys() - set(names))!r}")
        # Not by the constructor, which looks what is given: rewriting makes most nodes.
        made = object.__new__(type(self))
        vars(made).update(fields, origin=self.origin)
        made.__post_init__()
        return made

    def map_children(self, function: Callable[[Any], Any], **fields: Any) -> Self:
        """A copy with fields set and all children passed through a function; the node itself if nothing changes."""
        if not self._children and not fields:
            return self
        mapped = {child: function(child) for child in self._children}
        if not fields and all(new is child for child, new in mapped.items()):
            return self
        changes = {}
        for name in {*self.node_fields, *fields}:
            old = getattr(self, name)
            new = _map_nodes(fields.get(name, old), lambda child: mapped.get(child) or function(child))
            # A tuple of the same nodes, made anew, is no change: rebuilding a node costs more than this look.
            if new is not old and not (isinstance(new, tuple) and new == old):
                changes[name] = new
        return self.replace(**changes) if changes else self

    def __repr__(self) -> str:
        fields = ", ".join(
            f"{name}={getattr(self, name)!r}" for name in self.field_names if not isinstance(getattr(self, name), Tree)
        )
        return f"{type(self).__name__}({fields})"


def _names_nodes(annotation: str) -> bool:
    return any(word == Tree.__name__ or word in Tree.registry for word in _WORD.findall(annotation))


def walk(*roots: Tree) -> Iterator[Tree]:
    """Every distinct node under ``roots``, children before parents."""
    seen: set[Tree] = set()
    stack: list[Tree | tuple[Tree]] = [*reversed(roots)]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            yield node[0]
        elif node not in seen:
            seen.add(node)
            stack.append((node,))
            stack += node._children[::-1]


def rewrite(root: Tree, function: Callable[[Any], Any]) -> Any:
    """Rebuild a tree bottom up: ``function`` gets every node once, with its children already rebuilt."""
    return rewrite_all((root,), function)[0]


def rewrite_all(roots: tuple[Tree, ...], function: Callable[[Any], Any]) -> tuple[Any, ...]:
    """:func:`rewrite` for several roots, so that what they share stays shared."""
    done: dict[Tree, Any] = {}
    for node in walk(*roots):
        done[node] = function(node.map_children(done.__getitem__))
    return tuple(done[root] for root in roots)


class made_at:  # noqa: N801  (reads as a function where it is used)
    """Nodes made inside come from one line of the user's code, which is not looked up for each."""

    def __init__(self, line: str | None) -> None:
        self._own = line

    def __enter__(self) -> None:
        self._before = _line.set(self._own)

    def __exit__(self, *_: object) -> None:
        _line.reset(self._before)


def made_for(node: Tree) -> made_at:
    """Nodes made inside stand for ``node``, so they carry the line of the user's code that made it."""
    return made_at(node.origin)


def current_line() -> str | None:
    """Where nodes that are made now come from: the line that they are made at, else the user's."""
    known = _line.get()
    return user_line() if known == _NOT_ASKED else known


def user_line() -> str | None:
    """``file:line`` of the innermost frame outside bigframe; none for nodes that the engine makes by itself."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        package = _package(frame.f_globals.get("__name__", ""))
        if package == "engine":
            return None
        if package != "bigframe":
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return None


def user_level() -> int:
    """Which of the calls above the caller the user made: ``stacklevel`` of a warning that shows the user's line."""
    frame: FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None and _package(frame.f_globals.get("__name__", "")) == "bigframe":
        frame, level = frame.f_back, level + 1
    return level


@lru_cache(maxsize=1024)
def _package(module: str) -> str:
    return module.partition(".")[0]


def _same(one: Any, other: Any) -> bool:
    """Whether two fields are the same object, or tuples of the same."""
    if one is other or not (type(one) is type(other) is tuple):
        return one is other
    return len(one) == len(other) and all(map(operator.is_, one, other))


def _told(value: Any) -> Any:
    """A field as plain values, for a digest; a node is a tuple of its own digest, and tuples are lists."""
    if isinstance(value, Tree):
        return (value.digest,)
    if isinstance(value, tuple):
        return [item if type(item) is str else _told(item) for item in value]
    return encode(value)


def _collect(value: Any, nodes: list[Tree]) -> None:
    if isinstance(value, tuple):
        for item in value:
            if isinstance(item, Tree):
                nodes.append(item)
            elif type(item) is not str:
                _collect(item, nodes)


def _map_nodes(value: Any, function: Callable[[Any], Any]) -> Any:
    if isinstance(value, Tree):
        return function(value)
    if isinstance(value, tuple):
        items = tuple(_map_nodes(item, function) for item in value)
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    return value
