"""Embedding a column: order, micro-batches, nulls, bad answers and bad rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.kernels.embedding import AUTO_BYTES, ModelError, embed


class Recorder:
    """Model whose vector of a text is (length, code of the first character); it fails on texts it is told to."""

    def __init__(self, bad=(), answer=np.array):
        self.calls = []
        self.bad = set(bad)
        self.answer = answer

    def __call__(self, texts):
        self.calls.append(texts)
        for text in texts:
            if text in self.bad:
                raise RuntimeError(f"cannot read {text}")
        return self.answer([vector_of(text) for text in texts])


def vector_of(text):
    return [float(len(text)), float(ord(text[0])) if text else 0.0]


@given(
    texts=st.lists(st.none() | st.text(max_size=30), max_size=40).filter(lambda texts: texts.count(None) < len(texts)),
    batch_size=st.sampled_from(["auto", 1, 3, 100]),
    kind=st.sampled_from([pa.string(), pa.large_string(), pa.string_view()]),
    cut=st.integers(0, 40),
)
def test_vectors_come_back_in_order_and_nulls_stay_null(texts, batch_size, kind, cut):
    model = Recorder()
    column = pa.chunked_array([pa.array(texts[:cut], kind), pa.array(texts[cut:], kind)])
    result = embed(column, model, batch_size=batch_size)
    assert result.errors is None
    assert result.vectors.type == pa.list_(pa.float32(), 2)
    assert result.vectors.to_pylist() == [None if text is None else vector_of(text) for text in texts]
    assert sum(map(len, model.calls)) == sum(text is not None for text in texts)


def test_texts_reach_the_model_sorted_by_length_in_batches():
    model = Recorder()
    embed(pa.array(["ccc", "a", None, "dddd", "bb"]), model, batch_size=2)
    assert model.calls == [["a", "bb"], ["ccc", "dddd"]]


def test_automatic_batches_hold_fewer_rows_of_longer_texts():
    model = Recorder()
    embed(pa.array(["x" * 100] * 500 + ["y" * 1000] * 30 + ["z" * 100_000] * 10), model)
    sizes = [len(call) for call in model.calls]
    assert AUTO_BYTES == 16_384
    # The fourth batch has 11 short and 5 long texts; below 8 rows a batch is not cut, however long they are.
    assert sizes == [163, 163, 163, 16, 16, 9, 8, 2]


def test_a_slice_of_a_column_is_embedded_alone():
    column = pa.array(["no", "a", "bb", "no"]).slice(1, 2)
    assert embed(column, Recorder(bad=["no"])).vectors.to_pylist() == [vector_of("a"), vector_of("bb")]


@pytest.mark.parametrize("answer", [np.array, list, torch.tensor, lambda rows: np.array(rows, np.float64)])
def test_answers_may_be_arrays_lists_or_tensors(answer):
    assert embed(pa.array(["ab"]), Recorder(answer=answer)).vectors.to_pylist() == [[2.0, 97.0]]


def test_an_empty_column_takes_its_dimensions_from_the_model_or_the_caller():
    empty = pa.array([], pa.string())
    assert embed(empty, Recorder(), dimensions=7).vectors.type == pa.list_(pa.float32(), 7)
    sized = Recorder()
    sized.dimensions = 3
    result = embed(pa.array([None, None], pa.string()), sized)
    assert result.vectors.type == pa.list_(pa.float32(), 3)
    assert result.vectors.to_pylist() == [None, None]
    with pytest.raises(ModelError, match=r"length of a vector is unknown: give dimensions="):
        embed(empty, Recorder())


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda rows: rows[:-1], r"shape \(2, 2\) for 3 texts; expected \(3, dimensions\)"),
        (lambda rows: [row[0] for row in rows], r"shape \(3,\) for 3 texts; expected \(3, dimensions\)"),
        (lambda rows: [[1.0], [1.0, 2.0], [1.0]], "returned list for 3 texts; expected 3 rows of equally many"),
        (lambda rows: None, "returned"),
        (lambda rows: "abc", "returned str for 3 texts; expected 3 rows of equally many numbers"),
    ],
)
@pytest.mark.parametrize("on_error", ["raise", "null", "capture"])
def test_an_answer_of_the_wrong_shape_is_never_taken(answer, message, on_error):
    with pytest.raises(ModelError, match=message):
        embed(pa.array(["a", "b", "c"]), Recorder(answer=answer), on_error=on_error)


def test_wrong_dimensions_name_expected_and_got():
    with pytest.raises(ModelError, match="model Recorder returned vectors of 2 dimensions; expected 384"):
        embed(pa.array(["a"]), Recorder(), dimensions=384)
    widening = Recorder(answer=lambda rows: [[0.0] * int(row[0]) for row in rows])
    with pytest.raises(ModelError, match="returned vectors of 2 dimensions; expected 1"):
        embed(pa.array(["a", "bb"]), widening, batch_size=1)


@pytest.mark.parametrize("batch_size", ["auto", 1, 4])
def test_only_the_bad_rows_fail(batch_size):
    texts = [f"text {i:02}" for i in range(20)]
    model = Recorder(bad=["text 03", "text 04", "text 17"])
    result = embed(pa.array(texts), model, batch_size=batch_size, on_error="capture")
    bad = {3, 4, 17}
    assert result.vectors.to_pylist() == [None if i in bad else vector_of(t) for i, t in enumerate(texts)]
    assert result.errors.to_pylist() == [
        f"RuntimeError: cannot read text {i:02}" if i in bad else None for i in range(20)
    ]
    nulls = embed(pa.array(texts), Recorder(bad=["text 03"]), on_error="null")
    assert nulls.errors is None
    assert [i for i, v in enumerate(nulls.vectors.to_pylist()) if v is None] == [3]


def test_finding_one_bad_row_takes_a_logarithm_of_calls():
    texts = [f"text {i:03}" for i in range(128)]
    model = Recorder(bad=["text 077"])
    embed(pa.array(texts), model, batch_size=128, on_error="null")
    assert len(model.calls) == 1 + 2 * 7


def test_raise_names_the_start_of_the_text():
    long = "b" * 200
    with pytest.raises(ModelError, match=rf"Recorder failed on the text '{'b' * 80}…': RuntimeError: cannot") as caught:
        embed(pa.array(["a", None, "cc", long, "dd"]), Recorder(bad=[long]))
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_a_failing_model_stops_at_the_first_row():
    model = Recorder(bad=[f"text {i:02}" for i in range(16)])
    with pytest.raises(ModelError, match="failed on the text 'text 00'"):
        embed(pa.array(sorted(model.bad)), model, batch_size=16)
    assert len(model.calls) == 5


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_rows_that_are_not_finite_fail_alone(value):
    model = Recorder(answer=lambda rows: [[value if row[0] == 2 else 1.0] for row in rows])
    texts = pa.array(["a", "bb", "ccc"])
    result = embed(texts, model, on_error="capture")
    assert result.vectors.to_pylist() == [[1.0], None, [1.0]]
    assert result.errors.to_pylist() == [None, "ModelError: expected finite numbers, got NaN or infinity", None]
    with pytest.raises(ModelError, match="failed on the text 'bb': ModelError: expected finite numbers"):
        embed(texts, model)


def test_all_rows_failed_still_gives_a_column_when_the_dimensions_are_known():
    result = embed(pa.array(["a"]), Recorder(bad=["a"]), on_error="null", dimensions=4)
    assert result.vectors.to_pylist() == [None]
    assert result.vectors.type == pa.list_(pa.float32(), 4)


def test_an_interrupt_is_not_a_row_failure():
    def interrupted(texts):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed(pa.array(["a", "b"]), interrupted, on_error="null", dimensions=1)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"texts": pa.array([1, 2])}, TypeError, "only strings can be embedded, got int64"),
        ({"texts": pa.array([b"a"])}, TypeError, "got binary"),
        ({"batch_size": 0}, ValueError, "batch_size must be positive or 'auto', got 0"),
        ({"on_error": "skip"}, ValueError, "on_error must be 'raise', 'null' or 'capture', got 'skip'"),
    ],
)
def test_bad_arguments_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        embed(**{"texts": pa.array(["a"]), "model": Recorder(), **arguments})
