"""What starts a job, and how many: looking does, and nothing else."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import bigframe as pd

DATA = pandas.DataFrame(
    {
        "k": ["a", "b", "a", None],
        "x": [1, 2, 3, 4],
        "y": [0.5, None, 1.5, 2.5],
        "t": pandas.to_datetime(["2020-01-01", "2020-06-01", None, "2021-01-01"]),
    }
)


@pytest.fixture(params=[1, 3])
def session(request: pytest.FixtureRequest) -> Iterator[pd.Session]:
    with pd.connect(partitions=request.param) as opened:
        yield opened


@pytest.fixture
def df(session: pd.Session) -> Any:
    return pd.from_pandas(DATA)


def double(value: int) -> int:
    return 2 * value


def label(df: Any) -> None:
    df["z"] = df.x + 1
    df.columns = ["a", "b", "c", "d", "e"]


RECORDED: dict[str, Callable[[Any], Any]] = {
    "column": lambda df: df["x"],
    "columns": lambda df: df[["x", "y"]],
    "arithmetic": lambda df: (df.x + 1) * df.y - df.x.mean(),
    "comparison": lambda df: (df.x > 1) & ~(df.y <= df.y.max()),
    "filter": lambda df: df[df.x > df.x.mean()],
    "query": lambda df: df.query("x > 1 and k == 'a'"),
    "where": lambda df: df.x.where(df.x > 1, 0),
    "isin": lambda df: df[df.k.isin(["a"])],
    "isin column": lambda df: df[df.k.isin(df[df.x > 2].k)],
    "fillna": lambda df: df.y.fillna(df.y.mean()),
    "dropna": lambda df: df.dropna(),
    "astype": lambda df: df.x.astype("float64"),
    "string methods": lambda df: df.k.str.upper().str.len(),
    "datetime fields": lambda df: df.t.dt.year,
    "groupby": lambda df: df.groupby("k").agg(s=("x", "sum"), m=("y", "mean")),
    "merge": lambda df: df.merge(df, on="k", how="outer", indicator=True),
    "sort": lambda df: df.sort_values(["k", "x"]).reset_index(drop=True),
    "head": lambda df: df.head(2),
    "tail": lambda df: df.tail(2),
    "iloc": lambda df: df.iloc[1:],
    "drop_duplicates": lambda df: df.drop_duplicates("k"),
    "value_counts": lambda df: df.k.value_counts(normalize=True),
    "concat": lambda df: pd.concat([df, df]),
    "sample": lambda df: df.sample(2, random_state=0),
    "set_index": lambda df: df.set_index("k").reset_index(),
    "reductions": lambda df: (df.x.sum() + df.y.max()) / df.x.count(),
    "windows": lambda df: df.assign(r=df.x.rolling(2).mean(), e=df.y.expanding().std(), w=df.x.ewm(2).mean()),
    "windows of groups": lambda df: df.groupby("k").rolling(2)["x"].sum(),
    "windows of time": lambda df: df.rolling("2D", on="t")[["x"]].sum(),
    "ranks": lambda df: (df.x.rank(pct=True), df.groupby("k").y.rank()),
    "bins of time": lambda df: (df.resample("5h", on="t").sum(numeric_only=True), df.resample("ME", on="t").x.ohlc()),
    "statistics": lambda df: (
        df[["x", "y"]].describe(),
        df.x.mode(),
        df[["x", "y"]].corr(),
        df.x.corr(df.y),
        df.x.skew(),
    ),
    "places and order": lambda df: (df.x.idxmax(), df[["x", "y"]].idxmin(), df.x.is_unique, df.y.interpolate()),
    "describe by agg": lambda df: df[["x", "y"]].agg(["min", "max"]),
    "annotated map": lambda df: df.x.map(double),
    "map_partitions": lambda df: df.map_partitions(
        lambda part: part, output_types={"k": "str", "x": "int64", "y": "float64"}
    ),
    "labels": label,
    "columns attribute": lambda df: (list(df.columns), list(df), "x" in df, df.keys(), df.ndim, dir(df)),
    "write, not computed": lambda df: df.to_parquet("nowhere", compute=False),
    "explain": lambda df: df[df.x > 1].explain(),
    "dtypes": lambda df: (df.dtypes, df.y.dtype, (df.x * 2).dtype),
    "shape of a source": lambda df: (df.shape, len(df), df.size, len(df.head(3)), len(df.assign(z=1))),
}

LOOKED: dict[str, Callable[[Any], Any]] = {
    "repr": repr,
    "html": lambda df: df._repr_html_(),
    "repr of a column": lambda df: repr(df.x),
    "repr of a filter": lambda df: repr(df[df.x > 1]),
    "to_pandas": lambda df: df.to_pandas(),
    "to_pandas of a column": lambda df: df.x.to_pandas(),
    "to_numpy": lambda df: df[["x"]].to_numpy(),
    "to_arrow": lambda df: df.to_arrow(),
    "to_dict": lambda df: df.to_dict(),
    "to_list": lambda df: df.x.to_list(),
    "values": lambda df: df.x.values,
    "asarray": lambda df: np.asarray(df.x),
    "iteration": lambda df: list(df.x),
    "itertuples": lambda df: list(df.itertuples()),
    "iterrows": lambda df: list(df.iterrows()),
    "len of a filter": lambda df: len(df[df.x > 1]),
    "float": lambda df: float(df.x.mean()),
    "int": lambda df: int(df.x.sum()),
    "bool": lambda df: bool((df.x > 0).all()),
    "format": lambda df: f"{df.y.mean():.2f}",
    "str": lambda df: str(df.x.sum()),
    "compare": lambda df: df.x.sum() > 3,
    "empty": lambda df: df.empty,
    "scalar of a scalar": lambda df: ((df.y - df.y.mean()) ** 2).sum().item(),
    "scalar of another frame": lambda df: df[df.x > df[df.k == "a"].x.min()].to_pandas(),
    "compute": lambda df: pd.compute(df.x.sum(), df.groupby("k").x.sum(), df.head(1)),
    "unannotated map": lambda df: df.x.map(lambda value: value + 1),
    "unsettled dtypes": lambda df: df.merge(df[["k", "x"]].head(1), on="k", how="left").dtypes,
}


@pytest.mark.parametrize("record", RECORDED.values(), ids=RECORDED.keys())
def test_recording_runs_nothing(session: pd.Session, df: Any, record: Callable[[Any], Any]) -> None:
    record(df)
    assert session.jobs == 0


def test_errors_run_nothing(session: pd.Session, df: Any) -> None:
    with pytest.raises(ValueError, match="The truth value of a DataFrame is ambiguous"):
        bool(df)
    with pytest.raises(KeyError, match="nope"):
        df["nope"]
    assert session.jobs == 0


@pytest.mark.parametrize("look", LOOKED.values(), ids=LOOKED.keys())
def test_looking_runs_one_job(session: pd.Session, df: Any, look: Callable[[Any], Any]) -> None:
    look(df)
    assert session.jobs == 1


def test_explain_with_analyze_is_a_job(session: pd.Session, df: Any, capsys: pytest.CaptureFixture[str]) -> None:
    df.explain(analyze=True)
    assert session.jobs == 1
    assert "ran in" in capsys.readouterr().out


def test_a_scalar_is_looked_at_once(session: pd.Session, df: Any) -> None:
    total = df.x.sum()
    assert (int(total), float(total), f"{total}", total == 10) == (10, 10.0, "10", True)
    assert session.jobs == 1


def test_what_a_job_settles_stays_settled(session: pd.Session, df: Any) -> None:
    joined = df.merge(df[["k", "x"]].head(1), on="k", how="left")
    dtypes = joined.dtypes
    assert session.jobs == 1
    assert dtypes.equals(joined.dtypes)
    assert joined[joined.x_x > 1].dtypes.equals(dtypes)
    assert session.jobs == 1
    assert joined.to_pandas().dtypes.equals(dtypes)
    assert session.jobs == 2


def test_looking_at_values_settles_their_dtypes(session: pd.Session, df: Any) -> None:
    joined = df.merge(df[["k", "x"]].head(1), on="k", how="left")
    dtypes = joined.to_pandas().dtypes
    assert session.jobs == 1
    assert joined.dtypes.equals(dtypes)
    assert session.jobs == 1


def test_several_writes_are_one_job(session: pd.Session, df: Any, tmp_path: Path) -> None:
    few, many = df[df.x < 2], df[df.x >= 2]
    writes = [
        frame.to_parquet(tmp_path / name, compute=False)
        for name, frame in [("few.parquet", few), ("many.parquet", many)]
    ]
    assert session.jobs == 0
    first, second = pd.compute(*writes)
    assert session.jobs == 1
    assert (first.rows.tolist(), second.rows.tolist()) == ([1], [3])
    assert pandas.read_parquet(tmp_path / "many.parquet").x.tolist() == [2, 3, 4]
