"""The picture of a plan: titles, exchanges and operators of the stages that the planner really makes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas
import pytest

import bigframe as pd
from bigframe.api.looking.run import job_of
from bigframe.semantics.frame import Frame
from engine.control import Control
from engine.job import Engine
from engine.planner.stages import Stage
from engine.service.jobs import StageProgress
from engine.service.picture import SKETCH, picture, sketch, stage_title


class Recorder(Control):
    """Learns the stages of a job."""

    def __init__(self) -> None:
        self.stages: dict[str, Stage] = {}

    def on_stages(self, stages: Mapping[str, Stage]) -> None:
        self.stages.update(stages)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    pandas.DataFrame({"user": range(60), "amount": [n % 7 for n in range(60)]}).to_parquet(tmp_path / "events.parquet")
    pandas.DataFrame({"user": range(60), "country": ["a", "b", "c"] * 20}).to_parquet(tmp_path / "users.parquet")
    return tmp_path


def drawn(folder: Path, frame: Frame) -> dict[str, Any]:
    """The picture of a frame's job over three partitions, before anything has run."""
    plans = job_of([("frame", frame)], known=())[0]
    recorder = Recorder()
    Engine(storage=str(folder / "storage"), partitions=3).run(plans, progress=False, control=recorder)
    return picture(
        [
            StageProgress(key, stage_title(stage), stage.tasks, reads=stage.reads, metrics={SKETCH: sketch(stage)})
            for key, stage in recorder.stages.items()
        ]
    )


def exchanges(found: dict[str, Any]) -> set[tuple[str, str, str]]:
    titles = {stage["key"]: stage["title"] for stage in found["stages"]}
    return {(titles[edge["from"]], edge["kind"], titles[edge["to"]]) for edge in found["edges"]}


def test_joins_and_groups(shop: Path) -> None:
    events, users = pd.read_parquet(shop / "events.parquet"), pd.read_parquet(shop / "users.parquet")
    found = drawn(shop, events[events.amount > 1].merge(users, on="user").groupby("country").sum()._frame)
    scan, final = "Scan events.parquet", "Aggregate by country"
    joined = "Scan users.parquet · Join on user · Partial aggregate by country"
    assert [stage["title"] for stage in found["stages"]] == [scan, joined, final]
    assert [stage["tasks"] for stage in found["stages"]] == [3, 3, 3]
    assert exchanges(found) == {(scan, "broadcast", joined), (joined, "hash", final)}
    assert found["edges"][0]["bytes"] is None
    operators = found["stages"][1]["operators"]
    assert operators[0].startswith("Scan parquet ")
    assert operators[-1].startswith("Partial aggregate by (country): ")


def test_scalars_and_ordered_writes(shop: Path) -> None:
    events = pd.read_parquet(shop / "events.parquet")
    above = events[events.amount > events.amount.mean()].sort_values("user")
    found = drawn(shop, above.to_parquet(shop / "out", compute=False).as_frame())
    assert exchanges(found) == {
        ("Scan events.parquet · Partial aggregate", "gather", "Aggregate"),
        ("Scan events.parquet", "keep", "Range by user"),
        ("Range by user", "range", "Sort · Write"),
    }


def test_long_operators_are_cut(shop: Path) -> None:
    users = pd.read_parquet(shop / "users.parquet")
    found = drawn(shop, users[users.country == "x" * 5000]._frame)
    assert max(len(line) for stage in found["stages"] for line in stage["operators"]) == 401


def test_progress_is_told_of_nodes_and_of_the_edges_after_them() -> None:
    reads = {"kind": "hash", "operators": [], "reads": {"a": None, "b": "broadcast"}}
    start = {"kind": "gather", "operators": ["Scan"], "reads": {}}
    found = picture(
        [
            StageProgress("a", "A", 2, done=2, rows=10, bytes=80, metrics={SKETCH: start, "bytes_exchanged": 64}),
            StageProgress("b", "B", 1, metrics={SKETCH: start}),
            StageProgress("c", "C", 4, metrics={SKETCH: reads}),
        ]
    )
    assert found["stages"][0] == {
        "key": "a", "title": "A", "operators": ["Scan"], "kind": "gather", "tasks": 2, "rows": 10, "bytes": 80,
    }  # fmt: skip
    assert found["edges"] == [
        {"from": "a", "to": "c", "kind": "gather", "bytes": 64},
        {"from": "b", "to": "c", "kind": "broadcast", "bytes": None},
    ]
