"""bigframe: pandas code as a lazy plan, run in this process or on a Dask cluster over shared storage."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import pandas as _pandas
from pandas import (  # type: ignore[attr-defined]  # the stubs lag behind
    NA,
    ArrowDtype,
    BooleanDtype,
    Categorical,
    CategoricalDtype,
    DateOffset,
    DatetimeTZDtype,
    ExcelFile,
    ExcelWriter,
    Flags,
    Float32Dtype,
    Float64Dtype,
    Grouper,
    HDFStore,
    IndexSlice,
    Int8Dtype,
    Int16Dtype,
    Int32Dtype,
    Int64Dtype,
    Interval,
    IntervalDtype,
    NamedAgg,
    NamedFunc,
    NaT,
    Period,
    PeriodDtype,
    SparseDtype,
    StringDtype,
    Timedelta,
    Timestamp,
    UInt8Dtype,
    UInt16Dtype,
    UInt32Dtype,
    UInt64Dtype,
    array,
    arrays,
    col,
    errors,
    infer_freq,
    io,
    offsets,
    set_eng_float_format,
    show_versions,
    test,
    tseries,
    util,
)

from bigframe import plotting, testing
from bigframe.api.dataframe import DataFrame
from bigframe.api.groupby import DataFrameGroupBy, SeriesGroupBy
from bigframe.api.labels.index import Index
from bigframe.api.labels.kinds import (
    CategoricalIndex,
    DatetimeIndex,
    IntervalIndex,
    MultiIndex,
    PeriodIndex,
    RangeIndex,
    TimedeltaIndex,
)
from bigframe.api.looking.jobs import compute, submit
from bigframe.api.reading.columnar import read_feather, read_orc
from bigframe.api.reading.databases import read_sql, read_sql_query, read_sql_table
from bigframe.api.reading.io import from_arrow_table as from_arrow
from bigframe.api.reading.io import from_pandas, read_csv, read_json, read_parquet, read_table
from bigframe.api.reading.pandas_readers import (
    json_normalize,
    read_clipboard,
    read_excel,
    read_fwf,
    read_hdf,
    read_html,
    read_pickle,
    read_sas,
    read_spss,
    read_stata,
    read_xml,
)
from bigframe.api.reading.sources import read_delta, read_iceberg, read_warc
from bigframe.api.reshaping.concatenating import concat
from bigframe.api.reshaping.toplevel import (
    crosstab,
    cut,
    from_dummies,
    get_dummies,
    lreshape,
    melt,
    merge_asof,
    merge_ordered,
    pivot,
    pivot_table,
    qcut,
    wide_to_long,
)
from bigframe.api.scalar import LazyScalar
from bigframe.api.series import Series
from bigframe.api.shared.writers import Write
from bigframe.api.toplevel import (
    bdate_range,
    date_range,
    eval,  # noqa: A004  (pandas has it)
    factorize,
    interval_range,
    isna,
    merge,
    notna,
    period_range,
    timedelta_range,
    to_datetime,
    to_numeric,
    to_pickle,
    to_timedelta,
    unique,
)
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
from bigframe.plan.calling import in_call
from bigframe.session import Job, Session, connect, current, job, jobs, using
from bigframe.session.options import (
    describe_option,
    get_option,
    option_context,
    options,
    reset_option,
    set_option,
)

__version__ = "0.1.0"
isnull = isna
notnull = notna
current_session = current


def __getattr__(name: str) -> Any:
    if name == "support":  # reads the classes above, so it can only be loaded after them
        from bigframe.coverage import support

        return support
    raise AttributeError(f"module 'bigframe' has no attribute {name!r}")


class _Module(ModuleType):
    """bigframe, and pandas to what runs in a function that pandas calls: there all objects are pandas' own."""

    def __getattribute__(self, name: str) -> Any:
        if in_call() and not name.startswith("_") and hasattr(_pandas, name):
            return getattr(_pandas, name)
        return super().__getattribute__(name)

    def __reduce__(self) -> tuple[Any, ...]:
        return import_module, (self.__name__,)


sys.modules[__name__].__class__ = _Module


__all__ = [
    "NA",
    "ArrowDtype",
    "BigFrameError",
    "BooleanDtype",
    "Cancelled",
    "Categorical",
    "CategoricalDtype",
    "CategoricalIndex",
    "DataFrame",
    "DataFrameGroupBy",
    "DateOffset",
    "DatetimeIndex",
    "DatetimeTZDtype",
    "ExcelFile",
    "ExcelWriter",
    "ExecutionError",
    "Flags",
    "Float32Dtype",
    "Float64Dtype",
    "Grouper",
    "HDFStore",
    "Index",
    "IndexSlice",
    "Int8Dtype",
    "Int16Dtype",
    "Int32Dtype",
    "Int64Dtype",
    "Interval",
    "IntervalDtype",
    "IntervalIndex",
    "Job",
    "LazyScalar",
    "MemoryLimitError",
    "MultiIndex",
    "NaT",
    "NamedAgg",
    "NamedFunc",
    "PerformanceWarning",
    "Period",
    "PeriodDtype",
    "PeriodIndex",
    "PlanError",
    "RangeIndex",
    "Series",
    "SeriesGroupBy",
    "Session",
    "SourceError",
    "SparseDtype",
    "StringDtype",
    "Timedelta",
    "TimedeltaIndex",
    "Timestamp",
    "UInt8Dtype",
    "UInt16Dtype",
    "UInt32Dtype",
    "UInt64Dtype",
    "Unsupported",
    "Write",
    "array",
    "arrays",
    "bdate_range",
    "col",
    "compute",
    "concat",
    "connect",
    "crosstab",
    "current_session",
    "cut",
    "date_range",
    "describe_option",
    "errors",
    "eval",
    "factorize",
    "from_arrow",
    "from_dummies",
    "from_pandas",
    "get_dummies",
    "get_option",
    "infer_freq",
    "interval_range",
    "io",
    "isna",
    "isnull",
    "job",
    "jobs",
    "json_normalize",
    "lreshape",
    "melt",
    "merge",
    "merge_asof",
    "merge_ordered",
    "notna",
    "notnull",
    "offsets",
    "option_context",
    "options",
    "period_range",
    "pivot",
    "pivot_table",
    "plotting",
    "qcut",
    "read_clipboard",
    "read_csv",
    "read_delta",
    "read_excel",
    "read_feather",
    "read_fwf",
    "read_hdf",
    "read_html",
    "read_iceberg",
    "read_json",
    "read_orc",
    "read_parquet",
    "read_pickle",
    "read_sas",
    "read_spss",
    "read_sql",
    "read_sql_query",
    "read_sql_table",
    "read_stata",
    "read_table",
    "read_warc",
    "read_xml",
    "reset_option",
    "set_eng_float_format",
    "set_option",
    "show_versions",
    "submit",
    "test",
    "testing",
    "timedelta_range",
    "to_datetime",
    "to_numeric",
    "to_pickle",
    "to_timedelta",
    "tseries",
    "unique",
    "using",
    "util",
    "wide_to_long",
]
