"""Near-duplicate detection as pure functions over Arrow text columns and integer arrays."""
