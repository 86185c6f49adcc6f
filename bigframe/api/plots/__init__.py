"""Pictures: the engine makes the data small, pandas or another backend draws it."""
