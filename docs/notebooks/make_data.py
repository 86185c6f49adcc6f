"""Make the CSV files that the notebooks read: a shop's orders, its customers as they were typed in, and the weather.

Run as ``python docs/notebooks/make_data.py FOLDER``; the same seed gives the same files.
"""

from __future__ import annotations

import csv
import datetime as dt
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

FIRST_DAY = dt.date(2023, 1, 1)
PRODUCTS = {
    "SKU-001": ("Espresso beans", "coffee", 12.5),
    "SKU-002": ("Filter beans", "coffee", 11.0),
    "SKU-003": ("Green tea", "tea", 7.25),
    "SKU-004": ("Earl Grey", "tea", 6.5),
    "SKU-005": ("Mug, large", "ware", 9.9),
    "SKU-006": ('Kettle 1.7 l "Steam"', "ware", 49.0),
    "SKU-007": ("Hand grinder", "ware", 89.0),
    "SKU-008": ("Gift card", "other", 25.0),
}
CITIES = ["Berlin", "berlin ", "BERLIN", "München", "Muenchen", " Hamburg", "Hamburg", "Köln", "", "n/a"]
FIRST_NAMES = ["Ana", "Björn", "Chloé", "Dmitri", "Elif", "Femi", "Grace", "Hiro", "Ines", "Jo"]
LAST_NAMES = ["Ángel", "Brown", "van Dijk", "O'Neil", "Özil", "Smith-Jones", "Tanaka", "Weiß"]
TAGS = ["vip", "newsletter", "b2b", "refund", "late"]
DATE_FORMATS = ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d %b %Y"]


def write_all(folder: Path, orders: int = 4_000, customers: int = 500, seed: int = 7) -> None:
    """Write ``orders.csv``, ``products.csv``, ``customers.csv`` and ``weather.csv`` into a folder."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    header = ["sku", "product", "category", "list_price"]
    _write(folder / "products.csv", header, ([sku, *rest] for sku, rest in PRODUCTS.items()))
    header = ["order_id", "customer_id", "ordered_at", "sku", "quantity", "unit_price", "discount", "channel", "note"]
    _write(folder / "orders.csv", header, _orders(random, orders, customers))
    header = ["customer_id", "name", "email", "city", "signup", "birth_year", "tags", "spend", "active"]
    _write(folder / "customers.csv", header, _customers(random, customers))
    _write(folder / "weather.csv", ["day", "station", "temp_max", "temp_min", "rain_mm"], _weather(random, 2 * 365))


def _write(path: Path, header: list[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def _orders(random: np.random.Generator, count: int, customers: int) -> Iterable[list[object]]:
    start = dt.datetime.combine(FIRST_DAY, dt.time())
    minutes = np.sort(random.integers(0, 2 * 365 * 24 * 60, count))
    for number, minute in enumerate(minutes.tolist()):
        sku = list(PRODUCTS)[min(int(random.exponential(2.2)), len(PRODUCTS) - 1)]
        # Quarters add up exactly in any order, so that no sum lies on one side of a quantile here and on the other there.
        price = round(4 * PRODUCTS[sku][2] * float(random.choice([1.0, 1.0, 0.95, 1.1]))) / 4
        yield [
            100_000 + number,
            1 + int(customers * random.beta(1.2, 3.0)),
            (start + dt.timedelta(minutes=minute)).isoformat(sep=" "),
            sku,
            1 + int(random.poisson(0.8)),
            price,
            random.choice(["", "", "", "0.125", "0.25"]),
            random.choice(["web", "app", "shop"], p=[0.5, 0.3, 0.2]),
            random.choice(["", "", "gift", "leave at door; ring twice", 'said "thanks"']),
        ]


def _customers(random: np.random.Generator, count: int) -> Iterable[list[object]]:
    for number in range(1, count + 1):
        first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
        joined = FIRST_DAY - dt.timedelta(days=int(random.integers(0, 900)))
        signup = "unknown" if random.random() < 0.04 else joined.strftime(random.choice(DATE_FORMATS))
        tags = sorted(random.choice(TAGS, size=int(random.integers(0, 4)), replace=False))
        row: list[object] = [
            number,
            f"  {first}  {last}"
            if random.random() < 0.2
            else f"{first} {last}".upper()
            if number % 7 == 0
            else f"{first} {last}",
            f"{first}.{last}{number}@{random.choice(['example.com', 'Mail.example.org', 'shop.example'])}".replace(
                " ", ""
            ),
            random.choice(CITIES),
            signup,
            "" if random.random() < 0.1 else int(random.integers(1940, 2005)),
            "|".join(tags),
            f"{random.choice(['€', '$', ''])}{random.gamma(2, 300):,.2f}",
            random.choice(["yes", "no", "Y", "N", "TRUE", ""]),
        ]
        yield row
        if random.random() < 0.05:
            yield row


def _weather(random: np.random.Generator, days: int) -> Iterable[list[object]]:
    for station, warmer in (("north", 0.0), ("south", 3.5)):
        for day in range(days):
            season = -10 * np.cos(2 * np.pi * (day - 15) / 365)
            top = 11 + warmer + season + random.normal(0, 3)
            rain = max(0.0, random.gamma(0.6, 4) - 1.5)
            yield [
                FIRST_DAY + dt.timedelta(days=day),
                station,
                "" if random.random() < 0.02 else f"{top:.1f}",
                f"{top - random.gamma(4, 2):.1f}",
                "trace" if 0 < rain < 0.2 else f"{rain:.1f}",
            ]


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
