"""Large matrices of tests: ``make test`` runs a sample of them, chosen by name, and ``make conform`` all."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable

import pytest


def keep_sample(config: pytest.Config, items: list[pytest.Item], one_in: Callable[[pytest.Item], int]) -> None:
    """Deselect all but a sample, except where ``BIGFRAME_CONFORMANCE`` is ``all``.

    Parameters
    ----------
    config
        Of the run.
    items
        Collected tests; changed in place.
    one_in
        Of so many tests like a given one, one is run; 1 where it is not sampled.
    """
    if os.environ.get("BIGFRAME_CONFORMANCE") == "all":
        return
    left_out = {item for item in items if zlib.crc32(item.nodeid.encode()) % one_in(item)}
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]
