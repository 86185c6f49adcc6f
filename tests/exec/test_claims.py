"""Equal jobs at the same moment have folders of their own; one that was cut off leaves its folder to the next."""

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psutil
import pytest

from engine.claims import claimed
from engine.storage.places import open_store

HOLDER = """
import sys
from engine.claims import claimed
with claimed(sys.argv[1]) as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=["local", "object store"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"{tmp_path}/jobs/abc" if request.param == "local" else f"memory://{uuid.uuid4().hex}/jobs/abc"


def mark(folder: str, **changes: object) -> None:
    """Leave a claim as another process would."""
    own = psutil.Process()
    claim = {"host": socket.gethostname(), "pid": own.pid, "started": own.create_time(), "beat": time.time()}
    store, key = open_store(f"{folder}/claim.json")
    store.write(key, json.dumps(claim | changes).encode())


def holder(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        text=True,
    )


def test_a_claim_goes_when_it_is_released(folder: str) -> None:
    for _ in range(2):
        with claimed(folder) as held:
            assert held == folder
    store, key = open_store(folder)
    assert store.list_files(key) == []


def test_a_claim_made_after_the_folder_was_removed_is_not_released_by_the_first(folder: str) -> None:
    with claimed(folder):
        store, key = open_store(folder)
        store.delete_folder(key)
        mark(folder, token="another")
    assert [info.key.rpartition("/")[2] for info in store.list_files(key)] == ["claim.json"]


def test_a_second_job_gets_a_folder_beside_the_first(folder: str) -> None:
    with claimed(folder) as first, claimed(folder) as second, claimed(folder) as third:
        assert first == folder
        assert len({first, second, third}) == 3
        assert {name.partition("~")[0] for name in (second, third)} == {folder}


def test_another_process_that_lives_keeps_its_folder_and_one_that_was_killed_does_not(tmp_path: Path) -> None:
    process = holder(tmp_path / "job")
    assert process.stdout is not None
    assert process.stdout.readline().strip() == str(tmp_path / "job")
    with claimed(str(tmp_path / "job")) as beside:
        assert beside != str(tmp_path / "job")
    process.kill()
    process.wait()
    process.stdout.close()
    assert process.stdin is not None
    process.stdin.close()
    with claimed(str(tmp_path / "job")) as again:
        assert again == str(tmp_path / "job")


def test_a_process_number_that_somebody_else_has_now_is_no_claim(folder: str) -> None:
    mark(folder, started=1.0)
    with claimed(folder) as held:
        assert held == folder


@pytest.mark.parametrize(("age", "is_taken"), [(10, True), (3600, False)])
def test_a_claim_of_another_machine_counts_while_it_beats(folder: str, age: float, is_taken: bool) -> None:
    mark(folder, host="elsewhere", beat=time.time() - age)
    with claimed(folder) as held:
        assert (held != folder) == is_taken


def test_a_torn_claim_does_not_block_a_job(folder: str) -> None:
    store, key = open_store(f"{folder}/claim.json")
    store.write(key, b'{"host": ')
    with claimed(folder) as held:
        assert held != folder
