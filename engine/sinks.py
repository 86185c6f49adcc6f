"""The sinks of a job: prepared before it runs, committed together when all parts are written, else aborted."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import pandas as pd
import pyarrow as pa

from bigframe.arrow_types import plain_arrow
from bigframe.errors import StorageError
from bigframe.plan.catalog import Plan, Scan
from bigframe.plan.sink import Sink as SinkNode
from bigframe.schema import DType, Family
from bigframe.tree import walk
from engine.claims import JobFolder
from engine.control import Fenced
from engine.datasets import Datasets
from engine.driver import Driver
from engine.exec import faults
from engine.exec.cancel import CancelToken
from engine.exec.errors import WorkersLost
from engine.io.categories import naming
from engine.io.files import FileInfo
from engine.io.pandas_metadata import written
from engine.io.sink import FILE_BYTES, Part, Sink
from engine.io.writers import TEXT_FORMATS
from engine.storage.places import open_store
from engine.storage.urls import join

RESUMABLE = (ConnectionError, WorkersLost, StorageError, Fenced)
"""Failures after which a job may go on, here or with another owner: what it wrote so far stays."""


class Sinks:
    """Prepared sinks by their URL, which stays when scalars become values; ``told`` is what tasks need to know."""

    def __init__(self, sinks: Mapping[str, Sink], nodes: Mapping[str, SinkNode]) -> None:
        self._sinks = sinks
        self.told = {url: {"sink": sink.to_json(), "names": list(nodes[url].names)} for url, sink in sinks.items()}

    def commit(self, node: SinkNode, driver: Driver) -> pa.Table:
        """Make what a sink's tasks wrote visible, at once; one row per file."""
        sink = self._sinks[node.url]
        run = next(run for run in driver.runs.values() if run.stage.output.sink == node.url)
        faults.point("commit", node.url)
        files = sink.commit([Part.from_json(result.value["part"]) for result in run.in_order()])
        paths = [sink.url if sink.is_file else join(sink.url, file.path) for file in files]
        columns = [paths, [file.rows for file in files], [file.bytes for file in files]]
        kinds = [dtype.arrow for dtype in node.schema.values()]
        arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
        return pa.table(arrays, names=list(node.schema))


@contextmanager
def prepare_sinks(
    roots: tuple[Plan, ...], files: Datasets, folder: JobFolder, job: str | None, token: CancelToken
) -> Iterator[Sinks]:
    """Check every target before anything runs; nothing uncommitted is left once the job and its work have ended.

    Parameters
    ----------
    roots
        Outputs of the job.
    files
        What its scans read.
    folder
        Of the job.
    job
        Names the job for ever; None takes a name that lasts as long as the job's folder.
    token
        Knows the work that was left alone.

    Raises
    ------
    FileExistsError, ValueError
        If a target exists, or is one of the job's inputs.
    """
    distinct = {root.digest: root for root in roots if isinstance(root, SinkNode)}
    inputs: list[FileInfo] = [file for node in walk(*roots) if isinstance(node, Scan) for file in files.of(node).files]
    targets = [node.url.rstrip("/") for node in distinct.values()]
    for url in targets:
        if sum(other == url or other.startswith(f"{url}/") for other in targets) > 1:
            raise ValueError(f"{url}: two writes of one job go there")
    nodes = {node.url: node for node in distinct.values()}
    name = (job or _name_in(folder.path)) if nodes else ""
    sinks = {url: _sink(node, name) for url, node in nodes.items()}

    def abort() -> None:
        for sink in sinks.values():
            sink.abort()

    try:
        yield Sinks({url: sink.prepare(inputs) for url, sink in sinks.items()}, nodes)
    except RESUMABLE:
        raise
    except BaseException:
        token.when_idle(abort)
        raise
    else:
        token.when_idle(abort)


def abort_sinks(roots: Sequence[Plan], job: str) -> None:
    """Remove what a job wrote and did not commit, where nobody will go on with it."""
    for root in roots:
        if isinstance(root, SinkNode):
            _sink(root, job).abort()


def _name_in(folder: str) -> str:
    """The name of the job whose folder this is: kept there, so whoever goes on with the job finds it, and nobody else.

    A plan that is run again after it has ended is another job: rows that are appended twice are there twice.
    """
    store, key = open_store(join(folder, "name"))
    with suppress(FileExistsError):
        store.write(key, uuid.uuid4().hex.encode(), if_absent=True)
    return bytes(memoryview(store.read(key))).decode()


def _sink(node: SinkNode, job: str) -> Sink:
    options = dict(node.options)
    partition_on = tuple(options.pop("partition_on", ()))
    index, index_labels = options.pop("index", ()), options.pop("index_labels", ())
    asked = options.pop("target_file_size", None)
    file_bytes = FILE_BYTES if asked is None else asked
    columns = zip(node.names, node.input.schema.values(), strict=True)
    dtypes = {name: dtype for name, dtype in columns if name not in partition_on}
    schema = None
    if node.format == "parquet":
        schema = _as_pandas_writes(dtypes, index, index_labels)
    elif node.format not in TEXT_FORMATS:
        schema = pa.schema([(name, dtype.arrow) for name, dtype in dtypes.items()])
        if node.format == "feather":
            schema = schema.with_metadata(written(schema, list(dtypes.values()), index, index_labels))
    name = hashlib.blake2b(f"{job} {node.url}".encode(), digest_size=6).hexdigest()
    sink = Sink(node.url, node.format, node.mode, partition_on, options, schema, file_bytes=file_bytes, job=name)
    if sink.is_file and asked is not None:
        raise ValueError(f"{node.url}: target_file_size={asked} is for folders, and this is one file")
    return sink


def _as_pandas_writes(dtypes: Mapping[str, DType], index: Sequence[str], labels: Sequence[str | None]) -> pa.Schema:
    """The columns of files in which pandas, and a scan, find the same dtypes and row labels again."""
    schema = pa.schema([(name, _stored_type(dtype)) for name, dtype in dtypes.items()])
    categories = {name: dtype.categories for name, dtype in dtypes.items() if dtype.categories is not None}
    metadata = {**written(schema, list(dtypes.values()), index, labels), **naming(categories)}
    return schema.with_metadata(metadata)


def _stored_type(dtype: DType) -> pa.DataType:
    if dtype.categories is not None:
        codes = pd.Categorical([], dtype=dtype.pandas).codes.dtype
        return pa.dictionary(pa.from_numpy_dtype(codes), pa.string(), dtype.ordered)
    return plain_arrow(dtype.arrow) if dtype.family is Family.ARROW else dtype.arrow
