"""What a user's function raised, as one line that leads to the user's code."""

from __future__ import annotations

import traceback

from bigframe.errors import ExecutionError


def raised(name: str, error: Exception, origin: str | None, caller: str) -> ExecutionError:
    """The error of a job whose user function failed.

    Parameters
    ----------
    name
        Of the function.
    error
        What it raised.
    origin
        Line of the user's code that applied the function, where it is known.
    caller
        File of the kernel that called it: what its traceback holds below that is the user's.

    Returns
    -------
    ExecutionError
        Its message names the function, the error, the user's line that raised it or called what did, and ``origin``.
        The error's own line breaks become spaces.

    Examples
    --------
    >>> str(raised("price", ValueError("no price"), "job.py:7", __file__))
    'price raised ValueError: no price (called at job.py:7)'
    """
    # Polars makes the error anew from its message: a line that is not in it is lost.
    frames = traceback.extract_tb(error.__traceback__)
    ours = max((number for number, frame in enumerate(frames) if frame.filename == caller), default=-1)
    users = frames[ours + 1 :]
    lines = [f"{frame.filename}:{frame.lineno}" for frame in users if frame.filename == users[0].filename]
    where = f" at {lines[-1]}" if lines else ""
    text = " ".join(str(error).split())
    called = f" (called at {origin})" if origin else ""
    return ExecutionError(f"{name} raised {type(error).__name__}: {text}{where}{called}")
