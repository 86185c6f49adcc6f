"""Connected components of a graph of integer ids, in one step or merged from parts."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Int64Array = npt.NDArray[np.int64]


class Forest(NamedTuple):
    """The components of a graph.

    Attributes
    ----------
    nodes
        Every id that the graph has an edge of, ascending, int64.
    roots
        For each node the smallest id of its component, int64.
    """

    nodes: Int64Array
    roots: Int64Array


def connected_components(a: Int64Array, b: Int64Array) -> Forest:
    """Find the connected components of an undirected graph.

    Parameters
    ----------
    a, b
        The two ends of each edge, in any order; edges may repeat, and may join a node to itself.

    Returns
    -------
    Forest
        Each node with the smallest id of its component.

    Raises
    ------
    ValueError
        If the two arrays differ in length.

    Notes
    -----
    Every root is linked to the smallest root beside it and all paths are then shortened to length one (Shiloach and
    Vishkin 1982). In two rounds each component that is not complete joins another, so rounds number O(log nodes).

    Examples
    --------
    >>> connected_components(np.array([7, 5, 9]), np.array([5, 1, 8]))
    Forest(nodes=array([1, 5, 7, 8, 9]), roots=array([1, 1, 1, 8, 8]))
    """
    if len(a) != len(b):
        raise ValueError(f"edges need two ends each, got {len(a)} and {len(b)}")
    nodes, positions = np.unique(np.concatenate([a, b]).astype(np.int64), return_inverse=True)
    root = np.arange(len(nodes))
    one, other = positions[: len(a)], positions[len(a) :]
    while len(one):
        # An edge that lies within one component has done its work.
        apart = one != other
        one, other = one[apart], other[apart]
        np.minimum.at(root, np.maximum(one, other), np.minimum(one, other))
        shorter = root[root]
        while not np.array_equal(shorter, root):
            root, shorter = shorter, shorter[shorter]
        one, other = root[one], root[other]
    return Forest(nodes, nodes[root])


def merge(forests: Iterable[Forest]) -> Forest:
    """Join the components of parts of a graph.

    Parameters
    ----------
    forests
        The components of each part, from `connected_components` or `merge`. Merging in any grouping gives the same
        result, so a tree reduction can merge as parts arrive.

    Returns
    -------
    Forest
        The components of the whole graph.

    Examples
    --------
    >>> parts = [connected_components(np.array([1]), np.array([2])), connected_components(np.array([2]), np.array([3]))]
    >>> merge(parts)
    Forest(nodes=array([1, 2, 3]), roots=array([1, 1, 1]))
    """
    none = np.empty(0, dtype=np.int64)
    parts = [Forest(none, none), *forests]
    return connected_components(
        np.concatenate([part.nodes for part in parts]), np.concatenate([part.roots for part in parts])
    )
