"""Rows that pass in runs: all of them, in order, counted, and fairly sampled."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.exec.batches import Passing, in_runs, query_batches


@pytest.mark.parametrize("rows", [0, 1, 300_000])
def test_a_query_gives_its_rows_in_order(rows: int) -> None:
    frame = pl.DataFrame(
        {"a": pl.Series(range(rows), dtype=pl.Int64), "b": ["x"] * rows}, schema_overrides={"b": pl.String}
    )
    batches = list(query_batches(frame.lazy().with_columns(pl.col("a") * 2)))
    assert batches
    assert pl.concat(batches).equals(frame.with_columns(pl.col("a") * 2))


def test_what_a_query_raises_comes_out() -> None:
    def fail(batch: pl.DataFrame) -> pl.DataFrame:
        raise KeyError("price")

    with pytest.raises(KeyError, match="price"):
        list(query_batches(pl.LazyFrame({"a": [1]}).map_batches(fail, streamable=True)))


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(1, 400))
def test_runs_hold_the_same_rows_and_are_small(heights: list[int], size: int) -> None:
    rows = pl.DataFrame({"a": pl.Series(range(sum(heights)), dtype=pl.Int64)})
    ends = [sum(heights[: number + 1]) for number in range(len(heights))]
    batches = [rows[end - height : end] for end, height in zip(ends, heights, strict=True)]
    runs = list(in_runs(batches, size))
    assert (pl.concat(runs) if runs else rows[:0]).equals(rows)
    # A row takes 8 bytes: a run ends with the batch, or the piece of one, that makes it large enough.
    assert all(run.height * 8 < 2 * size + 8 for run in runs)


def test_passing_counts_rows_and_bytes() -> None:
    passing = Passing()
    assert [run.height for run in passing.through([pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [3]})])] == [2, 1]
    assert (passing.rows, passing.bytes, passing.sample) == (3, 24, [])


def test_a_few_rows_are_all_sampled() -> None:
    passing = Passing("a")
    list(passing.through([pl.DataFrame({"a": [3, None, 1]}), pl.DataFrame({"a": pl.Series([None], dtype=pl.Int64)})]))
    assert passing.sample == [1, 3]


def test_runs_are_sampled_by_their_rows() -> None:
    passing = Passing("a")
    low, high = pl.DataFrame({"a": range(9000)}), pl.DataFrame({"a": range(9000, 10_000)})
    list(passing.through([low, high]))
    assert len(passing.sample) == 200
    assert sum(value < 9000 for value in passing.sample) == 180


def test_times_are_sampled_as_whole_numbers() -> None:
    passing = Passing("t")
    list(passing.through([pl.DataFrame({"t": [dt.datetime(1970, 1, 2)]})]))
    assert passing.sample == [86_400_000_000]
