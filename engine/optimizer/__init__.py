"""Optimisation: the same answer for less work."""
