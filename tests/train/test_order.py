"""The order of samples, without any data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigframe.train.order import LANES, PIECE_ROWS, batch_bounds, deal, shard_order

SHUFFLES = [False, True, "window"]
blocks = st.lists(st.integers(0, 12_000), min_size=1, max_size=12)


def epoch_rows(batch_rows, shuffle, world, *, window=1000, seed=0, epoch=0):
    """Rows of every rank, read window by window."""
    ranks = []
    for rank in range(world):
        order = shard_order(np.array(batch_rows), shuffle, seed, epoch, rank, world)
        parts = [order.window(a, min(a + window, order.rows)) for a in range(0, order.rows, window)]
        ranks.append(np.concatenate([np.empty(0, np.int64), *parts]))
    return ranks


@pytest.mark.parametrize("shuffle", SHUFFLES)
@settings(deadline=None, max_examples=40)
@given(batch_rows=blocks, world=st.integers(1, 5), window=st.integers(100, 9000))
def test_ranks_together_read_every_row_once(shuffle, batch_rows, world, window):
    ranks = epoch_rows(batch_rows, shuffle, world, window=window)
    assert sorted(np.concatenate(ranks)) == list(range(sum(batch_rows)))
    sizes = [len(rows) for rows in ranks]
    assert max(sizes) - min(sizes) <= 1


def test_unshuffled_ranks_are_contiguous():
    assert [rows.tolist() for rows in epoch_rows([2, 5], False, 3)] == [[0, 1], [2, 3], [4, 5, 6]]


@pytest.mark.parametrize("shuffle", [True, "window"])
def test_order_depends_on_seed_and_epoch_and_on_nothing_else(shuffle):
    (first,) = epoch_rows([5000, 7000], shuffle, 1)
    assert np.array_equal(first, epoch_rows([5000, 7000], shuffle, 1)[0])
    assert not np.array_equal(first, epoch_rows([5000, 7000], shuffle, 1, epoch=1)[0])
    assert not np.array_equal(first, epoch_rows([5000, 7000], shuffle, 1, seed=1)[0])
    # A seed and an epoch are two numbers, not their sum.
    assert not np.array_equal(
        epoch_rows([5000, 7000], shuffle, 1, seed=1)[0], epoch_rows([5000, 7000], shuffle, 1, epoch=1)[0]
    )


def test_full_shuffle_of_all_ranks_is_one_permutation_whatever_the_world():
    (alone,) = epoch_rows([100, 23], True, 1)
    assert np.array_equal(alone, np.concatenate(epoch_rows([100, 23], True, 3)))


def test_a_window_mixes_rows_of_distant_places():
    total = 40 * PIECE_ROWS * LANES
    order = shard_order(np.array([total // 8] * 8), "window", 0, 0, 0, 1)
    window = order.window(0, 65_536)
    eighth, counts = np.unique(window // (total // 8), return_counts=True)
    assert eighth.tolist() == list(range(8))
    assert counts.tolist() == [65_536 // 8] * 8
    # Neighbours in a shuffled window come from different pieces: 16 pieces leave 1 in 16 by chance.
    assert np.mean(window[1:] // PIECE_ROWS == window[:-1] // PIECE_ROWS) == pytest.approx(1 / 16, abs=0.01)


def test_window_shuffle_is_uniform_enough_within_a_window():
    ranks = [epoch_rows([1000], "window", 1, seed=seed)[0] for seed in range(400)]
    first = np.array([rows[0] for rows in ranks])
    # The mean of 400 uniform draws below 1,000 has a standard deviation of 14.4.
    assert abs(first.mean() - 499.5) < 4 * 14.4


def test_deal_takes_from_every_lane_in_turn():
    assert deal(7, 3).tolist() == [0, 3, 6, 1, 4, 2, 5]
    assert deal(2, 16).tolist() == [0, 1]
    assert deal(0, 16).tolist() == []


@given(total=st.integers(0, 5000), world=st.integers(1, 9), batch_size=st.integers(1, 64), drop_last=st.booleans())
def test_batches_cover_every_rank_with_equal_step_counts(total, world, batch_size, drop_last):
    steps, covered = [], 0
    for rank in range(world):
        bounds = batch_bounds(total, rank, world, batch_size, drop_last=drop_last)
        sizes = np.diff(bounds)
        assert bounds[0] == 0
        assert all(0 < size <= batch_size for size in sizes)
        steps.append(len(sizes))
        covered += int(bounds[-1])
    if drop_last:
        assert len(set(steps)) == 1
        assert total - covered < world * batch_size
        assert covered % batch_size == 0
    else:
        assert covered == total
        if min(total // world, batch_size - 1) > 0:
            assert set(steps) == {math.ceil(math.ceil(total / world) / batch_size)}


def test_a_rank_short_of_one_row_gives_its_neighbour_no_wait():
    assert batch_bounds(17, 0, 2, 8, drop_last=False).tolist() == [0, 7, 8]
    assert batch_bounds(17, 1, 2, 8, drop_last=False).tolist() == [0, 8, 9]
    assert batch_bounds(1, 0, 2, 8, drop_last=False).tolist() == [0]
    assert batch_bounds(1, 1, 2, 8, drop_last=False).tolist() == [0, 1]
