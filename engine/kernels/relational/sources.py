"""The leaves that read files: rows in normal form, under their ids, as few as statistics allow."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from bigframe.ops.base import Column, Expr, Literal, columns_read
from bigframe.ops.comparison import Eq, Ge, Gt, IsIn, Le, Lt
from bigframe.ops.logical import conjunction, conjuncts
from bigframe.ops.missing import NotNull
from bigframe.plan.scan import Scan
from engine.io.layout import ScanSpec, Split
from engine.io.source import scan as read_files
from engine.kernels import registry
from engine.kernels.types import nan_as_missing, polars_type


def scanned(
    node: Scan,
    spec: ScanSpec,
    splits: Sequence[Split],
    rows: tuple[int, int | None],
    nan: Collection[str],
) -> pl.LazyFrame:
    """The rows of a scan in one task.

    Parameters
    ----------
    node, spec, splits
        What is read.
    rows
        Of the rows of the splits, (offset, length) of those that are this task's.
    nan
        Names in the file of float columns that may hold NaN.
    """
    # Rows are counted before they are filtered.
    where = node.predicate_over_names() if spec.format == "sql" and rows == (0, None) else None
    frame = read_files(spec, splits, [name for _, name, _ in node.fields], None, node.position, where)
    if rows != (0, None):
        frame = frame.slice(*rows)
    stored = frame.collect_schema()
    columns = [
        _in_normal_type(name, stored[name], polars_type(dtype.arrow)).alias(id) for id, name, dtype in node.fields
    ]
    frame = frame.select([*columns, *([pl.col(node.position)] if node.position else [])])
    unclean = {id for id, name, _ in node.fields if name in nan}
    parts = [] if node.predicate is None else conjuncts(node.predicate)
    # Before NaN has become null a filter reaches the reader's statistics, above that step it does not.
    early = [part for part in parts if not columns_read(part) & unclean or _drops_nan(part)]
    late = [part for part in parts if columns_read(part) & unclean]
    if early:
        frame = frame.filter(registry.compile(conjunction(early), node.schema).expr)
    if unclean:
        frame = frame.with_columns(nan_as_missing(pl.col(id)) for id in sorted(unclean))
    return frame.filter(registry.compile(conjunction(late), node.schema).expr) if late else frame


def _drops_nan(part: Expr) -> bool:
    """Whether filtering on a part before NaN is null keeps at least the rows that it keeps after."""
    match part:
        case Gt() | Ge() | Lt() | Le() | Eq():
            operands = {type(part.left), type(part.right)}
            return operands == {Column, Literal}
        case IsIn(operand=Column(), has_missing=False) | NotNull(operand=Column()):
            return True
    return False


def _in_normal_type(name: str, stored: pl.DataType, kind: pl.DataType) -> pl.Expr:
    if isinstance(stored, pl.BaseExtension):
        return pl.col(name).ext.storage()
    return pl.col(name) if stored == kind else pl.col(name).cast(kind)
