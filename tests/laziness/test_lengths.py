"""A length that comes from footers alone is the length of the rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
import pytest

import bigframe as pd

ROWS = pandas.DataFrame({"k": [1, 2, 2, 3, 3, 3, 4], "words": [["a"], ["b", "c"], [], ["d"], ["e"], ["f", "g"], ["h"]]})

SHORTER: dict[str, Callable[[Any], Any]] = {
    "head": lambda df: df.head(3),
    "long head": lambda df: df.head(30),
    "head but the last": lambda df: df.head(-2),
    "tail": lambda df: df.tail(2),
    "long tail": lambda df: df.tail(30),
    "tail but the first": lambda df: df.tail(-2),
    "middle": lambda df: df.iloc[2:5],
    "over the end": lambda df: df.iloc[5:50],
    "beyond the end": lambda df: df.iloc[50:60],
    "from the end": lambda df: df.iloc[-3:],
    "between ends": lambda df: df.iloc[-5:-2],
    "from before the start": lambda df: df.iloc[-50:-5],
    "head of a tail": lambda df: df.tail(4).head(3).tail(2),
    "filter": lambda df: df[df["k"] > 2],
    "explode": lambda df: df.explode("words"),
    "groups": lambda df: df.groupby("k").size(),
    "distinct": lambda df: df.drop_duplicates("k"),
    "join": lambda df: df.merge(df, on="k"),
    "sorted": lambda df: df.sort_values("k"),
    "assigned": lambda df: df.assign(n=df["k"] + 1),
    "index reset": lambda df: df.reset_index(),
}


@pytest.mark.parametrize("name", SHORTER)
def test_len_is_the_number_of_rows(tmp_path: Path, name: str) -> None:
    ROWS.to_parquet(tmp_path / "rows.parquet")
    frame = SHORTER[name](pd.read_parquet(tmp_path / "rows.parquet"))
    assert len(frame) == len(SHORTER[name](ROWS)) == len(frame.to_pandas())


def test_concat_has_the_rows_of_both(tmp_path: Path) -> None:
    ROWS.to_parquet(tmp_path / "rows.parquet")
    frame = pd.read_parquet(tmp_path / "rows.parquet")
    assert len(pd.concat([frame, frame.tail(2)])) == 9


def test_the_repr_of_a_tail_shows_each_row_once(tmp_path: Path) -> None:
    ROWS.to_parquet(tmp_path / "rows.parquet")
    frame = pd.read_parquet(tmp_path / "rows.parquet")
    assert repr(frame.tail(2)) == repr(frame.tail(2).to_pandas())
