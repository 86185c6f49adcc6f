"""Operators over documents: fingerprints, MinHash bands, similarity, embedding."""

from __future__ import annotations

from typing import ClassVar, Literal

import pyarrow as pa

from bigframe.ops.base import Expr
from bigframe.schema import FLOAT64, INT64, UINT64, DType, list_of

Unit = Literal["word", "char"]
"""A token is a run of letters, digits and underscores, or a character of a script without spaces; or any character."""


class _OfText(Expr):
    is_cheap: ClassVar[bool] = False
    operand: Expr

    def result(self, *operands: DType) -> DType:
        for operand in operands:
            if not operand.is_string:
                raise TypeError(f"expected a text column, got dtype {operand}")
        return self.of_text()

    def of_text(self) -> DType:
        raise NotImplementedError


class ByteLength(_OfText):
    """How many bytes a text takes in UTF-8."""

    is_cheap: ClassVar[bool] = True

    def of_text(self) -> DType:
        return INT64


class Fingerprint(_OfText):
    """A 128-bit hash of the normalised token stream, missing where there is no token."""

    unit: Unit

    def of_text(self) -> DType:
        return DType(pa.large_binary())


class BandKeys(_OfText):
    """The LSH bucket keys of a document: one per band; none for a document without tokens."""

    ngram_size: int
    unit: Unit
    num_perm: int
    bands: int
    seed: int

    def of_text(self) -> DType:
        return list_of(UINT64)


class Jaccard(_OfText):
    """The exact Jaccard similarity of two documents' shingle sets."""

    other: Expr
    ngram_size: int
    unit: Unit

    def of_text(self) -> DType:
        return FLOAT64


class Embed(_OfText):
    """A model's vector for each text, as a struct of ``vector`` and ``error``; a missing text has neither."""

    tier: ClassVar[str] = "partitionwise"
    function: str
    name: str
    dimensions: int
    batch_size: int | Literal["auto"]
    on_error: Literal["raise", "null", "capture"]

    def of_text(self) -> DType:
        return DType(pa.struct([("vector", pa.list_(pa.float32(), self.dimensions)), ("error", pa.large_string())]))
