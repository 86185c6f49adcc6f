"""Looking: the one place where frames become pandas objects, by running their plans."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bigframe.interchange import array_to_pandas, settle
from bigframe.plan.node import Plan
from bigframe.schema import DType
from bigframe.semantics.frame import Frame
from bigframe.semantics.settling import RESULT, deciding_columns, lookups, settled_here
from bigframe.session import current
from bigframe.session.outputs import Leaving, Output, results
from bigframe.sources import JobEstimate


def collect(*frames: Frame) -> list[pd.DataFrame]:
    """Run several frames as one job."""
    return look([("frame", frame) for frame in frames])


def look(wanted: Sequence[tuple[str, Frame]], *, max_bytes: int | None = None) -> list[Any]:
    """Run a job for frames, each with the kind of its :class:`Output`, together with what settles their dtypes."""
    session = current()
    plans, outputs = job_of(wanted, known=session.facts)
    return results(outputs, session.run(*plans, max_bytes=max_bytes), session.facts)


def job_of(wanted: Sequence[tuple[str, Frame]], known: Container[str]) -> tuple[list[Plan], list[Output]]:
    """The plans of a job for frames and what settles their dtypes, and how its tables become pandas objects.

    Parameters
    ----------
    wanted
        Frames, each with the kind of its :class:`Output`.
    known
        Columns of which it is known whether a value is missing.
    """
    plans = [leaving_plan(frame) for _, frame in wanted]
    open_names = {name for _, frame in wanted for name in _to_look_up(frame) if name not in known}
    questions: dict[str, Plan] = {}
    for _, frame in wanted:
        questions.update(lookups(frame, sorted(open_names - set(questions))))
    outputs = [_output(kind, frame) for kind, frame in wanted]
    return [*plans, *questions.values()], [*outputs, *(Output("fact", name=name) for name in questions)]


def leaving_plan(frame: Frame) -> Plan:
    """The plan of a frame that leaves: one of neither columns nor index brings its row numbers, or it had no rows."""
    return (frame if frame.ids or frame.index else frame.with_explicit_index()).plan()


def expect(kind: str, frame: Frame) -> JobEstimate:
    """What looking at a frame will give and take; no job is run."""
    session = current()
    plans, _ = job_of([(kind, frame)], known=session.facts)
    return session.estimate(*plans)[0]


def settled_dtypes(frame: Frame) -> list[DType]:
    """The dtypes of the index levels and columns; a job where some depend on data that nobody has looked at yet."""
    ids = (*frame.index_ids, *frame.ids)
    narrowing = [id for id in ids if frame.dtype(id).if_fits is not None]
    deciding = deciding_columns(frame.dtype(id) for id in ids)
    tables = _run_and_learn([frame.plan()] if narrowing else [], frame, deciding)
    return [
        settle(tables[-1].column(id), frame.dtype(id), was_missing=_was_missing(frame.dtype(id)))
        if id in narrowing
        else frame.dtype(id).settled(missing=_was_missing(frame.dtype(id)))
        for id in ids
    ]


def collect_scalar(plan: Plan, id: str, dtype: DType) -> Any:
    """Run a one-row plan; its value as pandas' reductions return it."""
    (table,) = _run_and_learn([plan], Frame(plan, (id,), (id,)), dtype.unless_missing)
    column = table.column(id)
    if column.null_count:
        return pd.NaT if dtype.is_time else (pd.NA if dtype.is_three_valued else np.nan)
    values = array_to_pandas(column, settle(column, dtype, was_missing=_was_missing(dtype)))
    # An array of times has NumPy's scalars, a Series of them pandas' own.
    return pd.Series(values).iloc[0] if dtype.is_time else values[0]


def _run_and_learn(plans: Sequence[Plan], frame: Frame, deciding: Iterable[str]) -> list[pa.Table]:
    """Run a job, if there is anything to run, that also finds which deciding columns miss values, unless that is known."""
    session = current()
    questions = lookups(frame, [name for name in deciding if name not in session.facts])
    if not plans and not questions:
        return []
    tables = session.run(*plans, *questions.values())
    for name, answer in zip(questions, tables[len(plans) :], strict=True):
        session.facts[name] = answer.column(RESULT)[0].as_py()
    return tables[: len(plans)]


def _to_look_up(frame: Frame) -> set[str]:
    names: set[str] = set()
    for id in (*frame.index_ids, *frame.ids):
        if not settled_here(frame, id):
            names.update(frame.dtype(id).unless_missing)
    return names


def _was_missing(dtype: DType) -> bool:
    return any(current().facts.get(name, False) for name in dtype.unless_missing)


def _output(kind: str, frame: Frame) -> Output:
    def leaving(label: Any, id: str) -> Leaving:
        return Leaving(label, id, frame.dtype(id), settled_here(frame, id))

    columns = tuple(leaving(label, id) for label, id in zip(frame.labels, frame.ids, strict=True))
    index = None if frame.index is None else tuple(leaving(*level) for level in frame.index)
    return Output(kind, columns, index, label_names=frame.label_names, label_type=frame.label_type, freq=frame.freq)
