"""``Series.str``: pandas' string methods."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pandas.core.strings.accessor import StringMethods as PandasStringMethods

from bigframe.api.accessors import searches
from bigframe.api.accessors.accessor import Accessor
from bigframe.api.binding import gathered, missing, native, pandas_method, partitionwise
from bigframe.errors import Unsupported
from bigframe.ops import lists, strings
from bigframe.ops.base import Expr
from bigframe.ops.lists import ListGet
from bigframe.semantics.frame import same_rows

if TYPE_CHECKING:
    from bigframe.api.dataframe import DataFrame
    from bigframe.api.series import Series

_METACHARACTERS = frozenset(r".^$*+?{}[]\|()")


def _pad_to(side: str) -> Callable[[Expr, int, str], Expr]:
    return lambda operand, width, fillchar: strings.Pad(operand, width, side, fillchar)


class StringMethods(Accessor):
    """Methods for a column of strings; ``len``, ``get``, ``slice`` and ``join`` also work on lists.

    Raises
    ------
    AttributeError
        If the column holds neither strings nor lists.
    """

    pandas = PandasStringMethods
    display = "Series.str"
    prefix = "str."

    def __init__(self, series: Series) -> None:
        dtype = series._dtype
        if not (dtype.is_string or dtype.is_list):
            raise AttributeError(f"Can only use .str accessor with string values, not {dtype}")
        super().__init__(series)

    # -- letter case, Unicode

    lower = native(strings.Lower)
    upper = native(strings.Upper)
    title = native(strings.Title)
    capitalize = native(strings.Capitalize)
    swapcase = native(strings.SwapCase)
    casefold = partitionwise(strings.to_string)
    normalize = native(strings.NormalizeUnicode)

    # -- predicates

    isalnum = native(strings.IsAlnum)
    isalpha = native(strings.IsAlpha)
    isascii = native(strings.IsAscii)
    isdecimal = native(strings.IsDecimal)
    isdigit = native(strings.IsDigit)
    islower = native(strings.IsLower)
    isnumeric = native(strings.IsNumeric)
    isspace = native(strings.IsSpace)
    istitle = native(strings.IsTitle)
    isupper = native(strings.IsUpper)

    # -- ends and widths

    strip = native(strings.Strip)
    lstrip = native(strings.LStrip)
    rstrip = native(strings.RStrip)
    removeprefix = native(strings.RemovePrefix)
    removesuffix = native(strings.RemoveSuffix)
    pad = native(strings.Pad)
    center = native(_pad_to("both"))
    ljust = native(_pad_to("right"))
    rjust = native(_pad_to("left"))
    zfill = native(strings.ZeroFill)
    slice_replace = native(strings.ReplaceSlice)
    wrap = partitionwise(strings.to_string)

    # -- searching

    contains = native(searches.contains, lower=strings.to_bool)
    match = native(searches.match, lower=strings.to_bool)
    fullmatch = native(searches.full_match, lower=strings.to_bool)
    startswith = native(searches.starts_with)
    endswith = native(searches.ends_with)
    count = native(searches.count, lower=strings.to_int)
    find = native(strings.FindText, lower=strings.to_int)
    rfind = partitionwise(strings.to_int)
    index = partitionwise(strings.to_int)
    rindex = partitionwise(strings.to_int)

    # -- rows and columns that depend on the data

    extractall = gathered("the number of rows depends on the data")
    get_dummies = gathered("the columns depend on all the data")

    # -- bytes

    encode = partitionwise(strings.to_binary)
    decode = missing("it reads a column of bytes, which has no .str here", "reading the column as text")

    # -- lists or strings

    @property
    def _holds_lists(self) -> bool:
        return self._series._dtype.is_list

    def len(self) -> Series:
        """The number of characters, or of list items. See pandas; tier: *native*."""
        return self._apply(lists.ListLength if self._holds_lists else strings.Length)

    def get(self, i: int) -> Series:
        """The character or list item at a position, missing past the end. See pandas; tier: *native*."""
        if not isinstance(i, int):
            raise Unsupported(f"Series.str.get({i!r})", "only positions are looked up")
        return self._apply(lambda x: ListGet(x, i) if self._holds_lists else strings.CharacterAt(x, i))

    def slice(self, start: int | None = None, stop: int | None = None, step: int | None = None) -> Series:
        """Python's slice of the characters or list items. See pandas; tier: *native*."""
        if not self._holds_lists:
            return self._apply(lambda x: strings.Substring(x, start, stop, step))
        if step not in {None, 1}:
            return self._apply_pandas("str.slice", (start, stop, step), {}, lambda dtype: dtype)
        return self._apply(lambda x: strings.SliceItems(x, start, stop))

    def __getitem__(self, key: Any) -> Series:
        return self.slice(key.start, key.stop, key.step) if isinstance(key, slice) else self.get(key)

    def join(self, sep: str) -> Series:
        """List items, or characters, as one text. See pandas; tier: *native* for lists, else *partitionwise*."""
        if self._holds_lists:
            return self._apply(lambda x: strings.JoinItems(x, sep))
        return self._apply_pandas("str.join", (sep,), {}, strings.to_string)

    # -- replacing

    def replace(
        self,
        pat: Any,
        repl: str | None = None,
        n: int = -1,
        case: bool | None = None,
        flags: int = 0,
        regex: bool = False,
    ) -> Series:
        """Occurrences of a text or pattern replaced. See pandas; tier: *native*, else *partitionwise*.

        Raises
        ------
        Unsupported
            If ``repl`` is a function.
        """
        if isinstance(pat, Mapping):
            if repl is not None:
                raise ValueError("repl cannot be used when pat is a dictionary")
            steps = pat.items()
            return functools.reduce(lambda s, step: s.str.replace(*step, n, case, flags, regex), steps, self._series)
        if callable(repl):
            raise Unsupported("Series.str.replace(repl=function)", "a plan holds no code here", "Series.map(function)")
        if not isinstance(repl, str):
            raise TypeError("repl must be a string or callable")
        options: dict[str, Any] = {"n": n, "case": case, "flags": int(flags), "regex": regex}
        make = functools.partial(searches.replace, pat=pat, repl=repl, **options)
        return self._apply_or_pandas(make, "str.replace", (pat, repl), options, strings.to_string)

    def translate(self, table: Mapping[int, int | str | None]) -> Series:
        """Single characters replaced, all at once, by a table of ``str.maketrans``. See pandas; tier: *native*."""
        return self._apply(lambda x: searches.translate(x, table))

    def repeat(self, repeats: int) -> Series:
        """Each text several times over. See pandas; tier: *native*."""
        if not isinstance(repeats, int):
            raise Unsupported("Series.str.repeat(sequence)", "its items would be matched with rows by position")
        return self._apply(lambda x: strings.RepeatText(x, repeats))

    # -- splitting

    def split(
        self, pat: Any = None, *, n: int | None = -1, expand: bool = False, regex: bool | None = None
    ) -> Series | DataFrame:
        """Texts between a separator or pattern. See pandas; tier: *native*, *partitionwise* for patterns.

        ``expand=True`` needs ``n``, and always makes ``n + 1`` columns.
        """
        is_text = isinstance(pat, str) and pat != ""
        literal = is_text and (regex is False or (regex is None and (len(pat) == 1 or not _METACHARACTERS & set(pat))))
        return self._pieces("str.split", pat, n, expand, literal, {} if regex is None else {"regex": regex})

    def rsplit(self, pat: str | None = None, *, n: int | None = -1, expand: bool = False) -> Series | DataFrame:
        """:meth:`split` from the end. See pandas; tier: *native*, *partitionwise* for ``n`` words."""
        return self._pieces("str.rsplit", pat, n, expand, bool(pat), {})

    def _pieces(
        self, path: str, pat: Any, n: int | None, expand: bool, literal: bool, options: dict[str, Any]
    ) -> Series | DataFrame:
        splits = n if n is not None and n > 0 else -1
        dtype = strings.to_list(self._series._dtype)

        def pieces(x: Expr) -> Expr:
            if pat is None and splits == -1:
                return strings.SplitWords(x)
            if literal:
                return strings.SplitText(x, pat, splits, last=path == "str.rsplit")
            return pandas_method(x, path, () if pat is None else (pat,), {"n": n, **options}, dtype)

        if not expand:
            return self._apply(pieces)
        if splits == -1:
            raise Unsupported(
                "Series.str.split(expand=True) without n=", "the number of columns depends on the data", "n=1 or more"
            )

        def piece(x: Expr, at: int) -> Expr:
            return ListGet(pieces(x), at)

        return self._columns({at: functools.partial(piece, at=at) for at in range(splits + 1)})

    def partition(self, sep: str = " ", expand: bool = True) -> DataFrame:
        """The text before the first separator, the separator, and the text after. See pandas; tier: *native*."""
        return self._three_parts("partition", sep, expand)

    def rpartition(self, sep: str = " ", expand: bool = True) -> DataFrame:
        """The text before the last separator, the separator, and the text after. See pandas; tier: *native*."""
        return self._three_parts("rpartition", sep, expand)

    def _three_parts(self, name: str, sep: str, expand: bool) -> DataFrame:
        if not expand:
            raise Unsupported(f"Series.str.{name}(expand=False)", "columns hold no tuples", "expand=True")
        part = functools.partial(strings.Affix, sep=sep, last=name == "rpartition")
        names = ("before", "separator", "after")
        return self._columns({at: functools.partial(part, part=name) for at, name in enumerate(names)})

    # -- patterns with groups

    def findall(self, pat: Any, flags: int = 0) -> Series:
        """All matches, or their only group, as lists. See pandas; tier: *native*, with a group *partitionwise*."""
        if re.compile(pat, flags).groups > 1:
            raise Unsupported("Series.str.findall with several groups", "columns hold no tuples", "one group")
        make = functools.partial(strings.FindAll, pat=pat, flags=int(flags))
        return self._apply_or_pandas(make, "str.findall", (pat, int(flags)), {}, strings.to_list)

    def extract(self, pat: str, flags: int = 0, expand: bool = True) -> Series | DataFrame:
        """The groups of the first match as columns. See pandas; tier: *native*, else *partitionwise* for one group."""
        regex = re.compile(pat, flags)
        if not regex.groups:
            raise ValueError("pattern contains no capture groups")
        names = {at: name for name, at in regex.groupindex.items()}

        def group(x: Expr, at: int) -> Expr:
            try:
                return strings.ExtractGroup(x, pat, flags=int(flags), group=at)
            except Unsupported:
                if regex.groups > 1:
                    raise
            options = {"flags": int(flags), "expand": False}
            return pandas_method(x, "str.extract", (pat,), options, strings.to_string(self._series._dtype))

        groups = range(1, regex.groups + 1)
        if regex.groups == 1 and not expand:
            return self._apply(lambda x: group(x, 1)).rename(names.get(1, self._series.name))
        return self._columns({names.get(at, at - 1): functools.partial(group, at=at) for at in groups})

    # -- combining

    def cat(self, others: Any = None, sep: str | None = None, na_rep: str | None = None, join: str = "left") -> Any:
        """Texts of several columns of the same rows joined, or all rows as one text. See pandas.

        Tier: *native* for columns of the same rows; without ``others`` the texts are gathered.
        """
        if others is None:
            return self._gather("str.cat", (), {"sep": sep, "na_rep": na_rep}, "Series.str.cat: one text of all rows")
        columns = [self._series, *(others if isinstance(others, (list, tuple)) else [others])]
        if not all(isinstance(column, type(self._series)) for column in columns):
            raise Unsupported("Series.str.cat of values that are not a Series", "its rows are matched by position")
        if join != "left" or not all(same_rows(self._series._frame, column._frame) for column in columns):
            raise Unsupported("Series.str.cat of another table's rows", "aligning them needs the data", "merge first")
        texts = columns if na_rep is None else [column.fillna(na_rep) for column in columns]
        joined = functools.reduce(lambda left, right: left + sep + right if sep else left + right, texts)
        return joined.rename(self._series.name)
