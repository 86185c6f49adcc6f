"""``Series.ai.embed`` in a frame: values, errors and the number of times that a model is loaded, on both executors."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import bigframe as pd
from bigframe.errors import Unsupported
from bigframe.ml.demo_model import demo_encoder

TEXTS = ["a", "bb", None, "boom", "ccc", "", "ünï", "dd" * 50]


@pytest.fixture(scope="module")
def dask_session() -> Iterator[pd.Session]:
    with pd.Session("local", workers=2, partitions=4) as session:
        yield session


@pytest.fixture(params=[1, 3, pytest.param("dask", marks=pytest.mark.dask)])
def session(request: pytest.FixtureRequest) -> Iterator[pd.Session]:
    if request.param == "dask":
        shared = request.getfixturevalue("dask_session")
        with pd.using(shared):
            yield shared
    else:
        with pd.connect(partitions=request.param) as opened:
            yield opened


def models(log: Path | None = None) -> tuple[type, type]:
    """A model and one that fails on a text; made in a function, so that workers get their code by value."""

    class Lengths:
        dimensions = 2

        def __init__(self) -> None:
            if log is not None:
                import os

                with log.open("a") as file:
                    file.write(f"{os.getpid()}\n")

        def __call__(self, texts: list[str]) -> list[list[float]]:
            return [[len(text), 1.0] for text in texts]

    class Fails(Lengths):
        def __call__(self, texts: list[str]) -> list[list[float]]:
            if "boom" in texts:
                raise RuntimeError("cannot")
            return super().__call__(texts)

    return Lengths, Fails


def frame() -> pd.DataFrame:
    return pd.DataFrame({"text": TEXTS, "x": range(len(TEXTS))})


def as_lists(column: Any) -> list[Any]:
    return [None if vector is None else vector.tolist() for vector in column.to_list()]


EXPECTED = [None if text is None else [len(text), 1.0] for text in TEXTS]


@pytest.mark.parametrize("instance", [False, True])
@pytest.mark.parametrize("batch_size", ["auto", 1, 3])
def test_a_vector_for_each_text(session: pd.Session, instance: bool, batch_size: Any) -> None:
    model, _ = models()
    df = frame()
    df["vector"] = df["text"].ai.embed(model() if instance else model, batch_size=batch_size)
    assert df.to_arrow().schema.field("vector").type == pa.list_(pa.float32(), 2)
    assert as_lists(df["vector"]) == EXPECTED
    later = df[df["x"] > 3]
    assert as_lists(later["vector"]) == EXPECTED[4:]


def test_a_function_needs_to_be_told_the_dimensions(session: pd.Session) -> None:
    def ones(texts: list[str]) -> np.ndarray:
        return np.ones((len(texts), 3))

    with pytest.raises(Unsupported, match=r"embed\(dimensions=None\).*Use dimensions= instead"):
        frame()["text"].ai.embed(ones)
    vectors = as_lists(frame()["text"].ai.embed(ones, dimensions=3))
    assert vectors == [None if text is None else [1.0, 1.0, 1.0] for text in TEXTS]


def test_a_model_is_loaded_once_per_worker_process(session: pd.Session, tmp_path: Path) -> None:
    log = tmp_path / "loaded"
    model, _ = models(log)
    df = pd.DataFrame({"text": [f"{n}" for n in range(2000)]})
    df.to_parquet(tmp_path / "texts.parquet")
    embedded = pd.read_parquet(tmp_path / "texts.parquet")["text"].ai.embed(model, batch_size=10)
    for _ in range(2):
        assert len(embedded.to_pandas()) == 2000
    processes = log.read_text().split()
    assert len(processes) == len(set(processes))
    assert len(processes) <= (1 if session.address is None else 2)


def test_one_thread_at_a_time_calls_a_model(session: pd.Session, tmp_path: Path) -> None:
    def locked(texts: list[str]) -> list[list[float]]:
        import builtins
        import time

        busy = builtins.__dict__.setdefault("_callers", [])
        busy.append(1)
        time.sleep(0.001)
        alone = len(busy) == 1
        busy.pop()
        return [[float(alone)]] * len(texts)

    pd.DataFrame({"text": ["x"] * 400_000}).to_parquet(tmp_path / "t.parquet")
    df = pd.read_parquet(tmp_path / "t.parquet")
    alone = df["text"].ai.embed(locked, dimensions=1, batch_size=10_000).to_arrow().column(0).combine_chunks()
    assert alone.values.to_pylist() == [1.0] * 400_000


def test_a_failing_text_stops_the_job_and_is_named(session: pd.Session) -> None:
    _, model = models()
    embedded = frame()["text"].ai.embed(model)
    with pytest.raises(ValueError, match=r"model .*Fails failed on the text 'boom': RuntimeError: cannot") as caught:
        embedded.to_list()
    assert "test_accessor.py" in str(caught.value), "the message names the user's line"
    assert "python_udf" not in str(caught.value)


def test_a_failing_text_can_be_left_out(session: pd.Session) -> None:
    _, model = models()
    expected = [None if text == "boom" else vector for text, vector in zip(TEXTS, EXPECTED, strict=True)]
    assert as_lists(frame()["text"].ai.embed(model, on_error="null")) == expected


def test_a_failing_text_can_be_captured_with_its_error(session: pd.Session) -> None:
    _, model = models()
    both = frame()["text"].ai.embed(model, on_error="capture").to_pandas()
    assert list(both.columns) == ["vector", "error"]
    expected = [None if text == "boom" else vector for text, vector in zip(TEXTS, EXPECTED, strict=True)]
    assert as_lists(both["vector"]) == expected
    assert both["error"].dropna().to_dict() == {3: "RuntimeError: cannot"}


def test_both_parts_of_a_capture_come_from_one_call(session: pd.Session, tmp_path: Path) -> None:
    log = tmp_path / "texts"

    def logged(texts: list[str]) -> list[list[float]]:
        with log.open("a") as file:
            file.write("".join(f"{text}\n" for text in texts))
        return [[1.0]] * len(texts)

    both = pd.DataFrame({"text": ["p", "q", "r"]})["text"].ai.embed(logged, dimensions=1, on_error="capture")
    assert len(both.to_pandas()) == 3
    assert sorted(log.read_text().split()) == ["p", "q", "r"]


@pytest.mark.parametrize("on_error", ["raise", "null", "capture"])
def test_a_wrong_length_of_the_vectors_is_never_swallowed(session: pd.Session, on_error: Any) -> None:
    model, _ = models()
    embedded = frame()["text"].ai.embed(model, dimensions=3, on_error=on_error)
    with pytest.raises(ValueError, match=r"Lengths returned vectors of 2 dimensions; expected 3"):
        embedded.to_pandas()


def test_only_missing_texts_and_no_rows(session: pd.Session) -> None:
    model, _ = models()
    missing = pd.DataFrame({"text": ["a", None, None]})["text"].iloc[1:]
    assert as_lists(missing.ai.embed(model)) == [None, None]
    df = frame()
    assert as_lists(df[df["x"] > 99]["text"].ai.embed(model)) == []


def test_mistakes_are_refused_before_anything_runs() -> None:
    model, _ = models()
    lock = threading.Lock()
    with pytest.raises(TypeError, match="column 'x' has dtype int64"):
        frame()["x"].ai.embed(model)
    with pytest.raises(TypeError, match=r"'.*<lambda>' cannot be shipped to a worker: cannot pickle '_thread.lock'"):
        frame()["text"].ai.embed(lambda texts: [[float(lock.locked())] for _ in texts], dimensions=1)
    with pytest.raises(ValueError, match="on_error must be 'raise', 'null' or 'capture', got 'ignore'"):
        frame()["text"].ai.embed(model, on_error="ignore")
    with pytest.raises(ValueError, match="batch_size must be 'auto' or a positive integer, got 0"):
        frame()["text"].ai.embed(model, batch_size=0)


def test_a_sentence_encoder_gives_the_vectors_of_a_direct_call(session: pd.Session) -> None:
    encoder = demo_encoder(max_tokens=32, threads=1)
    texts = ["a cat sleeps", None, "the kitten naps", "income tax law"]
    vectors = pd.DataFrame({"text": texts})["text"].ai.embed(encoder).to_list()
    assert vectors[1] is None
    present = [text for text in texts if text is not None]
    np.testing.assert_allclose([vectors[0], *vectors[2:]], encoder(present), atol=1e-6)
