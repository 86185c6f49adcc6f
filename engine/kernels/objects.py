"""Kernels of ``bigframe.ops.objects``: cells of text are JSON, of which only strings are read and written here."""

from __future__ import annotations

import json

import polars as pl

from bigframe.ops import objects
from engine.kernels.registry import Operand, kernel

_ESCAPED = ['"', "\\", *map(chr, range(0x20))]
_ESCAPES = [json.dumps(character)[1:-1] for character in _ESCAPED]


@kernel(objects.TextOfObjects)
def text_of_objects(op: objects.TextOfObjects, operand: Operand) -> pl.Expr:
    cells = operand.expr.cast(pl.String)
    text = cells.str.strip_prefix('"').str.strip_suffix('"').str.replace_many(_ESCAPES, _ESCAPED)
    return pl.when(cells.str.starts_with('"')).then(text)


@kernel(objects.ObjectsOfText)
def objects_of_text(op: objects.ObjectsOfText, text: Operand, source: Operand) -> pl.Expr:
    is_text = source.expr.cast(pl.String).str.starts_with('"')
    return pl.when(is_text).then(_cells(text.expr)).otherwise(source.expr)


@kernel(objects.TextAsObjects)
def text_as_objects(op: objects.TextAsObjects, operand: Operand) -> pl.Expr:
    return _cells(operand.expr)


def _cells(text: pl.Expr) -> pl.Expr:
    return pl.format('"{}"', text.str.replace_many(_ESCAPED, _ESCAPES)).cast(pl.Binary)
