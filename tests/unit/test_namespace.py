"""``import bigframe as pd`` stands where ``import pandas as pd`` stood: every public name is there."""

import importlib
import warnings

import pandas
import pytest

import bigframe as pd

ABSENT = {
    "annotations": "left over from an import",
    "compat": "private to pandas",
    "core": "private to pandas",
    "pandas": "left over from an import",
}
"""Public by their spelling, with the reason why bigframe has no such name."""


def test_every_public_name_is_there() -> None:
    names = [name for name in dir(pandas) if not name.startswith("_")]
    assert [name for name in names if not hasattr(pd, name) and name not in ABSENT] == []
    assert [name for name in ABSENT if hasattr(pd, name)] == []


@pytest.mark.parametrize("module", ["api.types", "api.extensions", "api.indexers", "api.typing", "testing", "plotting"])
def test_every_name_of_a_public_module_is_there(module: str) -> None:
    theirs = importlib.import_module(f"pandas.{module}")
    ours = pd
    for part in module.split("."):
        ours = getattr(ours, part)
    private = ("annotations", "boxplot", "boxplot_frame", "boxplot_frame_groupby", "hist_frame", "hist_series")
    names = [name for name in theirs.__all__ if name not in private]
    assert [name for name in names if not hasattr(ours, name)] == []


def test_options_are_those_of_both() -> None:
    with pd.option_context("fallback", "raise", "display.max_rows", 3):
        assert (pd.get_option("fallback"), pandas.get_option("display.max_rows")) == ("raise", 3)
        pd.set_option({"fallback_limit": 7, "display.max_rows": 4})
        assert (pd.options.fallback_limit, pd.options.display.max_rows) == (7, 4)
        pd.reset_option("fallback_limit")
        assert pd.options.fallback_limit == 2 << 30
    assert pd.get_option("fallback") == "warn"
    assert pd.get_option("display.max_rows") != 3
    assert "warn" in (pd.describe_option("fallback", _print_desc=False) or "")
    with pytest.raises(ValueError, match="fallback must be"):
        pd.set_option("fallback", "perhaps")
    with pytest.raises(ValueError, match="even number"):
        pd.set_option("fallback")
    with pytest.raises(pd.errors.OptionError):
        pd.get_option("no.such.option")


def test_an_accessor_is_given_the_lazy_frame() -> None:
    @pd.api.extensions.register_dataframe_accessor("sizes")
    class Sizes:
        def __init__(self, frame: pd.DataFrame) -> None:
            self.frame = frame

        def total(self) -> pd.LazyScalar:
            return self.frame["x"].sum()

    try:
        assert pd.DataFrame({"x": [1, 2]}).sizes.total() == 3
        assert not hasattr(pandas.DataFrame, "sizes")
        with pytest.warns(UserWarning, match="preexisting"):
            pd.api.extensions.register_dataframe_accessor("sizes")(Sizes)
    finally:
        del pd.DataFrame.sizes


def test_comparisons_look_at_lazy_tables() -> None:
    frame = pandas.DataFrame({"x": [1, 2]})
    pd.testing.assert_frame_equal(pd.from_pandas(frame), frame)
    pd.testing.assert_series_equal(pd.from_pandas(frame).x, pd.from_pandas(frame).x)
    with pytest.raises(AssertionError):
        pd.testing.assert_frame_equal(pd.from_pandas(frame), frame + 1)


def test_gathering_is_announced_or_refused() -> None:
    frame = pd.DataFrame({"x": ["a", "b"]})
    with pytest.warns(pd.PerformanceWarning, match="factorize: each value"):
        codes, values = pd.factorize(frame.x)
    assert codes.tolist() == [0, 1]
    assert list(values) == ["a", "b"]
    with pd.option_context("fallback", "raise"), pytest.raises(pd.Unsupported):
        pd.factorize(frame.x)
    with pd.option_context("fallback", "allow"), warnings.catch_warnings():
        warnings.simplefilter("error")
        pd.factorize(frame.x)
