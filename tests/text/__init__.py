"""Near-duplicates against graphs that the tests compute for themselves."""
