"""Every kernel, imported, so that the registries know them."""

from engine.kernels import (
    arithmetic,
    binning,
    casting,
    comparison,
    datetimes,
    documents,
    functions,
    groups,
    lists,
    literals,
    logical,
    missing,
    pandas_tier,
    parsing,
    reductions,
    regex,
    strings,
    windows,
)
from engine.kernels.relational import aggregate, distinct_counts, graph, join, map_batches, project, rows, window

FAMILIES = (
    arithmetic,
    binning,
    casting,
    comparison,
    datetimes,
    documents,
    functions,
    groups,
    lists,
    literals,
    logical,
    missing,
    pandas_tier,
    parsing,
    reductions,
    regex,
    strings,
    windows,
)
RELATIONAL = (aggregate, distinct_counts, graph, join, map_batches, project, rows, window)
