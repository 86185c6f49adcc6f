"""The demo's corpus and package table: their rows, what is reused, and what is reported instead of dropped."""

import json
import os
import sysconfig
from email.message import Message
from hashlib import blake2b
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bigframe.demo import corpus as corpus_module
from bigframe.demo.corpus import (
    CORPUS_SCHEMA,
    EXPECTED_BYTES,
    EXPECTED_DOCUMENTS,
    Corpus,
    Skipped,
    build_corpus,
    read_folder,
)
from bigframe.demo.packages import PACKAGE_SCHEMA, is_permissive, normalise_name, package_table, spdx

METADATA = """\
Metadata-Version: 2.4
Name: Fast.Tool
Version: 1.5
Summary: Does it fast.
Author-email: Ada Lovelace <ada@example.org>, Grace Hopper <grace@example.org>
License-Expression: MIT
Requires-Dist: NumPy>=2
Requires-Dist: typing_extensions; python_version < "3.13"
Requires-Dist: pytest; extra == "dev"
Description-Content-Type: text/markdown

# Fast.Tool

Use it.
"""


def write(root: Path, path: str, content: str | bytes) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site-packages folder with one installed package and files that no distribution owns."""
    root = tmp_path / "site-packages"
    write(root, "Fast.Tool-1.5.dist-info/METADATA", METADATA)
    owned = 'fasttool/__init__.py,sha256=x,9\n"odd,name.py",,\nfasttool/notes.txt,,\n'
    write(root, "Fast.Tool-1.5.dist-info/RECORD", owned)
    write(root, "Fast.Tool-1.5.dist-info/licenses/LICENSE-MIT", "MIT text")
    write(root, "fasttool/__init__.py", "a = 'é'\n")
    write(root, "fasttool/notes.txt", "")
    write(root, "fasttool/latin.rst", "caf\xe9".encode("latin-1"))
    write(root, "fasttool/data.json", "{}")
    write(root, "fasttool/__pycache__/__init__.py", "never")
    write(root, ".git/readme.md", "never")
    write(root, "odd,name.py", "b = 2")
    write(root, "Loose_Folder/docs/guide.md", "guide")
    write(root, "Loose_Folder/README", "read me")
    return root


@pytest.fixture
def stdlib(tmp_path: Path) -> Path:
    root = tmp_path / "lib"
    write(root, "json/decoder.py", "j = 1")
    write(root, "LICENSE.txt", "PSF")
    write(root, "site-packages/other.py", "never")
    return root


def rows(corpus: Corpus) -> list[tuple[str, str, str, str, int]]:
    table = pq.read_table(corpus.folder)
    assert table.schema.equals(CORPUS_SCHEMA)
    return [(row["path"], row["package"], row["kind"], row["text"], row["bytes"]) for row in table.to_pylist()]


def test_every_document_has_its_package_kind_and_text(site: Path, stdlib: Path, tmp_path: Path) -> None:
    corpus = build_corpus(tmp_path / "cache", site_packages=[site], stdlib=stdlib)
    assert rows(corpus) == [
        ("Fast.Tool-1.5.dist-info/licenses/LICENSE-MIT", "fast-tool", "licence", "MIT text", 8),
        ("Loose_Folder/README", "loose-folder", "readme", "read me", 7),
        ("Loose_Folder/docs/guide.md", "loose-folder", "markdown", "guide", 5),
        ("fasttool/__init__.py", "fast-tool", "code", "a = 'é'\n", 9),
        ("fasttool/notes.txt", "fast-tool", "text", "", 0),
        ("odd,name.py", "fast-tool", "code", "b = 2", 5),
        ("python/LICENSE.txt", "python", "licence", "PSF", 3),
        ("python/json/decoder.py", "python", "code", "j = 1", 5),
    ]
    assert (corpus.documents, corpus.bytes, corpus.reused) == (8, 42, False)


def test_undecodable_files_are_reported_with_the_position(site: Path, stdlib: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    expected = (Skipped("fasttool/latin.rst", "not UTF-8 at byte 3"),)
    assert build_corpus(cache, site_packages=[site], stdlib=stdlib).skipped == expected
    assert build_corpus(cache, site_packages=[site], stdlib=stdlib).skipped == expected


def test_what_cannot_be_read_is_reported(tmp_path: Path) -> None:
    root = tmp_path / "input"
    write(root, "a.md", "a")
    (root / "gone.md").symlink_to(root / "nowhere")
    os.mkfifo(root / "pipe.txt")
    Path(root, b"bad\xff.md".decode(errors="surrogateescape")).write_text("x")
    corpus = read_folder(root, tmp_path / "cache")
    assert corpus.documents == 1
    assert {(item.path, item.reason) for item in corpus.skipped} == {
        ("gone.md", "No such file or directory"),
        ("pipe.txt", "not a regular file"),
        ("bad\\udcff.md", "its name is not UTF-8"),
    }


def test_the_id_depends_on_path_and_content(tmp_path: Path) -> None:
    root = tmp_path / "input"
    write(root, "a.py", "same")
    write(root, "b.py", "same")
    table = pq.read_table(read_folder(root, tmp_path / "cache").folder)
    assert table["doc_id"].to_pylist() == [
        blake2b(b"a.py\0same", digest_size=16).hexdigest(),
        blake2b(b"b.py\0same", digest_size=16).hexdigest(),
    ]


def test_a_second_build_reuses_the_files(site: Path, stdlib: Path, tmp_path: Path) -> None:
    first = build_corpus(tmp_path / "cache", site_packages=[site], stdlib=stdlib)
    times = [file.stat().st_mtime_ns for file in first.files]
    second = build_corpus(tmp_path / "cache", site_packages=[site], stdlib=stdlib)
    assert second == Corpus(first.files, first.documents, first.bytes, first.skipped, reused=True)
    assert [file.stat().st_mtime_ns for file in second.files] == times


def test_an_edited_file_gives_a_new_build(site: Path, stdlib: Path, tmp_path: Path) -> None:
    first = build_corpus(tmp_path / "cache", site_packages=[site], stdlib=stdlib)
    write(site, "fasttool/notes.txt", "changed")
    second = build_corpus(tmp_path / "cache", site_packages=[site], stdlib=stdlib)
    assert not second.reused
    assert second.folder != first.folder
    assert second.bytes == first.bytes + 7


def test_a_damaged_build_is_built_again(site: Path, stdlib: Path, tmp_path: Path) -> None:
    first = build_corpus(tmp_path / "cache", site_packages=[site], stdlib=stdlib)
    before = rows(first)
    first.files[0].write_bytes(b"PAR1")
    second = build_corpus(tmp_path / "cache", site_packages=[site], stdlib=stdlib)
    assert (second.reused, second.folder) == (False, first.folder)
    assert rows(second) == before


def test_a_failed_build_leaves_nothing(site: Path, tmp_path: Path) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_folder(site, tmp_path / "cache", progress=stop)
    assert list((tmp_path / "cache").iterdir()) == []


def test_texts_are_spread_over_files_in_the_order_of_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus_module, "_FILE_BYTES", 10)
    root = tmp_path / "input"
    for number in range(5):
        write(root, f"{number}.md", "x" * 6)
    corpus = read_folder(root, tmp_path / "cache")
    assert [file.name for file in corpus.files] == ["part-0000.parquet", "part-0001.parquet", "part-0002.parquet"]
    assert [pq.read_table(file)["path"].to_pylist() for file in corpus.files] == [
        ["0.md", "1.md"],
        ["2.md", "3.md"],
        ["4.md"],
    ]


def test_progress_counts_bytes_up_to_the_total(tmp_path: Path) -> None:
    root = tmp_path / "input"
    write(root, "a.md", "four")
    write(root, "b.md", "seven..")
    seen: list[tuple[int, int]] = []
    read_folder(root, tmp_path / "cache", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(4, 11), (11, 11)]


def test_of_two_folders_with_one_path_the_first_counts(tmp_path: Path) -> None:
    write(tmp_path, "one/tool.py", "first")
    write(tmp_path, "two/tool.py", "second")
    write(tmp_path, "two/more.py", "more")
    folders = [tmp_path / "one", tmp_path / "two"]
    corpus = build_corpus(tmp_path / "cache", site_packages=folders, stdlib=folders[0])
    assert rows(corpus) == [("more.py", "two", "code", "more", 4), ("tool.py", "one", "code", "first", 5)]


def test_the_stdlib_is_left_out_of_a_corpus_that_is_large_enough(
    site: Path, stdlib: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus_module, "EXPECTED_DOCUMENTS", 3)
    monkeypatch.setattr(corpus_module, "EXPECTED_BYTES", 10)
    corpus = build_corpus(tmp_path / "cache", site_packages=[site], stdlib=stdlib)
    assert not [row for row in rows(corpus) if row[1] == "python"]
    assert corpus.note is None


def test_a_small_corpus_says_so(site: Path, stdlib: Path, tmp_path: Path) -> None:
    corpus = build_corpus(tmp_path / "cache", site_packages=[site], stdlib=stdlib)
    assert corpus.note == "a small corpus: 8 documents, 0.0 MB (at least 5,000 and 80 MB were expected)"


def test_bad_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="missing is not a folder"):
        read_folder(tmp_path / "missing", tmp_path / "cache")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"no document in .*empty: looked for \.py"):
        read_folder(tmp_path / "empty", tmp_path / "cache")
    write(tmp_path, "binary/a.txt", b"\xff\xfe")
    with pytest.raises(ValueError, match=r"none of 1 files could be read; a\.txt: not UTF-8 at byte 0"):
        read_folder(tmp_path / "binary", tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("README", "readme"),
        ("readme.rst", "readme"),
        ("README-dev.md", "readme"),
        ("readmission.md", "markdown"),
        ("LICENSE.APACHE", "licence"),
        ("licences.txt", "licence"),
        ("COPYING.LESSER", "licence"),
        ("licenses.py", "code"),
        ("licenses.json", None),
        ("NOTES.TXT", "text"),
        ("module.pyi", None),
    ],
)
def test_kind_by_name(tmp_path: Path, name: str, kind: str | None) -> None:
    write(tmp_path, f"input/{name}", "x")
    write(tmp_path, "input/zzz.md", "x")
    found = {row[0]: row[2] for row in rows(read_folder(tmp_path / "input", tmp_path / "cache"))}
    assert found == ({name: kind} if kind else {}) | {"zzz.md": "markdown"}


def test_the_manifest_is_not_taken_for_data(site: Path, tmp_path: Path) -> None:
    corpus = read_folder(site, tmp_path / "cache")
    manifest = json.loads((corpus.folder / "_manifest.json").read_text())
    assert manifest["documents"] == pq.read_table(corpus.folder).num_rows == corpus.documents


def test_this_machine_gives_the_corpus_that_the_demo_expects(tmp_path: Path) -> None:
    corpus = build_corpus(tmp_path)
    table = pq.read_table(corpus.folder, columns=["doc_id", "path", "package", "bytes"])
    assert table.num_rows == corpus.documents >= EXPECTED_DOCUMENTS
    assert sum(table["bytes"].to_pylist()) == corpus.bytes >= EXPECTED_BYTES
    assert len(set(table["doc_id"].to_pylist())) == corpus.documents
    assert table["path"].to_pylist() == sorted(table["path"].to_pylist())
    packages = dict(zip(table["path"].to_pylist(), table["package"].to_pylist(), strict=True))
    assert packages["pyarrow/parquet/core.py"] == "pyarrow"
    installed = package_table([Path(sysconfig.get_path("purelib"))])
    assert "pyarrow" in installed["name"].to_pylist()


def test_one_row_for_each_distribution(site: Path) -> None:
    table = package_table([site])
    assert table.schema.equals(PACKAGE_SCHEMA)
    assert table.to_pylist() == [
        {
            "name": "fast-tool",
            "version": "1.5",
            "licence": "MIT",
            "permissive": True,
            "author": "Ada Lovelace, Grace Hopper",
            "requires": ["numpy", "typing-extensions"],
            "summary": "Does it fast.",
            "description": "# Fast.Tool\n\nUse it.",
        }
    ]


def test_the_interpreter_is_a_package_too() -> None:
    table = package_table()
    names = table["name"].to_pylist()
    python = table.slice(names.index("python"), 1).to_pylist()[0]
    assert (python["licence"], python["permissive"], python["requires"]) == ("PSF-2.0", True, [])
    assert names == sorted(set(names))


def test_the_first_of_two_distributions_of_one_name_counts(tmp_path: Path) -> None:
    write(tmp_path, "one/a_b-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: a_b\nVersion: 1\nAuthor: UNKNOWN\n")
    write(tmp_path, "two/A.B-2.dist-info/METADATA", "Metadata-Version: 2.1\nName: A.B\nVersion: 2\n")
    rows = package_table([tmp_path / "one", tmp_path / "two"]).to_pylist()
    assert [(row["name"], row["version"], row["licence"], row["author"]) for row in rows] == [
        ("a-b", "1", "unknown", None)
    ]


@pytest.mark.parametrize(
    ("fields", "licence", "permissive"),
    [
        ([("License-Expression", "Apache-2.0 OR GPL-3.0-only")], "Apache-2.0 OR GPL-3.0-only", True),
        ([("License", "BSD 3-Clause License\n\nCopyright (c) 2008")], "BSD-3-Clause", True),
        ([("License", "Apache License, Version 2.0.")], "Apache-2.0", True),
        ([("License", "MPL-2.0 AND MIT")], "MPL-2.0 AND MIT", False),
        ([("License", "as you like")], "unknown", False),
        ([("License", "UNKNOWN"), ("Classifier", "License :: OSI Approved :: MIT License")], "MIT", True),
        (
            [
                ("Classifier", "License :: OSI Approved :: MIT License"),
                ("Classifier", "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"),
            ],
            "GPL-3.0-only AND MIT",
            False,
        ),
        ([("Classifier", "License :: OSI Approved")], "unknown", False),
        ([], "unknown", False),
    ],
)
def test_licence_sources_in_order(fields: list[tuple[str, str]], licence: str, permissive: bool) -> None:
    metadata = Message()
    for key, value in fields:
        metadata[key] = value
    assert spdx(metadata) == licence
    assert is_permissive(licence) is permissive


@pytest.mark.parametrize(
    ("expression", "permissive"),
    [
        ("MIT", True),
        ("mit", False),
        ("GPL-3.0-only", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("GPL-3.0-only AND MIT OR ISC", True),
        ("GPL-3.0-only AND (MIT OR ISC)", False),
        ("(MIT OR GPL-3.0-only) AND (BSD-2-Clause OR GPL-3.0-only)", True),
        ("MIT AND", False),
        ("(MIT", False),
        ("MIT ISC", False),
        ("", False),
    ],
)
def test_permissive_expressions(expression: str, permissive: bool) -> None:
    assert is_permissive(expression) is permissive


def test_names_of_one_package_are_one() -> None:
    assert {normalise_name(name) for name in ("Zope.Interface", "zope--interface", "zope_interface")} == {
        "zope-interface"
    }
