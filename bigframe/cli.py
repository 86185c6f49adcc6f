"""The command line: ``bigframe demo``, ``bigframe serve``, ``bigframe jobs`` and ``bigframe --version``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import bigframe
from bigframe.console import add_jobs
from bigframe.session.serving import add_serve

DEFAULT_OUT = "out/demo"
# What a newcomer can put right; anything else is a defect, and then the traceback is what we need.
EXPECTED = (bigframe.BigFrameError, OSError, ValueError, TypeError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        Words after ``bigframe``; None takes them from the process.

    Returns
    -------
    int
        Exit status: 0, 1 after an error that is printed in one line, 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        return status
    except KeyboardInterrupt:
        print("bigframe: stopped", file=sys.stderr)
        return 130
    except EXPECTED as error:
        if options.traceback:
            raise
        print(f"bigframe: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bigframe", description="pandas code as a lazy plan, in process or on Dask")
    parser.add_argument("--version", action="version", version=f"bigframe {bigframe.__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser(
        "demo",
        help="clean, deduplicate, embed and search a corpus",
        description="Turn a corpus into clean, unique training text: filter, join, near-duplicate removal, Parquet, "
        "embedding, semantic look-ups and a torch batch.",
    )
    add = demo.add_argument
    add(
        "--input",
        metavar="PATH",
        help="folder of documents, or JSON lines or Parquet with a column 'text', path or URL "
        "(default: the code and docs of the installed packages)",
    )
    add(
        "--engine",
        metavar="ENGINE",
        type=_engine,
        default="local",
        help="local: this process; dask: a Dask cluster on this machine; http://host:port: a service that trusts "
        "functions, with its token in BIGFRAME_TOKEN (default: local)",
    )
    add("--storage", metavar="URL", help="folder or URL for exchange files (default: temporary; a service has its own)")
    add("--out", metavar="URL", help=f"folder or URL for the results (default: {DEFAULT_OUT}, replaced by each run)")
    add("--mode", choices=("error", "overwrite"), help="what to do where --out has results (default: error)")
    add("--query", metavar="TEXT", action="append", help="text to look up by meaning; may be repeated")
    add("--traceback", action="store_true", help="show where in the code an error arose")
    demo.set_defaults(run=_demo)
    add_serve(commands)
    add_jobs(commands)
    return parser


def _engine(text: str) -> str:
    if text not in ("local", "dask") and not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text!r} is none of local, dask and http://host:port")
    return text


def _demo(options: argparse.Namespace) -> int:
    if "://" in options.engine and not options.out:
        raise ValueError("a service writes where it runs: give --out, a path or URL below one of its roots")
    # Only this command needs what the demo imports.
    from rich.console import Console

    from bigframe.demo.main import QUERIES, Settings, cache_folder, run

    settings = Settings(
        input=options.input,
        engine=options.engine,
        storage=options.storage,
        out=options.out or DEFAULT_OUT,
        mode=options.mode or ("error" if options.out else "overwrite"),
        queries=tuple(options.query or QUERIES),
    )
    run(settings, Console(highlight=False), cache_folder())
    return 0
