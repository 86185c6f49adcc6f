"""Rows found by label, level or position, and values put into them."""
