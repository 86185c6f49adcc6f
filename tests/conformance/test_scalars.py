"""Lazy scalars: they stay in the plan beside a column, and behave as pandas' numbers when looked at."""

import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.conformance.columns import ARROW, NULLABLE, NUMBERS, TEXTS, TIMES
from tests.conformance.compare import same

LOOKS: dict[str, Callable[[Any], Any]] = {
    "float": lambda d: float(d.n.mean()),
    "int": lambda d: int(d.n.sum()),
    "bool": lambda d: bool(d.n.sum()),
    "str": lambda d: str(d.n.max()),
    "repr": lambda d: repr(d.n.mean()),
    "format": lambda d: f"{d.n.mean():.3f} of {d.n.count():,}",
    "percent": lambda d: "%.2f" % d.n.mean(),
    "index": lambda d: "abcdefgh"[d.n.max()],
    "round": lambda d: round(d.n.mean(), 1),
    "floor": lambda d: math.floor(d.n.mean()),
    "ceil": lambda d: math.ceil(d.n.mean()),
    "trunc": lambda d: math.trunc(d.n.mean()),
    "sqrt": lambda d: math.sqrt(d.n.max()),
    "isnan": lambda d: math.isnan(d[d.n > 99].f64.mean()),
    "numpy sqrt": lambda d: np.sqrt(d.n.max()),
    "numpy float": lambda d: np.float64(d.n.mean()),
    "numpy array": lambda d: np.asarray(d.n.mean()).item(),
    "max": lambda d: max(d.n.max(), 3),
    "sum": lambda d: sum([d.n.max(), d.n.min()]),
    "hash": lambda d: {d.n.max(): "six"}[6],
    "statistics": lambda d: statistics.mean([float(d.n.max()), 2.0]),
    "==": lambda d: d.n.max() == 6,
    "!=": lambda d: d.n.max() != 6,
    "<": lambda d: d.n.min() < d.n.max(),
    "<=": lambda d: d.n.min() <= 1,
    ">": lambda d: d.n.min() < 3,
    ">=": lambda d: d.n.mean() >= 3.5,
    "if": lambda d: "many" if d.n.count() > 3 else "few",
    "&": lambda d: d.b.any() & d.c.all(),
    "|": lambda d: d.b.all() | d.c.any(),
    "^": lambda d: d.b.any() ^ True,
    "~": lambda d: ~d.b.any(),
    "not": lambda d: not d.b.all(),
}


@pytest.mark.parametrize("name", LOOKS)
def test_looking(name: str) -> None:
    same(lambda m, d: LOOKS[name](d), NUMBERS)


ARITHMETIC: dict[str, Callable[[Any], Any]] = {
    "+": lambda d: d.n.mean() + 1,
    "r+": lambda d: 1 + d.n.mean(),
    "-": lambda d: d.n.max() - d.n.min(),
    "r-": lambda d: 10 - d.n.max(),
    "*": lambda d: d.n.max() * d.j64.sum(),
    "/": lambda d: d.n.sum() / d.n.count(),
    "r/": lambda d: 1 / d.n.mean(),
    "//": lambda d: d.n.sum() // 4,
    "r//": lambda d: 50 // d.n.max(),
    "%": lambda d: d.n.sum() % 4,
    "r%": lambda d: 50 % d.n.max(),
    "**": lambda d: d.n.max() ** 2,
    "r**": lambda d: 2 ** d.n.max(),
    "-x": lambda d: -d.n.max(),
    "+x": lambda d: +d.n.max(),
    "abs": lambda d: abs(d.j64.min()),
    "numpy": lambda d: d.n.mean() + np.float64(0.5),
    "of two": lambda d: (d.n.max() + d.n.min()) / 2,
}


@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic(name: str) -> None:
    same(lambda m, d: ARITHMETIC[name](d), NUMBERS)


REDUCED: dict[str, tuple[pd.DataFrame, Callable[[Any], Any]]] = {
    "i8 sum": (NUMBERS, lambda d: d.i8.sum()),
    "u8 sum": (NUMBERS, lambda d: d.u8.sum()),
    "f32 sum": (NUMBERS, lambda d: d.f32.clip(-9, 9).min()),
    "f64 min": (NUMBERS, lambda d: d.f64.min()),
    "f64 max": (NUMBERS, lambda d: d.f64.max()),
    "b sum": (NUMBERS, lambda d: d.b.sum()),
    "b mean": (NUMBERS, lambda d: d.b.mean()),
    "us max": (TIMES, lambda d: d.us.max()),
    "us range": (TIMES, lambda d: d.us.max() - d.us.min()),
    "tz min": (TIMES, lambda d: d.tz.min()),
    "d sum": (TIMES, lambda d: d.d.sum()),
    "s max": (TEXTS, lambda d: d.s.max()),
    "nullable": (NULLABLE, lambda d: d.i.sum()),
    "nullable mean": (NULLABLE, lambda d: d.f.mean()),
    "arrow": (ARROW, lambda d: d.i.sum()),
    "of nothing": (NUMBERS, lambda d: d[d.n > 99].f64.max()),
    "sum of nothing": (NUMBERS, lambda d: d[d.n > 99].f64.sum()),
    "time of nothing": (TIMES, lambda d: d[d.n > 99].us.max()),
}


@pytest.mark.parametrize("name", REDUCED)
def test_values(name: str) -> None:
    frame, reduce = REDUCED[name]
    same(lambda m, d: reduce(d), frame)


def test_nothing_runs_before_somebody_looks_and_then_once() -> None:
    frame, session = bigframe.from_pandas(NUMBERS), bigframe.current_session()
    before = session.jobs
    centred = frame.n - frame.n.mean()
    threshold = (frame.n.max() + 1) / 2
    kept = frame[frame.n > threshold]
    assert session.jobs == before
    assert centred.to_list() == [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]
    assert session.jobs == before + 1
    assert kept.n.to_list() == [4, 5, 6]
    assert session.jobs == before + 2
    assert float(threshold) == 3.5
    assert f"{threshold:.1f}" == "3.5"
    assert session.jobs == before + 3


def test_a_scalar_of_another_frame_is_part_of_one_job() -> None:
    frame, other = bigframe.from_pandas(NUMBERS), bigframe.from_pandas(NULLABLE)
    session = bigframe.current_session()
    before = session.jobs
    result = frame[frame.n > other.n.mean()].n - other.n.max()
    assert result.to_list() == [-2, -1, 0]
    assert session.jobs == before + 1


@pytest.mark.parametrize("values", [[np.nan], [1.5, np.nan], [4.0, 9.0]])
def test_whether_it_is_missing(values: list[float]) -> None:
    same(lambda m, s: m.isna(s.max()), pd.Series(values))
    same(lambda m, s: m.notna(s.max()), pd.Series(values))
    same(lambda m, s: m.isna([s.max(), 1]), pd.Series(values))
    same(lambda m, s: m.isna(s.index), pd.Series(values))
    same(lambda m, s: m.isna(s.max()), pd.Series(values).astype("Float64"))
    for name in ("isnan", "isinf", "sqrt"):
        same(lambda m, s, name=name: getattr(math, name)(s.max()), pd.Series(values))
        same(lambda m, s, name=name: getattr(np, name)(s.max()), pd.Series(values))


def test_times_are_of_pandas_types() -> None:
    frame = bigframe.DataFrame(TIMES)
    assert type(frame.us.max().item()) is pd.Timestamp
    assert type((frame.us.max() - frame.us.min()).item()) is pd.Timedelta
    assert frame.us.max().item().unit == TIMES.us.max().unit


METHODS: dict[str, Callable[[Any], Any]] = {
    "round": lambda d: d.f64.mean().round(2),
    "astype": lambda d: d.n.mean().astype(int),
    "type of a count of distinct values": lambda d: repr(d.n.nunique()),
    "type of a fact": lambda d: repr((d.n.is_unique, d.n.is_monotonic_increasing)),
    "type of a label": lambda d: repr((d.n.idxmax(), d.n.first_valid_index())),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_of_the_value(name: str) -> None:
    same(lambda m, d: METHODS[name](d), NUMBERS)


def test_methods_of_times_and_texts() -> None:
    data = pd.DataFrame({"t": pd.to_datetime(["2024-01-01", "2024-03-02", None]), "s": ["a", "b", None]})
    same(
        lambda m, d: (d.t.max().year, (d.t.max() - d.t.min()).days, d.t.min().strftime("%d.%m."), d.s.max().upper()),
        data,
    )
    same(lambda m, d: repr((d.t.min(), d.t.max() - d.t.min())), data)
    lazy = bigframe.from_pandas(data)
    assert not hasattr(lazy.t.max(), "to_pandas")
    with pytest.raises(AttributeError, match="'Timestamp' object has no attribute 'upper'"):
        _ = lazy.t.max().upper


def test_asking_for_a_method_does_not_look() -> None:
    lazy = bigframe.from_pandas(NUMBERS).f64.mean()
    before = bigframe.current_session().jobs
    assert callable(lazy.round)
    assert (lazy.ndim, lazy.shape) == (0, ())
    assert bigframe.current_session().jobs == before
