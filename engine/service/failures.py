"""Errors as they are kept in the job store and sent over HTTP: coded, with the user's line, without a traceback."""

from __future__ import annotations

import re
from typing import Any

from bigframe.errors import BigFrameError, StorageError, StoreUnavailable
from engine.exec.errors import WorkerTraceback

_ASKED_FOR = re.compile(r"(?:asked for|called) at ([^\n)]+)")
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def described(error: BaseException) -> dict[str, Any]:
    """An error as JSON data.

    Returns
    -------
    dict
        ``code`` (of the error, or its class in capitals), ``type`` (name of its class), ``message`` with its notes but
        a worker's traceback, ``line`` of the user's source or None, and ``retriable``: whether the same request may
        succeed later.

    Examples
    --------
    >>> described(FileExistsError("out exists"))["code"]
    'FILE_EXISTS_ERROR'
    """
    # A KeyError shows its argument's repr: made again of that, it would show a repr of it.
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    # Where on a worker it was raised is for the job's log; it would show a client the service's files.
    notes = [note for note in getattr(error, "__notes__", ()) if not isinstance(note, WorkerTraceback)]
    message = "\n".join([text or type(error).__name__, *notes])
    line = _ASKED_FOR.search(message)
    return {
        "code": error.code if isinstance(error, BigFrameError) else _WORD_STARTS.sub("_", type(error).__name__).upper(),
        "type": type(error).__name__,
        "message": message,
        "line": None if line is None else line[1],
        "retriable": _retriable(error),
    }


def _retriable(error: BaseException) -> bool:
    if isinstance(error, StorageError):
        return error.code == "STORAGE_UNAVAILABLE"
    return isinstance(error, (ConnectionError, StoreUnavailable))
