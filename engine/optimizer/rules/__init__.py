"""Rewrites, one to a file; each keeps the answer and makes the plan cheaper."""
