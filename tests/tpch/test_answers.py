"""`assert_same` accepts what engines may do differently and nothing else."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.tpch.answers import assert_same

ANSWER = pd.DataFrame(
    {
        "rank": [3, 2, 2, 1],
        "name": pd.Series(["a", "b", "c", "d"], dtype="str"),
        "price": [0.5, 100.0, 200.0, 1e6],
        "day": pd.to_datetime(["1994-01-01", "1994-01-02", "1994-01-02", "1995-01-01"]),
    }
)


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(ANSWER.astype({"rank": "int32"}), id="narrow integers"),
        pytest.param(ANSWER.astype({"rank": "Int64"}), id="nullable integers"),
        pytest.param(ANSWER.astype({"name": "object"}), id="text as object"),
        pytest.param(ANSWER.astype({"name": "string[pyarrow]"}), id="text as string"),
        pytest.param(ANSWER.astype({"day": "datetime64[ns]"}), id="nanoseconds"),
        pytest.param(ANSWER.set_index(pd.Index([7, 7, 8, 9])), id="another index"),
        pytest.param(ANSWER.assign(price=ANSWER["price"] * (1 + 1e-12)), id="rounding"),
        pytest.param(ANSWER.iloc[[0, 2, 1, 3]], id="tied rows exchanged"),
    ],
)
def test_harmless_differences_are_accepted(same: pd.DataFrame) -> None:
    assert_same(same, ANSWER, ordered=["rank"])


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(ANSWER.assign(price=ANSWER["price"] * (1 + 1e-8)), id="price off"),
        pytest.param(ANSWER.assign(day=ANSWER["day"] + pd.Timedelta("1us")), id="time off"),
        pytest.param(ANSWER.assign(name=["a", "c", "b", "d"]), id="names exchanged among ties"),
        pytest.param(ANSWER.assign(name=ANSWER["name"].where(ANSWER["name"] != "c")), id="a missing name"),
        pytest.param(ANSWER.iloc[[1, 0, 2, 3]], id="rows out of order"),
        pytest.param(ANSWER.head(3), id="a row too few"),
        pytest.param(ANSWER.head(0), id="no rows"),
        pytest.param(pd.concat([ANSWER, ANSWER.tail(1)]), id="a row too many"),
        pytest.param(ANSWER.iloc[[0, 1, 1, 3]], id="one tied row twice"),
        pytest.param(ANSWER[["name", "rank", "price", "day"]], id="columns out of order"),
        pytest.param(ANSWER.rename(columns={"price": "cost"}), id="another name"),
        pytest.param(ANSWER.astype({"rank": "float64"}), id="whole numbers as floats"),
    ],
)
def test_wrong_answers_are_refused(other: pd.DataFrame) -> None:
    with pytest.raises(AssertionError):
        assert_same(other, ANSWER, ordered=["rank"])


def test_rows_without_an_order_are_compared_as_a_set() -> None:
    assert_same(ANSWER.iloc[::-1], ANSWER)
    with pytest.raises(AssertionError):
        assert_same(ANSWER.iloc[[0, 0, 1, 2]], ANSWER)


def test_sums_that_differ_by_rounding_tie() -> None:
    above, below = 0.1 + 0.2, 0.3
    expected = pd.DataFrame({"value": [above, below], "part": [1, 2]})
    assert_same(pd.DataFrame({"value": [above, below], "part": [2, 1]}), expected, ordered=["value"])


def test_columns_of_other_kinds_are_refused_by_name() -> None:
    flags = pd.DataFrame({"flag": [True]})
    with pytest.raises(TypeError, match="'flag' of dtype bool"):
        assert_same(flags, flags)
