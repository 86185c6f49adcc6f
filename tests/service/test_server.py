"""The server process: how it is started by the command line, and how it ends."""

import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pytest

from bigframe.cli import main
from bigframe.session import serving
from tests.service.plans import first, job
from tests.service.running import TOKEN, Server, started

pytestmark = pytest.mark.dask

Start = Callable[..., Server]
COMMAND = [sys.executable, "-c", "from bigframe.cli import main; raise SystemExit(main())", "serve"]


def submitted(server: Server, rows: int) -> str:
    return str(server.http.post("/v1/jobs", json=job(first(server.data, rows))).json()["id"])


def numbers_of(server: Server, job: str) -> list[int]:
    return list(pa.ipc.open_stream(server.http.get(f"/v1/jobs/{job}/results/0").content).read_all()["n"].to_pylist())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_and_all_below_it(start_server: Start, number: int) -> None:
    server = start_server()
    done = submitted(server, 2)
    assert server.ended(done)["error"] is None
    begun = submitted(server, 3)
    # Whoever waits is answered, and does not hold the server up.
    answers: list[int] = []
    path = f"/v1/jobs/{begun}?wait=25&seen={1 << 40}"
    poll = threading.Thread(target=lambda: answers.append(server.client().get(path).status_code))
    process = psutil.Process(server.process.pid)
    before = connections(process)
    poll.start()
    while connections(process) == before:
        time.sleep(0.01)
    assert server.stop(number) == (0 if number == signal.SIGTERM else -signal.SIGINT)
    poll.join()
    assert answers == [200]
    again = start_server()
    assert again.ended(begun)["error"] is None
    assert numbers_of(again, begun) == [0, 1, 2]
    assert numbers_of(again, done) == [0, 1]


def connections(process: psutil.Process) -> int:
    return sum(one.status == psutil.CONN_ESTABLISHED for one in process.net_connections())


def test_the_command_makes_a_token_and_says_where_it_serves(tmp_path: Path) -> None:
    options = ["--storage", str(tmp_path / "storage"), "--root", str(tmp_path), "--port", "0", "--workers", "1:1"]
    server = started(COMMAND + options, tmp_path, tmp_path / "storage", tmp_path / "log", BIGFRAME_TOKEN="")
    assert len(server.token) >= 32
    assert server.token != TOKEN
    assert server.http.get("/v1/server").json()["trust_udfs"] is False
    assert server.client("another").get("/v1/server").status_code == 401
    assert server.stop() == 0


def test_the_command_takes_tokens_from_a_file(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text(f"{TOKEN}\nanother\n")
    options = ["--storage", str(tmp_path / "storage"), "--port", "0", "--workers", "1", "--token-file", str(tokens)]
    server = started(COMMAND + options, tmp_path, tmp_path / "storage", tmp_path / "log")
    assert server.http.get("/v1/server").status_code == 200
    assert server.client("another").get("/v1/server").status_code == 200
    assert TOKEN not in server.log.read_text()
    assert server.stop() == 0


def test_an_address_that_is_taken_is_said_in_one_line(server: Server, tmp_path: Path, capsys: Any) -> None:
    port = server.url.rpartition(":")[2]
    assert main(["serve", "--storage", str(tmp_path), "--port", port]) == 1
    assert "address already in use" in capsys.readouterr().err.lower()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--port", "65536"], "port 65536 is not between 0 and 65535"),
        (["--port", "0", "--storage", "foo://x"], "foo://x: Protocol not known: foo"),
        (
            ["--port", "0", "--database", "nowhere"],
            "a job store is at sqlite:///FILE or at postgresql+psycopg://HOST/NAME",
        ),
        (
            ["--port", "0", "--database", "mysql://me:secret@h/d"],
            "a job store is at sqlite:///FILE or at postgresql+psycopg",
        ),
    ],
)
def test_what_no_server_can_start_with_is_said_in_one_line(
    options: list[str], message: str, tmp_path: Path, capsys: Any
) -> None:
    assert main(["serve", "--storage", str(tmp_path), *options]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"bigframe: {message}")
    assert said.count("\n") == 1
    assert "secret" not in said


def test_workers_are_a_number_or_a_range(tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--storage", str(tmp_path), "--workers", "many"])
    assert "argument --workers: 'many' is neither a number nor MIN:MAX" in capsys.readouterr().err


def test_a_file_without_tokens_lets_nobody_in_by_accident(tmp_path: Path, capsys: Any) -> None:
    empty = tmp_path / "tokens"
    empty.write_text("\n")
    assert main(["serve", "--storage", str(tmp_path), "--token-file", str(empty)]) == 1
    assert capsys.readouterr().err == f"bigframe: {empty} has no token in it\n"


def test_without_its_libraries_the_command_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    monkeypatch.setattr(serving, "NEEDED", ("a_module_that_is_not_there",))
    assert main(["serve", "--storage", str(tmp_path)]) == 1
    assert "pip install 'bigframe[service]'" in capsys.readouterr().err
