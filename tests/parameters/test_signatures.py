"""Every function has pandas' parameters: the same names in the same places, kinds and defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from inspect import Parameter
from typing import Any

import pandas as pd
import pytest

import bigframe
from bigframe.api.labels import kinds
from bigframe.coverage import CONTEXTS
from tests.conformance.compare import same, same_error

VARIADIC = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
KINDS = kinds.__all__
OWNERS = CONTEXTS | {name: (getattr(pd, name), getattr(bigframe, name)) for name in KINDS}
DIFFERENT = {
    "DataFrame.to_parquet(compression)": "zstd is smaller and reads as fast",
    "DataFrame.to_csv(mode)": "nothing is overwritten unasked",
    "DataFrame.to_json(mode)": "nothing is overwritten unasked",
    "DataFrame.to_json(orient)": "lines of records are what tasks can write by themselves",
    "DataFrame.to_json(lines)": "lines of records are what tasks can write by themselves",
    "Index.round(**)": "of times they are freq= and its kin, as of a DatetimeIndex",
    "Series.to_csv(mode)": "nothing is overwritten unasked",
    "Series.reindex(fill_value)": "that is missing, as None says there",
    "SeriesGroupBy.transform(func)": "it may be left out of a frame's groups, with which it shares the method",
}
"""Parameters whose defaults are other than pandas', each with the reason."""


def functions(context: str) -> Iterator[tuple[str, Any, Any]]:
    """The functions of a class, or of pandas itself, beside bigframe's."""
    theirs, ours = OWNERS[context]
    for name in pd.__all__ if theirs is pd else dir(theirs):
        target = getattr(theirs, name)
        if name.startswith("_") or not callable(target) or inspect.isclass(target):
            continue
        own = getattr(ours, name) if theirs is pd or context in KINDS else inspect.getattr_static(ours, name)
        bound = getattr(ours, name) if isinstance(own, (classmethod, staticmethod)) else own
        if bound is not target:
            yield name, target, bound


def parameters(function: Any) -> dict[str, Parameter]:
    """By name, without the object; of the variable ones their stars are the names."""
    found = [one for one in inspect.signature(function).parameters.values() if one.name not in ("self", "cls")]
    stars = {Parameter.VAR_POSITIONAL: "*", Parameter.VAR_KEYWORD: "**"}
    return {stars.get(one.kind, one.name): one for one in found}


def differences(theirs: dict[str, Parameter], ours: dict[str, Parameter]) -> Iterator[str]:
    """What a call could notice; parameters that pandas lacks must be keywords."""
    if [name for name in ours if name in theirs] != list(theirs):
        yield f"{list(theirs)} are {list(ours)}"
    for name, one in theirs.items():
        own = ours.get(name)
        if own is None or one.kind in VARIADIC:
            continue
        if own.kind is not one.kind:
            yield f"({name}) is {own.kind.description}, of pandas {one.kind.description}"
        if one.default is not pd.api.extensions.no_default and repr(own.default) != repr(one.default):
            yield f"({name}) is {own.default!r} by default, of pandas {one.default!r}"
    for name in ours.keys() - theirs.keys():
        if ours[name].kind is not Parameter.KEYWORD_ONLY:
            yield f"({name}) is not of pandas"


@pytest.mark.parametrize("context", OWNERS)
def test_signatures_are_those_of_pandas(context: str) -> None:
    found = [
        f"{context}.{name}{difference}"
        for name, theirs, ours in functions(context)
        for difference in differences(parameters(theirs), parameters(ours))
    ]
    assert [one for one in found if one.partition(" ")[0] not in DIFFERENT] == []


def test_every_exception_is_one() -> None:
    contexts = {name.partition(".")[0] for name in DIFFERENT}
    found = {
        f"{context}.{name}{difference}".partition(" ")[0]
        for context in contexts
        for name, theirs, ours in functions(context)
        for difference in differences(parameters(theirs), parameters(ours))
    }
    assert found >= DIFFERENT.keys()


def test_constructors_too() -> None:
    for name in ("DataFrame", "Series", "Index", *KINDS):
        assert list(differences(parameters(getattr(pd, name)), parameters(getattr(bigframe, name)))) == [], name


TABLE = pd.DataFrame({"k": ["a", "b", "a"], "x": [1, 2, 3]}, index=pd.Index([3, 4, 4], name="at"))
BY_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "a level to group by": lambda m, d: d.groupby(None, 0).x.sum(),
    "a level to group values by": lambda m, d: d.x.groupby(None, 0).sum(),
    "no name": lambda m, d: d.x.to_frame(None),
    "records": lambda m, d: m.DataFrame.from_records([(1, "a"), (2, "b")], None, None, ["n", "s"]),
    "an engine to merge with": lambda m, d: m.merge(d, d, "inner", "k"),
    "columns to melt": lambda m, d: m.melt(d, "k", ["x"]),
    "values to pivot": lambda m, d: m.pivot(d[1:], columns="k", index="x", values="x"),
    "a reduction that is interpreted": lambda m, d: d.groupby("k").agg("sum", engine="cython"),
    "values for the missing": lambda m, d: m.Series(d.x.to_numpy("float64", False, 0.0)),
}


@pytest.mark.parametrize("case", BY_PLACE)
def test_arguments_mean_what_they_mean_in_pandas(case: str) -> None:
    same(BY_PLACE[case], TABLE)


MISTAKES: dict[str, Callable[[Any, Any], Any]] = {
    "a fill value of a comparison": lambda m, d: d.eq(1, fill_value=0),
    "no such engine": lambda m, d: d.query("x > 1", engine="fast"),
    "no such parser": lambda m, d: d.query("x > 1", parser="fast"),
    "groups in the function": lambda m, d: d.groupby("k").apply(len, include_groups=True),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_what_they_are_in_pandas(case: str) -> None:
    same_error(MISTAKES[case], TABLE)
