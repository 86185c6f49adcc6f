"""Labels of columns and rows, and names of index levels: given, moved, renamed, left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from bigframe.api.binding.calls import full_signature
from bigframe.api.binding.tiers import Binding
from bigframe.api.columns import Columns
from bigframe.api.functions import call_each
from bigframe.api.shared.nearest_labels import at_nearest
from bigframe.errors import Unsupported
from bigframe.literals import is_missing
from bigframe.ops.base import Expr
from bigframe.semantics import row_labels
from bigframe.semantics.aligning import looked_up
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


class Naming(Columns, mixin=True):
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
        """Other labels for the rows, or for the columns. Tier: *native*.

        A list of row labels counts the rows, to see that there is one for each.
        """
        if self._axis(axis) == 1:
            return self._rearranged_columns(lambda row: row.set_axis(labels, axis=1))
        return self._wrap(self._with_row_labels(labels))

    @full_signature
    def add_prefix(self, prefix: str, axis: Any = None) -> Self:
        """Labels with a prefix: of columns, or of the rows of a Series. Tier: *native*."""
        return self._affixed(prefix, "", axis)

    @full_signature
    def add_suffix(self, suffix: str, axis: Any = None) -> Self:
        """Labels with a suffix: of columns, or of the rows of a Series. Tier: *native*."""
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
            if labels._frame.counts_rows:
                return frame.with_index(None)
        elif labels is None:
            raise TypeError("Index(...) must be called with a collection of some kind, None was passed")
        else:
            from bigframe.api.reading.io import frame_of

            freq = freq_of(labels)
            index = labels if isinstance(labels, pd.Index) else pd.Index(labels)
            self._require_length(len(index))
            if isinstance(index, pd.RangeIndex) and index.name is None and (index.start, index.step) == (0, 1):
                return frame.with_index(None)
            names = list(index.names)
            unnamed = index.set_names([None] * index.nlevels)  # a level's name may be a number
            table = pd.DataFrame({number: unnamed.get_level_values(number) for number in range(index.nlevels)})
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
        if isinstance(labels, Columns):
            return self._without_labels_of(labels, errors)
        wanted = list(labels) if isinstance(labels, _LISTS) else [labels]
        if errors != "ignore":
            from bigframe.api.labels.index import index_of

            frame, among = row_labels.labelled_as(self._frame, wanted)
            found = set(index_of(keep_rows(frame, among)).unique())
            absent = [label for label in wanted if label not in found]
            if absent:
                raise KeyError(f"{absent} not found in axis")
        return self._wrap(row_labels.without_labels(self._frame, wanted))

    def _looked_up(self, labels: Any, fill_value: Any) -> Self:
        """The rows with given index labels, in their order."""
        from bigframe.api.series import Series

        if isinstance(labels, Columns) and same_rows(self._frame, labels._frame):
            return self.copy()
        freq = labels._frame.freq if isinstance(labels, Columns) else freq_of(labels)
        is_hole = isinstance(fill_value, float) and is_missing(fill_value)
        if is_missing(fill_value) and not is_hole:
            raise Unsupported("reindex(index=, fill_value=None)", "its dtype depends on whether a label is known")
        if not isinstance(labels, Columns):
            named = labels if isinstance(labels, pd.Index) else pd.Index(labels)
            if isinstance(named, pd.MultiIndex) or named.dtype == object or not len(named):
                raise Unsupported("reindex(index=objects)", "labels are looked up as Python objects")
            labels = (
                Series(pd.Series(named))
                if isinstance(labels, pd.Index)
                else Series(pd.Series(labels), name=self.index.name)
            )
        frame = looked_up(self._frame, labels._frame, None if is_hole else fill_value)
        return self._wrap(frame.with_index(((labels.name, frame.index_ids[0]),)).replace(freq=freq))

    def _without_labels_of(self, labels: Any, errors: str) -> Self:
        """The rows that have none of the labels in a lazy column."""
        from bigframe.api.labels.index import Index

        own, gone = self.index, Index(labels)
        if type(own) is not Index:
            raise Unsupported("drop of labels of several levels", "they are tuples")
        if errors != "ignore":
            absent = gone[~gone.isin(own._column)].unique().to_list()
            if absent:
                raise KeyError(f"{absent} not found in axis")
        result: Self = self[~own.isin(gone._column)]  # type: ignore[index]
        return result


class FrameNaming(Naming, mixin=True):
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
        """Other labels for columns and rows, through mappings or functions. Tier: *native*.

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
            plain = self._renamed_plainly(columns) if level is None and errors == "ignore" else None
            if plain is None:
                plain = self._rearranged_columns(lambda row: row.rename(columns=columns, level=level, errors=errors))
            result = plain
        return result if index is None else result._renamed_rows(index, level, errors)

    def _renamed_plainly(self, columns: Any) -> Self | None:
        """The frame with texts for texts, which is what most names are: asking pandas takes a millisecond."""
        if type(columns) is not dict or not self._frame.labels or len(self._frame.label_names) > 1:
            return None
        labels = tuple([columns.get(label, label) for label in self._frame.labels])
        return (
            self._wrap(self._frame.replace(labels=labels, label_type=None))
            if _are_texts((*self._frame.labels, *labels))
            else None
        )

    def _without_plainly(self, columns: Any) -> Self | None:
        """The frame without columns that are named by texts, and are there; others are left to pandas."""
        frame, dropped = self._frame, [columns] if type(columns) is str else columns
        if type(dropped) is not list or not _are_texts((*frame.labels, *dropped)):
            return None
        kept = [(label, id) for label, id in zip(frame.labels, frame.ids, strict=True) if label not in dropped]
        if not kept or not set(dropped) <= set(frame.labels):
            return None
        return self._wrap(frame.select(*zip(*kept, strict=True)))

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
        """Columns or rows left out. Tier: *native*.

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
            plain = self._without_plainly(columns) if level is None else None
            if plain is None:
                plain = self._rearranged_columns(lambda row: row.drop(columns=columns, level=level, errors=errors))
            result = plain
        if index is None:
            return result
        if level is not None:
            raise Unsupported("drop(index=, level=)", "labels of one of several levels are looked up in the data")
        return result._without_rows(index, errors)

    @full_signature
    def reindex(
        self,
        labels: Any = None,
        *,
        index: Any = None,
        columns: Any = None,
        axis: Any = None,
        fill_value: Any = np.nan,
        method: Any = None,
        limit: Any = None,
        tolerance: Any = None,
    ) -> Self:
        """Columns by label, those that there were not filled. Tier: *native*, *gathered* for rows."""
        if labels is not None:
            index, columns = (index, labels) if self._axis(axis) == 1 else (labels, columns)
        if method is not None or limit is not None or tolerance is not None:
            rows = None if columns is not None else index
            return self._wrap(at_nearest(self, rows, fill_value, method, limit, tolerance))
        if index is not None:
            chosen = self if columns is None else self.reindex(columns=columns, fill_value=fill_value)
            return chosen._looked_up(index, fill_value)
        if columns is None:
            return self.copy()
        missing = is_missing(fill_value)
        filling = HOLE if missing and isinstance(fill_value, float) else literal(fill_value)
        return self._rearranged_columns(lambda row: row.reindex(columns=columns), filling)

    @full_signature
    def set_index(self, keys: Any, *, drop: bool = True, append: bool = False, verify_integrity: bool = False) -> Self:
        """Columns as index levels. Tier: *native*."""
        if verify_integrity:
            raise Unsupported("set_index(verify_integrity=True)", "it looks at all labels", ".duplicated().any()")
        labels = [one for key in (keys if isinstance(keys, list) else [keys]) for one in _levels(key)]
        table: Any = self.copy()
        names: dict[Any, Any] = {}
        for number, key in enumerate(labels):
            if isinstance(key, (Columns, Iterator, *_LISTS)) and not isinstance(key, set):
                given: Any = list(key) if isinstance(key, Iterator) else key
                elsewhere = isinstance(given, Columns) and not same_rows(table._frame, given._frame)
                if (elsewhere or not isinstance(given, Columns)) and len(given) != len(self):
                    raise ValueError(
                        f"Length mismatch: Expected {len(self)} rows, received array of length {len(given)}"
                    )
                labels[number] = f"\ufdd0key {number}"
                names[labels[number]] = getattr(key, "name", None)
                if elsewhere:  # row by row, whatever its own labels
                    rows, other = paste(table._frame, given._frame)
                    table = self._wrap(rows.select((*rows.labels, labels[number]), (*rows.ids, *other.ids)))
                else:
                    table[labels[number]] = given
        table = table._rearranged(lambda row: row.set_index(labels, drop=drop, append=append))
        frame = table._frame
        frame = frame.with_index(tuple((names.get(name, name), id) for name, id in frame.index))
        kept = [(label, id) for label, id in zip(frame.labels, frame.ids, strict=True) if label not in names]
        return self._wrap(frame.select([label for label, _ in kept], [id for _, id in kept]))


class SeriesNaming(Naming, mixin=True):
    """What only Series has."""

    pandas: ClassVar[type] = pd.Series
    display: ClassVar[str] = "Series"

    reset_index = moved()

    @full_signature
    def reindex(
        self,
        index: Any = None,
        *,
        fill_value: Any = np.nan,
        method: Any = None,
        limit: Any = None,
        tolerance: Any = None,
    ) -> Self:
        """The rows with given labels, in their order. Tier: *native* for one level, else *gathered*."""
        if method is not None or limit is not None or tolerance is not None:
            return self._wrap(at_nearest(self, index, fill_value, method, limit, tolerance))
        return self.copy() if index is None else self._looked_up(index, fill_value)

    @full_signature
    def rename(self, index: Any = None, *, axis: Any = None, level: Any = None, errors: str = "ignore") -> Self:
        """Another name; or other row labels, through a mapping or function. Tier: *native*."""
        self._axis(axis)
        if callable(index) or isinstance(index, (Mapping, pd.Series)):
            return self._renamed_rows(index, level, errors)
        renamed: Self = self._rearranged(lambda labels: labels.rename(index))
        return renamed

    def _renamed_plainly(self, columns: Any) -> Self | None:
        """The frame with texts for texts, which is what most names are: asking pandas takes a millisecond."""
        if type(columns) is not dict or not self._frame.labels or len(self._frame.label_names) > 1:
            return None
        labels = tuple([columns.get(label, label) for label in self._frame.labels])
        return (
            self._wrap(self._frame.replace(labels=labels, label_type=None))
            if _are_texts((*self._frame.labels, *labels))
            else None
        )

    def _without_plainly(self, columns: Any) -> Self | None:
        """The frame without columns that are named by texts, and are there; others are left to pandas."""
        dropped = {columns} if type(columns) is str else set(columns) if type(columns) is list else set()
        frame = self._frame
        kept = [(label, id) for label, id in zip(frame.labels, frame.ids, strict=True) if label not in dropped]
        if not dropped or not kept or not _are_texts((*frame.labels, *dropped)) or not dropped <= set(frame.labels):
            return None
        return self._wrap(frame.select(*zip(*kept, strict=True)))

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
        """Rows left out by label; a small job sees whether they are there, unless ``errors="ignore"``."""
        self._axis(axis)
        gone = labels if labels is not None else index
        if gone is None:
            if columns is None:
                raise ValueError("Need to specify at least one of 'labels', 'index' or 'columns'")
            return self.copy()
        if level is not None:
            raise Unsupported("drop(index=, level=)", "labels of one of several levels are looked up in the data")
        return self._without_rows(gone, errors)


def _levels(key: Any) -> list[Any]:
    """A key as arrays of one level each."""
    if getattr(key, "ndim", 1) != 1 and not np.isscalar(key):
        raise ValueError(
            'The parameter "keys" may be a column key, one-dimensional array, or a list containing only valid column '
            "keys and one-dimensional arrays."
        )
    if not isinstance(key, pd.MultiIndex):
        return [key]
    unnamed = key.set_names([None] * key.nlevels)
    return [unnamed.get_level_values(number).rename(name) for number, name in enumerate(key.names)]


def _level_number(frame: Frame, level: Any) -> int:
    """Which index level a name or number means; an error of pandas if there is none such."""
    names = [name for name, _ in frame.index or ()]
    index: Any = (
        pd.MultiIndex.from_arrays([[] for _ in names], names=names) if len(names) > 1 else pd.Index([], name=names[0])
    )
    return int(index._get_level_number(level))


def _are_texts(labels: Iterable[Any]) -> bool:
    return all(type(label) is str for label in labels)
