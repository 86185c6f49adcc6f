"""Candidate pairs against the definition in plain Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kernels.text.candidates import candidate_pairs

ENTRIES = st.lists(st.tuples(st.integers(0, 6) | st.integers(2**63, 2**63 + 2), st.integers(-5, 30)), max_size=40)


def pairs(entries: list[tuple[int, int]], leaders: int) -> list[tuple[int, int]]:
    entries = sorted(entries)
    keys = np.array([key for key, _ in entries], dtype=np.uint64)
    ids = np.array([identifier for _, identifier in entries], dtype=np.int64)
    a, b = candidate_pairs(keys, ids, leaders=leaders)
    assert (str(a.dtype), str(b.dtype)) == ("int64", "int64")
    return list(zip(a.tolist(), b.tolist(), strict=True))


@settings(deadline=None)
@given(entries=ENTRIES, leaders=st.integers(1, 9))
def test_every_member_meets_the_first_members_of_its_bucket(entries: list[tuple[int, int]], leaders: int) -> None:
    expected = set()
    for bucket in {key for key, _ in entries}:
        members = sorted(identifier for key, identifier in entries if key == bucket)
        expected |= {(a, b) for i, a in enumerate(members[:leaders]) for b in members[i + 1 :] if a != b}
    assert pairs(entries, leaders) == sorted(expected)


def test_the_number_of_pairs_is_linear_in_a_large_bucket() -> None:
    assert len(pairs([(7, i) for i in range(10_000)], leaders=8)) == 8 * 10_000 - (1 + 2 + 3 + 4 + 5 + 6 + 7 + 8)


def test_a_bucket_up_to_the_leaders_and_one_more_gives_all_pairs() -> None:
    assert len(pairs([(7, i) for i in range(9)], leaders=8)) == 9 * 8 // 2


def test_entries_out_of_order_and_wrong_parameters_are_errors() -> None:
    keys = np.array([1, 1, 2], dtype=np.uint64)
    with pytest.raises(ValueError, match="keys must be ascending, and ids ascending among equal keys"):
        candidate_pairs(keys[::-1], np.array([1, 2, 3]))
    with pytest.raises(ValueError, match="keys must be ascending, and ids ascending among equal keys"):
        candidate_pairs(keys, np.array([2, 1, 3]))
    with pytest.raises(ValueError, match="every key needs an id, got 3 keys and 2 ids"):
        candidate_pairs(keys, np.array([1, 2]))
    with pytest.raises(ValueError, match="leaders must be at least 1, got 0"):
        candidate_pairs(keys, np.array([1, 2, 3]), leaders=0)
