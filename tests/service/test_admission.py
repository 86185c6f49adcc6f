"""What is checked of a plan before a job exists: its nodes, its functions, and every path in it."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import cloudpickle
import deltalake
import pyarrow as pa
import pytest

from bigframe.ops.base import Column
from bigframe.ops.pandas_tier import PandasMethod
from bigframe.plan import payloads
from bigframe.plan.catalog import MapBatches, Plan, Project, Scan, Sink, Slice
from bigframe.schema import INT64, STRING
from engine.datasets import describe
from engine.kernels.relational.leaves import Read
from engine.service.admission import PYTHON, Admission
from engine.service.refusals import Refused
from engine.service.settings import Settings
from tests.service.plans import document

BLOB = "ab" * 16


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """``lake`` is a root, ``lake-private`` and ``storage`` are not."""
    for name in ("lake/in", "lake-private", "storage/blobs"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("lake/in/a.parquet", "lake-private/b.parquet", f"storage/blobs/{BLOB}.arrow"):
        (tmp_path / name).write_bytes(b"PAR1")
    return tmp_path


@pytest.fixture
def settings(folder: Path) -> Settings:
    return Settings(storage=str(folder / "storage"), roots=(str(folder / "lake"), "s3://bucket/lake"), node_limit=1000)


def scan(*paths: str, format: str = "parquet") -> Scan:
    return Scan(format, paths, (), "v", (("n", "n", INT64),))


def refused(settings: Settings, plan: Any, **asked: Any) -> tuple[str, str]:
    sent = document(plan) if isinstance(plan, Plan) else plan
    with pytest.raises(Refused) as raised:
        Admission(settings).admit(sent, **asked)
    return raised.value.code, str(raised.value)


# -- plans


def test_a_plan_is_admitted_with_what_names_it(settings: Settings, folder: Path) -> None:
    plans = [Slice(scan(str(folder / "lake/in")), 0, 1), scan("s3://bucket/lake/a.parquet")]
    sent = document(*plans)
    admitted = Admission(settings).admit(sent)
    assert [plan.digest for plan in admitted.plans] == [plan.digest for plan in plans]
    assert admitted.document == sent
    assert admitted.digest == Admission(settings).admit(sent).digest
    assert admitted.digest != Admission(settings).admit(document(*reversed(plans))).digest


GOOD = document(scan("s3://bucket/lake/a"))
NODE = GOOD["nodes"][0]


@pytest.mark.parametrize(
    ("sent", "code", "message"),
    [
        ([], "PLAN_MALFORMED", "not a bigframe.plan document"),
        ({**GOOD, "version": 2}, "PLAN_VERSION", "version 2, this server reads 1.*update"),
        ({**GOOD, "version": [1]}, "PLAN_VERSION", "version"),
        ({**GOOD, "outputs": []}, "PLAN_MALFORMED", "list of outputs"),
        ({**GOOD, "functions": []}, "PLAN_MALFORMED", "functions by hash"),
        ({**GOOD, "outputs": [5]}, "PLAN_MALFORMED", "node 5"),
        ({**GOOD, "nodes": [NODE] * 1001}, "PLAN_TOO_LARGE", "1,001 nodes, this server takes 1,000"),
        ({**GOOD, "nodes": ["x"]}, "PLAN_MALFORMED", "node 0 is not an operator"),
        ({**GOOD, "nodes": [{"op": ["Scan"]}]}, "PLAN_MALFORMED", "node 0 is not an operator"),
        ({**GOOD, "nodes": [{"op": "Teleport"}]}, "UNKNOWN_OPERATOR", "node 0: unknown operator 'Teleport'"),
        ({**GOOD, "nodes": [{**NODE, "@": {}}]}, "PLAN_MALFORMED", "node 0: '@'"),
        ({**GOOD, "nodes": [{**NODE, "paths": "s3://bucket/lake/a"}]}, "PLAN_MALFORMED", "list of paths"),
        ({**GOOD, "nodes": [{**NODE, "paths": [3]}]}, "PLAN_MALFORMED", "a path is a text, not 3"),
        ({**GOOD, "nodes": [{**NODE, "fields": 3}]}, "PLAN_MALFORMED", "node 0: Scan is malformed"),
        ({**GOOD, "nodes": [NODE, {"op": "Plan"}]}, "PLAN_MALFORMED", "node 1: Plan is malformed"),
        (
            {**GOOD, "nodes": [NODE, {"op": "MapBatches", "function": 3}]},
            "PLAN_MALFORMED",
            "node 1: a function is named",
        ),
        *(
            (
                {**GOOD, "nodes": [NODE, {"op": "Slice", "input": {"node": target}, "offset": 0, "length": 1}]},
                "PLAN_MALFORMED",
                "node 1 refers to node .*, which does not come before it",
            )
            for target in (1, 2, -1, "0", True, None, {"node": 0})
        ),
    ],
)
def test_a_malformed_plan_is_refused_by_node(settings: Settings, sent: Any, code: str, message: str) -> None:
    found, said = refused(settings, sent)
    assert found == code
    assert re.search(message, said)


def test_a_cycle_is_refused_before_any_node_is_built(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bigframe.plan.wire.loads", lambda _: pytest.fail("nodes were built"))
    nodes = [{"op": "Slice", "input": {"node": 1 - number}, "offset": 0, "length": 1} for number in range(2)]
    assert refused(settings, {**GOOD, "nodes": nodes})[0] == "PLAN_MALFORMED"


def test_the_engines_own_nodes_are_no_part_of_the_language(settings: Settings) -> None:
    assert refused(settings, Read("../../jobs", (("n", INT64),)))[0] == "UNKNOWN_OPERATOR"


@pytest.mark.parametrize("path", ["to_pickle", "to_csv", "map", "str.__class__", "dt._data", "array.tofile", "str.a.b"])
def test_methods_of_pandas_that_reach_further_than_a_column_are_refused(settings: Settings, path: str) -> None:
    fine = PandasMethod(Column("n"), "str.wrap", ("/tmp/x",), (), STRING)
    sent = document(Project(scan("s3://bucket/lake/a"), (("x", fine),), ("x",)))
    (node,) = (node for node in sent["nodes"] if node["op"] == "PandasMethod")
    node["path"] = path
    code, message = refused(settings, sent)
    assert code == "PLAN_MALFORMED"
    assert f"a plan calls no Series.{path}" in message


# -- functions


def calling(payload: bytes = b"not a pickle") -> tuple[dict[str, Any], str]:
    digest = payloads.add(payload)
    plan = MapBatches(scan("s3://bucket/lake/a"), digest, "f", ("n",), 0, (("o", "n", INT64),), 0)
    return document(plan), digest


def test_functions_are_refused_unless_they_are_trusted(settings: Settings) -> None:
    sent, _ = calling()
    assert refused(settings, sent)[0] == "FUNCTIONS_REFUSED"
    # Also where the document hides that it calls one, or lists one that it does not call.
    assert refused(settings, {**sent, "functions": {}})[0] == "FUNCTIONS_REFUSED"
    assert refused(settings, {**GOOD, "functions": {"0" * 32: None}})[0] == "FUNCTIONS_REFUSED"


def test_functions_of_another_python_are_refused_with_both_named(settings: Settings) -> None:
    trusting = replace(settings, trust_udfs=True)
    code, message = refused(trusting, calling()[0], python="3.9")
    assert code == "PYTHON_MISMATCH"
    assert "Python 3.9" in message
    assert f"use a client with Python {PYTHON}" in message
    # A plan without functions runs on any.
    assert Admission(trusting).admit(GOOD, python="3.9").plans[0].digest == scan("s3://bucket/lake/a").digest


def test_payloads_go_to_the_storage_and_are_never_unpickled(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloudpickle, "loads", lambda _: pytest.fail("a payload was unpickled"))
    trusting = replace(settings, trust_udfs=True)
    sent, digest = calling(b"another")
    assert refused(trusting, {**sent, "functions": {digest: None}})[0] == "PAYLOAD_MISSING"
    admitted = Admission(trusting).admit(sent, python=PYTHON)
    assert admitted.document["functions"] == {digest: None}
    assert (folder / "storage/payloads" / digest).read_bytes() == b"another"
    assert Admission(trusting).admit(admitted.document).digest == admitted.digest


@pytest.mark.parametrize(
    "functions",
    [{"0" * 32: "AAAA"}, {"0" * 32: "not base64"}, {"0" * 32: 3}, {"../../etc/passwd": None}, {"../x": "AAAA"}],
)
def test_payloads_that_are_not_what_they_are_called_are_refused(
    settings: Settings, folder: Path, functions: dict[str, Any]
) -> None:
    trusting = replace(settings, trust_udfs=True)
    assert refused(trusting, {**GOOD, "functions": functions})[0] == "PLAN_MALFORMED"
    assert not list(folder.glob("storage/payloads/*"))


def test_a_function_that_is_called_and_not_listed_is_refused(settings: Settings) -> None:
    sent, digest = calling()
    code, message = refused(replace(settings, trust_udfs=True), {**sent, "functions": {}})
    assert (code, digest in message) == ("PLAN_MALFORMED", True)


# -- paths


INSIDE = [
    "{lake}", "{lake}/", "{lake}/in/a.parquet", "{lake}/in/../in/a.parquet", "file://{lake}/in", "{lake}//in",
    "{lake}/*/*.parquet", "{lake}/not-yet", "s3://bucket/lake", "s3://bucket/lake/a=1/*.parquet", "s3a://bucket/lake/x",
]  # fmt: skip
OUTSIDE = [
    "{lake}-private/b.parquet", "{lake}/../lake-private/b.parquet", "{lake}/in/../../lake-private", "{lake}/..",
    "{base}", "/", "/etc/passwd", "file:///etc/passwd", "file:/etc/passwd", "file://localhost/etc/passwd",
    "FILE:///etc/passwd", "local:///etc/passwd", "~/.ssh/id_rsa", "lake/in", "../lake-private/b.parquet", "",
    "{lake}/*/../../lake-private/b.parquet", "{base}/lak?-private/*", "{base}/lake*",
    "s3://bucket/lake-private/x", "s3://bucket/lake/../other", "s3://bucket/lake/%2e%2e/other", "s3://bucket",
    "s3://bucket/lake/%252e%252e/x", "s3://bucket/lake/./x", "s3://bucket/lake\\..\\x/..\\", "s3://bucket/*",
    "s3://other/lake/x", "s3://bucket@evil/lake/x", "http://bucket/lake/x", "memory://x", "hf://datasets/x/y",
    "simplecache::file:///etc/passwd", "zip://a.csv::{base}/x.zip", "{lake}/x.zip::/etc", "{lake}/a\nb", "{lake}/a\0",
    "{lake}/inside-out", "{lake}/inside-out/b.parquet", "{lake}/chain/b.parquet",
    "{storage}/blobs/" + BLOB + ".arrow",
]  # fmt: skip


def filled(path: str, folder: Path) -> str:
    return path.format(lake=folder / "lake", base=folder, storage=folder / "storage")


@pytest.fixture
def links(folder: Path) -> None:
    """Links that lead outside, one of them through another."""
    (folder / "elsewhere").symlink_to(folder / "lake-private")
    (folder / "lake/inside-out").symlink_to(folder / "lake-private")
    (folder / "lake/chain").symlink_to(folder / "elsewhere")


@pytest.mark.parametrize("path", INSIDE)
def test_paths_inside_the_roots_are_read(settings: Settings, folder: Path, path: str) -> None:
    given = filled(path, folder)
    assert Admission(settings).admit(document(scan(given))).plans[0].digest == scan(given).digest


@pytest.mark.parametrize("path", OUTSIDE)
def test_paths_outside_the_roots_are_refused_by_name(settings: Settings, folder: Path, links: None, path: str) -> None:
    given = filled(path, folder)
    shown = "".join(character if character.isprintable() else "?" for character in given)
    for plan in (scan(given), Sink(scan("s3://bucket/lake/a"), given, "parquet", "error", ("n",))):
        code, message = refused(settings, plan)
        assert code == "PATH_OUTSIDE_ROOTS"
        assert message.startswith(f"{shown}: ")


def test_every_scan_of_a_plan_is_checked(settings: Settings, folder: Path) -> None:
    good, bad = scan(str(folder / "lake/in")), scan(str(folder / "lake/in"), "/etc/passwd")
    assert refused(settings, document(good, Slice(bad, 0, 1)))[0] == "PATH_OUTSIDE_ROOTS"


def test_links_below_a_folder_that_is_read_are_followed(settings: Settings, folder: Path) -> None:
    lake = folder / "lake"
    (lake / "home").symlink_to(lake / "in")
    admission = Admission(settings)
    assert admission.admit(document(scan(str(lake)))).plans[0].digest == scan(str(lake)).digest
    # A cycle of links ends the search as well.
    (lake / "in/up").symlink_to(lake)
    admission.check_source("parquet", [str(lake), str(lake / "*.parquet")], {})
    (lake / "in/c.parquet").symlink_to(folder / "lake-private/b.parquet")
    for path in (str(lake), str(lake / "*"), str(lake / "home"), str(lake / "in/*.parquet")):
        code, message = refused(settings, scan(path))
        assert (code, "c.parquet is a link" in message) == ("PATH_OUTSIDE_ROOTS", True)


@pytest.mark.parametrize("path", ["{lake}", "{lake}/in/..", "s3://bucket/lake/", "{lake}/in/a*.parquet"])
def test_a_root_itself_and_a_pattern_are_not_written_to(settings: Settings, folder: Path, path: str) -> None:
    sink = Sink(scan("s3://bucket/lake/a"), filled(path, folder), "parquet", "overwrite", ("n",))
    assert refused(settings, sink)[0] == "PATH_OUTSIDE_ROOTS"


@pytest.mark.parametrize("path", ["{storage}", "{storage}/results/x/0", "{base}/lake/../storage/jobs"])
def test_the_services_own_storage_is_not_written_to_even_below_a_root(
    settings: Settings, folder: Path, path: str
) -> None:
    wide = replace(settings, roots=(str(folder),))
    sink = Sink(scan(filled("{lake}/in", folder)), filled(path, folder), "parquet", "overwrite", ("n",))
    code, message = refused(wide, sink)
    assert (code, "the server's own storage" in message) == ("PATH_OUTSIDE_ROOTS", True)


def test_nothing_is_allowed_where_no_root_was_given(settings: Settings, folder: Path) -> None:
    assert refused(replace(settings, roots=()), scan(str(folder / "lake/in")))[0] == "PATH_OUTSIDE_ROOTS"


def test_the_files_of_a_table_are_checked_wherever_its_metadata_says_they_are(settings: Settings, folder: Path) -> None:
    table = folder / "lake/table"
    deltalake.write_deltalake(str(table), pa.table({"n": [1]}))
    version = describe("delta", [str(table)], {}).version
    given = Scan("delta", (str(table),), (), version, (("n", "n", INT64),))
    assert Admission(settings).admit(document(given)).plans[0].digest == given.digest
    (log,) = (table / "_delta_log").glob("*.json")
    (data,) = table.glob("*.parquet")
    data.rename(folder / "lake-private/c.parquet")
    log.write_text(log.read_text().replace(data.name, "../../lake-private/c.parquet"))
    version = describe("delta", [str(table)], {}).version
    code, message = refused(settings, given.replace(version=version))
    assert (code, "lake-private/c.parquet" in message) == ("PATH_OUTSIDE_ROOTS", True)
    with pytest.raises(Refused, match=r"lake-private/c\.parquet"):
        Admission(settings).check_source("delta", [str(table)], {})


# -- uploaded tables


def blob(path: str, format: str = "ipc") -> Scan:
    return Scan(format, (path,), (("normal", True),), BLOB, (("n", "n", INT64),))


def test_an_uploaded_table_is_read_by_its_name(settings: Settings) -> None:
    given = blob(f"scratch://blobs/{BLOB}.arrow")
    assert Admission(settings).admit(document(given)).plans[0].digest == given.digest


def test_an_uploaded_table_that_is_not_there_is_named(settings: Settings) -> None:
    code, message = refused(settings, blob(f"scratch://blobs/{'0' * 32}.arrow"))
    assert (code, "0" * 32 in message) == ("BLOB_MISSING", True)


@pytest.mark.parametrize(
    "path",
    [
        f"scratch://blobs/../blobs/{BLOB}.arrow", f"scratch://blobs/{BLOB}", f"scratch://blobs/{BLOB.upper()}.arrow",
        f"scratch://blobs//{BLOB}.arrow", f"scratch://blobs/{BLOB}.arrow\n", f"Scratch://blobs/{BLOB}.arrow",
        "scratch://results/x", "scratch://jobs.db", "scratch://", f"scratch://blobs/{BLOB}.arrow/..", "scratch:blobs/x",
    ],
)  # fmt: skip
def test_nothing_else_of_the_storage_has_a_name(settings: Settings, path: str) -> None:
    assert refused(settings, blob(path))[0] == "PATH_OUTSIDE_ROOTS"


def test_an_uploaded_table_is_read_as_what_it_is(settings: Settings) -> None:
    assert refused(settings, blob(f"scratch://blobs/{BLOB}.arrow", "csv"))[0] == "PLAN_MALFORMED"
