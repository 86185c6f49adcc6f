"""Verbs over a table of documents: near-duplicates dropped, listed, or marked by group."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Literal, Self

from bigframe.api.columns import Columns
from bigframe.errors import Unsupported
from bigframe.text import near_duplicates
from bigframe.text.matching import Matching
from bigframe.text.near_duplicates import Survivor


class Documents(Columns):
    """What DataFrame offers for columns of text as a whole."""

    def drop_near_duplicates(
        self,
        subset: Hashable = "text",
        *,
        threshold: float = 0.8,
        keep: Literal["first", "last", "max"] = "first",
        by: Hashable | None = None,
        method: Literal["minhash", "exact", "semantic"] = "minhash",
        ngram_size: int = 5,
        unit: Literal["word", "char"] = "word",
        num_perm: int = 128,
        bands: int = 16,
        verify: Literal["exact"] = "exact",
        against: object = None,
        seed: int = 0,
    ) -> Self:
        """Keep one document of each group of near-duplicates.

        Two documents are near-duplicates if their sets of shingles have a Jaccard similarity of at least `threshold`; a
        group is all that such pairs connect. Case, punctuation (among words) and white space do not count. A document
        that is missing or has no token is always kept. The same rows stay for any partitioning and executor.

        Parameters
        ----------
        subset
            Label of the text column.
        threshold
            Jaccard similarity, above 0 and up to 1.
        keep
            Which document of a group stays: the ``"first"``, the ``"last"``, or with ``"max"`` the one where column
            `by` is greatest (of several the first; a missing value loses).
        by
            Label of a column that has an order, for ``keep="max"``.
        method
            ``"minhash"`` finds similar documents; ``"exact"`` only those of equal tokens, whatever the threshold.
        ngram_size
            Consecutive tokens per shingle; a shorter document is one shingle.
        unit
            ``"word"``: a token is a run of letters, digits and underscores, or one character of a script without
            spaces (Chinese, Japanese, Thai, …), decided character by character. ``"char"``: every character is one.
        num_perm, bands
            Values per MinHash signature, and bands they are divided into: pairs of similarity s are found with a
            probability of about ``1 - (1 - s**(num_perm / bands))**bands``, for the defaults 0.95 at 0.8 and 0.99 at
            0.85. A warning says when that is little at `threshold`.
        verify
            ``"exact"``: no pair counts before its similarity has been computed exactly.
        against
            Not supported yet.
        seed
            Of the hash functions, from 0 to 2**64 - 1.

        Returns
        -------
        DataFrame
            The rows that stay, with their order, index labels and columns.

        Raises
        ------
        KeyError
            If a column does not exist.
        TypeError
            If `subset` is no column of text, or `by` has no order.
        ValueError
            If a parameter is out of range.
        Unsupported
            For ``method="semantic"``, another `verify`, and `against`.

        See Also
        --------
        near_duplicates : The documents that go, and why; free in the same job.
        near_duplicate_groups : The group of every document.

        Notes
        -----
        MinHash signatures by Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup, arXiv:1704.04370), candidates by
        LSH banding (Broder 1997; Indyk and Motwani 1998). In a bucket each document is compared with the first eight.
        Tier: *native*.

        Examples
        --------
        >>> import bigframe as pd
        >>> df = pd.DataFrame({"text": ["To be, or not to be", "to be or not to be!", "Once more", None]})
        >>> df.drop_near_duplicates("text")
                          text
        0  To be, or not to be
        2            Once more
        3                  NaN
        """
        matching = Matching(method, threshold, ngram_size, unit, num_perm, bands, verify, seed)
        _refuse(against)
        return self._wrap(near_duplicates.drop(self._frame, subset, Survivor(keep, by), matching))

    def near_duplicates(
        self,
        subset: Hashable = "text",
        *,
        threshold: float = 0.8,
        keep: Literal["first", "last", "max"] = "first",
        by: Hashable | None = None,
        method: Literal["minhash", "exact", "semantic"] = "minhash",
        ngram_size: int = 5,
        unit: Literal["word", "char"] = "word",
        num_perm: int = 128,
        bands: int = 16,
        verify: Literal["exact"] = "exact",
        against: object = None,
        seed: int = 0,
    ) -> Self:
        """The documents that :meth:`drop_near_duplicates` with the same arguments removes, and why.

        Run both with :func:`bigframe.compute`, or as writes of one job, and they share all work.

        Parameters
        ----------
        subset, threshold, keep, by, method, ngram_size, unit, num_perm, bands, verify, against, seed
            As of :meth:`drop_near_duplicates`.

        Returns
        -------
        DataFrame
            A row for each removed document, in row order, with columns ``id`` and ``kept_id`` (index labels of the
            removed document and of the one kept instead; row positions if the index is the default one), ``group``
            (row position of the group's first document, int64) and ``similarity`` (exact Jaccard similarity of the two,
            float64; below `threshold` where other documents connect them).

        Raises
        ------
        KeyError, TypeError, ValueError, Unsupported
            As :meth:`drop_near_duplicates`; Unsupported too if the index has several levels.

        Examples
        --------
        >>> import bigframe as pd
        >>> df = pd.DataFrame({"text": ["To be, or not to be", "Once more", "to be or not to be!"]})
        >>> df.near_duplicates("text")
           id  kept_id  group  similarity
        0   2        0      0         1.0
        """
        matching = Matching(method, threshold, ngram_size, unit, num_perm, bands, verify, seed)
        _refuse(against)
        return self._wrap(near_duplicates.audit(self._frame, subset, Survivor(keep, by), matching))

    def near_duplicate_groups(
        self,
        subset: Hashable = "text",
        *,
        name: Hashable = "group",
        threshold: float = 0.8,
        method: Literal["minhash", "exact", "semantic"] = "minhash",
        ngram_size: int = 5,
        unit: Literal["word", "char"] = "word",
        num_perm: int = 128,
        bands: int = 16,
        verify: Literal["exact"] = "exact",
        seed: int = 0,
    ) -> Self:
        """The table with one more column: the group of near-duplicates that each document belongs to.

        Split by it, and no document of one part has a near-duplicate in another.

        Parameters
        ----------
        subset, threshold, method, ngram_size, unit, num_perm, bands, verify, seed
            As of :meth:`drop_near_duplicates`.
        name
            Label of the new column.

        Returns
        -------
        DataFrame
            All rows, with column `name`, int64: the row position of the group's first document. A document without
            near-duplicates is a group of its own.

        Raises
        ------
        KeyError, TypeError, ValueError, Unsupported
            As :meth:`drop_near_duplicates`; ValueError too if a column `name` exists.

        Examples
        --------
        >>> import bigframe as pd
        >>> df = pd.DataFrame({"text": ["To be, or not to be", "Once more", "to be or not to be!"]})
        >>> df.near_duplicate_groups("text")["group"].tolist()
        [0, 1, 0]
        """
        matching = Matching(method, threshold, ngram_size, unit, num_perm, bands, verify, seed)
        return self._wrap(near_duplicates.mark(self._frame, subset, name, matching))


def _refuse(against: object) -> None:
    if against is not None:
        reason = "signatures of earlier documents are not kept yet"
        raise Unsupported("against=", reason, "bigframe.concat of both tables with keep='first'")
