"""What explain prints for canonical queries, kept as text; ``UPDATE_SNAPSHOTS=1`` writes them anew."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas
import pytest

import bigframe as pd

SNAPSHOTS = Path(__file__).parent
SALES = pandas.DataFrame(
    {
        "sale": range(120),
        "shop": [n % 4 for n in range(120)],
        "price": [n * 0.5 for n in range(120)],
        "day": pandas.date_range("2020-01-01", periods=120),
    }
)
SHOPS = pandas.DataFrame({"shop": range(4), "town": ["a", "b", "a", "c"]})


@pytest.fixture
def files(tmp_path: Path) -> Path:
    SALES.to_parquet(tmp_path / "sales.parquet", row_group_size=40)
    SHOPS.to_parquet(tmp_path / "shops.parquet")
    return tmp_path


@pytest.fixture(params=[1, 3])
def session(request: pytest.FixtureRequest) -> Iterator[pd.Session]:
    with pd.connect(partitions=request.param) as opened:
        yield opened


def shout(text: str) -> str:
    return text.upper()


QUERIES: dict[str, Callable[[Any, Any, Path], Any]] = {
    "filter": lambda sales, shops, out: sales[sales.price > 10][["sale", "price"]],
    "filter_and_sum": lambda sales, shops, out: sales[sales.day >= pd.Timestamp("2020-02-01")].price.sum(),
    "group": lambda sales, shops, out: sales.groupby("shop").agg(total=("price", "sum"), middle=("price", "median")),
    "merge_and_group": lambda sales, shops, out: (
        sales.merge(shops, on="shop").groupby("town").price.sum().sort_values(ascending=False)
    ),
    "top": lambda sales, shops, out: sales.sort_values("price", ascending=False).head(3),
    "first_of_each": lambda sales, shops, out: sales.drop_duplicates("shop"),
    "above_the_mean": lambda sales, shops, out: sales[sales.price > sales.price.mean()],
    "members": lambda sales, shops, out: sales[sales.shop.isin(shops[shops.town == "a"].shop)],
    "function": lambda sales, shops, out: shops.assign(loud=shops.town.map(shout)),
    "write": lambda sales, shops, out: sales.assign(price=sales.price * 2).to_parquet(out / "out", compute=False),
}


def explained(session: pd.Session, lazy: Any, folder: Path, *, analyze: bool = False) -> str:
    frame = lazy.as_frame() if isinstance(lazy, (pd.LazyScalar, pd.Write)) else lazy._frame
    return session.explain(frame.plan(), analyze=analyze).replace(str(folder), "<folder>")


@pytest.mark.parametrize("name", QUERIES)
def test_explain(session: pd.Session, files: Path, name: str) -> None:
    sales, shops = (pd.read_parquet(files / f"{table}.parquet") for table in ("sales", "shops"))
    text = explained(session, QUERIES[name](sales, shops, files), files) + "\n"
    assert session.jobs == 0
    kept = SNAPSHOTS / f"{name}-{session.partitions}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        kept.write_text(text)
    assert text == kept.read_text()


def test_every_snapshot_has_its_query() -> None:
    names = {file.stem.rsplit("-", 1)[0] for file in SNAPSHOTS.glob("*.txt")}
    assert names == set(QUERIES)


def test_analyze_says_what_each_operator_did(session: pd.Session, files: Path) -> None:
    sales, shops = (pd.read_parquet(files / f"{table}.parquet") for table in ("sales", "shops"))
    text = explained(session, QUERIES["merge_and_group"](sales, shops, files), files, analyze=True).split("Stages")[1]
    assert re.match(r"\n  ran in \d+\.\d{3} s, one operator at a time; peak is the process's resident memory\n", text)
    operators = [
        line
        for line in text.splitlines()
        if re.search(r"\[\d+ rows, [\d.,]+ k?B, \d+\.\d{3} s, peak [\d.,]+ [MG]B\]$", line)
    ]
    rows = {line.split("[")[0].split()[0]: int(line.rsplit("[", 1)[1].split()[0]) for line in operators}
    assert rows["Sort" if session.partitions == 1 else "Merged"] == 3
    assert rows["Join"] == 120
    assert sum("Scan parquet <folder>/sales.parquet" in line and "[120 rows" in line for line in operators) == 1
    stages = re.findall(
        r"stage \d+: .*\n    (\d+) rows, [\d.,]+ k?B, [\d.]+ s in tasks, [\d.]+ s of CPU, peak [\d.,]+ [MG]B, "
        r"[\d.,]+ k?B scanned, ([\d.,]+) k?B spilled to exchange files",
        text,
    )
    assert len(stages) == text.count("  stage ")
    assert stages[-1] == ("3", "0")
    assert any(float(spilled) > 0 for _, spilled in stages) == (session.partitions == 3)
