"""The demo from end to end: collect, clean, write, embed, search, feed torch, report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

import bigframe as pd
from bigframe.demo.embeddings import embed_once
from bigframe.demo.inputs import Documents, is_written, read_documents
from bigframe.demo.packages import package_table
from bigframe.demo.pipeline import clean, passages, search
from bigframe.demo.report import Counts, Step, Steps, print_hits, print_pairs
from bigframe.errors import FunctionsRefused
from bigframe.ml.demo_model import demo_encoder

QUERIES = ("train a neural network on a GPU", "store tables as Parquet", "run tasks on a cluster of machines")
OUTPUTS = ("kept", "dropped", "audit", "embedded")
SAMPLED = 600
MAX_TOKENS = 128


@dataclass(frozen=True)
class Settings:
    """What the command line asks for.

    Attributes
    ----------
    input : str or None
        As of :func:`~bigframe.demo.inputs.read_documents`.
    engine : str
        ``"local"`` is this process, ``"dask"`` a Dask cluster on this machine, and ``"http://host:port"`` a service.
    storage : str or None
        Folder or URL for exchange files; None takes a temporary folder, and a service has its own.
    out : str
        Folder or URL for the four tables that are written.
    mode : {"error", "overwrite"}
        What happens where a table is there already.
    queries : sequence of str
        What to look up.
    sampled : int
        How many documents to embed at most, beside the READMEs.
    """

    input: str | None = None
    engine: str = "local"
    storage: str | None = None
    out: str = "out/demo"
    mode: str = "error"
    queries: Sequence[str] = QUERIES
    sampled: int = SAMPLED

    @property
    def address(self) -> str | None:
        """Of the session that runs the jobs."""
        return {"local": None, "dask": "local"}.get(self.engine, self.engine)


def run(settings: Settings, console: Console, cache: Path) -> Counts:
    """Run the demo and print what happens.

    Parameters
    ----------
    settings
        What to run.
    console
        Where to print.
    cache
        Folder for the corpus and the embeddings, which later runs reuse.

    Returns
    -------
    Counts
        What became of the documents.

    Raises
    ------
    FileExistsError
        If an output is there and the mode is ``"error"``; before anything runs.
    FunctionsRefused
        If the service does not run functions of its clients; before anything runs.
    """
    with pd.connect(settings.address, storage=settings.storage) as session:
        _check_trust(session)
        _check_outputs(settings)
        return _Demo(settings, session, Steps(console), cache).run()


def cache_folder() -> Path:
    """Folder for what later runs reuse: ``bigframe`` in the user's cache folder (XDG base directory specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bigframe"


def _check_trust(session: pd.Session) -> None:
    if session.is_remote and not session.service("the demo").trusts_functions:
        raise FunctionsRefused(
            f"the demo embeds texts with a Python function, and {session.address} runs none of its clients: "
            "start it with `bigframe serve --trust-udfs`"
        )


def _check_outputs(settings: Settings) -> None:
    found = [name for name in OUTPUTS if is_written(f"{settings.out}/{name}")]
    if found and settings.mode == "error":
        raise FileExistsError(
            f"{settings.out} has {', '.join(found)} already: choose another --out, or replace them by --mode overwrite"
        )


class _Demo:
    def __init__(self, settings: Settings, session: pd.Session, steps: Steps, cache: Path) -> None:
        self.settings = settings
        self.session = session
        self.steps = steps
        self.console = steps.console
        self.cache = cache

    def run(self) -> Counts:
        with self.steps.step("collect documents") as step:
            documents = read_documents(
                self.settings.input, self.cache, upload=self.session.is_remote, progress=step.advance
            )
            self._describe(documents, step)
        packages = package_table()
        with self.steps.step("clean, deduplicate and write, in one job") as step:
            described = pd.from_arrow(packages.drop(["summary", "description"]))
            cleaned = clean(documents.frame, described, licences=self._own)
            tables = {"kept": cleaned.kept, "dropped": cleaned.dropped, "audit": cleaned.audit}
            writes = [self._write(table, name) for name, table in tables.items()]
            *files, step.bytes = pd.compute(*writes, documents.frame["text"].str.len().sum())
            rows = {name: int(written["rows"].sum()) for name, written in zip(tables, files, strict=True)}
            step.note = f"{rows['kept']:,} kept, {rows['dropped']:,} dropped, {rows['audit']:,} near-duplicates"
        if not rows["kept"]:
            self.console.print("nothing was kept, so there is nothing to embed; the reasons:")
        sampled = min(self.settings.sampled, rows["kept"])
        embedded = self._embed(pd.from_arrow(packages), sampled) if sampled else 0
        counts = self._counts(len(documents.frame), rows["audit"], embedded)
        self._show(counts)
        return counts

    @property
    def _own(self) -> bool:
        """Whether the corpus is this machine's packages, whose licences are known."""
        return self.settings.input is None

    def _describe(self, documents: Documents, step: Step) -> None:
        corpus = documents.corpus
        if corpus is None:
            step.note = "read from a table as the job goes"
            return
        step.bytes = 0 if corpus.reused else corpus.bytes
        how = "reused from an earlier run" if corpus.reused else f"kept in {self.cache} for the next run"
        step.note = f"{corpus.documents:,} documents, {corpus.bytes / 1e6:.0f} MB, {how}"
        if corpus.skipped:
            first = corpus.skipped[0]
            step.note += f"; {len(corpus.skipped)} files left out, such as {first.path}: {first.reason}"
        if corpus.note and self._own:
            self.console.print(f"[yellow]note[/] {corpus.note}")

    def _write(self, table: pd.DataFrame, name: str) -> pd.Write:
        write: pd.Write = table.to_parquet(self._at(name), mode=self.settings.mode, index=False, compute=False)
        return write

    def _at(self, name: str) -> str:
        return f"{self.settings.out.rstrip('/')}/{name}"

    def _embed(self, packages: pd.DataFrame, sampled: int) -> int:
        """Embed, look up and feed torch; how many texts have a vector."""
        model = demo_encoder(max_tokens=MAX_TOKENS)
        kept = pd.read_parquet(self._at("kept"))
        with self.steps.step("embed") as step:
            # A few hundred short texts: brought here, so that the sample is not drawn again for each use.
            texts = pd.from_pandas(passages(kept, self._readmes(kept, packages), sampled).to_pandas())
            vectors = f"embeddings-{model.model_path.parent.name}-{MAX_TOKENS}"
            # A service does not reach this machine's files.
            place = self._at(vectors) if self.session.is_remote else str(self.cache / vectors)
            embedded, new = embed_once(texts, model, place)
            self._write(embedded, "embedded").compute()
            embedded = pd.read_parquet(self._at("embedded"))
            total, distinct = len(embedded), len(texts.drop_duplicates("text"))
            step.bytes = int(texts["text"].str.len().sum()) if new else 0
            step.note = f"{total:,} texts, {distinct - new:,} vectors reused from earlier runs"
        with self.steps.step("look up") as step:
            found = embedded.to_pandas()
            answers = [search(found, vector) for vector in model(list(self.settings.queries))]
        with self.steps.step("feed torch") as step:
            batch = self._first_batch(embedded)
            shape, dtype = tuple(batch["embedding"].shape), batch["embedding"].dtype
            step.note = f"one batch: embedding {shape} {dtype}, title {len(batch['title'])} strings"
        self.console.print("\nLooked up by meaning")
        for query, hits in zip(self.settings.queries, answers, strict=True):
            print_hits(self.console, query, hits)
        return total

    def _first_batch(self, embedded: pd.DataFrame) -> dict[str, Any]:
        columns = ["embedding", "title"]
        if not self.session.is_remote:
            return next(iter(embedded.to_torch(columns, batch_size=64, shuffle="window")))
        # Training reads blocks from the session's storage, which a service keeps to itself: so from a session here.
        table = embedded.to_arrow()
        with pd.connect():
            return next(iter(pd.from_arrow(table).to_torch(columns, batch_size=64, shuffle="window")))

    def _readmes(self, kept: pd.DataFrame, packages: pd.DataFrame) -> pd.DataFrame:
        if self._own:
            described: pd.DataFrame = packages[packages["permissive"]].dropna(subset=["description"])
            described["text"] = described["summary"].fillna("") + "\n" + described["description"]
            readmes: pd.DataFrame = described[["name", "text"]].rename(columns={"name": "title"})
        else:
            readmes = kept[kept["kind"] == "readme"][["path", "text"]].rename(columns={"path": "title"})
        return readmes

    def _counts(self, documents: int, duplicates: int, embedded: int) -> Counts:
        reasons = pd.read_parquet(self._at("dropped"))["reason"].value_counts()
        splits = pd.read_parquet(self._at("kept"))["split"].value_counts()
        reasons, splits = pd.compute(reasons, splits)
        return Counts(documents, dict(reasons), duplicates, dict(splits), embedded)

    def _show(self, counts: Counts) -> None:
        if counts.duplicates:
            audit = pd.read_parquet(self._at("audit"))
            # Texts that differ in a few words show more than those that do not differ at all.
            audit["same"] = audit["similarity"] == 1
            self.console.print("\nNear-duplicates, such as")
            print_pairs(self.console, audit.sort_values("same").head(3).to_pandas())
        self.console.print()
        self.console.print(counts.table())
        self.console.print()
        self.console.print(self.steps.table())
        self.console.print(f"\nWritten to {self.settings.out}: {', '.join(OUTPUTS)}")
