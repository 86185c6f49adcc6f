"""Looking: the one place where frames become pandas objects, by running their plans."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from bigframe.interchange import any_missing, array_to_pandas, settle, table_to_pandas
from bigframe.plan.node import Plan
from bigframe.schema import DType
from bigframe.semantics.frame import Frame
from bigframe.semantics.settling import RESULT, deciding_columns, lookups, settled_here
from bigframe.session import current


def collect(*frames: Frame) -> list[pd.DataFrame]:
    """Run several frames as one job, together with what settles their dtypes."""
    session = current()
    open_names = {name for frame in frames for name in _to_look_up(frame) if name not in session.facts}
    # Without a column a table has no rows, so a frame of neither columns nor index brings its row numbers.
    plans: list[Plan] = [
        (frame if frame.ids or frame.index else frame.with_explicit_index()).plan() for frame in frames
    ]
    questions: dict[str, Plan] = {}
    for frame in frames:
        questions.update(lookups(frame, sorted(open_names - set(questions))))
    tables = session.run(*plans, *questions.values())
    for name, answer in zip(questions, tables[len(plans) :], strict=True):
        session.facts[name] = answer.column(RESULT)[0].as_py()
    return [_to_pandas(frame, table) for frame, table in zip(frames, tables, strict=False)]


def settled_dtypes(frame: Frame) -> list[DType]:
    """The dtypes of the index levels and columns; a job where some depend on data that nobody has looked at yet."""
    ids = (*frame.index_ids, *frame.ids)
    session = current()
    names = [name for name in deciding_columns(frame.dtype(id) for id in ids) if name not in session.facts]
    narrowing = [id for id in ids if frame.dtype(id).if_fits is not None]
    questions = lookups(frame, names)
    plans = [*questions.values(), *([frame.plan()] if narrowing else [])]
    tables = session.run(*plans) if plans else []
    for name, answer in zip(questions, tables, strict=False):
        session.facts[name] = answer.column(RESULT)[0].as_py()
    return [
        settle(tables[-1].column(id), frame.dtype(id), was_missing=_was_missing(frame.dtype(id)))
        if id in narrowing
        else frame.dtype(id).settled(missing=_was_missing(frame.dtype(id)))
        for id in ids
    ]


def collect_scalar(plan: Plan, id: str, dtype: DType) -> Any:
    """Run a one-row plan; its value as pandas' reductions return it."""
    column = current().run(plan)[0].column(id)
    if column.null_count:
        return pd.NaT if dtype.is_datetime or dtype.is_timedelta else (pd.NA if dtype.is_three_valued else float("nan"))
    values = array_to_pandas(column, settle(column, dtype))
    return values[0]


def _to_look_up(frame: Frame) -> set[str]:
    names: set[str] = set()
    for id in (*frame.index_ids, *frame.ids):
        if not settled_here(frame, id):
            names.update(frame.dtype(id).unless_missing)
    return names


def _was_missing(dtype: DType) -> bool:
    return any(current().facts.get(name, False) for name in dtype.unless_missing)


def _to_pandas(frame: Frame, table: pa.Table) -> pd.DataFrame:
    def leaving(label: Any, id: str) -> tuple[Any, str, DType]:
        dtype, column = frame.dtype(id), table.column(id)
        if settled_here(frame, id):
            current().facts[dtype.unless_missing[0]] = any_missing(column)
        return label, id, settle(column, dtype, was_missing=_was_missing(dtype))

    columns = [leaving(label, id) for label, id in zip(frame.labels, frame.ids, strict=True)]
    index = None if frame.index is None else [leaving(name, id) for name, id in frame.index]
    return table_to_pandas(table, columns, index)
