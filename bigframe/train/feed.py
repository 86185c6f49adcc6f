"""``DataFrame.to_torch``: a plan materialised once as blocks of Arrow data, and the dataset that reads them."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from bigframe.errors import Unsupported
from bigframe.plan.sink import Sink
from bigframe.session import current
from bigframe.session.files import open_file
from bigframe.train.blocks import BlockManifest
from bigframe.train.columns import choose_columns

if TYPE_CHECKING:
    from bigframe.api.dataframe import DataFrame
    from bigframe.train.dataset import TorchDataset
    from bigframe.train.order import Shuffle

MANIFEST = "_manifest.json"


def to_torch(
    frame: DataFrame,
    columns: Sequence[Hashable] | None = None,
    batch_size: int = 1024,
    *,
    shuffle: Shuffle = False,
    seed: int = 0,
    rank: int | None = None,
    world_size: int | None = None,
    drop_last: bool = False,
    window_rows: int = 65_536,
) -> TorchDataset:
    """Batches of tensors from a frame, each row exactly once per epoch over all ranks and loader workers.

    The plan runs once: its rows go to uncompressed Arrow IPC files on the session's storage, under the hash of the
    plan, and training reads those. A second call for the same rows runs no job, whatever its other arguments.

    Parameters
    ----------
    frame
        The rows to feed; their index is left out.
    columns
        Labels of the columns to feed; None feeds all and refuses strings, which make a Python object per row.
    batch_size
        Rows of a batch on one rank.
    shuffle : {False, True, "window"}
        See :class:`~bigframe.train.dataset.TorchDataset`, which also says how ``seed``, ``rank``, ``world_size``,
        ``drop_last`` and ``window_rows`` are used.

    Returns
    -------
    TorchDataset
        Iterate it, or give it to ``DataLoader(dataset, batch_size=None)``. A column has the values of
        ``frame.to_pandas()``; lists of a fixed size, such as embeddings, are 2-D tensors.

    Raises
    ------
    MissingExtra
        If torch is not installed.
    KeyError, Unsupported
        If a column is missing or has a type that no tensor holds, or the session runs its jobs on a service; before
        anything runs.

    Notes
    -----
    The blocks live as long as the session's storage: the default, temporary storage is removed when the session closes,
    and the dataset then no longer reads. On a storage folder of your own they stay for later sessions, until you remove
    its subfolder ``blocks``.

    Examples
    --------
    >>> import bigframe as pd
    >>> df = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [0, 1, 0]})
    >>> [batch["x"].tolist() for batch in df[df.y == 0].to_torch(["x"], batch_size=8)]
    [[1.0, 3.0]]
    """
    from bigframe.train import TorchDataset  # asks for torch before any job runs

    if current().is_remote:
        reason = "training reads files beside it, and those of a service stay with the service"
        instead = "to_arrow(), and from_arrow(…).to_torch(…) in a session of this process, connect(),"
        raise Unsupported("to_torch on a service", reason, instead)
    chosen = frame if columns is None else frame[list(columns)]
    names = _names(chosen)
    choose_columns(_schema(chosen), names if columns is not None else None)
    manifest = materialise(chosen._settled())
    return TorchDataset(
        manifest,
        names,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        rank=rank,
        world_size=world_size,
        drop_last=drop_last,
        window_rows=window_rows,
    )


def materialise(frame: DataFrame) -> BlockManifest:
    """Write a frame's columns as blocks on the session's storage, unless they are there already.

    Parameters
    ----------
    frame
        Columns with unique labels; the index is left out.

    Returns
    -------
    BlockManifest
        The blocks, in row order.
    """
    # The name of the folder is the hash of the write that has none yet: of the plan, the columns and their names.
    sink: Sink = frame._write("ipc", "", "error", False, {"compression": None}, compute=False)._sink
    folder = f"{current().storage.rstrip('/')}/blocks/{sink.digest}"
    files = _committed(folder)
    if files is None:
        files = current().run(sink.replace(url=folder))[0].column("path").to_pylist()
    return BlockManifest.from_files(files)


def _committed(folder: str) -> list[str] | None:
    """Files of a finished write, which appears at once or not at all; None where there is none."""
    try:
        with open_file(f"{folder}/{MANIFEST}") as file:
            files = json.load(file)["files"]
    except FileNotFoundError:
        return None
    return [f"{folder}/{file['path']}" for file in files]


def _names(frame: DataFrame) -> list[str]:
    return [str(label) for label in frame._frame.labels]


def _schema(frame: DataFrame) -> pa.Schema:
    return pa.schema(list(zip(_names(frame), (dtype.arrow for dtype in frame._frame.dtypes), strict=True)))
