"""The page of the replay: how much of each class's examples comes out the same, and the causes of the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas

from tests.docstring_replay.replaying import Replayed
from tests.pandas_suite.report import escaped

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "docstring-replay.md"
_MOST_CAUSES = 150

_INTRODUCTION = """# The examples in pandas' docstrings, replayed

Written by `make conform`; never edited by hand. Each statement of the examples in the docstrings of pandas {version} runs
twice, with `pd` meaning pandas and with `pd` meaning bigframe. Where pandas' statement has a value that is data, the two are
compared: values, dtypes, labels, order. An error that the docstring shows has to be of the same type. After a statement that
bigframe fails, the names stand for what pandas made of them, so that the next ones are tried as well. Statements in which
nothing of bigframe takes part are not counted.

*Values the same* is the share of the values that are compared; *ran* the share of all statements that raised nothing they
should not.
"""
_KINDS = {"What bigframe does not have": ("unsupported",), "What differs or fails": ("differs", "failed")}


def page(found: Sequence[Replayed]) -> str:
    """The page as Markdown."""
    tried = [one for one in found if one.category not in ("pandas fails", "pandas alone")]
    parts = [
        _INTRODUCTION.format(version=pandas.__version__),
        "## Scores\n",
        "| docstrings of | values the same | values | same | differ | fail | unsupported | statements | ran |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    contexts = list(dict.fromkeys(one.context for one in tried))
    parts += [_row(context, [one for one in tried if one.context == context]) for context in contexts]
    parts.append(_row("**all**", tried))
    for title, categories in _KINDS.items():
        chosen = [one for one in tried if one.category in categories]
        by_cause: dict[str, list[Replayed]] = {}
        for one in chosen:
            by_cause.setdefault(one.cause, []).append(one)
        ordered = sorted(by_cause.items(), key=lambda item: (-len(item[1]), item[0]))
        parts += [f"\n## {title}\n", f"{len(chosen):,} statements, {len(ordered):,} causes, the largest first.\n"]
        parts += [
            "| statements | cause | for example |",
            "|---:|---|---|",
            *(_cause(*item) for item in ordered[:_MOST_CAUSES]),
        ]
    return "\n".join(parts) + "\n"


def _row(name: str, found: Sequence[Replayed]) -> str:
    values = Counter(one.category for one in found if one.is_value)
    total = sum(values.values())
    ran = sum(one.category in ("same", "ran", "differs") for one in found)
    return (
        f"| {name} | {values['same'] / total if total else 0:.1%} | {total:,} | {values['same']:,} | {values['differs']:,} | "
        f"{values['failed']:,} | {values['unsupported']:,} | {len(found):,} | {ran / len(found) if found else 0:.1%} |"
    )


def _cause(cause: str, found: Sequence[Replayed]) -> str:
    example = min(found, key=lambda one: (one.name, one.number))
    source = example.source.splitlines()[0][:70]
    return f"| {len(found):,} | {escaped(cause)} | `{example.name}`: `{escaped(source)}` |"
