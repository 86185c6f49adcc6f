"""``read_orc`` and ``read_feather`` against pandas, over files of many stripes and record batches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import orc

import bigframe
from bigframe.errors import SourceError, Unsupported
from tests.conformance.compare import assert_same, same, same_error

ROWS = pd.DataFrame(
    {
        "x": [3, -1, 4, 1, -5, 9, 2],
        "h": [3, None, 4, 1, None, 9, 2],
        "y": [1.5, np.nan, -2.5, 0.25, np.nan, 1e3, 4.0],
        "s": ["b", "a", None, "", "b", 'ç,"d"', None],
        "b": [True, False, True, True, False, True, True],
        "t": pd.to_datetime(["2024-01-02", None, "2023-05-06", "2020-02-29", None, "1960-01-01", "2024-01-02"]),
        "i": np.array([1, 2, 3, 4, 5, 6, 7], dtype="int8"),
        "d": [pd.Timestamp(2020, 1, day).date() for day in range(1, 8)],
    }
)
# Of these ORC and Feather hold integers beside nulls, which pandas turns into floats.
TABLE = (
    pa.Table.from_pandas(ROWS, preserve_index=False)
    .set_column(1, "h", pa.array([3, None, 4, 1, None, 9, 2]))
    .set_column(3, "s", pa.array(ROWS["s"], pa.string()))
)


@pytest.fixture(params=["orc", "feather"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"rows.{request.param}"
    write(path, TABLE)
    return path


def write(path: Path, table: pa.Table) -> None:
    if path.suffix == ".orc":
        orc.write_table(table, path, batch_size=2, stripe_size=1)
    else:
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.ipc.new_file(path, table.schema, options=options) as writer:
            writer.write_table(table, max_chunksize=2)


def reader(m: Any, path: Path) -> Callable[..., Any]:
    return m.read_orc if path.suffix == ".orc" else m.read_feather


STEPS: dict[str, Callable[[Any], Any]] = {
    "all": lambda d: d,
    "filter": lambda d: d[d.x > 1],
    "filter on a column with missing values": lambda d: d[d.h > 2],
    "negated filter": lambda d: d[~(d.y > 0)],
    "filter on strings": lambda d: d[d.s == "b"],
    "filter on times": lambda d: d[d.t > "2021-01-01"],
    "columns": lambda d: d[["s", "h"]],
    "head": lambda d: d.head(3),
    "middle": lambda d: d[2:5],
    "sum": lambda d: d.h.sum(),
    "group": lambda d: d.groupby("s").x.sum(),
    "sort": lambda d: d.sort_values("y"),
    "merge": lambda d: d.merge(d[["s", "i"]], on="s"),
    "length": len,
    "length of a filter": lambda d: len(d[d.x > 1]),
}


@pytest.mark.parametrize("step", STEPS)
def test_steps_over_files(step: str, file: Path) -> None:
    same(lambda m: STEPS[step](reader(m, file)(file)))


@pytest.mark.parametrize("columns", [["s"], ["y", "x"], ["i", "t", "h"]])
def test_columns(columns: list[str], file: Path) -> None:
    same(lambda m: reader(m, file)(file, columns=columns))


@pytest.mark.parametrize("backend", ["pyarrow", "numpy_nullable"])
def test_backends(backend: str, file: Path) -> None:
    same(lambda m: reader(m, file)(str(file), columns=["x", "h", "s"], dtype_backend=backend))


def test_a_column_that_is_not_there(file: Path) -> None:
    same_error(lambda m: reader(m, file)(file, columns=["x", "nowhere"]))


def test_files_together(file: Path) -> None:
    write(file.with_name(f"rest{file.suffix}"), TABLE.slice(0, 3).drop_columns("b"))
    expected = pd.concat([ROWS[:3].drop(columns="b"), ROWS], ignore_index=True)[[*ROWS.columns.drop("b"), "b"]]
    for path in (str(file.parent), str(file.parent / f"*{file.suffix}")):
        actual = reader(bigframe, file)(path).to_pandas()
        assert_same(actual.drop(columns="t"), expected.drop(columns="t"))
        assert actual.t.equals(expected.t.astype(actual.t.dtype))
    with pytest.raises(SourceError, match="column 'b'"):
        reader(bigframe, file)(file.parent, on_drift="error")


def test_reading_is_lazy(file: Path) -> None:
    frame = reader(bigframe, file)(file)
    assert frame.estimate().sources[0].row_groups_total == 4
    file.unlink()
    with pytest.raises((SourceError, FileNotFoundError), match=file.name):
        frame.to_pandas()


def test_dtypes_that_the_footer_settles(tmp_path: Path) -> None:
    orc.write_table(TABLE, tmp_path / "rows.orc", batch_size=2, stripe_size=1)
    frame = bigframe.read_orc(tmp_path / "rows.orc")
    with bigframe.option_context("fallback", "raise"):
        assert [str(dtype) for dtype in frame[["x", "h", "b", "i"]].dtypes] == ["int64", "float64", "bool", "int8"]


SHOWN: dict[str, pd.DataFrame] = {
    "categories": pd.DataFrame({"c": pd.Categorical(["a", "b", "a"], ordered=True)}),
    "nullable integers": pd.DataFrame({"n": pd.array([1, None, 3], "Int64")}),
    "nullable strings": pd.DataFrame({"n": pd.array(["a", None], "string")}),
}
PERIODS = pd.DataFrame({"p": pd.period_range("2020", periods=2, freq="M")})


@pytest.mark.parametrize("rows", [PERIODS, pd.DataFrame({"t": pd.to_datetime(["2020-01-01"]).astype("M8[s]")})])
@pytest.mark.filterwarnings("error::bigframe.PerformanceWarning")
def test_feather_with_periods_and_seconds(rows: pd.DataFrame, tmp_path: Path) -> None:
    rows.to_feather(tmp_path / "x.feather")
    assert_same(bigframe.read_feather(tmp_path / "x.feather").to_pandas(), rows)


@pytest.mark.parametrize("case", SHOWN)
def test_feather_with_dtypes_that_only_pandas_reads(case: str, tmp_path: Path) -> None:
    SHOWN[case].to_feather(tmp_path / "x.feather")
    with pytest.warns(bigframe.PerformanceWarning, match="read_feather: pandas reads this source"):
        assert_same(bigframe.read_feather(tmp_path / "x.feather").to_pandas(), SHOWN[case])
    with pytest.raises(Unsupported, match="pandas shows it as"):
        bigframe.read_feather(tmp_path)


def test_feather_with_an_index(tmp_path: Path) -> None:
    table = pa.Table.from_pandas(ROWS[["x"]].set_index(pd.Index([5, 3, 7, 9, 0, -1, 2], name="k")))
    write(tmp_path / "x.feather", table)
    with pytest.warns(bigframe.PerformanceWarning, match="read_feather: pandas reads this source"):
        assert_same(bigframe.read_feather(tmp_path / "x.feather").to_pandas(), pd.read_feather(tmp_path / "x.feather"))


def test_orc_with_maps(tmp_path: Path) -> None:
    maps = pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64()))
    orc.write_table(pa.table({"m": maps}), tmp_path / "x.orc")
    with pytest.warns(bigframe.PerformanceWarning, match="read_orc: pandas reads this source"):
        assert bigframe.read_orc(tmp_path / "x.orc").to_pandas().m.tolist() == [[("a", 1)], None]
    with pytest.raises(Unsupported, match="no plan holds maps"):
        bigframe.read_orc([tmp_path / "x.orc"])


def test_orc_names_that_only_a_whole_stripe_tells_apart(tmp_path: Path) -> None:
    table = pa.table({"a.b": [1, 2], "a": [{"b": 5}, {"b": 6}], "ab": [7, 8]})
    orc.write_table(table, tmp_path / "x.orc")
    same(lambda m: m.read_orc(tmp_path / "x.orc")[["a.b", "ab"]])


WRITTEN: dict[str, pd.DataFrame] = {
    "rows": ROWS,
    "no rows": ROWS.iloc[:0].drop(columns="d"),
    "nullable": pd.DataFrame(
        {
            "i": pd.array([1, None, 2**60 + 1], "Int64"),
            "b": pd.array([True, None, False], "boolean"),
            "f": pd.array([1.5, None, 2.0], "Float32"),
            "s": pd.array(["a", None, ""], "string[pyarrow]"),
        }
    ),
    "zones": pd.DataFrame({"t": pd.to_datetime(["2024-07-01", None], utc=True)}),
    "far": pd.DataFrame({"t": pd.to_datetime(["2024-07-01", "1700-01-01"]).astype("M8[us]")}),
}


@pytest.mark.parametrize("case", WRITTEN)
@pytest.mark.parametrize("format", ["orc", "feather"])
def test_what_is_written_is_what_pandas_writes(case: str, format: str, tmp_path: Path) -> None:
    ours, theirs, folder = tmp_path / f"ours.{format}", tmp_path / f"theirs.{format}", tmp_path / "folder"
    rows, lazy = WRITTEN[case], bigframe.from_pandas(WRITTEN[case])
    getattr(rows, f"to_{format}")(theirs)
    expected = reader(pd, theirs)(theirs)
    with bigframe.option_context("fallback", "raise"):
        written = getattr(lazy, f"to_{format}")(ours)
        getattr(lazy, f"to_{format}")(folder)
    assert (written["rows"].tolist(), written["path"].tolist()) == ([len(rows)], [str(ours)])
    assert_same(reader(pd, ours)(ours), expected)
    with bigframe.option_context("fallback", "allow"):
        back = [reader(bigframe, ours)(ours)]
        # Of several files with nullable dtypes nobody makes one table.
        back += [reader(bigframe, ours)(folder)] if (case, format) != ("nullable", "feather") else []
    # Of bools the missing one is None to pandas, and NaN here, as in Parquet files.
    expected = expected.where(expected.notna(), np.nan) if (case, format) == ("nullable", "orc") else expected
    for one in back:
        assert_same(one.to_pandas(), expected)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["folder", ours.name, theirs.name])


def test_rows_that_were_computed_are_written(file: Path, tmp_path: Path) -> None:
    target = tmp_path / f"out{file.suffix}"
    name = f"to_{file.suffix[1:]}"
    steps: Callable[[Any], Any] = lambda d: d.sort_values("x").assign(z=d.x * 2).reset_index(drop=True)  # noqa: E731
    with bigframe.option_context("fallback", "raise"):
        getattr(steps(reader(bigframe, file)(file)), name)(target)
    assert_same(reader(pd, file)(target), steps(reader(pd, file)(file)))
    with pytest.raises(FileExistsError):
        getattr(bigframe.from_pandas(ROWS), name)(target, mode="error")
    with pytest.raises(ValueError, match="cannot write there"):
        getattr(reader(bigframe, file)(file), name)(file)


REFUSED: dict[str, tuple[str, pd.DataFrame]] = {
    "orc of an index": ("to_orc", ROWS[["x"]].set_axis(range(1, 8))),
    "orc of unsigned integers": ("to_orc", pd.DataFrame({"u": np.array([1], "u1")})),
    "orc of categories": ("to_orc", pd.DataFrame({"c": pd.Categorical(["a"])})),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
def test_what_pandas_refuses_to_write(case: str, tmp_path: Path) -> None:
    name, rows = REFUSED[case]
    same_error(lambda m, d: getattr(d, name)(tmp_path / "x.orc"), rows)


PANDAS_WRITES: dict[str, pd.DataFrame] = {
    "categories": SHOWN["categories"],
    "periods": PERIODS,
    "an index": ROWS[["x"]].set_axis(range(1, 8)),
}


@pytest.mark.parametrize("case", PANDAS_WRITES)
def test_feather_that_only_pandas_writes(case: str, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.feather", tmp_path / "theirs.feather"
    PANDAS_WRITES[case].to_feather(theirs)
    with pytest.warns(bigframe.PerformanceWarning, match="to_feather"):
        bigframe.from_pandas(PANDAS_WRITES[case]).to_feather(ours)
    assert_same(pd.read_feather(ours), pd.read_feather(theirs))


@pytest.mark.parametrize("compression", ["zstd", "uncompressed"])
def test_feather_compression(compression: str, tmp_path: Path) -> None:
    bigframe.from_pandas(ROWS).to_feather(tmp_path / "x.feather", compression=compression)
    assert_same(pd.read_feather(tmp_path / "x.feather"), ROWS)
    with pytest.raises(ValueError, match="not supported"):
        bigframe.from_pandas(ROWS).to_feather(tmp_path / "x.feather", compression="brotli")


@pytest.mark.parametrize("format", ["orc", "feather"])
def test_integers_that_a_join_left_missing_stay_floats(format: str, tmp_path: Path) -> None:
    def joined(m: Any) -> Any:
        left, right = m.DataFrame({"k": [1, 2, 3]}), m.DataFrame({"k": [1, 2], "n": [5, 6], "b": [True, False]})
        rows = left.merge(right, "left", "k")
        return rows[rows.n.notna()].reset_index(drop=True)

    ours, theirs = tmp_path / f"ours.{format}", tmp_path / f"theirs.{format}"
    getattr(joined(bigframe), f"to_{format}")(ours)
    getattr(joined(pd), f"to_{format}")(theirs)
    assert_same(reader(pd, ours)(ours), reader(pd, theirs)(theirs))
