"""How operators are computed: one file per family of ``bigframe.ops``."""
