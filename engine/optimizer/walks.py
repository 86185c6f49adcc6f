"""Walks: the nodes of some plans, which step after step looks at."""

from __future__ import annotations

from functools import lru_cache

from bigframe.plan.node import Plan, plans


@lru_cache(maxsize=8)
def nodes_under(roots: tuple[Plan, ...]) -> tuple[Plan, ...]:
    """Every distinct plan under ``roots``, children before parents; those of the last few roots are kept."""
    return tuple(plans(*roots))
