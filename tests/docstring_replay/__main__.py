"""``python -m tests.docstring_replay``: replays the examples in pandas' docstrings and writes the page about them."""

from __future__ import annotations

import argparse
from collections import Counter

import bigframe
from tests.docstring_replay import report
from tests.docstring_replay.examples import texts
from tests.docstring_replay.replaying import replay


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.docstring_replay", description=__doc__)
    parser.add_argument("names", nargs="*", help="docstrings (DataFrame.merge) or classes (Series.str); default: all")
    asked = parser.parse_args()
    chosen = [text for text in texts() if not asked.names or {text.name, text.context} & set(asked.names)]
    with bigframe.connect(partitions=1):
        found = list(replay(chosen))
    counts = Counter(one.category for one in found if one.is_value)
    total = sum(counts[category] for category in ("same", "differs", "failed", "unsupported"))
    print(f"{counts['same']:,} of {total:,} values are the same ({counts['same'] / max(total, 1):.1%}): {dict(counts)}")
    if asked.names:
        for one in found:
            if one.cause:
                print(f"{one.category:12} {one.name}: {one.source.splitlines()[0][:60]}\n{'':12} {one.cause}")
    else:
        report.PAGE.write_text(report.page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
