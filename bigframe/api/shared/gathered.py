"""pandas' long tail: methods that run in pandas on the whole data, in one process, with a warning that says how much that is."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd

from bigframe.api.binding import gathered, missing

_NEIGHBOURS = "a row's value depends on the rows before it, and partitions do not exchange rows for it yet"
_COLUMNS = "the columns of the result depend on all the data"
_LABELS = "it looks up or moves index labels, which are data"
_PAIRS = "every pair of columns is compared over all rows"
_TEXT = "it formats the whole table"
_WHOLE = "it needs all values of a column at once"


class GatheredColumns:
    """What DataFrame and Series have in common."""

    pandas: ClassVar[type] = pd.DataFrame
    display: ClassVar[str] = "DataFrame"

    replace = gathered("its rules mix types and patterns")
    memory_usage = gathered("it measures pandas' own memory")
    to_string = gathered(_TEXT)
    to_markdown = gathered(_TEXT)
    to_pickle = gathered("it writes pandas' own objects")
    asfreq = gathered(_LABELS)
    asof = gathered(_LABELS)
    combine = gathered("its function sees whole columns")
    compare = gathered(_LABELS)
    info = gathered(_TEXT)
    to_clipboard = gathered(_TEXT)
    to_excel = gathered(_TEXT)
    to_hdf = gathered("one process writes the file")
    to_latex = gathered(_TEXT)
    to_period = gathered("columns hold no periods, so that the result is pandas' own")
    to_sql = gathered("one process speaks to the database")
    to_timestamp = gathered(_LABELS)
    to_xarray = gathered("the result is xarray's own")


class GatheredFrame(GatheredColumns):
    """What only DataFrame has."""

    mode = gathered(_COLUMNS)
    corrwith = gathered(_PAIRS)
    transpose = gathered(_COLUMNS)
    T = gathered(_COLUMNS)
    to_html = gathered(_TEXT)
    to_records = gathered(_TEXT)
    to_feather = gathered("one process writes the file")
    to_iceberg = gathered("one process speaks to the catalog")
    to_orc = gathered("one process writes the file")
    to_stata = gathered("one process writes the file")
    to_xml = gathered(_TEXT)
    style = gathered(_TEXT)
    sparse = missing("columns hold no sparse arrays")
    boxplot = gathered("it draws every row")
    hist = gathered("it draws every row")
    dot = gathered(_PAIRS)


class GatheredSeries(GatheredColumns):
    """What only Series has."""

    pandas: ClassVar[type] = pd.Series
    display: ClassVar[str] = "Series"

    autocorr = gathered(_NEIGHBOURS)
    factorize = gathered(_WHOLE)
    to_dict = gathered("it makes a Python object of every value")
    argsort = gathered(_WHOLE)
    to_json = gathered(_TEXT)
    nbytes = gathered("it measures pandas' own memory")
    searchsorted = gathered(_WHOLE)
    sparse = missing("columns hold no sparse arrays")
