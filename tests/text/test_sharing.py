"""Dropping, listing and marking near-duplicates in one job computes every signature once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import bigframe
from engine.kernels import documents

TEXTS = [" ".join(f"w{number // 2}x{place}" for place in range(40)) + f" end{number}" for number in range(300)]
"""150 pairs that differ in the last word."""


@pytest.fixture
def texts_seen(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many texts each kernel was given."""
    seen: Counter[str] = Counter()

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(texts: Any, **options: Any) -> Any:
            seen[name] += len(texts)
            return function(texts, **options)

        return wrapper

    for name in ("fingerprints", "band_keys"):
        monkeypatch.setattr(documents.minhash, name, counted(name, getattr(documents.minhash, name)))
    return seen


@pytest.mark.parametrize("partitions", [1, 3])
def test_one_job_computes_each_signature_once(texts_seen: Counter[str], partitions: int) -> None:
    with bigframe.connect(partitions=partitions) as session:
        df = bigframe.DataFrame({"text": TEXTS})
        verbs = (df.drop_near_duplicates(), df.near_duplicates(), df.near_duplicate_groups())
        kept, audit, marked = bigframe.compute(*verbs)
        assert session.jobs == 1
    assert texts_seen == {"fingerprints": 300, "band_keys": 300}
    assert (len(kept), len(audit), marked["group"].nunique()) == (150, 150, 150)


def test_writes_of_one_job_share_too(texts_seen: Counter[str], tmp_path: Path) -> None:
    with bigframe.connect(partitions=3):
        df = bigframe.DataFrame({"text": TEXTS})
        kept = df.drop_near_duplicates().to_parquet(tmp_path / "kept", compute=False)
        audit = df.near_duplicates().to_parquet(tmp_path / "audit", compute=False)
        bigframe.compute(kept, audit)
    assert texts_seen == {"fingerprints": 300, "band_keys": 300}
    assert len(pd.read_parquet(tmp_path / "kept")) == len(pd.read_parquet(tmp_path / "audit")) == 150


def test_the_plan_shows_one_scan_of_signatures() -> None:
    with bigframe.connect(partitions=3) as session:
        df = bigframe.DataFrame({"text": TEXTS})
        plans = [verb._frame.plan() for verb in (df.drop_near_duplicates(), df.near_duplicates())]
        stages = session.explain(*plans).split("\nStages\n")[1]
    assert stages.count("bandkeys(") == stages.count("fingerprint(") == 1


def test_exact_computes_no_signature(texts_seen: Counter[str]) -> None:
    with bigframe.connect(partitions=3):
        assert len(bigframe.DataFrame({"text": TEXTS}).drop_near_duplicates(method="exact")) == 300
    assert texts_seen == {"fingerprints": 300}


def test_recording_runs_nothing(texts_seen: Counter[str]) -> None:
    with bigframe.connect() as session:
        df = bigframe.DataFrame({"text": TEXTS})
        assert list(df.near_duplicates().columns) == ["id", "kept_id", "group", "similarity"]
        assert list(df.drop_near_duplicates().columns) == ["text"]
        assert (session.jobs, texts_seen) == (0, {})
