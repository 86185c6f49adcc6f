"""Damaged, replaced and foreign input files: the error names the file, and nothing is half-written."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
import pytest

import bigframe as pd
from bigframe.errors import SourceError
from bigframe.session.options import options

DATA = pandas.DataFrame({"a": range(1000), "t": [f"text {n}" for n in range(1000)]})
Failing = Callable[..., str]


@pytest.fixture
def folder(session: pd.Session, tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    for number in range(3):
        DATA.to_parquet(made / f"{number}.parquet", row_group_size=100)
    return made


def truncate(path: Path, keep: int | None = None) -> None:
    path.write_bytes(path.read_bytes()[: keep or path.stat().st_size // 2])


def test_no_such_file(session: pd.Session, tmp_path: Path, failing: Failing) -> None:
    assert "no file matches" in failing(FileNotFoundError, lambda: pd.read_parquet(tmp_path / "nothing"))


@pytest.mark.parametrize("read", [pd.read_parquet, pd.read_csv, pd.read_json], ids=lambda read: read.__name__)
@pytest.mark.parametrize("paths", ["empty", "marked", "*.nothing", ["marked", "empty"]], ids=str)
def test_zero_files(
    session: pd.Session, tmp_path: Path, failing: Failing, read: Callable[..., Any], paths: str | list[str]
) -> None:
    for folder in ("empty", "marked"):
        (tmp_path / folder).mkdir()
    (tmp_path / "marked" / "_SUCCESS").touch()
    named = [str(tmp_path / path) for path in ([paths] if isinstance(paths, str) else paths)]
    error = failing(FileNotFoundError, lambda: read(named if isinstance(paths, list) else named[0]))
    assert f"no file matches '{named[0]}'" in error
    assert session.jobs == 0


def test_no_paths_at_all(session: pd.Session, failing: Failing) -> None:
    assert "an empty list of paths names no file" in failing(FileNotFoundError, lambda: pd.read_parquet([]))


def test_no_such_column(folder: Path, failing: Failing) -> None:
    error = failing(KeyError, lambda: pd.read_parquet(folder, columns=["b"]))
    assert "has no column 'b'; its columns are ['a', 't']" in error


def test_truncated_parquet(folder: Path, failing: Failing) -> None:
    truncate(folder / "1.parquet")
    assert "in/1.parquet" in failing(SourceError, lambda: pd.read_parquet(folder))


def test_parquet_whose_pages_are_damaged(folder: Path, tmp_path: Path, failing: Failing) -> None:
    path = folder / "1.parquet"
    content = bytearray(path.read_bytes())
    content[100:400] = b"\xff" * 300
    path.write_bytes(content)
    frame = pd.read_parquet(folder)
    error = failing(SourceError, lambda: frame.assign(b=frame.a + 1).to_parquet(tmp_path / "out"))
    assert "in/1.parquet" in error
    assert "in/0.parquet" not in error.splitlines()[-1]


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n" + bytes(500), b""], ids=["image", "empty"])
def test_a_foreign_file_in_the_folder(folder: Path, failing: Failing, content: bytes) -> None:
    (folder / "2b.parquet").write_bytes(content)
    assert "in/2b.parquet" in failing(SourceError, lambda: pd.read_parquet(folder))


def test_a_binary_file_among_text(tmp_path: Path, failing: Failing) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    assert "b.csv" in failing(SourceError, lambda: pd.read_csv([tmp_path / "a.csv", tmp_path / "b.csv"]).to_pandas())


def test_ragged_csv(tmp_path: Path, failing: Failing) -> None:
    (tmp_path / "r.csv").write_text("a,b\n1,2\n3,4,5\n6,7\n")
    error = failing(SourceError, lambda: pd.read_csv(tmp_path / "r.csv").to_pandas())
    assert "r.csv" in error
    assert "line 3" in error


def test_a_line_that_is_no_json(tmp_path: Path, failing: Failing) -> None:
    (tmp_path / "r.jsonl").write_text('{"a": 1}\n{"a": \n')
    assert "r.jsonl" in failing(SourceError, lambda: pd.read_json(tmp_path / "r.jsonl").to_pandas())


def test_truncated_gzip(tmp_path: Path, failing: Failing) -> None:
    path = tmp_path / "r.csv.gz"
    DATA.to_csv(path, index=False)
    truncate(path)
    assert "r.csv.gz" in failing(SourceError, lambda: pd.read_csv(path).to_pandas())


def test_files_with_other_columns(folder: Path, failing: Failing) -> None:
    DATA.rename(columns={"a": "z"}).to_parquet(folder / "9.parquet")
    assert "in/9.parquet" in failing(SourceError, lambda: pd.read_parquet(folder, on_drift="error"))


def test_files_with_types_that_nothing_unites(folder: Path, failing: Failing) -> None:
    DATA.assign(a="text").to_parquet(folder / "9.parquet")
    message = failing(SourceError, lambda: pd.read_parquet(folder))
    assert "in/9.parquet" in message
    assert "'a'" in message


@pytest.mark.parametrize("change", ["replaced", "removed", "added"])
def test_files_that_change_after_recording(folder: Path, tmp_path: Path, failing: Failing, change: str) -> None:
    frame = pd.read_parquet(folder)
    doubled = frame.assign(b=frame.a * 2)
    if change == "replaced":
        DATA.head(10).to_parquet(folder / "1.parquet")
        os.utime(folder / "1.parquet", ns=(1, 1))
    elif change == "removed":
        (folder / "1.parquet").unlink()
    else:
        DATA.to_parquet(folder / "3.parquet")
    error = failing(SourceError, lambda: doubled.to_parquet(tmp_path / "out"))
    assert str(folder) in error
    assert "read them again" in error


def test_a_value_that_no_column_holds_names_its_column_and_type(session: pd.Session) -> None:
    with pytest.raises(TypeError, match="column 'odd': a column cannot hold a value of type lock"):
        pd.DataFrame({"fine": [1, 2], "odd": [1, threading.Lock()]})


def test_data_above_the_limit_says_what_to_do(session: pd.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(options._own, "upload_limit", 100)
    with pytest.raises(
        ValueError, match="raise that limit, or write the data to Parquet and read it with read_parquet"
    ):
        pd.from_pandas(DATA)


def test_gathering_may_be_forbidden(session: pd.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(options._own, "fallback", "raise")
    frame: Any = pd.from_pandas(DATA.set_index("t"))
    with pytest.raises(pd.Unsupported, match=r"options\.fallback is 'raise'"):
        frame.a.combine(1, max)
