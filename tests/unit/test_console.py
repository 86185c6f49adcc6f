"""``bigframe jobs`` against a stubbed client: what is printed, and what is refused before anything is asked."""

import sys
from contextlib import nullcontext
from typing import Any

import pandas
import pytest

import bigframe
from bigframe.cli import main

STATE = {
    "id": "a" * 32, "name": "clean", "state": "FAILED", "created": 0.0, "attempts": 2,
    "progress": {"fraction": 0.5, "stages": [
        {"key": "s", "title": "scan [x]", "tasks": 4, "done": 2, "rows": 1234, "bytes": 80, "seconds": 1.25},
    ]},
    "error": {"code": "MEMORY_LIMIT", "type": "MemoryLimitError", "message": "sort needs 9 GB", "line": "job.py:7"},
}  # fmt: skip


class Job:
    cancelled = False

    def details(self) -> dict[str, Any]:
        return STATE

    def logs(self) -> str:
        return "1970-01-01 00:00:00 [bold]begins"

    def explain(self) -> None:
        sys.stdout.write("Logical plan\n")

    def cancel(self) -> None:
        Job.cancelled = True


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pandas.DataFrame(
        {
            "name": ["clean", None], "state": ["FAILED", "QUEUED"], "progress": [0.5, 0.0],
            "created": pandas.to_datetime([0.0, 60.0], unit="s", utc=True), "seconds": [1.5, None],
            "rows": [1234, None], "bytes_scanned": [2_500_000, None], "error": ["MEMORY_LIMIT: sort", ""],
        },
        index=["a" * 32, "b" * 32],
    )  # fmt: skip
    monkeypatch.setattr(bigframe, "connect", lambda address: nullcontext())
    monkeypatch.setattr(bigframe, "jobs", lambda state, limit: table)
    monkeypatch.setattr(bigframe, "job", lambda name: Job())
    monkeypatch.setenv("BIGFRAME_ADDRESS", "http://127.0.0.1:9")
    monkeypatch.setenv("COLUMNS", "200")


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_jobs_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs"]) == 0
    assert words(capsys.readouterr().out)[1:] == [
        ["clean", "FAILED", "50%", "1970-01-01", "00:00:00", "1.5", "s", "1,234", "2", "MB", "MEMORY_LIMIT:", "sort"],
        ["b" * 32, "QUEUED", "0%", "1970-01-01", "00:01:00"],
    ]


def test_where_there_are_no_jobs_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bigframe, "jobs", lambda state, limit: pandas.DataFrame())
    assert main(["jobs"]) == 0
    assert main(["jobs", "--state", "FAILED"]) == 0
    assert capsys.readouterr().out == "there are no jobs yet\nno job is FAILED\n"


def test_a_list_for_a_file_is_not_folded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert main(["jobs"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["job", "clean", "b" * 32]


def test_a_job_is_shown_with_its_stages_and_its_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", "clean"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "clean FAILED"
    assert lines[1] == f"id {'a' * 32}, created 1970-01-01 00:00:00 UTC, attempts 2"
    assert lines[2].startswith("scan [x]")
    assert lines[2].split()[-7:] == ["2", "of", "4", "1,234", "rows", "1.2", "s"]
    assert lines[3:] == ["MEMORY_LIMIT: sort needs 9 GB", "asked for at job.py:7"]


def test_logs_and_plans_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", "clean", "--logs"]) == 0
    assert capsys.readouterr().out == "1970-01-01 00:00:00 [bold]begins\n"
    assert main(["jobs", "clean", "--explain"]) == 0
    assert capsys.readouterr().out == "Logical plan\n"


def test_a_job_is_cancelled() -> None:
    assert main(["jobs", "clean", "--cancel"]) == 0
    assert Job.cancelled


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--cancel"], "need the NAME of a job"), (["--address", "tcp://x:1"], "Give --address http://host:port")],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", *arguments]) == 1
    assert message in capsys.readouterr().err
