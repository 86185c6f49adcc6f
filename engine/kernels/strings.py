"""Kernels of string operators: Polars where it agrees with pandas, else the pyarrow kernel that pandas itself calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from bigframe.ops import strings
from bigframe.ops.base import Expr
from engine.kernels.predicates import truth
from engine.kernels.registry import Operand, kernel, table
from engine.kernels.types import polars_type

# Whitespace as Python has it: Unicode's White_Space and these four separators.
_WORD = r"[^\s\x1c-\x1f]+"

Compute = Callable[[pa.Array], pa.Array]


def through_arrow(text: pl.Expr, compute: Compute, dtype: Any = pl.String) -> pl.Expr:
    """Apply a pyarrow kernel to a column of strings; its answer is cast to ``dtype``."""

    def run(series: pl.Series) -> pl.Series:
        answer = pl.Series(series.name, pl.from_arrow(compute(series.to_arrow())))
        return answer.cast(dtype)

    return text.map_batches(run, return_dtype=dtype, is_elementwise=True)


def _pyarrow_case(operator: type[Expr], compute: Compute) -> None:
    kernel(operator)(lambda _, operand: through_arrow(operand.expr, compute))


def _pyarrow_test(operator: type[Expr], compute: Compute) -> None:
    kernel(operator)(lambda _, operand: truth(through_arrow(operand.expr, compute, pl.Boolean), operand.dtype))


# Unicode's full case mappings (Polars) and the simple ones (pyarrow, so pandas) differ: 'ß', 'ŉ', 'İ', final sigma.
_pyarrow_case(strings.Lower, pc.utf8_lower)
_pyarrow_case(strings.Upper, pc.utf8_upper)
_pyarrow_case(strings.Title, pc.utf8_title)
_pyarrow_case(strings.Capitalize, pc.utf8_capitalize)
_pyarrow_case(strings.SwapCase, pc.utf8_swapcase)

_pyarrow_test(strings.IsAlnum, pc.utf8_is_alnum)
_pyarrow_test(strings.IsAlpha, pc.utf8_is_alpha)
_pyarrow_test(strings.IsAscii, pc.string_is_ascii)
_pyarrow_test(strings.IsDecimal, pc.utf8_is_decimal)
_pyarrow_test(strings.IsDigit, pc.utf8_is_digit)
_pyarrow_test(strings.IsLower, pc.utf8_is_lower)
_pyarrow_test(strings.IsNumeric, pc.utf8_is_numeric)
_pyarrow_test(strings.IsSpace, pc.utf8_is_space)
_pyarrow_test(strings.IsTitle, pc.utf8_is_title)
_pyarrow_test(strings.IsUpper, pc.utf8_is_upper)

table(
    {
        strings.SplitWords: lambda text: text.str.extract_all(_WORD),
    }
)


@kernel(strings.Length)
def length(op: strings.Length, operand: Operand) -> pl.Expr:
    return operand.expr.str.len_chars().cast(polars_type(op.result(operand.dtype).arrow))


@kernel(strings.NormalizeUnicode)
def normalize(op: strings.NormalizeUnicode, operand: Operand) -> pl.Expr:
    return operand.expr.str.normalize(op.form)  # type: ignore[arg-type]


@kernel(strings.Strip)
def strip(op: strings.Strip, operand: Operand) -> pl.Expr:
    if op.to_strip is not None:
        return operand.expr.str.strip_chars(op.to_strip)
    return through_arrow(operand.expr, pc.utf8_trim_whitespace)


@kernel(strings.LStrip)
def lstrip(op: strings.LStrip, operand: Operand) -> pl.Expr:
    if op.to_strip is not None:
        return operand.expr.str.strip_chars_start(op.to_strip)
    return through_arrow(operand.expr, pc.utf8_ltrim_whitespace)


@kernel(strings.RStrip)
def rstrip(op: strings.RStrip, operand: Operand) -> pl.Expr:
    if op.to_strip is not None:
        return operand.expr.str.strip_chars_end(op.to_strip)
    return through_arrow(operand.expr, pc.utf8_rtrim_whitespace)


@kernel(strings.RemovePrefix)
def remove_prefix(op: strings.RemovePrefix, operand: Operand) -> pl.Expr:
    return operand.expr.str.strip_prefix(op.prefix)


@kernel(strings.RemoveSuffix)
def remove_suffix(op: strings.RemoveSuffix, operand: Operand) -> pl.Expr:
    return operand.expr.str.strip_suffix(op.suffix)


@kernel(strings.Pad)
def pad(op: strings.Pad, operand: Operand) -> pl.Expr:
    width = max(op.width, 0)
    if op.side == "left":
        return operand.expr.str.pad_start(width, op.fillchar)
    if op.side == "right":
        return operand.expr.str.pad_end(width, op.fillchar)
    # Python puts the odd character to the left or right depending on the width.
    return through_arrow(
        operand.expr,
        lambda text: pc.utf8_center(text, width=width, padding=op.fillchar, lean_left_on_odd_padding=width % 2 == 0),
    )


@kernel(strings.ZeroFill)
def zero_fill(op: strings.ZeroFill, operand: Operand) -> pl.Expr:
    return operand.expr.str.zfill(max(op.width, 0))


@kernel(strings.RepeatText)
def repeat(op: strings.RepeatText, operand: Operand) -> pl.Expr:
    return through_arrow(operand.expr, lambda text: pc.binary_repeat(text, max(op.repeats, 0)))


@kernel(strings.CharacterAt)
def character_at(op: strings.CharacterAt, operand: Operand) -> pl.Expr:
    # A negative offset before the start would be cut to the start instead of being past the end.
    inside = operand.expr.str.len_chars() >= (op.position + 1 if op.position >= 0 else -op.position)
    return pl.when(inside).then(operand.expr.str.slice(op.position, 1))


@kernel(strings.Substring)
def substring(op: strings.Substring, operand: Operand) -> pl.Expr:
    forward = op.step in {None, 1}
    start = op.start or 0
    if forward and start >= 0 and (op.stop is None or op.stop >= 0):
        return operand.expr.str.slice(start, None if op.stop is None else max(op.stop - start, 0))
    step = 1 if op.step is None else op.step
    first = op.start if op.start is not None else -1 if step < 0 else 0
    return through_arrow(operand.expr, lambda text: pc.utf8_slice_codeunits(text, start=first, stop=op.stop, step=step))


@kernel(strings.ReplaceSlice)
def replace_slice(op: strings.ReplaceSlice, operand: Operand) -> pl.Expr:
    stop = op.stop if op.stop is not None else 2**63 - 1
    return through_arrow(operand.expr, lambda text: pc.utf8_replace_slice(text, op.start or 0, stop, op.repl or ""))


@kernel(strings.Translate)
def translate(op: strings.Translate, operand: Operand) -> pl.Expr:
    return operand.expr.str.replace_many(list(op.characters), list(op.texts))


@kernel(strings.FindText)
def find_text(op: strings.FindText, operand: Operand) -> pl.Expr:
    # Polars and pyarrow count bytes; the characters before the first occurrence are what Python counts.
    text = operand.expr
    if op.last:
        pieces = _split(text, op.sub, 1, last=True) if op.sub else None
        at = text.str.len_chars() if pieces is None else pieces.list.get(0).str.len_chars()
        there = True if pieces is None else pieces.list.len() == 2
        return pl.when(there).then(at.cast(pl.Int64)).when(text.is_not_null()).then(-1)
    before = text.str.splitn(op.sub, 2).struct.field("field_0").str.len_chars().cast(pl.Int64)
    if not op.sub:
        return text.str.len_chars().cast(pl.Int64) * 0
    return pl.when(text.str.contains(op.sub, literal=True)).then(before).when(text.is_not_null()).then(-1)


@kernel(strings.StartsWith)
def starts_with(op: strings.StartsWith, operand: Operand) -> pl.Expr:
    return truth(_any(operand.expr, [operand.expr.str.starts_with(text) for text in op.prefixes]), operand.dtype, op.na)


@kernel(strings.EndsWith)
def ends_with(op: strings.EndsWith, operand: Operand) -> pl.Expr:
    return truth(_any(operand.expr, [operand.expr.str.ends_with(text) for text in op.suffixes]), operand.dtype, op.na)


def _any(text: pl.Expr, tests: list[pl.Expr]) -> pl.Expr:
    return pl.any_horizontal(tests) if tests else pl.when(text.is_not_null()).then(statement=False)


@kernel(strings.ContainsText)
def contains_text(op: strings.ContainsText, operand: Operand) -> pl.Expr:
    return truth(operand.expr.str.contains(op.text, literal=True), operand.dtype, op.na)


@kernel(strings.ReplaceText)
def replace_text(op: strings.ReplaceText, operand: Operand) -> pl.Expr:
    if op.n == -1:
        return operand.expr.str.replace_all(op.text, op.repl, literal=True)
    return operand.expr.str.replace(op.text, op.repl, literal=True, n=op.n)


@kernel(strings.SplitText)
def split_text(op: strings.SplitText, operand: Operand) -> pl.Expr:
    return _split(operand.expr, op.sep, op.n, op.last)


def _split(text: pl.Expr, sep: str, n: int, last: bool) -> pl.Expr:
    if n == -1:
        return text.str.split(sep)
    return through_arrow(
        text, lambda array: pc.split_pattern(array, sep, max_splits=n, reverse=last), pl.List(pl.String)
    )


@kernel(strings.Affix)
def affix(op: strings.Affix, operand: Operand) -> pl.Expr:
    """One of the three parts of ``str.partition`` and ``str.rpartition``."""
    parts = _split(operand.expr, op.sep, 1, op.last)
    found = parts.list.len() == 2
    if op.part == "separator":
        part = pl.when(found).then(pl.lit(op.sep)).otherwise(pl.lit(""))
    else:
        side = parts.list.get(0 if op.part == "before" else -1)
        # Without a separator the whole text is on the side from which the search started.
        whole = op.part == ("after" if op.last else "before")
        part = side if whole else pl.when(found).then(side).otherwise(pl.lit(""))
    return pl.when(operand.expr.is_not_null()).then(part)
