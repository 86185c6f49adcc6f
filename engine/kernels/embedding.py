"""Texts to vectors: length-sorted micro-batches through a model, and rows that fail told from models that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from bigframe.errors import BigFrameError

OnError = Literal["raise", "null", "capture"]
Model = Callable[[list[str]], Any]
Vectors = npt.NDArray[np.float32]

# A micro-batch of automatic size holds about this many bytes of text once padded to its longest row. Measured with
# MiniLM-L6 on one core: 64 texts of 500 bytes take the same time in batches of 1 to 32 and 1.4x in one of 64;
# texts of 20 bytes gain 2.4x from 1 to 32.
AUTO_BYTES = 16_384
# Fewer rows leave a model with a high cost per call idle, more give no gain.
AUTO_ROWS = (8, 256)
SHOWN_CHARACTERS = 80


class ModelError(BigFrameError, ValueError):
    """A model failed on a row, or answered with something else than one finite vector per text."""


@dataclass(frozen=True)
class EmbedResult:
    """Vectors of a column of texts.

    Parameters
    ----------
    vectors
        ``fixed_size_list<float32>[dimensions]``, null where the text is null or failed.
    errors
        Under ``on_error="capture"``, what failed for each row, null where nothing did; else None.
    """

    vectors: pa.FixedSizeListArray
    errors: pa.StringArray | None


def embed(
    texts: pa.Array | pa.ChunkedArray,
    model: Model,
    *,
    batch_size: int | Literal["auto"] = "auto",
    on_error: OnError = "raise",
    dimensions: int | None = None,
) -> EmbedResult:
    """Embed every text with a model.

    Texts go to the model sorted by length, in micro-batches, so that a model which pads does little for nothing;
    vectors come back in the order of the texts. A null text is never sent and gives a null vector. A micro-batch that
    makes the model raise is halved until the rows at fault are alone.

    Parameters
    ----------
    texts
        Strings.
    model
        Takes a list of str and returns one row of floats per text: a NumPy array, lists, or what NumPy can convert
        (a torch tensor on the CPU).
    batch_size
        Texts per call; ``"auto"`` takes 8 to 256, fewer the longer the texts are.
    on_error
        What happens to a row for which the model raises or returns NaN or infinity: ``"raise"`` raises,
        ``"null"`` gives a null vector, ``"capture"`` also says why in ``errors``.
    dimensions
        Length of a vector. None takes the model's ``dimensions`` attribute, else the first answer's length.

    Returns
    -------
    EmbedResult
        As many rows as `texts`.

    Raises
    ------
    TypeError
        `texts` are not strings.
    ModelError
        A row failed under ``"raise"`` (names its text); under any `on_error`, the model's answer is no
        matrix, has another number of rows or dimensions than expected, or no answer tells the dimensions.

    Examples
    --------
    >>> import pyarrow as pa
    >>> result = embed(pa.array(["abc", None, "a"]), lambda texts: [[len(t), 1.0] for t in texts])
    >>> result.vectors.to_pylist()
    [[3.0, 1.0], None, [1.0, 1.0]]
    """
    if not (pt.is_string(texts.type) or pt.is_large_string(texts.type) or pt.is_string_view(texts.type)):
        raise TypeError(f"only strings can be embedded, got {texts.type}")
    if batch_size != "auto" and batch_size < 1:
        raise ValueError(f"batch_size must be positive or 'auto', got {batch_size}")
    if on_error not in ("raise", "null", "capture"):
        raise ValueError(f"on_error must be 'raise', 'null' or 'capture', got {on_error!r}")
    # pyarrow neither measures nor takes string_view; for string this widens the offsets, no more.
    column = texts.cast(pa.large_string())
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    run = _Run(column, model, dimensions if dimensions is not None else getattr(model, "dimensions", None))
    for rows in micro_batches(column, batch_size):
        run.embed(rows, stop_at_failure=on_error == "raise")
    return run.result(capture=on_error == "capture")


def micro_batches(column: pa.Array, batch_size: int | Literal["auto"]) -> Iterator[npt.NDArray[np.int64]]:
    """Positions of the texts that are not null, shortest first, a micro-batch at a time."""
    lengths = pc.fill_null(pc.binary_length(column), -1).to_numpy()
    order = np.argsort(lengths, kind="stable")
    start = int(np.count_nonzero(lengths < 0))
    low, high = AUTO_ROWS
    while start < len(order):
        if batch_size == "auto":
            # The longest of a batch is its last row: the largest count whose padded size still fits.
            counts = np.arange(1, min(high, len(order) - start) + 1)
            fits = counts * lengths[order[start : start + len(counts)]] <= AUTO_BYTES
            size = max(low, int(np.count_nonzero(fits)))
        else:
            size = batch_size
        yield order[start : start + size]
        start += size


class _Run:
    """Answers gathered over the micro-batches of one column."""

    def __init__(self, column: pa.Array, model: Model, dimensions: int | None) -> None:
        self._column = column
        self._model = model
        self._dimensions = dimensions
        self._vectors: Vectors | None = None
        self._missing = np.ones(len(column), dtype=bool)
        self._errors: dict[int, str] = {}

    def embed(self, rows: npt.NDArray[np.int64], *, stop_at_failure: bool) -> None:
        """Embed the texts at some positions; a failing batch is halved until single rows are at fault."""
        waiting = [rows]
        while waiting:
            part = waiting.pop()
            texts = self._column.take(pa.array(part)).to_pylist()
            try:
                answer = self._model(texts)
            except Exception as error:  # noqa: BLE001 - whatever a model raises is the row's failure
                if len(part) > 1:
                    middle = len(part) // 2
                    waiting += [part[middle:], part[:middle]]
                    continue
                self._fail(int(part[0]), texts[0], error, stop_at_failure)
                continue
            vectors = self._checked(answer, len(part))
            finite = np.isfinite(vectors).all(axis=1)
            if self._vectors is None:
                self._vectors = np.zeros((len(self._column), vectors.shape[1]), dtype=np.float32)
            self._vectors[part[finite]] = vectors[finite]
            self._missing[part[finite]] = False
            for index in np.flatnonzero(~finite):
                cause = ModelError("expected finite numbers, got NaN or infinity")
                self._fail(int(part[index]), texts[index], cause, stop_at_failure)

    def result(self, *, capture: bool) -> EmbedResult:
        """Column of vectors, and of errors where they are wanted."""
        if self._dimensions is None:
            raise ModelError(
                "no text was embedded, so the length of a vector is unknown: give dimensions=, "
                "or give the model an attribute `dimensions`"
            )
        found = self._vectors
        if found is None:
            found = np.zeros((len(self._column), self._dimensions), dtype=np.float32)
        vectors = pa.FixedSizeListArray.from_arrays(
            pa.array(found.reshape(-1)), self._dimensions, mask=pa.array(self._missing)
        )
        if not capture:
            return EmbedResult(vectors, None)
        return EmbedResult(vectors, pa.array([self._errors.get(i) for i in range(len(self._column))], pa.string()))

    def _checked(self, answer: Any, rows: int) -> Vectors:
        try:
            vectors = np.asarray(answer, dtype=np.float32)
        except (TypeError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"model {_name(self._model)} returned {type(answer).__name__} for {rows} texts; "
                f"expected {rows} rows of equally many numbers: {error}"
            ) from error
        if vectors.ndim != 2 or len(vectors) != rows:
            raise ModelError(
                f"model {_name(self._model)} returned an array of shape {vectors.shape} for {rows} texts; "
                f"expected ({rows}, {'dimensions' if self._dimensions is None else self._dimensions})"
            )
        if self._dimensions is None:
            self._dimensions = vectors.shape[1]
        if vectors.shape[1] != self._dimensions:
            raise ModelError(
                f"model {_name(self._model)} returned vectors of {vectors.shape[1]} dimensions; "
                f"expected {self._dimensions}"
            )
        return vectors

    def _fail(self, row: int, text: str, error: Exception, stop: bool) -> None:
        if stop:
            shown = text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
            raise ModelError(
                f"model {_name(self._model)} failed on the text {shown!r}: {type(error).__name__}: {error}"
            ) from error
        self._errors[row] = f"{type(error).__name__}: {error}"


def _name(model: Model) -> str:
    return getattr(model, "__qualname__", None) or type(model).__qualname__
