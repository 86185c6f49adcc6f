"""``Series.ai``: models applied to a column."""

from __future__ import annotations

from typing import Any, Literal

from bigframe.errors import Unsupported
from bigframe.ops.base import Column
from bigframe.ops.lists import Field
from bigframe.ops.text import Embed
from bigframe.plan import payloads


class AIMethods:
    """Models applied to a column of text."""

    def __init__(self, series: Any) -> None:
        self._series = series

    def embed(
        self,
        model: Any,
        *,
        dimensions: int | None = None,
        batch_size: int | Literal["auto"] = "auto",
        on_error: Literal["raise", "null", "capture"] = "raise",
    ) -> Any:
        """A vector for each text.

        Parameters
        ----------
        model
            A callable that takes a list of texts and returns a 2-D float array, or a class whose instances do. It is
            shipped to the workers, made once per worker process, and called by one thread at a time with micro-batches
            of texts of similar length.
        dimensions
            Length of the vectors; default: the model's ``dimensions`` attribute.
        batch_size
            Texts per call of the model, or ``"auto"``.
        on_error : {"raise", "null", "capture"}
            What to do with a text on which the model fails: fail the job, leave the vector missing, or also return the
            error.

        Returns
        -------
        Series or DataFrame
            Vectors as fixed-size lists of float32, missing for missing texts; with ``on_error="capture"`` a frame of
            ``vector`` and ``error``.

        Raises
        ------
        TypeError
            If the column is not text, or the model cannot be shipped.
        ValueError
            If an option is not one of those above. While the job runs: if the model fails on a text, or its answer has
            another shape than ``(texts, dimensions)``, whatever `on_error` says.
        Unsupported
            If nothing says how long the vectors are.

        Examples
        --------
        >>> import bigframe as pd
        >>> class Lengths:
        ...     dimensions = 2
        ...     def __call__(self, texts):
        ...         return [[len(text), 1.0] for text in texts]
        >>> pd.Series(["a", "bcd"], name="text").ai.embed(Lengths).to_list()
        [array([1., 1.], dtype=float32), array([3., 1.], dtype=float32)]
        """
        from bigframe.api.dataframe import DataFrame

        series = self._series
        if not series._dtype.is_string:
            raise TypeError(f"only text can be embedded, but column {series.name!r} has dtype {series._dtype}")
        if on_error not in ("raise", "null", "capture"):
            raise ValueError(f"on_error must be 'raise', 'null' or 'capture', got {on_error!r}")
        if batch_size != "auto" and batch_size < 1:
            raise ValueError(f"batch_size must be 'auto' or a positive integer, got {batch_size!r}")
        size = dimensions if dimensions is not None else getattr(model, "dimensions", None)
        if not isinstance(size, int):
            reason = "the model has no integer attribute 'dimensions'"
            raise Unsupported("embed(dimensions=None)", reason, "dimensions=")
        name = getattr(model, "__qualname__", type(model).__name__)
        embedded = Embed(Column(series._id), payloads.put(model), name, size, batch_size, on_error)
        frame, both = series._frame.define(embedded)
        frame, vector = frame.define(Field(Column(both), "vector"))
        if on_error != "capture":
            return series._wrap(frame.select((series.name,), (vector,)))
        frame, error = frame.define(Field(Column(both), "error"))
        return DataFrame(frame.select(("vector", "error"), (vector, error)))
