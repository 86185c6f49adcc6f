"""What dtypes and footers say of missing values is not asked of the rows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import bigframe
from bigframe.ids import stem
from bigframe.ops.base import Column
from bigframe.ops.missing import NotNull
from bigframe.ops.reductions import AnyMissing, Count, Size
from bigframe.plan.catalog import Aggregate, Join, Plan, Scan, Slice
from bigframe.tree import walk
from engine.datasets import Datasets
from engine.optimizer.pipeline import optimize
from engine.optimizer.presence import present_columns


@pytest.fixture
def visits(tmp_path: Path) -> bigframe.DataFrame:
    """``who`` and ``at`` are complete, ``note`` has a hole, and nobody knows whether ``paid`` has NaN."""
    at = pd.date_range("2026-01-01", periods=6, freq="200D")
    table = pd.DataFrame(
        {
            "who": list("abcabc"),
            "at": at,
            "note": ["x", None, "y", "x", "y", "x"],
            "paid": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "shop": [1, 2, 1, 2, 1, 2],
        }
    )
    table.to_parquet(tmp_path / "visits.parquet")
    return bigframe.read_parquet(tmp_path / "visits.parquet")


def optimized(frame: bigframe.DataFrame) -> Plan:
    return optimize((frame._frame.plan(),), facts=Datasets())[0]


def checks(plan: Plan) -> list[str]:
    """The columns that are tested for missing values."""
    return sorted(stem(node.operand.id) for node in walk(plan) if isinstance(node, NotNull))


def test_what_footers_say_is_known_of_a_scan(visits: bigframe.DataFrame) -> None:
    (scan,) = (node for node in walk(visits._frame.plan()) if isinstance(node, Scan))
    present = present_columns((scan,), Datasets())[scan]
    assert {name for id, name, _ in scan.fields if id in present} == {"who", "at", "shop"}


def test_groups_test_only_keys_that_may_be_missing(visits: bigframe.DataFrame) -> None:
    by_all = visits.groupby(["who", "note", "shop"], as_index=False).agg(paid=("paid", "sum"))
    assert checks(optimized(by_all)) == ["note"]
    assert by_all.to_pandas().paid.tolist() == [1.0, 4.0, 5.0, 6.0, 3.0]


def test_a_year_is_there_where_the_time_is(visits: bigframe.DataFrame) -> None:
    yearly = visits.assign(year=visits["at"].dt.year).groupby("year", as_index=False).agg(paid=("paid", "sum"))
    assert checks(optimized(yearly)) == []
    result = yearly.to_pandas()
    assert (str(result.year.dtype), result.year.tolist(), result.paid.tolist()) == (
        "int32",
        [2026, 2027, 2028],
        [3.0, 7.0, 11.0],
    )


def test_whether_a_value_is_missing_is_found_out_of_no_rows(visits: bigframe.DataFrame) -> None:
    years = visits.assign(year=visits["at"].dt.year)[["year", "paid"]]._frame
    year, paid = years.ids
    asked = [Aggregate(years.plan(), (), (("missing", AnyMissing(Column(id))),)) for id in (year, paid)]
    of_year, of_paid = optimize(tuple(asked), facts=Datasets())
    assert [node.length for node in walk(of_year) if isinstance(node, Slice)] == [0]
    assert not any(isinstance(node, Slice) for node in walk(of_paid))
    result = visits.assign(year=visits["at"].dt.year)[["year"]].to_pandas()
    assert (str(result.year.dtype), result.year.tolist()) == ("int32", [2026, 2026, 2027, 2027, 2028, 2028])


def test_values_that_are_all_there_are_counted_as_rows(visits: bigframe.DataFrame) -> None:
    counts = visits.groupby("shop", as_index=False).agg(who=("who", "count"), note=("note", "count"))
    plan = optimized(counts)
    (grouped,) = (node for node in walk(plan) if isinstance(node, Aggregate))
    assert [type(expr) for _, expr in grouped.aggregates] == [Size, Count]
    (scan,) = (node for node in walk(plan) if isinstance(node, Scan))
    assert {name for _, name, _ in scan.fields} == {"shop", "note"}
    assert counts.to_pandas().to_dict("list") == {"shop": [1, 2], "who": [3, 3], "note": [3, 2]}


def test_a_join_that_adds_holes_keeps_the_test(visits: bigframe.DataFrame) -> None:
    first = visits[(visits.who == "a") & (visits.shop == 1)][["who", "shop"]]
    joined = visits.merge(
        first.rename(columns={"who": "other", "shop": "id"}), how="left", left_on="shop", right_on="id"
    )
    grouped = joined.groupby("other", as_index=False).agg(visits=("who", "count"))
    assert checks(optimized(grouped)) == ["who"]  # of ``first``, which is called other now
    assert grouped.to_pandas().to_dict("list") == {"other": ["a"], "visits": [3]}


def test_equal_inputs_stay_one(visits: bigframe.DataFrame) -> None:
    """A group-by tests its keys for missing values; without that test both readers of the join read the same one."""
    joined = visits.merge(visits[["shop", "who"]].drop_duplicates(), on="shop", suffixes=("", "_of_shop"))
    least = joined.groupby("who", as_index=False).agg(least=("paid", "min"))
    both = joined.merge(least, on="who")
    plan = optimized(both)
    inner = {node.digest for node in walk(plan) if isinstance(node, Join) and stem(node.left_on[0]) == "shop"}
    assert len(inner) == 1
