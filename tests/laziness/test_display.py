"""repr: the head and tail where footers know the length, else the head and a word about the rest."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bigframe as pd
from bigframe.errors import SourceError

ROWS, GROUP = 10_000_000, 100_000


@pytest.fixture
def session() -> Iterator[pd.Session]:
    with pd.connect() as opened:
        yield opened


@pytest.fixture(scope="module")
def mostly_spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten million rows of which only the first and the last row group can be decoded."""
    path = tmp_path_factory.mktemp("display") / "big.parquet"
    table = pa.table({"a": np.arange(ROWS), "b": (np.arange(ROWS) % 7).astype("int8")})
    pq.write_table(table, path, row_group_size=GROUP, use_dictionary=False)
    footer, content = pq.read_metadata(path), bytearray(path.read_bytes())
    for number in range(1, footer.num_row_groups - 1):
        for column in (footer.row_group(number).column(0), footer.row_group(number).column(1)):
            start, size = column.data_page_offset, column.total_compressed_size
            content[start : start + size] = b"\xff" * size
    path.write_bytes(content)
    return path


def test_repr_of_a_scan_reads_two_row_groups(session: pd.Session, mostly_spoilt: Path) -> None:
    frame = pd.read_parquet(mostly_spoilt)
    shown = repr(frame)
    assert len(frame) == ROWS
    assert session.jobs == 1
    assert [line.split() for line in shown.splitlines()] == [
        ["a", "b"],
        *[[str(row), str(row), str(row % 7)] for row in range(5)],
        ["...", "...", ".."],
        *[[str(row), str(row), str(row % 7)] for row in range(ROWS - 5, ROWS)],
        [],
        ["[10000000", "rows", "x", "2", "columns]"],
    ]
    with pytest.raises(SourceError, match=r"big\.parquet"):
        frame.a.sum().item()


@pytest.mark.parametrize("step", ["column", "computed"])
def test_repr_of_elementwise_steps_reads_no_more(session: pd.Session, mostly_spoilt: Path, step: str) -> None:
    frame = pd.read_parquet(mostly_spoilt)
    shown = repr(frame["a"] if step == "column" else frame.assign(c=frame.a * 2)[["c"]])
    last = ROWS - 1 if step == "column" else 2 * (ROWS - 1)
    assert shown.splitlines()[11 if step == "computed" else 10].split() == [str(ROWS - 1), str(last)]


def test_where_the_length_is_not_known_the_head_is_shown(session: pd.Session) -> None:
    frame = pd.DataFrame({"a": range(1000)})
    shown = repr(frame[frame.a >= 10])
    assert shown.splitlines()[1].split() == ["10", "10"]
    assert len(shown.splitlines()) == 12
    assert (
        shown.splitlines()[-1] == "[the first 10 rows; how many more there are is not known without running the plan]"
    )
    assert session.jobs == 1


@pytest.mark.parametrize("rows", [0, 1, 60])
def test_small_results_look_like_pandas(session: pd.Session, rows: int) -> None:
    data = pandas.DataFrame({"a": range(rows), "b": ["x"] * rows})
    frame = pd.from_pandas(data)
    assert repr(frame) == repr(data)
    assert repr(frame.b) == repr(data.b)
    assert frame._repr_html_() == data._repr_html_()
    assert repr(frame[frame.a >= 0]) == repr(data[data.a >= 0])


LONG = pandas.DataFrame(
    {"a": range(1000), "b": np.arange(1000) / 7, "c": pandas.date_range("2024-02-29", periods=1000, freq="h")},
    index=pandas.Index([f"row {number}" for number in range(1000)], name="name"),
)


@pytest.mark.parametrize("data", [LONG, LONG.reset_index(), LONG[["a"]], LONG.set_index(["a", "b"])], ids=range(4))
def test_long_results_look_like_pandas(session: pd.Session, data: pandas.DataFrame) -> None:
    frame = pd.from_pandas(data)
    assert repr(frame) == repr(data)
    assert repr(frame[data.columns[-1]]) == repr(data[data.columns[-1]])
    assert frame._repr_html_() == data._repr_html_()
    assert session.jobs == 3
    assert data.index.nlevels > 1 or repr(frame.index) == repr(data.index)


@pytest.mark.parametrize("options", [(200, 10), (50, 4), (50, 5), (3, 10), (1, 10)], ids=str)
def test_pandas_display_options_decide(session: pd.Session, options: tuple[int, int]) -> None:
    data = pandas.DataFrame({"a": range(100)})
    with pandas.option_context("display.max_rows", options[0], "display.min_rows", options[1]):
        assert repr(pd.from_pandas(data)) == repr(data)
