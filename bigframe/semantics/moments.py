"""Means and moments of all rows up to each one, added up as Welford does: from deviations, so that nothing cancels."""

from __future__ import annotations

from bigframe.ops import windows
from bigframe.ops.arithmetic import Add, Mul, Pow, Sqrt, Sub, TrueDiv
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.casting import Widen
from bigframe.ops.comparison import Eq, Ge
from bigframe.ops.conditional import Where
from bigframe.ops.missing import Coalesce
from bigframe.schema import FLOAT64, INT64
from bigframe.semantics.frame import Frame

_NOTHING = Literal(float("nan"), FLOAT64)
_RUNNING: dict[str, type[windows.Window]] = {"sum": windows.CumSum, "min": windows.CumMin, "max": windows.CumMax}


def so_far(frame: Frame, values: str, statistic: str) -> tuple[Frame, str]:
    """What has come up to each row, also where the row itself has no value."""
    if statistic in _RUNNING:
        frame, values = frame.define(_RUNNING[statistic](Column(values)))
    return frame.define(windows.FillForward(Column(values)))


def mean_so_far(frame: Frame, values: str, count: str) -> tuple[Frame, str]:
    """The mean of the values up to each row, of which ``count`` says how many there are."""
    frame, total = so_far(frame, values, "sum")
    return frame.define(TrueDiv(Column(total), Column(count)))


def spread(frame: Frame, values: str, count: str, ddof: int) -> tuple[Frame, Expr]:
    """The variance of the values up to each row."""
    frame, _, squares = _squares(frame, values, count)
    enough = Ge(Column(count), Literal(ddof + 1, INT64))
    return frame, Where(enough, TrueDiv(Column(squares), Sub(Column(count), Literal(ddof, INT64))), _NOTHING)


def moment(frame: Frame, values: str, count: str, statistic: str) -> tuple[Frame, Expr]:
    """The skewness or kurtosis of the values up to each row, as pandas corrects them for few values."""
    frame, step, squares = _squares(frame, values, count)
    frame, n = frame.define(Widen(Column(count), FLOAT64))
    frame, cubes = _cubes(frame, step, squares, n)
    m2, m3, size = Column(squares), Column(cubes), Column(n)
    if statistic == "skew":
        biased = TrueDiv(Mul(Sqrt(size), m3), Pow(m2, _number(1.5)))
        found: Expr = TrueDiv(Mul(biased, Sqrt(Mul(size, _less(size, 1)))), _less(size, 2))
        few = 3
    else:
        frame, fourths = _fourths(frame, step, squares, cubes, n)
        biased = TrueDiv(Mul(size, Column(fourths)), Mul(m2, m2))
        scaled = Sub(Mul(Add(size, _number(1)), biased), Mul(_number(3), _less(size, 1)))
        found = TrueDiv(Mul(_less(size, 1), scaled), Mul(_less(size, 2), _less(size, 3)))
        few = 4
    frame, smallest = so_far(frame, values, "min")
    frame, largest = so_far(frame, values, "max")
    found = Where(Eq(Column(smallest), Column(largest)), _NOTHING, found)
    return frame, Where(Ge(Column(count), Literal(few, INT64)), found, _NOTHING)


def together(frame: Frame, left: str, right: str, count: str, statistic: str, ddof: int) -> tuple[Frame, Expr]:
    """The covariance or correlation of the pairs up to each row; both columns have the same values missing."""
    frame, step, squares = _squares(frame, left, count)
    frame, mean = mean_so_far(frame, right, count)
    frame, added = frame.define(Mul(Column(step), Sub(Column(right), Column(mean))))
    frame, products = so_far(frame, added, "sum")
    if statistic == "cov":
        rest = Sub(Column(count), Literal(ddof, INT64))
        return frame, Where(Ge(rest, Literal(1, INT64)), TrueDiv(Column(products), rest), _NOTHING)
    frame, _, others = _squares(frame, right, count)
    return frame, TrueDiv(Column(products), Sqrt(Mul(Column(squares), Column(others))))


def _squares(frame: Frame, values: str, count: str) -> tuple[Frame, str, str]:
    """How far each value is from the mean of those before it, and the sum of squared deviations up to each row."""
    frame, mean = mean_so_far(frame, values, count)
    frame, before = frame.define(windows.Shift(Column(mean)))
    frame, step = frame.define(Sub(Column(values), Coalesce(Column(before), Column(values))))
    frame, added = frame.define(Mul(Column(step), Sub(Column(values), Column(mean))))
    frame, squares = so_far(frame, added, "sum")
    return frame, step, squares


def _cubes(frame: Frame, step: str, squares: str, n: str) -> tuple[Frame, str]:
    frame, before = _before(frame, squares)
    d, size = Column(step), Column(n)
    grown = TrueDiv(Mul(Pow(d, _number(3)), Mul(_less(size, 1), _less(size, 2))), Mul(size, size))
    frame, added = frame.define(Sub(grown, TrueDiv(Mul(_number(3), Mul(d, Column(before))), size)))
    return so_far(frame, added, "sum")


def _fourths(frame: Frame, step: str, squares: str, cubes: str, n: str) -> tuple[Frame, str]:
    frame, squares_before = _before(frame, squares)
    frame, cubes_before = _before(frame, cubes)
    d, size = Column(step), Column(n)
    terms = Add(Sub(Mul(size, size), Mul(_number(3), size)), _number(3))
    grown = TrueDiv(Mul(Pow(d, _number(4)), Mul(_less(size, 1), terms)), Pow(size, _number(3)))
    of_squares = TrueDiv(Mul(_number(6), Mul(Mul(d, d), Column(squares_before))), Mul(size, size))
    of_cubes = TrueDiv(Mul(_number(4), Mul(d, Column(cubes_before))), size)
    frame, added = frame.define(Sub(Add(grown, of_squares), of_cubes))
    return so_far(frame, added, "sum")


def _before(frame: Frame, sums: str) -> tuple[Frame, str]:
    frame, shifted = frame.define(windows.Shift(Column(sums)))
    return frame.define(Coalesce(Column(shifted), _number(0)))


def _number(value: float) -> Literal:
    return Literal(float(value), FLOAT64)


def _less(size: Expr, by: int) -> Expr:
    return Sub(size, _number(by))
