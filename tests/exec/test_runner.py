"""Both runners keep the same promises."""

import threading
from pathlib import Path

import pytest

from bigframe.errors import Cancelled
from engine.exec.cancel import CancelToken
from engine.exec.errors import ExchangesLost
from engine.exec.runner import Runner, Task, TaskResult
from engine.storage.local import discard_temporaries


def test_results_come_in_order_and_are_reported_once(runner: Runner, run) -> None:
    reported: list[TaskResult] = []
    results = run(runner, "double", [{"x": number} for number in range(25)], on_result=reported.append)
    assert [result.key for result in results] == [f"t{number}" for number in range(25)]
    assert [dict(result.value) for result in results] == [
        {"doubled": 2 * number, "attempt": 1, "key": f"t{number}"} for number in range(25)
    ]
    assert sorted(reported, key=lambda result: int(result.key[1:])) == results
    assert {result.attempts for result in results} == {1}
    assert all(result.seconds >= 0 and result.worker for result in results)


def test_no_tasks(runner: Runner, run) -> None:
    assert run(runner, "double", []) == []


def test_the_same_tasks_can_run_again(runner: Runner, run) -> None:
    assert [run(runner, "double", [{"x": x}])[0].value["doubled"] for x in (1, 2)] == [2, 4]


def test_exchange_between_two_stages(runner: Runner, run, tmp_path: Path) -> None:
    maps = [{"folder": str(tmp_path), "start": 1000 * number, "partitions": 3} for number in range(5)]
    files = [dict(result.value) for result in run(runner, "write_map", maps)]
    sums = run(runner, "sum_partition", [{"files": files, "partition": partition} for partition in range(3)])
    expected = [sum(number for number in range(5000) if number % 3 == partition) for partition in range(3)]
    assert [result.value["sum"] for result in sums] == expected


def test_a_users_error_keeps_type_message_and_traceback_and_is_not_retried(runner: Runner, run, tmp_path: Path) -> None:
    with pytest.raises(KeyError) as caught:
        run(runner, "fail", [{"folder": str(tmp_path), "column": "price"}])
    assert caught.value.args == ("no column 'price'",)
    remote = "\n".join(getattr(caught.value, "__notes__", []))
    local = "\n".join(str(entry) for entry in caught.traceback)
    assert "exec_tasks.py" in remote + local
    assert [path.name for path in tmp_path.iterdir()] == ["t0.1"]


@pytest.mark.parametrize("nested", [True, False])
def test_an_answer_that_is_not_json_is_an_error(runner: Runner, run, nested: bool) -> None:
    with pytest.raises(TypeError, match="task 't0': exec_tasks:not_json returned"):
        run(runner, "not_json", [{"nested": nested}])


def test_a_spec_that_is_not_json_is_an_error(runner: Runner, run) -> None:
    with pytest.raises(TypeError, match=r"spec of task 't0' is not JSON data: .*set"):
        run(runner, "double", [{"x": {1, 2}}])


def test_two_tasks_with_one_key_are_an_error(runner: Runner) -> None:
    with pytest.raises(ValueError, match="two tasks have the key 'a'"):
        runner.run("m:f", [Task("a", {}), Task("a", {})], on_result=print, cancel=CancelToken())


def test_a_missing_function_is_an_error(runner: Runner, run) -> None:
    with pytest.raises(AttributeError, match="no_such_function"):
        run(runner, "no_such_function", [{}])


def test_lost_inputs_name_their_producers(runner: Runner, run) -> None:
    finished: list[str] = []
    specs = [{"producer": ""}, *[{"producer": "map-3"}] * 100]
    with pytest.raises(ExchangesLost, match="exchange file 'somewhere' of task 'map-3': missing") as caught:
        run(runner, "lose_input", specs, on_result=lambda result: finished.append(result.key))
    assert caught.value.producers == ("map-3",)
    assert finished == ["t0"]
    # Once inputs are known to be lost, no further task is started.
    assert len(caught.value.failures) < 10


@pytest.mark.parametrize("function", ["wait_for_cancel", "query_for_ever"])
def test_cancel_stops_running_tasks_and_the_next_run_works(runner: Runner, run, tmp_path: Path, function: str) -> None:
    token = CancelToken()
    finished: list[str] = []

    def cancel_once_started() -> None:
        while not list(tmp_path.glob("*.started")):
            token.wait(0.01)
        token.cancel("changed my mind")

    canceller = threading.Thread(target=cancel_once_started, daemon=True)
    canceller.start()
    with pytest.raises(Cancelled, match="changed my mind"):
        run(runner, function, [{"folder": str(tmp_path), "wait": True}] * 8, token, lambda r: finished.append(r.key))
    canceller.join()
    assert finished == []
    started = {path.stem for path in tmp_path.glob("*.started")}
    if function == "wait_for_cancel":
        assert {path.stem for path in tmp_path.glob("*.stopped")} == started
    assert len(started) <= runner.slots
    assert run(runner, "double", [{"x": 4}])[0].value["doubled"] == 8
    assert discard_temporaries(str(tmp_path)) == 0


def test_finished_tasks_are_reported_before_a_cancel(runner: Runner, run, tmp_path: Path) -> None:
    token = CancelToken()
    finished: list[str] = []

    def report(result: TaskResult) -> None:
        finished.append(result.key)
        token.cancel("one is enough")

    with pytest.raises(Cancelled, match="one is enough"):
        run(runner, "wait_for_cancel", [{"wait": False}, *[{"folder": str(tmp_path), "wait": True}] * 8], token, report)
    assert finished == ["t0"]


def test_a_token_set_before_the_run_starts_nothing(runner: Runner, run, tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel("early")
    with pytest.raises(Cancelled, match="early"):
        run(runner, "fail", [{"folder": str(tmp_path), "column": "x"}], token)
    assert list(tmp_path.iterdir()) == []
