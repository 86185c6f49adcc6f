"""The text of a CSV file: decoded to UTF-8, without a byte order mark, skipped lines and comments."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, cast

from bigframe.errors import SourceError
from engine.io.csv_options import CsvOptions
from engine.io.files import open_decompressed, reject_binary

_CHUNK_BYTES = 1 << 18
_HEAD_BYTES = 4096


def open_text(path: str, options: CsvOptions) -> tuple[io.BufferedReader, int]:
    """Open a CSV file at the first line that `skiprows` leaves.

    Parameters
    ----------
    path
        File to read.
    options
        How to read it.

    Returns
    -------
    (io.BufferedReader, int)
        UTF-8 text, and the number of lines left out before it. A comment becomes nothing, and a line of nothing but a
        comment a blank line, so that later lines keep their numbers.

    Raises
    ------
    SourceError
        Where the file is binary, cannot be decompressed, or (on read) is not text of the encoding; names the file.
    """
    stream = open_decompressed(path, options.compression)
    if not options.is_utf8 or options.encoding_errors != "strict":
        stream = buffered(_decoded(path, stream, options))
    try:
        head = stream.peek(_HEAD_BYTES)[:_HEAD_BYTES]
    except SourceError:
        raise
    except (OSError, EOFError) as error:
        raise SourceError(f"{path}: the file cannot be read to its end: {error}") from error
    reject_binary(path, head)
    if head.startswith(codecs.BOM_UTF8):
        stream.read(len(codecs.BOM_UTF8))
    skipped = options.skiprows if isinstance(options.skiprows, int) else 0
    for _ in range(skipped):
        stream.readline()
    if isinstance(options.skiprows, Sequence) and options.skiprows:
        dropped = set(options.skiprows)
        first = list(islice(stream, max(dropped) + 1))
        stream = _after([line for number, line in enumerate(first) if number not in dropped], stream)
        skipped = sum(number < len(first) for number in dropped)
    return (buffered(_without_comments(stream, options)) if options.comment else stream), skipped


def buffered(chunks: Iterable[bytes]) -> io.BufferedReader:
    """Return a stream of the bytes that an iterable yields."""
    return io.BufferedReader(cast("io.RawIOBase", _Chunks(iter(chunks))), _CHUNK_BYTES)


class _Chunks(io.RawIOBase):
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._left = chunks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size


def _after(lines: Sequence[bytes], stream: io.BufferedReader) -> io.BufferedReader:
    def chunks() -> Iterator[bytes]:
        yield b"".join(lines)
        yield from iter(lambda: stream.read(_CHUNK_BYTES), b"")

    return buffered(chunks())


def _decoded(path: str, stream: io.BufferedReader, options: CsvOptions) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(options.encoding)(options.encoding_errors)
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise SourceError(f"{path}: not {options.encoding} text: {error}") from error


def _without_comments(stream: io.BufferedReader, options: CsvOptions) -> Iterator[bytes]:
    """Cut lines where a comment begins outside quotes; a quote opens at the start of a field, as in pandas' parser."""
    comment, quote, sep = (str(text).encode() for text in (options.comment, options.quotechar, options.sep))
    escape = (options.escapechar or "").encode()
    quotes = options.quoting != 3
    inside = False
    for line in stream:
        if not inside and comment not in line and quote not in line:
            yield line
            continue
        at, fresh = 0, not inside
        while at < len(line):
            byte = line[at : at + 1]
            if byte == escape:
                at += 1
            elif inside:
                inside = byte != quote or (options.doublequote and line[at + 1 : at + 2] == quote)
                # As in pandas' parser, what follows a closing quote at once is text.
                at += byte == quote and (inside or line[at + 1 : at + 2] == comment)
            elif byte == comment:
                line = line[:at] + line[len(line.rstrip(b"\r\n")) :]
                break
            elif quotes and byte == quote and fresh:
                inside = True
            fresh = not inside and byte == sep
            at += 1
        yield line
