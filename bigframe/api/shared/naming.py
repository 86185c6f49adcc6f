"""Labels of columns and rows, and names of index levels: given, moved, renamed, left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from bigframe.api.binding import Binding
from bigframe.api.calls import full_signature
from bigframe.api.columns import Columns
from bigframe.api.functions import call_each
from bigframe.errors import Unsupported
from bigframe.literals import is_missing
from bigframe.ops.base import Expr
from bigframe.semantics import row_labels
from bigframe.semantics.elementwise import beside, paste
from bigframe.semantics.frame import Frame, same_rows
from bigframe.semantics.labelling import HOLE, rearranged
from bigframe.semantics.selecting import keep_rows
from bigframe.semantics.spacing import freq_of
from bigframe.semantics.values import literal

_LISTS = (list, pd.Index, np.ndarray, pd.Series, set, pd.api.extensions.ExtensionArray)


class moved(Binding):  # noqa: N801  (reads as a keyword in class bodies)
    """Labels and index levels change places or names; no value does."""

    tier = "native"

    def call(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return instance._rearranged(lambda labels: getattr(labels, self.name)(*args, **kwargs))


class Naming(Columns):
    """What DataFrame and Series have in common."""

    pandas: ClassVar[type] = pd.DataFrame
    display: ClassVar[str] = "DataFrame"

    rename_axis = moved()
    droplevel = moved()
    swaplevel = moved()
    reorder_levels = moved()

    def _rearranged(self, change: Callable[[Any], Any]) -> Any:
        """What pandas makes of the labels alone, as a frame or a series."""
        from bigframe.api.dataframe import DataFrame
        from bigframe.api.series import Series

        frame, is_table = rearranged(self._frame, change, of_series=isinstance(self, Series))
        return DataFrame(frame) if is_table else Series(frame)

    def _rearranged_columns(self, change: Callable[[Any], Any], filling: Expr = HOLE) -> Self:
        """The same, for changes of columns that must leave the index alone."""
        renamed, _ = rearranged(self._frame.with_index(None), change, filling=filling)
        return self._wrap(renamed.with_index(self._frame.index).replace(freq=self._frame.freq))

    @full_signature
    def set_axis(self, labels: Any, *, axis: Any = 0) -> Self:
        """Other labels for the rows, or for the columns. See pandas; tier: *native*.

        A list of row labels counts the rows, to see that there is one for each.
        """
        if self._axis(axis) == 1:
            return self._rearranged_columns(lambda row: row.set_axis(labels, axis=1))
        return self._wrap(self._with_row_labels(labels))

    @full_signature
    def add_prefix(self, prefix: str, axis: Any = None) -> Self:
        """Labels with a prefix: of columns, or of the rows of a Series. See pandas; tier: *native*."""
        return self._affixed(prefix, "", axis)

    @full_signature
    def add_suffix(self, suffix: str, axis: Any = None) -> Self:
        """Labels with a suffix: of columns, or of the rows of a Series. See pandas; tier: *native*."""
        return self._affixed("", suffix, axis)

    def _affixed(self, prefix: str, suffix: str, axis: Any) -> Self:
        if self._axis(axis, default=self._ndim - 1) == 1:
            return self._rearranged_columns(lambda row: row.rename(columns=lambda label: f"{prefix}{label}{suffix}"))
        return self._wrap(row_labels.relabelled(self._frame, row_labels.affixed(prefix, suffix)))

    @property
    def _ndim(self) -> int:
        return len(self.pandas._AXIS_ORDERS)  # type: ignore[attr-defined]

    def _axis(self, axis: Any, default: int = 0) -> int:
        """An axis as a number; an error of pandas if there is none such."""
        return default if axis is None else int(self.pandas._get_axis_number(axis))  # type: ignore[attr-defined]

    def _renamed_rows(self, new: Any, level: Any = None, errors: str = "ignore") -> Self:
        """Row labels through a function, or a mapping that leaves those alone that it lacks."""
        frame = self._frame.with_explicit_index()
        numbers = [] if level is None else [_level_number(frame, level)]
        if callable(new):
            index = list(frame.index or ())
            for number in numbers or range(len(index)):
                name, id = index[number]
                column = call_each(frame.select((name,), (id,)), new, name, None)
                frame, index[number] = column.select(frame.labels, frame.ids), (name, column.ids[0])
            return self._wrap(frame.with_index(tuple(index)))
        if errors != "ignore":
            raise Unsupported("rename(errors='raise')", "whether all labels are there depends on the data")
        mapping = new.to_dict() if isinstance(new, pd.Series) else new
        if not isinstance(mapping, Mapping) or hasattr(type(mapping), "__missing__"):
            raise Unsupported("rename by a mapping with defaults", "it answers for every label")
        return self._wrap(row_labels.relabelled(frame, row_labels.replaced(mapping), numbers))

    def _with_row_labels(self, labels: Any) -> Frame:
        """The rows under other labels: a lazy column, or one label per row."""
        frame = self._frame
        if isinstance(labels, Columns):
            freq = getattr(labels, "_spacing", None)
            if same_rows(frame, labels._frame):
                rows, levels = beside(frame, labels._frame)
            else:
                self._require_length(len(labels))
                rows, levels = paste(frame, labels._frame)
        elif labels is None:
            raise TypeError("Index(...) must be called with a collection of some kind, None was passed")
        else:
            from bigframe.api.io import frame_of

            freq = freq_of(labels)
            index = labels if isinstance(labels, pd.Index) else pd.Index(labels)
            self._require_length(len(index))
            if isinstance(index, pd.RangeIndex) and index.name is None and (index.start, index.step) == (0, 1):
                return frame.with_index(None)
            names = list(index.names)
            table = pd.DataFrame({number: index.get_level_values(number) for number in range(index.nlevels)})
            rows, levels = paste(frame, frame_of(table))
            levels = levels.select(names, levels.ids)
        return rows.with_index(tuple(zip(levels.labels, levels.ids, strict=True))).replace(freq=freq)

    def _require_length(self, given: int) -> None:
        if given != len(self):
            raise ValueError(
                f"Length mismatch: Expected axis has {len(self)} elements, new values have {given} elements"
            )

    def _without_rows(self, labels: Any, errors: str) -> Self:
        """The rows that have none of some labels; a small job sees whether there are rows with them."""
        wanted = list(labels) if isinstance(labels, _LISTS) else [labels]
        if errors != "ignore":
            from bigframe.api.index import index_of

            frame, among = row_labels.labelled_as(self._frame, wanted)
            found = set(index_of(keep_rows(frame, among)).unique())
            absent = [label for label in wanted if label not in found]
            if absent:
                raise KeyError(f"{absent} not found in axis")
        return self._wrap(row_labels.without_labels(self._frame, wanted))


class FrameNaming(Naming):
    """What only DataFrame has."""

    reset_index = moved()

    @full_signature
    def rename(
        self,
        mapper: Any = None,
        *,
        index: Any = None,
        columns: Any = None,
        axis: Any = None,
        level: Any = None,
        errors: str = "ignore",
    ) -> Self:
        """Other labels for columns and rows, through mappings or functions. See pandas; tier: *native*.

        Row labels stay native where a mapping keeps their dtype; a function sees them in partitions.
        """
        if mapper is not None:
            if index is not None or columns is not None:
                raise TypeError("Cannot specify both 'mapper' and any of 'index' or 'columns'")
            index, columns = (None, mapper) if self._axis(axis) == 1 else (mapper, None)
        elif axis is not None and (index is not None or columns is not None):
            raise TypeError("Cannot specify both 'axis' and any of 'index' or 'columns'")
        elif index is None and columns is None:
            raise TypeError("must pass an index to rename")
        result: Self = self
        if columns is not None:
            result = self._rearranged_columns(lambda row: row.rename(columns=columns, level=level, errors=errors))
        return result if index is None else result._renamed_rows(index, level, errors)

    @full_signature
    def drop(
        self,
        labels: Any = None,
        *,
        axis: Any = 0,
        index: Any = None,
        columns: Any = None,
        level: Any = None,
        errors: str = "raise",
    ) -> Self:
        """Columns or rows left out. See pandas; tier: *native*.

        A small job sees whether there are rows of these labels, unless ``errors="ignore"``.
        """
        if labels is not None:
            if index is not None or columns is not None:
                raise ValueError("Cannot specify both 'labels' and 'index'/'columns'")
            index, columns = (None, labels) if self._axis(axis) == 1 else (labels, None)
        elif index is None and columns is None:
            raise ValueError("Need to specify at least one of 'labels', 'index' or 'columns'")
        result: Self = self
        if columns is not None:
            result = self._rearranged_columns(lambda row: row.drop(columns=columns, level=level, errors=errors))
        if index is None:
            return result
        if level is not None:
            raise Unsupported("drop(index=, level=)", "labels of one of several levels are looked up in the data")
        return result._without_rows(index, errors)

    @full_signature
    def reindex(
        self, labels: Any = None, *, index: Any = None, columns: Any = None, axis: Any = None, fill_value: Any = np.nan
    ) -> Self:
        """Columns by label, those that there were not filled. See pandas; tier: *native*, *gathered* for rows."""
        if labels is not None:
            index, columns = (index, labels) if self._axis(axis) == 1 else (labels, columns)
        if index is not None or columns is None:
            raise Unsupported("reindex(index=)", "it looks up labels of rows, which are data")
        missing = is_missing(fill_value)
        filling = HOLE if missing and isinstance(fill_value, float) else literal(fill_value)
        return self._rearranged_columns(lambda row: row.reindex(columns=columns), filling)

    @full_signature
    def set_index(self, keys: Any, *, drop: bool = True, append: bool = False, verify_integrity: bool = False) -> Self:
        """Columns as index levels. See pandas; tier: *native*."""
        if verify_integrity:
            raise Unsupported("set_index(verify_integrity=True)", "it looks at all labels", ".duplicated().any()")
        labels = list(keys) if isinstance(keys, list) else [keys]
        table: Any = self.copy()
        names: dict[Any, Any] = {}
        for number, key in enumerate(labels):
            if isinstance(key, pd.MultiIndex):
                raise Unsupported("set_index(MultiIndex)", "its levels are tuples", "one array per level")
            if isinstance(key, (Columns, Iterator, *_LISTS)):
                given = list(key) if isinstance(key, Iterator) else key
                if not isinstance(given, Columns) and len(given) != len(self):
                    raise ValueError(
                        f"Length mismatch: Expected {len(self)} rows, received array of length {len(given)}"
                    )
                labels[number] = f"\ufdd0key {number}"
                names[labels[number]] = getattr(key, "name", None)
                table[labels[number]] = given
        table = table._rearranged(lambda row: row.set_index(labels, drop=drop, append=append))
        frame = table._frame
        frame = frame.with_index(tuple((names.get(name, name), id) for name, id in frame.index))
        kept = [(label, id) for label, id in zip(frame.labels, frame.ids, strict=True) if label not in names]
        return self._wrap(frame.select([label for label, _ in kept], [id for _, id in kept]))


class SeriesNaming(Naming):
    """What only Series has."""

    pandas: ClassVar[type] = pd.Series
    display: ClassVar[str] = "Series"

    reset_index = moved()

    @full_signature
    def rename(self, index: Any = None, *, axis: Any = None, level: Any = None, errors: str = "ignore") -> Self:
        """Another name; or other row labels, through a mapping or function. See pandas; tier: *native*."""
        self._axis(axis)
        if callable(index) or isinstance(index, (Mapping, pd.Series)):
            return self._renamed_rows(index, level, errors)
        renamed: Self = self._rearranged(lambda labels: labels.rename(index))
        return renamed

    @full_signature
    def drop(
        self,
        labels: Any = None,
        *,
        axis: Any = 0,
        index: Any = None,
        columns: Any = None,
        level: Any = None,
        errors: str = "raise",
    ) -> Self:
        """Rows left out by label; a small job sees whether they are there, unless ``errors="ignore"``. See pandas."""
        self._axis(axis)
        gone = labels if labels is not None else index
        if gone is None:
            if columns is None:
                raise ValueError("Need to specify at least one of 'labels', 'index' or 'columns'")
            return self.copy()
        if level is not None:
            raise Unsupported("drop(index=, level=)", "labels of one of several levels are looked up in the data")
        return self._without_rows(gone, errors)


def _level_number(frame: Frame, level: Any) -> int:
    """Which index level a name or number means; an error of pandas if there is none such."""
    names = [name for name, _ in frame.index or ()]
    index: Any = (
        pd.MultiIndex.from_arrays([[] for _ in names], names=names) if len(names) > 1 else pd.Index([], name=names[0])
    )
    return int(index._get_level_number(level))
