"""Connected components against repeated relabelling in plain Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kernels.text.components import connected_components, merge

IDS = st.integers(-(2**63), 2**63 - 1) | st.integers(0, 12)
EDGES = st.lists(st.tuples(IDS, IDS), max_size=25)


def ends(edges: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    return a, b


def smallest_reachable(edges: list[tuple[int, int]]) -> dict[int, int]:
    root = {node: node for edge in edges for node in edge}
    changed = True
    while changed:
        changed = False
        for a, b in edges:
            low = min(root[a], root[b])
            changed |= root[a] != low or root[b] != low
            root[a] = root[b] = low
    return dict(sorted(root.items()))


@settings(deadline=None)
@given(edges=EDGES)
def test_root_is_the_smallest_id_that_can_be_reached(edges: list[tuple[int, int]]) -> None:
    nodes, roots = connected_components(*ends(edges))
    assert (str(nodes.dtype), str(roots.dtype)) == ("int64", "int64")
    assert nodes.tolist() == sorted({node for edge in edges for node in edge})
    assert dict(zip(nodes.tolist(), roots.tolist(), strict=True)) == smallest_reachable(edges)


@settings(deadline=None)
@given(parts=st.lists(EDGES, max_size=5))
def test_merging_in_any_grouping_gives_the_whole_graph(parts: list[list[tuple[int, int]]]) -> None:
    whole = connected_components(*ends([edge for part in parts for edge in part]))
    forests = [connected_components(*ends(part)) for part in parts]
    for merged in (merge(forests), merge([merge(forests[:2]), merge(forests[2:])]), merge(reversed(forests))):
        np.testing.assert_array_equal(merged.nodes, whole.nodes)
        np.testing.assert_array_equal(merged.roots, whole.roots)


@pytest.mark.parametrize("order", ["ascending", "shuffled", "zigzag"])
def test_a_long_path_is_one_component(order: str) -> None:
    path = np.arange(50_000)
    if order == "shuffled":
        path = np.random.default_rng(0).permutation(path)
    elif order == "zigzag":
        path = np.stack([path[:25_000], path[:24_999:-1]], axis=1).ravel()
    nodes, roots = connected_components(path[:-1], path[1:])
    assert nodes.tolist() == list(range(50_000))
    assert not roots.any()


def test_no_forests_and_no_edges() -> None:
    for forest in (merge([]), connected_components(np.empty(0, np.int64), np.empty(0, np.int64))):
        assert [part.tolist() for part in forest] == [[], []]


def test_an_edge_with_one_end_is_an_error() -> None:
    with pytest.raises(ValueError, match="edges need two ends each, got 2 and 1"):
        connected_components(np.array([1, 2]), np.array([3]))
