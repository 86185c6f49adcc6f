"""The main job on a small folder whose outcome is known, through the command line, on both engines."""

from __future__ import annotations

import functools
import gzip
import json
from pathlib import Path

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bigframe as pd
from bigframe.cli import main
from bigframe.demo.corpus import build_corpus
from bigframe.demo.packages import PACKAGE_SCHEMA
from bigframe.demo.pipeline import reject_reason, search
from tests.demo.documents import FOLDER, prose


def table(out: Path, name: str) -> pandas.DataFrame:
    return pandas.read_parquet(out / name)


def test_a_folder_is_cleaned_as_it_should_be(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["demo", "--input", str(folder), "--out", str(out), "--query", "a bakery", "--query", "boats"]) == 0
    kept, dropped, audit = table(out, "kept"), table(out, "dropped"), table(out, "audit")

    assert list(kept["path"]) == ["other/notes.txt", "pack/README.md", "pack/b.py"]
    assert dict(zip(dropped["path"], dropped["reason"], strict=True)) == {
        "pack/a.py": "code with lines of over 100 characters on average",
        "pack/made.py": "code that a program wrote",
        "pack/short.py": "shorter than 200 characters",
        "pack/table.py": "less than a quarter letters",
        "pack/wide.py": "code with lines of over 100 characters on average",
    }
    assert "text" not in dropped
    assert list(audit["path"]) == ["pack/b_again.py", "pack/b_copy.py"]
    assert set(audit["kept_path"]) == {"pack/b.py"}
    assert set(audit["kept_id"]) == set(kept["doc_id"][kept["path"] == "pack/b.py"])
    assert audit["similarity"][0] == 1
    assert 0.8 <= audit["similarity"][1] < 1
    expected = ["validation" if id.startswith("0") else "train" for id in kept["doc_id"]]
    assert list(kept["split"]) == expected

    embedded = pq.read_table(out / "embedded")
    assert embedded.schema.field("embedding").type == pa.list_(pa.float32(), 384)
    assert sorted(embedded["title"].to_pylist()) == sorted(["pack/README.md", *kept["path"]])

    shown = capsys.readouterr().out
    assert "11 documents" in shown
    assert "3 kept, 5 dropped, 2 near-duplicates" in shown
    assert "one batch: embedding (4, 384) torch.float32" in shown
    assert shown.index("Looked up by meaning") < shown.index("pack/b.py Sail a boat on a lake.")


def test_installed_packages_are_the_default(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stdlib").mkdir()
    small = functools.partial(build_corpus, site_packages=[folder], stdlib=tmp_path / "stdlib")
    described = {
        "version": "1",
        "author": None,
        "requires": ["numpy"],
        "summary": "Bakes",
        "description": "<p>Bread!</p>",
    }
    packages = [
        {**described, "name": "pack", "licence": "MIT", "permissive": True},
        {**described, "name": "other", "licence": "GPL-3.0-only", "permissive": False},
    ]
    monkeypatch.setattr("bigframe.demo.inputs.build_corpus", small)
    monkeypatch.setattr(
        "bigframe.demo.main.package_table", lambda: pa.Table.from_pylist(packages, schema=PACKAGE_SCHEMA)
    )
    monkeypatch.chdir(tmp_path)
    for _ in range(2):  # the default folder is replaced
        assert main(["demo"]) == 0
    assert "a small corpus: 11 documents" in capsys.readouterr().out
    out = tmp_path / "out" / "demo"
    kept, dropped = table(out, "kept"), table(out, "dropped")
    assert list(kept["path"]) == ["pack/README.md", "pack/b.py"]
    assert list(kept["licence"]) == ["MIT", "MIT"]
    assert [list(names) for names in kept["requires"]] == [["numpy"], ["numpy"]]
    assert dict(zip(dropped["path"], dropped["reason"], strict=True))["other/notes.txt"] == "licence not permissive"
    texts = table(out, "embedded")
    assert dict(zip(texts["title"], texts["text"], strict=True))["pack"] == "Bakes\n Bread!"
    assert "other" not in set(texts["title"])


def test_e_mail_addresses_are_masked(tmp_path: Path) -> None:
    text = prose(1) + " Write to ada.l+x@mail.example.org, or bob@example.com. Not @decorated, not a@b."
    (tmp_path / "docs.jsonl").write_text(json.dumps({"text": text}))
    assert main(["demo", "--input", str(tmp_path / "docs.jsonl"), "--out", str(tmp_path / "out")]) == 0
    (kept,) = table(tmp_path / "out", "kept")["text"]
    assert kept == prose(1) + " Write to <email>, or <email>. Not @decorated, not a@b."


def test_a_second_run_says_what_it_reused(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["demo", "--input", str(folder), "--out", str(tmp_path / "out")]
    assert main(arguments) == 0
    first = capsys.readouterr().out
    assert "for the next run" in first
    assert "0 vectors reused" in first
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert "has kept, dropped, audit, embedded already: choose another --out, or replace them by --mode over" in error
    (folder / "other" / "more.txt").write_text(prose(8, 80))
    assert main([*arguments, "--mode", "overwrite"]) == 0
    assert "5 texts, 3 vectors reused" in capsys.readouterr().out
    assert main([*arguments, "--mode", "overwrite"]) == 0
    again = capsys.readouterr().out
    assert "12 documents, 0 MB, reused from an earlier run" in again
    assert "5 texts, 4 vectors reused" in again
    assert len(table(tmp_path / "out", "kept")) == 4


@pytest.mark.parametrize("name", ["docs.jsonl", "docs.jsonl.gz", "docs.parquet", "parts"])
def test_tables_of_texts(name: str, tmp_path: Path) -> None:
    texts = [prose(1), prose(2), None, prose(1) + " indeed", "short", ""]
    path = tmp_path / name
    if "jsonl" in name:
        lines = "".join(json.dumps({"n": n, "text": text}) + "\n" for n, text in enumerate(texts))
        path.write_bytes(gzip.compress(lines.encode()) if name.endswith("gz") else lines.encode())
    else:
        path.mkdir() if name == "parts" else None
        rows = pa.table({"n": range(6), "text": pa.array(texts, pa.string())})
        pq.write_table(rows, path / "part.parquet" if name == "parts" else path)
    assert main(["demo", "--input", str(path), "--out", str(tmp_path / "out")]) == 0
    kept, dropped, audit = (table(tmp_path / "out", which) for which in ("kept", "dropped", "audit"))
    assert list(kept["text"]) == [prose(1), prose(2)]
    assert list(kept["path"]) == [f"{name}#0", f"{name}#1"]
    assert list(dropped["path"]) == [f"{name}#2", f"{name}#4", f"{name}#5"]
    assert list(dropped["reason"]) == ["no text", "shorter than 200 characters", "shorter than 200 characters"]
    assert list(audit["path"]) == [f"{name}#3"]
    ids = [*kept["doc_id"], *dropped["doc_id"], *audit["id"]]
    assert len(set(ids)) == 6
    assert all(len(id) == 32 for id in ids)


def test_nothing_kept_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "docs.jsonl").write_text('{"text": "short"}\n{"text": "tiny"}\n')
    assert main(["demo", "--input", str(tmp_path / "docs.jsonl"), "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr().out
    assert "nothing was kept, so there is nothing to embed" in shown
    assert list(table(tmp_path / "out", "dropped")["reason"]) == ["shorter than 200 characters"] * 2
    assert len(table(tmp_path / "out", "kept")) == 0


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.parquet", None, "gone.parquet: there is no such file or folder"),
        ("x.csv", "text\na\n", "x.csv: a file must be one of .parquet, .pq, .jsonl"),
        ("x.jsonl", '{"body": "a", "n": 1}\n', "there is no column 'text'; the columns are ['body', 'n']"),
        ("x.jsonl", '{"text": 1}\n', "column 'text' has dtype int64, not text"),
        ("x.parquet", "no Parquet", "x.parquet"),
        ("empty/x.bin", "", "no document in"),
    ],
)
def test_bad_input_is_one_clear_line(
    name: str, content: str | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    if content is not None:
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    given = path.parent if name.startswith("empty") else path
    assert main(["demo", "--input", str(given), "--out", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"bigframe {pd.__version__}\n"


def test_rules_are_ordinary_pandas() -> None:
    texts = [None, "", *FOLDER.values(), "x" * 300, "日本語の文章です。" * 40]
    rows = {"kind": ["code"] * len(texts), "text": texts, "permissive": [True, None, False] * 5}
    docs = pandas.DataFrame(rows)
    docs["text"] = docs["text"].astype("str")
    for licences in (False, True):
        expected = reject_reason(docs, licences=licences)
        given = reject_reason(pd.from_pandas(docs), licences=licences).to_pandas()
        pandas.testing.assert_series_equal(given, expected, check_names=False)
        assert "no text" in set(expected)
        assert ("licence not permissive" if licences else "shorter than 200 characters") in set(expected)


def test_search_ranks_by_cosine() -> None:
    embedded = pandas.DataFrame({"title": list("abc"), "embedding": [np.eye(3)[n] for n in range(3)]})
    found = search(embedded, np.array([0.6, 0.0, 0.8]), count=2)
    assert list(found["title"]) == ["c", "a"]
    np.testing.assert_allclose(found["score"], [0.8, 0.6])
