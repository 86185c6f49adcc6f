"""A sentence encoder from an ONNX model and its tokenizer, run by onnxruntime."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bigframe.errors import MissingExtra

Pooling = Literal["mean", "cls"]

# Where sentence-transformers and optimum put the model inside a folder.
_MODEL_NAMES = ("model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx")


class OnnxSentenceEncoder:
    """Callable that turns texts into vectors with an ONNX transformer.

    It holds only paths and settings until its first call, so it pickles small and loads once per process. The vector
    of a text does not depend on the other texts of the call: padding is masked out of attention and pooling.

    Parameters
    ----------
    folder_or_model_path
        An ``.onnx`` file, or a folder that holds ``model.onnx`` (or ``onnx/model.onnx``, or ``model_quantized.onnx``).
    tokenizer
        A Hugging Face ``tokenizer.json``; None takes the one beside the model or in the folder.
    max_tokens
        Tokens of a text that are read, special tokens included; the rest is cut.
    normalize
        Scale vectors to length 1, so that a dot product is the cosine similarity.
    pooling
        ``"mean"`` of the token vectors (sentence-transformers' default) or the first token's (``"cls"``). A model that
        returns one vector per text is not pooled.
    threads
        Threads of one call; None leaves it to onnxruntime (all cores).

    Raises
    ------
    FileNotFoundError
        At construction: the model or the tokenizer is not there.
    MissingExtra
        At the first call: onnxruntime or tokenizers is not installed.

    Examples
    --------
    >>> from bigframe.ml.demo_model import demo_encoder
    >>> encoder = demo_encoder()
    >>> encoder(["a dataframe", "a bicycle"]).shape
    (2, 384)
    """

    def __init__(
        self,
        folder_or_model_path: str | Path,
        tokenizer: str | Path | None = None,
        *,
        max_tokens: int = 256,
        normalize: bool = True,
        pooling: Pooling = "mean",
        threads: int | None = None,
    ) -> None:
        if pooling not in ("mean", "cls"):
            raise ValueError(f"pooling must be 'mean' or 'cls', got {pooling!r}")
        if max_tokens < 1:
            raise ValueError(f"max_tokens must be positive, got {max_tokens}")
        self.model_path = _find_model(Path(folder_or_model_path))
        self.tokenizer_path = _find_tokenizer(Path(folder_or_model_path), tokenizer)
        self.max_tokens = max_tokens
        self.normalize = normalize
        self.pooling: Pooling = pooling
        self.threads = threads

    def __call__(self, texts: list[str]) -> npt.NDArray[np.float32]:
        """Embed texts.

        Parameters
        ----------
        texts
            Any number of strings.

        Returns
        -------
        numpy.ndarray of float32
            Shape ``(len(texts), dimensions)``.
        """
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        tokens = self._tokenizer.encode_batch(list(texts))
        mask = np.array([encoded.attention_mask for encoded in tokens], dtype=np.int64)
        inputs = {
            "input_ids": np.array([encoded.ids for encoded in tokens], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.array([encoded.type_ids for encoded in tokens], dtype=np.int64),
        }
        wanted = {entry.name for entry in self._session.get_inputs()}
        (hidden, *_) = self._session.run(None, {name: inputs[name] for name in inputs.keys() & wanted})
        vectors = self._pool(hidden, mask)
        if self.normalize:
            # A zero vector has no direction; it stays zero.
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return vectors

    @property
    def dimensions(self) -> int:
        """Length of a vector, from the model's signature; loads the model."""
        size = self._session.get_outputs()[0].shape[-1]
        return size if isinstance(size, int) else self(["x"]).shape[1]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in {"_session", "_tokenizer"}}

    def __repr__(self) -> str:
        return f"OnnxSentenceEncoder({self.model_path.name!r}, max_tokens={self.max_tokens})"

    def _pool(self, hidden: npt.NDArray[np.float32], mask: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        if hidden.ndim == 2:
            return hidden.astype(np.float32)
        if self.pooling == "cls":
            return hidden[:, 0].astype(np.float32)
        weights = mask[:, :, None].astype(np.float32)
        mean: npt.NDArray[np.float32] = (hidden * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
        return mean

    @cached_property
    def _session(self) -> Any:
        try:
            import onnxruntime
        except ModuleNotFoundError as error:
            raise MissingExtra("OnnxSentenceEncoder", "embed") from error
        options = onnxruntime.SessionOptions()
        if self.threads is not None:
            options.intra_op_num_threads = self.threads
        return onnxruntime.InferenceSession(str(self.model_path), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> Any:
        try:
            from tokenizers import Tokenizer
        except ModuleNotFoundError as error:
            raise MissingExtra("OnnxSentenceEncoder", "embed") from error
        tokenizer = Tokenizer.from_file(str(self.tokenizer_path))
        tokenizer.enable_truncation(self.max_tokens)
        # A tokenizer file may fix the padded length: pad to the longest text of the call instead.
        padding = {**(tokenizer.padding or {}), "length": None}
        tokenizer.enable_padding(**{name: value for name, value in padding.items() if name != "strategy"})
        return tokenizer


def _find_model(path: Path) -> Path:
    candidates = [path] if path.suffix == ".onnx" else [path / name for name in _MODEL_NAMES]
    found = next((candidate for candidate in candidates if candidate.is_file()), None)
    if found is None:
        raise FileNotFoundError(f"no ONNX model at {path}: looked for {', '.join(c.name for c in candidates)}")
    return found.absolute()


def _find_tokenizer(model: Path, tokenizer: str | Path | None) -> Path:
    path = Path(tokenizer) if tokenizer else (model.parent if model.suffix == ".onnx" else model) / "tokenizer.json"
    if not path.is_file():
        raise FileNotFoundError(f"no tokenizer at {path}: give tokenizer= the path of a tokenizer.json")
    return path.absolute()
