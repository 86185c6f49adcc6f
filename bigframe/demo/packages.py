"""The demo's package table: one row per installed distribution, with a normalised licence."""

import platform
import re
from collections.abc import Iterator, Sequence
from email.message import Message
from email.utils import getaddresses
from importlib.metadata import Distribution, PackageMetadata, distributions
from pathlib import Path

import pyarrow as pa

__all__ = ["PACKAGE_SCHEMA", "PERMISSIVE", "STDLIB_PACKAGE", "is_permissive", "normalise_name", "package_table", "spdx"]

PACKAGE_SCHEMA = pa.schema(
    [
        pa.field("name", pa.string(), nullable=False),
        pa.field("version", pa.string(), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("permissive", pa.bool_(), nullable=False),
        pa.field("author", pa.string()),
        pa.field("requires", pa.list_(pa.string()), nullable=False),
        pa.field("summary", pa.string()),
        pa.field("description", pa.string()),
    ]
)

STDLIB_PACKAGE = "python"
"""The package name that the standard library's files carry."""

UNKNOWN = "unknown"

Metadata = PackageMetadata | Message

PERMISSIVE = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "BlueOak-1.0.0", "CC0-1.0", "CNRI-Python",
        "HPND", "ISC", "LicenseRef-BSD", "LicenseRef-Public-Domain", "MIT", "MIT-0", "MIT-CMU", "NCSA",
        "PSF-2.0", "PostgreSQL", "Python-2.0", "Unicode-3.0", "Unlicense", "WTFPL", "X11", "ZPL-2.1", "Zlib",
    }
)  # fmt: skip
"""SPDX identifiers that allow reuse with no more than attribution; copyleft of any strength is not among them."""

# "BSD" alone names a family; SPDX asks for a LicenseRef where the member is not known.
_FREE_TEXT = {
    "0bsd": "0BSD",
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "apache license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "apache2": "Apache-2.0",
    "bsd": "LicenseRef-BSD",
    "bsd license": "LicenseRef-BSD",
    "bsd-style": "LicenseRef-BSD",
    "2-clause bsd": "BSD-2-Clause",
    "2-clause bsd license": "BSD-2-Clause",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "3-clause bsd": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd 3 clause": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "modified bsd license": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "expat": "MIT",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "the mit license": "MIT",
    "the mit license (mit)": "MIT",
    "mpl 2.0": "MPL-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psf": "PSF-2.0",
    "psf license": "PSF-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "public domain": "LicenseRef-Public-Domain",
    "the unlicense": "Unlicense",
    "the unlicense (unlicense)": "Unlicense",
    "zlib/libpng license": "Zlib",
    "zpl 2.1": "ZPL-2.1",
    "zope public license": "ZPL-2.1",
    "boost software license 1.0 (bsl-1.0)": "BSL-1.0",
    "cc0 1.0 universal (cc0 1.0) public domain dedication": "CC0-1.0",
    "historical permission notice and disclaimer (hpnd)": "HPND",
    "mit no attribution license (mit-0)": "MIT-0",
    "gnu general public license (gpl)": "GPL-1.0-or-later",
    "gnu general public license v2 (gplv2)": "GPL-2.0-only",
    "gnu general public license v2 or later (gplv2+)": "GPL-2.0-or-later",
    "gnu general public license v3 (gplv3)": "GPL-3.0-only",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.1-or-later",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
    "gnu affero general public license v3": "AGPL-3.0-only",
    "gnu affero general public license v3 or later (agplv3+)": "AGPL-3.0-or-later",
    "other/proprietary license": "LicenseRef-Proprietary",
} | {identifier.lower(): identifier for identifier in PERMISSIVE}  # fmt: skip

_REQUIREMENT_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_EXPRESSION_TOKEN = re.compile(r"[()]|[^\s()]+")
_COPYLEFT_IDENTIFIER = re.compile(r"(?:A|L)?GPL-\d\.\d(?:-only|-or-later)?|MPL-\d\.\d|EPL-\d\.\d", re.IGNORECASE)


def normalise_name(name: str) -> str:
    """Give the one spelling under which a distribution is looked up.

    Parameters
    ----------
    name : str
        A distribution's name in any spelling.

    Returns
    -------
    str
        Lower case, with each run of ``-``, ``_`` and ``.`` as one ``-``.

    References
    ----------
    The rule is the one of PEP 503, "Normalized Names".

    Examples
    --------
    >>> normalise_name("Typing_Extensions")
    'typing-extensions'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def spdx(metadata: Metadata) -> str:
    """Say under which licence a distribution is published, as an SPDX expression.

    The sources are asked in the order of their reliability: ``License-Expression``, the first line of ``License``,
    then the licence classifiers. Several classifiers are joined with ``AND``: whether they are a choice is not said
    there, and taking them all never calls a package freer than it is.

    Parameters
    ----------
    metadata : PackageMetadata or Message
        The core metadata of one distribution.

    Returns
    -------
    str
        An SPDX expression, or ``"unknown"``.

    Examples
    --------
    >>> from email.message import Message
    >>> metadata = Message()
    >>> metadata["License"] = "BSD 3-Clause License"
    >>> spdx(metadata)
    'BSD-3-Clause'
    """
    expression = _field(metadata, "License-Expression")
    if expression is not None:
        return expression
    first_line = (_field(metadata, "License") or "").split("\n", 1)[0]
    free_text = _identifier(first_line)
    if free_text is not None:
        return free_text
    classifiers = (line for line in metadata.get_all("Classifier") or [] if line.startswith("License ::"))
    identifiers = {_identifier(line.rsplit("::", 1)[-1]) for line in classifiers}
    known = sorted(identifier for identifier in identifiers if identifier is not None)
    return " AND ".join(known) if known else UNKNOWN


def is_permissive(licence: str) -> bool:
    """Say whether an SPDX expression lets its text be reused with no more than attribution.

    Parameters
    ----------
    licence : str
        An SPDX expression; ``AND`` binds tighter than ``OR``, and an exception added by ``WITH`` only widens a licence.

    Returns
    -------
    bool
        True where every part of an ``AND``, and some part of an ``OR``, is in `PERMISSIVE`. False for ``"unknown"``
        and for what is no SPDX expression.

    References
    ----------
    SPDX specification 2.3, annex D, "SPDX license expressions".

    Examples
    --------
    >>> is_permissive("MIT OR GPL-3.0-only"), is_permissive("MIT AND MPL-2.0")
    (True, False)
    """
    tokens = _EXPRESSION_TOKEN.findall(licence)
    try:
        permissive, end = _either(tokens, 0)
    except IndexError:
        return False
    return permissive and end == len(tokens)


def package_table(folders: Sequence[Path] | None = None) -> pa.Table:
    """Describe the installed distributions, one row each.

    Parameters
    ----------
    folders : sequence of Path, optional
        The folders that hold the ``*.dist-info`` folders; by default the running interpreter's import path, and then
        one more row describes the interpreter's own standard library.

    Returns
    -------
    pyarrow.Table
        `PACKAGE_SCHEMA`, sorted by name, names unique: of a name found twice, the first on the path counts, as it does
        for ``import``. ``requires`` holds the names needed without any extra; ``description`` is the README that most
        packages publish in their metadata instead of a file.

    Examples
    --------
    >>> table = package_table()
    >>> "pyarrow" in table["name"].to_pylist()
    True
    """
    found = distributions() if folders is None else distributions(path=[str(folder) for folder in folders])
    rows: dict[str, dict[str, object]] = {}
    for distribution in found:
        name = _field(distribution.metadata, "Name")
        # A folder left behind by an interrupted uninstall has no metadata; `pip list` does not show it either.
        if name is not None:
            rows.setdefault(normalise_name(name), _row(normalise_name(name), distribution))
    if folders is None:
        rows[STDLIB_PACKAGE] = {
            "name": STDLIB_PACKAGE,
            "version": platform.python_version(),
            "licence": "PSF-2.0",
            "permissive": True,
            "author": "Python Software Foundation",
            "requires": [],
            "summary": "The Python standard library",
            "description": None,
        }
    return pa.Table.from_pylist([rows[name] for name in sorted(rows)], schema=PACKAGE_SCHEMA)


def _row(name: str, distribution: Distribution) -> dict[str, object]:
    metadata = distribution.metadata
    licence = spdx(metadata)
    return {
        "name": name,
        "version": _field(metadata, "Version") or "",
        "licence": licence,
        "permissive": is_permissive(licence),
        "author": _author(metadata),
        "requires": sorted(set(_required_names(distribution.requires or []))),
        "summary": _field(metadata, "Summary"),
        "description": _field(metadata, "Description"),
    }


def _required_names(requirements: Sequence[str]) -> Iterator[str]:
    for requirement in requirements:
        marker = requirement.partition(";")[2]
        name = _REQUIREMENT_NAME.match(requirement.lstrip())
        if name is not None and not re.search(r"\bextra\b", marker):
            yield normalise_name(name.group())


def _author(metadata: Metadata) -> str | None:
    named = _field(metadata, "Author") or _field(metadata, "Maintainer")
    if named is not None:
        return named
    addresses = getaddresses([_field(metadata, "Author-email") or _field(metadata, "Maintainer-email") or ""])
    return ", ".join(name for name, _ in addresses if name) or None


def _field(metadata: Metadata, key: str) -> str | None:
    """Read one field, with the empty string and the placeholder that old build tools wrote taken as absent."""
    if key not in metadata:
        return None
    value = metadata[key].strip()
    return None if value in {"", "UNKNOWN"} else value


def _identifier(text: str) -> str | None:
    """Find the SPDX identifier or expression that a free-text licence names."""
    wording = re.sub(r"\s+", " ", text.strip().rstrip(".").replace(",", "")).lower()
    if wording in _FREE_TEXT:
        return _FREE_TEXT[wording]
    words = [word for word in _EXPRESSION_TOKEN.findall(text) if word not in {"(", ")", "AND", "OR"}]
    if words and all(word in PERMISSIVE or _COPYLEFT_IDENTIFIER.fullmatch(word) for word in words):
        return text.strip()
    return None


def _either(tokens: list[str], position: int) -> tuple[bool, int]:
    permissive, position = _both(tokens, position)
    while position < len(tokens) and tokens[position].upper() == "OR":
        right, position = _both(tokens, position + 1)
        permissive = permissive or right
    return permissive, position


def _both(tokens: list[str], position: int) -> tuple[bool, int]:
    permissive, position = _licence(tokens, position)
    while position < len(tokens) and tokens[position].upper() == "AND":
        right, position = _licence(tokens, position + 1)
        permissive = permissive and right
    return permissive, position


def _licence(tokens: list[str], position: int) -> tuple[bool, int]:
    if tokens[position] == "(":
        permissive, closing = _either(tokens, position + 1)
        return permissive and tokens[closing] == ")", closing + 1
    permissive = tokens[position] in PERMISSIVE
    if position + 1 < len(tokens) and tokens[position + 1].upper() == "WITH":
        return permissive, position + 3
    return permissive, position + 1
