"""Random frames through random chains of operators: any partitioning, optimised or not, gives pandas' answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bigframe
from bigframe.plan.node import Plan
from engine.optimizer.pipeline import Batch, run_step
from engine.optimizer.rules.unnest_membership import unnest_membership

PARTITIONS: tuple[Any, ...] = (1, 2, 5, (0.3, 0.0, 0.7))
Step = Callable[[Any, Any], Any]

# Floats are quarters, of which sums are exact in any order; only a last step may divide.
FLOATS = st.one_of(st.just(np.nan), st.integers(-40, 40).map(lambda quarters: quarters / 4))
WORDS = st.sampled_from(["a", "b", "B", "", "é", None])


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """A small frame with missing values, repeated keys, and a default, repeated or unsorted index."""
    size = draw(st.integers(0, 14))
    rows = pd.DataFrame(
        {
            "k": pd.Series(draw(st.lists(WORDS, min_size=size, max_size=size)), dtype="str"),
            "n": np.array(draw(st.lists(st.integers(-3, 3), min_size=size, max_size=size)), dtype="int64"),
            "f": np.array(draw(st.lists(FLOATS, min_size=size, max_size=size)), dtype="float64"),
            "u": np.arange(size),
        }
    )
    labels = draw(st.one_of(st.none(), st.lists(st.integers(0, 4), min_size=size, max_size=size)))
    return rows if labels is None else rows.set_axis(pd.Index(labels, dtype="int64"))


def grouped(sort: bool, dropna: bool) -> Step:
    def step(m: Any, d: Any) -> Any:
        groups = d.groupby("k", as_index=False, sort=sort, dropna=dropna)
        return groups.agg(n=("n", "sum"), f=("f", "max"), u=("u", "count"))

    return step


def joined(how: str) -> Step:
    def step(m: Any, d: Any) -> Any:
        other = d[d.u > 1][["k", "n", "u"]].rename(columns={"n": "n2", "u": "u2"})
        merged = d.merge(other, on="k", how=how)
        return merged.assign(u=merged.u2).drop(columns=["n2", "u2"]).head(60)

    return step


STEPS: dict[str, Step] = {
    "larger": lambda m, d: d[d.n > 0],
    "not larger": lambda m, d: d[~(d.f > 0.1)],
    "equal": lambda m, d: d[(d.k == "a") | (d.n == 1)],
    "in a set": lambda m, d: d[d.k.isin(["a", "", None])],
    "in a column": lambda m, d: d[d.k.isin(d[d.n > 0].k)],
    "not missing": lambda m, d: d[d.f.notna()],
    "by index": lambda m, d: d[d.index > 1],
    "sum of columns": lambda m, d: d.assign(f=d.f + d.n),
    "other column": lambda m, d: d.assign(n=d.u * 2 - d.n),
    "filled": lambda m, d: d.assign(f=d.f.fillna(d.f.max())),
    "less the smallest": lambda m, d: d.assign(f=d.f - d.f.min()),
    "words": lambda m, d: d.assign(k=d.k.str.upper()),
    "sort": lambda m, d: d.sort_values(["k", "n"]),
    "sort backwards": lambda m, d: d.sort_values("f", ascending=False, kind="stable"),
    "sort by index": lambda m, d: d.sort_index(kind="stable"),
    "sort, missing first": lambda m, d: d.sort_values(["f", "u"], ascending=[True, False], na_position="first"),
    "head": lambda m, d: d.head(5),
    "tail": lambda m, d: d.tail(5),
    "middle": lambda m, d: d[2:7],
    "largest": lambda m, d: d.nlargest(4, "n"),
    "first of each": lambda m, d: d.drop_duplicates("k"),
    "last of each": lambda m, d: d.drop_duplicates(["k", "n"], keep="last"),
    "unrepeated": lambda m, d: d.drop_duplicates("n", keep=False),
    "repeated": lambda m, d: d[d.duplicated("k")],
    "group": grouped(sort=True, dropna=True),
    "group with missing": grouped(sort=True, dropna=False),
    "group as they come": grouped(sort=False, dropna=False),
    "inner join": joined("inner"),
    "left join": joined("left"),
    "right join": joined("right"),
    "outer join": joined("outer"),
    "anti join": joined("left_anti"),
    "stacked": lambda m, d: m.concat([d, d[d.n > 0]]),
    "stacked anew": lambda m, d: m.concat([d.tail(3), d], ignore_index=True),
    "new index": lambda m, d: d.reset_index(drop=True),
}
LOOKS: dict[str, Step] = {
    "all": lambda m, d: d,
    "one column": lambda m, d: d.f,
    "two columns": lambda m, d: d[["n", "k"]],
    "index": lambda m, d: d[["k"]].reset_index(drop=False),
    "sum": lambda m, d: d[["n", "f"]].sum(),
    "means": lambda m, d: d.groupby("k").agg(
        mean=("f", "mean"), median=("f", "median"), first=("k", "first"), rows=("n", "size")
    ),
    "counts": lambda m, d: d.k.value_counts(),
    "rows": lambda m, d: d[[]],
}
CHAINS = st.tuples(st.lists(st.sampled_from(sorted(STEPS)), max_size=5), st.sampled_from(sorted(LOOKS)))
EXAMPLES = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def run(module: Any, rows: Any, chain: tuple[list[str], str]) -> Any:
    names, look = chain
    for name in names:
        rows = STEPS[name](module, rows)
    return LOOKS[look](module, rows)


def answer(session: Any, rows: pd.DataFrame, chain: tuple[list[str], str]) -> Any:
    with bigframe.using(session):
        return run(bigframe, bigframe.from_pandas(rows), chain).to_pandas()


def assert_equal(actual: Any, expected: Any) -> None:
    compare = pd.testing.assert_frame_equal if isinstance(expected, pd.DataFrame) else pd.testing.assert_series_equal
    compare(actual, expected, rtol=1e-12, atol=1e-12, check_index_type="equiv")


@pytest.fixture(scope="module")
def sessions() -> Iterator[list[Any]]:
    """A session for each partitioning, and one that runs plans as they were recorded."""
    with ExitStack() as stack:
        opened = [stack.enter_context(bigframe.Session(partitions=count)) for count in (*PARTITIONS, 2)]
        opened[-1].engine._optimize = as_recorded
        yield opened


def as_recorded(roots: tuple[Plan, ...], **_: Any) -> tuple[Plan, ...]:
    """Only the rule without which a plan cannot run: membership in a column is computed as a join."""
    return run_step(Batch("membership", (unnest_membership,)), roots)


@EXAMPLES
@given(rows=frames(), chain=CHAINS)
def test_every_way_to_run_gives_the_answer_of_pandas(
    sessions: list[Any], rows: pd.DataFrame, chain: tuple[list[str], str]
) -> None:
    expected = run(pd, rows.copy(), chain)
    for session in sessions:
        assert_equal(answer(session, rows, chain), expected)


@EXAMPLES
@given(rows=frames(), seed=st.integers(0, 5), frac=st.sampled_from([0.0, 0.3, 0.5, 1.0]))
def test_samples_do_not_depend_on_partitions(sessions: list[Any], rows: pd.DataFrame, seed: int, frac: float) -> None:
    drawn = []
    for session in sessions:
        with bigframe.using(session):
            drawn.append(bigframe.from_pandas(rows).sample(frac=frac, random_state=seed).to_pandas())
    assert len(drawn[0]) == round(frac * len(rows))
    for other in drawn[1:]:
        assert_equal(other, drawn[0])
