"""Which jobs may be answered by an earlier job's result: the same plan over the same versions of its inputs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.metadata import version

import polars

from bigframe.plan.node import Plan
from bigframe.plan.sink import Sink
from bigframe.tree import walk


def plan_digest(roots: Sequence[Plan]) -> str:
    """What "the same plan" means: the same outputs in the same order, over the same versions of files."""
    return hashlib.blake2b(" ".join(root.digest for root in roots).encode(), digest_size=16).hexdigest()


def reuse_key(roots: Sequence[Plan]) -> str | None:
    """The key under which a job's result may be found again.

    Returns
    -------
    str or None
        None where an earlier result is no answer: the plan writes files, or calls functions whose answers may change.
        The key names the versions of the engine and of Polars, for their answers may differ in the last bit. A
        random sample needs no exception: its seed is part of the plan, drawn anew by the client if none was given.
    """
    if any(isinstance(node, Sink) or "function" in node.field_names for node in walk(*roots)):
        return None
    made_by = f"{version('bigframe')} polars {polars.__version__}"
    return hashlib.blake2b(f"{made_by} {plan_digest(roots)}".encode(), digest_size=16).hexdigest()
