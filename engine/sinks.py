"""The sinks of a job: prepared before it runs, committed together when all parts are written, else aborted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pyarrow as pa

from bigframe.plan.catalog import Plan, Scan
from bigframe.plan.sink import Sink as SinkNode
from bigframe.tree import walk
from engine.datasets import Datasets
from engine.driver import Driver
from engine.exec.cancel import CancelToken
from engine.io.files import FileInfo
from engine.io.sink import Part, Sink


class Sinks:
    """Prepared sinks by the digest of their nodes; ``told`` is what tasks need to know of them."""

    def __init__(self, sinks: Mapping[str, Sink], nodes: Mapping[str, SinkNode]) -> None:
        self._sinks = sinks
        self.told = {
            digest: {"sink": sink.to_json(), "names": list(nodes[digest].names)} for digest, sink in sinks.items()
        }

    def commit(self, node: Plan, driver: Driver) -> pa.Table:
        """Make what a sink's tasks wrote visible, at once; one row per file."""
        sink, names = self._of(node)
        run = next(run for run in driver.runs.values() if run.stage.output.sink == node.digest)
        manifest = sink.commit([Part.from_json(result.value["part"]) for result in run.in_order()])
        folder = sink.url if not sink.is_file else sink.url.rpartition("/")[0]
        files = manifest["files"]
        paths = [f"{folder.rstrip('/')}/{file['path']}" if folder else file["path"] for file in files]
        columns = [paths, [file["rows"] for file in files], [file["bytes"] for file in files]]
        kinds = [dtype.arrow for dtype in node.schema.values()]
        return pa.table([pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)], names=names)

    def _of(self, node: Plan) -> tuple[Sink, list[str]]:
        return self._sinks[node.digest], list(node.schema)

    def abort(self) -> None:
        for sink in self._sinks.values():
            sink.abort()


@contextmanager
def prepare_sinks(roots: tuple[Plan, ...], files: Datasets, job: str, token: CancelToken) -> Iterator[Sinks]:
    """Check every target before anything runs; nothing staged is left behind once ``token``'s work has ended.

    Raises
    ------
    FileExistsError, ValueError
        If a target exists, or is one of the job's inputs.
    """
    nodes = {root.digest: root for root in roots if isinstance(root, SinkNode)}
    inputs: list[FileInfo] = [file for node in walk(*roots) if isinstance(node, Scan) for file in files.of(node).files]
    targets = [node.url.rstrip("/") for node in nodes.values()]
    for url in targets:
        if sum(other == url or other.startswith(f"{url}/") for other in targets) > 1:
            raise ValueError(f"{url}: two writes of one job go there")
    sinks = Sinks({digest: _sink(node, job) for digest, node in nodes.items()}, nodes)
    try:
        for sink in sinks._sinks.values():
            sink.prepare(inputs)
        yield sinks
    finally:
        token.when_idle(sinks.abort)


def _sink(node: SinkNode, job: str) -> Sink:
    options = dict(node.options)
    partition_on = tuple(options.pop("partition_on", ()))
    index, index_labels = options.pop("index", ()), options.pop("index_labels", ())
    schema = None
    if node.format in ("parquet", "ipc"):
        fields = [
            pa.field(name, dtype.arrow)
            for name, dtype in zip(node.names, node.input.schema.values(), strict=True)
            if name not in partition_on
        ]
        schema = pa.schema(fields, metadata=_pandas_metadata(node, index, index_labels))
    return Sink(node.url, node.format, node.mode, partition_on, options, schema, job=f"{job}-{node.digest[:6]}")


def _pandas_metadata(
    node: SinkNode, index: tuple[str, ...], labels: tuple[str | None, ...]
) -> dict[bytes, bytes] | None:
    """What lets pandas set the index again when it reads the file."""
    if not index:
        return None
    columns = [
        {
            "name": labels[index.index(name)] if name in index else name,
            "field_name": name,
            "pandas_type": "unicode" if dtype.is_string else str(dtype.arrow),
            "numpy_type": str(dtype.pandas),
            "metadata": None,
        }
        for name, dtype in zip(node.names, node.input.schema.values(), strict=True)
    ]
    described = {
        "index_columns": list(index),
        "column_indexes": [],
        "columns": columns,
        "attributes": {},
        "creator": {"library": "bigframe", "version": "0.1.0"},
        "pandas_version": "3.1.0",
    }
    return {b"pandas": json.dumps(described).encode()}
