"""The graph of duplicates as a plan: documents are nodes, verified similarities are edges, groups are components."""

from __future__ import annotations

from dataclasses import dataclass

from bigframe.ids import derive, stem
from bigframe.ops.base import Column, Expr, Literal
from bigframe.ops.comparison import Ge
from bigframe.ops.missing import NotNull
from bigframe.ops.text import BandKeys, Fingerprint, Jaccard
from bigframe.plan.buckets import Buckets
from bigframe.plan.components import Components
from bigframe.plan.concat import Concat
from bigframe.plan.distinct import Distinct
from bigframe.plan.explode import Explode
from bigframe.plan.filter import Filter
from bigframe.plan.join import Join
from bigframe.plan.node import Plan
from bigframe.plan.project import Project
from bigframe.schema import FLOAT64, INT64
from bigframe.text.matching import Matching

LEADERS = 8
"""With how many members of an LSH bucket each other one is compared, which bounds the cost of boilerplate."""


@dataclass(frozen=True)
class Documents:
    """A table of documents: the ids of the columns that hold their row positions and their texts."""

    plan: Plan
    at: str
    text: str


def groups(documents: Documents, matching: Matching) -> Components:
    """One row for each document that has a duplicate: its position, and the smallest position of its group.

    Only fingerprints, band keys and positions change places between tasks, and the texts of candidates once more to be
    compared; a document without tokens has no duplicates.
    """

    def name(what: str) -> str:
        return derive(what, documents.plan.digest, documents.at, documents.text, repr(matching))

    edge = (name("left"), name("right"))
    fingerprint, keys = name("fingerprint"), name("band_keys")
    text = Column(documents.text)
    sketches: dict[str, Expr] = {fingerprint: Fingerprint(text, matching.unit)}
    if matching.method == "minhash":
        sketches[keys] = BandKeys(
            text, matching.ngram_size, matching.unit, matching.num_perm, matching.bands, matching.seed
        )
    # One projection makes both, so that the texts are read once.
    sketched = Filter(
        Project(documents.plan, tuple(sketches.items()), (documents.at, *sketches)), NotNull(Column(fingerprint))
    )
    edges: Plan = Buckets(sketched, fingerprint, documents.at, edge, leaders=1)
    if matching.method == "minhash":
        # Copies would fill the buckets of their original; one of them stands for all.
        originals = Join(sketched, edges, (documents.at,), (edge[1],), "anti", ordered=False)
        key, pair = name("band_key"), (name("candidate"), name("other_candidate"))
        banded = Project(originals, ((key, Column(keys)),), (documents.at, key))
        exploded = Explode(banded, (key,), drop_empty=True)
        candidates = Distinct(Buckets(exploded, key, documents.at, pair, LEADERS), pair, "any")
        near = _verified(candidates, pair, edge, documents, matching)
        edges = Concat((edges, near), (INT64, INT64))
    return Components(edges, edge, name("member"), name("group"))


def beside(
    pairs: Plan, ends: tuple[str, str], documents: Documents, *columns: str
) -> tuple[Plan, dict[str, str], dict[str, str]]:
    """Pairs of positions with columns of both their documents; the plan, and what a column is called at each end."""
    end = derive("end", pairs.digest, *ends)
    both = Concat(tuple(Project(pairs, ((end, Column(id)),), (end,)) for id in ends), (INT64,))
    wanted = Join(documents.plan, both, (documents.at,), (end,), "semi", ordered=False)
    joined, names = pairs, []
    for id in ends:
        fresh = {column: derive(stem(column), pairs.digest, id, column) for column in (documents.at, *columns)}
        definitions = tuple((new, Column(column)) for column, new in fresh.items())
        side = Project(wanted, definitions, tuple(fresh.values()))
        joined = Join(joined, side, (id,), (fresh[documents.at],), "inner", ordered=False)
        names.append(fresh)
    return joined, names[0], names[1]


def similarity(left: str, right: str, matching: Matching) -> Jaccard:
    """The exact similarity of two text columns."""
    return Jaccard(Column(left), Column(right), matching.ngram_size, matching.unit)


def _verified(
    candidates: Plan, pair: tuple[str, str], edge: tuple[str, str], documents: Documents, matching: Matching
) -> Plan:
    """The candidates that are similar enough, as edges."""
    texts, left, right = beside(candidates, pair, documents, documents.text)
    jaccard = similarity(left[documents.text], right[documents.text], matching)
    score = derive("similarity", texts.digest, jaccard.digest)
    scored = Project(texts, ((score, jaccard),), (*pair, score))
    similar = Filter(scored, Ge(Column(score), Literal(float(matching.threshold), FLOAT64)))
    return Project(similar, ((edge[0], Column(pair[0])), (edge[1], Column(pair[1]))), edge)
