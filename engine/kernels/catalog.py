"""Every kernel, imported, so that the registries know them."""

from engine.kernels import (
    arithmetic,
    bins,
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
    moments,
    pandas_tier,
    parsing,
    reductions,
    regex,
    rolling,
    strings,
    windows,
)
from engine.kernels.relational import aggregate, distinct_counts, graph, join, map_batches, project, rows, window

FAMILIES = (
    arithmetic,
    bins,
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
    moments,
    pandas_tier,
    parsing,
    reductions,
    regex,
    rolling,
    strings,
    windows,
)
RELATIONAL = (aggregate, distinct_counts, graph, join, map_batches, project, rows, window)
