"""Web archives and lakehouse tables as frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from bigframe.api.binding.calls import signature_of
from bigframe.api.reading.io import read_files

if TYPE_CHECKING:
    from bigframe.api.dataframe import DataFrame


def read_warc(
    path: Any, text: bool = True, *, errors: str = "raise", storage_options: Mapping[str, Any] | None = None
) -> DataFrame:
    """Read web archives (WARC and WET; plain, gz or zst) lazily, one row per page.

    Parameters
    ----------
    path
        As of :func:`read_parquet`. A file is read by one task.
    text
        Whether there is a column of the page's main text. It is extracted only where that column is used.
    errors : {"raise", "coerce"}
        What to do with a page whose body does not decode (a broken gzip body): ``"coerce"`` leaves its html and text
        missing. A record that is itself truncated or corrupt is always an error.
    storage_options
        As of :func:`read_parquet`.

    Returns
    -------
    DataFrame
        Of ``response``, ``resource`` and ``conversion`` records, in their order: ``url`` and ``record_id`` (str), ``date``
        (datetime64[us, UTC]), ``content_type`` (str; without parameters), ``status`` (of HTTP; int64), ``html`` (str; missing
        for other media) and ``text`` (str; of plain text the whole). Bytes become text by their mark, the declared charset,
        the page's own declaration, or detection.

    Raises
    ------
    MissingExtra
        If the ``web`` extra is not installed.
    SourceError
        If a file is no WARC, or a record is truncated or corrupt; names the file and the byte.

    Notes
    -----
    Text is extracted by resiliparse (Bevendorff et al., *Elastic ChatNoir*, ECIR 2018), the extractor of DataComp-LM
    (Li et al. 2024).
    """
    columns = ("url", "date", "record_id", "content_type", "status", "html", *(("text",) if text else ()))
    options = {} if errors == "raise" else {"errors": errors}
    return read_files("warc", path, options, columns, None, storage_options)


def read_delta(
    path: Any,
    version: int | str | None = None,
    *,
    columns: Sequence[str] | None = None,
    dtype_backend: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> DataFrame:
    """Read one version of a Delta Lake table lazily.

    The table's log is read now, once; the frame goes on reading that version when the table moves on.

    Parameters
    ----------
    path
        Folder of the table, or its URL.
    version
        Number of a version, or a moment (ISO 8601) at which it was the latest; default: the latest now.
    columns, dtype_backend, storage_options
        As of :func:`read_parquet`.

    Returns
    -------
    DataFrame
        Columns and types of the table's schema; a file that lacks a column has missing values there. Rows in the order of
        the data files' paths, which Delta does not define and which writing the table anew changes.

    Raises
    ------
    MissingExtra
        If the ``delta`` extra is not installed.
    Unsupported
        If this version uses deletion vectors or column mapping.
    SourceError
        If there is no such table or version; InputChanged where its files were vacuumed.
    """
    options = {} if version is None else {"version": version}
    return read_files("delta", path, options, columns, dtype_backend, storage_options)


@signature_of(pd.read_iceberg)
def read_iceberg(
    table_identifier: Any,
    catalog_name: str | None = None,
    *,
    columns: Sequence[str] | None = None,
    snapshot_id: int | None = None,
    limit: int | None = None,
    dtype_backend: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> DataFrame:
    """Read one snapshot of an Iceberg table lazily.

    The table's metadata is read now, once; the frame goes on reading that snapshot when the table moves on.

    Parameters
    ----------
    table_identifier
        Path or URL of a ``….metadata.json``, or of a table's folder that has a ``version-hint.text``; or, without ``/``, the
        name of a table in a catalog.
    catalog_name
        Name of the catalog. PyIceberg's own configuration (``~/.pyiceberg.yaml``, ``PYICEBERG_CATALOG__…``) where the
        engine runs says what it is; it may hold secrets, so it never enters a plan.
    columns, dtype_backend, storage_options
        As of :func:`read_parquet`.
    snapshot_id
        Default: the current snapshot.
    limit
        How many rows, of the first.

    Returns
    -------
    DataFrame
        Columns and types of the snapshot's schema, matched with the files' by field id, so that columns which were renamed
        or dropped and added again are right. Rows in the order of the data files' paths, which Iceberg does not define
        and which compaction changes.

    Raises
    ------
    MissingExtra
        If the ``iceberg`` extra is not installed.
    Unsupported
        If rows of the snapshot were deleted by position, by equality or by deletion vectors; and with
        ``catalog_properties``, ``row_filter``, ``case_sensitive`` or ``scan_properties``.
    SourceError
        If there is no such table or snapshot; InputChanged where its files are gone.
    """
    options = {"snapshot_id": snapshot_id, "catalog": catalog_name}
    given = {name: value for name, value in options.items() if value is not None}
    frame = read_files("iceberg", table_identifier, given, columns, dtype_backend, storage_options)
    return frame if limit is None else frame.head(limit)
