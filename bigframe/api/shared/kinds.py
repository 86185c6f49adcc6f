"""Accessors of columns of one kind: categories, lists, structs."""

from __future__ import annotations

from bigframe.api.accessors.categories import CategoryMethods
from bigframe.api.accessors.nested import ListMethods, StructMethods
from bigframe.api.columns import Columns


class KindAccessors(Columns):
    """The half of Series' accessors that only few columns have."""

    @property
    def cat(self) -> CategoryMethods:
        """Categories."""
        return CategoryMethods.of(self)  # type: ignore[arg-type,no-any-return]

    @property
    def list(self) -> ListMethods:
        """Items of lists."""
        return ListMethods(self)  # type: ignore[arg-type]

    @property
    def struct(self) -> StructMethods:
        """Fields of structs."""
        return StructMethods(self)  # type: ignore[arg-type]
