"""Which files of a folder are data, and manifests that are damaged or not ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from bigframe.errors import SourceError
from engine.io.files import expand
from engine.io.manifests import (
    MANIFEST,
    FileEntry,
    Manifest,
    job_of,
    number_of,
    part_name,
    read_file,
    read_manifest,
    write_manifest,
)
from engine.io.sink import Sink
from engine.storage.local import LocalStore
from engine.storage.places import open_store
from engine.storage.store import Conflict
from tests.io.commit_cases import FRAME, read, save

ENTRY = FileEntry("part-00000-abc-01234567.csv", 1, 3, "352441c2", "abc")


def names(path: Path | str) -> list[str]:
    return [Path(file.path).name for file in expand(str(path))]


@pytest.mark.parametrize(
    "name",
    [
        "part-0000.parquet",
        "part-00000.parquet",
        "part.0.parquet",
        "a-part-00000-abc-01234567.csv",
        "part-00000-3fa85f64-5717-4562-b3fc-2c963f66afa6-c000.snappy.parquet",
    ],
)
def test_parts_of_other_programs_are_not_ours(name: str) -> None:
    assert job_of(name) is None
    assert number_of(name) == -1


def test_part_names_are_unique_and_sort() -> None:
    made = [part_name(index, cut, "abc", ".csv.gz") for index in range(3) for cut in range(3)]
    assert sorted(made) == made
    assert {job_of(f"k=1/{name}") for name in made} == {"abc"}
    assert [number_of(name) for name in made] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert part_name(0, 0, "abc", ".csv") != part_name(0, 0, "abc", ".csv")


def test_a_manifest_comes_back(tmp_path: Path) -> None:
    store, folder = open_store(str(tmp_path))
    assert read_manifest(store, folder) is None
    written = write_manifest(store, folder, Manifest("csv", (ENTRY,), ("gone.csv",)))
    assert read_manifest(store, folder) == written
    with pytest.raises(FileExistsError):
        write_manifest(store, folder, Manifest("csv", ()))
    newer = write_manifest(store, folder, written)
    with pytest.raises(Conflict):
        write_manifest(store, folder, written)
    assert read_manifest(store, folder) == newer


@pytest.mark.parametrize(
    ("old", "new"), [(b'"rows": 1', b'"rows": 2'), (b'"path"', b'"path'), (b'"writer"', b'"wryter"')]
)
def test_a_damaged_manifest_is_never_passed_over(tmp_path: Path, old: bytes, new: bytes) -> None:
    store, folder = open_store(str(tmp_path))
    write_manifest(store, folder, Manifest("csv", (ENTRY,)))
    path = tmp_path / MANIFEST
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new))
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(SourceError, match=r"the manifest is damaged; .* pass a pattern"):
        expand(tmp_path)
    assert names(f"{tmp_path}/*.csv") == ["a.csv"]


def test_bytes_that_change_on_their_way_are_read_again(tmp_path: Path) -> None:
    (path,) = save(Sink(str(tmp_path / "out")), FRAME)
    store, folder = open_store(str(tmp_path / "out"))
    manifest = read_manifest(store, folder)
    assert manifest is not None
    content = (tmp_path / "out" / path).read_bytes()
    real, reads = LocalStore.read, []

    def flipping(self: LocalStore, key: str, version: str | None = None) -> Any:
        reads.append(key)
        data = bytearray(real(self, key, version))
        if len(reads) % 3:
            data[len(reads) * 7] ^= 4
        return bytes(data)

    with mock.patch.object(LocalStore, "read", flipping):
        assert read_manifest(store, folder) == manifest
        assert bytes(read_file(store, folder, manifest.files[0])) == content
    assert len(reads) == 6


def test_manifests_of_later_versions_and_of_others(tmp_path: Path) -> None:
    store, folder = open_store(str(tmp_path))
    (tmp_path / "a.csv").write_text("x")
    (tmp_path / MANIFEST).write_text(json.dumps({"files": ["b.csv"]}))
    assert names(tmp_path) == ["a.csv"]
    (tmp_path / MANIFEST).unlink()
    write_manifest(store, folder, Manifest("csv", (ENTRY,)))
    (tmp_path / MANIFEST).write_text((tmp_path / MANIFEST).read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(SourceError, match="the manifest is of version 2; this bigframe reads up to 1"):
        expand(tmp_path)


def test_parts_of_an_output_by_their_folder(tmp_path: Path) -> None:
    save(Sink(str(tmp_path / "out"), partition_on=("k",)), FRAME[:2], FRAME[2:])
    assert read(str(tmp_path / "out" / "k=b")) == [1, 3]
    (tmp_path / "out" / "k=b" / "part-00000-abc-01234567.parquet").write_bytes(b"")
    assert read(str(tmp_path / "out" / "k=b")) == [1, 3]
    assert sorted(read(str(tmp_path / "out"))) == [1, 2, 3, 4]


def test_a_folder_of_outputs(tmp_path: Path) -> None:
    for number in (2, 1):
        save(Sink(str(tmp_path / f"run{number}")), FRAME[number : number + 1])
    FRAME[:1].write_parquet(tmp_path / "a.parquet")
    assert read(str(tmp_path)) == [1, 2, 3]
    (tmp_path / "run1" / "b.parquet").write_bytes(b"")
    with pytest.raises(SourceError, match=r"run1/b\.parquet: the manifest of .*run1, .* does not name it"):
        expand(tmp_path)


def test_a_write_that_is_committed_while_a_folder_is_listed(tmp_path: Path) -> None:
    save(Sink(str(tmp_path / "out")), FRAME[:2])
    real, calls = LocalStore.list_files, []

    def late(self: LocalStore, folder: str) -> Any:
        found = real(self, folder)
        calls.append(folder)
        if len(calls) == 1:
            save(Sink(str(tmp_path / "out"), mode="overwrite"), FRAME[2:])
        return found

    with mock.patch.object(LocalStore, "list_files", late):
        assert read(str(tmp_path / "out")) == [3, 4]
