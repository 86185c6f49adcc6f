"""Progress is shown to who watches, once a job takes long enough to be watched."""

from types import SimpleNamespace
from typing import Any

import pytest

from engine.exec import progress
from engine.exec.progress import Progress


def run(finished: int) -> Any:
    stage = SimpleNamespace(
        key="s", tasks=4, branches=[SimpleNamespace(plan=object())], output=SimpleNamespace(kind="hash")
    )
    return SimpleNamespace(stage=stage, results=dict.fromkeys(range(finished)), rows=1234, bytes=5_000_000)


@pytest.mark.parametrize(
    ("mode", "after", "shown"), [(True, 0, True), (False, 0, False), ("auto", 0, False), (True, 60, False)]
)
def test_progress(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mode: Any, after: float, shown: bool
) -> None:
    monkeypatch.setattr(progress, "SHOWN_AFTER", after)
    with Progress(mode) as bars:
        bars.update(run(1))
        bars.update(run(4))
    text = capsys.readouterr()
    assert text.out == ""
    assert ("object → hash" in text.err) is shown
    assert ("1,234 rows" in text.err) is shown
