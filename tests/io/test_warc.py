"""Web archives: pages as rows, decoded and extracted lazily; damage named with its place."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import zstandard
from fsspec.implementations.memory import MemoryFileSystem

import bigframe
from bigframe.errors import MissingExtra, SourceError
from engine.io import warc
from engine.io.source import find_damage, open_dataset

ARTICLE = (
    "<html><head><title>T</title></head><body><nav><a href='/'>Home</a> <a href='/about'>About</a></nav>"
    "<article><h1>Bees</h1><p>{}</p></article><footer>Imprint</footer></body></html>"
)
WORDS = "Bees fly far and find their way home by the light of the sun. " * 5


def record(number: int, kind: str, body: bytes, http: bytes | None, mime: str = "application/http") -> bytes:
    content = body if http is None else b"HTTP/1.1 " + http + b"\r\n\r\n" + body
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Date: 2024-01-0{number}T10:00:00Z\r\n"
        f"WARC-Target-URI: http://example.org/{number}\r\nContent-Type: {mime}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content + b"\r\n\r\n"


def html(
    number: int, charset: str | None = "utf-8", text: str = WORDS, header: bytes = b"", body: bytes = b""
) -> bytes:
    label = b"" if charset is None else f"; charset={charset}".encode()
    content = body or ARTICLE.format(text).encode(charset or "utf-8")
    return record(number, "response", content, b"200 OK\r\nContent-Type: text/html" + label + header)


RECORDS = [
    record(1, "warcinfo", b"software: none\r\n", None, "application/warc-fields"),
    record(2, "request", b"", b"GET / HTTP/1.1", "application/http; msgtype=request"),
    html(2),
    record(3, "response", b"\x89PNG\r\n", b"404 Not Found\r\nContent-Type: image/png"),
    record(4, "conversion", "nur Tëxt".encode(), None, "text/plain"),
    record(5, "response", b"plain", b"200 OK\r\nContent-Type: Text/Plain ; format=flowed"),
    record(6, "response", b"?", b"204 No Content"),
]
PACK: dict[str, Callable[[list[bytes]], bytes]] = {
    "warc": b"".join,
    "warc.gz": lambda records: b"".join(map(gzip.compress, records)),
    "warc.zst": lambda records: b"".join(map(zstandard.compress, records)),
}


@pytest.mark.parametrize("suffix", PACK)
@pytest.mark.parametrize("remote", [False, True])
def test_pages_are_rows(tmp_path: Path, suffix: str, remote: bool) -> None:
    path: Any = tmp_path / f"a.{suffix}"
    path.write_bytes(PACK[suffix](RECORDS))
    if remote:
        path = f"memory://pages/a.{suffix}"
        MemoryFileSystem().pipe_file(path, PACK[suffix](RECORDS))
    frame = bigframe.read_warc(path).to_pandas()
    assert frame["url"].tolist() == [f"http://example.org/{n}" for n in range(2, 7)]
    assert frame["record_id"].tolist() == [f"<urn:uuid:{n}>" for n in range(2, 7)]
    assert frame["date"].tolist() == [pd.Timestamp(f"2024-01-0{n}T10:00:00Z") for n in range(2, 7)]
    assert str(frame["date"].dtype) == "datetime64[us, UTC]"
    assert frame["content_type"].tolist()[:4] == ["text/html", "image/png", "text/plain", "text/plain"]
    assert frame["status"].fillna(0).tolist() == [200, 404, 0, 200, 204]
    assert frame["html"].tolist()[0] == ARTICLE.format(WORDS)
    assert frame["html"].isna().tolist() == [False, True, True, True, True]
    assert frame["text"].tolist()[0].split() == ["Bees", *WORDS.split()]
    assert frame["text"].tolist()[2:4] == ["nur Tëxt", "plain"]
    assert frame["text"].isna().tolist() == [False, True, False, False, True]


def test_numbers_of_rows_are_known_and_files_are_splits(tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(b"".join(RECORDS))
    (tmp_path / "b.warc").write_bytes(html(7) + html(8))
    (tmp_path / "c.warc").write_bytes(b"")
    dataset = open_dataset("warc", tmp_path)
    assert [(split.first_row, split.rows) for split in dataset.splits(1)] == [(0, 5), (5, 2)]
    assert dataset.column_statistics("status").null_count == 1
    assert dataset.column_statistics("record_id").null_count == 0
    frame = dataset.scan(columns=["status", "url"], row_index="at").slice(4, 2).collect()
    assert frame.rows() == [(204, "http://example.org/6", 4), (200, "http://example.org/7", 5)]


def test_status_is_an_integer_where_every_page_has_one(tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(html(1) + html(2))
    frame = bigframe.read_warc(tmp_path, text=False)
    assert list(frame.columns) == ["url", "date", "record_id", "content_type", "status", "html"]
    assert frame.groupby("status").size().to_pandas().to_dict() == {200: 2}
    assert frame.to_pandas()["status"].dtype == "int64"


def test_text_is_extracted_only_where_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.warc").write_bytes(html(1) + html(2))

    def refuse(*_: Any) -> Any:
        raise AssertionError("nobody asked for this")

    monkeypatch.setattr(warc, "_main_text", refuse)
    frame = bigframe.read_warc(tmp_path)
    assert frame[frame.html.str.contains("Imprint")].url.to_pandas().tolist() == [
        "http://example.org/1",
        "http://example.org/2",
    ]
    monkeypatch.setattr(warc._Page, "decoded", refuse)
    assert len(frame[frame.status == 200]) == 2
    with pytest.raises(AssertionError, match="nobody asked"):
        frame.text.to_pandas()


GERMAN = "Schöne Grüße aus Köln und Düsseldorf, wünscht die Bäckerei Müller. " * 5


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (ARTICLE.format(GERMAN).encode("iso-8859-1"), "ISO-8859-1"),
        (ARTICLE.format(GERMAN).encode("utf-8"), None),
        (ARTICLE.format(GERMAN).encode("cp1252"), "utf-8"),
        (ARTICLE.format(GERMAN).encode("utf-16"), None),
        (ARTICLE.format(GERMAN).encode("utf-8-sig"), "iso-8859-1"),
        (("<meta charset='windows-1252'>" + ARTICLE.format(GERMAN)).encode("cp1252"), None),
        (ARTICLE.format(GERMAN).encode("utf-8"), '"utf-8"'),
        (ARTICLE.format(GERMAN).encode("utf-8"), "no-such-charset"),
    ],
    ids=["header", "detected", "wrong header", "utf-16 mark", "mark beats header", "meta", "quoted", "unknown"],
)
def test_charsets(tmp_path: Path, body: bytes, charset: str | None) -> None:
    (tmp_path / "a.warc").write_bytes(html(1, charset, body=body))
    frame = bigframe.read_warc(tmp_path).to_pandas()
    assert GERMAN in frame["html"][0]
    assert GERMAN.strip() in frame["text"][0]


def test_transfer_and_content_encodings_are_undone(tmp_path: Path) -> None:
    packed = gzip.compress(ARTICLE.format(WORDS).encode())
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    header = b"\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked"
    (tmp_path / "a.warc").write_bytes(html(1, body=chunked, header=header))
    assert bigframe.read_warc(tmp_path).html.to_pandas()[0] == ARTICLE.format(WORDS)


def test_a_body_that_does_not_decode_is_an_error_or_missing(tmp_path: Path) -> None:
    broken = html(1, body=b"no gzip at all", header=b"\r\nContent-Encoding: gzip")
    (tmp_path / "a.warc").write_bytes(html(2) + broken)
    offset = len(html(2))
    with pytest.raises(
        bigframe.errors.BigFrameError, match=rf"a\.warc: record at byte {offset} \(http://example.org/1\)"
    ):
        bigframe.read_warc(tmp_path).to_pandas()
    frame = bigframe.read_warc(tmp_path, errors="coerce").to_pandas()
    assert frame[["html", "text"]].isna().to_numpy().tolist() == [[False, False], [True, True]]
    assert frame["status"].tolist() == [200, 200]


@pytest.fixture(params=PACK)
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, list[bytes], str]:
    return tmp_path / f"a.{request.param}", [html(n) for n in (1, 2, 3)], request.param


@pytest.mark.parametrize("cut", [30, 150, 300])
def test_a_truncated_file_is_named_with_the_offset(archive: tuple[Path, list[bytes], str], cut: int) -> None:
    path, records, suffix = archive
    path.write_bytes(PACK[suffix](records)[:-cut])
    last = len(PACK[suffix](records[:2]))
    with pytest.raises(
        SourceError, match=rf"{path.name}: (the record|not a readable WARC file) at (or after )?byte"
    ) as caught:
        open_dataset("warc", path)
    named = int(str(caught.value).partition(" byte ")[2].split()[0].strip(":"))
    assert named in (last, len(PACK[suffix](records[:1])))


def test_a_corrupt_file_is_named_with_the_offset(tmp_path: Path) -> None:
    damaged = bytearray(PACK["warc.gz"]([html(1), html(2), html(3)]))
    second = len(gzip.compress(html(1)))
    damaged[second + 40] ^= 0xFF
    (tmp_path / "a.warc.gz").write_bytes(damaged)
    with pytest.raises(SourceError, match=r"a\.warc\.gz: .* byte \d+"):
        open_dataset("warc", tmp_path)
    (tmp_path / "a.warc.gz").write_bytes(html(1) + b"garbage\r\n" + html(2))
    with pytest.raises(SourceError, match="not a readable WARC file at or after byte 0"):
        open_dataset("warc", tmp_path)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n" * 50, b"<html></html>", b"a,b\n1,2\n"])
def test_a_foreign_file_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.warc").write_bytes(data)
    with pytest.raises(SourceError, match=r"a\.warc: not a readable WARC file"):
        open_dataset("warc", tmp_path)


def test_damage_after_planning_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(html(1))
    dataset = open_dataset("warc", tmp_path)
    assert find_damage(dataset.spec, dataset.splits(1)) is None
    (tmp_path / "a.warc").write_bytes(html(2) + html(3))
    assert isinstance(find_damage(dataset.spec, dataset.splits(1)), SourceError)


def test_the_extra_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.warc").write_bytes(html(1))
    monkeypatch.setitem(sys.modules, "fastwarc", None)
    with pytest.raises(MissingExtra, match=r"bigframe\[web\]"):
        open_dataset("warc", tmp_path / "a.warc", {"errors": "coerce"})


def test_unknown_options(tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(html(1))
    for options in ({"errors": "ignore"}, {"encoding": "utf-8"}):
        with pytest.raises(ValueError, match="there is errors='raise' or 'coerce'"):
            open_dataset("warc", tmp_path, options)


def test_dates_keep_their_moment(tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(html(9))
    assert open_dataset("warc", tmp_path).scan(columns=["date"]).collect()["date"].to_list() == [
        datetime(2024, 1, 9, 10, tzinfo=UTC)
    ]
