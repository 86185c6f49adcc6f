"""Requests that are refused, and errors as HTTP answers: a status, and JSON from which a client makes the error again."""

from __future__ import annotations

import logging
from typing import Any

from bigframe.errors import BigFrameError, NameTaken, UnknownJob
from engine.service.failures import described

__all__ = ["Refused", "answer"]

_log = logging.getLogger("bigframe.service")

_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (UnknownJob, 404),
    (NameTaken, 409),
    (FileNotFoundError, 404),
    (PermissionError, 403),
    # What a plan asks for and planning cannot do, among them what pandas itself refuses.
    (BigFrameError, 422),
    (OSError, 422),
    (ValueError, 422),
    (TypeError, 422),
    (LookupError, 422),
    (NotImplementedError, 422),
    (RecursionError, 422),
)


class Refused(Exception):
    """A request that the service does not carry out.

    Parameters
    ----------
    status
        Of the HTTP answer.
    code
        Names the reason for programs.
    message
        What is wrong, where, and what to do.
    kind
        Name of the error that a client raises.
    """

    def __init__(self, status: int, code: str, message: str, kind: str = "WireError") -> None:
        super().__init__(message)
        self.status, self.code, self.kind = status, code, kind


def answer(error: Exception) -> tuple[int, dict[str, Any]]:
    """Status and body of the answer to a request that raised an error.

    Returns
    -------
    tuple of int and dict
        ``{"error": {"code", "type", "message", "line", "retriable"}}``. A defect of the service says no more than that
        there is one; the log has the rest.

    Examples
    --------
    >>> answer(FileNotFoundError("no file matches 'x'"))[0]
    404
    """
    wire = described(error)
    if isinstance(error, Refused):
        return error.status, {"error": wire | {"code": error.code, "type": error.kind}}
    if wire["retriable"]:
        return 503, {"error": wire}
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status, {"error": wire}
    _log.error("a request failed", exc_info=error)
    message = f"the service failed with {type(error).__name__}; its log says where"
    wire = {"code": "INTERNAL_ERROR", "type": "ExecutionError", "message": message, "line": None, "retriable": False}
    return 500, {"error": wire}
