"""Kernels of ``bigframe.ops.text``: Polars columns to the text kernels over Arrow and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from bigframe.ops import text
from engine.kernels.embedding import ModelError, embed
from engine.kernels.functions import instance
from engine.kernels.model_cache import its_turn
from engine.kernels.registry import Operand, kernel
from engine.kernels.text import jaccard as similarity
from engine.kernels.text import minhash
from engine.kernels.types import polars_type


@kernel(text.ByteLength)
def byte_length(op: text.ByteLength, operand: Operand) -> pl.Expr:
    return operand.expr.str.len_bytes().cast(pl.Int64())


@kernel(text.Fingerprint)
def fingerprint(op: text.Fingerprint, operand: Operand) -> pl.Expr:
    def run(column: pl.Series) -> pl.Series:
        prints, tokens = minhash.fingerprints(column.to_arrow(), unit=op.unit)
        whole = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(column), [None, pa.py_buffer(prints)])
        return pl.Series(pl.from_arrow(pc.if_else(tokens > 0, whole.cast(pa.large_binary()), None)), dtype=pl.Binary)

    return operand.expr.map_batches(run, return_dtype=pl.Binary(), is_elementwise=True)


@kernel(text.BandKeys)
def band_keys(op: text.BandKeys, operand: Operand) -> pl.Expr:
    kind = pl.List(pl.UInt64)

    def run(column: pl.Series) -> pl.Series:
        keys, shingles = minhash.band_keys(
            column.to_arrow(),
            bands=op.bands,
            ngram_size=op.ngram_size,
            unit=op.unit,
            num_perm=op.num_perm,
            seed=op.seed,
        )
        offsets = np.concatenate([[0], np.cumsum(np.where(shingles > 0, op.bands, 0))]).astype(np.int64)
        lists = pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(keys[shingles > 0].ravel()))
        return pl.Series(pl.from_arrow(lists), dtype=kind)

    return operand.expr.map_batches(run, return_dtype=kind, is_elementwise=True)


@kernel(text.Jaccard)
def jaccard(op: text.Jaccard, operand: Operand, other: Operand) -> pl.Expr:
    def run(columns: Sequence[pl.Series]) -> pl.Series:
        left, right = (column.to_arrow() for column in columns)
        return pl.Series(similarity.jaccard(left, right, ngram_size=op.ngram_size, unit=op.unit), dtype=pl.Float64)

    return pl.map_batches([operand.expr, other.expr], run, return_dtype=pl.Float64(), is_elementwise=True)


@kernel(text.Embed)
def embed_texts(op: text.Embed, operand: Operand) -> pl.Expr:
    kind = polars_type(op.of_text().arrow)

    def run(column: pl.Series) -> pl.Series:
        model = instance(op.function)
        try:
            with its_turn(op.function):
                result = embed(
                    column.to_arrow(),
                    model,
                    batch_size=op.batch_size,
                    on_error=op.on_error,
                    dimensions=op.dimensions,
                )
        except ModelError as error:
            raise ModelError(f"{error} (called at {op.origin})") from error
        errors = result.errors if result.errors is not None else pa.nulls(len(column), pa.large_string())
        both = pa.StructArray.from_arrays([result.vectors, errors.cast(pa.large_string())], ["vector", "error"])
        return pl.Series(pl.from_arrow(both)).cast(kind)

    return operand.expr.map_batches(run, return_dtype=kind, is_elementwise=True)
