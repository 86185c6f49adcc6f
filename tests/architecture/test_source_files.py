"""Source files stay small, carry names that say something, and open with a sentence."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for package in ("bigframe", "engine") for path in (ROOT / package).rglob("*.py"))

MOST_LINES = 450
LONGER: dict[str, str] = {}
"""Path of each file that may be longer, with the reason."""

VAGUE = {"common", "core", "helper", "helpers", "misc", "miscellaneous", "stuff", "tools", "util", "utilities", "utils"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def opening(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.split("\n\n", 1)[0].rstrip()


def test_both_packages_have_sources() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in SOURCES} == {"bigframe", "engine"}


def test_files_are_short() -> None:
    lengths = {name(path): line_count(path) for path in SOURCES}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES and path not in LONGER} == {}


def test_exceptions_are_still_needed() -> None:
    assert {path: reason for path, reason in LONGER.items() if line_count(ROOT / path) <= MOST_LINES} == {}


def test_names_say_what_a_file_holds() -> None:
    folders = {parent for path in SOURCES for parent in path.relative_to(ROOT).parents}
    stems = {name(path): path.stem for path in SOURCES} | {folder.as_posix(): folder.name for folder in folders}
    assert [path for path, stem in stems.items() if stem.strip("_") in VAGUE] == []


def test_modules_open_with_a_sentence() -> None:
    first_paragraphs = {name(path): opening(path) for path in SOURCES}
    assert [path for path, paragraph in first_paragraphs.items() if not paragraph.endswith(".")] == []
