"""A slow, plain-Python definition of tokens and shingles that the kernels are checked against."""

import unicodedata
from collections.abc import Callable
from types import SimpleNamespace

import pytest

UNSPACED_NAMES = (
    "CJK UNIFIED IDEOGRAPH",
    "CJK COMPATIBILITY IDEOGRAPH",
    "IDEOGRAPHIC",
    "VERTICAL IDEOGRAPHIC",
    "HANGZHOU NUMERAL",
    "MASU MARK",
    "OLD CHINESE ITERATION MARK",
    "HIRAGANA",
    "HENTAIGANA",
    "KATAKANA",
    "VERTICAL KANA",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
    "AHOM",
    "NEW TAI LUE",
    "TAI LE",
    "TAI THAM",
    "TAI VIET",
)


def normal_form(text: str) -> str:
    # str.lower is right but for context: it turns a final capital sigma and a dotted capital I into two things each.
    return "".join({"İ": "i", "Σ": "σ"}.get(c) or c.lower() for c in unicodedata.normalize("NFKC", text))


def is_space(character: str) -> bool:
    return unicodedata.category(character)[0] == "Z" or character in "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u200b"


def is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" or (
        unicodedata.category(character) == "Cf" and character != "\u200b"
    )


def is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN" or character == "_"


def is_unspaced(character: str) -> bool:
    name = unicodedata.name(character, "")
    # Tally marks are of no script, as counting rods are; what the other ideographic names are of is Han.
    return is_letter(character) and name.startswith(UNSPACED_NAMES) and "TALLY MARK" not in name


def words(text: str) -> list[str]:
    tokens: list[str] = []
    open_run = joins_letters = False
    for c in normal_form(text):
        if is_mark(c):
            if open_run:
                tokens[-1] += c
        elif is_letter(c):
            alone = is_unspaced(c)
            if open_run and joins_letters and not alone:
                tokens[-1] += c
            else:
                tokens.append(c)
            open_run, joins_letters = True, not alone
        else:
            open_run = False
    return tokens


def characters(text: str) -> list[str]:
    tokens: list[str] = []
    for c in normal_form(text):
        if is_space(c):
            if tokens and tokens[-1] != " ":
                tokens.append(" ")
        elif is_mark(c) and tokens and tokens[-1] != " ":
            tokens[-1] += c
        else:
            tokens.append(c)
    return tokens[:-1] if tokens and tokens[-1] == " " else tokens


def shingles(tokens: list[str], ngram_size: int) -> list[tuple[str, ...]]:
    if not tokens:
        return []
    size = min(ngram_size, len(tokens))
    return [tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1)]


@pytest.fixture(scope="session")
def oracle() -> SimpleNamespace:
    def tokens(text: str | None, unit: str) -> list[str]:
        split: Callable[[str], list[str]] = {"word": words, "char": characters}[unit]
        return [] if text is None else split(text)

    return SimpleNamespace(tokens=tokens, shingles=shingles, normal_form=normal_form)


@pytest.fixture(params=["numba", "numpy"])
def implementation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the test once with each implementation."""
    monkeypatch.setenv("BIGFRAME_NUMBA", "1" if request.param == "numba" else "0")
    return str(request.param)
