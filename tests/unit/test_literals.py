"""Every literal that a plan may hold survives its encoding, and no two of them are mistaken for one another."""

import datetime as dt
import json
import math
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bigframe.errors import WireError
from bigframe.literals import decode, encode, is_missing
from bigframe.ops.base import Literal
from bigframe.schema import FLOAT64, INT64, OBJECT_BOOL, STRING, DType, Family, list_of

KINDS: dict[str, Any] = {
    "int": 1,
    "float": 1.0,
    "true": True,
    "zero": 0,
    "zero float": 0.0,
    "negative zero": -0.0,
    "false": False,
    "empty": "",
    "text": "a\0b ü 🐼",
    "lone surrogate": "\ud800",
    "one as text": "1",
    "none": None,
    "nan": math.nan,
    "nat": pd.NaT,
    "na": pd.NA,
    "infinity": math.inf,
    "minus infinity": -math.inf,
    "shortest float": 0.1,
    "subnormal": 5e-324,
    "big int": 2**80,
    "timestamp us": pd.Timestamp("2020-02-29 12:34:56.789012"),
    "timestamp ns": pd.Timestamp(1, unit="ns"),
    "timestamp s": pd.Timestamp("2020-01-01").as_unit("s"),
    "zoned": pd.Timestamp("2020-10-25 00:30", tz="UTC").tz_convert("Europe/Paris"),
    "offset": pd.Timestamp("2020-01-01", tz="UTC+02:00"),
    "timedelta": pd.Timedelta(5, unit="us"),
    "timedelta ns": pd.Timedelta(5, unit="ns"),
    "date": dt.date(2020, 2, 29),
    "decimal": Decimal("1.20"),
    "bytes": b"\x00\xff",
    "regex": re.compile("a+", re.IGNORECASE),
    "other regex": re.compile("a+"),
    "tuple": (1, (2.0, "x"), None),
    "empty tuple": (),
    "int64": INT64,
    "float64": FLOAT64,
    "str": STRING,
    "unsettled": OBJECT_BOOL,
    "nullable": DType(pa.int64(), Family.NULLABLE),
    "arrow": DType(pa.int64(), Family.ARROW),
    "list": list_of(STRING),
    "zoned dtype": DType(pa.timestamp("ns", "Europe/Paris")),
    "narrowing": DType(pa.int64(), if_fits=pa.int8()),
}


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, tuple):
        return isinstance(right, tuple) and all(map(_same, left, right))
    if isinstance(left, float) and isinstance(right, float):
        return left.hex() == right.hex() if math.isfinite(left) else str(left) == str(right)
    if is_missing(left):
        return left is right
    return type(left) is type(right) and left == right


@pytest.mark.parametrize("value", KINDS.values(), ids=KINDS.keys())
def test_a_literal_comes_back_from_json(value: Any) -> None:
    assert _same(decode(json.loads(json.dumps(encode(value)))), value)


def test_every_literal_has_a_digest_of_its_own() -> None:
    digests = {name: Literal(value, INT64).digest for name, value in KINDS.items()}
    assert len(set(digests.values())) == len(KINDS)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.int8(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("x"), "x"),
        (np.datetime64("2020-01-01", "us"), pd.Timestamp("2020-01-01").as_unit("us")),
        (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), pd.Timestamp("2020-01-01", tz="UTC").as_unit("us")),
        (np.timedelta64(1, "us"), pd.Timedelta(1, unit="us")),
        (dt.timedelta(seconds=1), pd.Timedelta(dt.timedelta(seconds=1))),
        ([1, 2], (1, 2)),
    ],
    ids=str,
)
def test_equivalent_values_are_one_literal(value: Any, plain: Any) -> None:
    assert encode(value) == encode(plain)
    assert Literal(value, INT64).digest == Literal(plain, INT64).digest


@pytest.mark.parametrize("value", [object(), {"a": 1}, {1}, lambda: 1, pd.Series([1])], ids=lambda v: type(v).__name__)
def test_other_values_are_refused_by_type(value: Any) -> None:
    with pytest.raises(TypeError, match=f"a plan cannot hold a value of type {type(value).__name__}"):
        encode(value)


@pytest.mark.parametrize("wire", [{"object": 1}, {}, {"float": "0x1p0", "nat": None}], ids=str)
def test_unknown_tags_are_refused(wire: Any) -> None:
    with pytest.raises(WireError, match="tag"):
        decode(wire)
