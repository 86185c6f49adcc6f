"""Several lazy objects as one job: run now, or submitted to a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bigframe.api.dataframe import DataFrame
from bigframe.api.looking.run import job_of, look
from bigframe.api.scalar import LazyScalar
from bigframe.api.series import Series
from bigframe.api.shared.writers import Write
from bigframe.plan import wire
from bigframe.semantics.frame import Frame
from bigframe.session import current
from bigframe.session.jobs import Job


def compute(*lazy: Any, max_bytes: float | None = None) -> tuple[Any, ...]:
    """Run frames, columns, lazy scalars and pending writes as one job over what they share.

    Parameters
    ----------
    *lazy
        Frames, columns, lazy scalars and writes made with ``compute=False``.
    max_bytes
        Bytes that the job may read of its inputs.

    Returns
    -------
    tuple
        For each argument what looking at it gives: a pandas object, a number, or a table of the files written.

    Raises
    ------
    LimitExceeded
        If it would read more than ``max_bytes``.

    Examples
    --------
    >>> import bigframe as pd
    >>> df = pd.DataFrame({"x": [1, 2, 3]})
    >>> total, head = pd.compute(df.x.sum(), df.head(1))
    >>> int(total), len(head)
    (6, 1)
    """
    results = look([_wanted(one) for one in lazy], max_bytes=_limit(max_bytes))
    for one, result in zip(lazy, results, strict=True):
        if isinstance(one, LazyScalar):
            one.keep(result)
    return tuple(results)


def submit(
    *lazy: Any,
    name: str | None = None,
    max_bytes: float | None = None,
    cache: bool = True,
    labels: Mapping[str, str] | None = None,
) -> Job:
    """Start a job on the service that the session is connected to, and return without waiting for it.

    Parameters
    ----------
    *lazy
        Frames, columns, lazy scalars and writes made with ``compute=False``.
    name
        Under which :func:`bigframe.job` finds it again, from any process. Submitting the same once more gives the
        same job.
    max_bytes
        Bytes that it may read of its inputs; checked before it starts and at every stage.
    cache
        Whether the result of an earlier job of the same plan over the same files will do.
    labels
        Kept with the job.

    Returns
    -------
    Job
        Its ``result()`` is what :func:`compute` would have returned; for one argument, the object itself.

    Raises
    ------
    Unsupported
        If the session is not connected to a service.
    NameTaken
        If the name belongs to another plan.

    Examples
    --------
    >>> import bigframe as pd
    >>> df = pd.DataFrame({"x": [1, 2, 3]})
    >>> pd.submit(df.x.sum(), name="total")
    Traceback (most recent call last):
    bigframe.errors.Unsupported: submit is not supported: ... Use `bigframe serve`...
    """
    service = current().service("submit")
    if not lazy:
        raise TypeError("submit() takes at least one frame, column, lazy scalar or write")
    # Every question is asked, known or not, so that the same frames make the same plan in every process.
    plans, outputs = job_of([_wanted(one) for one in lazy], known=())
    state = service.submit(
        wire.dumps(*plans),
        name=name,
        max_bytes=_limit(max_bytes),
        cache=cache,
        labels=labels,
        outputs=[output.to_json() for output in outputs],
    )
    return Job(service, state, outputs)


def _limit(max_bytes: Any) -> int | None:
    """A limit as a whole number of bytes; ``500e9`` is one, ``"500GB"`` is not."""
    if max_bytes is None:
        return None
    if isinstance(max_bytes, bool) or not isinstance(max_bytes, int | float | np.number):
        raise TypeError(f"max_bytes is a number of bytes, such as 500e9, not {max_bytes!r}")
    if not 1 <= max_bytes < 1 << 63:
        raise ValueError(f"max_bytes is a number of bytes from 1, not {max_bytes!r}")
    return int(max_bytes)


def _wanted(one: Any) -> tuple[str, Frame]:
    """A lazy object as the kind of an output, and its frame."""
    if isinstance(one, LazyScalar):
        return "scalar", one.as_frame()
    if isinstance(one, Write):
        return "frame", one.as_frame()
    if isinstance(one, DataFrame):
        return "frame", one._frame
    if isinstance(one, Series):
        return "series", one._frame
    raise TypeError(f"expected a frame, column, lazy scalar or pending write, got {type(one).__name__}")
