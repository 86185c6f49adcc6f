"""What ``bigframe demo --input`` takes: a folder of documents, JSON lines or Parquet, as one lazy frame."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow.parquet as pq

import bigframe as pd
from bigframe.demo.corpus import Corpus, Progress, build_corpus, read_folder
from bigframe.errors import SourceError

PARQUET = (".parquet", ".pq")
JSON_LINES = (".jsonl", ".ndjson", ".json")
COMPRESSED = (".gz", ".zst", ".bz2", ".xz")


@dataclass(frozen=True)
class Documents:
    """Documents to clean: columns ``doc_id`` (unique), ``path``, ``package``, ``kind`` and ``text``.

    Attributes
    ----------
    frame : DataFrame
        The documents.
    corpus : Corpus or None
        How they were collected; None where they were read as they are from a table.
    """

    frame: pd.DataFrame
    corpus: Corpus | None


def read_documents(
    path: str | None, cache: Path, *, upload: bool = False, progress: Progress | None = None
) -> Documents:
    """Read the documents of a path, or of this interpreter's packages.

    Parameters
    ----------
    path
        A folder of code and prose, a Parquet file or folder, a file of JSON lines, or an fsspec URL of either table;
        None takes the installed packages. Tables are read where jobs run, all others here.
    cache
        Folder for corpora that are collected from files.
    upload
        Whether jobs run where this machine's files are not, so that a corpus is sent there.
    progress
        As of :func:`~bigframe.demo.corpus.build_corpus`.

    Returns
    -------
    Documents
        For a table, ``path`` is its name and the number of the row.

    Raises
    ------
    FileNotFoundError
        If nothing is there.
    ValueError
        If a table has no column ``text``, or a file is of another kind; names what there is.
    TypeError
        If the column does not hold text.
    """
    if path is None:
        return _of_corpus(build_corpus(cache, progress=progress), upload)
    local = Path(path)
    if "://" not in path and not upload and not local.exists():
        raise FileNotFoundError(f"--input {path}: there is no such file or folder")
    if local.is_dir() and not any(local.glob("*.parquet")):
        return _of_corpus(read_folder(local, cache, progress=progress), upload)
    return Documents(_of_table(path), None)


def is_written(path: str) -> bool:
    """Whether a path or URL, as the session's jobs see it, holds a file."""
    try:
        pd.read_parquet(path)
    except FileNotFoundError:
        return False
    except SourceError:
        # Something other than Parquet.
        return True
    return True


def _of_corpus(corpus: Corpus, upload: bool) -> Documents:
    files = [str(file) for file in corpus.files]
    return Documents(pd.from_arrow(pq.read_table(files)) if upload else pd.read_parquet(files), corpus)


def _of_table(path: str) -> pd.DataFrame:
    suffixes = PurePosixPath(path).suffixes
    suffix = next((known for known in reversed(suffixes) if known not in COMPRESSED), "")
    if suffix in JSON_LINES:
        table = pd.read_json(path)
    elif suffix in PARQUET or not suffix:
        table = pd.read_parquet(path)
    else:
        kinds = ", ".join((*PARQUET, *JSON_LINES))
        raise ValueError(f"--input {path}: a file must be one of {kinds}; of other documents give the folder")
    if "text" not in table:
        raise ValueError(f"--input {path}: there is no column 'text'; the columns are {list(table.columns)}")
    if table.dtypes["text"] != "str":
        raise TypeError(f"--input {path}: column 'text' has dtype {table.dtypes['text']}, not text")
    docs: pd.DataFrame = table[["text"]].reset_index(drop=True).reset_index(names="row")
    docs["path"] = PurePosixPath(path).name + "#" + docs["row"].astype(str)
    docs["package"] = ""
    docs["kind"] = "text"
    docs["doc_id"] = (docs["path"] + "\0" + docs["text"].fillna("")).map(content_hash)
    return docs.drop(columns="row")


def content_hash(content: str) -> str:
    """Hash of a text: 32 hexadecimal digits."""
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
