"""Relational nodes: what can be done to a table, one node a file."""
