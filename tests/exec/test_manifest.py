"""A stage manifest remembers finished tasks, and nothing that cannot be relied on."""

import uuid
from pathlib import Path

import polars as pl
import pytest

from engine.exec import manifest
from engine.exec.manifest import StageManifest
from engine.exec.runner import TaskResult
from engine.storage.places import open_store


@pytest.fixture(params=["local", "object store"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path) if request.param == "local" else f"memory://{uuid.uuid4().hex}/"


def result(number: int, attempts: int = 1) -> TaskResult:
    return TaskResult(f"map-{number}", {"rows": number, "nested": {"a": [1.5, None]}}, 0.25, "tcp://x:1", attempts)


def write(path: str, data: bytes) -> str:
    place, key = open_store(path)
    place.write(key, data)
    return path


def test_finished_tasks_are_found_again(store: str) -> None:
    with StageManifest.at(store, "job", "map") as first:
        for number in range(40):
            first.record(result(number))
    second = StageManifest.at(store, "job", "map")
    assert dict(second.finished) == {f"map-{number}": result(number) for number in range(40)}
    assert second.note == ""
    assert dict(StageManifest.at(store, "job", "reduce").finished) == {}
    assert dict(StageManifest.at(store, "other", "map").finished) == {}


def test_each_record_is_durable_at_once_on_disk(tmp_path: Path) -> None:
    unfinished = StageManifest.at(str(tmp_path), "job", "map")
    for number in range(3):
        unfinished.record(result(number))
        assert len(StageManifest.at(str(tmp_path), "job", "map").finished) == number + 1


def test_a_later_attempt_replaces_an_earlier_one(store: str) -> None:
    with StageManifest.at(store, "job", "map") as first:
        first.record(result(1))
        first.record(result(1, attempts=2))
    assert StageManifest.at(store, "job", "map").finished["map-1"].attempts == 2


def test_a_forgotten_task_stays_forgotten(store: str) -> None:
    with StageManifest.at(store, "job", "map") as first:
        first.record(result(1))
        first.record(result(2))
        first.forget("map-1")
        first.forget("never recorded")
    assert list(StageManifest.at(store, "job", "map").finished) == ["map-2"]


def test_a_task_without_its_files_is_not_finished(store: str) -> None:
    kept, gone, changed = (write(f"{store}/{name}", b"abc") for name in ("kept", "gone", "changed"))
    with StageManifest.at(store, "job", "map") as first:
        first.record(result(0))
        for number, path in enumerate((kept, gone, changed), start=1):
            first.record(result(number), {path: 3})
        place, key = open_store(gone)
        place.delete([key])
        write(changed, b"abcd")
        assert len(first.finished) == 4
    second = StageManifest.at(store, "job", "map")
    assert list(second.finished) == ["map-0", "map-1"]
    assert second.note.endswith("output files are missing for map-2, map-3")
    assert first.verify() == ("map-2", "map-3")
    assert list(first.finished) == ["map-0", "map-1"]


@pytest.mark.parametrize("cut", [1, 2, 30])
def test_a_torn_last_line_is_dropped(tmp_path: Path, cut: int) -> None:
    with StageManifest.at(str(tmp_path), "job", "map") as first:
        first.record(result(1))
        first.record(result(2))
    path = Path(first.path)
    path.write_bytes(path.read_bytes()[:-cut])
    second = StageManifest.at(str(tmp_path), "job", "map")
    assert list(second.finished) == ["map-1"]
    assert second.note.endswith("line 3 is torn, later ones are discarded")
    second.record(result(3))
    assert list(StageManifest.at(str(tmp_path), "job", "map").finished) == ["map-1", "map-3"]


def test_nothing_after_a_flipped_byte_counts(tmp_path: Path) -> None:
    with StageManifest.at(str(tmp_path), "job", "map") as first:
        for number in range(3):
            first.record(result(number))
    path = Path(first.path)
    path.write_bytes(path.read_bytes().replace(b'"map-1"', b'"map-9"'))
    second = StageManifest.at(str(tmp_path), "job", "map")
    assert list(second.finished) == ["map-0"]
    assert second.note.endswith("line 3 is torn, later ones are discarded")
    assert StageManifest.at(str(tmp_path), "job", "map").note == ""


@pytest.mark.parametrize("change", ["polars", "hash", "header"])
def test_a_manifest_of_other_versions_is_discarded(store: str, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        if change == "polars":
            before.setattr(pl, "__version__", "1.9.0")
        elif change == "hash":
            before.setattr(manifest, "HASH_NAME", "xxh3")
        with StageManifest.at(store, "job", "map") as first:
            first.record(result(1))
    if change == "header":
        write(first.path, b"not a manifest")
    second = StageManifest.at(store, "job", "map")
    assert dict(second.finished) == {}
    assert "discarded, written by" in second.note
    assert {"polars": "1.9.0", "hash": "xxh3", "header": "None"}[change] in second.note
    assert StageManifest.at(store, "job", "map").note == ""


def test_a_later_owner_goes_on_from_earlier_ones_and_is_not_disturbed_by_them(store: str) -> None:
    first = StageManifest.at(store, "job", "map", fence="000001")
    first.record(result(1))
    first.close()
    second = StageManifest.at(store, "job", "map", fence="000002")
    assert list(second.finished) == ["map-1"]
    second.forget("map-1")
    second.record(result(2))
    first.record(result(3))  # it does not know that it lost the job
    first.close()
    second.close()
    third = StageManifest.at(store, "job", "map", fence="000003")
    assert list(third.finished) == ["map-2"]
