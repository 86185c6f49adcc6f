"""TPC-H queries 1 to 11 for dask.dataframe: the pandas queries, changed where Dask lacks what they call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.tpch.data import Frame, Tables


def q1(t: Tables) -> Frame:
    """Pricing summary."""
    lines = t.lineitem[t.lineitem["l_shipdate"] <= t.pd.Timestamp("1998-09-02")]
    lines["disc_price"] = lines["l_extendedprice"] * (1 - lines["l_discount"])
    lines["charge"] = lines["disc_price"] * (1 + lines["l_tax"])
    keys = ["l_returnflag", "l_linestatus"]
    summary = lines.groupby(keys).agg(
        sum_qty=("l_quantity", "sum"),
        sum_base_price=("l_extendedprice", "sum"),
        sum_disc_price=("disc_price", "sum"),
        sum_charge=("charge", "sum"),
        avg_qty=("l_quantity", "mean"),
        avg_price=("l_extendedprice", "mean"),
        avg_disc=("l_discount", "mean"),
        count_order=("l_orderkey", "count"),
    )
    return summary.reset_index().sort_values(keys)


def q2(t: Tables) -> Frame:
    """Minimum-cost supplier."""
    part = t.part[(t.part["p_size"] == 15) & t.part["p_type"].str.endswith("BRASS")]
    region = t.region[t.region["r_name"] == "EUROPE"]
    offers = (
        part.merge(t.partsupp, left_on="p_partkey", right_on="ps_partkey")
        .merge(t.supplier, left_on="ps_suppkey", right_on="s_suppkey")
        .merge(t.nation, left_on="s_nationkey", right_on="n_nationkey")
        .merge(region, left_on="n_regionkey", right_on="r_regionkey")
    )
    lowest = offers.groupby("p_partkey").agg(lowest_cost=("ps_supplycost", "min")).reset_index()
    offers = offers.merge(lowest, on="p_partkey")
    offers = offers[offers["ps_supplycost"] == offers["lowest_cost"]]
    columns = ["s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone", "s_comment"]
    by = ["s_acctbal", "n_name", "s_name", "p_partkey"]
    return t.pd.top(offers[columns], 100, by, ascending=[False, True, True, True])


def q3(t: Tables) -> Frame:
    """Shipping priority."""
    date = t.pd.Timestamp("1995-03-15")
    customer = t.customer[t.customer["c_mktsegment"] == "BUILDING"]
    orders = t.orders[t.orders["o_orderdate"] < date]
    lineitem = t.lineitem[t.lineitem["l_shipdate"] > date]
    lines = customer.merge(orders, left_on="c_custkey", right_on="o_custkey").merge(
        lineitem, left_on="o_orderkey", right_on="l_orderkey"
    )
    lines["revenue"] = lines["l_extendedprice"] * (1 - lines["l_discount"])
    unshipped = lines.groupby(["l_orderkey", "o_orderdate", "o_shippriority"])["revenue"].sum().reset_index()
    columns = ["l_orderkey", "revenue", "o_orderdate", "o_shippriority"]
    return t.pd.top(unshipped[columns], 10, ["revenue", "o_orderdate"], ascending=[False, True])


def q4(t: Tables) -> Frame:
    """Order priority checking."""
    placed = t.orders["o_orderdate"]
    orders = t.orders[(placed >= t.pd.Timestamp("1993-07-01")) & (placed < t.pd.Timestamp("1993-10-01"))]
    late = t.lineitem[t.lineitem["l_commitdate"] < t.lineitem["l_receiptdate"]]
    return (
        orders.merge(late[["l_orderkey"]], left_on="o_orderkey", right_on="l_orderkey", how="leftsemi")
        .groupby("o_orderpriority")
        .agg(order_count=("o_orderkey", "count"))
        .reset_index()
        .sort_values("o_orderpriority")
    )


def q5(t: Tables) -> Frame:
    """Local supplier volume."""
    placed = t.orders["o_orderdate"]
    orders = t.orders[(placed >= t.pd.Timestamp("1994-01-01")) & (placed < t.pd.Timestamp("1995-01-01"))]
    region = t.region[t.region["r_name"] == "ASIA"]
    lines = (
        t.customer.merge(orders, left_on="c_custkey", right_on="o_custkey")
        .merge(t.lineitem, left_on="o_orderkey", right_on="l_orderkey")
        .merge(t.supplier, left_on=["l_suppkey", "c_nationkey"], right_on=["s_suppkey", "s_nationkey"])
        .merge(t.nation, left_on="s_nationkey", right_on="n_nationkey")
        .merge(region, left_on="n_regionkey", right_on="r_regionkey")
    )
    lines = lines.assign(revenue=lines["l_extendedprice"] * (1 - lines["l_discount"]))
    return lines.groupby("n_name")["revenue"].sum().reset_index().sort_values("revenue", ascending=False)


def q6(t: Tables) -> Frame:
    """Forecasting revenue change."""
    lines = t.lineitem
    lines = lines[
        (lines["l_shipdate"] >= t.pd.Timestamp("1994-01-01"))
        & (lines["l_shipdate"] < t.pd.Timestamp("1995-01-01"))
        & lines["l_discount"].between(0.05, 0.07)
        & (lines["l_quantity"] < 24)
    ]
    return (lines["l_extendedprice"] * lines["l_discount"]).sum().to_series().to_frame("revenue")


def q7(t: Tables) -> Frame:
    """Volume shipping."""
    shipped = t.lineitem["l_shipdate"]
    lineitem = t.lineitem[(shipped >= t.pd.Timestamp("1995-01-01")) & (shipped <= t.pd.Timestamp("1996-12-31"))]
    supplier_nation = t.nation.rename(columns={"n_nationkey": "supp_nationkey", "n_name": "supp_nation"})
    customer_nation = t.nation.rename(columns={"n_nationkey": "cust_nationkey", "n_name": "cust_nation"})
    lines = (
        t.supplier.merge(lineitem, left_on="s_suppkey", right_on="l_suppkey")
        .merge(t.orders, left_on="l_orderkey", right_on="o_orderkey")
        .merge(t.customer, left_on="o_custkey", right_on="c_custkey")
        .merge(supplier_nation[["supp_nationkey", "supp_nation"]], left_on="s_nationkey", right_on="supp_nationkey")
        .merge(customer_nation[["cust_nationkey", "cust_nation"]], left_on="c_nationkey", right_on="cust_nationkey")
    )
    lines = lines[
        ((lines["supp_nation"] == "FRANCE") & (lines["cust_nation"] == "GERMANY"))
        | ((lines["supp_nation"] == "GERMANY") & (lines["cust_nation"] == "FRANCE"))
    ]
    lines["l_year"] = lines["l_shipdate"].dt.year
    lines["volume"] = lines["l_extendedprice"] * (1 - lines["l_discount"])
    keys = ["supp_nation", "cust_nation", "l_year"]
    return lines.groupby(keys).agg(revenue=("volume", "sum")).reset_index().sort_values(keys)


def q8(t: Tables) -> Frame:
    """National market share."""
    placed = t.orders["o_orderdate"]
    part = t.part[t.part["p_type"] == "ECONOMY ANODIZED STEEL"]
    orders = t.orders[(placed >= t.pd.Timestamp("1995-01-01")) & (placed <= t.pd.Timestamp("1996-12-31"))]
    region = t.region[t.region["r_name"] == "AMERICA"]
    nation = t.nation[["n_nationkey", "n_name", "n_regionkey"]]
    lines = (
        part.merge(t.lineitem, left_on="p_partkey", right_on="l_partkey")
        .merge(t.supplier, left_on="l_suppkey", right_on="s_suppkey")
        .merge(orders, left_on="l_orderkey", right_on="o_orderkey")
        .merge(t.customer, left_on="o_custkey", right_on="c_custkey")
        .merge(nation, left_on="c_nationkey", right_on="n_nationkey")
        .merge(nation, left_on="s_nationkey", right_on="n_nationkey", suffixes=("_cust", "_supp"))
        .merge(region, left_on="n_regionkey_cust", right_on="r_regionkey")
    )
    lines["o_year"] = lines["o_orderdate"].dt.year
    lines["volume"] = lines["l_extendedprice"] * (1 - lines["l_discount"])
    lines["brazil"] = lines["volume"].where(lines["n_name_supp"] == "BRAZIL", 0.0)
    share = lines.groupby("o_year").agg(brazil=("brazil", "sum"), volume=("volume", "sum")).reset_index()
    share["mkt_share"] = share["brazil"] / share["volume"]
    return share[["o_year", "mkt_share"]].sort_values("o_year")


def q9(t: Tables) -> Frame:
    """Product type profit."""
    part = t.part[t.part["p_name"].str.contains("green")]
    lines = (
        part.merge(t.lineitem, left_on="p_partkey", right_on="l_partkey")
        .merge(t.supplier, left_on="l_suppkey", right_on="s_suppkey")
        .merge(t.partsupp, left_on=["l_suppkey", "l_partkey"], right_on=["ps_suppkey", "ps_partkey"])
        .merge(t.orders, left_on="l_orderkey", right_on="o_orderkey")
        .merge(t.nation, left_on="s_nationkey", right_on="n_nationkey")
    )
    profit = lines.assign(
        o_year=lines["o_orderdate"].dt.year,
        amount=lines["l_extendedprice"] * (1 - lines["l_discount"]) - lines["ps_supplycost"] * lines["l_quantity"],
    ).rename(columns={"n_name": "nation"})
    keys = ["nation", "o_year"]
    return (
        profit.groupby(keys).agg(sum_profit=("amount", "sum")).reset_index().sort_values(keys, ascending=[True, False])
    )


def q10(t: Tables) -> Frame:
    """Returned items."""
    placed = t.orders["o_orderdate"]
    orders = t.orders[(placed >= t.pd.Timestamp("1993-10-01")) & (placed < t.pd.Timestamp("1994-01-01"))]
    returned = t.lineitem[t.lineitem["l_returnflag"] == "R"]
    lines = (
        t.customer.merge(orders, left_on="c_custkey", right_on="o_custkey")
        .merge(returned, left_on="o_orderkey", right_on="l_orderkey")
        .merge(t.nation, left_on="c_nationkey", right_on="n_nationkey")
    )
    lines["revenue"] = lines["l_extendedprice"] * (1 - lines["l_discount"])
    keys = ["c_custkey", "c_name", "c_acctbal", "c_phone", "n_name", "c_address", "c_comment"]
    lost = lines.groupby(keys).agg(revenue=("revenue", "sum")).reset_index()
    columns = ["c_custkey", "c_name", "revenue", "c_acctbal", "n_name", "c_address", "c_phone", "c_comment"]
    return t.pd.top(lost[columns], 20, ["revenue"], ascending=[False])


def q11(t: Tables) -> Frame:
    """Important stock; the fraction is that of scale 1 at every scale, as in the pandas query."""
    nation = t.nation[t.nation["n_name"] == "GERMANY"]
    stock = t.partsupp.merge(t.supplier, left_on="ps_suppkey", right_on="s_suppkey").merge(
        nation, left_on="s_nationkey", right_on="n_nationkey"
    )
    stock["value"] = stock["ps_supplycost"] * stock["ps_availqty"]
    threshold = stock["value"].sum() * 0.0001
    parts = stock.groupby("ps_partkey")["value"].sum().reset_index()
    return parts[parts["value"] > threshold].sort_values("value", ascending=False)
