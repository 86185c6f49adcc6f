"""``Series.cat``: the categories of a column, which are part of its dtype, and its values as their places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from pandas.core.arrays.categorical import CategoricalAccessor

from bigframe.api.accessors.accessor import Accessor
from bigframe.errors import Unsupported
from bigframe.ops.casting import Cast
from bigframe.ops.functions import Lookup
from bigframe.ops.missing import Coalesce
from bigframe.schema import DType, of_categories
from bigframe.semantics.values import literal

if TYPE_CHECKING:
    from bigframe.api.series import Series


class CategoryMethods(Accessor):
    """Categories, and what changes them.

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
        """The categories in their order. Never a job."""
        categories: pd.Index = self._series._dtype.pandas.categories
        return categories

    @property
    def ordered(self) -> bool:
        """Whether the categories compare by their order."""
        return self._series._dtype.ordered

    @property
    def codes(self) -> Series:
        """The place of each value's category, -1 where it is missing. Tier: *native*."""
        places = tuple(range(len(self._known)))
        wide = DType(pa.int64())
        narrow = DType(pa.from_numpy_dtype(pd.Categorical([], categories=list(self._known)).codes.dtype))
        codes = self._apply(lambda x: Cast(Coalesce(Lookup(x, self._known, places, wide), literal(-1)), narrow))
        return codes.rename(None)

    def rename_categories(self, new_categories: Any) -> Series:
        """Other names for categories: a list, a mapping, or a function. Tier: *native*."""
        renamed = self._empty.rename_categories(new_categories)
        return self._as(renamed.dtype, range(len(self._known)))

    def reorder_categories(self, new_categories: Sequence[Any], ordered: Any = None) -> Series:
        """The same categories in another order. Tier: *native*."""
        return self._changed("reorder_categories", new_categories, ordered=ordered)

    def add_categories(self, new_categories: Any) -> Series:
        """More categories, after the others. Tier: *native*."""
        return self._changed("add_categories", new_categories)

    def remove_categories(self, removals: Any) -> Series:
        """Fewer categories; values of the others go missing. Tier: *native*."""
        return self._changed("remove_categories", removals)

    def set_categories(self, new_categories: Any, ordered: Any = None, rename: bool = False) -> Series:
        """Other categories; values of none of them go missing. Tier: *native*."""
        if rename:
            renamed = self._empty.set_categories(new_categories, ordered=ordered, rename=True)
            width = len(renamed.categories)
            return self._as(renamed.dtype, [place if place < width else -1 for place in range(len(self._known))])
        return self._changed("set_categories", new_categories, ordered=ordered)

    def remove_unused_categories(self) -> Series:
        """Only the categories that occur; a job finds which. Tier: *native*."""
        present = set(self.codes.drop_duplicates().to_list())
        return self._changed("set_categories", self.categories[[place in present for place in range(len(self._known))]])

    def as_unordered(self) -> Series:
        """The same categories, which do not compare by their order. Tier: *native*."""
        return self._changed("as_unordered")

    def as_ordered(self) -> Series:
        """The same categories, which compare by their order. Tier: *native*."""
        return self._changed("as_ordered")

    @property
    def _empty(self) -> Any:
        return pd.Categorical([], dtype=self._series._dtype.pandas)

    def _changed(self, method: str, *args: Any, **options: Any) -> Series:
        """The values as what pandas makes of the categories; those of none of them go missing."""
        dtype = getattr(self._empty, method)(*args, **options).dtype
        return self._as(dtype, dtype.categories.get_indexer(self.categories))

    def _as(self, categories: Any, places: Iterable[int]) -> Series:
        """The values as other categories, each at its new place."""
        dtype = of_categories(categories)
        if dtype is None or dtype.categories is None:
            raise Unsupported("categories that look alike", "a column tells them apart by their text")
        pairs = [(old, dtype.categories[new]) for old, new in zip(self._known, places, strict=True) if new >= 0]
        keys, values = tuple(old for old, _ in pairs), tuple(new for _, new in pairs)
        return self._apply(lambda x: Lookup(x, keys, values, dtype))
