"""Frames on a service: every call gives what it gives in this process, and jobs outlive whoever submitted them."""

import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas
import pytest

import bigframe as pd
from bigframe.cli import main
from bigframe.errors import FunctionsRefused, LimitExceeded, NameTaken, UnknownJob
from tests.service.running import Server

pytestmark = [pytest.mark.dask, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
DATA = pandas.DataFrame(
    {
        "k": ["a", "b", "a", None, "c"],
        "x": [1, 2, 3, 4, 5],
        "y": [0.5, None, 1.5, 2.5, -1.0],
        "t": pandas.to_datetime(["2020-01-01", "2020-06-01", None, "2021-01-01", "2019-01-01"]),
    }
)
LOOKS: dict[str, Callable[[Any], Any]] = {
    "repr": repr,
    "html": lambda df: df._repr_html_(),
    "repr of a filter": lambda df: repr(df[df.x > 1]),
    "len": len,
    "len of a filter": lambda df: len(df[df.x > 1]),
    "frame": lambda df: df.to_pandas(),
    "rows with holes": lambda df: df.merge(df[["k", "x"]].head(1), on="k", how="left").to_pandas(),
    "dtypes": lambda df: df.merge(df[["k", "x"]].head(1), on="k", how="left").dtypes,
    "groups": lambda df: df.groupby("k").agg(s=("x", "sum"), m=("y", "mean")).to_pandas(),
    "sorted": lambda df: df.sort_values("y", ascending=False).to_pandas(),
    "counts": lambda df: df.k.value_counts(dropna=False).to_pandas(),
    "scalar": lambda df: float(df.y.mean()),
    "scalar inside": lambda df: df[df.x > df.x.mean()].to_pandas(),
    "nothing": lambda df: df[df.x > 99].to_pandas(),
    "arrow": lambda df: df.to_arrow(),
    "iteration": lambda df: list(df.x),
    "several": lambda df: pd.compute(df.x.sum(), df.head(1), df.groupby("k").x.sum()),
    "gathered": lambda df: df.pivot(columns="k", values="x").to_pandas(),
}


@pytest.fixture
def session(server: Server) -> Iterator[pd.Session]:
    with pd.connect(server.url, token=server.token) as opened:
        yield opened


def fresh(name: str) -> str:
    """A name that no other test has taken."""
    return f"{name}-{uuid.uuid4().hex[:8]}"


def same(got: Any, expected: Any) -> None:
    assert type(got) is type(expected)
    if isinstance(expected, pandas.DataFrame):
        pandas.testing.assert_frame_equal(got, expected)
    elif isinstance(expected, pandas.Series):
        pandas.testing.assert_series_equal(got, expected)
    elif isinstance(expected, tuple):
        for left, right in zip(got, expected, strict=True):
            same(left, right)
    elif hasattr(expected, "equals"):
        assert got.equals(expected)
    else:
        assert got == expected


def endless(rows: int = 60_000) -> Any:
    """A number that takes minutes to compute."""
    many = pd.DataFrame({"x": range(rows)})
    return (many.merge(many, how="cross").x_x % 7).sum()


# -- as in this process


@pytest.mark.filterwarnings("ignore::bigframe.PerformanceWarning")
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_a_call_gives_what_it_gives_here(session: pd.Session, look: Callable[[Any], Any]) -> None:
    got = look(pd.from_pandas(DATA))
    with pd.connect():
        expected = look(pd.from_pandas(DATA))
    same(got, expected)


@pytest.mark.parametrize("format", ["parquet", "csv", "json"])
def test_files_are_written_and_read_by_the_service(session: pd.Session, server: Server, format: str) -> None:
    target = str(server.data / fresh(format))
    keywords: dict[str, Any] = {"csv": {"index": False}}.get(format, {})
    files = getattr(pd.from_pandas(DATA[["k", "x"]]), f"to_{format}")(target, **keywords)
    assert files.rows.tolist() == [5]
    back = getattr(pd, f"read_{format}")(target)
    assert (len(back), back.k.to_list()[:3], int(back.x.sum())) == (5, ["a", "b", "a"], 15)
    with pytest.raises(FileExistsError):
        getattr(pd.from_pandas(DATA), f"to_{format}")(target)


def test_explain(session: pd.Session, capsys: pytest.CaptureFixture[str]) -> None:
    df = pd.from_pandas(DATA)
    df[df.x > 1].explain()
    planned = capsys.readouterr().out
    assert [part in planned for part in ("Logical plan", "Optimised plan", "Stages", "Filter (x > 1)")] == [True] * 4
    assert session.jobs == 0
    df[df.x > 1].explain(analyze=True)
    happened = capsys.readouterr().out
    assert "SUCCEEDED" in happened
    assert "1 of 1 tasks, 4 rows" in happened
    assert session.jobs == 1


def test_paths_outside_are_refused(session: pd.Session, tmp_path: Path) -> None:
    with pytest.raises(PermissionError, match="the folders that this server may use"):
        pd.read_csv(tmp_path / "x.csv")
    with pytest.raises(PermissionError, match="the folders that this server may use"):
        pd.from_pandas(DATA).to_csv(tmp_path / "x.csv")


# -- errors


def test_what_fails_there_is_raised_here_with_the_line(session: pd.Session) -> None:
    words = pd.from_pandas(DATA[["k"]].dropna())
    numbers = words.k.astype("int64")
    line = f"{__file__}:{test_what_fails_there_is_raised_here_with_the_line.__code__.co_firstlineno + 2}"
    with pytest.raises(Exception, match="a") as here, pd.connect():
        pd.from_pandas(DATA[["k"]].dropna()).k.astype("int64").to_pandas()
    with pytest.raises(Exception, match="a") as there:
        numbers.to_pandas()
    assert type(there.value) is type(here.value)
    assert line in "\n".join([str(there.value), *getattr(there.value, "__notes__", ())])


def test_functions_are_refused_without_trust(session: pd.Session) -> None:
    df = pd.from_pandas(DATA)

    def double(value: int) -> int:
        return 2 * value

    asked, called = session.jobs, []
    with pytest.raises(FunctionsRefused, match=r"not .*double: .*--trust-udfs") as caught:
        df.x.map(double)
    assert isinstance(caught.value, PermissionError)
    # It is told before any row has come here to find the type of the answer.
    assert session.jobs == asked
    with pytest.raises(FunctionsRefused):
        df.map_partitions(called.append)
    assert called == []


def test_functions_run_with_trust(start_server: Callable[..., Server]) -> None:
    server = start_server(trust_udfs=True)

    def double(value: int) -> int:
        return 2 * value

    with pd.connect(server.url, token=server.token):
        assert pd.from_pandas(DATA).x.map(double).to_list() == [2, 4, 6, 8, 10]
        job = pd.submit(pd.from_pandas(DATA).x.map(double), name="doubled")
        same(job.result(), (2 * DATA.x).rename("x"))
    assert len(list((server.storage / "payloads").iterdir())) == 1


@pytest.mark.parametrize("token", ["wrong", "", None])
def test_a_wrong_token(server: Server, token: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BIGFRAME_TOKEN", raising=False)
    with pytest.raises(PermissionError, match="token") as caught:
        pd.connect(server.url, token=token)
    assert caught.value.code == "UNAUTHORIZED"  # type: ignore[attr-defined]


def test_a_job_may_not_read_more_than_it_is_allowed(session: pd.Session, server: Server) -> None:
    path = str(server.data / fresh("rows"))
    pd.DataFrame({"x": range(100_000)}).to_parquet(path)
    with pytest.raises(LimitExceeded):
        pd.compute(pd.read_parquet(path), max_bytes=1000)
    with pytest.raises(LimitExceeded):
        pd.submit(pd.read_parquet(path), max_bytes=1000).result()
    assert len(pd.compute(pd.read_parquet(path), max_bytes=10**8)[0]) == 100_000


# -- submitting


def test_a_submitted_job_gives_what_compute_gives(session: pd.Session, server: Server) -> None:
    df = pd.from_pandas(DATA)
    write = df.to_parquet(str(server.data / fresh("out")), compute=False)
    lazy = [df.merge(df[["k", "x"]].head(1), on="k", how="left"), df.groupby("k").y.sum(), df.x.mean()]
    job = pd.submit(*lazy, write, name=fresh("several"), labels={"team": "a"})
    *values, files = job.result(timeout=60)
    for got, expected in zip(values, pd.compute(*lazy), strict=True):
        same(got, expected)
    assert files.rows.tolist() == [5]
    assert (job.status, job.progress) == ("SUCCEEDED", 1.0)
    assert repr(job).endswith("SUCCEEDED, ████████████████████ 100%)")
    assert job.metrics.loc["total", "rows"] == 5 + 3 + 1 + 5
    assert "succeeded" in job.logs()


def test_the_same_is_one_job_and_another_plan_is_refused(session: pd.Session) -> None:
    df, name = pd.from_pandas(DATA), fresh("one")
    first = pd.submit(df.x.sum(), name=name)
    first.wait()
    df.merge(df[["k", "x"]].head(1), on="k", how="left").to_pandas()  # what the session learns does not matter
    assert pd.submit(df.x.sum(), name=name).id == first.id == pd.job(name).id
    with pytest.raises(NameTaken, match=name) as caught:
        pd.submit(df.x.max(), name=name)
    assert isinstance(caught.value, ValueError)
    with pytest.raises(UnknownJob, match="there is no job 'never'"):
        pd.job("never")


def test_fifty_at_once_are_one_job(session: pd.Session) -> None:
    df, name = pd.from_pandas(DATA), fresh("fifty")

    def submit(_: int) -> str:
        with pd.using(session):
            return pd.submit(df.groupby("k").x.sum(), name=name).id

    with ThreadPoolExecutor(50) as pool:
        assert len(set(pool.map(submit, range(50)))) == 1
    same(pd.job(name).result(), DATA.groupby("k").x.sum())
    assert [one for one in pd.jobs(limit=1000).name if one == name] == [name]


CLIENT = """
import sys, time
import bigframe as pd
pd.connect(sys.argv[1])
df = pd.DataFrame({"k": ["a", "b", "a"], "x": [1, 2, 3]})
joined = df.merge(df.head(1), on="k", how="left")
job = pd.submit(joined.set_index("k"), joined.x_y.sum(), name=sys.argv[2])
print(job.id, flush=True)
time.sleep(600)
"""


def test_a_killed_client_finds_its_job_by_name(session: pd.Session, server: Server) -> None:
    name = fresh("walked-away")
    client = subprocess.Popen(
        [sys.executable, "-c", CLIENT, server.url, name],
        cwd=ROOT,
        env={"BIGFRAME_TOKEN": server.token, "PATH": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert client.stdout is not None
    id = client.stdout.readline().strip()
    client.send_signal(signal.SIGKILL)
    assert client.wait(10) == -signal.SIGKILL
    client.stdout.close()
    job = pd.job(name)
    assert job.id == id
    frame, total = job.result(timeout=60)
    left = pandas.DataFrame({"k": ["a", "b", "a"], "x": [1, 2, 3]})
    joined = left.merge(left.head(1), on="k", how="left")
    same(frame, joined.set_index("k"))
    assert total == joined.x_y.sum()


def test_a_wait_outlives_a_killed_service(start_server: Callable[..., Server]) -> None:
    server = start_server()
    with pd.connect(server.url, token=server.token), ThreadPoolExecutor(1) as pool:
        job = pd.submit(endless(20_000), name="outlives")
        waiting = pool.submit(job.result)
        while job.status != "RUNNING":
            time.sleep(0.02)
        server.process.kill()
        server.process.wait()
        start_server(port=int(server.url.rpartition(":")[2]), lease_seconds=2)
        # Each of 20,000 rows meets every other once.
        assert waiting.result(timeout=120) == 20_000 * sum(n % 7 for n in range(20_000))
        assert job.details()["attempts"] == 2


def test_a_folder_signs_no_urls(session: pd.Session) -> None:
    job = pd.submit(pd.from_pandas(DATA).x.sum(), name=fresh("urls")).wait()
    with pytest.raises(LookupError, match="does not sign URLs"):
        job.urls()


# -- cancelling


def test_a_job_is_cancelled(session: pd.Session) -> None:
    job = pd.submit(endless(), name=fresh("endless"))
    with pytest.raises(TimeoutError, match="it goes on"):
        job.wait(timeout=0.5)
    assert job.status in ("QUEUED", "RUNNING")
    job.cancel()
    with pytest.raises(pd.Cancelled):
        job.result(timeout=30)
    assert job.status == "CANCELLED"
    assert int(pd.from_pandas(DATA).x.sum()) == 15


def test_a_look_is_cancelled_from_another_thread(session: pd.Session) -> None:
    def cancel() -> None:
        while not (pd.using(session) and _running(session)):
            time.sleep(0.05)
        session.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with pytest.raises(pd.Cancelled):
        endless(60_001).item()
    canceller.join()
    assert int(pd.from_pandas(DATA).x.sum()) == 15


LOOK = """
import sys
import bigframe as pd
pd.connect(sys.argv[1])
many = pd.DataFrame({"x": range(60_002)})
print("looking", flush=True)
try:
    (many.merge(many, how="cross").x_x % 7).sum().item()
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


def test_ctrl_c_cancels_a_look(session: pd.Session, server: Server) -> None:
    before = set(pd.jobs(limit=1000).index)
    client = subprocess.Popen(
        [sys.executable, "-c", LOOK, server.url],
        cwd=ROOT,
        env={"BIGFRAME_TOKEN": server.token, "PATH": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert client.stdout is not None
    assert client.stdout.readline() == "looking\n"
    while not (new := set(pd.jobs(limit=1000).index) - before):
        time.sleep(0.05)
    client.send_signal(signal.SIGINT)
    assert client.communicate(timeout=20)[0] == "stopped\n"
    (id,) = new
    assert pd.job(id).wait(timeout=30).status == "CANCELLED"


def _running(session: pd.Session) -> bool:
    return bool(session.service("test")._running)


# -- from a shell


def test_jobs_from_a_shell(
    session: pd.Session, server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = fresh("shown")
    pd.submit(pd.from_pandas(DATA).groupby("k").x.sum(), name=name, cache=False).wait()
    monkeypatch.setenv("BIGFRAME_ADDRESS", server.url)
    monkeypatch.setenv("BIGFRAME_TOKEN", server.token)
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["jobs", "--limit", "5"]) == 0
    assert f"{name} SUCCEEDED" in " ".join(capsys.readouterr().out.split())
    assert main(["jobs", name]) == 0
    assert "1 of 1" in capsys.readouterr().out
    assert main(["jobs", name, "--logs"]) == 0
    assert "succeeded with 3 rows" in capsys.readouterr().out
    assert main(["jobs", "never"]) == 1
    assert "there is no job 'never'" in capsys.readouterr().err
