"""Values computed from values: chosen by cases, called, updated, evaluated, aligned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd

from bigframe.api.binding.calls import full_signature
from bigframe.api.columns import Columns, announce, as_pandas, from_result
from bigframe.api.flags import require_flag
from bigframe.api.functions import call_each
from bigframe.api.looking.run import settled_dtypes
from bigframe.api.scalar import LazyScalar, reduce
from bigframe.api.shared.by_name import ByName
from bigframe.errors import Unsupported, UnsupportedData
from bigframe.ops import missing, reductions, rules
from bigframe.ops.arithmetic import Mul
from bigframe.ops.base import Column
from bigframe.ops.casting import Widen
from bigframe.ops.lists import MakeList
from bigframe.schema import FLOAT64, ONLY_CARRIED
from bigframe.semantics import selecting
from bigframe.semantics.aligning import equal, matched, paired
from bigframe.semantics.elementwise import NotAligned, beside
from bigframe.semantics.frame import Frame, absorb, same_rows
from bigframe.semantics.labelling import HOLE
from bigframe.semantics.pairing import sum_unless_missing
from bigframe.semantics.replacing import pairs_by_label, replaced
from bigframe.semantics.values import require_held


class Combining(ByName):
    """What DataFrame and Series have in common."""

    @full_signature
    def replace(
        self, to_replace: Any = None, value: Any = pd.api.extensions.no_default, *, regex: bool = False
    ) -> Self:
        """Values replaced by others: one, several, or each by its own. Tier: *native*, else *gathered*.

        Patterns gather the data, and so do new values that the column's dtype cannot hold.
        """
        given = value is not pd.api.extensions.no_default
        if regex is not False or to_replace is None or callable(to_replace):
            raise Unsupported("replace(regex=)", "its rules mix types and patterns", ".str.replace")
        pairs = pairs_by_label(to_replace, value, given=given, of_series=self.display != "DataFrame")
        return self._wrap(replaced(self._frame, pairs))

    @full_signature
    def align(self, other: Any, join: str = "outer", axis: Any = None, fill_value: Any = None) -> tuple[Any, Any]:
        """Both objects under the labels of either. Tier: *native*, else *gathered*."""
        other = type(self)(other) if isinstance(other, self.pandas) else other  # type: ignore[call-arg]
        if not isinstance(other, Columns) or self.display != other.display or join != "outer" or axis is not None:
            raise Unsupported("align(join=, axis=)", "one side's labels are left out")
        if fill_value is not None:
            raise Unsupported("align(fill_value=)", "it fills before rows are matched")
        rows, right = matched(self._frame, other._frame)
        if self.display != "DataFrame":
            return self._wrap(rows), other._wrap(right)
        labels, pairs = paired(rows, right)
        rows, hole = rows.define(HOLE)
        sides = ([mine or hole for mine, _ in pairs], [theirs or hole for _, theirs in pairs])
        names = rows.label_names if rows.label_names == right.label_names else ()
        left, right = (rows.select(labels, ids).replace(label_names=names) for ids in sides)
        return self._wrap(left), self._wrap(right)

    @full_signature
    def combine_first(self, other: Any) -> Self:
        """The values that are there, else those of another object. Tier: *native*, else *gathered*."""
        other = type(self)(other) if isinstance(other, self.pandas) else other  # type: ignore[call-arg]
        if not isinstance(other, Columns) or self.display != other.display:
            raise TypeError(f"combine_first with a {type(other).__name__}")
        mine, theirs = self._frame, other._frame
        of_table = self.display == "DataFrame"
        rows, right = matched(mine, theirs, validate=None if of_table else "1:1")
        if of_table:
            if any(len(set(one.labels)) < len(one.labels) for one in (mine, theirs)):
                raise Unsupported("combine_first of repeated labels", "pandas pairs all of them")
            labels = list(dict.fromkeys((*mine.labels, *theirs.labels)))
        else:
            labels = list(mine.labels)
        ids = []
        for place, label in enumerate(labels):
            first = (rows.one(label) if rows.find(label) else None) if of_table else rows.ids[place]
            second = (right.one(label) if right.find(label) else None) if of_table else right.ids[place]
            if first and second:
                was = (mine.one(label), theirs.one(label)) if of_table else (mine.ids[place], theirs.ids[place])
                target = rules.promote(mine.dtype(was[0]), theirs.dtype(was[1]))
                rows, first = rows.define(Widen(missing.Coalesce(Column(first), Column(second)), target))
            ids.append(first or second or "")
        return self._wrap(rows.select(labels, ids))

    def equals(self, other: Any) -> bool:
        """Whether another object has the same labels, dtypes and values; a job. Tier: *native*."""
        other = type(self)(other) if type(other) is self.pandas else other  # type: ignore[call-arg]
        if not isinstance(other, Columns) or self.display != other.display:
            return False
        mine, theirs = self._frame, other._frame
        if len(mine.ids) != len(theirs.ids) or len(mine.index_ids or "1") != len(theirs.index_ids or "1"):
            return False
        if self.display == "DataFrame" and mine.labels != theirs.labels:
            return False
        try:
            dtypes = [[dtype.pandas for dtype in settled_dtypes(one.with_index(None))] for one in (mine, theirs)]
            if dtypes[0] != dtypes[1]:
                return False
            same = equal(mine.with_explicit_index(), theirs.with_explicit_index())
            return bool(LazyScalar(same.plan, same.id))  # type: ignore[arg-type]
        except (Unsupported, TypeError, NotImplementedError):
            announce(f"{self.display}.equals: its values have no comparison", [mine, theirs])
            return bool(self.to_pandas().equals(other.to_pandas()))

    def _shifted_clock(self, method: str, level: Any, **options: Any) -> Self:
        """The rows with their labels on another clock."""
        labels = self.index
        if not isinstance(labels, Columns) or level is not None:
            raise Unsupported(f"{method}(level=)", "one of several levels is another one's neighbour")
        dtype = labels._frame.dtype(labels._frame.ids[0])
        if dtype.is_carried:
            raise UnsupportedData(f"{method} of {dtype}: {ONLY_CARRIED}")
        if not dtype.is_datetime:
            raise TypeError("index is not a valid DatetimeIndex or PeriodIndex")
        return self.set_axis(getattr(labels, method)(**options))  # type: ignore[attr-defined,no-any-return]

    @full_signature
    def tz_convert(self, tz: Any, axis: Any = 0, level: Any = None) -> Self:
        """The same instants as row labels on another zone's clock. Tier: *native*."""
        if self.pandas._get_axis_number(axis) != 0:  # type: ignore[attr-defined]
            raise Unsupported("tz_convert(axis=1)", "labels of columns are few")
        return self._shifted_clock("tz_convert", level, tz=tz)

    @full_signature
    def tz_localize(
        self, tz: Any, axis: Any = 0, level: Any = None, ambiguous: Any = "raise", nonexistent: Any = "raise"
    ) -> Self:
        """Wall-clock times as row labels in a zone, or back if ``tz`` is None. Tier: *native*."""
        if self.pandas._get_axis_number(axis) != 0:  # type: ignore[attr-defined]
            raise Unsupported("tz_localize(axis=1)", "labels of columns are few")
        return self._shifted_clock("tz_localize", level, tz=tz, ambiguous=ambiguous, nonexistent=nonexistent)


class FrameCombining(Combining):
    """What only DataFrame has."""

    def map(self, func: Any, na_action: str | None = None, *, output_type: Any = None, **kwargs: Any) -> Self:
        """A function called on each value of each column. See :meth:`Series.map`; tier: *partitionwise*."""
        if na_action not in (None, "ignore"):
            raise ValueError(f"na_action must be 'ignore' or None. Got {na_action!r}")
        if not callable(func):
            raise TypeError("the first argument must be callable")
        call = (lambda value: func(value, **kwargs)) if kwargs else func
        frame, ids = self._frame, []
        for label, id in zip(self._frame.labels, self._frame.ids, strict=True):
            column = call_each(
                frame.select((label,), (id,)), call, label, output_type, skip_missing=na_action == "ignore"
            )
            frame = column
            ids.append(column.ids[0])
        return self._wrap(frame.select(self._frame.labels, ids))

    def update(
        self, other: Any, join: str = "left", overwrite: bool = True, filter_func: Any = None, errors: str = "ignore"
    ) -> None:
        """Values that another frame has put in place of these, in place. Tier: *native*, else *gathered*."""
        theirs = other._frame if isinstance(other, Columns) else None
        plain = join == "left" and filter_func is None and errors == "ignore"
        try:
            if not plain or theirs is None or self._frame.index is not None or theirs.index is not None:
                raise Unsupported("update by label", "labels of rows are data")
            if not same_rows(self._frame, theirs):
                raise Unsupported("update by another frame's rows", "whether it has as many depends on the data")
            self._become(_updated(self._frame, theirs, overwrite))
        except Unsupported as why:
            announce(f"DataFrame.update: {why}", [self._frame])
            gathered = self.to_pandas()
            gathered.update(as_pandas(other), join, overwrite, filter_func, errors)
            self._become(from_result(gathered)._frame)

    def select(self, *args: Any, **kwargs: Any) -> Self:
        """Columns by label, by expression (``pandas.col``), or computed under a keyword. Tier: *native*."""
        from bigframe.api.query import evaluated

        items = list(args)
        if len(args) == 1 and isinstance(args[0], (list, pd.Index, np.ndarray, pd.Series)):
            items = list(args[0])
        known: Any = self.copy()
        chosen: list[tuple[Any, str]] = []
        for item in items:
            value = evaluated(item, known)
            if value is not item:
                if value.name is None:
                    raise ValueError("Expressions passed positionally must evaluate to a named Series")
                known[value.name] = value
                item = value.name
            found = known[[item]]._frame
            chosen += zip(found.labels, found.ids, strict=True)
        for label, value in kwargs.items():
            known = known.assign(**{label: value})
            chosen.append((label, known._frame.one(label)))
        return self._wrap(known._frame.select([label for label, _ in chosen], [id for _, id in chosen]))

    def query(
        self,
        expr: str,
        *,
        parser: str = "pandas",
        engine: str | None = None,
        local_dict: Mapping[str, Any] | None = None,
        global_dict: Mapping[str, Any] | None = None,
        resolvers: Any = None,
        level: int = 0,
        inplace: bool = False,
    ) -> Self | None:
        """Rows where an expression over column names holds; ``@name`` is a local variable. Tier: *native*.

        Comparisons (also chained), arithmetic, ``and or not``, ``in``, names in backticks, ``.str`` and ``.dt`` work.
        ``local_dict=`` and ``global_dict=`` say which variables there are, ``level=`` how many calls further up they are;
        ``engine=`` changes nothing. With ``parser="python"`` operators bind as in Python, and there are no words.

        Raises
        ------
        NotImplementedError
            For words, chained comparisons and memberships with ``parser="python"``.
        Unsupported
            With ``resolvers=``.
        """
        from bigframe.api.query import evaluate, variables

        require_flag(inplace, "inplace")
        options = {"parser": parser, "engine": engine, "resolvers": resolvers, "level": level}
        given = {"local_dict": local_dict, "global_dict": global_dict}
        mask = evaluate(self, expr, variables({**options, **given}, depth=2), parser)
        chosen: Self = self.loc[mask]  # type: ignore[attr-defined]
        if not inplace:
            return chosen
        self._become(chosen._frame)
        return None

    def eval(self, expr: str, *, inplace: bool = False, **kwargs: Any) -> Any:
        """The value of an expression over columns, or new columns from assignments, one a line.

        Tier: *native*. ``@name`` is a local variable; the options are those of :meth:`query`.
        """
        from bigframe.api.query import assignment, evaluate, variables

        require_flag(inplace, "inplace")
        scope, parser = variables(kwargs, depth=2), kwargs.get("parser", "pandas")
        lines = [line.strip() for line in expr.strip().splitlines() if line.strip()]
        if not lines:
            raise ValueError("expr cannot be an empty string")
        result: Any = self.copy()
        for line in lines:
            target, is_assignment, formula = assignment(line)
            if not is_assignment:
                if len(lines) > 1:
                    raise ValueError("Multi-line expressions are only valid if all expressions contain an assignment")
                if inplace:
                    raise ValueError("Cannot operate inplace if there is no assignment")
                return evaluate(self, line, scope, parser)
            result[target] = evaluate(result, formula, scope, parser)
        if not inplace:
            return result
        self._become(result._frame)
        return None


class SeriesCombining(Combining):
    """What only Series has."""

    @full_signature
    def case_when(self, caselist: Any) -> Self:
        """Values replaced where the first of several conditions holds. Tier: *native*, else *gathered*."""
        if not isinstance(caselist, list):
            raise TypeError(f"The caselist argument should be a list; instead got {type(caselist)}")
        if not caselist:
            raise ValueError("provide at least one boolean condition, with a corresponding replacement.")
        for number, entry in enumerate(caselist):
            if not isinstance(entry, tuple):
                raise TypeError(f"Argument {number} must be a tuple; instead got {type(entry)}.")
            if len(entry) != 2:
                raise ValueError(
                    f"Argument {number} must have length 2; a condition and replacement; instead got length {len(entry)}."
                )
        result: Any = self
        for condition, replacement in reversed(caselist):
            condition, replacement = (_called(part, self) for part in (condition, replacement))
            if (
                not isinstance(condition, Columns)
                or pd.api.types.is_list_like(replacement)
                and not isinstance(replacement, Columns)
            ):
                raise Unsupported("case_when(lists)", "rows are matched with them by position")
            result = result.mask(condition, replacement)
        return result  # type: ignore[no-any-return]

    @full_signature
    def divmod(self, other: Any) -> tuple[Any, Any]:
        """Quotient and remainder. Tier: *native*."""
        return self // other, self % other

    @full_signature
    def rdivmod(self, other: Any) -> tuple[Any, Any]:
        """Quotient and remainder of another by this. Tier: *native*."""
        return other // self, other % self

    @full_signature
    def dot(self, other: Any) -> Any:
        """The sum of products with another series. Tier: *native* over the same rows, else *gathered*."""
        if not isinstance(other, Columns) or self.display != other.display or not same_rows(self._frame, other._frame):
            raise Unsupported("Series.dot", "labels of rows are matched")
        frame = absorb(self._frame, other._frame)
        (left,), (right,) = self._frame.ids, other._frame.ids
        dtypes = [frame.dtype(id) for id in (left, right)]
        frame, product = frame.define(Mul(Column(left), Column(right)))
        if all(dtype.never_missing and dtype.is_integer for dtype in dtypes):
            return reduce(frame, reductions.Sum(Column(product)))
        if not all(dtype.is_integer or dtype == FLOAT64 for dtype in dtypes) or FLOAT64 not in dtypes:
            raise Unsupported("Series.dot of other than wide numbers", "pandas multiplies them in their own dtype")
        summed, id = sum_unless_missing(frame, product)
        return LazyScalar(summed.select((None,), (id,)).plan(), id)

    @full_signature
    def repeat(self, repeats: Any, axis: Any = None) -> Self:
        """Each row several times. Tier: *native*; for a list counts the rows."""
        if axis is not None:
            raise ValueError("the 'axis' parameter is not supported in the pandas implementation of repeat()")
        if isinstance(repeats, (list, np.ndarray)) and np.ndim(repeats) == 1 and len(repeats) == len(self):
            return self.take(np.repeat(np.arange(len(repeats)), repeats))  # type: ignore[attr-defined,no-any-return]
        if not isinstance(repeats, (int, np.integer)) or isinstance(repeats, bool):
            raise Unsupported("repeat(values)", "rows are matched with them by position")
        if repeats < 0:
            raise ValueError("repeats may not contain negative values.")
        if repeats == 0:
            return self.head(0)
        (id,) = self._frame.ids
        if self._frame.dtype(id).is_list or self._frame.dtype(id).categories is not None:
            raise Unsupported("repeat of lists or categories", "items would be taken apart")
        frame, copies = self._frame.define(MakeList((Column(id),) * int(repeats)))
        label = self._frame.labels[0]
        return self._wrap(selecting.explode(frame.select((label,), (copies,)), [label]))

    def update(self, other: Any) -> None:
        """Values that another series has put in place of these, in place. Tier: *native*, else *gathered*."""
        given = other if isinstance(other, Columns) else type(self)(other)  # type: ignore[call-arg]
        try:
            if self._frame.index is not None or given._frame.index is not None:
                raise Unsupported("update by label", "labels of rows are data")
            try:
                frame, theirs = beside(self._frame, given._frame)
            except NotAligned:
                raise Unsupported("update by label", "labels of rows are data") from None
            if not same_rows(self._frame, given._frame):
                raise Unsupported("update by another series' rows", "whether it has as many depends on the data")
            self._become(_updated(frame, theirs.select(frame.labels, theirs.ids), True))
        except Unsupported as why:
            announce(f"Series.update: {why}", [self._frame])
            gathered = self.to_pandas()
            gathered.update(as_pandas(given))
            self._become(from_result(gathered)._frame)


def _called(part: Any, series: Any) -> Any:
    return part(series) if callable(part) and not isinstance(part, (Columns, LazyScalar)) else part


def _updated(frame: Frame, other: Frame, overwrite: bool) -> Frame:
    """The frame with the values of columns of another one over the same rows where they are there."""
    rows, ids = absorb(frame, other), []
    for label, id in zip(frame.labels, frame.ids, strict=True):
        if other.find(label):
            theirs = other.one(label)
            require_held(rows.dtype(theirs), rows.dtype(id))
            first, second = (theirs, id) if overwrite else (id, theirs)
            if not rows.dtype(first).never_missing:
                rows, id = rows.define(missing.Coalesce(Column(first), Column(second)))
            else:
                id = first
        ids.append(id)
    return rows.select(frame.labels, ids)
