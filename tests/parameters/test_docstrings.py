"""Every name that pandas has is documented as there, and by what bigframe says of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pandas as pd
import pytest

import bigframe
from bigframe.api.binding.docstrings import INHERITED
from tests.parameters.test_signatures import OWNERS

SETTINGS = {"describe_option", "get_option", "option_context", "reset_option", "set_option"}
"""They tell of bigframe's settings, and of pandas' only where to look."""


def documented(context: str) -> Iterator[tuple[str, str, str]]:
    """The names of a class, or of pandas itself, with pandas' docstring and bigframe's."""
    theirs, ours = OWNERS[context]
    for name in pd.__all__ if theirs is pd else dir(theirs):
        if name.startswith("_") or name in SETTINGS:
            continue
        target, own = getattr(theirs, name), getattr(ours, name)
        known = (
            own is target
            or isinstance(own, (int, frozenset))
            or (theirs is pd and (inspect.isclass(target) or not callable(target)))
        )
        if not known:
            yield name, inspect.getdoc(target) or "", inspect.getdoc(own) or ""


@pytest.mark.parametrize("context", OWNERS)
def test_docstrings_are_those_of_pandas_with_a_section_of_their_own(context: str) -> None:
    wrong = [
        name
        for name, theirs, ours in documented(context)
        if "Parameters\n---" not in ours.partition(INHERITED)[0]
        if not ours.startswith(theirs.splitlines()[0] if theirs else "") or INHERITED.strip() not in ours
    ]
    assert wrong == []


def test_what_bigframe_says_comes_once_and_last() -> None:
    for name in ("merge", "loc", "assign", "from_dict", "columns", "rename_axis"):
        text = inspect.getdoc(getattr(bigframe.DataFrame, name)) or ""
        theirs, own = text.split(INHERITED)
        assert theirs == inspect.getdoc(getattr(pd.DataFrame, name)), name
        assert own.strip(), name
