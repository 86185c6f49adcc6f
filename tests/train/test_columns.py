"""Values and dtypes of every type of column, and the refusals."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from bigframe.errors import Unsupported
from bigframe.train.columns import choose_columns, feed

DAY = dt.datetime(1970, 1, 2, tzinfo=dt.UTC)


def fed(values, kind):
    """Entries for a slice, so that offsets are not zero: the first and last rows are decoys."""
    column = pa.array([values[0], *values, values[-1]], kind)
    return feed("x", column.slice(1, len(values)))


@pytest.mark.parametrize(
    ("values", "kind", "expected", "dtype"),
    [
        ([1, 2, 3], pa.int64(), [1, 2, 3], "int64"),
        ([1, 2], pa.uint8(), [1, 2], "uint8"),
        ([1, 2], pa.uint32(), [1, 2], "uint32"),
        ([True, False, True], pa.bool_(), [True, False, True], "bool"),
        ([1.5, None], pa.float64(), [1.5, np.nan], "float64"),
        ([1.5, None], pa.float32(), [1.5, np.nan], "float32"),
        ([1.5, None], pa.float16(), [1.5, np.nan], "float16"),
        ([DAY], pa.timestamp("ms"), [86_400_000], "int64"),
        ([DAY], pa.timestamp("ns", "UTC"), [86_400 * 10**9], "int64"),
        ([DAY.date()], pa.date32(), [1], "int32"),
        ([dt.timedelta(seconds=2)], pa.duration("us"), [2_000_000], "int64"),
        ([[1, 2], [3, 4]], pa.list_(pa.int32(), 2), [[1, 2], [3, 4]], "int32"),
        ([[1, None], None], pa.list_(pa.float32(), 2), [[1, np.nan], [np.nan, np.nan]], "float32"),
        ([[[1, 2]], [[3, 4]]], pa.list_(pa.list_(pa.int8(), 2), 1), [[[1, 2]], [[3, 4]]], "int8"),
    ],
    ids=str,
)
def test_dense_columns(values, kind, expected, dtype):
    array = fed(values, kind)["x"]
    assert array.dtype == dtype
    np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize("kind", [pa.list_(pa.int64()), pa.large_list(pa.int64())], ids=str)
def test_lists_become_values_and_offsets_from_zero(kind):
    entries = fed([[1, 2], [], [3]], kind)
    assert list(entries) == ["x__values", "x__offsets"]
    assert entries["x__values"].tolist() == [1, 2, 3]
    assert entries["x__offsets"].tolist() == [0, 2, 2, 3]
    assert entries["x__offsets"].dtype == np.int64


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_strings_become_a_list(kind):
    assert fed(["a", None, ""], kind) == {"x": ["a", None, ""]}


@pytest.mark.parametrize(
    ("values", "kind", "count"),
    [
        ([1, None, None], pa.int64(), 2),
        ([True, None], pa.bool_(), 1),
        ([DAY, None], pa.timestamp("us"), 1),
        ([[1, 2], None], pa.list_(pa.int32(), 2), 1),
        ([[1, None]], pa.list_(pa.int32(), 2), 1),
        ([[1], None], pa.list_(pa.int32()), 1),
        ([[1, None, None]], pa.list_(pa.int32()), 2),
    ],
    ids=str,
)
def test_missing_values_that_no_tensor_holds_name_column_and_fix(values, kind, count):
    with pytest.raises(ValueError, match=rf"column 'label' .* has {count} missing of .*df\['label'\]\.fillna"):
        feed("label", pa.array(values, kind))


SCHEMA = pa.schema(
    [
        ("x", pa.int64()),
        ("text", pa.string()),
        ("money", pa.decimal128(10, 2)),
        ("kind", pa.dictionary(pa.int32(), pa.string())),
        ("raw", pa.binary()),
        ("words", pa.list_(pa.string())),
        ("y", pa.list_(pa.int64())),
        ("y__values", pa.int64()),
    ]
)


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        (["gone"], KeyError, "column 'gone' is not in the blocks, which have"),
        (["x", "x"], ValueError, "column 'x' would give a batch two entries"),
        (["y", "y__values"], ValueError, "column 'y__values' would give a batch two entries"),
        (["money"], Unsupported, r"column 'money' .* decimal128\(10, 2\).*astype\('float64'\)"),
        (["kind"], Unsupported, r"column 'kind' .*dictionary.*\.cat\.codes"),
        (["raw"], Unsupported, "column 'raw' .* no tensor holds binary"),
        (["words"], Unsupported, "column 'words' .* no tensor holds list<"),
    ],
)
def test_columns_that_cannot_be_fed_are_refused_before_reading(columns, error, message):
    with pytest.raises(error, match=message):
        choose_columns(SCHEMA, columns)


def test_strings_are_fed_only_by_name():
    schema = pa.schema([("x", pa.int64()), ("text", pa.string())])
    assert choose_columns(schema, ["text", "x"]) == ("text", "x")
    with pytest.raises(Unsupported, match=r"column 'text' .*columns=\[…, 'text'\]"):
        choose_columns(schema, None)


def test_a_repeated_column_name_is_refused():
    schema = pa.schema([("x", pa.int64()), ("x", pa.int64())])
    with pytest.raises(ValueError, match="column 'x' would give a batch two entries"):
        choose_columns(schema, ["x"])
