"""What most scalable peers have of pandas runs in the engine: one call for each of those names, compared and watched."""

from __future__ import annotations

import functools
import inspect
import json
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from pandas.core.groupby import DataFrameGroupBy
from pandas.core.window import Rolling

import bigframe
from bigframe.errors import PerformanceWarning
from bigframe.session import Session
from bigframe.tree import walk
from tests.conformance.compare import assert_same, computed
from tests.conformance.stakes import column_calls, frame_calls
from tests.conformance.stakes.frame_calls import Call
from tests.conformance.stakes.orders import NUMBERS, orders

LIST = Path(__file__).parents[1] / "architecture/table_stakes.json"
STAKES: dict[str, dict[str, str]] = json.loads(LIST.read_text())["names"]
NAMES = [f"{context}.{name}" for context, names in STAKES.items() for name in names]
NOT_RUN = "not run"
IN_ENGINE = ("native", "partitionwise")
CONTEXTS: dict[str, tuple[Any, dict[str, Call], Call]] = {
    "DataFrame": (pd.DataFrame, frame_calls.DATAFRAME, lambda m, d: d[NUMBERS]),
    "Series": (pd.Series, column_calls.SERIES, lambda m, d: d.x),
    "Index": (pd.Index, column_calls.INDEX, lambda m, d: d.set_index("i").index),
    "DataFrameGroupBy": (DataFrameGroupBy, frame_calls.DATAFRAMEGROUPBY, lambda m, d: d.groupby("k")[NUMBERS]),
    "Series.str": (pd.Series.str, column_calls.STR, lambda m, d: d.s.str),
    "Series.dt": (pd.Series.dt, column_calls.DT, lambda m, d: d.t.dt),
    "Rolling": (Rolling, column_calls.ROLLING, lambda m, d: d[["n", "y"]].rolling(3)),
    "pandas": (pd, frame_calls.MODULE, lambda m, d: m),
}


@dataclass(frozen=True)
class Outcome:
    """The lowest tier of the steps that a call took, and how its value differs from pandas'."""

    tier: str
    difference: BaseException | None = None


@pytest.fixture(scope="module", autouse=True)
def session() -> Iterator[Any]:
    """One session of three partitions for all calls, in place of those that other cases are run in."""
    with bigframe.connect(partitions=3) as opened:
        yield opened


@pytest.mark.parametrize("name", NAMES)
def test_a_call_gives_what_pandas_gives(name: str) -> None:
    difference = outcome(name).difference
    if difference is not None:
        raise difference


def test_the_tiers_are_those_that_the_list_says() -> None:
    run = [name for name in NAMES if NOT_RUN not in (outcome(name).tier, said(name))]
    lower = [name for name in run if _rank(outcome(name).tier) > _rank(said(name))]
    assert not lower, f"these run in a lower tier than {LIST.name} says"
    higher = [name for name in run if _rank(outcome(name).tier) < _rank(said(name))]
    assert not higher, f"these run in a higher tier than {LIST.name} says: run `python -m {__name__}`"


def test_at_least_520_of_534_run_in_the_engine() -> None:
    assert len(NAMES) == 534
    counts = Counter(outcome(name).tier for name in NAMES if outcome(name).difference is None)
    assert sum(counts[tier] for tier in IN_ENGINE) >= 520, counts


def said(name: str) -> str:
    """The tier of a name in the list."""
    context, _, method = name.rpartition(".")
    return STAKES[context][method]


@functools.cache
def outcome(name: str) -> Outcome:
    """What the call of a name does."""
    call = call_of(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names that pandas deprecates
            expected = call(pd, orders())
    except ImportError as error:  # of a package that is not installed here
        return Outcome(NOT_RUN, pytest.skip.Exception(str(error)))
    tiers = {"native"}
    run = Session.run

    def watched(self: Session, *plans: Any, **options: Any) -> Any:
        tiers.update(getattr(node, "tier", "native") for node in walk(*plans))
        return run(self, *plans, **options)

    with warnings.catch_warnings(record=True) as caught, mock.patch.object(Session, "run", watched):
        warnings.simplefilter("always")
        try:
            _require_equal(call(bigframe, bigframe.from_pandas(orders())), expected)
        except BaseException as error:
            return Outcome("missing", error)
    if any(issubclass(one.category, PerformanceWarning) for one in caught):
        return Outcome("gathered")
    return Outcome(max(tiers, key=_rank))


def call_of(name: str) -> Call:
    """The call in the table, else the name without arguments."""
    context, _, method = name.rpartition(".")
    owner, calls, subject = CONTEXTS[context]
    is_method = inspect.isroutine(inspect.getattr_static(owner, method, None))

    def plain(m: Any, d: Any) -> Any:
        value = getattr(subject(m, d), method)
        return value() if is_method else value

    return calls.get(method, plain)


def _require_equal(actual: Any, expected: Any) -> None:
    if isinstance(expected, (list, tuple)):
        assert len(actual) == len(expected)
        for one, other in zip(actual, expected, strict=True):
            _require_equal(one, other)
    elif isinstance(expected, dict):
        assert list(actual) == list(expected)
        for key, value in expected.items():
            _require_equal(actual[key], value)
    elif isinstance(expected, np.ndarray):
        found = computed(actual)
        assert type(found) is np.ndarray
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    else:
        assert_same(computed(actual), expected)


def _rank(tier: str) -> int:
    return ("native", "partitionwise", "gathered", "missing").index(tier)


def main() -> None:
    """Write the tiers that are found into the list."""
    document = json.loads(LIST.read_text())
    with bigframe.connect(partitions=3):
        document["names"] = {
            context: {name: outcome(f"{context}.{name}").tier for name in names} for context, names in STAKES.items()
        }
    LIST.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
