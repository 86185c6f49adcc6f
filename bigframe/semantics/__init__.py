"""pandas' rules as functions from frames to frames."""
