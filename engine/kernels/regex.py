"""Kernels of operators that search for a Python regular expression."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import polars as pl

from bigframe.ops import strings
from bigframe.ops.patterns import Pattern, replacement
from engine.kernels.predicates import truth
from engine.kernels.registry import Operand, kernel
from engine.kernels.types import polars_type


def search(
    operand: Operand,
    pattern: Pattern,
    columnar: Callable[[pl.Expr], pl.Expr],
    python: Callable[[re.Pattern[str], str], Any],
) -> pl.Expr:
    """Search every text with the translated pattern, except that Python decides the texts on which it is doubtful.

    Parameters
    ----------
    operand
        The texts.
    pattern
        What to search for.
    columnar
        The search by Polars, from the texts' expression.
    python
        The same search by Python of one text.

    Returns
    -------
    polars.Expr
        One value per text, null where the text is missing.
    """
    doubtful = pattern.doubtful
    if doubtful is None:
        return columnar(operand.expr)

    def run(texts: pl.Series) -> pl.Series:
        frame = texts.to_frame("text")
        answer = frame.select(columnar(pl.col("text"))).to_series()
        rows = texts.str.contains(doubtful).fill_null(value=False).arg_true()
        if rows.is_empty():
            return answer
        decided = pl.Series([python(pattern.python, text) for text in texts.gather(rows)], dtype=answer.dtype)
        source = pl.int_range(len(texts), eager=True).scatter(rows, pl.int_range(len(rows), eager=True) + len(texts))
        return pl.concat([answer, decided.alias(answer.name)]).gather(source)

    dtype = pl.DataFrame(schema={"text": pl.String}).select(columnar(pl.col("text"))).dtypes[0]
    return operand.expr.map_batches(run, return_dtype=dtype, is_elementwise=True)


@kernel(strings.Contains)
def contains(op: strings.Contains, operand: Operand) -> pl.Expr:
    rust = op.pattern.rust
    found = search(
        operand, op.pattern, lambda text: text.str.contains(rust), lambda regex, text: bool(regex.search(text))
    )
    return truth(found, operand.dtype, op.na)


@kernel(strings.Match)
def match(op: strings.Match, operand: Operand) -> pl.Expr:
    rust = rf"\A(?:{op.pattern.rust})"
    found = search(
        operand, op.pattern, lambda text: text.str.contains(rust), lambda regex, text: bool(regex.match(text))
    )
    return truth(found, operand.dtype, op.na)


@kernel(strings.FullMatch)
def fullmatch(op: strings.FullMatch, operand: Operand) -> pl.Expr:
    rust = rf"\A(?:{op.pattern.rust})\z"
    found = search(
        operand, op.pattern, lambda text: text.str.contains(rust), lambda regex, text: bool(regex.fullmatch(text))
    )
    return truth(found, operand.dtype, op.na)


@kernel(strings.CountMatches)
def count_matches(op: strings.CountMatches, operand: Operand) -> pl.Expr:
    rust, kind = op.pattern.rust, polars_type(op.result(operand.dtype).arrow)
    return search(
        operand,
        op.pattern,
        lambda text: text.str.count_matches(rust).cast(kind),
        lambda regex, text: sum(1 for _ in regex.finditer(text)),
    )


@kernel(strings.FindAll)
def find_all(op: strings.FindAll, operand: Operand) -> pl.Expr:
    rust = op.pattern.rust
    return search(operand, op.pattern, lambda text: text.str.extract_all(rust), re.Pattern.findall)


@kernel(strings.FindGroups)
def find_groups(op: strings.FindGroups, operand: Operand) -> pl.Expr:
    regex = op.python
    items = pl.Struct({"match": pl.Int64, **{f"group{at}": pl.String for at in range(regex.groups)}})

    def found(text: str) -> list[dict[str, Any]]:
        matches = regex.findall(text)
        rows = matches if regex.groups > 1 else [(match,) for match in matches]
        return [
            {"match": number, **{f"group{at}": group or None for at, group in enumerate(groups)}}
            for number, groups in enumerate(rows)
        ]

    def run(texts: pl.Series) -> pl.Series:
        return pl.Series(texts.name, [None if text is None else found(text) for text in texts], dtype=pl.List(items))

    return operand.expr.map_batches(run, return_dtype=pl.List(items), is_elementwise=True)


@kernel(strings.ExtractGroup)
def extract_group(op: strings.ExtractGroup, operand: Operand) -> pl.Expr:
    rust, group = op.pattern.rust, op.group

    def python(regex: re.Pattern[str], text: str) -> str | None:
        found = regex.search(text)
        return found.group(group) if found else None

    return search(operand, op.pattern, lambda text: text.str.extract(rust, group), python)


@kernel(strings.ReplaceMatches)
def replace_matches(op: strings.ReplaceMatches, operand: Operand) -> pl.Expr:
    rust, template = op.pattern.rust, replacement(op.pattern.python, op.repl)

    def columnar(text: pl.Expr) -> pl.Expr:
        return text.str.replace_all(rust, template) if op.n == -1 else text.str.replace(rust, template)

    return search(operand, op.pattern, columnar, lambda regex, text: regex.sub(op.repl, text, count=max(op.n, 0)))
