"""bigframe: pandas code as a lazy plan, run in this process or on a Dask cluster over shared storage."""

from typing import Any

from pandas import (
    NA,
    ArrowDtype,
    BooleanDtype,
    CategoricalDtype,
    DateOffset,
    DatetimeTZDtype,
    Float32Dtype,
    Float64Dtype,
    Grouper,
    Int8Dtype,
    Int16Dtype,
    Int32Dtype,
    Int64Dtype,
    NamedAgg,
    NaT,
    StringDtype,
    Timedelta,
    Timestamp,
    UInt8Dtype,
    UInt16Dtype,
    UInt32Dtype,
    UInt64Dtype,
    date_range,
    errors,
    offsets,
)

from bigframe.api.dataframe import DataFrame
from bigframe.api.groupby import DataFrameGroupBy, SeriesGroupBy
from bigframe.api.index import Index
from bigframe.api.io import from_arrow_table as from_arrow
from bigframe.api.io import from_pandas, read_csv, read_json, read_parquet
from bigframe.api.jobs import compute, submit
from bigframe.api.scalar import LazyScalar
from bigframe.api.series import Series
from bigframe.api.shared.writers import Write
from bigframe.api.sources import read_delta, read_iceberg, read_warc
from bigframe.api.toplevel import concat, isna, merge, notna, to_datetime, to_numeric, to_timedelta
from bigframe.errors import (
    BigFrameError,
    Cancelled,
    ExecutionError,
    MemoryLimitError,
    PerformanceWarning,
    PlanError,
    SourceError,
    Unsupported,
)
from bigframe.session import Job, Session, connect, current, job, jobs, using
from bigframe.session.options import options

__version__ = "0.1.0"
isnull = isna
notnull = notna
current_session = current


def __getattr__(name: str) -> Any:
    if name == "support":  # reads the classes above, so it can only be loaded after them
        from bigframe.coverage import support

        return support
    raise AttributeError(f"module 'bigframe' has no attribute {name!r}")


__all__ = [
    "NA",
    "ArrowDtype",
    "BigFrameError",
    "BooleanDtype",
    "Cancelled",
    "CategoricalDtype",
    "DataFrame",
    "DataFrameGroupBy",
    "DateOffset",
    "DatetimeTZDtype",
    "ExecutionError",
    "Float32Dtype",
    "Float64Dtype",
    "Grouper",
    "Index",
    "Int8Dtype",
    "Int16Dtype",
    "Int32Dtype",
    "Int64Dtype",
    "Job",
    "LazyScalar",
    "MemoryLimitError",
    "NaT",
    "NamedAgg",
    "PerformanceWarning",
    "PlanError",
    "Series",
    "SeriesGroupBy",
    "Session",
    "SourceError",
    "StringDtype",
    "Timedelta",
    "Timestamp",
    "UInt8Dtype",
    "UInt16Dtype",
    "UInt32Dtype",
    "UInt64Dtype",
    "Unsupported",
    "Write",
    "compute",
    "concat",
    "connect",
    "current_session",
    "date_range",
    "errors",
    "from_arrow",
    "from_pandas",
    "isna",
    "isnull",
    "job",
    "jobs",
    "merge",
    "notna",
    "notnull",
    "offsets",
    "options",
    "read_csv",
    "read_delta",
    "read_iceberg",
    "read_json",
    "read_parquet",
    "read_warc",
    "submit",
    "to_datetime",
    "to_numeric",
    "to_timedelta",
    "using",
]
