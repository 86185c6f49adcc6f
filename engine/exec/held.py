"""What a brief job exchanges: frames that stay in this process, under the names that their files would have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

__all__ = ["FRAMES", "SCHEME", "hold", "is_held", "release", "taken"]

SCHEME = "held://"

FRAMES: dict[str, dict[int, pl.DataFrame]] = {}
"""What is held, by name and partition."""
# Of what a name holds no rows of, readers want the schema.
_SCHEMA = -1


def is_held(path: str) -> bool:
    """Whether a name is that of frames held here."""
    return path.startswith(SCHEME)


def hold(path: str, schema: pl.DataFrame, parts: Iterable[tuple[int, pl.DataFrame]]) -> dict[int, pl.DataFrame]:
    """Hold rows by partition until `release`; what is held under the name before is replaced.

    Examples
    --------
    >>> rows = pl.DataFrame({"a": [1, 2]})
    >>> held = hold("held://doc/m0", rows.clear(), [(0, rows), (1, rows), (0, rows)])
    >>> taken([("held://doc/m0", 0)])["a"].to_list()
    [1, 2, 1, 2]
    >>> release("held://doc")
    """
    runs: dict[int, list[pl.DataFrame]] = {}
    for number, part in parts:
        runs.setdefault(number, []).append(part)
    rows = {number: pl.concat(runs[number], rechunk=False) for number in sorted(runs)}
    FRAMES[path] = {_SCHEMA: schema, **rows}
    return rows


def taken(places: Sequence[tuple[str, int]]) -> pl.DataFrame:
    """The rows that are held for partitions under names, in order; no rows, but the schema, where there are none."""
    frames = [FRAMES[path][number] for path, number in places if number in FRAMES[path]]
    return pl.concat(frames, rechunk=False) if frames else FRAMES[places[0][0]][_SCHEMA]


def release(folder: str) -> None:
    """Let go of everything below a name."""
    for path in [path for path in FRAMES if path.startswith(f"{folder}/")]:
        del FRAMES[path]
