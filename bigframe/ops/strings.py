"""Operators over strings: what is behind ``Series.str``."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import pandas as pd
import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.ops.base import Expr
from bigframe.ops.patterns import Pattern, translate
from bigframe.schema import BINARY, DType, Family, list_of


def to_string(operand: DType) -> DType:
    """Strings of the same family, without the categories of a categorical."""
    return operand.as_text()


def to_bool(operand: DType) -> DType:
    """A predicate: False on a missing string for the default dtype, missing for the three-valued ones."""
    return DType(pa.bool_(), operand.family)


def to_int(operand: DType) -> DType:
    """A count or position: int64, float64 where a string is missing; Int64 in the nullable family."""
    return DType(pa.int64(), operand.family).or_missing()


def to_count(operand: DType) -> DType:
    """What Arrow's own kernels count: :func:`to_int`, but int32 in the Arrow family."""
    return DType(pa.int32(), operand.family) if operand.family is Family.ARROW else to_int(operand)


def to_list(operand: DType) -> DType:
    """Lists of strings of the same family."""
    return list_of(to_string(operand))


def to_binary(operand: DType) -> DType:
    """Bytes of the same family."""
    return DType(BINARY.arrow, operand.family)


class _OfStrings(Expr):
    text_fields: ClassVar[tuple[str, ...]] = ()
    """Those that hold text, or None."""
    operand: Expr

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.text_fields:
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise TypeError(f"expected bytes, {type(value).__name__} found")

    @property
    def agrees_with_python(self) -> bool:
        """Whether Python's own methods, to which pandas hands text that it keeps as objects, give the same."""
        return True

    @staticmethod
    def rule(operand: DType) -> DType:
        raise NotImplementedError

    def result(self, *operands: DType) -> DType:
        (operand,) = operands
        if not operand.is_string:
            raise TypeError(f"{type(self).__name__} works on strings, not on {operand}")
        if operand.is_python_text and not self.agrees_with_python:
            raise Unsupported(
                f"{type(self).__name__} of {operand!s}", "Python's own method says otherwise of some letters"
            )
        return self.rule(operand)


class _StringToString(_OfStrings):
    rule = staticmethod(to_string)


class _StringToBool(_OfStrings):
    rule = staticmethod(to_bool)


class _StringToInt(_OfStrings):
    rule = staticmethod(to_int)


class _StringToList(_OfStrings):
    rule = staticmethod(to_list)


class _ByLetter(_OfStrings):
    """What Arrow's own tables of letters decide."""

    @property
    def agrees_with_python(self) -> bool:
        return False


# Letter case and Unicode forms


class Lower(_ByLetter, _StringToString):
    pass


class Upper(_ByLetter, _StringToString):
    pass


class Title(_ByLetter, _StringToString):
    pass


class Capitalize(_ByLetter, _StringToString):
    pass


class SwapCase(_ByLetter, _StringToString):
    pass


class NormalizeUnicode(_StringToString):
    form: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.form not in {"NFC", "NFD", "NFKC", "NFKD"}:
            raise ValueError("invalid normalization form")


# Ends, widths and positions


class _Trimming(_StringToString):
    text_fields = ("to_strip",)
    to_strip: str | None = None

    @property
    def agrees_with_python(self) -> bool:
        return self.to_strip is not None


class Strip(_Trimming):
    pass


class LStrip(_Trimming):
    pass


class RStrip(_Trimming):
    pass


class RemovePrefix(_StringToString):
    text_fields = ("prefix",)
    prefix: str


class RemoveSuffix(_StringToString):
    text_fields = ("suffix",)
    suffix: str


class _ToWidth(_StringToString):
    width: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if not pd.api.types.is_integer(self.width):
            raise TypeError(f"width must be of integer type, not {type(self.width).__name__}")


class Pad(_ToWidth):
    """Fill up to a width in characters; ``side`` is where the filling goes: ``left``, ``right`` or ``both``."""

    side: str = "left"
    fillchar: str = " "

    def __post_init__(self) -> None:
        super().__post_init__()
        fillchar: Any = self.fillchar
        if not isinstance(fillchar, str) or len(fillchar) != 1:
            raise TypeError(f"fillchar must be a character, not {type(fillchar).__name__}")
        if self.side not in {"left", "right", "both"}:
            raise ValueError("Invalid side")


class ZeroFill(_ToWidth):
    pass


class RepeatText(_StringToString):
    repeats: int


class CharacterAt(_StringToString):
    """The character at a position (negative from the end), missing past the end."""

    position: int


class Substring(_StringToString):
    """Python's slice of the characters."""

    start: int | None = None
    stop: int | None = None
    step: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.step == 0:
            raise ValueError("slice step cannot be zero")


class ReplaceSlice(_ByLetter, _StringToString):
    start: int | None = None
    stop: int | None = None
    repl: str | None = None


class Translate(_StringToString):
    """Replace single characters, all at once, each by a text that may be empty."""

    characters: tuple[str, ...]
    texts: tuple[str, ...]


class Affix(_StringToString):
    """The text ``before`` a separator, the ``separator`` itself, or the text ``after``; ``last`` takes the last one."""

    sep: str
    part: str
    last: bool

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.sep:
            raise ValueError("empty separator")


# Predicates and searches


class IsAlnum(_ByLetter, _StringToBool):
    pass


class IsAlpha(_ByLetter, _StringToBool):
    pass


class IsAscii(_StringToBool):
    pass


class IsDecimal(_ByLetter, _StringToBool):
    pass


class IsDigit(_ByLetter, _StringToBool):
    pass


class IsLower(_ByLetter, _StringToBool):
    pass


class IsNumeric(_ByLetter, _StringToBool):
    pass


class IsSpace(_ByLetter, _StringToBool):
    pass


class IsTitle(_ByLetter, _StringToBool):
    pass


class IsUpper(_ByLetter, _StringToBool):
    pass


class Length(_OfStrings):
    """The number of characters."""

    rule = staticmethod(to_count)


class FindText(_StringToInt):
    """The position of a text, in characters, -1 where it is not there; ``last`` takes the last one."""

    sub: str
    last: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.sub, str):
            raise TypeError(f"expected a string object, not {type(self.sub).__name__}")


class StartsWith(_StringToBool):
    """Whether the text starts with any of ``prefixes``; ``na`` stands for a missing text."""

    prefixes: tuple[str, ...]
    na: bool | None = None


class EndsWith(_StringToBool):
    """Whether the text ends with any of ``suffixes``; ``na`` stands for a missing text."""

    suffixes: tuple[str, ...]
    na: bool | None = None


class ContainsText(_StringToBool):
    text_fields = ("text",)
    text: str
    na: bool | None = None


class _Regex(_OfStrings):
    """A search for a Python regular expression; one without an equal in the engine's dialect is refused here."""

    pat: str
    case: bool = True
    flags: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.pattern

    @property
    def pattern(self) -> Pattern:
        return translate(self.pat, self.flags, self.case)

    @property
    def agrees_with_python(self) -> bool:
        return self.pattern.folds_as_python


class _RepeatedRegex(_Regex):
    """A search for all matches, on which the dialects agree if none of them is empty."""

    # About 100 MB of text a second; a column is written and read again ten times as fast.
    is_cheap: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pattern.may_be_empty:
            raise Unsupported(f"a columnar kernel for the pattern {self.pat!r}", "it may match the empty string")


class Contains(_Regex, _StringToBool):
    na: bool | None = None


class Match(_Regex, _StringToBool):
    na: bool | None = None


class FullMatch(_Regex, _StringToBool):
    na: bool | None = None


class CountMatches(_RepeatedRegex):
    rule = staticmethod(to_count)


class FindAll(_RepeatedRegex, _StringToList):
    """All matches of a pattern without groups."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pattern.python.groups:
            raise Unsupported(f"a columnar kernel for the pattern {self.pat!r}", "it has groups")


class FindGroups(_OfStrings):
    """The groups of all matches as structs: the number of the match, and each group, missing where it is empty."""

    tier: ClassVar[str] = "partitionwise"
    is_cheap: ClassVar[bool] = False
    pat: str
    flags: int = 0

    @property
    def python(self) -> re.Pattern[str]:
        return re.compile(self.pat, self.flags)

    def result(self, *operands: DType) -> DType:
        groups = [pa.field(f"group{at}", pa.large_string()) for at in range(self.python.groups)]
        return list_of(DType(pa.struct([pa.field("match", pa.int64()), *groups]), operands[0].family))


class ExtractGroup(_Regex, _StringToString):
    """A group of the first match, missing where nothing matches."""

    group: int = 1


# Replacing and splitting


class ReplaceText(_StringToString):
    """Replace the first ``n`` occurrences of a text, all of them if ``n`` is -1."""

    text_fields = ("text",)
    text: str
    repl: str
    n: int = -1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.text or self.n == 0 or self.n < -1:
            raise Unsupported("a columnar kernel for str.replace", "the text is empty, or `n` is 0 or below -1")


class ReplaceMatches(_RepeatedRegex, _StringToString):
    """Replace the first match, or all of them if ``n`` is -1, by a template of Python's ``re``."""

    repl: str = ""
    n: int = -1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n not in {-1, 1}:
            raise Unsupported("a columnar kernel for str.replace of a pattern", "`n` is neither 1 nor -1")


class SplitWords(_StringToList):
    """The runs of characters between runs of whitespace."""


class SplitText(_StringToList):
    """The texts between a separator, at most ``n`` splits unless -1, counted from the end if ``last``."""

    sep: str
    n: int = -1
    last: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.sep:
            raise ValueError("empty separator")
