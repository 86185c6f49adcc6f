"""``Series.str`` through the public API against pandas, call by call."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas
import pyarrow as pa
import pytest

import bigframe as pd
from bigframe.api.accessors.strings import StringMethods
from bigframe.api.binding.tiers import Binding
from tests.conformance.compare import assert_same, computed

TEXTS = pandas.Series(
    ["a_b_c", "", "  x  ", None, "Hello World", "ßtraße", "e\u0301a", "foo@bar.org", "12", "a\n", "日本語 text", "-7"],
    index=list("klmnopqrstuv"),
    name="text",
)

SAME: dict[str, Callable[[Any], Any]] = {
    "lower": lambda s: s.str.lower(),
    "upper": lambda s: s.str.upper(),
    "title": lambda s: s.str.title(),
    "capitalize": lambda s: s.str.capitalize(),
    "swapcase": lambda s: s.str.swapcase(),
    "casefold": lambda s: s.str.casefold(),
    "normalize": lambda s: s.str.normalize("NFC"),
    "isalnum": lambda s: s.str.isalnum(),
    "isalpha": lambda s: s.str.isalpha(),
    "isascii": lambda s: s.str.isascii(),
    "isdecimal": lambda s: s.str.isdecimal(),
    "isdigit": lambda s: s.str.isdigit(),
    "islower": lambda s: s.str.islower(),
    "isnumeric": lambda s: s.str.isnumeric(),
    "isspace": lambda s: s.str.isspace(),
    "istitle": lambda s: s.str.istitle(),
    "isupper": lambda s: s.str.isupper(),
    "strip": lambda s: s.str.strip(),
    "strip set": lambda s: s.str.strip("a "),
    "lstrip": lambda s: s.str.lstrip(),
    "rstrip": lambda s: s.str.rstrip(to_strip="c"),
    "removeprefix": lambda s: s.str.removeprefix("a_"),
    "removesuffix": lambda s: s.str.removesuffix("_c"),
    "pad": lambda s: s.str.pad(8, side="both", fillchar="*"),
    "center": lambda s: s.str.center(7),
    "ljust": lambda s: s.str.ljust(7, "."),
    "rjust": lambda s: s.str.rjust(7),
    "zfill": lambda s: s.str.zfill(4),
    "wrap": lambda s: s.str.wrap(5),
    "slice_replace": lambda s: s.str.slice_replace(1, 2, "Z"),
    "slice": lambda s: s.str.slice(1, 3),
    "slice backwards": lambda s: s.str.slice(step=-1),
    "slice syntax": lambda s: s.str[-2:],
    "get": lambda s: s.str.get(0),
    "get syntax": lambda s: s.str[-1],
    "len": lambda s: s.str.len(),
    "len of all": lambda s: s.str.upper().fillna("").str.len(),
    "repeat": lambda s: s.str.repeat(3),
    "find": lambda s: s.str.find("a"),
    "find after": lambda s: s.str.find("a", 1),
    "rfind": lambda s: s.str.rfind("a"),
    "rfind nothing": lambda s: s.str.rfind(""),
    "rfind longer": lambda s: s.str.rfind("o "),
    "rfind before": lambda s: s.str.rfind("a", 0, 3),
    "count": lambda s: s.str.count("[ao]"),
    "count ignoring case": lambda s: s.str.count("H", flags=re.IGNORECASE),
    "contains": lambda s: s.str.contains("a"),
    "contains pattern": lambda s: s.str.contains(r"^\w+@\w+\.\w+$"),
    "contains compiled": lambda s: s.str.contains(re.compile("HELLO", re.IGNORECASE)),
    "contains text": lambda s: s.str.contains(".", regex=False),
    "contains any case": lambda s: s.str.contains("W", case=False),
    "contains text any case": lambda s: s.str.contains("O W", case=False, regex=False),
    "contains na": lambda s: s.str.contains("a", na=True),
    "contains look-ahead": lambda s: s.str.contains("a(?=_)"),
    "contains repeat": lambda s: s.str.contains("l{2}"),
    "match": lambda s: s.str.match("[a-f]"),
    "match flags": lambda s: s.str.match("hello", flags=re.IGNORECASE),
    "match look-behind": lambda s: s.str.match(r"a_(?<=_)b"),
    "match compiled": lambda s: s.str.match(re.compile("H", re.IGNORECASE), flags=re.IGNORECASE),
    "match in any case": lambda s: s.str.match("HELLO", case=False, flags=re.DOTALL),
    "fullmatch": lambda s: s.str.fullmatch(r"\d+"),
    "fullmatch any case": lambda s: s.str.fullmatch("hello world", case=False),
    "startswith": lambda s: s.str.startswith(("a", "-")),
    "endswith": lambda s: s.str.endswith("c", na=False),
    "replace": lambda s: s.str.replace("_", "-"),
    "replace once": lambda s: s.str.replace("_", "-", n=1),
    "replace pattern": lambda s: s.str.replace(r"(\w)_(\w)", r"\2\1", regex=True),
    "replace by a group and a digit": lambda s: s.str.replace("([a-c])", r"\10", regex=True),
    "replace any case": lambda s: s.str.replace("HELLO", "bye", case=False),
    "replace twice by pattern": lambda s: s.str.replace("[a-z]", ".", n=2, regex=True),
    "replace look-ahead": lambda s: s.str.replace("_(?=b)", "", regex=True),
    "replace dictionary": lambda s: s.str.replace({"a": "b", "b": "c"}),
    "replace by a function": lambda s: s.str.replace("[a-c]", lambda found: found[0].upper(), regex=True),
    "replace once by a function": lambda s: s.str.replace("A", lambda found: "<>", n=1, case=False, regex=True),
    "replace compiled by a function": lambda s: s.str.replace(re.compile("[A-C]", re.IGNORECASE), repr, regex=True),
    "replace compiled": lambda s: s.str.replace(re.compile("h.", re.IGNORECASE | re.DOTALL), "-", regex=True),
    "findall compiled": lambda s: s.str.findall(re.compile("H.", re.IGNORECASE)),
    "extract compiled": lambda s: s.str.extract(re.compile("(H.)", re.IGNORECASE)),
    "contains compiled with other flags": lambda s: s.str.contains(re.compile("a.$", re.DOTALL)),
    "contains no flags": lambda s: s.str.contains("a", flags=re.NOFLAG),
    "translate": lambda s: s.str.translate(str.maketrans("ab", "ba", "_")),
    "split": lambda s: s.str.split(),
    "split text": lambda s: s.str.split("_"),
    "split longer text": lambda s: s.str.split("_b"),
    "split pattern": lambda s: s.str.split(r"[_@]"),
    "split once": lambda s: s.str.split(n=1),
    "rsplit": lambda s: s.str.rsplit("_", n=1),
    "split expanded": lambda s: s.str.split("_", n=2, expand=True),
    "split expanded as far as it goes": lambda s: s.str.split("_", expand=True),
    "words expanded": lambda s: s.str.split(expand=True),
    "split by a pattern, expanded": lambda s: s.str.split("[_@]", regex=True, expand=True),
    "rsplit expanded as far as it goes": lambda s: s.str.rsplit("o", expand=True),
    "missing values expanded": lambda s: s[s.isna()].str.split("_", expand=True),
    "rsplit expanded": lambda s: s.str.rsplit("_", n=1, expand=True),
    "length of lists": lambda s: s.str.split("_").str.len(),
    "slice of lists": lambda s: s.str.split("_").str[1:],
    "partition": lambda s: s.str.partition("_"),
    "rpartition": lambda s: s.str.rpartition("_"),
    "findall": lambda s: s.str.findall("[a-c]"),
    "findall group": lambda s: s.str.findall("_([a-c])"),
    "extract": lambda s: s.str.extract(r"(\w+)@(?P<domain>\w+)"),
    "extract one": lambda s: s.str.extract(r"(?P<first>\w)", expand=False),
    "extract look-ahead": lambda s: s.str.extract(r"(\w)(?=_)", expand=False),
    "join": lambda s: s.str.join("-"),
    "encode": lambda s: s.str.encode("utf-8"),
    "cat": lambda s: s.str.cat(s.str.upper(), sep="/"),
    "cat with na": lambda s: s.str.cat([s, s], na_rep="?"),
    "cat with values": lambda s: s.str.cat([*"abcdefghijk", None], sep="-"),
    "cat with an array": lambda s: s.str.cat(np.array([*"abcdefghijk", None], dtype=object), na_rep="?"),
    "cat with an index": lambda s: s.str.cat(pandas.Index([*"abcdefghijkl"], name="z"), sep=", "),
    "cat with its labels": lambda s: s.str.cat(s.index, sep=":"),
    "cat with a matrix": lambda s: s.str.cat(np.array([[*"abcdefghijkl"]] * 2, dtype=object).T, sep="|"),
    "cat with several": lambda s: s.str.cat([s.str.upper(), np.array([*"abcdefghijkl"], dtype=object)], na_rep="-"),
    "cat with another dtype": lambda s: s.str.cat(s.astype("string"), sep="/"),
    "encode and decode": lambda s: s.str.encode("utf-16").str.decode("utf-16"),
    "length of bytes": lambda s: s.str.encode("utf-8").str.len(),
    "slice of bytes": lambda s: s.str.encode("utf-8").str[1:3],
    "get of bytes": lambda s: s.str.encode("utf-8").str[0],
    "dummies": lambda s: s.str.get_dummies("_"),
    "dummies of a dtype": lambda s: s.str.get_dummies(" ", dtype="float64"),
    "dummies that are bools": lambda s: s.str.get_dummies("o", dtype=bool),
    "extractall": lambda s: s.str.extractall("([ab])"),
    "extractall with names": lambda s: s.str.extractall(r"(?P<first>\w)(_?)(?P<rest>\w)"),
    "extractall compiled": lambda s: s.str.extractall(re.compile("(H|W)(Q)?", re.IGNORECASE)),
    "extractall of counted rows": lambda s: s.reset_index(drop=True).str.extractall("([ab])"),
    "chain": lambda s: s.str.strip().str.lower().str.replace(" ", "_").str.len(),
}


@pytest.mark.parametrize("call", SAME)
def test_calls_agree_with_pandas(call: str) -> None:
    ours, theirs = SAME[call](pd.Series(TEXTS)).to_pandas(), SAME[call](TEXTS)
    if isinstance(theirs, pandas.DataFrame):
        pandas.testing.assert_frame_equal(ours, theirs)
    else:
        pandas.testing.assert_series_equal(with_nan(ours), theirs)


def with_nan(series: pandas.Series) -> pandas.Series:
    """Missing lists and bytes leave a plan as None, as they do when pandas reads Parquet; its `.str` writes NaN."""
    return series.where(series.notna(), np.nan) if series.dtype == object else series


@pytest.mark.parametrize(
    "call",
    [lambda s: s.str.split("_").str[0], lambda s: s.str.split("_").str.get(1), lambda s: s.str.split().str.join("-")],
)
def test_items_of_lists_are_strings_where_pandas_has_objects(call: Callable[[Any], Any]) -> None:
    ours, theirs = call(pd.Series(TEXTS)).to_pandas(), call(TEXTS)
    assert theirs.dtype == object
    pandas.testing.assert_series_equal(ours, theirs.astype("str"))


@pytest.mark.parametrize("call", [lambda s: s.str.index("a"), lambda s: s.str.rindex("a")])
def test_index_raises_where_the_text_is_not_found(call: Callable[[Any], Any]) -> None:
    found = TEXTS[TEXTS.str.contains("a")]
    pandas.testing.assert_series_equal(call(pd.Series(found)).to_pandas(), call(found))
    with pytest.raises(Exception, match="substring not found"):
        call(pd.Series(TEXTS)).to_pandas()


def test_every_name_of_pandas_is_bound() -> None:
    names = {name for name in dir(pandas.Series.str) if not name.startswith("_")}
    assert names <= set(vars(StringMethods))


def test_bindings_carry_the_signature_and_docstring_of_pandas() -> None:
    method = pd.Series(TEXTS).str.contains
    assert method.__wrapped__ is pandas.Series.str.contains
    assert "Test if pattern or regex is contained" in method.__doc__
    assert "Tier: *native*" in method.__doc__
    assert isinstance(vars(StringMethods)["wrap"], Binding)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda s: s.str.replace("a", lambda found: "b"), ValueError, "callable replacement when regex=False"),
        (lambda s: s.str.replace(re.compile("a"), "b"), ValueError, "compiled regex as replacement pattern"),
        (
            lambda s: s.str.replace(re.compile("a"), "b", case=True, regex=True),
            ValueError,
            "case and flags cannot be set",
        ),
        (lambda s: s.str.replace({"a": "b"}, "b"), ValueError, "repl cannot be used when pat is a dictionary"),
        (lambda s: s.str.replace("a", 1), TypeError, "repl must be a string or callable"),
        (lambda s: s.str.split(re.compile("a"), regex=False), ValueError, "compiled regex"),
        (lambda s: s.str.split("(ab"), re.error, "unterminated subpattern"),
        (lambda s: s.str.rsplit(1), TypeError, "expected a string object, not int"),
        (lambda s: s.str.find(1), TypeError, "expected a string object, not int"),
        (lambda s: s.str.rfind(1), TypeError, "expected a string object, not int"),
        (lambda s: s.str.index(1), TypeError, "expected a string object, not int"),
        (lambda s: s.str.strip(1), TypeError, "expected bytes, int found"),
        (lambda s: s.str.removeprefix(1), TypeError, "expected bytes, int found"),
        (lambda s: s.str.join(1), AttributeError, "'int' object has no attribute 'join'"),
        (lambda s: s.str.extract("(a)", expand=None), ValueError, "expand must be True or False"),
        (lambda s: s.str.findall("["), re.error, "unterminated character set"),
        (lambda s: s.str.cat("a"), ValueError, "Did you mean to supply a `sep` keyword"),
        (lambda s: s.str.cat(5), TypeError, "others must be Series, Index, DataFrame"),
        (lambda s: s.str.cat([["a"], "b"]), TypeError, "others must be Series, Index, DataFrame"),
        (lambda s: s.str.cat(["a"]), ValueError, "of the same length as the calling Series/Index"),
        (lambda s: s.str.replace(re.compile("(a)"), r"\4", regex=True), re.error, "invalid group reference"),
        (lambda s: s.str.contains(re.compile("a"), flags=re.IGNORECASE), ValueError, "cannot process flags argument"),
        (lambda s: s.str.count(re.compile("a"), flags=re.IGNORECASE), ValueError, "cannot process flags argument"),
        (lambda s: s.str.match(re.compile("a"), case=False), ValueError, "conflicting case-sensitivity"),
        (lambda s: s.str.match(re.compile("a"), flags=re.DOTALL), ValueError, "conflicting flags"),
        (lambda s: s.str.match("a", case=True, flags=re.IGNORECASE), ValueError, "Cannot both specify case=True"),
        (lambda s: setattr(s.str, "letters", "a"), AttributeError, "You cannot add any new attribute"),
        (lambda s: list(s.str), TypeError, "not iterable"),
        (lambda s: s.str.decode("utf-8"), AttributeError, "'str' object has no attribute 'decode'"),
        (
            lambda s: s.str.encode("utf-8").str.lower(),
            TypeError,
            "Cannot use .str.lower with values of inferred dtype 'bytes'",
        ),
        (lambda s: s.str.extract("a"), ValueError, "pattern contains no capture groups"),
        (lambda s: s.str.partition(""), ValueError, "empty separator"),
        (lambda s: s.str.normalize("NFX"), ValueError, "invalid normalization form"),
        (lambda s: s.str.pad(3, fillchar="ab"), TypeError, "fillchar must be a character, not str"),
        (lambda s: s.str.contains("a", na="x"), ValueError, "na must be None, pd.NA, np.nan, True, or False"),
        (lambda s: s.str.startswith(1), TypeError, "expected a string or tuple, not int"),
        (lambda s: s.str.lower(1), TypeError, "argument"),
        (lambda s: s.str.len().str, AttributeError, "Can only use .str accessor with string values, not integer"),
        (lambda s: s.str.split().str.lower(), TypeError, "works on strings"),
    ],
)
def test_wrong_calls_fail_when_recorded(call: Callable[[Any], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(pd.Series(TEXTS))


@pytest.mark.parametrize("dtype", ["string", pandas.ArrowDtype(pa.string())], ids=["nullable", "arrow"])
@pytest.mark.parametrize("call", ["isdigit", "contains", "upper", "find", "len", "count"])
def test_other_dtype_families_keep_their_missing_values(dtype: Any, call: str) -> None:
    source = TEXTS.astype(dtype)
    arguments = {"contains": ("a",), "find": ("a",), "count": ("a",)}.get(call, ())
    ours = getattr(pd.Series(source).str, call)(*arguments).to_pandas()
    pandas.testing.assert_series_equal(ours, getattr(source.str, call)(*arguments))
    assert ours.isna().sum() == 1


GATHERED: dict[str, Callable[[Any], Any]] = {
    "repeat each": lambda s: s.str.repeat([*range(12)]),
    "cat all": lambda s: s.str.cat(sep=","),
    "cat all with na": lambda s: s.str.cat(sep=",", na_rep="?"),
    "cat other rows": lambda s: s.str.cat(s.iloc[::-1].head(5), join="outer", na_rep="?"),
    "cat inner": lambda s: s.str.cat(s.sort_values().head(3), join="inner"),
    "dummies between longer separators": lambda s: s.str.get_dummies("_b"),
}


@pytest.mark.parametrize("call", GATHERED)
def test_what_needs_all_the_data_is_gathered(call: str) -> None:
    with pytest.warns(pd.PerformanceWarning):
        ours = GATHERED[call](pd.Series(TEXTS))
    assert_same(computed(ours), GATHERED[call](TEXTS))


def test_default_indexes_pair_up_in_cat() -> None:
    left, right = TEXTS.reset_index(drop=True), TEXTS.head(4).reset_index(drop=True).str.upper()
    ours = pd.Series(left).str.cat(pd.Series(right), na_rep="?").to_pandas()
    pandas.testing.assert_series_equal(ours, left.str.cat(right, na_rep="?"))


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("values", [[], [None, None]])
@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.str.upper(),
        lambda s: s.str.len(),
        lambda s: s.str.contains("a", na=False),
    ],
)
def test_columns_without_a_value(call: Callable[[Any], Any], values: list[Any]) -> None:
    source = pandas.Series(values, dtype=object)
    assert_same(computed(call(pd.Series(source))), call(source))
