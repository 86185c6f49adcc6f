"""The page in a browser: what it shows and does, with a stand-in for the service and with the service itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

import bigframe as pd
from bigframe.api.looking.run import job_of
from tests.service import plans
from tests.service.chromium import EXECUTABLE, WHY_NOT, Browser, Page
from tests.service.conftest import Server
from tests.service.fake_service import TOKEN, FakeService

pytestmark = pytest.mark.skipif(EXECUTABLE is None, reason=WHY_NOT)

HOSTILE = (
    "<img src=x onerror=\"window.hacked='image'\">",
    "\"><script>window.hacked='script'</script>",
    "</title><svg onload=\"window.hacked='svg'\">",
    "' onmouseover='window.hacked=1' x='",
    "javascript:window.hacked=1",
    "${window.hacked=1}{{constructor.constructor('window.hacked=1')()}}",
    "\u202egnp.exe \u0000 \U0001f600 " + "x" * 5000,
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService() as running:
        yield running


def stage(key: str, tasks: int, done: int, **values: Any) -> dict[str, Any]:
    zero = {"reran": 0, "reused": 0, "rows": 0, "bytes": 0, "seconds": 0.0}
    return {"key": key, "title": f"Scan {key}", "tasks": tasks, "done": done, **zero, **values}


def job(id: str, state: str, stages: tuple[dict[str, Any], ...] = (), **values: Any) -> dict[str, Any]:
    tasks = sum(stage["tasks"] for stage in stages)
    fraction = 1.0 if state == "SUCCEEDED" else sum(stage["done"] for stage in stages) / tasks if tasks else 0.0
    metrics = dict.fromkeys(
        ("rows", "bytes_scanned", "bytes_fetched", "bytes_exchanged", "cpu_seconds", "peak_memory", "seconds")
    )
    ended = state in ("SUCCEEDED", "FAILED", "CANCELLED")
    return {
        "id": id,
        "name": id,
        "state": state,
        "seq": 1,
        "created": 1_700_000_000,
        "started": 1_700_000_001,
        "finished": 1_700_000_063.5 if ended else None,
        "outputs": 1,
        "attempts": 1,
        "reused": False,
        "cancelling": False,
        "labels": {},
        "error": None,
        "progress": {"stages": list(stages), "fraction": fraction},
        **values,
        "metrics": {**metrics, **values.get("metrics", {})},
    }


def plan(stages: tuple[dict[str, Any], ...], *edges: tuple[str, str, str, int | None]) -> dict[str, Any]:
    return {
        "stages": [{**stage, "operators": [f"Scan parquet {stage['key']}"], "kind": "hash"} for stage in stages],
        "edges": [{"from": a, "to": b, "kind": kind, "bytes": size} for a, b, kind, size in edges],
    }


def opened(browser: Browser, service: FakeService, fragment: str = "") -> Page:
    page = browser.open(f"{service.url}/#token={TOKEN.replace(' ', '%20')}{fragment}")
    page.wait_for("document.querySelector('#connection').textContent === 'live'")
    if "job/" in fragment:
        page.wait_for("!document.querySelector('#detail').hidden")
    return page


def states(page: Page) -> list[str]:
    return page.texts("#jobs td.state")


# ---------------------------------------------------------------- the list


def test_jobs_are_listed_as_they_come(browser: Browser, service: FakeService) -> None:
    figures = {"rows": 12_345_678, "bytes_scanned": 3 << 20, "cpu_seconds": 7.25}
    service.jobs = [
        job("waits", "QUEUED", started=None),
        job("0123456789abcdef" * 2, "RUNNING", (stage("a", 8, 3), stage("b", 8, 1)), name=None),
        job("clean-11", "SUCCEEDED", metrics=figures),
    ]
    page = opened(browser, service)
    assert page.texts("#jobs th") == ["waits", "01234567", "clean-11"]
    assert states(page) == ["Queued", "Running", "Succeeded"]
    assert page.texts("#jobs td.progress") == ["", "25 %", ""]
    bars = page.evaluate("[...document.querySelectorAll('#jobs [role=progressbar]')].map((bar) => bar.ariaValueNow)")
    assert bars == ["0", "25", "100"]
    assert page.texts("#jobs tr:last-child td.number")[:4] == ["12,345,678", "3.0 MiB", "7.3 s", "1 m 03 s"]
    assert page.texts("#jobs tr:first-child td.number")[:4] == ["–", "–", "–", "–"]
    aligned = (
        "[...document.querySelectorAll('#jobs td.number')].every((n) => getComputedStyle(n).textAlign === 'right')"
    )
    assert page.evaluate(aligned)
    assert page.evaluate("document.title") == "(2) bigframe"
    assert page.complaints() == []


def test_jobs_are_filtered_by_state(browser: Browser, service: FakeService) -> None:
    service.jobs = [job(state.lower(), state) for state in ("FAILED", "RUNNING", "SUCCEEDED", "QUEUED", "CANCELLED")]
    page = opened(browser, service)
    for label, wanted in {
        "Failed": ["Failed"],
        "Active": ["Running", "Queued"],
        "Cancelled": ["Cancelled"],
        "All": ["Failed", "Running", "Succeeded", "Queued", "Cancelled"],
    }.items():
        place = 1 + ["All", "Active", "Succeeded", "Failed", "Cancelled"].index(label)
        page.click(f"#filter label:nth-child({place})")
        page.wait_for(f"document.querySelectorAll('#jobs tr').length === {len(wanted)}")
        assert states(page) == wanted
    assert page.evaluate("document.querySelector('#empty').hidden")


def test_new_jobs_leave_rows_focus_and_scroll_as_they_are(browser: Browser, service: FakeService) -> None:
    service.jobs = [job(f"job-{n}", "SUCCEEDED") for n in range(100)]
    page = opened(browser, service)
    page.evaluate("window.row = document.querySelector('#jobs tr:nth-child(60)'); row.querySelector('a').focus()")
    page.evaluate(
        "row.scrollIntoView({block: 'center'}); getSelection().selectAllChildren(row.querySelector('.state'))"
    )
    top = page.evaluate("row.getBoundingClientRect().top")
    service.jobs.insert(0, job("new", "RUNNING"))
    page.wait_for("document.querySelector('#jobs tr').textContent.includes('new')")
    assert page.evaluate("row.isConnected && document.activeElement === row.querySelector('a')")
    assert page.evaluate("String(getSelection())") == "Succeeded"
    assert page.evaluate("row.getBoundingClientRect().top") == pytest.approx(top, abs=1)


# ---------------------------------------------------------------- one job


def running(service: FakeService) -> tuple[dict[str, Any], ...]:
    stages = (
        stage("a", 4, 4, rows=1000, bytes=2048, seconds=1.5, reused=1),
        stage("b", 4, 2, rows=70, bytes=512, seconds=75.0, reran=2),
        stage("c", 1, 0),
    )
    service.jobs = [job("clean", "RUNNING", stages, metrics={"bytes_scanned": 5 << 30, "peak_memory": 1 << 20})]
    service.plans["clean"] = plan(stages, ("a", "b", "hash", 1536), ("b", "c", "gather", None))
    service.logs["clean"] = ["attempt begins"]
    return stages


def test_a_job_is_shown_with_totals_stages_plan_and_log(browser: Browser, service: FakeService) -> None:
    running(service)
    page = opened(browser, service)
    page.click("#jobs a")
    page.wait_for("document.querySelector('#picture g')")
    assert page.evaluate("location.hash") == "#job/clean"
    assert page.text("#job-name") == "clean"
    assert page.texts("#totals dd")[:6] == ["–", "5.0 GiB", "–", "–", "–", "1.0 MiB"]
    assert page.texts("#stages tr:nth-child(1) > *")[1:] == ["4/4", "1", "", "1,000", "2.0 KiB", "1.5 s"]
    assert page.texts("#stages tr:nth-child(2) > *")[1:] == ["2/4", "", "2", "70", "512 B", "1 m 15 s"]
    assert page.texts("#stages tr:nth-child(3) > *")[1:] == ["0/1", "", "", "–", "–", "–"]
    assert page.texts("#stages li") == [f"Scan parquet {key}" for key in "abc"]
    assert page.texts("#picture .title") == ["Scan a", "Scan b", "Scan c"]
    assert page.texts("#picture .label") == ["hash 1.5 KiB", "gather"]
    assert page.evaluate("[...document.querySelectorAll('#picture g')].map((g) => g.dataset.state)") == [
        "SUCCEEDED",
        "RUNNING",
        "QUEUED",
    ]
    widths = "[...document.querySelectorAll('#picture .fill')].map((r) => r.getAttribute('width') / 240)"
    assert page.evaluate(widths) == [1, 0.5, 0]
    assert page.texts("#log span") == ["attempt begins"]
    page.press("Escape")
    page.wait_for("document.querySelector('#detail').hidden")
    assert page.complaints() == []


def test_progress_changes_in_place(browser: Browser, service: FakeService) -> None:
    stages = running(service)
    page = opened(browser, service, "&job/clean")
    page.wait_for("document.querySelector('#picture g')")
    page.evaluate("window.before = [...document.querySelectorAll('#picture g')]")
    page.evaluate("window.at = before.map((g) => g.getAttribute('transform'))")
    stages[1].update(done=4, rows=140)
    service.plans["clean"]["edges"][1]["bytes"] = 3 << 20
    service.logs["clean"].append("stage b is done")
    service.change("clean")
    page.wait_for("document.querySelector('#picture g:nth-of-type(2)').dataset.state === 'SUCCEEDED'")
    assert page.evaluate("before.every((g, i) => g.isConnected && g.getAttribute('transform') === at[i])")
    assert page.texts("#picture .label") == ["hash 1.5 KiB", "gather 3.0 MiB"]
    assert page.texts("#stages tr:nth-child(2) > *")[1:5] == ["4/4", "", "2", "140"]
    page.wait_for("document.querySelectorAll('#log p').length === 2")
    assert page.texts("#log span") == ["attempt begins", "stage b is done"]


def test_a_failure_names_code_message_and_line(browser: Browser, service: FakeService) -> None:
    error = {"code": "INPUT_CHANGED", "type": "InputChanged", "message": "a.parquet\nchanged", "line": "job.py:41"}
    service.jobs = [job("lost", "FAILED", (stage("a", 2, 2), stage("b", 2, 1)), error=error)]
    page = opened(browser, service, "&job/lost")
    assert page.text("#error") == "INPUT_CHANGED InputChanged a.parquet changed asked for at job.py:41"
    assert page.evaluate("[...document.querySelectorAll('#stages tr')].map((row) => row.dataset.state)") == [
        "SUCCEEDED",
        "FAILED",
    ]
    assert page.evaluate("document.querySelector('#cancel').hidden")


def test_a_job_is_cancelled_only_when_confirmed(browser: Browser, service: FakeService) -> None:
    running(service)
    page = opened(browser, service, "&job/clean")
    page.click("#cancel")
    assert page.text("#confirm-name") == "clean"
    page.press("Enter")  # the safe answer has the focus
    page.wait_for("!document.querySelector('#confirm').open")
    page.click("#cancel")
    page.press("Escape")
    page.wait_for("!document.querySelector('#confirm').open")
    assert service.job("clean")["cancelling"] is False
    page.click("#cancel")
    page.click("#confirm .danger")
    page.wait_for("document.querySelector('#job-state').textContent === 'Cancelling'")
    assert service.job("clean")["cancelling"] is True
    assert page.evaluate("document.querySelector('#cancel').disabled")


def test_arrow_keys_go_from_job_to_job(browser: Browser, service: FakeService) -> None:
    service.jobs = [job(name, "SUCCEEDED") for name in ("one", "two", "three")]
    page = opened(browser, service)
    for key, name in (("ArrowDown", "one"), ("ArrowDown", "two"), ("ArrowDown", "three"), ("ArrowUp", "two")):
        page.press(key)
        page.wait_for(f"document.querySelector('#job-name').textContent === '{name}'")
        assert page.evaluate("document.activeElement.textContent") == name


# ---------------------------------------------------------------- what may go wrong


def test_hostile_text_is_only_text(browser: Browser, service: FakeService) -> None:
    for number, text in enumerate(HOSTILE):
        stages = (stage(text, 2, 1, title=text),)
        error = {"code": text, "type": text, "message": text, "line": text}
        values = {"name": text, "labels": {text: text}, "error": error}
        service.jobs.append(job(f"{number}{text}", "FAILED", stages, **values))
        service.plans[f"{number}{text}"] = {
            "stages": [{**stages[0], "operators": [text], "kind": text}],
            "edges": [{"from": text, "to": text, "kind": text, "bytes": 1}],
        }
        service.logs[f"{number}{text}"] = [text]
    page = opened(browser, service)
    shown = page.evaluate("[...document.querySelectorAll('#jobs a')].map((link) => link.textContent)")
    assert shown == list(HOSTILE)
    for number, text in enumerate(HOSTILE):
        page.click(f"#jobs tr:nth-child({number + 1}) td")
        page.wait_for(f"document.querySelector('#log span')?.textContent === {json.dumps(text)}")
        for selector in ("#job-name", "#error pre", "#stages summary .title", "#stages li"):
            assert page.evaluate(f"document.querySelector({json.dumps(selector)}).textContent") == text, selector
    assert (
        page.evaluate("document.querySelectorAll('img, script:not([src=\"page.js\"]), [onload], [onerror]').length")
        == 0
    )
    assert page.evaluate("window.hacked === undefined")
    assert page.complaints() == []


def test_a_lost_connection_is_said_and_recovers(browser: Browser, service: FakeService) -> None:
    running(service)
    page = opened(browser, service, "&job/clean")
    service.down = True
    page.wait_for("document.querySelector('#connection').textContent === 'connection lost, trying again'")
    assert states(page) == ["Running"]
    assert page.text("#job-name") == "clean"
    service.change("clean", state="SUCCEEDED", finished=1_700_000_010)
    service.down = False
    page.wait_for("document.querySelector('#connection').textContent === 'live'")
    assert states(page) == ["Succeeded"]


def test_a_hidden_page_asks_nothing(browser: Browser, service: FakeService) -> None:
    page = opened(browser, service)
    hide = "Object.defineProperty(document, 'hidden', {get: () => %s, configurable: true});"
    tell = "document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate(hide % "true" + tell)
    time.sleep(0.3)  # what was under way
    asked = service.asked
    time.sleep(1.7)
    assert service.asked == asked
    service.jobs = [job("new", "RUNNING")]
    page.evaluate(hide % "false" + tell)
    page.wait_for("document.querySelectorAll('#jobs tr').length === 1")


def test_the_token_is_asked_for_and_stays_in_the_tab(browser: Browser, service: FakeService) -> None:
    service.jobs = [job("one", "SUCCEEDED")]
    page = browser.open(service.url)
    page.wait_for("document.querySelector('#sign-in').open")
    page.type("a guess")
    page.press("Enter")
    page.wait_for("document.querySelector('#refused').textContent === 'The server does not accept this token.'")
    page.type(TOKEN)
    page.press("Enter")
    page.wait_for("document.querySelectorAll('#jobs tr').length === 1")
    page.evaluate("location.reload()")
    page.wait_for("document.querySelectorAll('#jobs tr').length === 1")
    assert page.evaluate("location.href") == f"{service.url}/"
    assert page.evaluate("localStorage.length + document.cookie.length") == 0
    page.click("#forget")
    page.wait_for("document.querySelector('#sign-in').open")


def test_a_token_in_the_fragment_leaves_the_address(browser: Browser, service: FakeService) -> None:
    service.jobs = [job("one", "SUCCEEDED")]
    page = opened(browser, service, "&job/one")
    assert page.evaluate("location.href") == f"{service.url}/#job/one"
    assert TOKEN not in page.evaluate("document.documentElement.outerHTML")
    loaded = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert loaded
    assert all(url.startswith(f"{service.url}/") for url in loaded)


# ---------------------------------------------------------------- the layout


LAYOUT = """import('/layout.js').then(({layout}) => {
  const drawn = layout(%s, %s.map(([from, to]) => ({from, to})), {width: 100, height: 40, across: 20, down: 30, bend: 10});
  return {nodes: [...drawn.nodes.values()].map(({key, x, y}) => [key, x, y]), width: drawn.width, height: drawn.height,
          routes: drawn.routes.map((route) => route.map(({x, y}) => [x, y]))};
})"""


@pytest.mark.parametrize("seed", range(6))
def test_layout_keeps_nodes_apart_and_edges_pointing_down(browser: Browser, service: FakeService, seed: int) -> None:
    import random

    chance = random.Random(seed)
    keys = [f"s{n}" for n in range(14)]
    edges = [(keys[a], keys[b]) for b in range(14) for a in range(b) if chance.random() < 0.15]
    drawn = opened(browser, service).evaluate(LAYOUT % (json.dumps(keys), json.dumps(edges)))
    assert {key for key, _, _ in drawn["nodes"]} == set(keys)
    for route in drawn["routes"]:
        heights = [y for _, y in route]
        assert heights == sorted(set(heights))
    for first in drawn["nodes"]:
        assert 50 <= first[1] <= drawn["width"] - 50
        assert 0 <= first[2] <= drawn["height"] - 40
        for second in drawn["nodes"]:
            if first[0] < second[0] and first[2] == second[2]:
                assert abs(first[1] - second[1]) >= 120 - 1e-6


def test_layout_removes_crossings(browser: Browser, service: FakeService) -> None:
    edges = [("a", "z"), ("b", "y"), ("c", "x")]
    drawn = opened(browser, service).evaluate(LAYOUT % (json.dumps([*"abcxyz"]), json.dumps(edges)))
    across = {key: x for key, x, _ in drawn["nodes"]}
    assert [across[b] - across[a] for a, b in edges] == [0, 0, 0]


# ---------------------------------------------------------------- with the service


def submitted(server: Server, *args: Any, **fields: Any) -> str:
    answer = server.http.post("/v1/jobs", json=plans.job(*args, **fields))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def fragment(server: Server, id: str) -> str:
    return f"{server.url}/#token={server.token.replace(' ', '%20')}&job/{id}"


@pytest.mark.dask
def test_a_job_of_the_service_is_shown(browser: Browser, server: Server) -> None:
    id = submitted(server, plans.first(server.data, 7), name="seven")
    page = browser.open(fragment(server, id))
    page.wait_for("document.querySelector('#job-state')?.textContent === 'Succeeded'")
    drawn = server.http.get(f"/v1/jobs/{id}/plan").json()
    assert page.evaluate("document.querySelectorAll('#picture g').length") == len(drawn["stages"])
    assert page.texts("#stages summary .title") == [stage["title"] for stage in drawn["stages"]]
    assert page.evaluate("document.querySelectorAll('#picture .edge').length") == len(drawn["edges"])
    assert page.texts("#jobs a")[0] == "seven"
    assert page.text("#totals div:first-child dd") == "7"
    assert page.evaluate("[...document.querySelectorAll('#picture g')].every((g) => g.dataset.state === 'SUCCEEDED')")
    page.wait_for("document.querySelectorAll('#log p').length > 0")
    assert page.complaints() == []


@pytest.mark.dask
def test_a_job_of_the_service_is_cancelled(
    browser: Browser, start_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_server(trust_udfs=True)
    hold = tmp_path / "hold"
    hold.touch()

    def wait(text: str) -> str:
        import time

        while hold.exists():
            time.sleep(0.01)
        return text

    plans.numbers(server.data)
    with pd.connect():
        frame = pd.read_parquet(f"{server.data}/numbers-1000.parquet")
        plan = job_of([("frame", frame.t.map(wait).to_frame()._frame)], known=())[0][0]
    id = submitted(server, plan, name="held")
    page = browser.open(fragment(server, id))
    page.wait_for("document.querySelector('#job-state')?.textContent === 'Running'")
    page.click("#cancel")
    page.click("#confirm .danger")
    page.wait_for("document.querySelector('#job-state').textContent === 'Cancelled'")
    assert server.ended(id)["state"] == "CANCELLED"
    assert page.evaluate("document.querySelector('#cancel').hidden")


def test_the_page_may_not_be_framed_nor_go_stale(server: Server) -> None:
    for path in ("/", "/page.js"):
        headers = httpx2.get(f"{server.url}{path}", trust_env=False).headers
        assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert headers["Cache-Control"] == "no-cache"
        assert headers["X-Content-Type-Options"] == "nosniff"
