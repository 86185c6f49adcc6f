"""The wire format: plans as versioned JSON without pickle, except in the payloads of user functions."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import bigframe.ops.catalog
import bigframe.plan.catalog  # noqa: F401  (both register their nodes)
from bigframe.errors import WireError
from bigframe.literals import decode, encode
from bigframe.plan import payloads
from bigframe.plan.node import Plan
from bigframe.tree import Tree, made_at, walk

PROTOCOL = "bigframe.plan"
VERSION = 1


class Document:
    """Plans on their way to whoever reads them: within a process as they are, elsewhere as JSON."""

    def __init__(self, *plans: Plan) -> None:
        self.plans = plans

    @cached_property
    def json(self) -> dict[str, Any]:
        return dumps(*self.plans)


def dumps(*plans: Plan) -> dict[str, Any]:
    """Several plans as one JSON document whose nodes are listed once each, children before parents.

    User functions that the plans call are listed in ``functions`` by hash, so that a reader can see or refuse them
    before anything is unpickled.
    """
    numbers: dict[str, int] = {}
    nodes: list[dict[str, Any]] = []
    functions: dict[str, str] = {}
    for node in walk(*plans):
        if node.digest in numbers:
            continue
        numbers[node.digest] = len(nodes)
        wire: dict[str, Any] = {"op": type(node).__name__}
        own = vars(node)
        for name, default in node.defaults.items():
            if own[name] is not default:
                wire[name] = _to_wire(own[name], numbers) if name in node.node_fields else encode(own[name])
        if node.origin:
            wire["@"] = node.origin
        if "function" in node.field_names:
            digest = node.function  # type: ignore[attr-defined]
            functions[digest] = base64.b64encode(payloads.get(digest)).decode()
        nodes.append(wire)
    outputs = [numbers[plan.digest] for plan in plans]
    return {
        "protocol": PROTOCOL,
        "version": VERSION,
        "functions": functions,
        "nodes": nodes,
        "outputs": outputs,
    }


def _to_wire(value: Any, numbers: Mapping[str, int]) -> Any:
    """A field as JSON: nodes by number, containers item by item, everything else as a literal."""
    if isinstance(value, Tree):
        return {"node": numbers[value.digest]}
    if isinstance(value, tuple):
        return [item if type(item) is str else _to_wire(item, numbers) for item in value]
    return encode(value)


def loads(document: Any) -> tuple[Plan, ...]:
    """The plans of a document made by :func:`dumps`; a payload that is null must be registered already.

    Raises
    ------
    WireError
        If the document is malformed, of a newer version, or names an operator or field that does not exist; the message
        names the node. Also for a null payload that is not registered.
    """
    if isinstance(document, Document):
        return document.plans
    if not isinstance(document, dict) or document.get("protocol") != PROTOCOL:
        raise WireError(f"not a {PROTOCOL} document")
    if document.get("version") != VERSION:
        raise WireError(f"plan version {document.get('version')!r} is not supported, this is version {VERSION}")
    listed, functions, outputs = (document.get(part) for part in ("nodes", "functions", "outputs"))
    if not isinstance(listed, list) or not isinstance(functions, dict) or not isinstance(outputs, list):
        raise WireError("a plan has a list of nodes, a list of outputs and functions by hash")
    for digest, payload in functions.items():
        if payload is None:
            payloads.get(digest)  # came by another way
        elif payloads.add(base64.b64decode(payload)) != digest:
            raise WireError(f"the payload of function {digest} does not match its hash")
    nodes: list[Tree] = []
    for number, wire in enumerate(listed):
        nodes.append(_node(number, wire, nodes))
    return tuple(_output(number, nodes) for number in outputs)


def _output(number: Any, nodes: list[Tree]) -> Plan:
    plan = _reference(number, nodes)
    if not isinstance(plan, Plan):
        raise WireError(f"output {number} is not a plan but {type(plan).__name__}")
    return plan


def _node(number: int, wire: Any, earlier: list[Tree]) -> Tree:
    if not isinstance(wire, dict) or "op" not in wire:
        raise WireError(f"node {number} is not an operator")
    kind = Tree.registry.get(wire["op"])
    if kind is None:
        raise WireError(f"node {number}: unknown operator {wire['op']!r}")
    values = {name: value for name, value in wire.items() if name not in ("op", "@")}
    if unknown := values.keys() - kind.defaults.keys():
        raise WireError(f"node {number}: {wire['op']} has no field {min(unknown)!r}")
    try:
        with made_at(wire.get("@")):
            node = kind(**{name: _value(value, earlier) for name, value in values.items()})
        _ = node.digest  # refuses values that no plan holds
    except Exception as error:
        raise WireError(f"node {number}: {wire['op']} is malformed: {error}") from error
    return node


def _value(wire: Any, earlier: list[Tree]) -> Any:
    if type(wire) is str:
        return wire
    if isinstance(wire, list):
        return tuple([_value(item, earlier) for item in wire])
    if isinstance(wire, dict) and "node" in wire:
        return _reference(wire["node"], earlier)
    return decode(wire)


def _reference(number: Any, earlier: list[Tree]) -> Tree:
    if type(number) is not int or not 0 <= number < len(earlier):
        raise WireError(f"it refers to node {number!r}, which does not come before it")
    return earlier[number]
