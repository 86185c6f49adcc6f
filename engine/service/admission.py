"""What is checked of a plan before a job of it exists: cheap checks of its JSON first, then the nodes, then its paths."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bigframe.ops.catalog
import bigframe.plan.catalog  # noqa: F401  (both register their nodes)
from bigframe.errors import WireError
from bigframe.plan import wire
from bigframe.plan.catalog import Plan, Scan, Sink
from bigframe.tree import Tree, walk
from engine.datasets import Datasets
from engine.io import tables
from engine.io.source import Dataset, open_dataset
from engine.service.refusals import Refused
from engine.service.reuse import plan_digest
from engine.service.roots import Roots
from engine.service.settings import Settings
from engine.storage.places import open_store
from engine.storage.urls import join

__all__ = ["PYTHON", "Admission", "Admitted"]

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
"""The Python that runs user functions here: pickled code fits no other minor version."""

_BLOB = re.compile(r"scratch://(blobs/[0-9a-f]{32}\.arrow)")
_DIGEST = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Admitted:
    """A plan that may run.

    Parameters
    ----------
    document
        The wire document without payloads: its ``functions`` are null.
    plans
        Its outputs.
    digest
        Stands for them all.
    """

    document: Mapping[str, Any]
    plans: tuple[Plan, ...]
    digest: str


class Admission:
    """Decides which plans a server takes.

    Payloads of functions are compared with their names and put on the storage; they are never unpickled here.

    Parameters
    ----------
    settings
        Of the server.
    """

    def __init__(self, settings: Settings) -> None:
        self._storage = settings.storage
        self._trusts = settings.trust_udfs
        self._nodes = settings.node_limit
        self._roots = Roots(settings.roots, settings.storage)

    def check_source(self, format: str, paths: Sequence[str], options: Mapping[str, Any]) -> None:
        """Refuse to look at files outside the roots (``PATH_OUTSIDE_ROOTS``)."""
        for path in paths:
            self._roots.check_read(path)
        if format in tables.FORMATS:
            self._check_files(open_dataset(format, paths, options))

    def check_trust(self) -> None:
        """Refuse functions (``FUNCTIONS_REFUSED``) where the server was not told to trust them."""
        if not self._trusts:
            message = "this server runs no Python functions of its clients: it was not started with --trust-udfs"
            raise Refused(403, "FUNCTIONS_REFUSED", message, "FunctionsRefused")

    def rebuilt(self, document: Mapping[str, Any]) -> tuple[Plan, ...]:
        """The plans of a document that was admitted before."""
        return wire.loads({**document, "functions": {}})

    def admit(self, document: Any, python: str | None = None) -> Admitted:
        """Check a wire document, and build its plans.

        Parameters
        ----------
        document
            As JSON gave it.
        python
            Minor version of the client's Python (``"3.11"``), where its functions are to run.

        Raises
        ------
        Refused
            ``PLAN_MALFORMED``, ``PLAN_VERSION``, ``PLAN_TOO_LARGE``, ``FUNCTIONS_REFUSED``, ``PYTHON_MISMATCH``,
            ``PAYLOAD_MISSING``, ``PATH_OUTSIDE_ROOTS`` or ``BLOB_MISSING``, with a message that names the node or path.
        """
        nodes, functions = self._outline(document)
        called = {node["function"] for node in nodes if "function" in node}
        if functions or called:
            self._check_functions(functions, called, python)
        try:
            plans = self.rebuilt(document)
        except WireError as error:
            raise Refused(400, "PLAN_MALFORMED", str(error)) from error
        for node in walk(*plans):
            if isinstance(node, Scan):
                self._check_scan(node)
            elif isinstance(node, Sink):
                self._roots.check_write(_text(node.url))
        for digest, payload in functions.items():
            self._keep(digest, payload)
        return Admitted({**document, "functions": dict.fromkeys(functions)}, plans, plan_digest(plans))

    def _outline(self, document: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Nodes and functions of a document whose nodes are known, and refer to earlier ones only."""
        if not isinstance(document, dict) or document.get("protocol") != wire.PROTOCOL:
            raise _malformed(f"this is not a {wire.PROTOCOL} document")
        version = document.get("version")
        if version != wire.VERSION:
            message = f"the plan has version {version!r}, this server reads {wire.VERSION}"
            raise Refused(400, "PLAN_VERSION", f"{message}: use the bigframe that the server has, or update the server")
        nodes, functions, outputs = (document.get(name) for name in ("nodes", "functions", "outputs"))
        if not (isinstance(nodes, list) and isinstance(functions, dict) and isinstance(outputs, list) and outputs):
            raise _malformed("a plan has a list of nodes, a list of outputs and functions by hash")
        if len(nodes) > self._nodes or len(outputs) > self._nodes:
            message = f"the plan has {len(nodes):,} nodes, this server takes {self._nodes:,}"
            raise Refused(413, "PLAN_TOO_LARGE", message)
        for number, node in enumerate(nodes):
            _check_node(number, node)
        return nodes, functions

    def _check_functions(self, functions: Mapping[str, Any], called: set[str], python: str | None) -> None:
        self.check_trust()
        if python is not None and python != PYTHON:
            message = (
                f"the plan calls functions that were pickled by Python {python}, and this server runs Python {PYTHON}: "
                f"use a client with Python {PYTHON}, or express them without functions"
            )
            raise Refused(409, "PYTHON_MISMATCH", message, "RuntimeError")
        unknown = [digest for digest in (*functions, *called) if not _DIGEST.fullmatch(digest)]
        if unknown:
            raise _malformed(f"{unknown[0][:80]!r} is no hash of a function")
        for digest in sorted(called - set(functions)):
            raise _malformed(f"the plan calls the function {digest}, which it does not list")

    def _keep(self, digest: str, payload: Any) -> None:
        """Put a payload that came with the plan where those go that are uploaded; or see that it was uploaded."""
        store, key = open_store(join(self._storage, "payloads", digest))
        if payload is None:
            if store.stat(key) is None:
                raise Refused(409, "PAYLOAD_MISSING", f"function {digest} was not uploaded; upload it, then try again")
            return
        try:
            content = base64.b64decode(payload, validate=True)
        except (binascii.Error, TypeError, ValueError) as error:
            raise _malformed(f"the payload of function {digest} is not base64: {error}") from error
        if hashlib.blake2b(content, digest_size=16).hexdigest() != digest:
            raise _malformed(f"the payload of function {digest} does not match its hash")
        if store.stat(key) is None:
            store.write(key, content)

    def _check_scan(self, scan: Scan) -> None:
        if not isinstance(scan.paths, tuple):
            raise _malformed(f"a Scan has a list of paths, not {scan.paths!r}")
        for path in map(_text, scan.paths):
            blob = _BLOB.fullmatch(path)
            if blob is None:
                self._roots.check_read(path)
                if scan.format in tables.FORMATS:
                    self._check_files(Datasets().of(scan))
            elif scan.format != "ipc" or len(scan.paths) != 1:
                raise _malformed(f"{path}: an uploaded table is read by itself, as ipc")
            else:
                store, key = open_store(join(self._storage, blob[1]))
                if store.stat(key) is None:
                    raise Refused(409, "BLOB_MISSING", f"{path} was not uploaded; upload it, then try again")

    def _check_files(self, table: Dataset) -> None:
        """Check the files of a table, which may be anywhere: whoever writes its metadata names them."""
        for file in table.files:
            self._roots.check_read(file.path)


def _check_node(number: int, node: Any) -> None:
    if not isinstance(node, dict) or not isinstance(node.get("op"), str):
        raise _malformed(f"node {number} is not an operator")
    kind = Tree.registry.get(node["op"])
    # The engine's own nodes read exchange files by name, and are no part of the language.
    if kind is None or not kind.__module__.startswith("bigframe."):
        raise Refused(400, "UNKNOWN_OPERATOR", f"node {number}: unknown operator {node['op'][:80]!r}")
    if not isinstance(node.get("@"), str | None):
        raise _malformed(f"node {number}: '@' is a line of the user's code")
    if "function" in node and not isinstance(node["function"], str):
        raise _malformed(f"node {number}: a function is named by its hash")
    for value in node.values():
        if isinstance(value, list | dict):
            _check_references(number, value)


def _check_references(number: int, value: list[Any] | dict[str, Any]) -> None:
    """Refuse references to the node itself or later ones, so that no cycle is ever built."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, list | dict):
                _check_references(number, item)
    elif "node" in value:
        target = value["node"]
        if type(target) is not int or not 0 <= target < number:
            raise _malformed(f"node {number} refers to node {target!r}, which does not come before it"[:300])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _malformed(f"a path is a text, not {value!r}"[:300])
    return value


def _malformed(message: str) -> Refused:
    return Refused(400, "PLAN_MALFORMED", message)
