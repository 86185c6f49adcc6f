"""Listing files: folders, patterns, hidden names, hive keys, versions, URLs."""

from __future__ import annotations

import os
from pathlib import Path

import fsspec
import pytest

from bigframe.errors import SourceError
from engine.io.files import FileInfo, check_version, expand, open_decompressed


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def names(root: Path, files: tuple[FileInfo, ...]) -> list[str]:
    return [Path(file.path).relative_to(root).as_posix() for file in files]


def test_folder_is_every_visible_file_below_it_sorted(tmp_path: Path) -> None:
    touch(tmp_path, "b.csv", "a/z.csv", "a/b/c.csv", ".hidden", "_manifest.json", "_tmp/x.csv", "a/.git/x")
    assert names(tmp_path, expand(tmp_path)) == ["a/b/c.csv", "a/z.csv", "b.csv"]


def test_named_file_is_read_even_when_hidden(tmp_path: Path) -> None:
    touch(tmp_path, "_x.csv")
    assert names(tmp_path, expand([tmp_path / "_x.csv"])) == ["_x.csv"]


def test_hidden_folder_above_the_argument_hides_nothing(tmp_path: Path) -> None:
    touch(tmp_path, ".cache/data/x.csv")
    assert names(tmp_path, expand(tmp_path / ".cache/data")) == [".cache/data/x.csv"]
    assert names(tmp_path, expand(tmp_path / ".cache/data/*.csv")) == [".cache/data/x.csv"]


def test_patterns_and_lists(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.csv", "a/2.csv", "b/1.csv", "b/_1.csv", "c/deep/1.csv", "[x].csv")
    assert names(tmp_path, expand(f"{tmp_path}/*/1.csv")) == ["a/1.csv", "b/1.csv"]
    assert names(tmp_path, expand(f"{tmp_path}/**/1.csv")) == ["a/1.csv", "b/1.csv", "c/deep/1.csv"]
    assert names(tmp_path, expand(f"{tmp_path}/[ab]/[12].csv")) == ["a/1.csv", "a/2.csv", "b/1.csv"]
    assert names(tmp_path, expand(tmp_path / "[x].csv")) == ["[x].csv"]
    assert names(tmp_path, expand([tmp_path / "b/1.csv", tmp_path / "a"])) == ["b/1.csv", "a/1.csv", "a/2.csv"]


@pytest.mark.parametrize("name", ["none.csv", "none/*.csv", "empty"])
def test_no_match_names_the_argument(tmp_path: Path, name: str) -> None:
    touch(tmp_path, "empty/_hidden")
    with pytest.raises(FileNotFoundError, match=f"no file matches '{tmp_path / name}'".replace("*", r"\*")):
        expand(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="empty list"):
        expand([])


def test_hive_keys_are_those_below_the_argument(tmp_path: Path) -> None:
    touch(tmp_path, "k=1/root/year=2020/tag=a%20b/x.csv", "k=1/root/year=__HIVE_DEFAULT_PARTITION__/tag=/x.csv")
    files = expand(tmp_path / "k=1/root")
    assert [file.partition for file in files] == [
        (("year", "2020"), ("tag", "a b")),
        (("year", None), ("tag", "")),
    ]


def test_relative_path_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "x.csv")
    monkeypatch.chdir(tmp_path)
    assert expand("x.csv")[0].path == str(tmp_path / "x.csv")


def test_version_changes_with_content_or_time(tmp_path: Path) -> None:
    touch(tmp_path, "x.csv")
    (file,) = expand(tmp_path)
    check_version(file)
    assert FileInfo.from_json(file.to_json()) == file
    os.utime(tmp_path / "x.csv", ns=(1, 1))
    with pytest.raises(SourceError, match=r"x\.csv: the file was replaced"):
        check_version(file)
    (tmp_path / "x.csv").unlink()
    with pytest.raises(SourceError, match=r"x\.csv: the file was removed"):
        check_version(file)


def test_url_of_a_remote_file_system() -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe({"/files-test/k=1/x.csv": b"one", "/files-test/k=2/x.csv": b"two", "/files-test/_x": b""})
    files = expand("memory://files-test")
    assert [(file.path, file.size, file.partition) for file in files] == [
        ("memory://files-test/k=1/x.csv", 3, (("k", "1"),)),
        ("memory://files-test/k=2/x.csv", 3, (("k", "2"),)),
    ]
    assert open_decompressed(files[0].path).read() == b"one"
    memory.pipe("/files-test/k=1/x.csv", b"1ne")
    with pytest.raises(SourceError, match="replaced"):
        check_version(files[0])
