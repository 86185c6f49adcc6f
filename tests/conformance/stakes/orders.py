"""The table that the calls are made on, and files with its rows."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

NUMBERS = ["n", "x", "y"]


def orders(rows: int = 40) -> pd.DataFrame:
    """Keys, texts, numbers and times, some of them missing, under a default index; ``i`` is unique and not sorted."""
    rng = np.random.default_rng(7)
    texts = np.array(["ant", "Bee", "cat 12", "", "dog-4", "éclair"], dtype=object)
    start = pd.Timestamp("2024-02-27 22:15:04")
    table = pd.DataFrame(
        {
            "i": rng.permutation(rows),
            "k": rng.choice(["a", "b", "c"], rows),
            "s": rng.choice(texts, rows),
            "n": rng.integers(-9, 9, rows),
            "x": rng.normal(size=rows).round(3),
            "y": rng.normal(size=rows),
            "b": rng.random(rows) < 0.5,
            "t": start + pd.to_timedelta(rng.integers(0, 10**7, rows), unit="s"),
            "e": pd.to_timedelta(rng.integers(-(10**6), 10**6, rows), unit="s"),
        }
    )
    table.loc[rng.random(rows) < 0.2, ["s"]] = None
    table.loc[rng.random(rows) < 0.2, ["x"]] = np.nan
    return table.astype({"s": "str", "k": "str"})


@functools.cache
def folder() -> Path:
    """Where files with the rows are."""
    kept = tempfile.TemporaryDirectory()
    _kept.append(kept)
    place = Path(kept.name)
    table = orders()[["i", "k", "n", "y"]]
    table.to_csv(place / "rows.csv", index=False)
    table.to_json(place / "rows.jsonl", orient="records", lines=True)
    table.to_parquet(place / "rows.parquet")
    table.to_orc(place / "rows.orc")
    return place


_kept: list[tempfile.TemporaryDirectory[str]] = []


def written(write: object, name: str, read: object) -> object:
    """What is read back of a file that a call wrote, which each module does at a place of its own."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / name
        write(path)  # type: ignore[operator]
        return read(path)  # type: ignore[operator]
