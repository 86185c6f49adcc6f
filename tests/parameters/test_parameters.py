"""What pandas' parameters ask for is done, natively or with all the data in one process; few are refused."""

from __future__ import annotations

import os

import pytest

from tests.parameters.trying import quietly, share
from tests.parameters.values import OWNERS

ONE_IN = 1 if os.environ.get("BIGFRAME_CONFORMANCE") == "all" else 12
KNOWN = {
    "sample": "rows are chosen by a hash, which no partitioning changes, not by NumPy's generator",
    "astype": "a dtype cannot depend on whether values convert",
    "rolling": "SciPy is not installed",
    "value_counts": "an index of one level is no MultiIndex",
    "to_parquet": "the bytes are those of another codec",
    "drop": "a dictionary of labels",
    "filter": "a name in place of a function",
}


@pytest.mark.slow
@pytest.mark.parametrize("context", OWNERS)
def test_parameters_are_honoured(context: str) -> None:
    found = quietly(context, ONE_IN)
    lost = [trial for trial in found if trial.outcome in ("refused", "other")]
    assert [trial for trial in lost if trial.name.split(".")[1] not in KNOWN] == []
    tried, honoured, _ = share(found)
    if ONE_IN == 1:
        assert honoured >= 0.9 * tried
