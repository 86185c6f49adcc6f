"""Several client processes at once, each with jobs of several kinds: every answer is the one that pandas gives."""

import pytest

from benchmarks.service_load import JOBS, make_tables, run_load
from tests.service.running import Server

pytestmark = [pytest.mark.dask, pytest.mark.slow]

CLIENTS = 4
COUNT = 4 * len(JOBS)


def test_every_answer_is_right(server: Server) -> None:
    folder = server.data / "load"
    make_tables(folder)
    samples = list(run_load(server, folder, COUNT, CLIENTS))
    assert [sample.error for sample in samples] == [""] * COUNT
    assert {kind: sum(sample.kind == kind for sample in samples) for kind in JOBS} == dict.fromkeys(JOBS, 4)
