"""One build per payload and process."""

from __future__ import annotations

import threading
import uuid

import pytest

from engine.kernels.model_cache import load_once


@pytest.fixture
def payload():
    return uuid.uuid4().hex


def test_threads_share_one_build(payload):
    started, built, got = threading.Barrier(8), [], []

    def build():
        built.append(threading.get_ident())
        return object()

    def ask():
        started.wait()
        got.append(load_once(payload, build))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert len(got) == 8
    assert len(set(map(id, got))) == 1


def test_payloads_have_their_own_objects(payload):
    assert load_once(payload, lambda: "first") == "first"
    assert load_once(payload + "x", lambda: "second") == "second"
    assert load_once(payload, lambda: "third") == "first"


def test_a_failed_build_is_tried_again(payload):
    def fail():
        raise OSError("no such model")

    with pytest.raises(OSError, match="no such model"):
        load_once(payload, fail)
    assert load_once(payload, lambda: None) is None
    assert load_once(payload, fail) is None


def test_another_payload_builds_while_one_is_building(payload):
    building, release = threading.Event(), threading.Event()

    def slow():
        building.set()
        assert release.wait(30)
        return "slow"

    got = []
    thread = threading.Thread(target=lambda: got.append(load_once(payload, slow)))
    thread.start()
    assert building.wait(30)
    assert load_once(payload + "x", lambda: "quick") == "quick"
    release.set()
    thread.join()
    assert got == ["slow"]
