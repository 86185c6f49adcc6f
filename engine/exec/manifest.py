"""The durable record of which tasks of a stage have finished, so that an interrupted job goes on where it stopped."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

import polars as pl

from engine.exec.runner import TaskResult
from engine.storage.places import open_store
from engine.storage.urls import is_local, join, local_path, name_of

__all__ = ["HASH_NAME", "StageManifest"]

HASH_NAME = "polars-hash-7"
"""How exchange keys are hashed. Polars promises stable hashes only within one of its versions."""

_FORMAT = 2

# An object cannot be appended to, so it is rewritten once a sixteenth of its tasks are new: 16 times its bytes in all.
_REWRITE_SHARE = 16
_PARALLEL = 16


class StageManifest:
    """Finished tasks of one stage, kept in a file of JSON lines.

    The first line names format, Polars version and hash: a manifest of others is discarded, because rows hashed
    differently would meet in the wrong partitions. Every line carries its CRC-32; reading stops at the first line
    that was not completely written. A finished task counts only while its output files exist with the size
    recorded. One process writes a manifest at a time.

    Parameters
    ----------
    path
        Local path or URL; `at` builds it.
    before
        Manifest of the job's owner before this one.

    Attributes
    ----------
    path
        Where it is kept.
    note
        What was discarded on opening, and why; empty if nothing was.

    Examples
    --------
    >>> with StageManifest.at("memory://doc", "job", "map") as manifest:
    ...     manifest.record(TaskResult("map-1", {"rows": 3}, 0.5, "in-process", 1))
    >>> StageManifest.at("memory://doc", "job", "map").finished["map-1"].value
    {'rows': 3}
    """

    def __init__(self, path: str, before: str | None = None) -> None:
        self.path = path
        self._finished: dict[str, TaskResult] = {}
        self._outputs: dict[str, dict[str, int]] = {}
        self._unwritten = 0
        self._begun = _size(path) is not None
        self.note = self._load(path if self._begun or before is None else before)
        if self.note or self._finished and not self._begun:
            self._rewrite()

    @classmethod
    def at(cls, storage: str, job_key: str, stage_key: str, fence: str = "") -> Self:
        """Open, or begin, the manifest of a stage of a job below a storage folder or URL.

        Parameters
        ----------
        fence
            Token of the job's owner, which sorts after those of its earlier owners. Each owner writes a file of its
            own and starts from that of the one before, so an owner that lost the job without noticing disturbs nobody.
        """
        folder = join(storage, "jobs", job_key)
        if not fence:
            return cls(join(folder, f"stage-{stage_key}.jsonl"))
        store, key = open_store(folder)
        name = f"stage-{stage_key}."
        found = [info.key for info in store.list_files(key) if name_of(info.key).startswith(name)]
        path = join(folder, f"{name}{fence}.jsonl")
        before = max((store.url(other) for other in found if name_of(other) < name_of(path)), default=None)
        return cls(path, before)

    @property
    def finished(self) -> Mapping[str, TaskResult]:
        """Finished tasks by key. Call `verify` first where files may have gone since opening."""
        return MappingProxyType(self._finished)

    def record(self, result: TaskResult, outputs: Mapping[str, int] | None = None) -> None:
        """Note that a task has finished.

        Parameters
        ----------
        result
            What it reported.
        outputs
            Path of each file that it wrote, to the file's size in bytes.
        """
        self._finished[result.key] = result
        self._outputs[result.key] = dict(outputs or {})
        self._append(self._entry(result.key))

    def forget(self, task: str) -> None:
        """Note that a task has to run again, for instance because a reader found its file corrupt."""
        if self._finished.pop(task, None) is not None:
            self._outputs.pop(task)
            self._append({"forget": task})

    def verify(self) -> tuple[str, ...]:
        """Forget the tasks whose output files are missing or have another size; returns their keys."""
        lost = self._lost()
        for key in lost:
            self.forget(key)
        return lost

    def close(self) -> None:
        """Write what is not yet written."""
        if self._unwritten:
            self._rewrite()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _entry(self, key: str) -> dict[str, Any]:
        return {"result": self._finished[key].to_json(), "outputs": self._outputs[key]}

    def _append(self, entry: dict[str, Any]) -> None:
        if not self._begun:
            self._rewrite()
            return
        if is_local(self.path):
            with Path(local_path(self.path)).open("ab", buffering=0) as file:
                file.write(_line(entry))
            return
        self._unwritten += 1
        if self._unwritten * _REWRITE_SHARE >= len(self._finished):
            self._rewrite()

    def _rewrite(self) -> None:
        store, key = open_store(self.path)
        store.write(key, b"".join([_line(_header()), *(_line(self._entry(name)) for name in self._finished)]))
        self._unwritten = 0
        self._begun = True

    def _load(self, path: str) -> str:
        """Take over what a file says; what of it was discarded, and why."""
        store, key = open_store(path)
        try:
            content = bytes(store.read(key))
        except FileNotFoundError:
            return ""
        if not content:
            return ""
        first, *lines = content.splitlines(keepends=True)
        header = _entry_of(first)
        if header != _header():
            return f"{path}: discarded, written by {header}, this is {_header()}"
        notes = []
        for number, line in enumerate(lines, start=2):
            entry = _entry_of(line)
            if entry is None:
                notes.append(f"line {number} is torn, later ones are discarded")
                break
            self._apply(entry)
        missing = self._lost()
        for task in missing:
            del self._finished[task], self._outputs[task]
        if missing:
            notes.append(f"output files are missing for {', '.join(missing)}")
        return f"{path}: {'; '.join(notes)}" if notes else ""

    def _lost(self) -> tuple[str, ...]:
        """Tasks whose output files are not all there with the size recorded."""
        expected = [(task, path, size) for task, outputs in self._outputs.items() for path, size in outputs.items()]
        paths = [path for _, path, _ in expected]
        if paths and not is_local(paths[0]):
            with ThreadPoolExecutor(_PARALLEL) as pool:
                sizes = list(pool.map(_size, paths))
        else:
            sizes = list(map(_size, paths))
        return tuple(dict.fromkeys(task for (task, _, size), now in zip(expected, sizes, strict=True) if size != now))

    def _apply(self, entry: Mapping[str, Any]) -> None:
        if "forget" in entry:
            self._finished.pop(entry["forget"], None)
            self._outputs.pop(entry["forget"], None)
            return
        result = TaskResult.from_json(entry["result"])
        self._finished[result.key] = result
        self._outputs[result.key] = entry["outputs"]


def _header() -> dict[str, Any]:
    return {"format": _FORMAT, "polars": pl.__version__, "hash": HASH_NAME}


def _size(path: str) -> int | None:
    store, key = open_store(path)
    info = store.stat(key)
    return None if info is None else info.size


def _line(entry: dict[str, Any]) -> bytes:
    text = json.dumps(entry, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _entry_of(line: bytes) -> dict[str, Any] | None:
    checksum, _, text = line.partition(b" ")
    if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(text[:-1]):
        return None
    entry: dict[str, Any] = json.loads(text)
    return entry
