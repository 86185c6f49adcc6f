"""The numba and NumPy kernels give the same bits, for any text in any layout of an Arrow column."""

import hashlib
import subprocess
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.kernels.text import hashing, numba_kernels, numpy_kernels, tokens
from engine.kernels.text.hashing import UInt64Array, seeds
from engine.kernels.text.minhash import band_keys, fingerprints, signatures
from engine.kernels.text.tokens import blocks

PIECES = st.sampled_from(
    [
        "alpha",
        "Beta_2",
        " ",
        "  \n",
        "-",
        "x" * 23,
        "12345678",
        "日本語",
        "ภาษาไทย",
        "👍🏽",
        "e\u0301",
        "\u0302",
        "ﬁ",
        "\u00a0",
        "\0",
    ]
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.lists(PIECES, max_size=25).map("".join)
TEXTS = st.lists(st.none() | TEXT, max_size=8)
TYPES = st.sampled_from([pa.string(), pa.large_string(), pa.string_view()])
UNITS = pytest.mark.parametrize("unit", ["word", "char"])
SETTING = pytest.MonkeyPatch.context


@UNITS
@settings(deadline=None)
@example(texts=["a b c", None, "", "a"], ngram_size=3, num_perm=16, seed=2**64 - 1)
@given(
    texts=TEXTS,
    ngram_size=st.integers(1, 7),
    num_perm=st.sampled_from([1, 7, 16]),
    seed=st.integers(0, 2**64 - 1),
)
def test_kernels(unit: tokens.Unit, texts: list[str | None], ngram_size: int, num_perm: int, seed: int) -> None:
    round_seeds = seeds(seed, 2 * num_perm)
    for block in blocks(pa.array(texts, pa.string())):
        for compiled, reference in zip(
            results(numba_kernels, block, unit, ngram_size, round_seeds),
            results(numpy_kernels, block, unit, ngram_size, round_seeds),
            strict=True,
        ):
            assert compiled.dtype == reference.dtype
            np.testing.assert_array_equal(compiled, reference)


def results(
    kernels: Any, block: tokens.TextBlock, unit: tokens.Unit, ngram_size: int, round_seeds: UInt64Array
) -> list[npt.NDArray[Any]]:
    return [
        *kernels.shingle_hashes(block, unit, ngram_size),
        *kernels.signatures(block, unit, ngram_size, len(round_seeds) // 2, round_seeds),
        *kernels.fingerprints(block, unit),
    ]


@settings(deadline=None)
@given(
    sets=st.lists(st.lists(st.integers(0, 30), unique=True, max_size=12).map(sorted), min_size=1, max_size=5),
    data=st.data(),
)
def test_intersection_sizes(sets: list[list[int]], data: st.DataObject) -> None:
    index = st.integers(0, len(sets) - 1)
    pairs = data.draw(st.lists(st.tuples(index, index), max_size=10))
    values = np.array([x for members in sets for x in members], dtype=np.uint64)
    offsets = np.cumsum([0, *map(len, sets)])
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T.copy()
    expected = [len(set(sets[a]) & set(sets[b])) for a, b in pairs]
    assert numba_kernels.intersection_sizes(values, offsets, left, right).tolist() == expected
    assert numpy_kernels.intersection_sizes(values, offsets, left, right).tolist() == expected


@settings(deadline=None)
@given(texts=TEXTS, kind=TYPES, before=st.integers(0, 3), cut=st.integers(0, 8))
def test_slices_chunks_and_types_change_nothing(
    texts: list[str | None], kind: pa.DataType, before: int, cut: int
) -> None:
    plain, counts = signatures(pa.array(texts, pa.string()), ngram_size=2, num_perm=16)
    padded = pa.array(["Ünrelated"] * before + texts + ["behind"], kind).slice(before, len(texts))
    chunked = pa.chunked_array([padded.slice(0, cut), padded.slice(cut)], kind)
    for column in (padded, chunked):
        for numba in ("0", "1"):
            with SETTING() as patch:
                patch.setenv("BIGFRAME_NUMBA", numba)
                rows, row_counts = signatures(column, ngram_size=2, num_perm=16)
            np.testing.assert_array_equal(rows, plain)
            np.testing.assert_array_equal(row_counts, counts)


@UNITS
@settings(deadline=None)
@given(text=TEXT, neighbours=TEXTS)
def test_a_document_is_hashed_alike_beside_any_others(
    unit: tokens.Unit, text: str, neighbours: list[str | None]
) -> None:
    alone = pa.array([text])
    among = pa.array([*neighbours, text, *neighbours], pa.string())
    row = len(neighbours)
    np.testing.assert_array_equal(
        signatures(alone, unit=unit, num_perm=16)[0][0], signatures(among, unit=unit, num_perm=16)[0][row]
    )
    np.testing.assert_array_equal(fingerprints(alone, unit=unit)[0][0], fingerprints(among, unit=unit)[0][row])


def test_null_slots_that_hide_text_have_no_tokens(implementation: str) -> None:
    data = pa.array(["hidden words here"]).buffers()
    column = pa.StringArray.from_buffers(1, data[1], data[2], pa.py_buffer(b"\x00"), 1)
    assert column.to_pylist() == [None]
    assert signatures(column)[1].tolist() == fingerprints(column)[1].tolist() == [0]


def test_one_compilation_serves_every_layout() -> None:
    for column in (
        pa.array(["ascii"]),
        pa.array(["é"]),
        pa.array([None], pa.large_string()),
        pa.array([], pa.string()),
    ):
        band_keys(column)
    assert len(numba_kernels._signatures.signatures) == 1  # type: ignore[attr-defined]


def test_kernels_compile_where_nothing_can_be_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numba.core.caching.CompileResultCacheImpl._locator_classes", [])
    ones = np.array([1], dtype=np.uint64)
    np.testing.assert_array_equal(numba_kernels._compiled(hashing.mix64)(ones), hashing.mix64(ones))


WITHOUT_NUMBA = """
import hashlib, logging, sys
logging.basicConfig(stream=sys.stdout, format="%(message)s")
sys.modules["numba"] = None
import pyarrow as pa
from engine.kernels.text.minhash import signatures
print(hashlib.sha256(signatures(pa.array(["one two", "日本語", None]))[0].tobytes()).hexdigest())
"""


def test_without_numba_the_same_result_and_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BIGFRAME_NUMBA", raising=False)
    output = subprocess.run([sys.executable, "-c", WITHOUT_NUMBA], check=True, capture_output=True, text=True).stdout
    warning, digest = output.splitlines()
    assert warning.startswith("text kernels run in NumPy, several times slower, because numba cannot be imported: ")
    assert digest == hashlib.sha256(signatures(pa.array(["one two", "日本語", None]))[0].tobytes()).hexdigest()


def test_numba_that_is_demanded_and_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGFRAME_NUMBA", "1")
    result = subprocess.run([sys.executable, "-c", WITHOUT_NUMBA], check=False, capture_output=True, text=True)
    assert result.returncode == 1
    assert "ModuleNotFoundError: import of numba halted" in result.stderr


def test_an_unknown_setting_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGFRAME_NUMBA", "yes")
    with pytest.raises(ValueError, match=r"BIGFRAME_NUMBA must be 0 .* got 'yes'"):
        signatures(pa.array(["x"]))


@pytest.mark.parametrize("setting", [None, "0"])
def test_numba_is_imported_on_first_use_at_the_earliest(setting: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BIGFRAME_NUMBA", raising=False)
    if setting:
        monkeypatch.setenv("BIGFRAME_NUMBA", setting)
    code = """
import sys, pyarrow as pa
from engine.kernels.text import candidates, components, jaccard, minhash
before = "numba" in sys.modules
minhash.signatures(pa.array(["x"]))
print(before, "numba" in sys.modules)
"""
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert output.split() == ["False", str(setting is None)]
