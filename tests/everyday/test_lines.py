"""Lines of everyday pandas, one by one: bigframe gives what pandas gives, over three partitions.

In a line ``m`` is the library, ``d`` a frame with missing values, and ``r`` what is compared.
"""

from __future__ import annotations

import contextlib
import io
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from tests.notebooks.cells import assert_equal
from tests.property.test_chains import frame

LINES = (Path(__file__).parent / "lines.txt").read_text(encoding="utf-8").splitlines()
SHUFFLED, NUMBERED = 0, 5
"""Seeds of frames of twelve rows under a shuffled index, and of twenty under a default one."""


@pytest.fixture(scope="module", autouse=True)
def session() -> Iterator[Any]:
    with bigframe.connect(partitions=3) as opened:
        yield opened


def outcome(line: str, module: Any, table: Any) -> Any:
    names = {"m": module, "d": table, "np": np, "pd": pd}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        exec(line, names)
        result = names["r"]
        return result.to_pandas() if hasattr(result, "to_pandas") else result


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", [SHUFFLED, NUMBERED], ids=["shuffled", "numbered"])
@pytest.mark.parametrize("line", LINES)
def test_line(line: str, seed: int) -> None:
    rows = frame(random.Random(seed))
    try:
        expected = outcome(line, pd, rows.copy())
    except Exception as error:
        with pytest.raises(type(error)):
            outcome(line, bigframe, bigframe.from_pandas(rows))
        return
    actual = outcome(line, bigframe, bigframe.from_pandas(rows))
    if isinstance(expected, pd.DataFrame) and list(actual.columns) == list(expected.columns):
        actual.columns = expected.columns  # of which bigframe does not hold the dtype
    if isinstance(expected, (list, dict, tuple, np.ndarray)):
        assert repr(actual) == repr(expected)
    else:
        assert_equal(actual, expected)
