"""Rows that files keep together are grouped where they are; where files do not say so, they are exchanged."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bigframe as pd

ROWS = 1_200
FILES = 3


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pd.Session]:
    with pd.Session(storage=str(tmp_path_factory.mktemp("storage")), partitions=FILES) as opened, pd.using(opened):
        yield opened


def rows() -> pandas.DataFrame:
    numbers = np.arange(ROWS)
    return pandas.DataFrame(
        {
            "order": numbers // 4,
            "line": numbers * 7919 % 5,
            "value": numbers * 31 % 101 * 0.5,
            "day": pandas.Timestamp("2026-01-01") + pandas.to_timedelta(numbers // 40, unit="D"),
        }
    )


def written(folder: Path, frame: pandas.DataFrame, cuts: tuple[int, ...] = (400, 800)) -> pd.DataFrame:
    folder.mkdir()
    for number, (start, stop) in enumerate(zip((0, *cuts), (*cuts, len(frame)), strict=True)):
        part = pa.Table.from_pandas(frame.iloc[start:stop], preserve_index=False)
        pq.write_table(part, folder / f"{number}.parquet", row_group_size=20)
    return pd.read_parquet(str(folder))


def kinds(session: pd.Session) -> list[str]:
    """How the stages of the last job handed over their rows."""
    assert session.engine.last is not None
    return [run.stage.output.kind for run in session.engine.last.stages.values()]


def by_order(frame: pandas.DataFrame) -> pandas.DataFrame:
    return frame.groupby("order", as_index=False).agg(total=("value", "sum"), lines=("line", "nunique"))


def by_two_keys(frame: pandas.DataFrame) -> pandas.DataFrame:
    return frame.groupby(["line", "day"], as_index=False).value.median()


def after_a_join(frame: pandas.DataFrame) -> pandas.DataFrame:
    names = frame[["line"]].drop_duplicates().assign(name="line")
    kept = frame[frame.value > 10].rename(columns={"order": "number"}).merge(names, on="line")
    return kept.groupby("number", as_index=False).agg(first=("day", "first"), size=("name", "size"))


def by_order_again(frame: pandas.DataFrame) -> pandas.DataFrame:
    return by_order(frame).groupby("order", as_index=False).total.max()


@pytest.mark.parametrize("query", [by_order, by_two_keys, by_order_again, after_a_join])
def test_rows_of_disjoint_files_are_grouped_where_they_are(
    session: pd.Session, tmp_path: Path, query: Callable[[pandas.DataFrame], pandas.DataFrame]
) -> None:
    found = query(written(tmp_path / "rows", rows())).to_pandas()  # type: ignore[arg-type, operator]
    pandas.testing.assert_frame_equal(found, query(rows()))
    assert kinds(session).count("hash") == (1 if query is after_a_join else 0)


def test_windows_over_groups_stay_where_they_are(session: pd.Session, tmp_path: Path) -> None:
    frame = written(tmp_path / "rows", rows())
    found = (frame.value - frame.groupby("order").value.shift()).to_pandas()
    expected = rows().value - rows().groupby("order").value.shift()
    pandas.testing.assert_series_equal(found, expected)
    assert "hash" not in kinds(session)


def test_folders_of_a_value_each_are_grouped_where_they_are(session: pd.Session, tmp_path: Path) -> None:
    frame = rows().assign(part=lambda f: f.order // 100)
    for part, group in frame.groupby("part"):
        folder = tmp_path / "rows" / f"part={part}"
        folder.mkdir(parents=True)
        pq.write_table(pa.Table.from_pandas(group.drop(columns="part"), preserve_index=False), folder / "0.parquet")
    found = pd.read_parquet(str(tmp_path / "rows")).groupby("part").line.nunique().to_pandas()
    assert found.astype("int64").to_dict() == frame.groupby("part").line.nunique().to_dict()
    assert "hash" not in kinds(session)


def touching() -> tuple[pandas.DataFrame, tuple[int, ...]]:
    """An order in two files."""
    return rows().assign(order=lambda frame: (frame.index + 2) // 4), (400, 800)


def missing() -> tuple[pandas.DataFrame, tuple[int, ...]]:
    """Orders without a number in each file: they are one group."""
    frame = rows()
    frame["order"] = frame.order.where(frame.index % 50 != 0)
    return frame, (400, 800)


def out_of_order() -> tuple[pandas.DataFrame, tuple[int, ...]]:
    return rows().sort_values("line", kind="stable", ignore_index=True), (400, 800)


@pytest.mark.parametrize("case", [touching, missing, out_of_order])
def test_rows_that_may_be_in_two_files_meet_first(
    session: pd.Session, tmp_path: Path, case: Callable[[], tuple[pandas.DataFrame, tuple[int, ...]]]
) -> None:
    frame, cuts = case()
    found = written(tmp_path / "rows", frame, cuts).groupby("order", dropna=False).value.sum().to_pandas()
    pandas.testing.assert_series_equal(found, frame.groupby("order", dropna=False).value.sum())
    assert "hash" in kinds(session)


def exchanged_first(session: pd.Session) -> str:
    """How rows first changed places: those of a table to be joined, or those of groups."""
    return next(kind for kind in kinds(session) if kind in ("gather", "hash"))


@pytest.fixture
def joined_by_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of any size, where only large ones are worth the files' bounds."""
    monkeypatch.setattr("engine.planner.matchings.INLINE_BYTES", 0)


def orders() -> pandas.DataFrame:
    """Every second order of the rows, and as many that have none."""
    numbers = np.arange(0, ROWS // 2, 2)
    return pandas.DataFrame({"order": numbers, "customer": numbers * 31 % 7})


HOWS = ["inner", "left", "isin", "not isin"]


def matched(lines: pandas.DataFrame, tops: pandas.DataFrame, how: str) -> pandas.DataFrame:
    """Sums over rows that two tables have in common, or one lacks: in no order, so that rows may be anywhere."""
    tops = tops[tops.customer != 3]
    if how.endswith("isin"):
        known = lines.order.isin(tops.order)
        kept = lines[~known if how.startswith("not") else known].assign(customer=1)
    else:
        kept = lines.merge(tops, on="order", how=how)
    return kept.groupby("line", as_index=False).agg(
        total=("value", "sum"), top=("customer", "max"), rows=("value", "size")
    )


@pytest.mark.usefixtures("joined_by_zone")
@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("cuts", [(100, 200), (55, 190)])
def test_tables_in_the_order_of_a_key_are_joined_where_they_are(
    session: pd.Session, tmp_path: Path, how: str, cuts: tuple[int, ...]
) -> None:
    lines, tops = written(tmp_path / "lines", rows()), written(tmp_path / "tops", orders(), cuts)
    found = matched(lines, tops, how).to_pandas()  # type: ignore[arg-type, operator]
    pandas.testing.assert_frame_equal(found, matched(rows(), orders(), how), check_dtype=how != "left")
    assert exchanged_first(session) == "hash"


@pytest.mark.usefixtures("joined_by_zone")
@pytest.mark.parametrize("how", HOWS)
def test_keys_that_are_missing_still_meet(session: pd.Session, tmp_path: Path, how: str) -> None:
    lines, tops = rows(), orders()
    lines["order"] = lines.order.where(lines.index % 50 != 0)
    tops["order"] = tops.order.where(tops.index % 90 != 0)
    read = written(tmp_path / "lines", lines), written(tmp_path / "tops", tops, (100, 200))
    found = matched(*read, how).to_pandas()  # type: ignore[arg-type, operator]
    pandas.testing.assert_frame_equal(found, matched(lines, tops, how), check_dtype=how != "left")


@pytest.mark.usefixtures("joined_by_zone")
def test_a_table_is_joined_with_itself(session: pd.Session, tmp_path: Path) -> None:
    def query(frame: pandas.DataFrame) -> pandas.DataFrame:
        low = frame[frame.value < 20].rename(columns={"value": "low"})[["order", "low"]]
        return (
            frame.merge(low, on="order").groupby("line", as_index=False).agg(low=("low", "sum"), value=("value", "sum"))
        )

    found = query(written(tmp_path / "rows", rows())).to_pandas()  # type: ignore[arg-type, operator]
    pandas.testing.assert_frame_equal(found, query(rows()))


@pytest.mark.usefixtures("joined_by_zone")
def test_a_table_of_which_each_task_would_read_all_is_exchanged(session: pd.Session, tmp_path: Path) -> None:
    mixed = orders().sort_values("customer", kind="stable", ignore_index=True)
    read = written(tmp_path / "lines", rows()), written(tmp_path / "tops", mixed, (100, 200))
    found = matched(*read, "inner").to_pandas()  # type: ignore[arg-type, operator]
    pandas.testing.assert_frame_equal(found, matched(rows(), mixed, "inner"))
    assert exchanged_first(session) == "gather"
