"""Column operators by family: what can be computed of a row or a group."""
