"""Commits on local disks and in memory, and races on local disks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.storage.places import open_store
from tests.io.commit_cases import CommitCases
from tests.io.race_cases import RaceCases


class TestLocal(CommitCases, RaceCases):
    @pytest.fixture
    def place(self, tmp_path: Path) -> str:
        return str(tmp_path)


class TestMemory(CommitCases):
    @pytest.fixture
    def place(self) -> Iterator[str]:
        url = f"memory://{uuid.uuid4().hex}"
        yield url
        store, folder = open_store(url)
        store.delete_folder(folder)
