"""``bigframe serve``: the engine as a service, for sessions that connect to ``http://…``."""

from __future__ import annotations

import argparse
import importlib.util
import os
from pathlib import Path
from typing import Any

from bigframe.errors import MissingExtra

NEEDED = ("fastapi", "uvicorn", "sqlalchemy")


def add_serve(commands: Any) -> None:
    """Add the subcommand to a parser's subparsers."""
    parser = commands.add_parser(
        "serve",
        help="run the jobs of other processes",
        description="Serve jobs over HTTP: plans are kept in a job store, run on a cluster of this machine, and their "
        "results wait on the storage. Keys of the storage are taken from the environment. The token is the content of "
        "--token-file, else of BIGFRAME_TOKEN; if there is neither, one is made and shown.",
    )
    add = parser.add_argument
    add("--storage", metavar="URL", required=True, help="folder or URL for uploads, exchange files and results")
    add("--root", metavar="URL", action="append", default=[], help="jobs may read and write below it; may be repeated")
    add("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    add("--port", type=int, default=8380, help="port to listen on; 0 takes a free one (default: 8380)")
    add("--database", metavar="URL", help="job store: sqlite:///FILE or postgresql+psycopg://… (default: SQLite)")
    add("--token-file", metavar="FILE", type=Path, help="file with the tokens that are let in, one a line")
    add("--trust-udfs", action="store_true", help="run the functions of clients, with the rights of this process")
    add("--max-jobs", type=int, metavar="N", help="jobs that run at once (default: 4)")
    add("--workers", type=_range, metavar="MIN:MAX", help="worker processes (default: 1 to one per core)")
    add("--lease", type=float, metavar="SECONDS", help="for how long a silent driver keeps its job (default: 15)")
    add("--traceback", action="store_true", help="show where in the code an error arose")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Carry out ``bigframe serve``, which ends with SIGTERM or Ctrl-C; the exit status.

    Raises
    ------
    MissingExtra
        If the libraries of the service are not installed.
    """
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        raise MissingExtra("bigframe serve", "service")
    from rich.console import Console

    from engine.service.server import serve
    from engine.service.settings import Settings, token_digest

    given: dict[str, Any] = {"max_jobs": options.max_jobs, "lease_seconds": options.lease}
    if options.workers is not None:
        given["min_workers"], given["max_workers"] = options.workers
    settings = Settings(
        storage=options.storage,
        database=options.database,
        roots=tuple(options.root),
        token_digests=tuple(map(token_digest, _tokens(options.token_file))),
        trust_udfs=options.trust_udfs,
        host=options.host,
        port=options.port,
        **{name: value for name, value in given.items() if value is not None},
    )
    console = Console(highlight=False)
    serve(settings, lambda line: console.print(line, markup=False, soft_wrap=True))
    return 0


def _tokens(file: Path | None) -> list[str]:
    text = os.environ.get("BIGFRAME_TOKEN", "") if file is None else file.read_text()
    tokens = [line.strip() for line in text.splitlines() if line.strip()]
    if file is not None and not tokens:
        raise ValueError(f"{file} has no token in it")
    return tokens


def _range(text: str) -> tuple[int, int]:
    least, colon, most = text.partition(":")
    try:
        return int(least), int(most if colon else least)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor MIN:MAX") from None
