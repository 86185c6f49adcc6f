"""Sessions: what they store, what they know, and what they leave behind."""

import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas
import pyarrow as pa
import pytest

import bigframe as pd
from bigframe.session.options import options


@pytest.fixture(autouse=True)
def session(tmp_path: Path) -> Iterator[pd.Session]:
    with pd.connect(storage=str(tmp_path / "storage")) as opened:
        yield opened


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_connect_makes_a_session_current_and_leaving_restores_the_one_before(session: pd.Session) -> None:
    assert pd.current_session() is session
    with pd.connect() as inner:
        assert pd.current_session() is inner
        with pd.using(session):
            assert pd.current_session() is session
        assert pd.current_session() is inner
    assert pd.current_session() is session


@pytest.mark.parametrize("address", ["127.0.0.1:8380", "localhost", "ftp://host:1", ""])
def test_an_address_without_a_known_scheme_names_those_there_are(session: pd.Session, address: str) -> None:
    with pytest.raises(ValueError, match=f"'http://host:port' .* 'tcp://host:port' .* 'local', not '{address}'"):
        pd.connect(address)
    assert pd.current_session() is session


@pytest.mark.parametrize("address", [None, "local", "tcp://127.0.0.1:9"])
def test_a_token_is_for_a_service_only(address: str | None) -> None:
    with pytest.raises(ValueError, match="a token is for a service: ") as caught:
        pd.connect(address, token="s3cret")
    assert "s3cret" not in str(caught.value)


def test_the_environment_opens_the_first_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bigframe.session.session._connected", [])
    monkeypatch.setenv("BIGFRAME_STORAGE", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("BIGFRAME_MEMORY_LIMIT", "2GB")
    opened = pd.current_session()
    assert (opened.address, opened.storage, opened.memory_limit) == (None, str(tmp_path / "elsewhere"), "2GB")
    assert opened.engine.memory_limit == 2 * 10**9


def test_a_temporary_storage_goes_with_the_session() -> None:
    with pd.connect() as opened:
        pd.DataFrame({"a": [1]}).to_pandas()
        folder = Path(opened.storage)
        assert files_below(folder)
    assert not folder.exists()


def test_equal_data_is_stored_once(session: pd.Session) -> None:
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", None]})
    first, second = pd.from_pandas(frame), pd.from_pandas(frame.copy())
    other = pd.from_pandas(frame.astype({"a": "float64"}))
    assert first._frame.base.digest == second._frame.base.digest != other._frame.base.digest
    assert len(files_below(Path(session.storage) / "blobs")) == 2


def test_data_above_the_upload_limit_is_refused(session: pd.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(options._own, "upload_limit", 1000)
    with pytest.raises(
        ValueError, match=r"8,000 bytes of in-memory data exceed options.upload_limit = 1,000; .*read_parquet"
    ):
        pd.DataFrame({"a": range(1000)})
    assert not Path(session.storage).exists()


def test_a_job_leaves_only_its_inputs(tmp_path: Path) -> None:
    with pd.connect(storage=str(tmp_path / "s"), partitions=3):
        frame = pd.DataFrame({"k": [3, 1, 2, 3], "v": [1, 2, 3, 4]})
        before = files_below(tmp_path)
        assert frame.groupby("k").v.sum().to_pandas().to_dict() == {1: 2, 2: 3, 3: 5}
        assert files_below(tmp_path) == before


def test_rows_are_known_where_no_filter_is_in_the_way(session: pd.Session) -> None:
    frame = pd.DataFrame({"a": [1, 2, 3]})
    known = session.known_rows
    assert known(frame._frame.plan()) == 3
    assert known(frame.head(2)._frame.plan()) == 2
    assert known(pd.concat([frame, frame])._frame.plan()) == 6
    assert known(frame[frame.a > 1]._frame.plan()) is None
    assert session.jobs == 0


def test_options_fall_through_to_pandas() -> None:
    assert options.display.max_rows == pandas.options.display.max_rows
    assert {"progress", "fallback", "upload_limit", "display", "mode"} <= set(dir(options))
    with pytest.raises(ValueError, match="'allow', 'warn' or 'raise', got 'never'"):
        options.fallback = "never"
    with pytest.raises(AttributeError):
        _ = options.no_such_option


def test_fallback_warns_or_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    column = pd.Series([2, 1], index=["x", "y"])
    why = "Series.combine: its function sees whole columns"
    with pytest.warns(pd.PerformanceWarning, match=f"{why}: pandas runs on about .* bytes in this process"):
        assert column.combine(1, max).to_pandas().to_dict() == {"x": 2, "y": 1}
    monkeypatch.setitem(options._own, "fallback", "raise")
    with pytest.raises(
        pd.Unsupported, match=rf"{why}: pandas would run in this process, and options\.fallback is 'raise'"
    ):
        column.combine(1, max)
    monkeypatch.setitem(options._own, "fallback", "allow")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert column.combine(1, max).to_pandas().to_dict() == {"x": 2, "y": 1}
    monkeypatch.setitem(options._own, "fallback_limit", 1)
    with pytest.raises(pd.Unsupported, match=r"above options\.fallback_limit"):
        column.combine(1, max)


GATHERING: dict[str, Callable[[Any], Any]] = {
    "a binding": lambda d: d.v.combine(1, max),
    "a method": lambda d: d.reindex(d.v.to_list(), method="nearest"),
    "an accessor": lambda d: d.k.str.cat(sep="-"),
    "a function": lambda d: pd.pivot_table(d, index="k", values="v", aggfunc="std", margins=True),
    "groups": lambda d: d.groupby(d.t.astype(object)).v.sum(),
}


@pytest.mark.parametrize("case", GATHERING)
def test_the_warning_shows_the_line_that_asked(case: str) -> None:
    frame = pd.DataFrame({"k": ["a", "b"], "v": [2, 1], "t": pandas.date_range("2024", periods=2)})
    with pytest.warns(pd.PerformanceWarning) as told:
        GATHERING[case](frame)
    assert {warning.filename for warning in told} == {__file__}


def test_threads_take_turns(tmp_path: Path) -> None:
    with pd.connect(storage=str(tmp_path / "s"), partitions=2) as session:
        frame = pd.DataFrame({"k": list(range(50)) * 20, "v": range(1000)})
        answers: list[int] = []

        def work() -> None:
            with pd.using(session):
                answers.append(int(frame.groupby("k").v.sum().max()))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [sum(range(49, 1000, 50))] * 4


def test_arrow_tables_come_in_and_go_out() -> None:
    table = pa.table({"a": [1, None, 3], "t": ["x", "y", None]})
    again = pd.from_arrow(table).to_arrow()
    assert again.column("a").to_pylist() == [1, None, 3]
    assert again.column("t").to_pylist() == ["x", "y", None]


@pytest.mark.parametrize("limit", ["8 potatoes", "GB"])
def test_a_memory_limit_is_a_size(limit: str) -> None:
    with pd.connect(memory_limit=limit), pytest.raises(ValueError, match=f"memory_limit '{limit}' is not a size"):
        pd.DataFrame({"a": [1]}).to_pandas()
