"""Which examples in docstrings are run: bigframe's own; those of pandas' texts are replayed by ``tests.docstring_replay``."""

from __future__ import annotations

import pytest

from bigframe.api.binding.docstrings import INHERITED


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the examples of docstrings that are pandas': some need SciPy, or draw dozens of figures."""
    theirs = set()
    for item in items:
        if isinstance(item, pytest.DoctestItem) and INHERITED in (text := item.dtest.docstring or ""):
            own = text[: text.index(INHERITED)].count("\n")
            item.dtest.examples = [example for example in item.dtest.examples if example.lineno > own]
            if not item.dtest.examples:
                theirs.add(item)
    config.hook.pytest_deselected(items=list(theirs))
    items[:] = [item for item in items if item not in theirs]
