"""Embeddings that are computed once: texts already embedded by an earlier run are looked up by their content."""

from __future__ import annotations

import uuid
from typing import Any

import bigframe as pd
from bigframe.demo.inputs import is_written


def embed_once(texts: pd.DataFrame, model: Any, cache: str) -> tuple[pd.DataFrame, int]:
    """Embed a column of texts, but only what the cache does not have.

    Parameters
    ----------
    texts
        Any frame with a column ``text``.
    model
        As :meth:`~bigframe.api.accessors.ai.AIMethods.embed` takes it.
    cache
        Folder or URL of Parquet files with ``text`` and ``embedding``, for this model only; it is added to.

    Returns
    -------
    DataFrame
        The frame with a column ``embedding``.
    int
        How many distinct texts were embedded now.

    Examples
    --------
    >>> import bigframe as pd
    >>> from tempfile import TemporaryDirectory
    >>> class Length:
    ...     dimensions = 1
    ...     def __call__(self, texts):
    ...         return [[len(text)] for text in texts]
    >>> folder = TemporaryDirectory()
    >>> texts = pd.DataFrame({"text": ["a", "bc", "a"]})
    >>> embedded, new = embed_once(texts, Length, folder.name + "/cache")
    >>> new, embed_once(texts, Length, folder.name + "/cache")[1]
    (2, 0)
    >>> embedded["embedding"].to_list()
    [array([1.], dtype=float32), array([2.], dtype=float32), array([1.], dtype=float32)]
    >>> folder.cleanup()
    """
    unknown = texts[["text"]].drop_duplicates()
    if is_written(cache):
        unknown = unknown.merge(pd.read_parquet(cache)[["text"]], how="left_anti", on="text")
    new = len(unknown)
    if new:
        unknown["embedding"] = unknown["text"].ai.embed(model)
        # A new file each time: a job may not write to what it reads.
        unknown.to_parquet(f"{cache}/{uuid.uuid4().hex}.parquet", index=False)
    # Two runs at once may both have added a text.
    known = pd.read_parquet(cache).drop_duplicates("text")
    return texts.merge(known, how="left", on="text"), new
