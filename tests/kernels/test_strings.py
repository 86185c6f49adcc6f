"""String kernels against pandas' own answers, values and dtypes, for every dtype family."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import engine.kernels.pandas_tier
import engine.kernels.regex
import engine.kernels.strings  # noqa: F401  (registers its kernels)
from bigframe.errors import ExecutionError, Unsupported
from bigframe.ops import lists, strings
from bigframe.ops.base import Column, Expr
from bigframe.ops.pandas_tier import PandasMethod
from bigframe.schema import STRING, DType, Family, from_pandas
from engine.kernels.interchange import series_to_pandas
from engine.kernels.registry import compile as compile_expr

X = Column("x")

TEXTS = [
    "", " ", "a", "A", "ab cd", "  padded  ", "\x1csep\x1d", "tab\tand\nline\n", "a\n", "a_b_c", "_a_", "__", "-5",
    "+5", "--", "12", "٣", "²", "½", "Ⅷ", "1a", "Hello World", "hELLO wORLD", "ßtraße", "ẞ", "ǆ", "Ǆ", "ǅabc",
    "İstanbul", "ıi", "ΑΣ", "ŉ", "éab", "e\u0301ab", "🙂x🙂", "日本語", "👩‍👩‍👧", "ﬁn", "a.b.c",
    "foo bar foo", "foobar", "xfoo", "$1", "a\\b", "aaa", "can't stop", None,
]  # fmt: skip

FAMILIES = {
    "str": pd.StringDtype(na_value=np.nan),
    "string": pd.StringDtype("pyarrow"),
    "arrow": pd.ArrowDtype(pa.string()),
}


def evaluate(expr: Expr, texts: list[str | None], dtype: DType) -> pd.Series:
    operand = compile_expr(expr, {"x": dtype})
    answer = pl.DataFrame({"x": pl.Series(texts, dtype=pl.String)}).select(operand.expr.alias("x")).to_series()
    return series_to_pandas(answer, operand.dtype)


def assert_same(
    expr: Expr, call: Callable[[pd.Series], pd.Series], family: str, texts: list[str | None] = TEXTS
) -> None:
    source = pd.Series(texts, dtype=FAMILIES[family])
    ours, theirs = evaluate(expr, texts, from_pandas(source.dtype)), call(source)
    pd.testing.assert_series_equal(plain(ours), plain(theirs), check_names=False)


def plain(values: pd.Series) -> pd.Series:
    """Without what differs on purpose: which missing value objects hold, and widths that follow 32-bit string offsets."""
    if (
        values.dtype == object
        or isinstance(values.dtype, pd.ArrowDtype)
        and pa.types.is_binary(values.dtype.pyarrow_dtype)
    ):
        return values.astype(object).where(values.notna(), None)
    return values.astype("int64[pyarrow]") if values.dtype == "int32[pyarrow]" else values


CASES = {
    "lower": (strings.Lower(X), lambda s: s.str.lower()),
    "upper": (strings.Upper(X), lambda s: s.str.upper()),
    "title": (strings.Title(X), lambda s: s.str.title()),
    "capitalize": (strings.Capitalize(X), lambda s: s.str.capitalize()),
    "swapcase": (strings.SwapCase(X), lambda s: s.str.swapcase()),
    "isalnum": (strings.IsAlnum(X), lambda s: s.str.isalnum()),
    "isalpha": (strings.IsAlpha(X), lambda s: s.str.isalpha()),
    "isascii": (strings.IsAscii(X), lambda s: s.str.isascii()),
    "isdecimal": (strings.IsDecimal(X), lambda s: s.str.isdecimal()),
    "isdigit": (strings.IsDigit(X), lambda s: s.str.isdigit()),
    "islower": (strings.IsLower(X), lambda s: s.str.islower()),
    "isnumeric": (strings.IsNumeric(X), lambda s: s.str.isnumeric()),
    "isspace": (strings.IsSpace(X), lambda s: s.str.isspace()),
    "istitle": (strings.IsTitle(X), lambda s: s.str.istitle()),
    "isupper": (strings.IsUpper(X), lambda s: s.str.isupper()),
    "len": (strings.Length(X), lambda s: s.str.len()),
    "strip": (strings.Strip(X), lambda s: s.str.strip()),
    "strip set": (strings.Strip(X, "a_ "), lambda s: s.str.strip("a_ ")),
    "strip nothing": (strings.Strip(X, ""), lambda s: s.str.strip("")),
    "lstrip": (strings.LStrip(X), lambda s: s.str.lstrip()),
    "lstrip set": (strings.LStrip(X, "^-a"), lambda s: s.str.lstrip("^-a")),
    "rstrip": (strings.RStrip(X), lambda s: s.str.rstrip()),
    "rstrip set": (strings.RStrip(X, "c🙂"), lambda s: s.str.rstrip("c🙂")),
    "removeprefix": (strings.RemovePrefix(X, "a"), lambda s: s.str.removeprefix("a")),
    "removesuffix": (strings.RemoveSuffix(X, "🙂"), lambda s: s.str.removesuffix("🙂")),
    "pad left": (strings.Pad(X, 6, "left", "é"), lambda s: s.str.pad(6, "left", "é")),
    "pad right": (strings.Pad(X, 6, "right", "*"), lambda s: s.str.pad(6, "right", "*")),
    "center even": (strings.Pad(X, 6, "both", "*"), lambda s: s.str.center(6, "*")),
    "center odd": (strings.Pad(X, 7, "both", "*"), lambda s: s.str.center(7, "*")),
    "pad negative": (strings.Pad(X, -1), lambda s: s.str.pad(-1)),
    "zfill": (strings.ZeroFill(X, 5), lambda s: s.str.zfill(5)),
    "zfill negative": (strings.ZeroFill(X, -5), lambda s: s.str.zfill(-5)),
    "repeat": (strings.RepeatText(X, 2), lambda s: s.str.repeat(2)),
    "repeat 0": (strings.RepeatText(X, 0), lambda s: s.str.repeat(0)),
    "find": (strings.FindText(X, "a"), lambda s: s.str.find("a")),
    "find wide": (strings.FindText(X, "x🙂"), lambda s: s.str.find("x🙂")),
    "find empty": (strings.FindText(X, ""), lambda s: s.str.find("")),
    "startswith": (strings.StartsWith(X, ("a",)), lambda s: s.str.startswith("a")),
    "startswith any": (strings.StartsWith(X, ("a", "é")), lambda s: s.str.startswith(("a", "é"))),
    "startswith none": (strings.StartsWith(X, ()), lambda s: s.str.startswith(())),
    "startswith na": (strings.StartsWith(X, ("a",), na=True), lambda s: s.str.startswith("a", na=True)),
    "endswith": (strings.EndsWith(X, ("b", "🙂")), lambda s: s.str.endswith(("b", "🙂"))),
    "endswith na": (strings.EndsWith(X, ("b",), na=False), lambda s: s.str.endswith("b", na=False)),
    "contains text": (strings.ContainsText(X, "."), lambda s: s.str.contains(".", regex=False)),
    "contains text na": (strings.ContainsText(X, "a", na=True), lambda s: s.str.contains("a", regex=False, na=True)),
    "replace text": (strings.ReplaceText(X, "_", "$1"), lambda s: s.str.replace("_", "$1")),
    "replace one text": (strings.ReplaceText(X, "a", "é", 1), lambda s: s.str.replace("a", "é", n=1)),
    "replace two texts": (strings.ReplaceText(X, "a", "é", 2), lambda s: s.str.replace("a", "é", n=2)),
    "translate": (
        strings.Translate(X, ("a", "b", "🙂"), ("b", "", "smile")),
        lambda s: s.str.translate(str.maketrans({"a": "b", "b": None, "🙂": "smile"})),
    ),
}  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("case", CASES)
def test_kernels_agree_with_pandas(case: str, family: str) -> None:
    assert_same(*CASES[case], family)


@pytest.mark.parametrize("case", ["len", "find", "isalpha", "lower"])
def test_integers_stay_integers_where_nothing_is_missing(case: str) -> None:
    assert_same(*CASES[case], "str", texts=[text for text in TEXTS if text is not None])


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_normalize(form: str) -> None:
    assert_same(strings.NormalizeUnicode(X, form), lambda s: s.str.normalize(form), "str")


@pytest.mark.parametrize("position", [0, 1, 5, -1, -2, -6])
@pytest.mark.parametrize("family", FAMILIES)
def test_character_at(position: int, family: str) -> None:
    assert_same(strings.CharacterAt(X, position), lambda s: s.str.get(position), family)


SLICES = [
    (None, None, None), (1, 3, None), (2, None, 1), (None, 2, None), (3, 1, None), (0, 0, None), (-3, None, None),
    (-3, -1, None), (None, -2, None), (1, -1, None), (-2, 2, None), (None, None, 2), (1, None, 3), (None, None, -1),
    (None, None, -2), (3, 0, -1), (-2, None, -1), (100, None, None),
]  # fmt: skip


@pytest.mark.parametrize("bounds", SLICES)
def test_slice(bounds: tuple[int | None, int | None, int | None]) -> None:
    assert_same(strings.Substring(X, *bounds), lambda s: s.str.slice(*bounds), "str")


@pytest.mark.parametrize("bounds", [(1, 2), (None, 1), (1, None), (-2, -1), (2, 1), (None, None), (-3, 1), (5, 2)])
def test_slice_replace(bounds: tuple[int | None, int | None]) -> None:
    assert_same(strings.ReplaceSlice(X, *bounds, "é"), lambda s: s.str.slice_replace(*bounds, "é"), "str")


@pytest.mark.parametrize(
    ("expr", "call"),
    [
        (strings.SplitWords(X), lambda s: s.str.split()),
        (strings.SplitText(X, "_"), lambda s: s.str.split("_")),
        (strings.SplitText(X, "a.", 1), lambda s: s.str.split("a.", n=1, regex=False)),
        (strings.SplitText(X, "_", 1, last=True), lambda s: s.str.rsplit("_", n=1)),
        (strings.SplitText(X, " ", 5), lambda s: s.str.split(" ", n=5)),
        (strings.FindAll(X, "a|o+"), lambda s: s.str.findall("a|o+")),
        (strings.FindAll(X, r"\b\w+\b"), lambda s: s.str.findall(r"\b\w+\b")),
    ],
)
def test_lists(expr: Expr, call: Callable[[pd.Series], pd.Series]) -> None:
    assert_same(expr, call, "str")


@pytest.mark.parametrize("sep", ["_", " ", "foo", "🙂"])
@pytest.mark.parametrize("column", [0, 1, 2])
@pytest.mark.parametrize("last", [False, True])
def test_partition(sep: str, column: int, last: bool) -> None:
    part = ("before", "separator", "after")[column]
    assert_same(
        strings.Affix(X, sep, part, last),
        lambda s: (s.str.rpartition(sep) if last else s.str.partition(sep))[column],
        "str",
    )


def by_python(source: pd.Series, call: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """pandas' answer by Python's `re`, also for ArrowDtype, which pandas gives to RE2 with its ASCII-only classes."""
    if not isinstance(source.dtype, pd.ArrowDtype):
        return call(source)
    return call(source.astype("string")).astype(pd.ArrowDtype(pa.bool_()))


PATTERNS = [
    "a", "a.c", "[a-c]+", "^a", "a$", r"\n$", r"a\Z", r"\d", r"\d+$", r"\D", r"\w+", r"\W", r"\s", r"\S", r"\bfoo\b",
    r"\Bb", "(?i)HELLO", "(?i:h)ELLO", "foo|bar", "(?:foo|bar)+", "a{2,}?", "[^a-z]", "[\\w-]", r"[^\W\d]", r"\.",
    "é", "(?s)a.b", "(?m)^l", "(?m)a$", "ß", r"[\s_]", "\\$", "x*y?",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("method", ["contains", "match", "fullmatch"])
@pytest.mark.parametrize("family", FAMILIES)
def test_searches(pattern: str, method: str, family: str) -> None:
    operator = {"contains": strings.Contains, "match": strings.Match, "fullmatch": strings.FullMatch}[method]
    assert_same(operator(X, pattern), lambda s: by_python(s, lambda t: getattr(t.str, method)(pattern)), family)


@pytest.mark.parametrize("pattern", ["i", "ß", "ǆ", r"\bı", r"\wS"])
@pytest.mark.parametrize("how", [{"case": False}, {"flags": int(re.IGNORECASE)}])
def test_ignoring_case(pattern: str, how: dict[str, int]) -> None:
    assert_same(strings.Contains(X, pattern, **how), lambda s: s.str.contains(pattern, **how), "str")


@pytest.mark.parametrize("na", [True, False])
@pytest.mark.parametrize("family", FAMILIES)
def test_what_a_missing_text_contains(na: bool, family: str) -> None:
    assert_same(strings.Contains(X, "a$", na=na), lambda s: by_python(s, lambda t: t.str.contains("a$", na=na)), family)


@pytest.mark.parametrize("pattern", ["a", r"\w", r"\bfoo", "o+$", r"[^\s]", "foo|o"])
def test_count(pattern: str) -> None:
    assert_same(strings.CountMatches(X, pattern), lambda s: s.str.count(pattern), "str")


@pytest.mark.parametrize(
    ("pattern", "repl"),
    [
        ("a", "$1"), (r"(\w)(\w)", r"\2\1"), (r"(?P<first>\w)b", r"<\g<first>>"), ("a$", "END"), (r"\bfoo\b", "baz"),
        (r"\s+", " "),
        (r"[^\w]", ""), ("(f)(x)?", r"[\1]"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("n", [-1, 1])
def test_replace_pattern(pattern: str, repl: str, n: int) -> None:
    expr = strings.ReplaceMatches(X, pattern, repl=repl, n=n)
    assert_same(expr, lambda s: s.str.replace(pattern, repl, n=n, regex=True), "str")


@pytest.mark.parametrize(
    "pattern", ["(a)", r"(\d+)", r"(\w+)\s(\w+)", "(a)|(b)", "(x)?y?(o+)", r"(o)$", r"\b(\w)", "(?i)(FOO)", "(a*)b"]
)
def test_extract(pattern: str) -> None:
    for group in range(1, re.compile(pattern).groups + 1):
        expr = strings.ExtractGroup(X, pattern, group=group)
        assert_same(expr, lambda s, at=group - 1: s.str.extract(pattern)[at], "str")


@pytest.mark.parametrize(
    "pattern",
    [
        "a(?=b)",
        "(?<!a)b",
        r"(a)\1",
        "(?>a+)b",
        "a++b",
        "(?a:\\w)",
        "(",
        r"\p{L}",
        "(a|b*)*",
        r"\w{1,1000}",
        "(?(1)a|b)",
    ],
)
def test_patterns_without_an_equal_are_refused_when_recorded(pattern: str) -> None:
    with pytest.raises(Unsupported, match="columnar kernel for the pattern"):
        strings.Contains(X, pattern)


def test_repeated_searches_refuse_empty_matches() -> None:
    with pytest.raises(Unsupported, match="may match the empty string"):
        strings.CountMatches(X, "a*")
    with pytest.raises(Unsupported, match="has groups"):
        strings.FindAll(X, "(a)")


def test_operators_name_the_wrong_dtype() -> None:
    with pytest.raises(TypeError, match=r"Lower works on strings, not on int64"):
        compile_expr(strings.Lower(X), {"x": from_pandas(np.dtype("int64"))})


@pytest.mark.parametrize(
    "part", [slice(1), slice(1, None), slice(-1, None), slice(0, -1), slice(5, 9), slice(-9, 2), slice(2, 1)]
)
def test_list_slices(part: slice) -> None:
    split = strings.SplitText(X, "_")
    assert_same(lists.SliceItems(split, part.start, part.stop), lambda s: s.str.split("_").str[part], "str")


def test_join_of_a_list() -> None:
    expr = lists.JoinItems(strings.SplitText(X, "_"), "-")
    assert_same(expr, lambda s: s.str.split("_").str.join("-").astype("str"), "str")


TIER = [
    ("str.casefold", (), {}, strings.to_string),
    ("str.wrap", (4,), {}, strings.to_string),
    ("str.rfind", ("a",), {}, strings.to_int),
    ("str.find", ("a",), {"start": 1}, strings.to_int),
    ("str.isalpha", (), {}, strings.to_bool),
    ("str.encode", ("utf-8",), {}, strings.to_binary),
    ("str.split", (), {"n": 1}, strings.to_list),
    ("str.join", ("-",), {}, strings.to_string),
]


@pytest.mark.parametrize(("path", "args", "keywords", "rule"), TIER)
@pytest.mark.parametrize("family", FAMILIES)
def test_pandas_tier(path: str, args: tuple, keywords: dict, rule: Callable[[DType], DType], family: str) -> None:
    dtype = from_pandas(FAMILIES[family])
    expr = PandasMethod(X, path, args, tuple(keywords.items()), rule(dtype))
    assert_same(expr, lambda s: getattr(s.str, path.removeprefix("str."))(*args, **keywords), family)


def test_pandas_tier_on_no_rows_has_the_declared_dtype() -> None:
    expr = PandasMethod(X, "str.rfind", ("a",), (), strings.to_int(STRING))
    assert evaluate(expr, [], STRING).dtype == np.int64


def test_pandas_tier_refuses_another_shape() -> None:
    expr = PandasMethod(X, "str.extractall", ("(a)",), (), STRING)
    with pytest.raises(ExecutionError, match="returned a DataFrame, not one value per row"):
        evaluate(expr, ["a", None], STRING)


def test_pandas_tier_refuses_values_of_another_dtype() -> None:
    expr = PandasMethod(X, "str.upper", (), (), strings.to_int(STRING))
    with pytest.raises(TypeError, match="they are large_string, not int64"):
        evaluate(expr, ["a"], STRING)


def test_three_valued_families_are_declared() -> None:
    nullable = DType(pa.large_string(), Family.NULLABLE)
    assert str(strings.to_int(nullable).pandas) == "Int64"
    assert str(strings.to_bool(nullable).pandas) == "boolean"
