"""Looks: text, Python's values and local files that pandas makes of a result, which leaves to this process as asked."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd

from bigframe.api.binding.tiers import look

_TEXT = "text"
_VALUES = "Python's values"
_FILE = "a local file"


class Looks:
    """What DataFrame and Series have in common."""

    pandas: ClassVar[type] = pd.DataFrame
    display: ClassVar[str] = "DataFrame"

    to_clipboard = look(_TEXT)
    to_excel = look(_FILE)
    to_latex = look(_TEXT)
    to_markdown = look(_TEXT)
    to_pickle = look(_FILE)
    to_xarray = look("xarray's own object")


class FrameLooks(Looks):
    """What only DataFrame has."""

    style = look("pandas' own object")
    to_html = look(_TEXT)
    to_records = look(_VALUES)
    to_string = look(_TEXT)
    to_xml = look(_TEXT)


class SeriesLooks(Looks):
    """What only Series has."""

    pandas: ClassVar[type] = pd.Series
    display: ClassVar[str] = "Series"

    to_dict = look(_VALUES)
    to_json = look(_TEXT)
    to_string = look(_TEXT)
