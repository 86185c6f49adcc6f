"""Wrong names and dtypes: pandas' own error, at the line that asked, naming the column."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
import pytest

import bigframe as pd

HERE = Path(__file__).name
DATA = pandas.DataFrame(
    {"text": ["1", "x", None], "count": [1, 2, 3], "size": [1.0, None, 3.0], "labels": ["a", "b", "a"]}
)
Failing = Callable[..., str]


@pytest.fixture
def df(session: pd.Session) -> Any:
    return pd.from_pandas(DATA)


ABSENT: dict[str, tuple[Callable[[Any], Any], str]] = {
    "getitem": (lambda df: df["txt"], "txt (did you mean 'text'?)"),
    "several": (lambda df: df[["text", "zzz"]], "['zzz'] not in index"),
    "groupby": (lambda df: df.groupby("label").size(), "label (did you mean 'labels'?)"),
    "sort_values": (lambda df: df.sort_values("sise"), "sise (did you mean 'size'?)"),
    "merge": (lambda df: df.merge(df, on="zzz"), "'zzz'"),
    "drop": (lambda df: df.drop(columns="zzz"), "['zzz'] not found in axis"),
    "drop_duplicates": (lambda df: df.drop_duplicates("txt"), "txt"),
    "set_index": (lambda df: df.set_index("zzz"), "zzz"),
    "explode": (lambda df: df.explode("zzz"), "zzz"),
    "astype": (lambda df: df.astype({"zzz": "int64"}), "'zzz' not found in columns"),
}


@pytest.mark.parametrize(("make", "message"), ABSENT.values(), ids=ABSENT.keys())
def test_a_missing_column_is_a_key_error_when_recording(
    session: pd.Session, df: Any, make: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(KeyError) as caught:
        make(df)
    assert message in str(caught.value)
    assert session.jobs == 0


WRONG: dict[str, tuple[Callable[[Any], Any], str]] = {
    "text plus number": (lambda df: df["text"] + df["count"], r"str and int64 \('count' is int64, 'text' is str\)"),
    "text minus text": (lambda df: df["text"] - df["labels"], r"\('labels' is str, 'text' is str\)"),
    "text plus one": (lambda df: df["text"] + 1, r"\('text' is str\)"),
    "sum of a frame": (lambda df: df - 1, r"\('(text|labels)' is str\)"),
    "mean of text": (lambda df: df["text"].mean(), "str"),
    "str of numbers": (lambda df: df["count"].str.upper(), "Can only use .str accessor with string values"),
    "dt of text": (lambda df: df["text"].dt.year, "Can only use .dt accessor with datetimelike values"),
}


@pytest.mark.parametrize(("make", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_dtype_is_an_error_when_recording(
    session: pd.Session, df: Any, make: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises((TypeError, AttributeError), match=message):
        make(df)
    assert session.jobs == 0


def test_a_value_that_does_not_convert_names_value_column_and_line(df: Any, failing: Failing) -> None:
    text = df["text"].dropna()
    numbers = text.astype(int)
    line = sys._getframe().f_lineno - 1
    error = failing(ValueError, (numbers + 1).to_pandas)
    assert "invalid literal for int() with base 10: 'x'" in error
    assert "in cast(text" in error
    assert f"asked for at {Path(__file__)}:{line}" in error


def test_a_missing_value_that_becomes_an_integer(df: Any, failing: Failing) -> None:
    error = failing(ValueError, lambda: df[["size"]].astype("int64").to_pandas())
    assert "Cannot convert non-finite values (NA or inf) to integer" in error
    assert f"{HERE}:{sys._getframe().f_lineno - 2}" in error


def test_an_integer_to_a_negative_power(df: Any, failing: Failing) -> None:
    error = failing(ValueError, (df["count"] ** (df["count"] - 3)).to_pandas)
    assert "Integers to negative integer powers are not allowed." in error
    assert f"{HERE}:{sys._getframe().f_lineno - 2}" in error


def test_a_text_that_is_no_date(df: Any, failing: Failing) -> None:
    error = failing(ValueError, lambda: pd.to_datetime(df["labels"]).to_pandas())
    assert "labels" in error
    assert f"{HERE}:{sys._getframe().f_lineno - 2}" in error


def test_keys_that_are_not_unique(df: Any, failing: Failing) -> None:
    error = failing(pd.errors.MergeError, lambda: df.merge(df, on="labels", validate="1:1").to_pandas())
    assert "not a one-to-one merge" in error
    assert f"{HERE}:{sys._getframe().f_lineno - 2}" in error


def test_a_failure_in_a_filter_names_its_line(df: Any, failing: Failing) -> None:
    kept = df[df["labels"].astype("float64") > 1]
    line = sys._getframe().f_lineno - 1
    error = failing(ValueError, lambda: kept.groupby("labels").size().to_pandas())
    assert "could not convert string to float: 'a'" in error
    assert f"{HERE}:{line}" in error


def test_a_failure_in_an_aggregate_of_a_derived_column(df: Any, failing: Failing) -> None:
    df["n"] = df["labels"].astype("int64")
    line = sys._getframe().f_lineno - 1
    error = failing(ValueError, lambda: df.groupby("count")["n"].sum().to_pandas())
    assert f"{HERE}:{line}" in error


def test_division_of_integers_by_zero_is_what_pandas_gives(df: Any) -> None:
    zero = pandas.Series([0, 1, 0])
    for operate in (lambda a, b: a // b, lambda a, b: a % b, lambda a, b: a / b):
        expected = operate(DATA["count"], zero)
        lazy = pd.from_pandas(DATA.assign(zero=zero))
        pandas.testing.assert_series_equal(
            operate(lazy["count"], lazy["zero"]).to_pandas(), expected, check_names=False
        )


def test_columns_with_names_of_methods_are_columns(df: Any) -> None:
    assert df["count"].to_pandas().tolist() == [1, 2, 3]
    assert df["size"].sum().item() == 4.0
    assert df.text.to_pandas().isna().tolist() == [False, False, True]
    assert df.labels.to_pandas().tolist() == ["a", "b", "a"]
    assert callable(df.count) is callable(DATA.count)
    assert df.size == DATA.size


def test_a_plan_that_filters_everything_away(session: pd.Session, tmp_path: Path) -> None:
    none, also = pd.from_pandas(DATA), DATA
    none, also = none[none["count"] > 99], also[also["count"] > 99]
    same = pandas.testing.assert_frame_equal
    same(none.to_pandas(), also, check_index_type=False)
    same(none.sort_values("size").to_pandas(), also.sort_values("size"), check_index_type=False)
    same(
        none.groupby("labels").agg({"count": "sum", "size": "mean"}).to_pandas(),
        also.groupby("labels").agg({"count": "sum", "size": "mean"}),
    )
    same(none.merge(none, on="labels").to_pandas(), also.merge(also, on="labels"))
    same(
        none.merge(pd.from_pandas(DATA), on="labels", how="outer").to_pandas(),
        also.merge(DATA, on="labels", how="outer"),
    )
    same(
        none.drop_duplicates("labels").head(2).to_pandas(),
        also.drop_duplicates("labels").head(2),
        check_index_type=False,
    )
    assert none["count"].sum().item() == 0
    assert pandas.isna(none["size"].mean().item())
    assert len(none) == 0
    assert none.empty
    assert list(none.labels) == []
    assert "Empty DataFrame" in repr(none)
    none.to_parquet(tmp_path / "none")
    same(pandas.read_parquet(tmp_path / "none"), also, check_index_type=False)
