"""Plans for the service's tests: of small files, as the documents that clients send."""

import json
import sys
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bigframe.plan import wire
from bigframe.plan.catalog import Plan, Scan, Slice
from bigframe.schema import INT64, STRING
from engine.datasets import describe

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def numbers(folder: Path, rows: int = 1000) -> Scan:
    """A scan of a file with the columns ``n`` (0, 1, 2, …) and ``t`` (texts of them)."""
    path = folder / f"numbers-{rows}.parquet"
    if not path.exists():
        column = range(rows)
        pq.write_table(pa.table({"n": pa.array(column, pa.int64()), "t": [str(n) for n in column]}), path)
    version = describe("parquet", [str(path)], {}).version
    return Scan("parquet", (str(path),), (), version, (("n", "n", INT64), ("t", "t", STRING)))


def first(folder: Path, rows: int) -> Plan:
    """The first rows of :func:`numbers`."""
    return Slice(numbers(folder), 0, rows)


def document(*plans: Plan) -> dict[str, Any]:
    """Plans as a client sends them."""
    sent: dict[str, Any] = json.loads(json.dumps(wire.dumps(*plans)))
    return sent


def job(plan: Any, **fields: Any) -> dict[str, Any]:
    """The body of a submission."""
    client = {"version": "0.1.0", "python": PYTHON}
    return {
        "id": uuid.uuid4().hex,
        "plan": document(plan) if isinstance(plan, Plan) else plan,
        "client": client,
        **fields,
    }
