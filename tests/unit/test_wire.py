"""The wire format: every node comes back with the same digest, and a document that is not a plan is refused by node."""

import json
from typing import Any

import cloudpickle
import pytest

from bigframe.errors import WireError
from bigframe.ops.arithmetic import Add
from bigframe.ops.base import Column, Expr, Literal, Member, Scalar
from bigframe.ops.comparison import Gt
from bigframe.ops.functions import Call
from bigframe.ops.reductions import Size, Sum
from bigframe.plan import payloads, wire
from bigframe.plan.catalog import (
    Aggregate,
    Buckets,
    Components,
    Concat,
    Distinct,
    Explode,
    Filter,
    Join,
    MapBatches,
    Number,
    Plan,
    Project,
    Scan,
    Sink,
    Slice,
    Sort,
    Unpivot,
)
from bigframe.schema import BOOL, FLOAT64, INT64, STRING, list_of
from bigframe.tree import Tree, walk

A = Scan(
    "parquet",
    ("x/a.parquet", "x/b.parquet"),
    (("hive", True), ("names", ("a", "b"))),
    "v1",
    (("a", "A", INT64), ("t", "T", STRING)),
)
B = Scan("csv", ("b.csv",), (), "v2", (("b", "B", INT64),), "at", Gt(Column("b"), Literal(0, INT64)))
LISTS = Scan("jsonl", ("l.jsonl",), (), "v3", (("l", "l", list_of(INT64)),))


def shout(frame: Any) -> Any:
    return frame


SHOUT = payloads.put(shout)
NODES: dict[str, Plan] = {
    "Scan": B,
    "Project": Project(A, (("c", Add(Column("a"), Literal(1, INT64))),), ("t", "c")),
    "Filter": Filter(A, Gt(Column("a"), Scalar(Aggregate(B, (), (("n", Size()),)), "n", INT64))),
    "Aggregate": Aggregate(A, ("t",), (("s", Sum(Column("a"))), ("n", Size()))),
    "Join": Join(A, B, ("a",), ("b",), "left", ordered=False, validate="m:1"),
    "Sort": Sort(A, (("a", True, True), ("t", False, False))),
    "Slice": Slice(A, -3, None),
    "Distinct": Distinct(A, ("t",), "last"),
    "Concat": Concat((A, Filter(A, Literal(True, BOOL))), (INT64, STRING)),
    "Explode": Explode(LISTS, ("l",), drop_empty=True),
    "Number": Number(A, "row"),
    "MapBatches": MapBatches(A, SHOUT, "shout", ("A", ("T", 2)), 0, (("o", "A", INT64),), 0, (("n", 1.5),)),
    "Unpivot": Unpivot(A, "name", ("A", 1, 0.5), (("value", ("a", "a", "a")),), (STRING, FLOAT64)),
    "Buckets": Buckets(B, "b", "at", ("x", "y"), 3),
    "Components": Components(Buckets(B, "b", "at", ("x", "y")), ("x", "y"), "node", "root"),
    "Sink": Sink(A, "out", "parquet", "overwrite", ("A", "T"), (("compression", None),)),
}
MEMBERS = Filter(A, Member(Column("a"), B, "b"))
CALLS = Project(A, (("c", Call((Column("a"),), SHOUT, "shout", "value", INT64)),), ("c",))


def through_json(*plans: Plan) -> tuple[Plan, ...]:
    return wire.loads(json.loads(json.dumps(wire.dumps(*plans))))


def test_every_node_of_the_language_is_tried() -> None:
    here = {
        kind
        for name, kind in Tree.registry.items()
        if issubclass(kind, Plan) and kind.__module__.startswith("bigframe.")
    }
    assert {kind.__name__ for kind in here} - {"Plan"} == set(NODES)


@pytest.mark.parametrize("plan", [*NODES.values(), MEMBERS, CALLS], ids=[*NODES, "Member", "Call"])
def test_a_plan_comes_back(plan: Plan) -> None:
    (again,) = through_json(plan)
    assert again.digest == plan.digest
    assert again.schema == plan.schema
    assert [node.origin for node in walk(again)] == [node.origin for node in walk(plan)]


def test_several_plans_share_their_nodes() -> None:
    document = wire.dumps(*NODES.values())
    assert len(document["nodes"]) == len({node.digest for node in walk(*NODES.values())})
    again = through_json(*NODES.values())
    assert [plan.digest for plan in again] == [plan.digest for plan in NODES.values()]


def test_a_plan_of_five_thousand_nodes_comes_back() -> None:
    plan: Plan = A
    for number in range(2500):
        plan = Project(Filter(plan, Gt(Column("a"), Literal(number, INT64))), (), ("a", "t"))
    assert through_json(plan)[0].digest == plan.digest


def test_nothing_is_unpickled_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    document = wire.dumps(*NODES.values(), CALLS)
    assert list(document["functions"]) == [SHOUT]
    monkeypatch.setattr(cloudpickle, "loads", lambda payload: pytest.fail("a payload was unpickled"))
    assert wire.loads(json.loads(json.dumps(document)))[-1].digest == CALLS.digest


def test_the_process_that_made_a_document_need_not_read_it() -> None:
    document = wire.Document(*NODES.values())
    assert wire.loads(document) == tuple(NODES.values())  # the very nodes, which are compared by identity
    assert [plan.digest for plan in wire.loads(document.json)] == [plan.digest for plan in NODES.values()]


def _document(*nodes: Any, outputs: Any = (0,), **changes: Any) -> dict[str, Any]:
    return {
        "protocol": "bigframe.plan",
        "version": 1,
        "functions": {},
        "nodes": list(nodes),
        "outputs": list(outputs),
        **changes,
    }


GOOD = json.loads(json.dumps(wire.dumps(A)))["nodes"][0]
TRUE = {"op": "Literal", "value": True, "dtype": {"dtype": BOOL.to_wire()}}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "not a bigframe.plan document"),
        ({"protocol": "other"}, "not a bigframe.plan document"),
        (_document(GOOD, version=2), r"plan version 2 is not supported, this is version 1"),
        ({"protocol": "bigframe.plan", "version": 1}, "a plan has a list of nodes"),
        (_document("x"), "node 0 is not an operator"),
        (_document({"op": "Teleport"}), "node 0: unknown operator 'Teleport'"),
        (_document({**GOOD, "speed": 3}), "node 0: Scan has no field 'speed'"),
        (_document({"op": "Scan"}), "node 0: Scan is malformed: .*missing"),
        (
            _document(GOOD, {"op": "Slice", "input": {"node": 2}, "offset": 0, "length": 1}),
            "node 1: Slice is malformed: .*node 2",
        ),
        (
            _document({"op": "Slice", "input": {"node": 0}, "offset": 0, "length": 1}),
            "node 0: Slice is malformed: .*node 0",
        ),
        (
            _document(GOOD, {"op": "Slice", "input": {"node": -1}, "offset": 0, "length": 1}),
            "node 1: Slice is malformed: .*node -1",
        ),
        (
            _document(GOOD, {"op": "Slice", "input": {"node": "0"}, "offset": 0, "length": 1}),
            "node 1: Slice is malformed: .*node '0'",
        ),
        (
            _document(GOOD, {"op": "Slice", "input": {"node": 0}, "offset": {"pickle": "x"}, "length": 1}),
            "node 1: .*tag 'pickle'",
        ),
        (
            _document(GOOD, {"op": "Aggregate", "input": {"node": 0}, "keys": ["zz"], "aggregates": []}),
            "node 1: Aggregate is malformed: .*zz",
        ),
        (_document(TRUE), "output 0 is not a plan but Literal"),
        (_document(GOOD, outputs=[1]), "it refers to node 1"),
        (_document(GOOD, functions={"00": "AAAA"}), "the payload of function 00 does not match its hash"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_a_plan_is_refused(document: Any, message: str) -> None:
    with pytest.raises(WireError, match=message):
        wire.loads(document)


def test_a_payload_that_came_by_another_way_is_null() -> None:
    document = wire.dumps(CALLS)
    assert wire.loads({**document, "functions": {SHOUT: None}})[0].digest == CALLS.digest
    with pytest.raises(WireError, match="calls the function 00, whose payload it does not carry"):
        wire.loads({**document, "functions": {"00": None}})


def test_a_function_that_the_plan_does_not_carry_is_refused_when_called() -> None:
    with pytest.raises(WireError, match="whose payload it does not carry"):
        payloads.load("0" * 32)


def test_expressions_are_registered_by_unique_names() -> None:
    names = [kind.__name__ for kind in Tree.registry.values()]
    assert len(names) == len(set(names))
    assert all(issubclass(kind, (Plan, Expr)) for kind in Tree.registry.values())
