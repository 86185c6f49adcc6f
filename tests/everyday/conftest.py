"""A sample of the lines: all of them take a minute."""

from __future__ import annotations

import pytest

from tests.sampling import keep_sample


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run one line in eight; ``make conform`` runs all."""
    keep_sample(config, items, lambda item: 8 if "everyday/test_lines" in item.nodeid else 1)
