"""What nobody observes is not computed: columns, row order, row numbers. What somebody observes is exactly pandas'."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas
import pytest

import bigframe as pd
from bigframe.plan.catalog import Distinct, Join, Number, Plan, Scan, Sort
from bigframe.tree import walk
from engine.datasets import Datasets
from engine.optimizer.pipeline import optimize

LEFT = pandas.DataFrame({"k": [3, 1, 2, 3, 1, 9], "v": [6, 5, 4, 3, 2, 1], "t": ["f", "e", "d", "c", "b", "a"]})
RIGHT = pandas.DataFrame({"k": [1, 3, 3, 2, 7], "w": [10, 30, 31, 20, 70]})


@pytest.fixture(params=[1, 3], ids=["one", "three"])
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    for name, table in (("left", LEFT), ("right", RIGHT)):
        table.to_parquet(tmp_path / f"{name}.parquet", row_group_size=2)
    with pd.connect(partitions=request.param):
        yield pd.read_parquet(tmp_path / "left.parquet"), pd.read_parquet(tmp_path / "right.parquet")


def optimized(lazy: Any) -> list[Plan]:
    frame = lazy.as_frame() if isinstance(lazy, pd.LazyScalar) else lazy._frame
    plans = optimize((frame.plan(),), facts=Datasets())
    return [node for node in walk(*plans) if isinstance(node, Plan)]


def concat(frames: list[Any]) -> Any:
    return (pandas if isinstance(frames[0], pandas.DataFrame) else pd).concat(frames)


def counts_order(node: Plan) -> bool:
    """Whether a node costs something because somebody sees the order or the number of rows."""
    match node:
        case Sort() | Number():
            return True
        case Join():
            return node.ordered
        case Scan():
            return node.position is not None
        case Distinct():
            return node.keep in ("first", "last")
    return False


UNOBSERVED: dict[str, Callable[[Any, Any], Any]] = {
    "a sum": lambda left, right: left.v.sum(),
    "a sum of sorted rows": lambda left, right: left.sort_values("t").v.sum(),
    "a filter, then a mean": lambda left, right: left[left.v > 2].v.mean(),
    "a count of distinct rows": lambda left, right: left.drop_duplicates("k").k.count(),
    "a merge, then a sum": lambda left, right: left.merge(right, on="k").w.sum(),
    "a left merge, then a maximum": lambda left, right: left.merge(right, on="k", how="left").w.max(),
    "a sorted merge, then a maximum": lambda left, right: left.merge(right, on="k").sort_values("w").w.max(),
    "a reset index, then a minimum": lambda left, right: left.sort_values("t").reset_index(drop=True).v.min(),
    "a concatenation, then a sum": lambda left, right: concat([left.sort_values("v"), left[left.v > 1]]).v.sum(),
    "isin of sorted rows": lambda left, right: left[left.k.isin(right.sort_values("w").k)].v.sum(),
    "an index that is dropped": lambda left, right: left.set_index("t").v.sum(),
    "a derived column of filtered rows": lambda left, right: (left[left.v > 1].v * 2).sum(),
}


@pytest.mark.parametrize("make", UNOBSERVED.values(), ids=UNOBSERVED.keys())
def test_order_that_nobody_observes_is_not_computed(tables: tuple[Any, Any], make: Callable[[Any, Any], Any]) -> None:
    result = make(*tables)
    assert [node for node in optimized(result) if counts_order(node)] == []
    assert result.item() == make(LEFT, RIGHT)


GROUPED: dict[str, Callable[[Any, Any], Any]] = {
    "group-by of a merge": lambda left, right: left.merge(right, on="k").groupby("k").agg({"v": "sum", "w": "max"}),
    "group-by of sorted rows": lambda left, right: left.sort_values("t").groupby("k").v.sum(),
    "group-by of filtered rows": lambda left, right: left[left.v > 2].groupby("k").v.mean(),
}


@pytest.mark.parametrize("make", GROUPED.values(), ids=GROUPED.keys())
def test_only_the_groups_are_sorted(tables: tuple[Any, Any], make: Callable[[Any, Any], Any]) -> None:
    result = make(*tables)
    costly = [node for node in optimized(result) if counts_order(node)]
    assert [type(node) for node in costly] == [Sort]
    (sort,) = costly
    assert [key.partition("~")[0] for key, _, _ in sort.by] == ["k"]  # type: ignore[attr-defined]
    _same(result.to_pandas(), make(LEFT, RIGHT))


OBSERVED: dict[str, tuple[type[Plan], Callable[[Any, Any], Any]]] = {
    "rows of a filter": (Scan, lambda left, right: left[left.v > 2]),
    "rows of a sort": (Sort, lambda left, right: left.sort_values("t")),
    "rows of a merge": (Join, lambda left, right: left.merge(right, on="k")),
    "rows of a left merge": (Join, lambda left, right: left.merge(right, on="k", how="left")),
    "rows of a right merge": (Join, lambda left, right: left.merge(right, on="k", how="right")),
    "rows of an outer merge": (Sort, lambda left, right: left.merge(right, on="k", how="outer")),
    "the first rows of a merge": (Join, lambda left, right: left.merge(right, on="k").head(2)),
    "the last rows of a sort": (Sort, lambda left, right: left.sort_values("t").tail(2)),
    "the first row of each key": (Distinct, lambda left, right: left.drop_duplicates("k")),
    "the last row of each key": (Distinct, lambda left, right: left.drop_duplicates("k", keep="last")),
    "the first value of each group": (Sort, lambda left, right: left.sort_values("t").groupby("k").v.first()),
    "groups in order of appearance": (Sort, lambda left, right: left.groupby("k", sort=False).v.sum()),
    "a merge of sorted rows": (Sort, lambda left, right: left.sort_values("t").merge(right, on="k")),
    "the index as a column": (Scan, lambda left, right: left[left.v > 2].reset_index()),
    "rows by position": (Scan, lambda left, right: left.sort_values("v").iloc[1:3]),
    "a semi-join": (Join, lambda left, right: left[left.k.isin(right.k)]),
}


@pytest.mark.parametrize(("kind", "make"), OBSERVED.values(), ids=OBSERVED.keys())
def test_order_that_is_observed_is_pandas_order(
    tables: tuple[Any, Any], kind: type[Plan], make: Callable[[Any, Any], Any]
) -> None:
    result = make(*tables)
    assert kind in {type(node) for node in optimized(result) if counts_order(node)}
    _same(result.to_pandas(), make(LEFT, RIGHT))


def test_only_columns_that_are_observed_are_read(tables: tuple[Any, Any]) -> None:
    left, right = tables
    merged = left.assign(unused=left.v * 100).merge(right, on="k")
    scans = [node for node in optimized(merged.groupby("k").w.sum()) if isinstance(node, Scan)]
    assert sorted(tuple(name for _, name, _ in scan.fields) for scan in scans) == [("k",), ("k", "w")]


def test_explain_says_what_is_live(tables: tuple[Any, Any], capsys: pytest.CaptureFixture[str]) -> None:
    left, right = tables
    left.merge(right, on="k").groupby("k").w.sum().explain()
    optimised = capsys.readouterr().out.split("Optimised plan")[1].split("Stages")[0]
    assert optimised.count("index not observed") == len(optimised.strip().splitlines())
    assert [line.strip().split()[0] for line in optimised.splitlines() if "order live" in line] == ["Sort"]
    left[left.v > 2].explain()
    optimised = capsys.readouterr().out.split("Optimised plan")[1].split("Stages")[0]
    assert optimised.count("order live; index live") == len(optimised.strip().splitlines())


def _same(actual: Any, expected: Any) -> None:
    if isinstance(expected, pandas.Series):
        pandas.testing.assert_series_equal(actual, expected, check_index_type="equiv")
    else:
        pandas.testing.assert_frame_equal(actual, expected, check_index_type="equiv")
