"""Results of jobs as Arrow IPC parts on the storage: written by the tasks, read back part by part."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from bigframe.plan.node import Plan
from bigframe.plan.sink import Sink
from engine.io.manifests import FileEntry, Manifest, part_name, read_file, read_manifest, write_manifest
from engine.storage.places import open_store
from engine.storage.store import Store
from engine.storage.urls import join


def result_folder(storage: str, job: str, output: int) -> str:
    """Where the rows of one output of a job are."""
    return join(storage, "results", job, str(output))


def stored(roots: Sequence[Plan], storage: str, job: str) -> tuple[Plan, ...]:
    """A job's outputs with those that are not writes written to its results, so that no process gathers their rows.

    Parameters
    ----------
    roots
        Outputs as the client asked for them.
    storage
        Of the service.
    job
        Id.

    Returns
    -------
    tuple of Plan
        As many, each a :class:`bigframe.plan.sink.Sink`; the columns of a stored result are named by their ids.
    """
    return tuple(
        root
        if isinstance(root, Sink)
        else Sink(root, result_folder(storage, job, number), "ipc", "overwrite", tuple(root.schema))
        for number, root in enumerate(roots)
    )


def store_table(storage: str, job: str, output: int, table: pa.Table) -> None:
    """Write a small table as the result of an output: for a write, the list of its files."""
    content = io.BytesIO()
    with pa.ipc.new_file(content, table.schema) as writer:
        writer.write_table(table)
    data = content.getvalue()
    part = FileEntry(part_name(0, 0, job, ".arrow"), table.num_rows, len(data), f"{zlib.crc32(data):08x}", job)
    store, folder = open_store(result_folder(storage, job, output))
    before = read_manifest(store, folder)
    store.write(join(folder, part.path), data)
    # Last: a result is there when its manifest is.
    write_manifest(store, folder, Manifest("ipc", (part,), version="" if before is None else before.version))


@dataclass(frozen=True)
class Result:
    """One output of a succeeded job, as written.

    Attributes
    ----------
    schema
        Arrow schema; columns by id.
    rows, bytes
        Of all parts; bytes as stored.
    """

    schema: pa.Schema
    rows: int
    bytes: int
    _store: Store
    _folder: str
    _files: tuple[FileEntry, ...]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in order; one part of them is in memory at a time, and its checksum was verified."""
        for file in self._files:
            reader = pa.ipc.open_file(pa.py_buffer(read_file(self._store, self._folder, file)))
            yield from (reader.get_batch(number) for number in range(reader.num_record_batches))

    def urls(self, seconds: int) -> list[str] | None:
        """URLs from which the parts can be read for so long, in order, each an Arrow IPC file.

        Returns
        -------
        list of str or None
            None where the storage does not sign URLs.
        """
        signed = [self._store.sign(join(self._folder, file.path), seconds) for file in self._files]
        urls = [url for url in signed if url is not None]
        return urls if len(urls) == len(signed) else None


def open_result(storage: str, job: str, output: int) -> Result:
    """Find one output of a job.

    Parameters
    ----------
    storage
        Of the service.
    job
        Id of the job that computed it: ``Job.result_of``.
    output
        Number, from 0.

    Raises
    ------
    FileNotFoundError
        It is not there: the job has not succeeded, has no such output, or its results were removed.
    """
    store, folder = open_store(result_folder(storage, job, output))
    manifest = read_manifest(store, folder)
    if manifest is None:
        raise FileNotFoundError(f"job {job} has no stored result for output {output}")
    files = manifest.files
    schema = pa.ipc.open_file(pa.py_buffer(read_file(store, folder, files[0]))).schema
    return Result(
        schema, sum(file.rows or 0 for file in files), sum(file.bytes for file in files), store, folder, files
    )
