"""Errors of user functions: one line, which leads to the user's code."""

import math

import pytest

from engine.kernels.raised import raised


def inner(x: int) -> float:
    return 1 / x


def outer(x: int) -> float:
    return inner(x)


def test_the_line_that_raised_is_named_even_below_the_function() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        outer(0)
    line = inner.__code__.co_firstlineno + 1
    error = raised("outer", caught.value, "job.py:7", __file__ + ".of_the_kernel")
    assert str(error) == f"outer raised ZeroDivisionError: division by zero at {__file__}:{line} (called at job.py:7)"


def test_a_builtin_has_no_line() -> None:
    with pytest.raises(ValueError, match=r"domain|nonnegative") as caught:
        math.sqrt(-1)
    assert str(raised("sqrt", caught.value, None, __file__)) == f"sqrt raised ValueError: {caught.value}"


def test_the_message_is_one_line() -> None:
    error = raised("price", ValueError("bad row\n  id   2\n"), "job.py:7", __file__)
    assert str(error) == "price raised ValueError: bad row id 2 (called at job.py:7)"
