"""Titles and bodies of documents about Python packages, from what is installed here."""

from __future__ import annotations

import ast
import re
import sysconfig
from collections.abc import Iterator
from importlib.metadata import distributions
from itertools import chain, islice
from pathlib import Path

MINIMUM_BODY = 200


def documents(count: int) -> list[tuple[str, str]]:
    """Title and body of every usable package description, then of modules of the standard library, up to `count`.

    A package's title is its name and summary, a module's its dotted name and first docstring line. The title's
    sentence and name are taken out of the body, so that no string match finds it.
    """
    return list(islice(chain(package_documents(), module_documents()), count))


def package_documents() -> Iterator[tuple[str, str]]:
    """Documents of installed packages, by name."""
    seen = set()
    for package in sorted(distributions(), key=lambda package: package.name.lower()):
        metadata = package.metadata
        summary = metadata.get("Summary") or ""
        body = cleaned(metadata.get_payload() or metadata.get("Description") or "", package.name, summary)
        if len(body) >= MINIMUM_BODY and summary and package.name not in seen:
            seen.add(package.name)
            yield f"{package.name}: {summary}", body


def module_documents() -> Iterator[tuple[str, str]]:
    """Documents of the standard library's top-level modules, by name."""
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8", errors="replace")))
        title, _, rest = (docstring or "").partition("\n")
        body = cleaned(rest, path.stem, title)
        if len(body) >= MINIMUM_BODY and title:
            yield f"{path.stem}: {title}", body


def cleaned(text: str, name: str, title: str) -> str:
    """Prose of a README without markup, links, badges, the title's sentence and the name."""
    text = re.sub(r"<[^>]*>|!\[[^\]]*\]|\(http\S*|https?://\S+|^\s*(\.\. |:\w+:).*$", " ", text, flags=re.MULTILINE)
    for known in (title, name):
        text = re.sub(re.escape(known), " ", text, flags=re.IGNORECASE)
    return re.sub(r"[\s#=*`|_~^()\[\]-]+", " ", text).strip()
