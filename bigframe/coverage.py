"""The coverage page: every public name of pandas, and how it runs here, read off the classes themselves."""

from __future__ import annotations

import inspect
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.core.arrays.categorical import CategoricalAccessor
from pandas.core.groupby import DataFrameGroupBy, SeriesGroupBy
from pandas.core.indexes.accessors import CombinedDatetimelikeProperties
from pandas.core.resample import Resampler
from pandas.core.strings.accessor import StringMethods
from pandas.core.window import Expanding, ExponentialMovingWindow, Rolling

import bigframe
from bigframe.api.accessors import categories, datetimes, nested, strings
from bigframe.api.binding.tiers import Binding, gathered, missing
from bigframe.api.windows import ewm, resampling, rolling

_STAKES = Path(__file__).parents[1] / "tests/architecture/table_stakes.json"
TIERS = ("native", "partitionwise", "gathered", "missing")
_SECTION = re.compile(r"[Tt]ier: \*(\w+)\*")
CONTEXTS: dict[str, tuple[Any, Any]] = {
    "DataFrame": (pd.DataFrame, bigframe.DataFrame),
    "Series": (pd.Series, bigframe.Series),
    "Index": (pd.Index, bigframe.Index),
    "Series.str": (StringMethods, strings.StringMethods),
    "Series.dt": (CombinedDatetimelikeProperties, datetimes.DatetimeMethods),
    "Series.cat": (CategoricalAccessor, categories.CategoryMethods),
    "Series.list": (pd.Series.list, nested.ListMethods),  # type: ignore[attr-defined]
    "Series.struct": (pd.Series.struct, nested.StructMethods),  # type: ignore[attr-defined]
    "DataFrameGroupBy": (DataFrameGroupBy, bigframe.DataFrameGroupBy),
    "SeriesGroupBy": (SeriesGroupBy, bigframe.SeriesGroupBy),
    "Rolling": (Rolling, rolling.Rolling),
    "Expanding": (Expanding, rolling.Expanding),
    "ExponentialMovingWindow": (ExponentialMovingWindow, ewm.ExponentialMovingWindow),
    "Resampler": (Resampler, resampling.Resampler),
    "pandas": (pd, bigframe),
}


PARAMETERS = Path(__file__).parents[1] / "docs" / "reference" / "parameters.json"


@dataclass(frozen=True)
class Support:
    """How one public name of pandas runs.

    Attributes
    ----------
    name : str
        As ``DataFrame.merge``.
    tier : str
        ``native``, ``partitionwise``, ``gathered`` or ``missing``.
    note : str
        The reason, or what differs.
    """

    name: str
    tier: str
    note: str = ""


def support(name: str) -> Support:
    """How a name of pandas runs in bigframe.

    Parameters
    ----------
    name
        As ``"DataFrame.merge"``, ``"Series.str.split"`` or ``"concat"``.

    Returns
    -------
    Support

    Raises
    ------
    KeyError
        If pandas has no such public name.

    Examples
    --------
    >>> support("DataFrame.merge").tier
    'native'
    """
    context, _, method = name.rpartition(".")
    known = {one.name: one for one in entries(context or "pandas")}
    qualified = f"{context or 'pandas'}.{method}"
    if qualified not in known:
        raise KeyError(f"pandas has no public name {name!r}")
    return known[qualified]


def entries(context: str) -> Iterator[Support]:
    """Every public name that pandas has in one context."""
    theirs, ours = CONTEXTS[context]
    for name in sorted(dir(theirs)):
        if name.startswith("_") or (context == "pandas" and not _is_function(getattr(theirs, name))):
            continue
        yield _entry(f"{context}.{name}", _static(ours, name))


def method_parameters(context: str) -> Iterator[tuple[str, inspect.Signature]]:
    """The public methods that pandas has in one context, each with its signature but for ``self``."""
    theirs, _ = CONTEXTS[context]
    for name in sorted(dir(theirs)):
        method = getattr(theirs, name)
        if not name.startswith("_") and (inspect.isfunction(method) or inspect.ismethod(method)):
            signature = inspect.signature(method)
            parameters = [one for one in signature.parameters.values() if one.name != "self"]
            yield name, signature.replace(parameters=parameters)


def page(stakes: Path = _STAKES) -> str:
    """The coverage page as Markdown; ``stakes`` has the names that most scalable peers have, and how calls of them ran."""
    lines = [
        "# Coverage of pandas' names",
        "",
        f"Generated from the classes by `make docs`, against pandas {pd.__version__}. *native* runs as columnar",
        "kernels, *partitionwise*",
        "as pandas on each partition, *gathered* as pandas on all the data in one process (with a warning), *missing* raises",
        "`Unsupported` or is absent. A name says nothing of its parameters: those that a kernel does not honour are",
        "refused or drop",
        "the call one tier, never ignored.",
        "",
        "| context | " + " | ".join(TIERS) + " | all |",
        "|---|" + "---|" * (len(TIERS) + 1),
    ]
    tables = {context: list(entries(context)) for context in CONTEXTS}
    for context, rows in tables.items():
        counts = Counter(row.tier for row in rows)
        lines.append(f"| {context} | " + " | ".join(str(counts[tier]) for tier in TIERS) + f" | {len(rows)} |")
    lines += _parameters()
    lines += ["", *_table_stakes(json.loads(stakes.read_text()))]
    for context, rows in tables.items():
        lines += ["", f"## {context}", ""]
        for tier in TIERS:
            names = [_with_note(row) for row in rows if row.tier == tier]
            if names:
                lines += [f"**{tier}** ({len(names)}): " + ", ".join(names), ""]
    return "\n".join(lines).rstrip() + "\n"


def _parameters() -> list[str]:
    """How many parameters are honoured, as ``python -m tests.parameters`` found by trying."""
    found: dict[str, dict[str, int]] = json.loads(PARAMETERS.read_text())
    rows = [
        f"| {context} | {one['tried']} | {one['honoured']} ({one['honoured'] / one['tried']:.1%}) | {one['native']} |"
        for context, one in found.items()
    ]
    return [
        "",
        "## Parameters",
        "",
        "Every parameter of every method, called with a value that is not its default and compared with pandas by",
        "`python -m tests.parameters`: *honoured* is the same result, natively or with all the data in one process. Those",
        "for which no value is known that pandas takes on a small table are not counted.",
        "",
        "| context | tried | honoured | natively |",
        "|---|---|---|---|",
        *rows,
    ]


def _table_stakes(found: dict[str, Any]) -> list[str]:
    """A table of the tiers that one typical call of each name ran in."""
    names = found["names"]
    counts = {context: Counter(tiers.values()) for context, tiers in names.items()}
    total = sum(counts.values(), Counter())
    in_engine = total["native"] + total["partitionwise"]
    peers = ", ".join(f"{peer} {version}" for peer, version in found["peers"].items())
    lines = [
        "## Table stakes",
        "",
        f"{total.total()} names are held by at least three of five scalable peers ({peers}).",
        f"{in_engine} of them run in the engine: `tests/conformance/test_table_stakes.py` makes a typical call of each, compares",
        "its value with pandas' and watches which tier it runs in.",
        "",
        "| context | native | partitionwise | gathered | all | which are gathered, or not run for want of a package |",
        "|---|---|---|---|---|---|",
    ]
    for context, tiers in [*names.items(), ("all", {})]:
        count = counts.get(context, total)
        lower = ", ".join(f"`{name}`" for name, tier in tiers.items() if tier not in TIERS[:2])
        lines.append(
            f"| {context} | {count['native']} | {count['partitionwise']} | {count['gathered']} | {count.total()} | {lower} |"
        )
    return lines


def main(folder: Path = Path("docs/reference")) -> None:
    """Write the coverage page."""
    (folder / "coverage.md").write_text(page())


def _entry(name: str, ours: Any) -> Support:
    if isinstance(ours, (gathered, missing)):
        return Support(name, ours.tier, ours.reason)
    if isinstance(ours, Binding):
        return Support(name, ours.tier)
    if ours is None:
        return Support(name, "missing")
    said = _SECTION.search(getattr(ours, "__doc__", None) or "")
    return Support(name, said[1] if said else "native")


def _static(owner: Any, name: str) -> Any:
    if not isinstance(owner, type):
        return getattr(owner, name, None)
    return next((vars(base)[name] for base in owner.__mro__ if name in vars(base)), None)


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, type)


def _with_note(row: Support) -> str:
    name = f"`{row.name.rpartition('.')[2]}`"
    return f"{name} ({row.note})" if row.tier == "missing" and row.note else name


if __name__ == "__main__":
    main()
