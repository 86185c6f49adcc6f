"""Texts with planted near-duplicates: real ones from the installed packages, Chinese ones from a seeded generator."""

from __future__ import annotations

import random
import re
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

NGRAM = 5
CHUNK = 1_800
CHUNKS_PER_FILE = 12
FEWEST_TOKENS = 60
SUFFIXES = {".md", ".py", ".rst", ".txt"}
ASCII_WORD = re.compile(r"[A-Za-z0-9_]+")
HAN_OR_WORD = re.compile(r"[\u4e00-\u9fff]|[A-Za-z0-9_]+")


def real_texts(count: int) -> list[str]:
    """Pieces of 1,800 characters of the installed packages' files: all licences, then others in a fixed random order.

    Licences are the boilerplate that makes large groups. Only ASCII pieces, so that one regular expression is enough to
    define their words.
    """
    root = Path(sysconfig.get_paths()["purelib"])
    files = sorted(path for path in root.rglob("*") if path.suffix in SUFFIXES or is_licence(path))
    random.Random(0).shuffle(files)
    files.sort(key=is_licence, reverse=True)
    texts: list[str] = []
    for path in filter(Path.is_file, files):
        texts += pieces(path.read_text(encoding="utf-8", errors="replace"))
        if len(texts) >= count:
            return texts[:count]
    raise AssertionError(f"the installed packages hold only {len(texts)} texts, {count} are needed")


def is_licence(path: Path) -> bool:
    return path.name.startswith(("LICENSE", "LICENCE", "COPYING")) and path.suffix != ".py"


def pieces(text: str) -> Iterator[str]:
    for start in range(0, min(len(text), CHUNK * CHUNKS_PER_FILE), CHUNK):
        piece = text[start : start + CHUNK]
        if piece.isascii() and len(ASCII_WORD.findall(piece)) >= FEWEST_TOKENS:
            yield piece


def chinese_texts(count: int, seed: int) -> list[str]:
    """Sentences of words of one to four characters, frequent by Zipf's law; every third text has English words."""
    draw = random.Random(seed)
    characters = [chr(code) for code in range(0x4E00, 0x4E00 + 3_000)]
    lengths = draw.choices((1, 2, 3, 4), (4, 10, 2, 1), k=6_000)
    words = ["".join(draw.choices(characters, k=length)) for length in lengths]
    frequencies = [1 / (rank + 10) for rank in range(len(words))]
    english = ["data", "Token", "model", "GPU", "v2", "pandas"]
    texts = []
    for number in range(count):
        chosen = draw.choices(words, frequencies, k=draw.randint(60, 260))
        if number % 3 == 0:
            for place in range(0, len(chosen), 9):
                chosen[place] = f" {draw.choice(english)} "
        marks = draw.choices(("", "", "", "，", "。\n"), k=len(chosen))
        texts.append("".join(word + mark for word, mark in zip(chosen, marks, strict=True)))
    return texts


def plant(
    texts: Sequence[str], count: int, tokens: re.Pattern[str], fresh: Callable[[int], str], seed: int = 1
) -> tuple[list[str], list[tuple[int, int]]]:
    """Copies of some texts with tokens replaced, their similarities uniform over 0.5 to 1; and the pairs of positions.

    A text of n shingles that loses d of them has a similarity of (n - d) / (n + d). A token replaced alone costs as
    many shingles as each has tokens; one more of the last tokens costs one.
    """
    draw = random.Random(seed)
    copies, pairs = [], []
    for number, source in enumerate(draw.sample(range(len(texts)), count)):
        spans = [match.span() for match in tokens.finditer(texts[source])]
        similarity = 0.5 + 0.5 * (number + draw.random()) / count
        shingles = len(spans) - NGRAM + 1
        lost = round(shingles * (1 - similarity) / (1 + similarity))
        alone, last = divmod(lost, NGRAM)
        step = (len(spans) - 3 * NGRAM) / max(alone, 1)
        places = {NGRAM + int(step * place) for place in range(alone)} | set(range(len(spans) - last, len(spans)))
        copy = texts[source]
        for place in sorted(places, reverse=True):
            start, stop = spans[place]
            copy = copy[:start] + fresh(draw.randrange(10**9)) + copy[stop:]
        copies.append(copy)
        pairs.append((source, len(texts) + number))
    return copies, pairs
