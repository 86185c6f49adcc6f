"""TPC-H queries 1 to 11 as lazy Polars, written from the specification's SQL."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from benchmarks.tpch.data import Frame, Tables

REVENUE = pl.col("l_extendedprice") * (1 - pl.col("l_discount"))


def q1(t: Tables) -> Frame:
    """Pricing summary."""
    return (
        t.lineitem.filter(pl.col("l_shipdate") <= date(1998, 9, 2))
        .group_by("l_returnflag", "l_linestatus")
        .agg(
            pl.sum("l_quantity").alias("sum_qty"),
            pl.sum("l_extendedprice").alias("sum_base_price"),
            REVENUE.sum().alias("sum_disc_price"),
            (REVENUE * (1 + pl.col("l_tax"))).sum().alias("sum_charge"),
            pl.mean("l_quantity").alias("avg_qty"),
            pl.mean("l_extendedprice").alias("avg_price"),
            pl.mean("l_discount").alias("avg_disc"),
            pl.len().alias("count_order"),
        )
        .sort("l_returnflag", "l_linestatus")
    )


def q2(t: Tables) -> Frame:
    """Minimum-cost supplier."""
    offers = (
        t.part.filter(pl.col("p_size") == 15, pl.col("p_type").str.ends_with("BRASS"))
        .join(t.partsupp, left_on="p_partkey", right_on="ps_partkey")
        .join(t.supplier, left_on="ps_suppkey", right_on="s_suppkey")
        .join(t.nation, left_on="s_nationkey", right_on="n_nationkey")
        .join(t.region.filter(pl.col("r_name") == "EUROPE"), left_on="n_regionkey", right_on="r_regionkey")
    )
    return (
        offers.group_by("p_partkey")
        .agg(pl.min("ps_supplycost"))
        .join(offers, on=["p_partkey", "ps_supplycost"])
        .select("s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone", "s_comment")
        .sort("s_acctbal", "n_name", "s_name", "p_partkey", descending=[True, False, False, False])
        .head(100)
    )


def q3(t: Tables) -> Frame:
    """Shipping priority."""
    day = date(1995, 3, 15)
    return (
        t.customer.filter(pl.col("c_mktsegment") == "BUILDING")
        .join(t.orders.filter(pl.col("o_orderdate") < day), left_on="c_custkey", right_on="o_custkey")
        .join(t.lineitem.filter(pl.col("l_shipdate") > day), left_on="o_orderkey", right_on="l_orderkey")
        .group_by(pl.col("o_orderkey").alias("l_orderkey"), "o_orderdate", "o_shippriority")
        .agg(REVENUE.sum().alias("revenue"))
        .select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")
        .sort("revenue", "o_orderdate", descending=[True, False])
        .head(10)
    )


def q4(t: Tables) -> Frame:
    """Order priority checking."""
    return (
        t.orders.filter(pl.col("o_orderdate").is_between(date(1993, 7, 1), date(1993, 10, 1), closed="left"))
        .join(
            t.lineitem.filter(pl.col("l_commitdate") < pl.col("l_receiptdate")),
            left_on="o_orderkey",
            right_on="l_orderkey",
            how="semi",
        )
        .group_by("o_orderpriority")
        .agg(pl.len().alias("order_count"))
        .sort("o_orderpriority")
    )


def q5(t: Tables) -> Frame:
    """Local supplier volume."""
    orders = t.orders.filter(pl.col("o_orderdate").is_between(date(1994, 1, 1), date(1995, 1, 1), closed="left"))
    return (
        t.region.filter(pl.col("r_name") == "ASIA")
        .join(t.nation, left_on="r_regionkey", right_on="n_regionkey")
        .join(t.customer, left_on="n_nationkey", right_on="c_nationkey")
        .join(orders, left_on="c_custkey", right_on="o_custkey")
        .join(t.lineitem, left_on="o_orderkey", right_on="l_orderkey")
        .join(t.supplier, left_on=["l_suppkey", "n_nationkey"], right_on=["s_suppkey", "s_nationkey"])
        .group_by("n_name")
        .agg(REVENUE.sum().alias("revenue"))
        .sort("revenue", descending=True)
    )


def q6(t: Tables) -> Frame:
    """Forecasting revenue change."""
    return t.lineitem.filter(
        pl.col("l_shipdate").is_between(date(1994, 1, 1), date(1995, 1, 1), closed="left"),
        pl.col("l_discount").is_between(0.05, 0.07),
        pl.col("l_quantity") < 24,
    ).select((pl.col("l_extendedprice") * pl.col("l_discount")).sum().alias("revenue"))


def q7(t: Tables) -> Frame:
    """Volume shipping."""
    nations = t.nation.filter(pl.col("n_name").is_in(["FRANCE", "GERMANY"]))
    suppliers = t.supplier.join(nations, left_on="s_nationkey", right_on="n_nationkey").rename(
        {"n_name": "supp_nation"}
    )
    customers = t.customer.join(nations, left_on="c_nationkey", right_on="n_nationkey").rename(
        {"n_name": "cust_nation"}
    )
    keys = ["supp_nation", "cust_nation", "l_year"]
    return (
        t.lineitem.filter(pl.col("l_shipdate").is_between(date(1995, 1, 1), date(1996, 12, 31)))
        .join(suppliers, left_on="l_suppkey", right_on="s_suppkey")
        .join(t.orders, left_on="l_orderkey", right_on="o_orderkey")
        .join(customers, left_on="o_custkey", right_on="c_custkey")
        .filter(pl.col("supp_nation") != pl.col("cust_nation"))
        .with_columns(pl.col("l_shipdate").dt.year().alias("l_year"))
        .group_by(keys)
        .agg(REVENUE.sum().alias("revenue"))
        .sort(keys)
    )


def q8(t: Tables) -> Frame:
    """National market share."""
    customers = (
        t.region.filter(pl.col("r_name") == "AMERICA")
        .join(t.nation, left_on="r_regionkey", right_on="n_regionkey")
        .join(t.customer, left_on="n_nationkey", right_on="c_nationkey")
        .select("c_custkey")
    )
    volume = REVENUE.alias("volume")
    return (
        t.part.filter(pl.col("p_type") == "ECONOMY ANODIZED STEEL")
        .join(t.lineitem, left_on="p_partkey", right_on="l_partkey")
        .join(
            t.orders.filter(pl.col("o_orderdate").is_between(date(1995, 1, 1), date(1996, 12, 31))),
            left_on="l_orderkey",
            right_on="o_orderkey",
        )
        .join(customers, left_on="o_custkey", right_on="c_custkey")
        .join(t.supplier, left_on="l_suppkey", right_on="s_suppkey")
        .join(t.nation, left_on="s_nationkey", right_on="n_nationkey")
        .select(pl.col("o_orderdate").dt.year().alias("o_year"), volume, "n_name")
        .group_by("o_year")
        .agg((pl.col("volume").filter(pl.col("n_name") == "BRAZIL").sum() / pl.sum("volume")).alias("mkt_share"))
        .sort("o_year")
    )


def q9(t: Tables) -> Frame:
    """Product type profit."""
    amount = REVENUE - pl.col("ps_supplycost") * pl.col("l_quantity")
    return (
        t.part.filter(pl.col("p_name").str.contains("green", literal=True))
        .join(t.partsupp, left_on="p_partkey", right_on="ps_partkey")
        .join(t.lineitem, left_on=["p_partkey", "ps_suppkey"], right_on=["l_partkey", "l_suppkey"])
        .join(t.supplier, left_on="ps_suppkey", right_on="s_suppkey")
        .join(t.orders, left_on="l_orderkey", right_on="o_orderkey")
        .join(t.nation, left_on="s_nationkey", right_on="n_nationkey")
        .group_by(pl.col("n_name").alias("nation"), pl.col("o_orderdate").dt.year().alias("o_year"))
        .agg(amount.sum().alias("sum_profit"))
        .sort("nation", "o_year", descending=[False, True])
    )


def q10(t: Tables) -> Frame:
    """Returned items."""
    orders = t.orders.filter(pl.col("o_orderdate").is_between(date(1993, 10, 1), date(1994, 1, 1), closed="left"))
    return (
        t.customer.join(orders, left_on="c_custkey", right_on="o_custkey")
        .join(t.lineitem.filter(pl.col("l_returnflag") == "R"), left_on="o_orderkey", right_on="l_orderkey")
        .join(t.nation, left_on="c_nationkey", right_on="n_nationkey")
        .group_by("c_custkey", "c_name", "c_acctbal", "c_phone", "n_name", "c_address", "c_comment")
        .agg(REVENUE.sum().alias("revenue"))
        .select("c_custkey", "c_name", "revenue", "c_acctbal", "n_name", "c_address", "c_phone", "c_comment")
        .sort("revenue", descending=True)
        .head(20)
    )


def q11(t: Tables) -> Frame:
    """Important stock; the fraction is that of scale 1 at every scale, as in the pandas query."""
    stock = (
        t.nation.filter(pl.col("n_name") == "GERMANY")
        .join(t.supplier, left_on="n_nationkey", right_on="s_nationkey")
        .join(t.partsupp, left_on="s_suppkey", right_on="ps_suppkey")
        .select("ps_partkey", (pl.col("ps_supplycost") * pl.col("ps_availqty")).alias("value"))
    )
    threshold = stock.select((pl.sum("value") * 0.0001).alias("threshold"))
    return (
        stock.group_by("ps_partkey")
        .agg(pl.sum("value"))
        .join(threshold, how="cross")
        .filter(pl.col("value") > pl.col("threshold"))
        .select("ps_partkey", "value")
        .sort("value", descending=True)
    )
