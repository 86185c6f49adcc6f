"""The kinds of column operators: all that a planner needs to know of one."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """How an operator relates the rows it reads to the rows it makes."""

    ELEMENTWISE = "elementwise"
    """One value per row from that row alone: fuses and splits freely."""
    REDUCTION = "reduction"
    """One value per group, from partial states that merge."""
    HOLISTIC = "holistic"
    """One value per group, which needs all of the group's rows at once."""
    WINDOW = "window"
    """One value per row from the rows around it, in row order."""
