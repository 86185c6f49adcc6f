"""All lowerings, imported, and the planner that uses them."""

from engine.planner import matchings, orderings, reductions, selections, writing
from engine.planner.planner import Planner

KINDS = (matchings, orderings, reductions, selections, writing)

__all__ = ["KINDS", "Planner"]
