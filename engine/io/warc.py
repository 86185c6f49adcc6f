"""Web archives (WARC): one row per archived page, decoded to text, with its main text extracted where it is asked for."""

from __future__ import annotations

import codecs
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

import polars as pl
import pyarrow as pa

from bigframe.errors import MissingExtra, SourceError
from engine.io.files import FileInfo, open_binary
from engine.io.layout import Block, ColumnStatistics, FileFacts, ScanSpec, Split
from engine.io.lazy import scan_batches
from engine.io.schemas import polars_schema

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecord

SCHEMA = pa.schema(
    [
        ("url", pa.large_string()),
        ("date", pa.timestamp("us", "UTC")),
        ("record_id", pa.large_string()),
        ("content_type", pa.large_string()),
        ("status", pa.int64()),
        ("html", pa.large_string()),
        ("text", pa.large_string()),
    ]
)
_OPTIONS = ("errors",)
_ENCODED = frozenset({"content-encoding", "transfer-encoding"})
_BATCH_RECORDS = 256
_CHUNK_BYTES = 1 << 20
_GZIP = b"\x1f\x8b"
_HTML = frozenset({"text/html", "application/xhtml+xml"})
# A page's text is about this part of its size (measured on 300 pages of documentation, 31 kB each).
_TEXT_SHARE = 0.15
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass
class _Survey:
    """What a pass over one file found."""

    rows: int = 0
    bytes: int = 0
    nulls: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("url", "date", "content_type", "status"), 0))


def inspect(files: Sequence[FileInfo], options: Mapping[str, Any]) -> FileFacts:
    """Return the columns and numbers of rows of WARC files after one pass over their headers. A file is one block.

    Rows are ``response``, ``resource`` and ``conversion`` (WET) records, in their order.

    Raises
    ------
    MissingExtra
        Where the ``web`` extra is not installed.
    SourceError
        Where a file is no WARC, or is truncated or corrupt; names the file and the offset of the record.
    ValueError
        For an unknown option.
    """
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown or options.get("errors", "raise") not in ("raise", "coerce"):
        raise ValueError(f"WARC options are {dict(options)}; there is errors='raise' or 'coerce'")
    _libraries()
    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(files))) as pool:
        surveys = list(pool.map(_survey, files))
    counted = {
        name: ColumnStatistics(null_count=sum(survey.nulls[name] for survey in surveys)) for name in _Survey().nulls
    }
    size = sum(survey.bytes for survey in surveys)
    return FileFacts(
        schema=SCHEMA,
        blocks=tuple((Block(survey.rows, survey.bytes),) for survey in surveys),
        totals={
            **counted,
            "record_id": ColumnStatistics(null_count=0),
            "html": ColumnStatistics(bytes=size),
            "text": ColumnStatistics(bytes=int(size * _TEXT_SHARE)),
        },
        details={"errors": options.get("errors", "raise")},
    )


def scan(spec: ScanSpec, splits: Sequence[Split], row_index: str | None) -> list[tuple[Split, pl.LazyFrame]]:
    """Scan whole files; pages are decoded and text is extracted only where those columns are wanted."""
    _libraries()
    schema = polars_schema(SCHEMA)
    strict = spec.details["errors"] == "raise"
    return [
        (split, scan_batches(partial(_read_batches, split, strict), schema, row_index, split.first_row))
        for split in splits
    ]


def verify(split: Split) -> None:
    """Read every record of a file; SourceError names the file and the offset of one that is truncated or corrupt."""
    for page in _pages(split.file):
        page.body()


class _Page:
    """One record that is a row; its body is read once and only if it is needed."""

    def __init__(self, path: str, record: WarcRecord, content: bytes) -> None:
        self._path, self._record, self._content = path, record, content
        self._body: bytes | None = None
        self.offset, self.size = record.stream_pos, len(content)
        self.content_type = _mime(record.http_content_type if record.is_http else record.headers.get("Content-Type"))

    @property
    def status(self) -> int | None:
        return self._record.http_headers.status_code if self._record.is_http_parsed else None

    @property
    def url(self) -> str | None:
        return self._record.headers.get("WARC-Target-URI")

    @property
    def date(self) -> Any:
        return self._record.record_date

    @property
    def record_id(self) -> str | None:
        return self._record.record_id

    def body(self) -> bytes:
        """The body without transfer and content encoding; SourceError where it does not decode."""
        if self._body is None:
            record = self._record
            try:
                if record.is_http_parsed and _ENCODED & {name.lower() for name, _ in record.http_headers}:
                    record = _encoded(self._content)
                self._body = record.reader.read()
            except OSError as error:
                raise SourceError(f"{self._path}: record at byte {self.offset} ({self.url}): {error}") from error
        return self._body

    def decoded(self) -> str | None:
        """The body as text, in the encoding that its mark, its header or its own head declares; None of other media."""
        from resiliparse.parse.encoding import bytes_to_str, detect_encoding, map_encoding_to_html5

        if self.content_type not in _HTML and not (self.content_type or "").startswith("text/"):
            return None
        body = self.body()
        marked = next((name for mark, name in _MARKS if body.startswith(mark)), None)
        label = (self._record.http_charset or "").strip("\"' ")
        declared = map_encoding_to_html5(label, fallback_utf8=False) if label else None
        encoding = marked or declared or detect_encoding(body, from_html_meta=True) or "utf-8"
        return bytes_to_str(body, encoding, errors="replace")


def _encoded(content: bytes) -> WarcRecord:
    """An HTTP message whose reader undoes its encodings; headers alone were parsed when it was found."""
    from fastwarc.warc import WarcRecord

    record = WarcRecord()
    record.set_bytes_content(content)
    record.is_http = True
    record.parse_http(auto_decode="all")
    return record


def _read_batches(split: Split, strict: bool, columns: list[str]) -> Iterator[pl.DataFrame]:
    wanted = {name: dtype for name, dtype in polars_schema(SCHEMA).items() if name in columns}
    pages = _pages(split.file)
    while True:
        rows = [_row(page, wanted, strict) for page in islice(pages, _BATCH_RECORDS)]
        if not rows:
            return
        yield pl.DataFrame(rows, schema=wanted, orient="row")


def _row(page: _Page, columns: Mapping[str, Any], strict: bool) -> list[Any]:
    html = text = None
    if "html" in columns or "text" in columns:
        try:
            decoded = page.decoded()
        except SourceError:
            if strict:
                raise
            decoded = None
        html = decoded if page.content_type in _HTML else None
        if "text" in columns:
            text = decoded if html is None else _main_text(html)
    values = {"html": html, "text": text}
    return [values[name] if name in values else getattr(page, name) for name in columns]


def _main_text(html: str) -> str:
    from resiliparse.extract.html2text import extract_plain_text

    # The settings of DataComp-LM (Li et al. 2024, appendix K), which found it as good for training as slower extractors.
    return extract_plain_text(html, main_content=True, alt_texts=False)


def _survey(file: FileInfo) -> _Survey:
    survey = _Survey()
    for page in _pages(file):
        survey.rows += 1
        survey.bytes += page.size
        for name in survey.nulls:
            survey.nulls[name] += getattr(page, name) is None
    return survey


def _pages(file: FileInfo) -> Iterator[_Page]:
    """The rows of a file in order; SourceError where a record is truncated or does not parse."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    rows = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion
    last = 0
    with open_binary(file.path, file.version) as source:
        try:
            for record in ArchiveIterator(source, parse_http=False):
                last = record.stream_pos
                stated = record.headers.get("Content-Length")
                body = record.reader.read()
                if stated is None or not stated.isdigit() or len(body) != int(stated):
                    raise SourceError(f"{file.path}: the record at byte {last} is truncated or corrupt")
                if record.record_type & rows:
                    record.set_bytes_content(body)
                    if record.is_http:
                        record.parse_http()
                    yield _Page(file.path, record, body)
            _reject_cut_member(file.path, source, last)
        except SourceError:
            raise
        except OSError as error:
            raise SourceError(f"{file.path}: not a readable WARC file at or after byte {last}: {error}") from error


def _reject_cut_member(path: str, source: BinaryIO, last: int) -> None:
    """Raise SourceError where the gzip member of the last record, or one after it, has no end.

    FastWARC takes a member that is cut before its first byte of content for the end of the file.
    """
    source.seek(0)
    if source.read(2) != _GZIP:
        return
    source.seek(last)
    # A file that is one member has no member at the offsets of its records.
    source.seek(last if source.read(2) == _GZIP else 0)
    data = source.read(_CHUNK_BYTES)
    while data:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            if not data:
                raise SourceError(f"{path}: the record at or after byte {last} is truncated or corrupt")
            member.decompress(data)
            data = member.unused_data or source.read(_CHUNK_BYTES)


def _mime(content_type: str | None) -> str | None:
    return content_type.partition(";")[0].strip().lower() or None if content_type else None


def _libraries() -> None:
    try:
        import fastwarc  # noqa: F401
        import resiliparse  # noqa: F401
    except ImportError as error:
        raise MissingExtra("reading web archives", "web") from error
