"""Plans as the job store keeps them: wire documents whose functions were uploaded to the storage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bigframe.errors import FunctionsRefused
from bigframe.plan import payloads, wire
from bigframe.plan.node import Plan
from engine.storage.places import open_store
from engine.storage.urls import join


def plans_of(document: Mapping[str, Any], storage: str) -> tuple[Plan, ...]:
    """The plans of a document, with the payloads of their functions in this process; none is unpickled.

    Raises
    ------
    FunctionsRefused
        A payload is not the one of its hash.
    """
    for digest in (digest for digest, payload in document["functions"].items() if payload is None):
        store, key = open_store(join(storage, "payloads", digest))
        if payloads.add(bytes(memoryview(store.read(key)))) != digest:
            raise FunctionsRefused(f"the payload {digest} does not match its hash")
    return wire.loads(document)
