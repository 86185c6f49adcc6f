"""Notebooks in percent format: their cells run in order, and what each shows."""

from __future__ import annotations

import ast
import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import bigframe
from tests.conformance.compare import assert_same

IMPORT = "import bigframe as pd"


@dataclass(frozen=True)
class Shown:
    """What a cell shows: the text that it prints, and the value of its last line."""

    source: str
    printed: str
    value: Any


def code_cells(notebook: Path) -> list[str]:
    """The source of each cell that is code."""
    cells = re.split(r"^# %%", notebook.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return [cell.strip() for cell in cells if not cell.startswith(" [markdown]")]


def run(notebook: Path, library: str) -> Iterator[Shown]:
    """Run the cells of a notebook, with its import line naming another library."""
    names: dict[str, Any] = {}
    for source in code_cells(notebook):
        tree = ast.parse(source.replace(IMPORT, f"import {library} as pd"))
        last = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None  # type: ignore[attr-defined]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(tree, str(notebook), "exec"), names)
            value = None if last is None else eval(compile(last, str(notebook), "eval"), names)
        yield Shown(source, printed.getvalue(), value)


def assert_shows_the_same(actual: Shown, expected: Shown) -> None:
    """Assert that two cells print the same and end in equal values, written the same where they are short."""
    assert actual.printed == expected.printed
    assert_equal(actual.value, expected.value)
    short = (
        not isinstance(expected.value, (pd.DataFrame, pd.Series)) or len(expected.value) <= pd.options.display.max_rows
    )
    if short and "0x" not in repr(expected.value):
        assert repr(actual.value) == repr(expected.value)


def assert_equal(actual: Any, expected: Any) -> None:
    if isinstance(expected, tuple):
        assert len(actual) == len(expected)
        for mine, theirs in zip(actual, expected, strict=True):
            assert_equal(mine, theirs)
    elif hasattr(expected, "get_figure"):
        assert_drawn_the_same(actual, expected)
    elif isinstance(expected, np.ndarray) and expected.dtype == object and hasattr(expected.flat[0], "get_figure"):
        for mine, theirs in zip(actual.flat, expected.flat, strict=True):
            assert_drawn_the_same(mine, theirs)
    elif hasattr(expected, "set_uuid"):
        assert actual.set_uuid("x").to_html() == expected.set_uuid("x").to_html()
    elif isinstance(expected, (pd.api.extensions.ExtensionArray, np.ndarray)):
        assert type(actual) is type(expected)
        assert actual.dtype == expected.dtype
        assert_same(pd.Series(actual), pd.Series(expected))
    elif isinstance(actual, bigframe.LazyScalar):
        assert_same(actual.item(), expected)
    else:
        actual = actual.to_pandas() if hasattr(actual, "to_pandas") else actual
        assert type(actual) is type(expected)
        assert_same(actual, expected)


def assert_drawn_the_same(actual: Any, expected: Any) -> None:
    """Assert that two axes hold the same lines, bars, points and texts."""
    mine, theirs = artists(actual), artists(expected)
    assert mine.keys() == theirs.keys()
    for kind in theirs:
        assert len(mine[kind]) == len(theirs[kind]), kind
        for one, other in zip(mine[kind], theirs[kind], strict=True):
            if isinstance(other, str):
                assert one == other
            else:
                np.testing.assert_allclose(one, other, rtol=1e-9, err_msg=kind)


def artists(axes: Any) -> dict[str, list[Any]]:
    """The data of what is drawn on axes."""
    axes.get_figure().canvas.draw()
    return {
        "lines": [np.asarray(line.get_xydata(), dtype=float) for line in axes.lines],
        "bars": [
            patch.get_path().vertices @ patch.get_patch_transform().get_matrix()[:2, :2].T for patch in axes.patches
        ],
        "places": [patch.get_window_extent().bounds for patch in axes.patches],
        "points": [np.asarray(collection.get_offsets(), dtype=float) for collection in axes.collections],
        "areas": [path.vertices for collection in axes.collections for path in collection.get_paths()],
        "texts": [text.get_text() for text in (*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label)],
        "ticks": [tick.get_text() for tick in (*axes.get_xticklabels(), *axes.get_yticklabels())],
        "legend": [text.get_text() for text in (axes.get_legend().get_texts() if axes.get_legend() else ())],
    }
