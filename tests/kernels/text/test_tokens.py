"""Tokens against the plain-Python definition in conftest.py."""

import unicodedata
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kernels.text import tokens
from engine.kernels.text.numpy_kernels import token_spans
from engine.kernels.text.tokens import blocks, fold

ASSIGNED = st.characters(exclude_categories=["Cs", "Cn"])
PIECES = st.sampled_from(
    [
        *("The", "fox_2", " ", "\n ", "...", "É", "e\u0301", "ß", "İ", "Σ", "ﬁ", "½", "…", "Ａ１", "\u00a0", "\0"),
        *("日本語", "コーヒー", "ｶﾞ", "々〆", "ภาษา", "น้ำ", "ລາວ", "ខ្មែរ", "မြန်မာ", "한국어", "\u1112\u1161"),
        *("नमस्ते", "👍🏽", "❤️", "\u0301", "\u200b", "\u00ad", "seventeen_letters"),
    ]
)
TEXT = st.one_of(st.text(ASSIGNED, max_size=30), st.lists(PIECES, max_size=12).map("".join))
UNITS = pytest.mark.parametrize("unit", ["word", "char"])


def tokens_of(texts: Sequence[str | None], unit: tokens.Unit) -> list[list[str]]:
    found = []
    for block in blocks(pa.array(texts, pa.string())):
        spans = token_spans(block, unit)
        strings = [
            spans.text[start : start + length].decode()
            for start, length in zip(spans.starts.tolist(), spans.lengths.tolist(), strict=True)
        ]
        found += [strings[a:b] for a, b in zip(spans.offsets[:-1], spans.offsets[1:], strict=True)]
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't use snake_case2!", ["don", "t", "use", "snake_case2"]),
        ("日本語text混じり", ["日", "本", "語", "text", "混", "じ", "り"]),
        ("コーヒー", ["コ", "ー", "ヒ", "ー"]),
        ("ที่ดี", ["ที่", "ดี"]),
        ("cafe\u0301 CAFÉ ｃａｆé", ["café"] * 3),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("ok 👍🏽 ❤️ \u0301 fine", ["ok", "fine"]),
        ("zero\u200bwidth soft\u00adhyphen", ["zero", "width", "soft\u00adhyphen"]),
        (" \t\n", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert tokens_of([text], "word") == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  A \n\u00a0b.\u2028", ["a", " ", "b", "."]),
        ("e\u0301 q\u0301\u0302x", ["é", " ", "q\u0301\u0302", "x"]),
        ("ที่", ["ที่"]),
        ("\u0301a", ["\u0301", "a"]),
        ("a \u0302\u0301", ["a", " ", "\u0302\u0301"]),
        ("\0\u3000", ["\0"]),
    ],
)
def test_characters(text: str, expected: list[str]) -> None:
    assert tokens_of([text], "char") == [expected]


@UNITS
def test_every_character_between_letters(unit: tokens.Unit, oracle: SimpleNamespace) -> None:
    assigned = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in {"Cs", "Cn", "Co"}]
    texts = [f"{c}a{c}{c}b 語{c}" for c in assigned]
    wrong = [
        (text, found)
        for text, found in zip(texts, tokens_of(texts, unit), strict=True)
        if found != oracle.tokens(text, unit)
    ]
    assert wrong == []


@UNITS
@settings(deadline=None)
@given(texts=st.lists(st.none() | TEXT, max_size=6))
def test_any_text(unit: tokens.Unit, oracle: SimpleNamespace, texts: list[str | None]) -> None:
    assert tokens_of(texts, unit) == [oracle.tokens(text, unit) for text in texts]


@settings(deadline=None)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | TEXT, max_size=6))
def test_fold_equals_arrows_normalisation(texts: list[str]) -> None:
    column = pa.array(texts, pa.large_string())
    assert pc.utf8_lower(fold(column)).equals(pc.utf8_lower(pc.utf8_normalize(column, "NFKC")))


def test_fold_equals_arrows_normalisation_for_every_character_pair_with_a_mark_or_vowel() -> None:
    characters = [chr(c) for c in range(0x80, 0x30000) if not 0xD800 <= c < 0xE000]
    column = pa.array([f"{c}x{c}\u0301{c}\u1161" for c in characters] + characters, pa.large_string())
    assert pc.utf8_lower(fold(column)).equals(pc.utf8_lower(pc.utf8_normalize(column, "NFKC")))


def test_blocks_cut_between_documents_and_keep_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "BLOCK_BYTES", 10)
    texts = ["", "abc", "é" * 20, None, "defghijklm", "n", ""]
    cut = list(blocks(pa.chunked_array([texts[:2], texts[2:]], pa.string())))
    assert [len(block) for block in cut] == [2, 1, 2, 2]
    assert [block.is_ascii for block in cut] == [True, False, True, True]
    documents = [
        block.data[a:b].tobytes().decode() for block in cut for a, b in np.c_[block.offsets[:-1], block.offsets[1:]]
    ]
    assert documents == [text or "" for text in texts]


def test_invalid_utf8_is_an_error() -> None:
    offsets = pa.py_buffer(np.array([0, 2, 4], dtype=np.int32))
    column = pa.StringArray.from_buffers(2, offsets, pa.py_buffer(b"ok\xc3\x28"))
    with pytest.raises(pa.ArrowInvalid, match="Invalid UTF8"):
        list(blocks(column))


@pytest.mark.parametrize("column", [pa.array([1]), pa.array([b"x"]), pa.array(["x"]).dictionary_encode()])
def test_a_column_of_another_type_is_an_error(column: pa.Array) -> None:
    with pytest.raises(TypeError, match=r"need a column of text .* got"):
        list(blocks(column))
