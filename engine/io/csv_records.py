"""The records of a CSV file as batches of text, split as pandas splits them."""

from __future__ import annotations

import csv
import io
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from bigframe.errors import SourceError
from engine.io.csv_options import CsvOptions
from engine.io.csv_text import open_text

_PADDED_ROWS = 16_384

# Fields of a text corpus exceed the module's default of 128 KiB.
csv.field_size_limit(sys.maxsize)


class ShortRowsError(Exception):
    """A record has fewer fields than the file has columns, so records must be padded, as pandas pads them."""


class EmptyFileError(SourceError, pd.errors.EmptyDataError):
    """A file has no record to take column names from."""


class RaggedError(SourceError, ValueError):
    """A record has more fields than the file has columns, or a quote is never closed."""


def column_names(path: str, options: CsvOptions) -> list[str]:
    """Return the names of all columns of a file, repeated and empty ones renamed as pandas does.

    Raises
    ------
    EmptyFileError
        Where the file has no record to take them from.
    """
    stream, line = open_text(path, options)
    with stream:
        header, line = _skip_header(path, stream, options, line)
        if options.names is not None:
            return list(options.names)
        if header is not None:
            return _distinct_names(header)
        first = next(_records(path, stream, options, line), None)
        if first is None:
            raise EmptyFileError(f"{path}: no columns to read: the file is empty")
        return [str(i) for i in range(len(first))]


def text_batches(
    path: str,
    options: CsvOptions,
    names: Sequence[str],
    columns: Sequence[str],
    *,
    padded: bool,
    quotes: list[int] | None = None,
) -> Iterator[pl.DataFrame]:
    """Yield the records of a file as frames of strings, missing values null.

    Parameters
    ----------
    path
        File to read.
    options
        How to read it.
    names
        All columns of the file.
    columns
        Those wanted.
    padded
        Whether records may be shorter than the header; read by Python's csv module, about ten times slower.
    quotes
        Where given, the number of quote characters read is added to its only element.

    Raises
    ------
    ShortRowsError
        Where `padded` is False and a record is short.
    RaggedError
        Where a record is too long: names the file, the line, and both numbers of fields.
    SourceError
        Where the file is not UTF-8 text or its compression is truncated.
    """
    stream, line = open_text(path, options)
    with stream:
        _, line = _skip_header(path, stream, options, line)
        if padded or options.escapechar or options.skipinitialspace:
            batches = _padded_batches(_records(path, stream, options, line, len(names)), options, names, columns)
        else:
            source: Any = stream if quotes is None else _QuoteCounter(stream, options.quotechar, quotes)
            batches = _arrow_batches(path, source, options, names, columns)
        extra = {name: options.missing_texts(name) for name in columns if options.missing_texts(name)}
        blank = [pl.when(~pl.col(name).is_in(texts)).then(pl.col(name)).alias(name) for name, texts in extra.items()]
        yield from (batch.with_columns(blank) for batch in batches)


def reject_unclosed_quote(path: str, options: CsvOptions) -> None:
    """Raise RaggedError where the file ends inside quotes."""
    sentinel = "end of file"
    stream, line = open_text(path, options)
    with stream:
        lines = chain(_lines(path, stream), ["\n", sentinel])
        reader = csv.reader(lines, **options.dialect)
        first, after, row = 1, 0, [sentinel]
        for row in reader:  # noqa: B007 - the last one is asked for below
            first, after = after + 1, reader.line_num
        if row != [sentinel]:
            raise RaggedError(f"{path}: line {line + first}: a quote is opened and never closed")


def _arrow_batches(
    path: str, source: Any, options: CsvOptions, names: Sequence[str], columns: Sequence[str]
) -> Iterator[pl.DataFrame]:
    read = pacsv.ReadOptions(column_names=[*names], use_threads=False, block_size=1 << 22)
    separator_is_blank = options.sep.isspace()

    def invalid_row(row: Any) -> str:
        return "skip" if row.text.isspace() and not separator_is_blank else "error"

    parse = pacsv.ParseOptions(
        delimiter=options.sep,
        quote_char=options.quotechar if options.quoting != csv.QUOTE_NONE else False,
        double_quote=options.doublequote,
        newlines_in_values=True,
        invalid_row_handler=invalid_row,
    )
    convert = pacsv.ConvertOptions(
        column_types=dict.fromkeys(columns, pa.large_string()),
        include_columns=[*columns],
        null_values=options.missing_texts(),
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    try:
        for batch in pacsv.open_csv(source, read, parse, convert):
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)
            yield frame
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            return
        if "Expected" in str(error):
            _reject_long_rows(path, options, len(names))
            raise ShortRowsError from error
        raise SourceError(f"{path}: not readable CSV: {error}") from error
    except (OSError, EOFError) as error:
        raise SourceError(f"{path}: the file cannot be read to its end: {error}") from error


def _padded_batches(
    records: Iterator[list[str]], options: CsvOptions, names: Sequence[str], columns: Sequence[str]
) -> Iterator[pl.DataFrame]:
    missing = set(options.missing_texts())
    kept = [names.index(name) for name in columns]
    rows: list[list[str | None]] = []

    def frame() -> pl.DataFrame:
        return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String()), orient="row")

    for row in records:
        # A field that is not there is missing even where empty text is not.
        rows.append([None if i >= len(row) or row[i] in missing else row[i] for i in kept])
        if len(rows) == _PADDED_ROWS:
            yield frame()
            rows = []
    yield frame()


def _lines(path: str, stream: io.BufferedReader) -> Iterator[str]:
    try:
        yield from (text.decode("utf-8") for text in iter(stream.readline, b""))
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not UTF-8 text: {error}") from error
    except (OSError, EOFError) as error:
        raise SourceError(f"{path}: the file cannot be read to its end: {error}") from error


def _records(
    path: str, stream: io.BufferedReader, options: CsvOptions, line: int, width: int | None = None
) -> Iterator[list[str]]:
    """Yield records but blank ones, from a stream that stands after `line` lines, of at most `width` fields."""
    reader = csv.reader(_lines(path, stream), **options.dialect)
    first = line + 1
    try:
        for row in reader:
            if row and not (len(row) == 1 and row[0].isspace()):
                if width is None or len(row) <= width:
                    yield row
                elif options.on_bad_lines == "error":
                    raise RaggedError(f"{path}: line {first}: expected {width} fields, saw {len(row)}")
            first = line + reader.line_num + 1
    except csv.Error as error:
        raise SourceError(f"{path}: line {line + reader.line_num}: {error}") from error


def _skip_header(path: str, stream: io.BufferedReader, options: CsvOptions, line: int) -> tuple[list[str] | None, int]:
    """Leave `stream` at the first record of data; return the header's fields, if any, and the lines passed."""
    if options.header_row is None:
        return None, line
    reader = csv.reader(_lines(path, stream), **options.dialect)
    try:
        header = next(islice((row for row in reader if row and not "".join(row).isspace()), options.header_row, None))
    except StopIteration:
        raise EmptyFileError(f"{path}: no columns to read: the file is empty") from None
    return header, line + reader.line_num


def _reject_long_rows(path: str, options: CsvOptions, width: int) -> None:
    stream, line = open_text(path, options)
    with stream:
        _, line = _skip_header(path, stream, options, line)
        for _ in _records(path, stream, options, line, width):
            pass


def _distinct_names(header: Sequence[str]) -> list[str]:
    names = [name or f"Unnamed: {i}" for i, name in enumerate(header)]
    counts: defaultdict[str, int] = defaultdict(int)
    for i, original in enumerate(names):
        name, count = original, counts[original]
        while count > 0:
            counts[original] = count + 1
            name = f"{original}.{count}"
            count = count + 1 if name in names else counts[name]
        names[i] = name
        counts[name] = count + 1
    return names


class _QuoteCounter(io.RawIOBase):
    """Passes a stream through and counts its quote characters: an odd number hints at one never closed."""

    def __init__(self, stream: io.BufferedReader, quote: str, total: list[int]) -> None:
        self._stream, self._quote, self._total = stream, quote.encode(), total

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        data = self._stream.read(size)
        self._total[0] += data.count(self._quote)
        return data
