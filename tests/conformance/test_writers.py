"""``to_parquet``, ``to_csv`` and ``to_json``: what comes back is what was written, and nothing half-written stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.compare import assert_same

ROWS = pd.DataFrame(
    {
        "x": [3, -1, 4, 1, -5, 9, 2],
        "y": [1.5, np.nan, -2.5, 0.25, np.nan, 1e3, 4.0],
        "s": ["b", "a", None, "", "b", 'ç,"d"\n', None],
        "b": [True, False, True, True, False, True, True],
        "t": pd.to_datetime(["2024-01-02", None, "2023-05-06", "2020-02-29", None, "1960-01-01", "2024-01-02"]),
        "i": np.array([1, 2, 3, 4, 5, 6, 7], dtype="int8"),
    }
)
LABELLED = ROWS.set_axis([5, 3, 3, 9, 0, -1, 5])
NAMED = ROWS.set_axis(pd.Index(list("gfedcba"), name="key"))
LEVELS = ROWS.set_axis(pd.MultiIndex.from_arrays([list("aabbccd"), range(7)], names=["k", "n"]))


def files(folder: Path) -> list[str]:
    """Every file under a folder, so that nothing half-written hides."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "rows",
    [ROWS, LABELLED, NAMED, LEVELS, ROWS.iloc[:0], NAMED.iloc[:0]],
    ids=["default", "labelled", "named", "levels", "nothing", "nothing named"],
)
@pytest.mark.parametrize("target", ["rows.parquet", "folder"])
def test_parquet_comes_back(target: str, rows: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / target
    bigframe.from_pandas(rows).to_parquet(path)
    assert_same(bigframe.read_parquet(path).to_pandas(), rows)
    assert_same(pd.read_parquet(path), rows)


@pytest.mark.parametrize("index", [True, False, None])
def test_parquet_index(index: bool | None, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.parquet", tmp_path / "theirs.parquet"
    bigframe.from_pandas(NAMED).to_parquet(ours, index=index)
    NAMED.to_parquet(theirs, index=index)
    assert_same(pd.read_parquet(ours), pd.read_parquet(theirs))
    assert_same(bigframe.read_parquet(ours).to_pandas(), pd.read_parquet(theirs))


PLANS: dict[str, Callable[[Any, Any], Any]] = {
    "filter": lambda m, d: d[d.x > 1],
    "sort": lambda m, d: d.sort_values("x"),
    "join": lambda m, d: d.merge(d, on="s")[["s", "x_x", "x_y"]],
    "group": lambda m, d: d.groupby("s").agg(total=("x", "sum"), mean=("y", "mean")),
    "group as columns": lambda m, d: d.groupby("s", as_index=False).agg(total=("x", "sum")),
    "concat": lambda m, d: m.concat([d, d], ignore_index=True),
    "head": lambda m, d: d.head(3),
    "holes": lambda m, d: d[["x"]].merge(d[["x", "i", "b"]].head(2), on="x", how="left"),
    "narrow sums": lambda m, d: d.groupby("s", as_index=False).i.sum().astype({"i": "int64"}),
    "column twice": lambda m, d: d[["x"]].assign(z=d.x),
}


@pytest.mark.parametrize("plan", PLANS)
def test_what_a_plan_makes_comes_back(plan: str, tmp_path: Path) -> None:
    PLANS[plan](bigframe, bigframe.from_pandas(ROWS)).to_parquet(tmp_path / "rows.parquet")
    expected = PLANS[plan](pd, ROWS)
    assert_same(bigframe.read_parquet(tmp_path / "rows.parquet").to_pandas(), expected)


def test_partition_columns(tmp_path: Path) -> None:
    rows = ROWS.assign(k=["p", "q", "p", "r", "q", "p", "r"], n=np.array([1, 2, 1, 1, 2, 2, 1], dtype="int32"))
    bigframe.from_pandas(rows).to_parquet(tmp_path / "ours", partition_cols=["k", "n"])
    folders = {path.parent.relative_to(tmp_path / "ours").as_posix() for path in tmp_path.rglob("*.parquet")}
    assert folders == {"k=p/n=1", "k=p/n=2", "k=q/n=2", "k=r/n=1"}
    back = bigframe.read_parquet(tmp_path / "ours").to_pandas()
    assert_same(back.sort_values("i", ignore_index=True), rows.sort_values("i", ignore_index=True)[list(back.columns)])
    assert set(back.columns) == set(rows.columns)


@pytest.mark.parametrize("rows", [ROWS, LABELLED, NAMED], ids=["default", "labelled", "named"])
@pytest.mark.parametrize("options", [{}, {"index": False}, {"sep": ";"}, {"header": False}], ids=str)
def test_csv(rows: pd.DataFrame, options: dict[str, Any], tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.csv", tmp_path / "theirs.csv"
    bigframe.from_pandas(rows).to_csv(ours, **options)
    rows.to_csv(theirs, **options)
    times = ["t"] if options.get("header", True) else [rows.columns.get_loc("t") + options.get("index", True)]
    reading = {
        "sep": options.get("sep", ","),
        "header": "infer" if options.get("header", True) else None,
        "parse_dates": times,
    }
    assert_same(pd.read_csv(ours, **reading), pd.read_csv(theirs, **reading))


def test_csv_packed_and_in_parts(tmp_path: Path) -> None:
    lazy = bigframe.from_pandas(ROWS)
    lazy.to_csv(tmp_path / "rows.csv.gz", index=False)
    lazy.to_csv(tmp_path / "folder", index=False)
    expected = pd.read_csv(tmp_path / "rows.csv.gz")
    assert_same(expected[["x", "y", "b", "i"]], ROWS[["x", "y", "b"]].assign(i=ROWS.i.astype("int64")))
    assert_same(bigframe.read_csv(tmp_path / "folder").to_pandas(), expected)


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz", "rows.jsonl.zst", "folder"])
def test_json_comes_back(name: str, tmp_path: Path) -> None:
    rows = ROWS[["x", "y", "s", "b"]]
    bigframe.from_pandas(rows).to_json(tmp_path / name)
    assert_same(bigframe.read_json(tmp_path / name).to_pandas(), rows)
    if name != "folder":
        assert_same(pd.read_json(tmp_path / name, lines=True), rows)


@pytest.mark.parametrize("name", ["rows.parquet", "folder"])
def test_modes(name: str, tmp_path: Path) -> None:
    path, lazy = tmp_path / name, bigframe.from_pandas(ROWS[["x", "s"]])
    lazy.to_parquet(path, mode="error")
    before = files(tmp_path)
    with pytest.raises(FileExistsError):
        lazy.to_parquet(path)
    assert files(tmp_path) == before
    lazy.head(2).to_parquet(path, mode="overwrite")
    assert_same(bigframe.read_parquet(path).to_pandas(), ROWS[["x", "s"]].head(2))
    with pytest.raises(ValueError, match="mode must be"):
        lazy.to_parquet(path, mode="sometimes")


def test_append(tmp_path: Path) -> None:
    path, lazy = tmp_path / "folder", bigframe.from_pandas(ROWS[["x", "s"]])
    lazy.to_parquet(path, mode="append")
    lazy[lazy.x > 1].to_parquet(path, mode="append", index=False)
    expected = pd.concat([ROWS[["x", "s"]], ROWS[ROWS.x > 1][["x", "s"]]], ignore_index=True)
    back = bigframe.read_parquet(path).to_pandas()
    assert_same(back.sort_values(["x", "s"], ignore_index=True), expected.sort_values(["x", "s"], ignore_index=True))


def test_several_writes_are_one_job(tmp_path: Path, session: Any) -> None:
    lazy = bigframe.from_pandas(ROWS)
    kept, dropped = lazy[lazy.x > 1], lazy[lazy.x <= 1]
    writes = [
        kept.to_parquet(tmp_path / "kept", compute=False),
        dropped.to_json(tmp_path / "dropped.jsonl", compute=False),
        lazy.groupby("s").x.sum().to_frame().to_csv(tmp_path / "sums.csv", compute=False),
    ]
    assert files(tmp_path) == []
    jobs = session.jobs
    *tables, total = bigframe.compute(*writes, lazy.x.sum())
    assert session.jobs == jobs + 1
    assert total == 13
    assert [int(table["rows"].sum()) for table in tables] == [4, 3, 4]
    assert_same(bigframe.read_parquet(tmp_path / "kept").to_pandas(), ROWS[ROWS.x > 1])
    assert pd.read_json(tmp_path / "dropped.jsonl", lines=True).x.tolist() == ROWS.x[ROWS.x <= 1].tolist()
    assert_same(pd.read_csv(tmp_path / "sums.csv", keep_default_na=False).set_index("s").x, ROWS.groupby("s").x.sum())


def test_a_job_does_not_overwrite_its_input(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    ROWS.to_parquet(path)
    lazy = bigframe.read_parquet(path)
    with pytest.raises(ValueError, match="the job reads"):
        lazy[lazy.x > 1].to_parquet(path, mode="overwrite")
    assert_same(pd.read_parquet(path), ROWS)


def test_a_failing_job_leaves_nothing(tmp_path: Path) -> None:
    lazy = bigframe.from_pandas(ROWS)
    with pytest.raises(ValueError, match=r"invalid literal|convert|parse"):
        lazy.assign(n=lazy.s.astype("int64")).to_parquet(tmp_path / "folder")
    assert files(tmp_path) == []


def test_labels_that_repeat_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unique"):
        bigframe.from_pandas(ROWS)[["x", "x"]].to_parquet(tmp_path / "rows.parquet")


def test_what_depends_on_a_scalar_is_written(tmp_path: Path) -> None:
    frame = bigframe.from_pandas(ROWS)
    frame[frame.x > frame.x.mean()].to_parquet(tmp_path / "large.parquet")
    expected = ROWS[ROWS.x > ROWS.x.mean()]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "large.parquet"), expected)
