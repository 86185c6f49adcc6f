"""Functions given by name, alone, in lists and by column: reductions of columns, and values of the same rows."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from bigframe.api.binding.calls import for_pandas, full_signature
from bigframe.api.columns import Columns
from bigframe.api.grouped.specs import require_distinct
from bigframe.errors import Unsupported
from bigframe.semantics.frame import Frame, absorb, same_rows
from bigframe.semantics.summarizing import called_on_each, is_reduction, name_of, reduced_columns, table_of

_LISTS = (list, tuple)


class ByName(Columns):
    """What DataFrame and Series have in common."""

    @full_signature
    def agg(self, /, func: Any = None, axis: Any = 0, args: tuple[Any, ...] = (), **kwargs: Any) -> Any:
        """Reductions by name: one, several, or some for each column. Tier: *native*, else *gathered*.

        Functions other than the reductions of pandas and NumPy gather the data.
        """
        number = self.pandas._get_axis_number(axis)  # type: ignore[attr-defined]
        if isinstance(func, str):
            return called(self, func, number, args, kwargs)
        if func is None and kwargs and not args and not number:
            return _relabelled(self, kwargs)
        if args or kwargs or func is None:
            raise Unsupported("agg(function, arguments)", "a function may need whole columns", "a reduction by name")
        if isinstance(func, np.ufunc):
            return func(self)
        if number:
            raise Unsupported("agg(functions, axis=1)", "rows would change places with columns")
        if isinstance(func, (Mapping, pd.Series)):
            return _by_label(self, dict(func.items()))
        func = list(func) if isinstance(func, (np.ndarray, pd.Index)) else func
        if isinstance(func, _LISTS):
            if self._ndim == 2:
                require_distinct(func)
            return _several(self, func)
        return on_columns(self, func)

    aggregate = agg

    @full_signature
    def transform(self, /, func: Any, axis: Any = 0, args: tuple[Any, ...] = (), **kwargs: Any) -> Any:
        """Functions of the same rows, by name or NumPy's. Tier: *native*, else *gathered*.

        Raises
        ------
        ValueError
            If a function gives other rows.
        """
        number = self.pandas._get_axis_number(axis)  # type: ignore[attr-defined]
        if isinstance(func, (str, np.ufunc)):
            if isinstance(func, str):
                result = called(self, func, number, args, kwargs)
            else:
                result = func(self, *args, **kwargs)
            _require_rows(self, func, result)
            return result
        if not isinstance(func, (*_LISTS, Mapping, pd.Series)) or args or kwargs or number:
            raise Unsupported("transform(function)", "a function may need whole columns")
        if (
            not len(func)
            or isinstance(func, Mapping)
            and any(isinstance(one, _LISTS) and not one for one in func.values())
        ):
            raise ValueError("No transform functions were provided")
        columns = _columns(self)
        if isinstance(func, _LISTS):
            require_distinct(func)
            if self._ndim == 2:
                return _beside(
                    self, [((label, name_of(one)), column, one) for label, column in columns for one in func]
                )
            ((_, column),) = columns
            return _beside(self, [(name_of(one), column, one) for one in func])
        return _beside(self, _cells(self, _by_lists(dict(func.items()))))

    @property
    def _ndim(self) -> int:
        raise NotImplementedError


def called(owner: Any, name: str, axis: int, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """What pandas makes of a name: the method, the attribute, or NumPy's function of the table.

    Raises
    ------
    ValueError
        If rows are asked for of what only columns have.
    AttributeError
        If there is no such name.
    """
    if name == "size" and owner._ndim == 2:
        raise Unsupported("'size' of a frame", "it is the number of rows of each column")
    method = None if name.startswith("_") else getattr(owner, name, None)
    if callable(method):
        if axis and ("axis" not in inspect.signature(method).parameters or name in ("corrwith", "skew")):
            raise ValueError(f"Operation {name} does not support axis=1")
        return method(*args, **kwargs, **({"axis": axis} if axis else {}))
    if method is not None:
        return method
    if hasattr(np, name):
        return getattr(np, name)(owner, *args, **kwargs)
    raise AttributeError(f"'{name}' is not a valid function for '{owner.display}' object")


def on_columns(owner: Any, function: Any) -> Any:
    """What a reduction of pandas or NumPy makes of each column, or of the only one.

    Raises
    ------
    Unsupported
        If it is another function.
    """
    from bigframe.api.series import Series

    known: Any = for_pandas(function)
    if owner._ndim == 2:
        return Series(called_on_each(owner._frame, known))
    if not is_reduction(known):
        raise Unsupported("agg(function)", "a function may need whole columns", "a reduction by name")
    own = getattr(pd.Series, name_of(known), None)
    return getattr(owner, name_of(known))() if known is own else known(owner)


def _columns(owner: Any) -> list[tuple[Hashable, Any]]:
    """The columns of a table, each by itself."""
    from bigframe.api.series import Series

    frame: Frame = owner._frame
    return [(label, Series(frame.select((label,), (id,)))) for label, id in zip(frame.labels, frame.ids, strict=True)]


def _several(owner: Any, functions: Sequence[Any]) -> Any:
    """Several reductions of each column, or several columns of the same rows of each."""
    if functions and all(map(is_reduction, functions)):
        table = table_of(owner._frame, functions)
        return owner._wrap(table if owner._ndim == 2 else table.select(owner._frame.labels, table.ids))
    if not functions or any(map(is_reduction, functions)):
        raise Unsupported("agg(functions)", "some reduce columns and others do not, or there are none")
    nested = owner._ndim == 2
    return _beside(
        owner,
        [
            ((label, name_of(one)) if nested else name_of(one), column, one)
            for label, column in _columns(owner)
            for one in functions
        ],
        owner._frame.label_names,
    )


def _by_label(owner: Any, functions: Mapping[Hashable, Any]) -> Any:
    """Reductions, each of its own column and under its own label; or columns of the same rows."""
    from bigframe.api.dataframe import DataFrame
    from bigframe.api.series import Series

    given = _by_lists(functions)
    flat = [one for how in given.values() for one in (how if isinstance(how, _LISTS) else [how])]
    frame: Frame = owner._frame
    if not flat or not all(map(is_reduction, flat)):
        if owner._ndim == 1 or not flat or any(map(is_reduction, flat)):
            raise Unsupported("agg(dict)", "its functions give rows of several kinds")
        return _beside(owner, _cells(owner, given), frame.label_names)
    ids = [_id_of(owner, label) for label in given]
    if not isinstance(next(iter(given.values())), _LISTS):
        rows = [(label, [(id, how)]) for (label, how), id in zip(given.items(), ids, strict=True)]
        return Series(reduced_columns(frame, rows, [None if owner._ndim == 2 else owner.name]))
    named = [{name_of(one): (id, one) for one in how} for how, id in zip(given.values(), ids, strict=True)]
    if owner._ndim == 1 or sum(map(len, named)) < len(flat):
        raise Unsupported("agg(dict)", "some of its functions have the same name")
    names = dict.fromkeys(chain.from_iterable(named))
    table = reduced_columns(frame, [(name, [column.get(name) for column in named]) for name in names], list(given))
    return DataFrame(table.replace(label_names=frame.label_names))


def _relabelled(owner: Any, functions: Mapping[str, Any]) -> Any:
    """Reductions under labels of their own: ``label="name"`` of a column, ``label=("column", "name")`` of a table."""
    from bigframe.api.dataframe import DataFrame
    from bigframe.api.series import Series

    of_table = owner._ndim == 2
    given = functions.values()
    if any(getattr(one, "args", ()) or getattr(one, "kwargs", {}) for one in given):
        raise Unsupported("agg(NamedAgg with arguments)", "they are for a function")
    pairs = [
        (one.column, one.aggfunc) if isinstance(one, pd.NamedAgg) else one if of_table else (None, one) for one in given
    ]
    if not all(isinstance(pair, tuple) and len(pair) == 2 and is_reduction(pair[1]) for pair in pairs):
        raise Unsupported("agg(label=function)", "a function may need whole columns", "a reduction by name")
    cells = [(column, (_id_of(owner, column), how)) for column, how in pairs]
    columns = list(dict.fromkeys(column for column, _ in cells))
    rows = [
        (out, [cell if column == own else None for own in columns])
        for out, (column, cell) in zip(functions, cells, strict=True)
    ]
    made = reduced_columns(owner._frame, rows, columns if of_table else [owner.name])
    return DataFrame(made) if of_table else Series(made)


def _by_lists(functions: Mapping[Hashable, Any]) -> Mapping[Hashable, Any]:
    """The same functions, all of them in lists if some are."""
    if not any(isinstance(how, (*_LISTS, Mapping)) for how in functions.values()):
        return functions
    return {label: how if isinstance(how, (*_LISTS, Mapping)) else [how] for label, how in functions.items()}


def _cells(owner: Any, functions: Mapping[Hashable, Any]) -> list[tuple[Hashable, Any, Any]]:
    """Labels, columns and functions of what each column is to become."""
    from bigframe.api.series import Series

    cells: list[tuple[Hashable, Any, Any]] = []
    for label, how in functions.items():
        column = Series(owner._frame.select((label,), (_id_of(owner, label),))) if owner._ndim == 2 else owner
        nested = isinstance(how, _LISTS)
        cells += [((label, name_of(one)) if nested else label, column, one) for one in (how if nested else [how])]
    return cells


def _id_of(owner: Any, label: Hashable) -> str:
    found: tuple[str, ...] = owner._frame.find(label) if owner._ndim == 2 else owner._frame.ids
    if len(found) != 1:
        raise Unsupported(f"a function of the column {label!r}", "there is no such column, or there are several")
    return found[0]


def _beside(owner: Any, cells: Sequence[tuple[Hashable, Any, Any]], names: tuple[Hashable, ...] = ()) -> Any:
    """Functions of columns, in columns beside each other.

    Raises
    ------
    ValueError
        If a function gives other rows.
    """
    from bigframe.api.dataframe import DataFrame

    frame, ids = owner._frame, []
    for _, column, function in cells:
        if not isinstance(function, (str, np.ufunc)):
            raise Unsupported("functions of columns", "a function may need whole columns", "a name")
        made = called(column, function, 0, (), {}) if isinstance(function, str) else function(column)
        _require_rows(owner, function, made)
        if len(made._frame.ids) != 1:
            raise Unsupported("a function of a column", "it makes several")
        frame = absorb(frame, made._frame)
        ids.append(made._frame.ids[0])
    labels = [label for label, _, _ in cells]
    nested = bool(names) and any(isinstance(label, tuple) for label in labels)
    return DataFrame(frame.select(labels, ids).replace(label_names=(*names, None) if nested else names))


def _require_rows(owner: Any, function: Any, made: Any) -> None:
    """Refuse what has other rows than a table.

    Raises
    ------
    ValueError
        If the function reduces columns.
    Unsupported
        If only the values tell.
    """
    if is_reduction(function):
        raise ValueError("Function did not transform")
    if not isinstance(made, Columns) or not same_rows(owner._frame, made._frame):
        raise Unsupported("a function of the same rows", "labels of rows are data")


def with_arguments(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """A function of a value, or of a row, that is called with the same other arguments each time."""
    from bigframe.api.grouped.functions import WithArguments

    return WithArguments(function, tuple(args), dict(kwargs)) if args or kwargs else function
