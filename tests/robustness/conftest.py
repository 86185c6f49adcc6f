"""Sessions and checks for what goes wrong: a clear error, the user's line, and nothing left behind."""

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import bigframe as pd


@pytest.fixture(params=[1, 3])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[pd.Session]:
    with pd.connect(partitions=request.param, storage=str(tmp_path / "storage")) as opened:
        yield opened


@pytest.fixture
def failing(session: pd.Session, tmp_path: Path) -> Callable[..., str]:
    """Call a function that must fail; the text of its error. Nothing may be new below the test's folder."""

    def fails(kind: type[BaseException] | tuple[type[BaseException], ...], function: Callable[[], Any]) -> str:
        before = _files(tmp_path)
        with pytest.raises(kind) as caught:
            function()
        assert _files(tmp_path) - before == set()
        return "".join(traceback.format_exception(caught.value))

    return fails


def _files(folder: Path) -> set[str]:
    return {
        str(path) for path in folder.rglob("*") if "blobs" not in path.parts and path.name not in ("storage", "jobs")
    }
