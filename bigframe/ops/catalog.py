"""Every family of column operators, imported, so that the wire format knows them by name."""

from bigframe.ops import (
    arithmetic,
    base,
    casting,
    comparison,
    conditional,
    datetimes,
    functions,
    lists,
    logical,
    mathematics,
    missing,
    pandas_tier,
    reductions,
    strings,
    text,
    windows,
)

FAMILIES = (
    arithmetic,
    base,
    casting,
    comparison,
    conditional,
    datetimes,
    functions,
    lists,
    logical,
    mathematics,
    missing,
    pandas_tier,
    reductions,
    strings,
    text,
    windows,
)
