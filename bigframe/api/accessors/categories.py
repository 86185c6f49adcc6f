"""``Series.cat``: the categories of a column, which are part of its dtype, and its values as their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from pandas.core.arrays.categorical import CategoricalAccessor

from bigframe.api.accessors.accessor import Accessor
from bigframe.errors import Unsupported
from bigframe.ops.casting import Cast
from bigframe.ops.functions import Lookup
from bigframe.ops.missing import Coalesce
from bigframe.schema import DType
from bigframe.semantics.values import literal

if TYPE_CHECKING:
    from bigframe.api.series import Series


class CategoryMethods(Accessor):
    """Categories, which are strings, and what changes them.

    Raises
    ------
    AttributeError
        If the column is not categorical.
    """

    pandas = CategoricalAccessor
    display = "Series.cat"
    prefix = "cat."

    def __init__(self, series: Series) -> None:
        if series._dtype.categories is None:
            raise AttributeError("Can only use .cat accessor with a 'category' dtype")
        super().__init__(series)
        self._known = series._dtype.categories

    @property
    def categories(self) -> pd.Index:
        """The categories in their order. Never a job. See pandas."""
        categories: pd.Index = self._series._dtype.pandas.categories
        return categories

    @property
    def ordered(self) -> bool:
        """Whether the categories compare by their order. See pandas."""
        return self._series._dtype.ordered

    @property
    def codes(self) -> Series:
        """The place of each value's category, -1 where it is missing. See pandas; tier: *native*."""
        places = tuple(range(len(self._known)))
        wide = DType(pa.int64())
        narrow = DType(pa.from_numpy_dtype(pd.Categorical([], categories=list(self._known)).codes.dtype))
        codes = self._apply(lambda x: Cast(Coalesce(Lookup(x, self._known, places, wide), literal(-1)), narrow))
        return codes.rename(None)

    def rename_categories(self, new_categories: Any) -> Series:
        """Other names for categories: a list, a mapping, or a function. See pandas; tier: *native*."""
        self._require_text()
        renamed = pd.Categorical([], categories=list(self._known)).rename_categories(new_categories).categories
        return self._as(list(renamed), dict(zip(self._known, renamed, strict=True)))

    def reorder_categories(self, new_categories: Sequence[Any], ordered: Any = None) -> Series:
        """The same categories in another order. See pandas; tier: *native*."""
        return self._changed("reorder_categories", new_categories, ordered=ordered)

    def add_categories(self, new_categories: Any) -> Series:
        """More categories, after the others. See pandas; tier: *native*."""
        return self._changed("add_categories", new_categories)

    def remove_categories(self, removals: Any) -> Series:
        """Fewer categories; values of the others go missing. See pandas; tier: *native*."""
        return self._changed("remove_categories", removals)

    def set_categories(self, new_categories: Any, ordered: Any = None, rename: bool = False) -> Series:
        """Other categories; values of none of them go missing. See pandas; tier: *native*."""
        if rename:
            return self.rename_categories(new_categories)
        return self._changed("set_categories", new_categories, ordered=ordered)

    def remove_unused_categories(self) -> Series:
        """Only the categories that occur; a job finds which. See pandas; tier: *native*."""
        self._require_text()
        present = set(self._series.drop_duplicates().dropna().astype(str).to_list())
        kept = [one for one in self._known if one in present]
        return self._as(kept, {one: one for one in kept})

    def as_unordered(self) -> Series:
        """The same column. See pandas; tier: *native*."""
        return self._series.copy()

    def as_ordered(self) -> Series:
        """Refused: the order of categories is not compared."""
        raise Unsupported("Series.cat.as_ordered", "comparisons would follow the order of the categories", ".cat.codes")

    def _require_text(self) -> None:
        if self._series._dtype.is_not_its_values:
            raise Unsupported("Series.cat of categories that are not text", "their kernel knows their names")

    def _changed(self, method: str, argument: Any, **options: Any) -> Series:
        self._require_text()
        if options.get("ordered"):
            self.as_ordered()
        result = getattr(pd.Categorical([], categories=list(self._known)), method)(argument, **options).categories
        kept = set(result)
        return self._as(list(result), {one: one for one in self._known if one in kept})

    def _as(self, categories: list[Any], mapping: Mapping[str, Any]) -> Series:
        if not all(isinstance(one, str) for one in categories):
            raise Unsupported("categories other than strings", "a categorical column holds strings", ".map")
        dtype = replace(self._series._dtype, categories=tuple(categories))
        return self._apply(lambda x: Lookup(x, tuple(mapping), tuple(mapping.values()), dtype))
