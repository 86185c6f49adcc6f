"""CSV: types inferred from all the data as pandas infers them, and scans."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import polars as pl
import pyarrow as pa

from engine.io.csv_options import CsvOptions
from engine.io.csv_records import EmptyFileError, ShortRowsError, column_names, reject_unclosed_quote, text_batches
from engine.io.dates import DateFormat, guess_format, matches, parse, unit_of
from engine.io.files import FileInfo, check_version
from engine.io.layout import Block, ColumnStatistics, FileFacts, ScanSpec, Split
from engine.io.lazy import scan_batches
from engine.io.schemas import polars_schema, unify_schemas
from engine.io.tokens import NONE, Tokens, classify, convert, settle


@dataclass
class _Column:
    """What a pass over the data found of one column."""

    tokens: Tokens = NONE
    nulls: int = 0
    bytes: int = 0
    form: DateFormat | None = None
    unit: str = "us"


@dataclass
class _Survey:
    """What a pass over one file found."""

    columns: dict[str, _Column]
    rows: int = 0
    padded: bool = False

    def column(self, name: str) -> _Column:
        """What was found of a column; nothing but missing values where the file lacks it."""
        absent = Tokens.MISSING if self.rows else NONE
        return self.columns.get(name) or _Column(absent, self.rows)


def inspect(files: Sequence[FileInfo], options: Mapping[str, Any]) -> FileFacts:
    """Return schema and row counts of CSV files after one pass over all their data.

    Dtypes are those of ``pandas.read_csv(low_memory=False)`` over the files put together: a column has a type only
    where every value has it. A file is one block: its records cannot be found without reading from the start.

    Raises
    ------
    SourceError
        Names the file where it is binary, truncated, not text of the encoding, ragged (with the line), or, with
        ``on_drift="error"``, has other columns than the first.
    EmptyFileError
        Where no file has a record to take column names from. One such among others has no rows and differs from none.
    ValueError
        For an option that is unknown or does not fit the data; names the column.
    """
    chosen = CsvOptions.of(options)
    if chosen.nrows is not None and len(files) > 1:
        raise ValueError("nrows reads the start of one file; take the head of several instead")
    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(files))) as pool:
        names = _headers(files, list(pool.map(lambda file: _header(file.path, chosen), files)), chosen)
        wanted = list(map(chosen.select, names))
        columns = list(dict.fromkeys(name for found in wanted for name in found))
        surveys = list(pool.map(lambda file, *found: _survey(file.path, chosen, *found), files, names, wanted))

    merged = {name: _merge([survey.column(name) for survey in surveys]) for name in columns}
    rows = sum(survey.rows for survey in surveys)
    schema = pa.schema([(name, _settle(name, merged[name], rows, chosen)) for name in columns])
    layouts = list(dict.fromkeys(map(tuple, names)))
    dates = {
        name: {**asdict(column.form), "unit": column.unit}
        for name, column in merged.items()
        if column.form is not None and pa.types.is_timestamp(schema.field(name).type)
    }
    details = {
        "options": asdict(chosen),
        "names": layouts,
        "padded": any(survey.padded for survey in surveys),
        "dates": dates,
    }
    return FileFacts(
        schema=schema,
        blocks=tuple((Block(survey.rows, sum(c.bytes for c in survey.columns.values())),) for survey in surveys),
        totals={name: ColumnStatistics(null_count=found.nulls, bytes=found.bytes) for name, found in merged.items()},
        nan_free=frozenset(columns),
        details=details,
        variants=tuple(pa.schema(map(schema.field, chosen.select(layout))) for layout in layouts),
        variant_of=tuple(layouts.index(tuple(found)) for found in names),
    )


def scan(spec: ScanSpec, splits: Sequence[Split], row_index: str | None) -> list[tuple[Split, pl.LazyFrame]]:
    """Scan whole files, converting only the wanted columns."""
    frames = []
    for split in splits:
        schema = polars_schema(pa.schema([(name, spec.scanned_type(name)) for name in spec.stored(split).names]))
        batches = partial(_read_batches, spec, schema, split)
        frames.append((split, scan_batches(batches, schema, row_index, split.first_row)))
    return frames


def verify(split: Split) -> None:
    """Do nothing: every record was read when the file was inspected, and its version is checked when it is read."""


def _read_batches(
    spec: ScanSpec, schema: Mapping[str, pl.DataType], split: Split, columns: list[str]
) -> Iterator[pl.DataFrame]:
    check_version(split.file)
    details = spec.details
    options = CsvOptions.of(details["options"])
    conversions = [
        _conversion(name, spec.schema.field(name).type, details["dates"].get(name), options).cast(schema[name])
        for name in columns
    ]
    names = details["names"][split.variant]
    batches = text_batches(split.file.path, options, names, columns, padded=details["padded"])
    for batch in _first_rows(batches, options.nrows):
        yield batch.select(conversions)


def _conversion(name: str, dtype: pa.DataType, date: Mapping[str, Any] | None, options: CsvOptions) -> pl.Expr:
    if date is None:
        is_number = pa.types.is_integer(dtype) or pa.types.is_floating(dtype)
        return convert(options.plain_numbers(pl.col(name)) if is_number else pl.col(name), dtype)
    return parse(pl.col(name), DateFormat(date["chrono"], date["pattern"], date["utc"]), date["unit"])


def _header(path: str, options: CsvOptions) -> list[str] | EmptyFileError:
    try:
        return column_names(path, options)
    except EmptyFileError as error:
        return error


def _headers(
    files: Sequence[FileInfo], found: Sequence[list[str] | EmptyFileError], options: CsvOptions
) -> list[list[str]]:
    """The column names of each file; none for an empty one."""
    stated = [(file.path, names) for file, names in zip(files, found, strict=True) if isinstance(names, list)]
    if not stated:
        raise next(error for error in found if isinstance(error, EmptyFileError))
    unified = unify_schemas(
        [(path, pa.schema([(name, pa.null()) for name in names])) for path, names in stated], options.on_drift
    )
    options.reject_absent(unified.schema.names)
    return [names if isinstance(names, list) else [] for names in found]


def _survey(path: str, options: CsvOptions, names: Sequence[str], columns: Sequence[str]) -> _Survey:
    if not names:
        return _Survey({})
    quotes = [0]
    try:
        survey = _pass(text_batches(path, options, names, columns, padded=False, quotes=quotes), path, options, columns)
    except ShortRowsError:
        survey = _pass(text_batches(path, options, names, columns, padded=True), path, options, columns)
        survey.padded = True
    if survey.padded or quotes[0] % 2:
        reject_unclosed_quote(path, options)
    return survey


def _pass(batches: Iterator[pl.DataFrame], path: str, options: CsvOptions, columns: Sequence[str]) -> _Survey:
    survey = _Survey({name: _Column() for name in columns})
    for batch in _first_rows(batches, options.nrows):
        # A line of blanks is no record, which only the padding reader knows of a single column.
        if batch.width == len(columns) == 1 and batch.to_series().str.contains(r"^\s+$").any():
            raise ShortRowsError
        survey.rows += batch.height
        for name, column in survey.columns.items():
            values = batch[name]
            column.nulls += values.null_count()
            column.bytes += int(values.estimated_size())
            given = options.given_dtype(name)
            try:
                if given is not None:
                    batch.select(_conversion(name, given, None, options))
                elif name in options.parse_dates:
                    _examine_dates(values, column)
                else:
                    plain = batch.select(options.plain_numbers(pl.col(name))).to_series()
                    column.tokens = classify(plain, column.tokens)
            except (ValueError, pl.exceptions.PolarsError) as error:
                kind = f" as {given}" if given is not None else ""
                raise ValueError(f"{path}: column {name!r} cannot be read{kind}: {error}") from error
            if values.null_count() and not options.allows_missing(name):
                raise ValueError(f"{path}: column {name!r} has missing values, which its dtype cannot hold")
    return survey


def _first_rows(batches: Iterator[pl.DataFrame], rows: int | None) -> Iterator[pl.DataFrame]:
    for batch in batches:
        yield batch if rows is None else batch.head(rows)
        if rows is not None:
            rows -= batch.height
            if rows <= 0:
                return


def _examine_dates(values: pl.Series, column: _Column) -> None:
    present = values.drop_nulls()
    if present.is_empty() or Tokens.TEXT in column.tokens:
        return
    if column.form is None:
        column.form = guess_format(present[0])
        if column.form is None:
            raise ValueError(f"{present[0]!r} is in no known date format; read text and use to_datetime(format=…)")
    if not matches(present, column.form):
        column.tokens |= Tokens.TEXT
    elif unit_of(present) == "ns":
        column.unit = "ns"


def _merge(columns: Sequence[_Column]) -> _Column:
    merged = _Column()
    for column in columns:
        merged.tokens |= column.tokens
        merged.nulls += column.nulls
        merged.bytes += column.bytes
        merged.unit = "ns" if "ns" in (merged.unit, column.unit) else "us"
        if merged.form is not None and column.form not in (None, merged.form):
            merged.tokens |= Tokens.TEXT
        merged.form = merged.form or column.form
    return merged


def _settle(name: str, column: _Column, rows: int, options: CsvOptions) -> pa.DataType:
    given = options.given_dtype(name)
    if given is not None:
        return given
    if rows == 0:
        return pa.null()
    if name in options.parse_dates and Tokens.TEXT not in column.tokens:
        # pandas 3 gives a column of nothing but missing dates seconds.
        return pa.timestamp("s") if column.form is None else pa.timestamp(column.unit, _zone(column.form))
    try:
        return settle(column.tokens)
    except ValueError as error:
        raise ValueError(f"column {name!r} holds {error}") from error


def _zone(form: DateFormat) -> str | None:
    return "UTC" if form.utc else None
