"""Every kernel, imported, so that the registries know them."""

from engine.kernels import (
    arithmetic,
    casting,
    comparison,
    datetimes,
    documents,
    functions,
    lists,
    literals,
    logical,
    missing,
    pandas_tier,
    parsing,
    reductions,
    regex,
    strings,
)
from engine.kernels.relational import aggregate, graph, join, map_batches, project, rows

FAMILIES = (
    arithmetic,
    casting,
    comparison,
    datetimes,
    documents,
    functions,
    lists,
    literals,
    logical,
    missing,
    pandas_tier,
    parsing,
    reductions,
    regex,
    strings,
)
RELATIONAL = (aggregate, graph, join, map_batches, project, rows)
