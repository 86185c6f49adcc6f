"""Writing to databases: rows pass through this process, some at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any, Literal

import pandas as pd
import pyarrow.parquet as pq

from bigframe.api.binding.calls import full_signature
from bigframe.api.columns import Columns
from bigframe.errors import Unsupported
from bigframe.session import current
from bigframe.session.files import open_file, passing_folder

_ROWS = 1 << 16


class DatabaseWriters(Columns):
    """What DataFrame and Series write to databases."""

    @full_signature
    def to_sql(
        self,
        name: str,
        con: Any,
        *,
        schema: str | None = None,
        if_exists: Literal["fail", "replace", "append", "delete_rows"] = "fail",
        index: bool = True,
        index_label: Any = None,
        chunksize: int | None = None,
        dtype: Any = None,
        method: Any = None,
    ) -> int | None:
        """Write to a table of a database. Tier: *native*.

        The job writes to the session's storage; from there pandas inserts 65,536 rows at a time, in one transaction. Through
        an open connection, whose transactions are the caller's, pandas inserts all rows, gathered in this process.
        """
        engine = _engine(con)
        table: Any = self.to_frame() if self.display == "Series" else self  # type: ignore[attr-defined]
        _check(name, engine, schema, if_exists)
        options: Any = {"schema": schema, "index": index, "index_label": index_label}
        options |= {"chunksize": chunksize, "dtype": dtype, "method": method}
        shown = list(table.dtypes)
        written: list[int | None] = []
        with passing_folder(current().storage) as folder:
            files = table.to_parquet(folder, index=index)["path"]
            with engine.begin() as connection:
                for rows in _read(files, shown):
                    written.append(rows.to_sql(name, connection, if_exists=if_exists, **options))
                    if_exists = "append"
        return None if None in written else sum(count or 0 for count in written)


def _engine(con: Any) -> Any:
    try:
        import sqlalchemy as sa
    except ImportError as error:
        raise Unsupported("to_sql by batches", "SQLAlchemy is not installed") from error
    if not isinstance(con, (str, sa.Engine)):
        raise Unsupported("to_sql by batches", "the transaction of an open connection is its owner's", "a URL")
    return sa.create_engine(con, poolclass=sa.NullPool) if isinstance(con, str) else con


def _check(name: str, engine: Any, schema: str | None, if_exists: str) -> None:
    """Refuse as pandas does, before the job is run."""
    import sqlalchemy as sa

    if if_exists not in ("fail", "replace", "append", "delete_rows"):
        raise ValueError(f"'{if_exists}' is not valid for if_exists")
    if if_exists == "fail" and sa.inspect(engine).has_table(name, schema):
        raise ValueError(f"Table '{name}' already exists.")


def _read(files: Iterator[str], dtypes: list[Any]) -> Iterator[pd.DataFrame]:
    """The rows of Parquet files with the dtypes that the whole table has, some at a time, and be it none."""
    empty = True
    for path in files:
        with open_file(path) as raw, closing(pq.ParquetFile(raw)) as file:
            for batch in file.iter_batches(_ROWS):
                empty = False
                yield _typed(batch.to_pandas(), dtypes)
            schema = file.schema_arrow
    if empty:
        yield _typed(schema.empty_table().to_pandas(), dtypes)


def _typed(rows: pd.DataFrame, dtypes: list[Any]) -> pd.DataFrame:
    return rows.astype(dict(zip(rows.columns, dtypes, strict=True)))
