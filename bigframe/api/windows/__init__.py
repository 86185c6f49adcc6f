"""Statistics of the rows around each row, or within a bin of time."""
