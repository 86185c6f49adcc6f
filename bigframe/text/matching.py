"""Matching: when two documents count as duplicates, as checked parameters."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from bigframe.errors import Unsupported
from bigframe.ops.text import Unit
from bigframe.tree import user_level

WANTED_RECALL = 0.94
"""What 16 bands of 8 values find of the pairs at a similarity of 0.8."""


@dataclass(frozen=True)
class Matching:
    """When two documents are duplicates of each other.

    Parameters
    ----------
    method
        ``"minhash"``: they share at least `threshold` of their shingles. ``"exact"``: their tokens are the same.
    threshold
        Jaccard similarity, above 0 and up to 1.
    ngram_size
        Consecutive tokens per shingle.
    unit
        What a token is, ``"word"`` or ``"char"``.
    num_perm, bands
        Values per MinHash signature, and into how many bands of equal width they are divided.
    verify
        ``"exact"``: candidates that share a band count only if their similarity, computed exactly, reaches `threshold`.
    seed
        Of the hash functions, from 0 to 2**64 - 1.

    Raises
    ------
    ValueError
        If a parameter is out of range.
    Unsupported
        If a method or a way to verify does not exist here.
    """

    method: str = "minhash"
    threshold: float = 0.8
    ngram_size: int = 5
    unit: Unit = "word"
    num_perm: int = 128
    bands: int = 16
    verify: str = "exact"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method == "semantic":
            reason = "there is no nearest-neighbour index of embeddings yet"
            raise Unsupported("method='semantic'", reason, "method='minhash'")
        if self.method not in ("minhash", "exact"):
            raise ValueError(f"method must be 'minhash' or 'exact', got {self.method!r}")
        if self.unit not in ("word", "char"):
            raise ValueError(f"unit must be 'word' or 'char', got {self.unit!r}")
        if not 0 < self.threshold <= 1:
            raise ValueError(f"threshold must be above 0 and at most 1, got {self.threshold!r}")
        if self.verify != "exact":
            reason = "unverified candidates remove far too many documents, and signatures misjudge one pair in twelve"
            raise Unsupported(f"verify={self.verify!r}", reason, "verify='exact'")
        for name in ("ngram_size", "num_perm", "bands"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be an integer of at least 1, got {value!r}")
        if self.num_perm % self.bands:
            raise ValueError(f"bands must divide num_perm, got {self.bands} bands of {self.num_perm} values")
        if not 0 <= self.seed < 2**64:
            raise ValueError(f"seed must be from 0 to 2**64 - 1, got {self.seed!r}")
        if self.method == "minhash":
            self._warn_of_low_recall()

    def recall(self, bands: int) -> float:
        """The share of pairs at the threshold that so many bands make candidates, ``1 - (1 - threshold**rows)**bands``.

        Leskovec, Rajaraman, Ullman, *Mining of Massive Datasets*, section 3.4.2.

        Examples
        --------
        >>> round(Matching().recall(16), 3)
        0.947
        """
        return 1 - (1 - self.threshold ** (self.num_perm // bands)) ** bands

    def _warn_of_low_recall(self) -> None:
        found = self.recall(self.bands)
        if found >= WANTED_RECALL:
            return
        divisors = [bands for bands in range(1, self.num_perm + 1) if self.num_perm % bands == 0]
        better = next((bands for bands in divisors if self.recall(bands) >= WANTED_RECALL), self.num_perm)
        warnings.warn(
            f"bands={self.bands} finds about {found:.0%} of the pairs at threshold={self.threshold:g}; "
            f"bands={better} finds {self.recall(better):.0%}",
            UserWarning,
            # The line that called the method which made this object.
            stacklevel=user_level(),
        )
