"""The secret key is nowhere but in memory and in one private file: every place where it could show is searched for it."""

from __future__ import annotations

import io
import logging
import os
import pickle
import stat
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import pandas
import psutil
import pytest

import bigframe
import bigframe as pd
from bigframe.errors import BigFrameError
from bigframe.plan import wire
from engine.storage import credentials
from engine.storage.places import open_store
from tests.s3.bucket import Bucket
from tests.s3.fault_proxy import FaultProxy

TABLE = pandas.DataFrame({"key": [1, 2, 1], "value": [1.5, 2.5, 3.5]})


@pytest.fixture
def secret(guarded: Bucket) -> str:
    """Checked by the server, so that nothing works without it."""
    return guarded.server.secret


@pytest.fixture
def frame(guarded: Bucket) -> Any:
    """A lazy frame over a file that only the options reach."""
    buffer = io.BytesIO()
    TABLE.to_parquet(buffer, index=False)
    guarded.put("in/x.parquet", buffer.getvalue())
    return pd.read_parquet(f"{guarded.url}/in/x.parquet", storage_options=guarded.storage_options)


@pytest.fixture(params=["in-process", pytest.param("dask", marks=pytest.mark.dask)])
def session(request: pytest.FixtureRequest, guarded: Bucket) -> Iterator[bigframe.Session]:
    credentials.register(guarded.url, guarded.storage_options)
    place: dict[str, Any] = {"address": "local", "workers": 1} if request.param == "dask" else {}
    with bigframe.connect(storage=f"{guarded.url}/scratch", partitions=2, **place) as opened:
        yield opened


def listen(caplog: pytest.LogCaptureFixture) -> None:
    """To everything but what the test's own client says."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "botocore")


def pickled(value: Any) -> str:
    """The bytes of a pickle as text; empty where it refuses to be one."""
    try:
        return repr(cloudpickle.dumps(value))
    except Exception as error:
        return "".join(traceback.format_exception(error))


def test_a_job_shows_and_stores_no_secret(
    session: bigframe.Session,
    guarded: Bucket,
    secret: str,
    frame: Any,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    listen(caplog)
    grouped = frame.groupby("key")["value"].sum().reset_index()
    assert grouped.to_pandas().equals(TABLE.groupby("key")["value"].sum().reset_index())
    grouped.to_parquet(f"{guarded.url}/out")
    shown = {
        "session": repr(session) + str(vars(session)),
        "frame": repr(frame._frame) + repr(grouped) + repr(vars(frame)),
        "plan": repr(frame._frame.base) + str(wire.dumps(frame._frame.base)),
        "explain": str(grouped.explain()),
        "store": repr(open_store(guarded.url)[0]) + repr(vars(open_store(guarded.url)[0])),
        "options": repr(credentials.options_for(guarded.url)) + str(vars(credentials)),
        "pickles": pickled(session) + pickled(frame) + pickled(frame._frame) + pickled(open_store(guarded.url)[0]),
        "logs": caplog.text,
        "output": "".join(capfd.readouterr()),
        "objects": "".join(repr(guarded.get(key)) for key in guarded.sizes()),
        "processes": "".join(repr((child.cmdline(), child.environ())) for child in psutil.Process().children(True)),
    }
    assert guarded.sizes().keys() > {"in/x.parquet"}
    assert [place for place, text in shown.items() if secret in text] == []


@pytest.mark.parametrize(
    "fault",
    [{"forbidden": "in/*"}, {"expires_after": 0}, {"slow_down": 1}, {"reset": 1}, {"cut": 1}, {"off": True}],
    ids=str,
)
def test_no_error_names_the_secret(
    bucket: Bucket, proxy: FaultProxy, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setenv("BIGFRAME_STORAGE_DEADLINE", "0.5")
    listen(caplog)
    proxied = bucket.through(proxy.endpoint)
    buffer = io.BytesIO()
    TABLE.to_parquet(buffer, index=False)
    bucket.put("in/x.parquet", buffer.getvalue())
    frame = pd.read_parquet(f"{proxied.url}/in/x.parquet", storage_options=proxied.storage_options)
    with bigframe.connect(), proxy.faults(**fault), pytest.raises(BigFrameError) as error:
        frame.to_pandas()
    texts = "".join(traceback.format_exception(error.value)) + repr(error.value) + pickled(error.value) + caplog.text
    assert bucket.server.secret not in texts
    again = pickle.loads(pickle.dumps(error.value))
    assert (type(again), str(again), again.code) == (type(error.value), str(error.value), error.value.code)


def test_a_wrong_secret_is_not_repeated(guarded: Bucket) -> None:
    guarded.put("in/x.parquet", b"")
    wrong = guarded.signed_by(guarded.server.key, "a-secret-that-is-wrong")
    with pytest.raises(BigFrameError) as error:
        pd.read_parquet(f"{wrong.url}/in/x.parquet", storage_options=wrong.storage_options)
    assert "a-secret-that-is-wrong" not in "".join(traceback.format_exception(error.value))
    assert error.value.code == "STORAGE_CREDENTIALS"


@pytest.mark.dask
def test_workers_find_the_options_in_a_private_file_which_goes_with_the_session(
    guarded: Bucket, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    credentials.register(guarded.url, guarded.storage_options)
    with bigframe.connect("local", workers=1, storage=f"{guarded.url}/scratch") as session:
        assert session.engine is not None
        environments = [child.environ() for child in psutil.Process().children(recursive=True)]
        given = {Path(found[credentials.FILE_VARIABLE]) for found in environments if credentials.FILE_VARIABLE in found}
        named = {file for file in given if tmp_path in file.parents}  # others belong to clusters of other tests
        assert len(named) == 1
        file = named.pop()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.stat().st_uid == os.getuid()
        holding = [path for path in tmp_path.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
        assert holding == [file]
    assert [path for path in tmp_path.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()] == []
