"""What every storage must do with outputs; run over local disks and memory here, and over S3 in its own folder."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl
import pytest

from bigframe.errors import SourceError
from engine.io.files import expand
from engine.io.manifests import MANIFEST, job_of, read_file, read_manifest, verify
from engine.io.sink import Part, Sink
from engine.io.source import open_dataset
from engine.storage.filesystems import FilesystemStore
from engine.storage.local import LocalStore
from engine.storage.objects import ObjectStore
from engine.storage.places import open_store

STORES = (LocalStore, FilesystemStore, ObjectStore)
CHANGES: list[tuple[type, str]] = [
    *itertools.product(STORES, ("write", "open_writer", "delete", "delete_folder")),
    *((Path, name) for name in ("rename", "replace", "hardlink_to", "rmdir")),
]
FRAME = pl.DataFrame({"id": [1, 2, 3, 4], "k": ["b", "a", "b", None]})
FOLDERS: list[tuple[str, dict[str, Any]]] = [("out", {}), ("hive", {"partition_on": ("k",)})]
FILES: list[tuple[str, dict[str, Any]]] = [("x.parquet", {}), ("x.csv.gz", {"format": "csv"})]
OUTPUTS = [
    *((name, options, mode) for name, options in FOLDERS for mode in ("error", "overwrite", "append")),
    *((name, options, mode) for name, options in FILES for mode in ("error", "overwrite")),
]


class Crash(BaseException):
    """The process dies here."""


def write(sink: Sink, *frames: pl.DataFrame) -> tuple[Sink, list[Part]]:
    """Prepare here, and write the parts as a worker would: the sink and the parts go through JSON."""
    prepared = sink.prepare()
    remote = Sink.from_json(json.loads(json.dumps(prepared.to_json())))
    parts = [remote.write_part(frame, index) for index, frame in enumerate(frames)]
    return prepared, [Part.from_json(json.loads(json.dumps(part.to_json()))) for part in reversed(parts)]


def save(sink: Sink, *frames: pl.DataFrame) -> list[str]:
    """Do all that a job does; the paths of its files."""
    sink, parts = write(sink, *frames)
    files = sink.commit(parts)
    sink.abort()
    return [file.path for file in files]


def listing(url: str) -> list[str]:
    """Every file below a URL."""
    store, folder = open_store(url)
    return [info.key.removeprefix(folder).lstrip("/") for info in store.list_files(folder)]


def read(url: str, format: str = "parquet") -> list[int]:
    ids: list[int] = open_dataset(format, url).scan().collect()["id"].to_list()
    return ids


def format_of(options: dict[str, Any]) -> str:
    return str(options.get("format", "parquet"))


@contextmanager
def dying_at(step: int) -> Iterator[list[str]]:
    """Die before the given change of what is stored, from 0; gives the changes that were made."""
    made: list[str] = []

    def counted(name: str, real: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if len(made) == step:
                raise Crash(name)
            made.append(name)
            return real(*args, **kwargs)

        return call

    with ExitStack() as patches:
        for owner, name in CHANGES:
            patches.enter_context(mock.patch.object(owner, name, counted(name, getattr(owner, name))))
        yield made


class CommitCases:
    """Subclasses have a fixture ``place``: the URL of an empty folder."""

    @pytest.mark.parametrize(("name", "options", "mode"), OUTPUTS)
    def test_an_output_stands_alone(self, place: str, name: str, options: dict[str, Any], mode: str) -> None:
        save(Sink(f"{place}/{name}", mode=mode, **options), FRAME[:2], FRAME[2:])
        assert sorted(read(f"{place}/{name}", format_of(options))) == [1, 2, 3, 4]
        assert not [path for path in listing(place) if "staging" in path]
        if "." in name:
            assert listing(place) == [name]

    def test_parts_are_named_by_the_manifest_in_order(self, place: str) -> None:
        sink, parts = write(Sink(f"{place}/out"), FRAME[:1], FRAME[1:3], FRAME[3:])
        files = sink.commit(parts)
        sink.abort()
        assert read(f"{place}/out") == [1, 2, 3, 4]
        assert [job_of(file.path) for file in files] == [sink.job] * 3
        assert listing(f"{place}/out") == [MANIFEST, *(file.path for file in files)]
        store, folder = open_store(f"{place}/out")
        manifest = read_manifest(store, folder)
        assert manifest is not None
        assert (manifest.format, manifest.files, manifest.obsolete) == ("parquet", files, ())
        for file, rows in zip(files, (1, 2, 1), strict=True):
            assert file.rows == rows
            verify(store, folder, file, content=True)

    def test_a_target_that_appears_during_the_job_is_refused(self, place: str) -> None:
        for name in ("out", "x.parquet"):
            sink, parts = write(Sink(f"{place}/{name}"), FRAME)
            save(Sink(f"{place}/{name}"), FRAME[:1])
            before = listing(f"{place}/{name}")
            with pytest.raises(FileExistsError, match=rf'{name} exists; write with mode="overwrite"'):
                sink.commit(parts)
            sink.abort()
            assert read(f"{place}/{name}") == [1]
            assert name == "x.parquet" or len(listing(f"{place}/{name}")) == 2
            assert listing(f"{place}/{name}") == [path for path in before if job_of(path) != sink.job]

    @pytest.mark.parametrize(("name", "options"), [*FOLDERS, *FILES])
    def test_overwrite_keeps_the_old_until_the_new_stands(self, place: str, name: str, options: dict[str, Any]) -> None:
        save(Sink(f"{place}/{name}", **options), FRAME[:1], FRAME[1:2])
        sink, parts = write(Sink(f"{place}/{name}", mode="overwrite", **options), FRAME[2:])
        assert sorted(read(f"{place}/{name}", format_of(options))) == [1, 2]
        files = sink.commit(parts)
        sink.abort()
        assert sorted(read(f"{place}/{name}", format_of(options))) == [3, 4]
        if "." not in name:
            assert sorted(listing(f"{place}/{name}")) == sorted([MANIFEST, *(file.path for file in files)])

    def test_append_keeps_the_order_for_every_reader(self, place: str) -> None:
        for frame in (FRAME[:2], FRAME[2:3], FRAME[3:]):
            save(Sink(f"{place}/out", mode="append"), frame[:1], frame[1:])
        assert read(f"{place}/out") == [1, 2, 3, 4]
        by_name = [f"{place}/out/{path}" for path in sorted(listing(f"{place}/out")) if path != MANIFEST]
        assert [row for url in by_name for row in read(url)] == [1, 2, 3, 4]
        with pytest.raises(ValueError, match="holds parquet files, so csv cannot be appended"):
            Sink(f"{place}/out", "csv", mode="append").prepare()

    @pytest.mark.parametrize(("name", "options", "mode"), OUTPUTS)
    def test_committing_again_changes_nothing(self, place: str, name: str, options: dict[str, Any], mode: str) -> None:
        if mode != "error":
            save(Sink(f"{place}/{name}", **options), FRAME[:1])
        sink, parts = write(Sink(f"{place}/{name}", mode=mode, **options), FRAME[1:3], FRAME[3:])
        files = sink.commit(parts)
        assert sink.commit(parts) == files
        # Whoever takes the job over may have run its tasks again.
        successor, again = write(Sink(f"{place}/{name}", mode=mode, job=sink.job, **options), FRAME[1:3], FRAME[3:])
        assert successor.commit(again) == files
        successor.abort()
        expected = [1, 2, 3, 4] if mode == "append" else [2, 3, 4]
        assert sorted(read(f"{place}/{name}", format_of(options))) == expected
        manifests = 0 if "." in name else 1
        kept = 1 if mode == "append" else 0
        assert len(listing(place)) == len(files) + manifests + kept

    @pytest.mark.parametrize(("name", "options", "mode"), OUTPUTS)
    def test_dying_at_any_step_leaves_the_old_or_the_new(
        self, place: str, name: str, options: dict[str, Any], mode: str
    ) -> None:
        old = [] if mode == "error" else [1]
        new = [1, 2, 3, 4] if mode == "append" else [2, 3, 4]
        for step in itertools.count():
            url = f"{place}/{step}/{name}"
            if old:
                save(Sink(url, **options), FRAME[:1])
            sink, parts = write(Sink(url, mode=mode, **options), FRAME[1:3], FRAME[3:])
            died = False
            with dying_at(step) as made:
                try:
                    sink.commit(parts)
                except Crash:
                    died = True
            assert self._seen(url, options) in (old, new)
            successor = Sink.from_json(sink.to_json()).prepare()
            successor.commit(parts)
            assert self._seen(url, options) == new
            successor.abort()
            assert self._seen(url, options) == new
            left = listing(f"{place}/{step}")
            assert not [path for path in left if "staging" in path]
            if "." not in name:
                assert len(left) == len(expand(url)) + 1
            if not died:
                assert made
                return

    def _seen(self, url: str, options: dict[str, Any]) -> list[int]:
        try:
            return sorted(read(url, format_of(options)))
        except FileNotFoundError:
            return []
        except SourceError as error:
            # On an object store the parts are there before they count.
            if "part of a write that was not finished" not in str(error):
                raise
            return []

    def test_dying_and_giving_up_leaves_the_old(self, place: str) -> None:
        for step, mode in itertools.product(range(2), ("overwrite", "append")):
            url = f"{place}/{mode}{step}"
            save(Sink(url), FRAME[:1])
            before = listing(url)
            sink, parts = write(Sink(url, mode=mode), FRAME[1:3], FRAME[3:])
            with dying_at(0), pytest.raises(Crash):
                sink.commit(parts)
            sink.abort()
            assert listing(url) == before
            assert read(url) == [1]

    def test_a_failed_job_leaves_nothing(self, place: str) -> None:
        for name in ("out", "x.parquet"):
            sink, _ = write(Sink(f"{place}/{name}"), FRAME, FRAME)
            assert len(listing(place)) == 2
            sink.abort()
            sink.abort()
            assert listing(place) == []

    def test_parts_written_again_count_once(self, place: str) -> None:
        sink, parts = write(Sink(f"{place}/out"), FRAME)
        second = sink.write_part(FRAME, 0)
        assert second.files[0].path != parts[0].files[0].path
        with pytest.raises(ValueError, match="each index once"):
            sink.commit([*parts, second])
        with pytest.raises(ValueError, match="at least one part"):
            sink.commit([])
        assert sink.commit([second]) == second.files
        sink.abort()
        assert listing(f"{place}/out") == [MANIFEST, second.files[0].path]
        assert read(f"{place}/out") == [1, 2, 3, 4]

    @pytest.mark.parametrize("name", ["out", "x.parquet"])
    def test_a_lost_part_stops_the_commit(self, place: str, name: str) -> None:
        sink, parts = write(Sink(f"{place}/{name}"), FRAME[:2], FRAME[2:])
        store, key = open_store(sink.staged(parts[0].files[0]))
        store.write(key, bytes(store.read(key))[:-1])
        with pytest.raises(OSError, match=r"has [\d,]+ bytes"):
            sink.commit(parts)
        store.delete([key])
        with pytest.raises(OSError, match="is gone"):
            sink.commit(parts)
        sink.abort()
        assert listing(place) == []

    def test_folders_of_other_programs(self, place: str) -> None:
        store, key = open_store(f"{place}/theirs/a.parquet")
        save(Sink(f"{place}/x.parquet"), FRAME[:2])
        content = bytes(store.read(open_store(f"{place}/x.parquet")[1]))
        store.write(key, content)
        with pytest.raises(FileExistsError, match="theirs exists"):
            Sink(f"{place}/theirs").prepare()
        save(Sink(f"{place}/theirs", mode="append"), FRAME[2:])
        assert read(f"{place}/theirs") == [1, 2, 3, 4]
        store.write(key.replace("a.parquet", "b.parquet"), content)
        with pytest.raises(SourceError, match=r"b\.parquet: .* pass the pattern '.*theirs/\*\*/\*.parquet'"):
            read(f"{place}/theirs")
        assert sorted(read(f"{place}/theirs/**/*.parquet")) == [1, 1, 2, 2, 3, 4]
        (path,) = save(Sink(f"{place}/theirs", mode="overwrite"), FRAME[3:])
        assert listing(f"{place}/theirs") == [MANIFEST, path]

    def test_unfinished_parts_do_not_count(self, place: str) -> None:
        save(Sink(f"{place}/out"), FRAME[:2])
        store, folder = open_store(f"{place}/out")
        stray = f"{folder}/part-00000-abc-01234567.parquet"
        store.write(stray, b"")
        assert read(f"{place}/out") == [1, 2]
        save(Sink(f"{place}/out", mode="overwrite"), FRAME[2:])
        assert store.stat(stray) is not None, "it may belong to a job that runs"
        assert read(f"{place}/out") == [3, 4]
        store.delete([f"{folder}/{MANIFEST}"])
        with pytest.raises(SourceError, match=r"it is part of a write that was not finished; .* pass the pattern"):
            read(f"{place}/out")

    def test_a_changed_file_is_noticed(self, place: str) -> None:
        sink, parts = write(Sink(f"{place}/out"), FRAME)
        (file,) = sink.commit(parts)
        sink.abort()
        store, folder = open_store(f"{place}/out")
        key = f"{folder}/{file.path}"
        content = bytes(store.read(key))
        store.write(key, bytes([content[0] ^ 1]) + content[1:])
        verify(store, folder, file)
        with pytest.raises(SourceError, match=r"CRC-32 differs"):
            verify(store, folder, file, content=True)
        store.write(key, content[:-1])
        for check in (lambda: verify(store, folder, file), lambda: read_file(store, folder, file)):
            with pytest.raises(SourceError, match=r"bytes, and .* were written"):
                check()
        with pytest.raises(SourceError, match=r"bytes, and .* were written"):
            read(f"{place}/out")
        store.delete([key])
        with pytest.raises(SourceError, match="the file is gone"):
            read(f"{place}/out")
