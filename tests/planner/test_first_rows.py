"""Of a table in many parts that is asked for its first rows, no more parts are read than hold them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import bigframe as pd
from engine.driver import StageRun

FILES = 24
IN_FILE = 100

Question = Callable[[Any], Any]


@pytest.fixture(scope="module", params=["in process", pytest.param("dask", marks=pytest.mark.dask)])
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[pd.Session]:
    address = None if request.param == "in process" else "local"
    storage = str(tmp_path_factory.mktemp("storage"))
    with pd.Session(address, workers=2, storage=storage, partitions=FILES) as opened, pd.using(opened):
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("table")
    for number in range(FILES):
        rows = np.arange(IN_FILE * number, IN_FILE * (number + 1))
        part = pandas.DataFrame({"row": rows, "scattered": rows * 7919 % 101})
        part.to_parquet(place / f"{number:03}.parquet")
    return place


def first_stage(session: pd.Session) -> StageRun:
    assert session.engine.last is not None
    return next(iter(session.engine.last.stages.values()))


def asked(folder: Path, question: Question) -> None:
    """Assert that bigframe answers as pandas does."""
    whole = pandas.concat([pandas.read_parquet(file) for file in sorted(folder.iterdir())], ignore_index=True)
    pandas.testing.assert_frame_equal(question(pd.read_parquet(str(folder))).to_pandas(), question(whole))


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        pytest.param(lambda t: t[t.scattered > 50].head(7), 1, id="in the first part"),
        pytest.param(lambda t: t[t.scattered > 50].iloc[60:70], 2, id="a slice in the second part"),
        pytest.param(lambda t: t[t.row % 7 == 3].head(100), 7, id="in the first seven parts"),
        pytest.param(lambda t: t[t.scattered > 500].head(), FILES, id="nowhere"),
        pytest.param(lambda t: t[t.scattered > 50].head(0), 1, id="no rows"),
        pytest.param(lambda t: t[t.row >= IN_FILE * FILES - 2].head(1), FILES, id="in the last part"),
        pytest.param(lambda t: t[t.scattered > 50].tail(3), FILES, id="the last rows"),
        pytest.param(lambda t: t[t.scattered > 50].sort_values(["scattered", "row"]).head(4), FILES, id="of an order"),
    ],
)
def test_parts_are_read_until_there_are_enough_rows(
    session: pd.Session, folder: Path, question: Question, parts: int
) -> None:
    asked(folder, question)
    run = first_stage(session)
    ran = session.engine.runner.slots
    while ran < parts:
        ran *= 2  # as many again as have run
    assert run.tasks == min(ran, FILES)


def test_what_comes_after_sees_no_other_rows(session: pd.Session, folder: Path) -> None:
    def question(table: Any) -> Any:
        some = table[table.scattered > 50].head(120)
        return some.merge(some.groupby("scattered", as_index=False).agg(rows=("row", "size")), on="scattered")

    asked(folder, question)


def test_all_rows_are_read_again_for_those_who_ask_for_all(session: pd.Session, folder: Path) -> None:
    kept = pd.read_parquet(str(folder))
    kept = kept[kept.scattered > 50]
    few, all_of_them = pd.compute(kept.head(5), kept.scattered.sum())
    whole = pandas.concat([pandas.read_parquet(file) for file in sorted(folder.iterdir())], ignore_index=True)
    whole = whole[whole.scattered > 50]
    pandas.testing.assert_frame_equal(few, whole.head(5))
    assert all_of_them == whole.scattered.sum()


def test_the_plan_says_so(session: pd.Session, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = pd.read_parquet(str(folder))
    told = str(table[table.scattered > 50].head(7).explain(analyze=True) or capsys.readouterr().out)
    assert f"{FILES} tasks → gather, until there are 7 rows" in told
    assert f"{session.engine.runner.slots} of {FILES} tasks, {7 * session.engine.runner.slots} rows" in told
