"""TPC-H queries 12 to 22 as lazy Polars, written from the specification's SQL."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from benchmarks.tpch.polars_q01_to_q11 import REVENUE

if TYPE_CHECKING:
    from benchmarks.tpch.data import Frame, Tables


def q12(t: Tables) -> Frame:
    """Shipping modes."""
    urgent = pl.col("o_orderpriority").is_in(["1-URGENT", "2-HIGH"])
    return (
        t.lineitem.filter(
            pl.col("l_shipmode").is_in(["MAIL", "SHIP"]),
            pl.col("l_commitdate") < pl.col("l_receiptdate"),
            pl.col("l_shipdate") < pl.col("l_commitdate"),
            pl.col("l_receiptdate").is_between(date(1994, 1, 1), date(1995, 1, 1), closed="left"),
        )
        .join(t.orders, left_on="l_orderkey", right_on="o_orderkey")
        .group_by("l_shipmode")
        .agg(urgent.sum().alias("high_line_count"), (~urgent).sum().alias("low_line_count"))
        .sort("l_shipmode")
    )


def q13(t: Tables) -> Frame:
    """Customer distribution."""
    orders = t.orders.filter(~pl.col("o_comment").str.contains("special.*requests"))
    return (
        t.customer.join(orders, left_on="c_custkey", right_on="o_custkey", how="left")
        .group_by("c_custkey")
        .agg(pl.count("o_orderkey").alias("c_count"))
        .group_by("c_count")
        .agg(pl.len().alias("custdist"))
        .sort("custdist", "c_count", descending=True)
    )


def q14(t: Tables) -> Frame:
    """Promotion effect."""
    promoted = pl.col("p_type").str.starts_with("PROMO")
    return (
        t.lineitem.filter(pl.col("l_shipdate").is_between(date(1995, 9, 1), date(1995, 10, 1), closed="left"))
        .join(t.part, left_on="l_partkey", right_on="p_partkey")
        .select((100 * REVENUE.filter(promoted).sum() / REVENUE.sum()).alias("promo_revenue"))
    )


def q15(t: Tables) -> Frame:
    """Top supplier."""
    revenue = (
        t.lineitem.filter(pl.col("l_shipdate").is_between(date(1996, 1, 1), date(1996, 4, 1), closed="left"))
        .group_by("l_suppkey")
        .agg(REVENUE.sum().alias("total_revenue"))
        .filter(pl.col("total_revenue") == pl.max("total_revenue"))
    )
    return (
        t.supplier.join(revenue, left_on="s_suppkey", right_on="l_suppkey")
        .select("s_suppkey", "s_name", "s_address", "s_phone", "total_revenue")
        .sort("s_suppkey")
    )


def q16(t: Tables) -> Frame:
    """Parts and suppliers."""
    complaints = t.supplier.filter(pl.col("s_comment").str.contains("Customer.*Complaints"))
    keys = ["p_brand", "p_type", "p_size"]
    return (
        t.part.filter(
            pl.col("p_brand") != "Brand#45",
            ~pl.col("p_type").str.starts_with("MEDIUM POLISHED"),
            pl.col("p_size").is_in([49, 14, 23, 45, 19, 3, 36, 9]),
        )
        .join(t.partsupp, left_on="p_partkey", right_on="ps_partkey")
        .join(complaints, left_on="ps_suppkey", right_on="s_suppkey", how="anti")
        .group_by(keys)
        .agg(pl.n_unique("ps_suppkey").alias("supplier_cnt"))
        .sort("supplier_cnt", *keys, descending=[True, False, False, False])
    )


def q17(t: Tables) -> Frame:
    """Small-quantity orders."""
    lines = t.part.filter(pl.col("p_brand") == "Brand#23", pl.col("p_container") == "MED BOX").join(
        t.lineitem, left_on="p_partkey", right_on="l_partkey"
    )
    usual = lines.group_by("p_partkey").agg((0.2 * pl.mean("l_quantity")).alias("limit"))
    return (
        lines.join(usual, on="p_partkey")
        .filter(pl.col("l_quantity") < pl.col("limit"))
        .select((pl.sum("l_extendedprice") / 7.0).alias("avg_yearly"))
    )


def q18(t: Tables) -> Frame:
    """Large-volume customers."""
    large = (
        t.lineitem.group_by("l_orderkey")
        .agg(pl.sum("l_quantity").alias("sum_quantity"))
        .filter(pl.col("sum_quantity") > 300)
    )
    return (
        t.orders.join(large, left_on="o_orderkey", right_on="l_orderkey")
        .join(t.customer, left_on="o_custkey", right_on="c_custkey")
        .select(
            "c_name",
            pl.col("o_custkey").alias("c_custkey"),
            "o_orderkey",
            "o_orderdate",
            "o_totalprice",
            "sum_quantity",
        )
        .sort("o_totalprice", "o_orderdate", descending=[True, False])
        .head(100)
    )


def q19(t: Tables) -> Frame:
    """Discounted revenue."""

    def wanted(brand: str, containers: list[str], quantity: int, size: int) -> pl.Expr:
        return (
            (pl.col("p_brand") == brand)
            & pl.col("p_container").is_in(containers)
            & pl.col("l_quantity").is_between(quantity, quantity + 10)
            & pl.col("p_size").is_between(1, size)
        )

    return (
        t.lineitem.filter(
            pl.col("l_shipmode").is_in(["AIR", "AIR REG"]), pl.col("l_shipinstruct") == "DELIVER IN PERSON"
        )
        .join(t.part, left_on="l_partkey", right_on="p_partkey")
        .filter(
            wanted("Brand#12", ["SM CASE", "SM BOX", "SM PACK", "SM PKG"], 1, 5)
            | wanted("Brand#23", ["MED BAG", "MED BOX", "MED PKG", "MED PACK"], 10, 10)
            | wanted("Brand#34", ["LG CASE", "LG BOX", "LG PACK", "LG PKG"], 20, 15)
        )
        .select(REVENUE.sum().alias("revenue"))
    )


def q20(t: Tables) -> Frame:
    """Potential part promotion."""
    keys = ["ps_partkey", "ps_suppkey"]
    sold = (
        t.lineitem.filter(pl.col("l_shipdate").is_between(date(1994, 1, 1), date(1995, 1, 1), closed="left"))
        .group_by(pl.col("l_partkey").alias("ps_partkey"), pl.col("l_suppkey").alias("ps_suppkey"))
        .agg(pl.sum("l_quantity").alias("sold"))
    )
    excess = (
        t.partsupp.join(
            t.part.filter(pl.col("p_name").str.starts_with("forest")),
            left_on="ps_partkey",
            right_on="p_partkey",
            how="semi",
        )
        .join(sold, on=keys)
        .filter(pl.col("ps_availqty") > 0.5 * pl.col("sold"))
    )
    return (
        t.supplier.join(t.nation.filter(pl.col("n_name") == "CANADA"), left_on="s_nationkey", right_on="n_nationkey")
        .join(excess, left_on="s_suppkey", right_on="ps_suppkey", how="semi")
        .select("s_name", "s_address")
        .sort("s_name")
    )


def q21(t: Tables) -> Frame:
    """Suppliers who kept orders waiting."""
    late = t.lineitem.filter(pl.col("l_receiptdate") > pl.col("l_commitdate"))
    shared = t.lineitem.group_by("l_orderkey").agg(pl.n_unique("l_suppkey")).filter(pl.col("l_suppkey") > 1)
    at_fault = late.group_by("l_orderkey").agg(pl.n_unique("l_suppkey")).filter(pl.col("l_suppkey") == 1)
    suppliers = t.supplier.join(
        t.nation.filter(pl.col("n_name") == "SAUDI ARABIA"), left_on="s_nationkey", right_on="n_nationkey"
    )
    return (
        late.join(suppliers, left_on="l_suppkey", right_on="s_suppkey")
        .join(t.orders.filter(pl.col("o_orderstatus") == "F"), left_on="l_orderkey", right_on="o_orderkey", how="semi")
        .join(shared, on="l_orderkey", how="semi")
        .join(at_fault, on="l_orderkey", how="semi")
        .group_by("s_name")
        .agg(pl.len().alias("numwait"))
        .sort("numwait", "s_name", descending=[True, False])
        .head(100)
    )


def q22(t: Tables) -> Frame:
    """Global sales opportunity."""
    customers = t.customer.with_columns(pl.col("c_phone").str.head(2).alias("cntrycode")).filter(
        pl.col("cntrycode").is_in(["13", "31", "23", "29", "30", "18", "17"])
    )
    average = customers.filter(pl.col("c_acctbal") > 0).select(pl.mean("c_acctbal").alias("average"))
    return (
        customers.join(average, how="cross")
        .filter(pl.col("c_acctbal") > pl.col("average"))
        .join(t.orders, left_on="c_custkey", right_on="o_custkey", how="anti")
        .group_by("cntrycode")
        .agg(pl.len().alias("numcust"), pl.sum("c_acctbal").alias("totacctbal"))
        .sort("cntrycode")
    )
