"""The demo's corpus: the code and prose files of a folder tree as Parquet files, built once and then reused."""

import csv
import hashlib
import json
import os
import re
import shutil
import sysconfig
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bigframe.demo.packages import STDLIB_PACKAGE, normalise_name

__all__ = ["CORPUS_SCHEMA", "EXPECTED_BYTES", "EXPECTED_DOCUMENTS", "Corpus", "Skipped", "build_corpus", "read_folder"]

EXPECTED_DOCUMENTS = 5_000
EXPECTED_BYTES = 80_000_000
"""Below these sizes the demo's counts and rates say little, and it prints a note."""

CORPUS_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("package", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
    ]
)

Progress = Callable[[int, int], None]
"""Called as the build advances with the bytes read so far and the bytes there are."""

_FORMAT = 1  # part of the fingerprint: raise it when the same files would give other rows
_FILE_BYTES = 32_000_000  # text per Parquet file: a handful of partitions for the demo, and a bound on memory here
_ROW_GROUP_ROWS = 500
_DIST_INFO = ".dist-info"
_MANIFEST = "_manifest.json"  # readers of a Parquet folder pass over names that begin with an underscore

_KINDS = {".py": "code", ".md": "markdown", ".rst": "rst", ".txt": "text"}
_NAMED_KINDS = (
    ("readme", re.compile(r"readme(?![a-z])", re.IGNORECASE)),
    ("licence", re.compile(r"(?:licen[cs]es?|copying)(?![a-z])", re.IGNORECASE)),
)
# `LICENSE.APACHE` is prose, `licenses.json` and `readme.pyi` are not.
_NOT_PROSE = frozenset({".c", ".h", ".html", ".json", ".pyc", ".pyd", ".pyi", ".pyx", ".so", ".toml", ".yaml", ".yml"})


@dataclass(frozen=True)
class Skipped:
    """A file that belongs to the corpus by its name but could not be taken, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Corpus:
    """Parquet files of `CORPUS_SCHEMA`, in the order of ``path``, and what was found while they were built.

    Attributes
    ----------
    files : tuple of Path
        The Parquet files, in order.
    documents : int
        Rows in all files.
    bytes : int
        Bytes of text in all rows, as UTF-8.
    skipped : tuple of Skipped
        Files that were left out because they are not UTF-8 or could not be read.
    reused : bool
        True where an earlier build was found and nothing was read.
    """

    files: tuple[Path, ...]
    documents: int
    bytes: int
    skipped: tuple[Skipped, ...]
    reused: bool

    @property
    def folder(self) -> Path:
        """The folder that holds the files and nothing else that a Parquet reader would take."""
        return self.files[0].parent

    @property
    def note(self) -> str | None:
        """One sentence where the corpus is smaller than the demo expects, else None."""
        if self.documents >= EXPECTED_DOCUMENTS and self.bytes >= EXPECTED_BYTES:
            return None
        return (
            f"a small corpus: {self.documents:,} documents, {self.bytes / 1e6:.1f} MB "
            f"(at least {EXPECTED_DOCUMENTS:,} and {EXPECTED_BYTES / 1e6:.0f} MB were expected)"
        )


@dataclass(frozen=True)
class _Entry:
    """A file that will become a document; `path` is relative, with forward slashes."""

    path: str
    package: str
    kind: str
    source: Path
    size: int
    modified_ns: int


def build_corpus(
    cache: Path,
    *,
    site_packages: Sequence[Path] | None = None,
    stdlib: Path | None = None,
    progress: Progress | None = None,
) -> Corpus:
    """Build the corpus of this interpreter's installed packages, or find the one already built.

    A document is every ``.py``, ``.md``, ``.rst`` and ``.txt`` file and every README, LICENSE and COPYING file. The
    standard library is added, as the package ``python``, only where the packages alone are below `EXPECTED_DOCUMENTS`
    or `EXPECTED_BYTES`.

    Parameters
    ----------
    cache : Path
        Folder for the Parquet files. Each build has a subfolder, named after the paths, sizes and modification times
        of its files, so that any installation, removal or edit gives a new build.
    site_packages : sequence of Path, optional
        Folders with installed distributions; by default those of the running interpreter.
    stdlib : Path, optional
        The standard library's folder; by default the running interpreter's.
    progress : callable, optional
        Called with (bytes read, bytes in all).

    Returns
    -------
    Corpus
        Its rows are sorted by ``path``; ``doc_id`` is derived from path and content.

    Raises
    ------
    ValueError
        If no folder holds a document.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> folder = Path(mkdtemp())
    >>> _ = (folder / "tool.py").write_text("answer = 42")
    >>> corpus = build_corpus(folder / "cache", site_packages=[folder], stdlib=folder)
    >>> corpus.documents, corpus.bytes, corpus.reused
    (1, 11, False)
    """
    folders = _installed_folders() if site_packages is None else site_packages
    # Of a path found in two folders the first counts, as it does for `import`.
    by_path = {entry.path: entry for folder in reversed(folders) for entry in _entries(folder)}
    entries = list(by_path.values())
    if len(entries) < EXPECTED_DOCUMENTS or sum(entry.size for entry in entries) < EXPECTED_BYTES:
        library = Path(sysconfig.get_path("stdlib")) if stdlib is None else stdlib
        if library not in folders:
            entries += _entries(library, prefix=f"{STDLIB_PACKAGE}/", package=STDLIB_PACKAGE)
    if not entries:
        raise ValueError(f"no document in {', '.join(map(str, folders))}")
    return _build(entries, cache, progress)


def read_folder(folder: Path, cache: Path, *, progress: Progress | None = None) -> Corpus:
    """Build the corpus of any folder, or find the one already built.

    The same files are documents as in `build_corpus`. Folders whose name begins with a dot are not entered.

    Parameters
    ----------
    folder : Path
        The folder to read, with all folders below it.
    cache : Path
        Folder for the Parquet files; it may lie inside `folder`.
    progress : callable, optional
        Called with (bytes read, bytes in all).

    Returns
    -------
    Corpus
        As of `build_corpus`; ``package`` is the distribution that owns the file, else the top-level folder, else (for
        files at the top) the name of `folder`.

    Raises
    ------
    NotADirectoryError
        If `folder` is not a folder.
    ValueError
        If it holds no document.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> folder = Path(mkdtemp())
    >>> _ = (folder / "README.md").write_text("hello")
    >>> corpus = read_folder(folder, folder / "cache")
    >>> corpus.documents, corpus.skipped
    (1, ())
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder")
    entries = list(_entries(folder))
    if not entries:
        raise ValueError(f"no document in {folder}: looked for .py, .md, .rst, .txt, README, LICENSE and COPYING files")
    return _build(entries, cache, progress)


def _installed_folders() -> list[Path]:
    return list(dict.fromkeys(Path(sysconfig.get_path(scheme)) for scheme in ("purelib", "platlib")))


def _entries(root: Path, *, prefix: str = "", package: str | None = None) -> Iterator[_Entry]:
    """Yield the documents below a folder; `package` names the owner of them all."""
    owners = {} if package else _owners(root)
    for folder, subfolders, names in os.walk(root, onerror=_raise):
        subfolders[:] = [name for name in subfolders if not _is_foreign(name, inside_stdlib=package is not None)]
        for name in names:
            kind = _kind(name)
            if kind is None:
                continue
            source = Path(folder, name)
            relative = source.relative_to(root).as_posix()
            status = source.stat() if source.exists() else source.lstat()
            owner = package or owners.get(relative) or _top_level(relative, root)
            yield _Entry(prefix + relative, owner, kind, source, status.st_size, status.st_mtime_ns)


def _raise(error: OSError) -> None:
    """Make a folder that cannot be listed an error; `os.walk` would pass over it without a word."""
    raise error


def _is_foreign(folder: str, *, inside_stdlib: bool) -> bool:
    """Say whether a subfolder holds no document of its parent: byte code, version control, other packages."""
    if folder == "__pycache__" or folder.startswith("."):
        return True
    return inside_stdlib and folder in {"site-packages", "dist-packages"}


def _kind(name: str) -> str | None:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".py":
        return "code"
    if suffix not in _NOT_PROSE:
        for kind, pattern in _NAMED_KINDS:
            if pattern.match(name):
                return kind
    return _KINDS.get(suffix)


def _owners(root: Path) -> dict[str, str]:
    """Map each installed file to its distribution, as the RECORD files say."""
    owners: dict[str, str] = {}
    for record in sorted(root.glob(f"*{_DIST_INFO}/RECORD")):
        distribution = _distribution(record.parent.name)
        with record.open(encoding="utf-8", newline="") as lines:
            owners |= {row[0]: distribution for row in csv.reader(lines) if row}
    return owners


def _top_level(relative: str, root: Path) -> str:
    first, _, rest = relative.partition("/")
    if first.endswith(_DIST_INFO):
        return _distribution(first)
    return normalise_name(first if rest else root.name)


def _distribution(dist_info: str) -> str:
    """Read the name out of ``name-version.dist-info``; a version holds no hyphen there."""
    return normalise_name(dist_info.removesuffix(_DIST_INFO).rsplit("-", 1)[0])


def _build(entries: Sequence[_Entry], cache: Path, progress: Progress | None) -> Corpus:
    entries = sorted(entries, key=lambda entry: entry.path)
    folder = cache / f"corpus-{_fingerprint(entries)}"
    found = _load(folder)
    if found is not None:
        return found
    shutil.rmtree(folder, ignore_errors=True)  # what is there was damaged: a whole build would have been found
    staging = cache / f".building-{uuid.uuid4().hex}"
    staging.mkdir(parents=True)
    try:
        _write(entries, staging, progress)
        staging.rename(folder)
    except OSError:
        # A build of the same files beside this one may have come first; its rows are the same.
        found = _load(folder)
        if found is None:
            raise
        return found
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    built = _load(folder)
    if built is None:
        raise OSError(f"{folder} was removed or changed while it was built")
    return replace(built, reused=False)


def _fingerprint(entries: Sequence[_Entry]) -> str:
    digest = hashlib.blake2b(f"format {_FORMAT}\n".encode(), digest_size=8)
    for entry in entries:
        line = f"{entry.path}\0{entry.package}\0{entry.size}\0{entry.modified_ns}\n"
        digest.update(line.encode(errors="surrogateescape"))
    return digest.hexdigest()


def _load(folder: Path) -> Corpus | None:
    """Read an earlier build's manifest; None where there is none or a file does not have the size it was given."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        sizes = {folder / name: size for name, size in manifest["files"].items()}
        if any(file.stat().st_size != size for file, size in sizes.items()):
            return None
    except FileNotFoundError:
        return None
    skipped = tuple(Skipped(**item) for item in manifest["skipped"])
    return Corpus(tuple(sizes), manifest["documents"], manifest["bytes"], skipped, reused=True)


def _write(entries: Sequence[_Entry], folder: Path, progress: Progress | None) -> None:
    skipped: list[Skipped] = []
    files: dict[str, int] = {}
    documents = size = 0
    for rows in _batches(entries, skipped, progress):
        file = folder / f"part-{len(files):04d}.parquet"
        table = pa.Table.from_pylist(rows, schema=CORPUS_SCHEMA)
        pq.write_table(table, file, compression="zstd", row_group_size=_ROW_GROUP_ROWS, write_page_checksum=True)
        files[file.name] = file.stat().st_size
        documents += len(rows)
        size += sum(row["bytes"] for row in rows)
    if not files:
        raise ValueError(f"none of {len(skipped)} files could be read; {skipped[0].path}: {skipped[0].reason}")
    manifest = {"documents": documents, "bytes": size, "files": files, "skipped": [asdict(item) for item in skipped]}
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _batches(
    entries: Sequence[_Entry], skipped: list[Skipped], progress: Progress | None
) -> Iterator[list[dict[str, Any]]]:
    """Read the documents, one Parquet file's worth at a time; what cannot be read is added to `skipped`."""
    total = sum(entry.size for entry in entries)
    seen = pending = 0
    rows: list[dict[str, Any]] = []
    for entry in entries:
        document = _read(entry)
        if isinstance(document, Skipped):
            skipped.append(document)
        else:
            rows.append(document)
            pending += document["bytes"]
        seen += entry.size
        if progress is not None:
            progress(seen, total)
        if pending >= _FILE_BYTES:
            yield rows
            rows, pending = [], 0
    if rows:
        yield rows


def _read(entry: _Entry) -> dict[str, Any] | Skipped:
    printable = entry.path.encode(errors="backslashreplace").decode()
    if printable != entry.path:
        return Skipped(printable, "its name is not UTF-8")
    if entry.source.exists() and not entry.source.is_file():
        return Skipped(printable, "not a regular file")  # reading a named pipe would wait for ever
    try:
        content = entry.source.read_bytes()
        text = content.decode()
    except UnicodeDecodeError as error:
        return Skipped(printable, f"not UTF-8 at byte {error.start}")
    except OSError as error:
        return Skipped(printable, error.strerror or str(error))
    doc_id = hashlib.blake2b(entry.path.encode() + b"\0" + content, digest_size=16).hexdigest()
    return {
        "doc_id": doc_id,
        "path": entry.path,
        "package": entry.package,
        "kind": entry.kind,
        "text": text,
        "bytes": len(content),
    }
