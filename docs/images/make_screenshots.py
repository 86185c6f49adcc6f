"""Makes the pictures of the docs, from a service with jobs of its own: ``python -m docs.images.make_screenshots``."""
# ruff: noqa: INP001 - docs are no package

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas

import bigframe as pd
from tests.service.chromium import Browser
from tests.service.conftest import Server, start

HERE = Path(__file__).parent
SIZE = (1600, 900)
EVENTS, USERS, PRODUCTS, DAYS = 6_000_000, 2_000_000, 5000, 300
HALF_DONE = """() => [...document.querySelectorAll('#stages [role=progressbar]')].some((bar, place) =>
    place > 1 && bar.ariaValueNow > 40 && bar.ariaValueNow < 100)"""
HELD = 200  # from this day on partitions wait while the picture is taken


def make_data(folder: Path) -> None:
    """Files as a shop may have them."""
    chance = np.random.default_rng(11)
    users, products = chance.integers(0, USERS, EVENTS), chance.integers(0, PRODUCTS, EVENTS)
    days = np.sort(chance.integers(0, DAYS, EVENTS))
    events = {"user": users, "product": products, "amount": chance.exponential(40, EVENTS), "day": days}
    pandas.DataFrame(events).to_parquet(folder / "events.parquet", row_group_size=EVENTS // 12)
    since = pandas.Timestamp("2020-01-01") + pandas.to_timedelta(chance.integers(0, 2000, USERS), "D")
    members = {"user": range(USERS), "country": chance.integers(0, 40, USERS), "since": since}
    pandas.DataFrame(members).to_parquet(folder / "users.parquet", row_group_size=USERS // 4)
    kinds = {"product": range(PRODUCTS), "kind": [f"kind {n % 12}" for n in range(PRODUCTS)]}
    pandas.DataFrame(kinds).to_parquet(folder / "products.parquet")


def submit_jobs(server: Server, hold: Path) -> str:
    """Jobs in every state; the id of the one that is shown, which runs for as long as the file ``hold`` is there."""

    def convert(part: pandas.DataFrame) -> pandas.DataFrame:
        while hold.exists() and (part.day >= HELD).any():
            time.sleep(0.05)
        return part.assign(euros=part.amount * 0.92)[["user", "product", "euros"]]

    def checked(amount: float) -> float:
        if amount > 500:
            raise ValueError(f"an order of {amount:.2f} is above the limit of 500.00")
        return amount

    pd.connect(server.url, token=server.token)
    events = pd.read_parquet(server.data / "events.parquet")
    users = pd.read_parquet(server.data / "users.parquet")
    products = pd.read_parquet(server.data / "products.parquet")
    known = events[events.amount > 1].merge(products, on="product")
    pd.submit(known.to_parquet(server.data / "clean-11", compute=False), name="clean-11").wait()
    pd.submit(known.groupby("kind").amount.sum(), name="revenue-by-kind").wait()
    pd.submit(users.drop_duplicates("country").sort_values("since"), name="first-of-country").wait()
    pd.submit(events.amount.map(checked), name="check-orders").wait()
    usual = events[events.amount < 10 * events.amount.mean()]
    types = {"user": "int64", "product": "int64", "euros": "float64"}
    sold = usual.map_partitions(convert, output_types=types).merge(products, on="product")
    loyal = sold.drop_duplicates(["user", "kind"]).merge(users, on="user")
    totals = loyal.groupby(["country", "kind"], as_index=False).euros.sum().sort_values("euros")
    shown = pd.submit(totals.to_parquet(server.data / "loyal-11", compute=False), name="loyal-customers-11")
    pd.submit(known.nlargest(100, "amount"), name="top-100").cancel()
    pd.submit(users.country.value_counts(), name="users-by-country")
    return str(shown.id)


def main() -> None:
    """Write ``service-page.png`` and ``service-page-dark.png``."""
    with tempfile.TemporaryDirectory() as place:
        folder, profile = Path(place), Path(place, "profile")
        profile.mkdir()
        hold = folder / "hold"
        hold.touch()
        server = start(folder, trust_udfs=True, max_workers=2)
        try:
            make_data(server.data)
            id = submit_jobs(server, hold)
            with Browser(profile) as browser:
                address = f"{server.url}/#token={server.token.replace(' ', '%20')}&job/{id}"
                for name, dark in (("service-page", False), ("service-page-dark", True)):
                    page = browser.open(address, size=SIZE, dark=dark)
                    page.wait_for(f"({HALF_DONE})() && document.querySelector('#jobs').childElementCount > 6")
                    page.screenshot(HERE / f"{name}.png")
        finally:
            hold.unlink()
            server.stop()


if __name__ == "__main__":
    main()
