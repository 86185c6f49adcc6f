"""``Series.str`` of Python objects that are all text: the operators over strings between two changes of form."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pandas.api.extensions import no_default

from bigframe.api.accessors.strings import StringMethods
from bigframe.api.binding.tiers import Rule, pandas_method
from bigframe.errors import Unsupported
from bigframe.literals import is_missing
from bigframe.ops import strings
from bigframe.ops.base import Expr, Literal
from bigframe.ops.conditional import Where
from bigframe.ops.lists import ListGet
from bigframe.ops.missing import NotNull
from bigframe.ops.objects import ObjectsOfText, TextOfObjects
from bigframe.ops.pandas_tier import PandasMethod
from bigframe.schema import NULL, OBJECTS, DType, text_objects

if TYPE_CHECKING:
    from bigframe.api.dataframe import DataFrame
    from bigframe.api.series import Series

_TESTS = frozenset({"contains", "endswith", "fullmatch", "match", "startswith"})
_OF_SEVERAL_COLUMNS = frozenset({"cat", "extractall"})
_MAY_FIND_NOTHING = (strings.CharacterAt, strings.ExtractGroup, ListGet)


class ObjectMethods(StringMethods):
    """What pandas does with objects: text stays an object, a missing one what it is."""

    def __init__(self, series: Series) -> None:
        self._objects = series
        super().__init__(series._apply(TextOfObjects))

    @property
    def _source(self) -> Series:
        return self._objects

    def __getattribute__(self, name: str) -> Any:
        method = super().__getattribute__(name)
        if name in _OF_SEVERAL_COLUMNS:
            why = "its result is made of other columns' objects too"
            return functools.wraps(method)(functools.partial(self._gathered, name, why))
        return functools.wraps(method)(functools.partial(self._tested, name, method)) if name in _TESTS else method

    def _tested(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """A test; which kind of missing value it answers a missing text with is pandas' to say."""
        given = dict(inspect.signature(method).bind(self, *args, **kwargs).arguments)
        given.pop("self")
        if is_missing(given.get("na", no_default)):
            return self._gathered(name, "missing texts are answered with an object", **given)
        return method(**given)

    def _apply(self, make: Callable[[Expr], Expr]) -> Series:
        return self._objects._apply(self._of_objects(make))

    def _apply_pandas(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], rule: Rule) -> Series:
        given = {name: value for name, value in kwargs.items() if value is not no_default}
        dtype = rule(self._series._dtype)
        return self._apply(lambda text: pandas_method(text, path, args, given, dtype))

    def _columns(self, makers: dict[Any, Callable[[Expr], Expr]], *, labelled: bool = True) -> DataFrame:
        made = {label: self._of_objects(make, one_of_several=True) for label, make in makers.items()}
        return super()._columns(made, labelled=labelled)

    def _of_objects(self, make: Callable[[Expr], Expr], *, one_of_several: bool = False) -> Callable[[Expr], Expr]:
        """An operator over strings as one over objects.

        Raises
        ------
        Unsupported
            If its answer to a missing text is an object of a kind that its dtype does not tell.
        """
        frame, holes = self._objects._frame, self._objects._dtype.text_holes

        def of_objects(objects: Expr) -> Expr:
            found = make(TextOfObjects(objects))
            dtype = frame.type_of(found)
            if dtype.is_string:
                if holes == "None" and one_of_several and not self._finds_all(found):
                    raise Unsupported("groups of objects among which None is", "they are NaN")
                return ObjectsOfText(found, objects, self._kind_of(found))
            if dtype.is_bool and holes and not _answers_missing(found):
                if holes == "None":
                    raise Unsupported("a test of objects among which None is", "it answers None")
                return Where(NotNull(objects), found, Literal(None, NULL))
            if (dtype.is_list or dtype.is_binary) and holes == "NaN":
                raise Unsupported("lists or bytes of objects among which NaN is", "it answers NaN")
            return found

        return of_objects

    def _finds_all(self, found: Expr) -> bool:
        """Whether there is an answer for every text."""
        if isinstance(found, PandasMethod):
            return found.path not in {"str.extract", "str.get"}
        return not isinstance(found, _MAY_FIND_NOTHING)

    def _kind_of(self, found: Expr) -> DType:
        """The dtype of objects that are these texts, or missing as those are from which they come."""
        dtype = self._objects._dtype
        if self._finds_all(found):
            return dtype
        return OBJECTS if dtype.text_holes == "None" else text_objects("NaN")


def _answers_missing(test: Expr) -> bool:
    """Whether a test was told what to say of a missing text."""
    return "na" in dict(test.keywords) if isinstance(test, PandasMethod) else getattr(test, "na", None) is not None
