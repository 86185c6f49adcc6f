"""The graph of all similar texts, computed without hashing: exact shingle sets, prefix filter, set intersection."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from tests.text.corpus import NGRAM


def shingle_sets(texts: Sequence[str], tokens: re.Pattern[str]) -> list[frozenset[int]]:
    """The shingles of each text as numbers, equal for equal runs of five lower-cased tokens and for no others."""
    vocabulary: dict[str, int] = {}
    words = [[vocabulary.setdefault(word, len(vocabulary)) for word in tokens.findall(text.lower())] for text in texts]
    lengths = np.array([len(one) for one in words])
    assert lengths.min() >= NGRAM
    flat = np.concatenate([np.array(one) for one in words])
    starts = np.cumsum(lengths) - lengths
    runs = np.concatenate([np.arange(start, start + n - NGRAM + 1) for start, n in zip(starts, lengths, strict=True)])
    code = flat[runs]
    for offset in range(1, NGRAM):
        # Numbering the prefixes anew keeps the codes below 2**63, so that they are exact.
        code, _ = pd.factorize(code * len(vocabulary) + flat[runs + offset])
    bounds = np.cumsum(lengths - NGRAM + 1)[:-1]
    return [frozenset(part.tolist()) for part in np.split(code, bounds)]


def jaccard(left: frozenset[int], right: frozenset[int]) -> float:
    return len(left & right) / len(left | right)


def similar_pairs(sets: Sequence[frozenset[int]], threshold: float) -> dict[tuple[int, int], float]:
    """Every pair of at least that similarity, smaller position first, with its similarity.

    Two sets that similar share one of the rarest ``size - ceil(threshold * size) + 1`` members of each (Bayardo, Ma,
    Srikant 2007), so only those are joined.
    """
    sizes = np.array([len(one) for one in sets])
    text = np.repeat(np.arange(len(sets)), sizes)
    member = np.concatenate([np.fromiter(one, np.int64, len(one)) for one in sets])
    frequency = np.bincount(member)[member]
    order = np.lexsort((member, frequency, text))
    rank = np.arange(len(text)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    prefix = sizes - np.ceil(threshold * sizes - 1e-9).astype(int) + 1
    rare = order[(rank < prefix[text]) & (frequency[order] > 1)]
    rare = rare[np.lexsort((text[rare], member[rare]))]
    text, member = text[rare], member[rare]
    found: set[int] = set()
    for distance in range(1, len(text)):
        same = np.flatnonzero(member[distance:] == member[:-distance])
        if not len(same):
            break
        left, right = text[same], text[same + distance]
        close = np.minimum(sizes[left], sizes[right]) >= threshold * np.maximum(sizes[left], sizes[right]) - 1e-9
        found.update(np.unique(left[close] * len(sets) + right[close]).tolist())
    pairs = (divmod(code, len(sets)) for code in sorted(found))
    scored = {(a, b): jaccard(sets[a], sets[b]) for a, b in pairs}
    return {pair: value for pair, value in scored.items() if value >= threshold}


def components(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """For each node the smallest node that edges connect it with."""
    root = list(range(count))

    def find(node: int) -> int:
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for a, b in edges:
        one, other = find(a), find(b)
        root[max(one, other)] = min(one, other)
    return [find(node) for node in range(count)]


@dataclass(frozen=True)
class Corpus:
    """Texts, the planted pairs among them, and what they are to each other."""

    texts: list[str]
    planted: list[tuple[int, int]]
    tokens: re.Pattern[str]

    @cached_property
    def sets(self) -> list[frozenset[int]]:
        return shingle_sets(self.texts, self.tokens)

    @cached_property
    def similar(self) -> Mapping[tuple[int, int], float]:
        """All pairs of at least 0.8."""
        return similar_pairs(self.sets, 0.8)

    @cached_property
    def groups(self) -> list[int]:
        return components(len(self.texts), list(self.similar))

    def jaccard(self, left: int, right: int) -> float:
        return jaccard(self.sets[left], self.sets[right])
