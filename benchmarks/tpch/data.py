"""The eight TPC-H tables: written as Parquet in the types pandas users have, opened by any pandas-like module."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from os import PathLike
    from types import ModuleType

# A dataframe of whichever pandas-like module the caller brought: its type cannot be named here.
Frame: TypeAlias = Any

TABLES = ("region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem")

_MANIFEST = "tpch.json"
# Raised whenever the files written for the same parameters change.
_LAYOUT = 1


@dataclass(frozen=True)
class Tables:
    """The eight tables as frames of one pandas-like module, and that module itself."""

    pd: ModuleType
    region: Frame
    nation: Frame
    supplier: Frame
    customer: Frame
    part: Frame
    partsupp: Frame
    orders: Frame
    lineitem: Frame


def load(pd: ModuleType, folder: str | PathLike[str]) -> Tables:
    """Open the tables of `folder` with `pd.read_parquet`, one call a table.

    Parameters
    ----------
    pd
        pandas, or a module with its interface.
    folder
        A folder that `generate` returned, or a URL where its files were put.

    Returns
    -------
    Tables
        Frames of `pd` with all columns and a default index.

    Raises
    ------
    FileNotFoundError
        `folder` was not written by `generate`.

    Examples
    --------
    >>> import pandas
    >>> from benchmarks.tpch.data import generate, load
    >>> tables = load(pandas, generate("tpch-0.01", 0.01))  # doctest: +SKIP
    >>> len(tables.nation)  # doctest: +SKIP
    25
    """
    root = str(folder)
    if "://" not in root and not Path(root, _MANIFEST).is_file():
        raise FileNotFoundError(f"{root} holds no TPC-H tables: {_MANIFEST} is missing; write them with generate()")
    return Tables(pd=pd, **{table: pd.read_parquet(f"{root}/{table}") for table in TABLES})


def generate(folder: str | PathLike[str], scale: float, *, parts: int = 1, row_group_rows: int = 100_000) -> Path:
    """Write the TPC-H tables of one scale as Parquet, unless `folder` already holds them.

    Each table is a folder of files: `<folder>/<table>/part-00000.parquet`, … Integers are int64, money is float64
    (each value the double nearest to its decimal), dates are timestamp[us] and text is large_string; no value is
    missing. Everything is written beside `folder` and renamed at the end, so that `folder` never holds a part.

    Parameters
    ----------
    folder
        Where to write; must be absent, empty, or hold the tables of an earlier call with the same parameters.
    scale
        TPC-H scale factor: 1 is about 6 million rows of `lineitem`, 1 GB of text.
    parts
        Files of each table; `nation` and `region` are one file each whatever is asked.
    row_group_rows
        Most rows in one Parquet row group.

    Returns
    -------
    pathlib.Path
        `folder`.

    Raises
    ------
    FileExistsError
        `folder` holds something else: other files, or tables of other parameters or of another generator version.
    RuntimeError
        The generator failed; the message ends with what it printed.

    Examples
    --------
    >>> from benchmarks.tpch.data import generate
    >>> folder = generate("tpch-0.01", 0.01, parts=2)  # doctest: +SKIP
    >>> sorted(file.name for file in (folder / "lineitem").iterdir())  # doctest: +SKIP
    ['part-00000.parquet', 'part-00001.parquet']
    """
    target = Path(folder)
    recipe = {
        "layout": _LAYOUT,
        "generator": f"tpchgen-cli {version('tpchgen-cli')}",
        "scale": scale,
        "parts": parts,
        "row_group_rows": row_group_rows,
    }
    if not _is_vacant(target):
        _check_recipe(target, recipe)
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as staging:
        raw, ready = Path(staging, "raw"), Path(staging, "ready")
        _run_generator(raw, scale, parts)
        for table in TABLES:
            _normalise_table(raw / table, ready / table, row_group_rows)
        (ready / _MANIFEST).write_text(json.dumps(recipe, indent=2) + "\n")
        try:
            ready.rename(target)
        except OSError:
            # Another process may have finished the same folder first; its tables are as good as ours.
            if _is_vacant(target):
                raise
            _check_recipe(target, recipe)
    return target


def _is_vacant(folder: Path) -> bool:
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def _check_recipe(folder: Path, recipe: dict[str, object]) -> None:
    manifest = folder / _MANIFEST
    if not manifest.is_file():
        raise FileExistsError(f"{folder} exists and holds no TPC-H tables; choose another folder")
    found = json.loads(manifest.read_text())
    if found != recipe:
        raise FileExistsError(f"{folder} holds TPC-H tables written as {found}, wanted {recipe}; remove it first")


def _run_generator(output: Path, scale: float, parts: int) -> None:
    # The scripts folder of this environment comes first, because PATH may lead to another version.
    program = shutil.which("tpchgen-cli", path=sysconfig.get_path("scripts")) or shutil.which("tpchgen-cli")
    if program is None:
        raise RuntimeError("the program tpchgen-cli was not found: pip install tpchgen-cli")
    command = [
        program,
        "parquet",
        f"--scale-factor={scale}",
        f"--parts={parts}",
        f"--output-dir={output}",
        "--quiet",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"tpchgen-cli ended with status {done.returncode}: {done.stderr.strip()}")


def _normalise_table(source: Path, destination: Path, row_group_rows: int) -> None:
    destination.mkdir(parents=True)
    # The generator numbers files without leading zeros: lineitem.2 comes before lineitem.10.
    files = sorted(source.glob("*.parquet"), key=lambda file: int(file.name.split(".")[1]))
    for number, file in enumerate(files):
        _normalise_file(file, destination / f"part-{number:05}.parquet", row_group_rows)
        file.unlink()


def _normalise_file(source: Path, destination: Path, row_group_rows: int) -> None:
    with pq.ParquetFile(source) as reader:
        schema = pa.schema([(field.name, _normal_type(field.type)) for field in reader.schema_arrow])
        with pq.ParquetWriter(destination, schema) as writer:
            for batch in reader.iter_batches(batch_size=row_group_rows):
                writer.write_batch(_normalise_batch(batch, schema), row_group_size=row_group_rows)


def _normalise_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [_normalise_column(column, field.type) for column, field in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _normalise_column(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    if not pa.types.is_decimal(column.type):
        return column.cast(wanted)
    # Arrow's cast from decimal is off by one ulp for one value in eight (0.35 becomes 0.35000000000000003); a quotient
    # of two whole doubles is rounded correctly.
    unit = 10**column.type.scale
    whole = pc.multiply(column, pa.scalar(unit, pa.int64())).cast(pa.int64())
    return pc.divide(whole.cast(pa.float64()), float(unit))


def _normal_type(raw: pa.DataType) -> pa.DataType:
    if pa.types.is_integer(raw):
        return pa.int64()
    if pa.types.is_decimal(raw):
        return pa.float64()
    if pa.types.is_date(raw):
        return pa.timestamp("us")
    return pa.large_string()
