"""Ctrl-C and cancel() stop a running job within a second; the process lives, and nothing is left."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

JOB = """
import json, sys, threading, time
from pathlib import Path
import bigframe as pd
import psutil

def slow(value: int) -> int:
    time.sleep(0.02)
    return value

def job():
    if {kind!r} == "python":
        return pd.DataFrame({{"x": range(100_000)}}).x.map(slow).sum().item()
    many = pd.DataFrame({{"x": range(60_000)}})
    return (many.merge(many, how="cross").x_x % 7).sum().item()

def files(folder):
    return sorted(str(path) for path in Path(folder).rglob("*") if "dask" not in str(path))

def main():
    with pd.connect({address}, storage={storage!r}, **{settings}) as session:
        pd.DataFrame({{"x": range(3)}}).x.sum().item()
        pd.DataFrame({{"x": range(100_000 if {kind!r} == "python" else 60_000)}})
        before, children = files(session.storage), len(psutil.Process().children(recursive=True))
        if {how!r} == "cancel":
            threading.Timer(1.5, lambda: (report.update(asked=time.time()), session.cancel())).start()
        report = {{}}
        print("running", flush=True)
        try:
            job()
        except (KeyboardInterrupt, pd.Cancelled) as error:
            report.update(stopped=time.time(), error=type(error).__name__)
        report["next"] = int(pd.DataFrame({{"x": [1, 2, 3]}}).x.sum())
        time.sleep(0.2)
        report["left"] = [path for path in files(session.storage) if path not in before and "blobs" not in path]
        report["new children"] = len(psutil.Process().children(recursive=True)) - children
    print(json.dumps(report), flush=True)

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("how", ["ctrl-c", "cancel"])
@pytest.mark.parametrize("kind", ["native", "python"])
@pytest.mark.parametrize(
    ("address", "settings"),
    [("None", {"partitions": 2}), pytest.param("'local'", {"workers": 2, "partitions": 2}, marks=pytest.mark.dask)],
    ids=["in-process", "dask"],
)
def test_a_job_stops_within_a_second(
    tmp_path: Path, address: str, settings: dict[str, int], kind: str, how: str
) -> None:
    script = tmp_path / "job.py"
    script.write_text(
        JOB.format(address=address, settings=settings, kind=kind, how=how, storage=str(tmp_path / "storage"))
    )
    process = subprocess.Popen(
        [sys.executable, str(script)],
        env={"PYTHONPATH": str(ROOT), "PATH": "", "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        started = process.stdout.readline()
        time.sleep(1.5)
        asked = time.time()
        if how == "ctrl-c":
            process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert started == "running\n", errors
    report = json.loads(output)
    assert report["error"] == ("KeyboardInterrupt" if how == "ctrl-c" else "Cancelled")
    assert report["stopped"] - report.get("asked", asked) < 1
    assert report["next"] == 6
    assert report["left"] == []
    assert report["new children"] == 0
    assert process.returncode == 0
    assert "Traceback" not in errors, errors
