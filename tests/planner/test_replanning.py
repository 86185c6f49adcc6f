"""The rest of a job is planned again from what its stages really made, and its rows stay those of pandas."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bigframe as pd
from bigframe.tree import walk
from engine.control import Control
from engine.driver import StageRun
from engine.job import Engine
from engine.kernels.relational.leaves import Read
from engine.planner import facts
from engine.planner.stages import Share, Stage
from engine.sizing import Sizing

LIMIT = 1_000_000
"""Bytes of memory: a task has a quarter, and a table of at most a sixteenth goes to every task."""
ROWS = 120_000
KEYS = 40_000


def leaves(stage: Stage) -> list[Read]:
    """The exchanges that a stage reads."""
    return [node for branch in stage.branches for node in walk(branch.plan) if isinstance(node, Read)]


def reads(session: pd.Session) -> list[Read]:
    """The exchanges that the last stage reads."""
    return leaves(ran(session)[-1].stage)


def even() -> pandas.DataFrame:
    numbers = np.arange(ROWS)
    texts = [f"row {n:016d}" for n in numbers]
    return pandas.DataFrame({"k": numbers * 7919 % KEYS, "v": numbers * 31 % 1_000, "text": texts})


def hot() -> pandas.DataFrame:
    """Two rows in five have one key."""
    frame = even()
    frame.loc[frame.index % 5 < 2, "k"] = 7
    return frame


def unique() -> pandas.DataFrame:
    return pandas.DataFrame({"k": np.arange(KEYS), "name": [f"key {n:032d}" for n in range(KEYS)]})


@pytest.fixture(scope="module", params=["in process", pytest.param("dask", marks=pytest.mark.dask)])
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[pd.Session]:
    address = None if request.param == "in process" else "local"
    storage = str(tmp_path_factory.mktemp("storage"))
    with (
        pd.Session(address, workers=2, storage=storage) as opened,
        pd.using(opened),
        pytest.MonkeyPatch.context() as patch,
    ):
        # Set here, because processes need more memory than these tables are cut for.
        patch.setattr(opened.engine, "memory_limit", LIMIT)
        patch.setattr(Sizing, "apart", lambda *_: False)
        yield opened


class Tables:
    """The tables as Parquet files of small row groups whose bytes are those of their values."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.even, self.hot, self.unique = (self._read(frame) for frame in (even(), hot(), unique()))

    def _read(self, frame: pandas.DataFrame) -> pd.DataFrame:
        path = self._folder / f"{len(list(self._folder.iterdir()))}.parquet"
        rows = pa.Table.from_pandas(frame, preserve_index=False)
        pq.write_table(rows, path, row_group_size=5_000, use_dictionary=False)
        return pd.read_parquet(str(path))


@pytest.fixture(scope="module")
def tables(session: pd.Session, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return Tables(tmp_path_factory.mktemp("tables"))


def ran(session: pd.Session) -> list[StageRun]:
    assert session.engine.last is not None
    return list(session.engine.last.stages.values())


def kinds(session: pd.Session) -> list[str]:
    """How the stages before the last handed over their rows."""
    return [run.stage.output.kind for run in ran(session)][:-1]


def shares(session: pd.Session) -> list[Share]:
    """What the tasks of the last stage read of exchanges."""
    return [share for branch in ran(session)[-1].stage.branches for told in branch.reads.values() for share in told]


def test_a_side_that_came_out_small_goes_to_every_task_and_the_other_stays(session: pd.Session, tables: Tables) -> None:
    seldom = tables.unique[tables.unique.k % 100 + tables.unique.name.str.len() * 0 > 98]
    result = tables.even.merge(seldom, on="k").to_pandas()
    few = unique()[lambda frame: frame.k % 100 > 98]
    pandas.testing.assert_frame_equal(result, even().merge(few, on="k"))
    assert kinds(session) == ["hash"]
    assert ran(session)[0].rows == KEYS // 100
    assert all(read.everything for read in reads(session))


def test_a_side_that_came_out_large_is_divided_where_it_lies(session: pd.Session, tables: Tables) -> None:
    length = tables.unique.name.str.len()
    all_of_it = tables.unique[(length > 0) & (length > 1) & (length > 2) & (length > 3)]
    result = tables.even.merge(all_of_it, on="k", how="left").to_pandas()
    pandas.testing.assert_frame_equal(result, even().merge(unique(), on="k", how="left"))
    assert kinds(session)[:3] == ["gather", "hash", "hash"]
    gathered, again = (run.stage for run in ran(session)[:2])
    assert [node.stage for node in leaves(again)] == [gathered.key]


@pytest.mark.parametrize("how", ["inner", "left", "right", "outer"])
def test_a_hot_key_is_read_by_several_tasks_where_the_join_allows_it(
    session: pd.Session, tables: Tables, how: Literal["inner", "left", "right", "outer"]
) -> None:
    result = tables.hot.merge(tables.unique, on="k", how=how).to_pandas()
    pandas.testing.assert_frame_equal(result, hot().merge(unique(), on="k", how=how))
    pieces = [share for share in shares(session) if share.files is not None]
    assert (len({share.start for share in pieces}) == 1 and len(pieces) > 2) == (how in ("inner", "left"))


def test_partitions_that_came_out_small_are_read_together(session: pd.Session, tables: Tables) -> None:
    result = tables.even.groupby("k").v.median().to_pandas()
    pandas.testing.assert_series_equal(result, even().groupby("k").v.median())
    (exchange, last) = ran(session)
    assert last.stage.tasks < exchange.stage.output.partitions
    together = shares(session)
    assert [share.start for share in together[1:]] == [share.stop for share in together[:-1]]
    assert (together[0].start, together[-1].stop) == (0, exchange.stage.output.partitions)


def test_an_exchange_that_has_run_keeps_its_partitions(session: pd.Session, tables: Tables) -> None:
    result = tables.even.sort_values("text", ascending=False).iloc[10:].to_pandas()
    pandas.testing.assert_frame_equal(result, even().sort_values("text", ascending=False).iloc[10:])
    assert kinds(session) == ["sample", "range", "keep"]


def test_what_is_dear_to_compute_is_kept_while_its_order_is_sampled(session: pd.Session, tables: Tables) -> None:
    def query(frame: pandas.DataFrame) -> pandas.DataFrame:
        return frame.assign(text=frame.text.str.replace(r"\d$", "", regex=True)).sort_values("text").iloc[10:]

    pandas.testing.assert_frame_equal(query(tables.even).to_pandas(), query(even()))  # type: ignore[arg-type, operator]
    assert kinds(session) == ["keep", "range", "keep"]


@pytest.mark.parametrize("ascending", [True, False])
def test_a_key_is_sampled_by_itself(session: pd.Session, tables: Tables, ascending: bool) -> None:
    """With missing values, many equal ones and a filter."""

    def query(frame: pandas.DataFrame) -> pandas.DataFrame:
        some = frame[frame.v < 700].assign(w=lambda f: f.v.where(f.v % 3 > 0) * 0.5)
        return some.sort_values(["w", "k"], ascending=ascending)[["w", "k", "text"]]

    result = query(tables.even).to_pandas()  # type: ignore[arg-type, operator]
    pandas.testing.assert_frame_equal(result.iloc[:50], query(even()).iloc[:50])
    pandas.testing.assert_frame_equal(result[["w", "k"]], query(even())[["w", "k"]], check_like=True)


def test_a_join_reads_the_partitions_by_which_rows_were_grouped(session: pd.Session, tables: Tables) -> None:
    result = tables.even.groupby("k").v.median().reset_index().merge(tables.unique, on="k").to_pandas()
    pandas.testing.assert_frame_equal(result, even().groupby("k").v.median().reset_index().merge(unique(), on="k"))
    assert kinds(session) == ["hash", "hash"]
    grouped, joined = (run.stage.output.partitions for run in ran(session)[:-1])
    assert grouped == joined


class Stopped(Control):
    """An owner that is gone after so many finished tasks."""

    def __init__(self, tasks: int) -> None:
        self.left = tasks

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise ConnectionError("the cluster is gone")


def test_a_job_that_begins_again_decides_as_before(
    session: pd.Session, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "BRIEF_BYTES", 0)
    plan = (tables.hot.merge(tables.unique, on="k").groupby("name").v.median()._frame.plan(),)
    whole = session.engine.run(plan)
    expected = [run.stage.key for run in ran(session)]
    first, *others = (run.stage.tasks for run in ran(session)[:-1])
    for done in (1, first, first + 1, first + sum(others)):
        with pytest.raises(ConnectionError):
            session.engine.run(plan, control=Stopped(done))
        assert session.engine.run(plan)[0].equals(whole[0])
        assert [run.stage.key for run in ran(session)] == expected
        assert sum(run.reused for run in ran(session)) >= done


@pytest.mark.parametrize("partitions", [None, 2])
def test_what_is_undivided_is_planned_once(partitions: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[int] = []
    plan = Engine._planned

    def counted(self: Engine, *given: Any) -> Any:
        planned.append(1)
        return plan(self, *given)

    monkeypatch.setattr(Engine, "_planned", counted)
    rows = even()
    with pd.connect(partitions=partitions) as session:
        sums = pd.DataFrame(rows).groupby("k").v.sum()
        found = pd.concat([sums, sums * 2]).to_pandas()
        assert len(ran(session)) >= 2
    expected = rows.groupby("k").v.sum()
    pandas.testing.assert_series_equal(found, pandas.concat([expected, expected * 2]))
    assert (len(planned) == 1) == (partitions is None)
