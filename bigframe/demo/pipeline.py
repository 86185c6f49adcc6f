"""The main job as a page of pandas: documents become clean, unique training text, and what is left out is listed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas

import bigframe as pd

CODE_AND_PROSE = ["code", "markdown", "readme", "rst", "text"]
EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
MARKUP = r"<[^>]*>|!?\[!?\[?[^\]]*\]?\]\([^)]*\)|https?://\S+|[-=#*~^_`|]{2,}"
DOCSTRING = r'(?s)"""(.+?)"""'
GENERATED = r"@generated|auto-?generated|do not edit|(?:is|was|been) generated"
SIMILAR = 0.8


@dataclass(frozen=True)
class Cleaned:
    """What becomes of code and prose; together the three tables have each such document once.

    Attributes
    ----------
    kept : DataFrame
        Clean, unique documents with the columns of their package and a ``split``, ``"train"`` or ``"validation"``.
    dropped : DataFrame
        Documents that break a rule, without their text, with the ``reason``.
    audit : DataFrame
        Near-duplicates: ``id`` and ``path`` of what was removed, ``kept_id`` and ``kept_path`` of what stands for it,
        the ``group`` and the ``similarity``.
    """

    kept: pd.DataFrame
    dropped: pd.DataFrame
    audit: pd.DataFrame


def clean(docs: pd.DataFrame, packages: pd.DataFrame, *, licences: bool = True) -> Cleaned:
    """Filter, describe, judge, mask, deduplicate and split documents; nothing runs yet.

    Parameters
    ----------
    docs
        Columns ``doc_id`` (unique), ``path``, ``package``, ``kind`` and ``text``.
    packages
        Columns ``name``, ``version``, ``licence``, ``permissive``, ``author`` and ``requires``, a row for each package.
    licences
        Whether a document must belong to a package with a permissive licence.

    Returns
    -------
    Cleaned
        Three lazy tables over one shared plan.
    """
    docs = docs[docs["kind"].isin(CODE_AND_PROSE)]
    docs = docs.merge(packages, how="left", left_on="package", right_on="name").drop(columns="name")
    docs["reason"] = reject_reason(docs, licences=licences)

    dropped = docs[docs["reason"] != ""].drop(columns="text")
    clean = docs[docs["reason"] == ""].drop(columns="reason").set_index("doc_id")
    clean["text"] = clean["text"].str.replace(EMAIL, "<email>", regex=True)

    # One document of each group stays, so that a split of the documents is a split of the groups: no text of the
    # validation set has a near copy in the training set. An id is a hash; its first digit draws one group in sixteen.
    kept = clean.drop_near_duplicates("text", threshold=SIMILAR).reset_index()
    kept["split"] = "train"
    kept["split"] = kept["split"].mask(kept["doc_id"].str.startswith("0"), "validation")

    audit = clean.near_duplicates("text", threshold=SIMILAR)
    audit = audit.merge(clean[["path"]], left_on="id", right_index=True)
    audit = audit.merge(clean[["path"]].rename(columns={"path": "kept_path"}), left_on="kept_id", right_index=True)
    return Cleaned(kept, dropped, audit)


def reject_reason(docs: pd.DataFrame, *, licences: bool) -> pd.Series:
    """Say for each document which rule it breaks first, ``""`` if none.

    Rejection is data: a column that can be counted, read and argued with. The rules for code are those of Codex
    (Chen et al. 2021, section 3.1: average lines of over 100 characters, hardly any letters, generated).
    """
    text, is_code = docs["text"], docs["kind"] == "code"
    characters = text.str.len()
    lines = text.str.count("\n") + 1
    letters = text.str.count(r"[^\W\d_]")
    rules = {
        "no text": text.isna(),
        "licence not permissive": ~docs["permissive"].fillna(False).astype(bool),
        "shorter than 200 characters": characters < 200,
        "less than a quarter letters": letters < characters / 4,
        "code with lines of over 100 characters on average": is_code & (characters > 100 * lines),
        "code that a program wrote": is_code & text.str[:1000].str.contains(GENERATED, case=False, na=False),
    }
    if not licences:
        del rules["licence not permissive"]
    reason: pd.Series = docs.assign(reason="")["reason"]
    for name, broken in reversed(rules.items()):
        reason = reason.mask(broken, name)
    return reason


def passages(kept: pd.DataFrame, readmes: pd.DataFrame, count: int) -> pd.DataFrame:
    """Short texts for semantic search: READMEs, and what a sample of documents says of itself.

    Parameters
    ----------
    kept
        Columns ``path`` and ``text``.
    readmes
        Columns ``title`` and ``text``.
    count
        How many documents to sample, at most as many as there are.

    Returns
    -------
    DataFrame
        Columns ``title`` and ``text``: of each README, docstring, or else document the first 500 characters, which are
        about 100 tokens.
    """
    sample = kept.sample(n=count, random_state=0)
    sample["title"] = sample["path"]
    sample["text"] = sample["text"].str.extract(DOCSTRING, expand=False).fillna(sample["text"])
    texts: pd.DataFrame = pd.concat([readmes, sample[["title", "text"]]], ignore_index=True)
    texts["text"] = texts["text"].str.replace(MARKUP, " ", regex=True).str.strip().str[:500]
    texts["text"] = texts["text"].mask(texts["text"] == "")
    return texts.dropna(subset=["text"])


def search(embedded: pandas.DataFrame, query: npt.NDArray[np.float32], count: int = 3) -> pandas.DataFrame:
    """Find the rows whose vectors are nearest to a query's.

    Parameters
    ----------
    embedded
        Column ``embedding`` with vectors of length 1.
    query
        A vector of length 1.
    count
        How many rows to return.

    Returns
    -------
    pandas.DataFrame
        The rows, nearest first, with their cosine similarity as ``score``.
    """
    scores = np.stack(embedded["embedding"].to_list()) @ query
    best = np.argsort(-scores, kind="stable")[:count]
    return embedded.iloc[best].assign(score=scores[best])
