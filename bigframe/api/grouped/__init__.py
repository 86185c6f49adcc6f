"""What GroupBy is made of: keys, tables of reductions and of values per row, and what pandas does for it."""
