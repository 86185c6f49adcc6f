"""How relational nodes are computed: one Polars query out of the nodes of a stage."""
