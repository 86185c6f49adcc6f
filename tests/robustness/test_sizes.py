"""Tables of unusual shape: a cell of 100 MB, and five thousand columns."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import bigframe as pd
from bigframe.tree import walk

LARGE = 100 << 20
WIDTH = 5000


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    """Two cells of 100 MB that differ in their last letter, each in a row group of its own."""
    rows = pandas.DataFrame({"k": [1, 2, 1, 2, 3, 1], "text": ["a", "b", None, "c", "", "d"], "x": range(6)})
    rows.loc[1, "text"], rows.loc[3, "text"] = "x" * LARGE, "x" * (LARGE - 1) + "y"
    rows.to_parquet(tmp_path / "cells.parquet", row_group_size=2)
    return tmp_path / "cells.parquet"


def lengths(frame: Any) -> list[Any]:
    found = frame.text.str.len().to_pandas()
    return [None if pandas.isna(length) else int(length) for length in found]


CELLS: dict[str, tuple[Callable[[Any], Any], list[Any]]] = {
    "filter": (lambda d: d[d.text.str.endswith("y")], [LARGE]),
    "sort": (lambda d: d.sort_values("text", ascending=False)[["text"]], [LARGE, LARGE, 1, 1, 0, None]),
    "largest by key": (lambda d: d.groupby("k").text.max().reset_index(), [1, LARGE, 0]),
    "join": (lambda d: d.merge(d.groupby("k", as_index=False).x.max(), on=["k", "x"]), [LARGE, 0, 1]),
    "distinct": (lambda d: d.drop_duplicates("text"), [1, LARGE, None, LARGE, 0, 1]),
}


@pytest.mark.parametrize(("make", "expected"), CELLS.values(), ids=CELLS.keys())
def test_a_large_cell(session: pd.Session, cells: Path, make: Callable[[Any], Any], expected: list[Any]) -> None:
    assert session.jobs == 0
    assert lengths(make(pd.read_parquet(cells))) == expected


@pytest.mark.dask
def test_a_large_cell_between_workers(cells: Path, tmp_path: Path) -> None:
    with pd.connect("local", workers=2, partitions=3, storage=str(tmp_path / "storage")):
        for make, expected in (CELLS["join"], CELLS["largest by key"]):
            assert lengths(make(pd.read_parquet(cells))) == expected


def test_large_cells_differ_by_their_last_letter(session: pd.Session, cells: Path, tmp_path: Path) -> None:
    lazy = pd.read_parquet(cells)
    assert lazy.groupby("k").text.nunique().to_pandas().tolist() == [2, 2, 1]
    assert session.jobs == 1
    lazy.to_parquet(tmp_path / "out")
    written = pandas.read_parquet(tmp_path / "out").text
    assert [text[-1] for text in written if isinstance(text, str) and len(text) == LARGE] == ["x", "y"]


@pytest.fixture
def wide() -> pandas.DataFrame:
    values = np.random.default_rng(0).integers(0, 100, (60, WIDTH))
    return pandas.DataFrame(values, columns=[f"c{n}" for n in range(WIDTH)])


def test_five_thousand_columns(session: pd.Session, wide: pandas.DataFrame, tmp_path: Path) -> None:
    lazy = pd.from_pandas(wide)
    pandas.testing.assert_series_equal(lazy.sum().to_pandas(), wide.sum())
    pandas.testing.assert_frame_equal((lazy + 1).head(3).to_pandas(), (wide + 1).head(3))
    pandas.testing.assert_frame_equal(lazy[lazy.c0 > 50].to_pandas(), wide[wide.c0 > 50])
    lazy.to_parquet(tmp_path / "wide")
    again = pd.read_parquet(tmp_path / "wide")
    pandas.testing.assert_frame_equal(again.to_pandas(), wide)
    assert again.c4999.sum().item() == wide.c4999.sum()


def test_a_value_per_column_takes_few_nodes(wide: pandas.DataFrame) -> None:
    def nodes(frame: pandas.DataFrame) -> int:
        return sum(1 for node in walk(pd.from_pandas(frame).sum()._frame.plan()) if hasattr(node, "schema"))

    assert nodes(wide) == nodes(wide[["c0", "c1"]])
