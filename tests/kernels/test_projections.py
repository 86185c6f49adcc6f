"""Chains of definitions as Polars gets them: as long as the chain, whatever the kernels write twice."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import bigframe
import engine.kernels.catalog  # noqa: F401  (registers the kernels)
from bigframe.plan.project import Project
from engine.kernels.relational.project import project


def chain(column: bigframe.Series, length: int) -> bigframe.Series:
    for number in range(length):
        column = np.sqrt(column * 1.01 - number) ** 2
    return column


@pytest.mark.parametrize("column", ["ints", "floats"])
def test_a_query_is_as_long_as_its_chain(column: str) -> None:
    table = bigframe.DataFrame({"ints": [100_000, 200_000], "floats": [1e5, 2e5]})

    def length(operators: int) -> int:
        plan = chain(table[column], operators)._frame.plan()
        assert isinstance(plan, Project)
        given = pl.LazyFrame({id: [100_000.0] if id.startswith("floats") else [100_000] for id in plan.input.schema})
        return len(project(plan, given).explain(optimized=False))

    assert length(24) < 4 * length(12)
    assert length(48) < 4 * length(24)


def test_a_long_chain_gives_its_values() -> None:
    values = chain(bigframe.Series([1e5, 2e5, None]), 30).to_pandas()
    expected = bigframe.Series([1e5, 2e5, None]).to_pandas()
    for number in range(30):
        expected = np.sqrt(expected * 1.01 - number) ** 2
    np.testing.assert_allclose(values, expected, rtol=1e-12)


def test_a_product_of_tables_is_computed() -> None:
    table = bigframe.DataFrame(np.arange(240.0).reshape(4, 60))
    values = table.to_pandas()
    np.testing.assert_allclose(table.dot(values.T).to_pandas(), values @ values.T, rtol=1e-12)
