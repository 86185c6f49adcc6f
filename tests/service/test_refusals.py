"""Errors as HTTP answers: their status, and whether trying again may help."""

import pytest

from bigframe.errors import InputChanged, NameTaken, StorageError, StoreUnavailable, UnknownJob
from engine.exec.errors import WorkerTraceback
from engine.service.refusals import answer


@pytest.mark.parametrize(
    ("error", "status", "code", "retriable"),
    [
        (StoreUnavailable("disk full"), 503, "STORE_UNAVAILABLE", True),
        (StorageError("s3://b: no answer"), 503, "STORAGE_UNAVAILABLE", True),
        (StorageError("s3://b: 403", "STORAGE_FORBIDDEN"), 422, "STORAGE_FORBIDDEN", False),
        (InputChanged("a.parquet was replaced"), 422, "INPUT_CHANGED", False),
        (UnknownJob("x"), 404, "UNKNOWN_JOB", False),
        (NameTaken("x"), 409, "NAME_TAKEN", False),
        (ValueError("unknown format"), 422, "VALUE_ERROR", False),
    ],
)
def test_errors_have_their_status(error: Exception, status: int, code: str, retriable: bool) -> None:
    found, body = answer(error)
    assert (found, body["error"]["code"], body["error"]["retriable"]) == (status, code, retriable)
    assert body["error"]["message"] == str(error)


def test_notes_are_told_and_where_on_a_worker_it_was_raised_is_not() -> None:
    error = ValueError("bad value")
    error.add_note("asked for at job.py:7")
    error.add_note(WorkerTraceback("raised by task 't0' on tcp://127.0.0.1:1:\n/private/path"))
    wire = answer(error)[1]["error"]
    assert (wire["message"], wire["line"]) == ("bad value\nasked for at job.py:7", "job.py:7")


def test_a_defect_of_the_service_is_logged_and_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    status, body = answer(AssertionError("/private/path"))
    assert (status, body["error"]["code"]) == (500, "INTERNAL_ERROR")
    assert "/private/path" not in body["error"]["message"]
    assert caplog.records[0].exc_info is not None
