"""Options of `pandas.read_csv` that bigframe reads, checked and in one form."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa

# pandas._libs.parsers.STR_NA_VALUES of pandas 3.1.
NA_VALUES = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip

_DTYPES: dict[str, pa.DataType] = {
    **{f"int{bits}": getattr(pa, f"int{bits}")() for bits in (8, 16, 32, 64)},
    **{f"Int{bits}": getattr(pa, f"int{bits}")() for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": getattr(pa, f"uint{bits}")() for bits in (8, 16, 32, 64)},
    **{f"UInt{bits}": getattr(pa, f"uint{bits}")() for bits in (8, 16, 32, 64)},
    **{name: pa.float32() for name in ("float32", "Float32")},
    **{name: pa.float64() for name in ("float64", "float", "Float64")},
    **{name: pa.bool_() for name in ("bool", "boolean")},
    **{name: pa.large_string() for name in ("str", "string", "object")},
    "int": pa.int64(),
    "category": pa.dictionary(pa.int32(), pa.large_string()),
}


@dataclass(frozen=True)
class CsvOptions:
    """How to read CSV files; the words and defaults of `pandas.read_csv`.

    Parameters
    ----------
    sep
        One character between fields.
    header
        Number of the row with the names, ``"infer"`` (0, or None where `names` is given), or None: no such row, and
        the columns are called ``"0"``, ``"1"``, … (pandas: the integers).
    names
        Column names that replace those of the file.
    usecols
        Columns to keep, by name or by position; file order.
    dtype
        Dtype name of every column, or of some by name; the others are inferred.
    parse_dates
        Columns to read as datetimes.
    na_values
        Further texts that mean missing, for every column or by column.
    keep_default_na
        Whether pandas' own list of such texts holds too.
    nrows
        Rows to read, of a single file.
    skiprows
        Lines to leave out at the start of each file, or the numbers (from 0) of lines to leave out.
    quotechar
        Character around fields that hold separators or line ends.
    quoting
        0 or 1 (the same when reading), or 3: quotes are part of fields.
    doublequote
        Whether a quote inside a quoted field is written twice.
    escapechar
        Character that takes its meaning from the next one.
    comment
        Character that starts a comment, up to the end of its line.
    skipinitialspace
        Whether blanks after a separator are left out.
    thousands, decimal
        Characters in numbers.
    na_filter
        False: no text is missing, the empty one included.
    on_bad_lines
        ``"error"``, or ``"skip"`` to leave out records with too many fields.
    encoding, encoding_errors
        As in `bytes.decode`; a byte order mark is left out.
    compression
        ``"infer"`` by suffix, None, ``"gzip"``, ``"bz2"``, ``"xz"`` or ``"zstd"``.
    on_drift
        See `engine.io.schemas.unify_schemas`.
    """

    sep: str = ","
    header: int | str | None = "infer"
    names: Sequence[str] | None = None
    usecols: Sequence[str] | Sequence[int] | None = None
    dtype: str | Mapping[str, str] | None = None
    parse_dates: Sequence[str] = ()
    na_values: str | Sequence[str] | Mapping[str, str | Sequence[str]] = ()
    keep_default_na: bool = True
    nrows: int | None = None
    skiprows: int | Sequence[int] = 0
    quotechar: str = '"'
    quoting: int = 0
    doublequote: bool = True
    escapechar: str | None = None
    comment: str | None = None
    skipinitialspace: bool = False
    thousands: str | None = None
    decimal: str = "."
    na_filter: bool = True
    on_bad_lines: str = "error"
    encoding: str = "utf-8"
    encoding_errors: str = "strict"
    compression: str | None = "infer"
    on_drift: str = "union"

    def __post_init__(self) -> None:
        for name in ("sep", "quotechar", "escapechar", "comment", "thousands", "decimal"):
            value = getattr(self, name)
            # Readers and comments are cut byte by byte.
            if value is not None and (len(value) != 1 or not value.isascii()):
                raise ValueError(f"{name} {value!r} must be a single ASCII character")
        if self.quoting not in (0, 1, 3):
            raise ValueError(f"quoting {self.quoting!r} is not 0 (minimal), 1 (all) or 3 (none)")
        if self.on_bad_lines not in ("error", "skip"):
            raise ValueError(f"on_bad_lines is {self.on_bad_lines!r}; it can be 'error' or 'skip'")
        try:
            codecs.lookup(self.encoding)
        except LookupError as error:
            raise ValueError(f"encoding {self.encoding!r} is not known") from error
        if self.names is not None and len(set(self.names)) != len(self.names):
            raise ValueError("Duplicate names are not allowed.")

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> CsvOptions:
        """Return the options named in `options`; ValueError names one that is unknown."""
        unknown = sorted(set(options) - set(cls.__dataclass_fields__))
        if unknown:
            raise ValueError(f"CSV has no option {unknown[0]!r}; known are {sorted(cls.__dataclass_fields__)}")
        by_column = {name: dict(options[name]) for name in ("dtype", "na_values") if _is_pairs(options.get(name))}
        return cls(**{**options, **by_column})

    @property
    def header_row(self) -> int | None:
        """Number of the row that holds the names, or None."""
        if self.header == "infer":
            return 0 if self.names is None else None
        return None if self.header is None else int(self.header)

    @property
    def is_utf8(self) -> bool:
        """Whether files are UTF-8 as they are; a byte order mark is cut off for every encoding."""
        return codecs.lookup(self.encoding).name in {"utf-8", "utf-8-sig", "ascii"}

    @property
    def dialect(self) -> dict[str, Any]:
        """Arguments of `csv.reader`."""
        names = ("quotechar", "quoting", "doublequote", "escapechar", "skipinitialspace")
        return {"delimiter": self.sep, **{name: getattr(self, name) for name in names}}

    def plain_numbers(self, text: pl.Expr) -> pl.Expr:
        """Return text with numbers spelled as everywhere: no thousands, and a point before decimals."""
        if self.thousands is not None:
            text = text.str.replace_all(f"([0-9]){re.escape(self.thousands)}", "${1}")
        if self.decimal != ".":
            # A point is no part of a number here, and must not become one.
            text = text.str.replace_all(".", "\0", literal=True).str.replace_all(self.decimal, ".", literal=True)
        return text

    def select(self, names: Sequence[str]) -> list[str]:
        """Return the names that `usecols` keeps."""
        if self.usecols is None:
            return list(names)
        wanted = {names[key] if isinstance(key, int) and key < len(names) else key for key in self.usecols}
        return [name for name in names if name in wanted]

    def reject_absent(self, found: Collection[str]) -> None:
        """Raise ValueError, as pandas does, for a column asked for that no file has."""
        names = [key for key in self.usecols or () if isinstance(key, str) and key not in found]
        positions = [key for key in self.usecols or () if isinstance(key, int)]
        if names or len(positions) > len(found):
            raise ValueError(f"Usecols do not match columns, columns expected but not found: {names or positions}")
        for name in self.parse_dates:
            if name not in found:
                raise ValueError(f"Missing column provided to 'parse_dates': '{name}'")

    def given_dtype(self, column: str) -> pa.DataType | None:
        """Return the Arrow type that `dtype` gives a column, or None where it is to be inferred."""
        name = self.dtype.get(column) if isinstance(self.dtype, Mapping) else self.dtype
        if name is None:
            return None
        if name not in _DTYPES:
            raise ValueError(f"column {column!r}: dtype {name!r} cannot be read from CSV; known are {sorted(_DTYPES)}")
        return _DTYPES[name]

    def allows_missing(self, column: str) -> bool:
        """Return False where `dtype` asks for a NumPy integer or bool, which cannot be missing."""
        name = self.dtype.get(column) if isinstance(self.dtype, Mapping) else self.dtype
        return name is None or not name.startswith(("int", "uint")) and name != "bool"

    def missing_texts(self, column: str | None = None) -> list[str]:
        """Return the texts that mean missing in every column, or those that only `column` adds."""
        by_column = isinstance(self.na_values, Mapping)
        if not self.na_filter:
            return []
        if column is None:
            common: Any = () if by_column else self.na_values
            return [*(NA_VALUES if self.keep_default_na else ()), *_spellings(common)]
        return _spellings(self.na_values.get(column, ())) if isinstance(self.na_values, Mapping) else []


def _is_pairs(value: Any) -> bool:
    """Whether an option holds one value per column, as a plan writes a mapping."""
    return (
        isinstance(value, tuple | list)
        and bool(value)
        and all(isinstance(item, tuple | list) and len(item) == 2 for item in value)
    )


def _spellings(values: Any) -> list[str]:
    listed = [values] if isinstance(values, str | int | float) else list(values)
    spelled = [str(value) for value in listed]
    # As pandas does, 1 also stands for "1.0" and 1.0 for "1".
    whole = [f"{value}.0" for value in spelled if value.removeprefix("-").isdigit()]
    bare = [value.removesuffix(".0") for value in spelled if value.endswith(".0")]
    return list(dict.fromkeys([*spelled, *whole, *bare]))
