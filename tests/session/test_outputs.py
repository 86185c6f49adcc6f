"""Outputs come back from JSON: without the frames that asked, the same pandas objects are made of a job's tables."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pandas
import pytest

import bigframe as pd
from bigframe.api.looking.jobs import _wanted
from bigframe.api.looking.run import job_of
from bigframe.session.outputs import Output, results

DATA = pandas.DataFrame(
    {
        "k": ["a", "b", "a", None],
        "x": [1, 2, 3, 4],
        "y": [0.5, None, 1.5, 2.5],
        "ok": [True, False, True, True],
        "t": pandas.to_datetime(["2020-01-01", "2020-06-01", None, "2021-01-01"]).tz_localize("UTC"),
        ("z", 1): [1, 2, 3, 4],
    }
)


@pytest.fixture(autouse=True)
def session() -> Iterator[pd.Session]:
    with pd.connect() as opened:
        yield opened


CASES: dict[str, Callable[[Any], Any]] = {
    "frame": lambda df: df,
    "no columns": lambda df: df[[]],
    "no rows": lambda df: df[df.x > 9],
    "column": lambda df: df.x,
    "column without a name": lambda df: df.x.rename(None),
    "scalar": lambda df: df.y.mean(),
    "date": lambda df: df.t.max(),
    "missing scalar": lambda df: df[df.x > 9].y.max(),
    "groups": lambda df: df.groupby("k").agg(s=("x", "sum"), m=("y", "mean")),
    "two levels": lambda df: df.groupby(["k", "ok"]).x.sum(),
    "filtered index": lambda df: df[df.x > 2],
    "index of strings": lambda df: df.set_index("k").y,
    "integers with holes": lambda df: df.merge(df[["k", "x"]].head(1), on="k", how="left"),
    "holes filtered away": lambda df: df.merge(df[["k", "x"]].head(1), on="k", how="left").dropna()[["x_y"]],
    "bools with holes": lambda df: df[["x"]].merge(df[["x", "ok"]].head(2), on="x", how="left").ok,
    "narrow integers": lambda df: pd.to_numeric(df.x.astype("str")),
    "arrow": lambda df: df.astype({"x": "int64[pyarrow]"}),
    "nullable": lambda df: df.x.astype("Int64"),
    "labels": lambda df: df[["x", "y"]].rename(columns={"x": 1.5, "y": 3}),
}


def through_json(one: Any) -> Any:
    """What a client makes of a job that another one submitted."""
    plans, outputs = job_of([_wanted(one)], known=())
    sent = json.loads(json.dumps([output.to_json() for output in outputs]))
    (value,) = results([Output.from_json(wire) for wire in sent], pd.current_session().run(*plans), {})
    return value


@pytest.mark.parametrize("make", CASES.values(), ids=CASES.keys())
def test_what_comes_back_is_what_compute_gives(make: Callable[[Any], Any]) -> None:
    lazy = make(pd.from_pandas(DATA))
    got = through_json(lazy)
    (expected,) = pd.compute(lazy)
    assert type(got) is type(expected)
    if isinstance(expected, pandas.DataFrame):
        pandas.testing.assert_frame_equal(got, expected)
    elif isinstance(expected, pandas.Series):
        pandas.testing.assert_series_equal(got, expected)
    else:
        assert got == expected or (got != got and expected != expected)


def test_a_plan_does_not_depend_on_what_the_session_knows() -> None:
    df = pd.from_pandas(DATA)
    joined = df.merge(df[["k", "x"]].head(1), on="k", how="left").head(2)
    before = [plan.digest for plan in job_of([_wanted(joined)], known=())[0]]
    joined.to_pandas()
    assert pd.current_session().facts
    assert [plan.digest for plan in job_of([_wanted(joined)], known=())[0]] == before
    assert len(before) == 2  # the rows, and whether the column that decides a dtype has a hole


def test_what_cannot_be_submitted_is_named() -> None:
    with pytest.raises(TypeError, match="expected a frame, column, lazy scalar or pending write, got int"):
        pd.compute(3)
