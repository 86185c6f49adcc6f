"""Tables of another shape: rows become columns, tables follow each other, values become codes."""
