"""The pytest plugin that runs pandas' tests against bigframe; a process of its own loads it (``running.py``)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bigframe
from tests.pandas_suite import causes, originals, outcomes, postponing, rewriting
from tests.pandas_suite.outcomes import Outcome
from tests.pandas_suite.steps import Steps

_steps = Steps()
_seen: dict[str, Outcome] = {}
_uncollected: list[Outcome] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("pandas-suite")
    group.addoption("--outcomes", required=True, help="file that outcomes are appended to")
    group.addoption("--partitions", type=int, default=1)
    group.addoption("--sample", type=float, default=1.0)
    group.addoption("--seed", type=int, default=0)
    group.addoption("--most-per-file", type=int, default=0)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[Any]:
    """Before any module of pandas' tests is loaded; the conftests of the directories to run are the first of them."""
    rewriting.install()
    originals.remember()
    _steps.watch()
    postponing.install()
    bigframe.options.fallback = "allow"
    bigframe.options.progress = False
    bigframe.connect(partitions=early_config.known_args_namespace.partitions)
    with postponing.loading():
        return (yield)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    done = {outcome.id for outcome in outcomes.read(_file(config))}
    chosen = {id for id in sampled([item.nodeid for item in items], config) if id not in done}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in chosen])
    items[:] = [item for item in items if item.nodeid in chosen]


def sampled(ids: list[str], config: pytest.Config) -> set[str]:
    """The tests of the sample; whether one is in it depends on its name, its file and the seed alone."""
    seed, share, most = (config.getoption(option) for option in ("--seed", "--sample", "--most-per-file"))
    order = {id: zlib.crc32(f"{seed}:{id}".encode()) / 2**32 for id in ids}
    chosen = [id for id in ids if order[id] < share]
    if not most:
        return set(chosen)
    by_file: dict[str, list[str]] = {}
    for id in sorted(chosen, key=order.__getitem__):
        by_file.setdefault(id.split("::")[0], []).append(id)
    return {id for those in by_file.values() for id in those[:most]}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[Any]:
    with postponing.loading():
        return (yield)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        lines = str(report.longrepr).strip().splitlines()
        cause = f"not collected: {causes.normalised(lines[-1] if lines else '')}"
        _uncollected.append(Outcome(report.nodeid, "failed", cause=cause))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    _steps.clear()
    _running(item.config).write_text(item.nodeid, encoding="utf-8")
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    report = yield
    before = _seen.get(item.nodeid)
    seconds = round((before.seconds if before else 0.0) + call.duration, 3)
    if before is None or before.category in ("passed", "not exercised"):
        outcome = _outcome(item.nodeid, report, call, seconds)
        _seen[item.nodeid] = replace(outcome, gathers=causes.gathering(_steps.gathers))
    if call.when == "teardown":
        outcomes.append(_file(item.config), _seen.pop(item.nodeid))
    return report


def _outcome(id: str, report: pytest.TestReport, call: pytest.CallInfo[None], seconds: float) -> Outcome:
    tier = next((tier for tier in ("gathered", "partitionwise") if tier in _steps.tiers), "native")
    if report.skipped or hasattr(report, "wasxfail") or (report.failed and "[XPASS(strict)]" in str(report.longrepr)):
        return Outcome(id, "skipped", tier, seconds=seconds)
    if report.passed:
        exercised = _steps.jobs or _steps.refusals
        return Outcome(id, "passed" if exercised else "not exercised", tier, seconds=seconds)
    error = call.excinfo.value if call.excinfo is not None else AssertionError("no error")
    what = causes.internals(error)
    if what is not None:
        return Outcome(id, "internals", tier, what, seconds)
    what = causes.unsupported(error)
    if what is not None:
        return Outcome(id, "unsupported", tier, what, seconds)
    return Outcome(id, "failed", tier, causes.of(error), seconds)


def pytest_sessionfinish(session: pytest.Session) -> None:
    for outcome in _uncollected:
        outcomes.append(_file(session.config), outcome)
    _running(session.config).unlink(missing_ok=True)


def _file(config: pytest.Config) -> Path:
    return Path(config.getoption("--outcomes"))


def _running(config: pytest.Config) -> Path:
    """Names the test that runs now, for whoever finds this process dead."""
    return Path(f"{config.getoption('--outcomes')}.running")


def pytest_unconfigure() -> None:
    bigframe.current_session().close()
