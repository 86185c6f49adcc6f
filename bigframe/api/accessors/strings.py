"""``Series.str``: pandas' string methods."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Never

import numpy as np
import pandas as pd
from pandas.core.strings.accessor import StringMethods as PandasStringMethods

from bigframe.api.accessors import catenation, items, patterns, searches, splitting
from bigframe.api.accessors.accessor import Accessor
from bigframe.api.binding.tiers import composed, native, partitionwise
from bigframe.ops import strings
from bigframe.ops.base import Expr
from bigframe.schema import ONLY_CARRIED, DType, Family

if TYPE_CHECKING:
    from bigframe.api.series import Series

_OF_BYTES = frozenset({"decode", "get", "len", "slice"})
_FACTS = frozenset({"pandas", "display", "prefix"})


def _pad_to(side: str) -> Callable[[Expr, int, str], Expr]:
    return lambda operand, width, fillchar: strings.Pad(operand, width, side, fillchar)


def _inferred(dtype: DType) -> str:
    """What pandas calls values of a dtype that are no strings."""
    if dtype.is_integer or dtype.is_float or dtype.is_bool:
        return "integer" if dtype.is_integer else "floating" if dtype.is_float else "boolean"
    return str(dtype.pandas).split("[", 1)[0]


def _is_object(dtype: DType) -> bool:
    return dtype.is_carried and bool(dtype.pandas == np.dtype(object))


def _are_dicts(dtype: DType) -> bool:
    return dtype.is_struct and dtype.family is Family.NUMPY


def _refuse_bytes(name: str, *_: Any, **__: Any) -> Any:
    raise TypeError(f"Cannot use .str.{name} with values of inferred dtype 'bytes'.")


class _into_columns(composed):  # noqa: N801  (reads as a keyword in class bodies)
    """A name whose ``expand=True`` makes columns, of which the data says how many."""

    def note(self) -> str:
        return (
            "``expand=True`` with ``n`` always makes ``n + 1`` columns; without it a job, which is announced, asks for the "
            f"most pieces of a text. {super().note()}"
        )


class StringMethods(Accessor, PandasStringMethods):  # type: ignore[type-arg]
    """Methods for a column of strings; ``len``, ``get``, ``slice`` and ``join`` also work on lists, the former three on bytes.

    Of dictionaries ``get`` and ``[]`` look numbers up; for what else they hold, ``struct.field`` stays in the engine.

    Raises
    ------
    AttributeError
        If the column holds neither strings, lists, dictionaries nor bytes.
    """

    pandas = PandasStringMethods
    display = "Series.str"
    prefix = "str."

    def __init__(self, series: Series) -> None:
        dtype = series._dtype
        if not (
            dtype.is_string
            or dtype.is_list
            or dtype.is_binary
            or dtype.is_null
            or _is_object(dtype)
            or _are_dicts(dtype)
        ):
            raise AttributeError(f"Can only use .str accessor with string values, not {_inferred(dtype)}")
        if dtype.categories is not None and dtype.is_not_its_values:
            PandasStringMethods(pd.Series(dtype.pandas.categories))  # type: ignore[call-arg]
        Accessor.__init__(self, series)

    @classmethod
    def of(cls, series: Series) -> StringMethods:
        """The accessor of a series.

        Raises
        ------
        AttributeError
            If the column is of another kind.
        """
        from bigframe.api.accessors.objects import ObjectMethods

        known = series.display == "Series" and series._dtype.text_holes is not None
        return ObjectMethods(series) if known else cls(series)

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            raise AttributeError(f"You cannot add any new attribute '{name}'")
        super().__setattr__(name, value)

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name in _FACTS or name not in vars(StringMethods):
            return super().__getattribute__(name)
        dtype = self._series._dtype
        if dtype.is_null or dtype.is_not_its_values:
            why = "the column holds no strings" if dtype.is_null else ONLY_CARRIED
            return functools.wraps(getattr(self.pandas, name))(functools.partial(self._gathered, name, why))
        if self._holds_dicts and name != "get":
            return functools.partial(self._gathered, name, "the column holds dictionaries")
        if self._holds_bytes and name not in _OF_BYTES:
            return functools.partial(_refuse_bytes, name)
        return super().__getattribute__(name)

    def _gathered(self, name: str, why: str, *args: Any, **kwargs: Any) -> Any:
        return self._gather(f"str.{name}", args, kwargs, f"Series.str.{name}: {why}")

    # -- letter case, Unicode

    lower = native(strings.Lower, lower=strings.to_string)
    upper = native(strings.Upper, lower=strings.to_string)
    title = native(strings.Title, lower=strings.to_string)
    capitalize = native(strings.Capitalize, lower=strings.to_string)
    swapcase = native(strings.SwapCase, lower=strings.to_string)
    casefold = partitionwise(strings.to_string)
    normalize = native(strings.NormalizeUnicode)

    # -- predicates

    isalnum = native(strings.IsAlnum, lower=strings.to_bool)
    isalpha = native(strings.IsAlpha, lower=strings.to_bool)
    isascii = native(strings.IsAscii)
    isdecimal = native(strings.IsDecimal, lower=strings.to_bool)
    isdigit = native(strings.IsDigit, lower=strings.to_bool)
    islower = native(strings.IsLower, lower=strings.to_bool)
    isnumeric = native(strings.IsNumeric, lower=strings.to_bool)
    isspace = native(strings.IsSpace, lower=strings.to_bool)
    istitle = native(strings.IsTitle, lower=strings.to_bool)
    isupper = native(strings.IsUpper, lower=strings.to_bool)

    # -- ends and widths

    strip = native(strings.Strip, lower=strings.to_string)
    lstrip = native(strings.LStrip, lower=strings.to_string)
    rstrip = native(strings.RStrip, lower=strings.to_string)
    removeprefix = native(strings.RemovePrefix)
    removesuffix = native(strings.RemoveSuffix)
    pad = native(strings.Pad)
    center = native(_pad_to("both"))
    ljust = native(_pad_to("right"))
    rjust = native(_pad_to("left"))
    zfill = native(strings.ZeroFill)
    slice_replace = native(strings.ReplaceSlice, lower=strings.to_string)
    wrap = partitionwise(strings.to_string)

    # -- searching

    contains = native(searches.contains, lower=strings.to_bool)
    match = native(searches.match, lower=strings.to_bool)
    fullmatch = native(searches.full_match, lower=strings.to_bool)
    startswith = native(searches.starts_with)
    endswith = native(searches.ends_with)
    count = native(searches.count, lower=strings.to_int)
    find = native(strings.FindText, lower=strings.to_int)
    rfind = native(searches.find_last, lower=strings.to_int)
    index = native(searches.position_of, lower=strings.to_int)
    rindex = native(searches.position_of, lower=strings.to_int)

    # -- replacing, splitting, combining

    replace = composed(patterns.replace)
    translate = composed(items.translate)
    repeat = composed(items.repeat)
    split = _into_columns(splitting.split)
    rsplit = _into_columns(splitting.rsplit)
    partition = composed(splitting.partition)
    rpartition = composed(splitting.rpartition)
    get_dummies = composed(splitting.get_dummies)
    findall = composed(patterns.findall)
    extract = composed(patterns.extract)
    extractall = composed(patterns.extractall)
    cat = composed(catenation.cat)

    # -- bytes

    encode = partitionwise(strings.to_binary)
    decode = composed(items.decode)

    # -- lists or strings

    len = composed(items.length)
    get = composed(items.get)
    slice = composed(items.cut)
    join = composed(items.join)

    @property
    def _holds_bytes(self) -> bool:
        return self._series._dtype.is_binary

    @property
    def _holds_dicts(self) -> bool:
        return _are_dicts(self._series._dtype)

    @property
    def _holds_lists(self) -> bool:
        return self._series._dtype.is_list

    def __getitem__(self, key: Any) -> Series:
        if self._series._dtype.is_not_its_values:
            return self._gathered("__getitem__", ONLY_CARRIED, key)  # type: ignore[no-any-return]
        found: Series = self.slice(key.start, key.stop, key.step) if isinstance(key, builtins.slice) else self.get(key)
        return found

    def __iter__(self) -> Never:
        raise TypeError(f"'{type(self).__name__}' object is not iterable")
