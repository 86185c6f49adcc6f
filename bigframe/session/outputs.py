"""Outputs: how the tables of a job become pandas objects, as JSON that can outlive the frames that asked."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd
import pyarrow as pa

from bigframe.interchange import any_missing, column_to_pandas, index_to_pandas, settle, table_to_pandas
from bigframe.literals import decode, encode
from bigframe.schema import DType
from bigframe.semantics.settling import RESULT
from bigframe.semantics.spacing import spaced


@dataclass(frozen=True)
class Leaving:
    """A column, or a level of the index, on its way to pandas.

    Attributes
    ----------
    label
        Its name in pandas.
    id
        Its name in the table.
    dtype
        Its type, which missing values may still have to settle.
    decides
        Whether its own values settle it; else the columns that ``dtype.unless_missing`` names do.
    """

    label: Any
    id: str
    dtype: DType
    decides: bool

    def settled(self, table: pa.Table, facts: MutableMapping[str, bool]) -> tuple[Any, str, DType]:
        column = table.column(self.id)
        if self.decides:
            facts[self.dtype.unless_missing[0]] = any_missing(column)
        was_missing = any(facts.get(name, False) for name in self.dtype.unless_missing)
        return self.label, self.id, settle(column, self.dtype, was_missing=was_missing)

    def to_json(self) -> list[Any]:
        return [encode(self.label), self.id, self.dtype.to_wire(), self.decides]

    @classmethod
    def from_json(cls, wire: Sequence[Any]) -> Self:
        label, id, dtype, decides = wire
        return cls(decode(label), id, DType.from_wire(dtype), decides)


@dataclass(frozen=True)
class Output:
    """One result of a job.

    Attributes
    ----------
    kind
        ``frame``, ``series`` (the first column), ``scalar`` (its first value), or ``fact``: the answer to whether the
        column ``name`` has a missing value, which settles dtypes of the others.
    columns, index
        What the table has; no index means 0, 1, 2, …
    label_names, label_type
        The names of the levels of the column labels, and their dtype as text where they are not strings.
    freq
        How far apart the row labels lie, if no row between them is gone.
    """

    kind: str
    columns: tuple[Leaving, ...] = ()
    index: tuple[Leaving, ...] | None = None
    name: str = ""
    label_names: tuple[Any, ...] = ()
    label_type: str | None = None
    freq: str | None = None

    def value(self, table: pa.Table, facts: MutableMapping[str, bool]) -> Any:
        """The table as what was asked for; ``facts`` say which columns had missing values, and learn more."""
        columns = [column.settled(table, facts) for column in self.columns]
        index = self._row_labels(table, facts)
        if self.kind == "frame":
            return table_to_pandas(table, columns, index, self.label_names, self.label_type)
        series = column_to_pandas(table, columns[0], index)
        return series.iloc[0] if self.kind == "scalar" else series

    def _row_labels(self, table: pa.Table, facts: MutableMapping[str, bool]) -> pd.Index:
        levels = None if self.index is None else [level.settled(table, facts) for level in self.index]
        found = index_to_pandas(table, levels)
        return found if self.freq is None else spaced(found, self.freq)

    def to_json(self) -> dict[str, Any]:
        index = None if self.index is None else [level.to_json() for level in self.index]
        columns = [column.to_json() for column in self.columns]
        names = [encode(name) for name in self.label_names]
        named = {"kind": self.kind, "columns": columns, "index": index, "name": self.name, "label_names": names}
        known = {"freq": self.freq, "label_type": self.label_type}
        return {**named, **{field: text for field, text in known.items() if text is not None}}

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> Self:
        index = None if wire["index"] is None else tuple(map(Leaving.from_json, wire["index"]))
        names = tuple(map(decode, wire.get("label_names", ())))
        columns = tuple(map(Leaving.from_json, wire["columns"]))
        return cls(wire["kind"], columns, index, wire["name"], names, wire.get("label_type"), wire.get("freq"))


def results(outputs: Sequence[Output], tables: Sequence[pa.Table], facts: MutableMapping[str, bool]) -> list[Any]:
    """What was asked for, of a job's outputs and their tables.

    Examples
    --------
    >>> from bigframe.schema import INT64
    >>> total = Output("scalar", (Leaving("total", "t", INT64, False),))
    >>> [int(value) for value in results([total], [pa.table({"t": [3]})], {})]
    [3]
    """
    pairs = list(zip(outputs, tables, strict=True))
    facts.update((output.name, table.column(RESULT)[0].as_py()) for output, table in pairs if output.kind == "fact")
    return [output.value(table, facts) for output, table in pairs if output.kind != "fact"]
