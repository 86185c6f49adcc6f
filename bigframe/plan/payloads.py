"""User functions as payloads: pickled once, named by their hash, unpickled only where they run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import cloudpickle

from bigframe.errors import WireError

_payloads: dict[str, bytes] = {}


def put(function: Callable[..., Any]) -> str:
    """Register a function and return the hash that stands for it in plans.

    Raises
    ------
    TypeError
        If it cannot be pickled; the message names the function and what in it does not pickle.
    """
    name = getattr(function, "__qualname__", type(function).__name__)
    try:
        payload = cloudpickle.dumps(function)
    except Exception as error:
        raise TypeError(f"the function {name!r} cannot be shipped to a worker: {error}") from error
    return add(payload)


def add(payload: bytes) -> str:
    """Register a payload that came over the wire."""
    digest = hashlib.blake2b(payload, digest_size=16).hexdigest()
    _payloads[digest] = payload
    return digest


def get(digest: str) -> bytes:
    """The payload of a hash."""
    if digest not in _payloads:
        raise WireError(f"the plan calls the function {digest}, whose payload it does not carry")
    return _payloads[digest]


def ready(function: Callable[..., Any]) -> Callable[..., Any]:
    """What is called: the function; of a class whose instances are functions, an instance, which loads its state now.

    Other classes are functions themselves: ``str`` makes a string of a value.
    """
    loads = isinstance(function, type) and any("__call__" in base.__dict__ for base in function.__mro__)
    if loads and function is not type:
        made: Callable[..., Any] = function()
        return made
    return function


def load(digest: str) -> Callable[..., Any]:
    """Unpickle a function; only a process that runs user code calls this."""
    function: Callable[..., Any] = cloudpickle.loads(get(digest))
    return function
