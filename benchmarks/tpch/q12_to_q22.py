"""TPC-H queries 12 to 22, as a pandas user writes them from the specification."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.tpch.data import Frame, Tables


def q12(t: Tables) -> Frame:
    """Shipping modes: late lines of 1994 by mail and ship, for urgent orders and for the others."""
    lines = t.lineitem
    late = lines[
        lines.l_shipmode.isin(["MAIL", "SHIP"])
        & (lines.l_commitdate < lines.l_receiptdate)
        & (lines.l_shipdate < lines.l_commitdate)
        & (lines.l_receiptdate >= t.pd.Timestamp("1994-01-01"))
        & (lines.l_receiptdate < t.pd.Timestamp("1995-01-01"))
    ]
    late = t.orders.merge(late, left_on="o_orderkey", right_on="l_orderkey")
    urgent = late.o_orderpriority.isin(["1-URGENT", "2-HIGH"])
    return (
        late.assign(urgent=urgent, other=~urgent)
        .groupby("l_shipmode", as_index=False)
        .agg(high_line_count=("urgent", "sum"), low_line_count=("other", "sum"))
        .sort_values("l_shipmode")
    )


def q13(t: Tables) -> Frame:
    """Customer distribution: how many customers placed how many orders, special requests aside."""
    orders = t.orders[~t.orders["o_comment"].str.contains("special.*requests")]
    placed = t.customer.merge(orders, how="left", left_on="c_custkey", right_on="o_custkey")
    counts = placed.groupby("c_custkey", as_index=False).agg(c_count=("o_orderkey", "count"))
    distribution = counts.groupby("c_count", as_index=False).agg(custdist=("c_custkey", "count"))
    return distribution.sort_values(["custdist", "c_count"], ascending=False)


def q14(t: Tables) -> Frame:
    """Promotion effect: the percentage of one month's revenue that came from promoted parts."""
    shipped = t.lineitem["l_shipdate"]
    lineitem = t.lineitem[(shipped >= t.pd.Timestamp("1995-09-01")) & (shipped < t.pd.Timestamp("1995-10-01"))]
    lines = lineitem.merge(t.part, left_on="l_partkey", right_on="p_partkey")
    lines["revenue"] = lines["l_extendedprice"] * (1 - lines["l_discount"])
    lines["promo"] = lines["revenue"].where(lines["p_type"].str.startswith("PROMO"), 0.0)
    total = lines[["promo", "revenue"]].agg(["sum"]).reset_index(drop=True)
    total["promo_revenue"] = 100.0 * total["promo"] / total["revenue"]
    return total[["promo_revenue"]]


def q15(t: Tables) -> Frame:
    """Top supplier: whoever shipped the most revenue in the first quarter of 1996."""
    shipped = t.lineitem["l_shipdate"]
    lines = t.lineitem[(shipped >= t.pd.Timestamp("1996-01-01")) & (shipped < t.pd.Timestamp("1996-04-01"))]
    lines = lines.assign(revenue=lines["l_extendedprice"] * (1 - lines["l_discount"]))
    revenue = lines.groupby("l_suppkey", as_index=False).agg(total_revenue=("revenue", "sum"))
    best = revenue[revenue["total_revenue"] == revenue["total_revenue"].max()]
    top = t.supplier.merge(best, left_on="s_suppkey", right_on="l_suppkey")
    return top[["s_suppkey", "s_name", "s_address", "s_phone", "total_revenue"]].sort_values("s_suppkey")


def q16(t: Tables) -> Frame:
    """Parts and suppliers: how many suppliers without complaints offer each kind of part that was asked for."""
    complaints = t.supplier[t.supplier["s_comment"].str.contains("Customer.*Complaints")]
    part = t.part[
        (t.part["p_brand"] != "Brand#45")
        & ~t.part["p_type"].str.startswith("MEDIUM POLISHED")
        & t.part["p_size"].isin([49, 14, 23, 45, 19, 3, 36, 9])
    ]
    offers = t.partsupp.merge(part, left_on="ps_partkey", right_on="p_partkey")
    offers = offers[~offers["ps_suppkey"].isin(complaints["s_suppkey"])]
    keys = ["p_brand", "p_type", "p_size"]
    counts = offers.groupby(keys, as_index=False)["ps_suppkey"].nunique()
    counts = counts.rename(columns={"ps_suppkey": "supplier_cnt"})
    return counts.sort_values(["supplier_cnt", *keys], ascending=[False, True, True, True])


def q17(t: Tables) -> Frame:
    """Small-quantity orders: yearly revenue lost if orders of unusually few of a part were no longer taken."""
    part = t.part[(t.part["p_brand"] == "Brand#23") & (t.part["p_container"] == "MED BOX")]
    usual = t.lineitem.groupby("l_partkey", as_index=False).agg(avg_quantity=("l_quantity", "mean"))
    lines = t.lineitem.merge(part, left_on="l_partkey", right_on="p_partkey").merge(usual, on="l_partkey")
    small = lines[lines["l_quantity"] < 0.2 * lines["avg_quantity"]]
    total = small[["l_extendedprice"]].agg(["sum"]).reset_index(drop=True) / 7.0
    return total.rename(columns={"l_extendedprice": "avg_yearly"})


def q18(t: Tables) -> Frame:
    """Large-volume customers: the hundred dearest orders of more than 300 pieces."""
    pieces = t.lineitem.groupby("l_orderkey", as_index=False)["l_quantity"].sum()
    large = pieces[pieces["l_quantity"] > 300]
    orders = t.orders[t.orders["o_orderkey"].isin(large["l_orderkey"])]
    lines = t.customer.merge(orders, left_on="c_custkey", right_on="o_custkey").merge(
        t.lineitem, left_on="o_orderkey", right_on="l_orderkey"
    )
    keys = ["c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice"]
    totals = lines.groupby(keys, as_index=False).agg(sum_quantity=("l_quantity", "sum"))
    return totals.sort_values(["o_totalprice", "o_orderdate"], ascending=[False, True]).head(100)


def q19(t: Tables) -> Frame:
    """Discounted revenue: three brands in three groups of containers, sent by air and delivered in person."""
    lines = t.lineitem[
        t.lineitem.l_shipmode.isin(["AIR", "AIR REG"]) & (t.lineitem.l_shipinstruct == "DELIVER IN PERSON")
    ].merge(t.part, left_on="l_partkey", right_on="p_partkey")
    small = (
        (lines.p_brand == "Brand#12")
        & lines.p_container.isin(["SM CASE", "SM BOX", "SM PACK", "SM PKG"])
        & lines.l_quantity.between(1, 11)
        & lines.p_size.between(1, 5)
    )
    medium = (
        (lines.p_brand == "Brand#23")
        & lines.p_container.isin(["MED BAG", "MED BOX", "MED PKG", "MED PACK"])
        & lines.l_quantity.between(10, 20)
        & lines.p_size.between(1, 10)
    )
    large = (
        (lines.p_brand == "Brand#34")
        & lines.p_container.isin(["LG CASE", "LG BOX", "LG PACK", "LG PKG"])
        & lines.l_quantity.between(20, 30)
        & lines.p_size.between(1, 15)
    )
    lines = lines[small | medium | large]
    lines["revenue"] = lines.l_extendedprice * (1 - lines.l_discount)
    return lines[["revenue"]].agg(["sum"]).reset_index(drop=True)


def q20(t: Tables) -> Frame:
    """Potential part promotion: Canadian suppliers who stock over half a year's sales of some forest part."""
    shipped = t.lineitem["l_shipdate"]
    lines = t.lineitem[(shipped >= t.pd.Timestamp("1994-01-01")) & (shipped < t.pd.Timestamp("1995-01-01"))]
    sold = lines.groupby(["l_partkey", "l_suppkey"], as_index=False).agg(sold=("l_quantity", "sum"))
    forest = t.part[t.part["p_name"].str.startswith("forest")]
    stock = t.partsupp[t.partsupp["ps_partkey"].isin(forest["p_partkey"])].merge(
        sold, left_on=["ps_partkey", "ps_suppkey"], right_on=["l_partkey", "l_suppkey"]
    )
    excess = stock[stock["ps_availqty"] > 0.5 * stock["sold"]]
    nation = t.nation[t.nation["n_name"] == "CANADA"]
    suppliers = t.supplier[t.supplier["s_suppkey"].isin(excess["ps_suppkey"])].merge(
        nation, left_on="s_nationkey", right_on="n_nationkey"
    )
    return suppliers[["s_name", "s_address"]].sort_values("s_name")


def q21(t: Tables) -> Frame:
    """Suppliers who kept orders waiting: Saudi suppliers who alone were late in an order of several suppliers."""
    late = t.lineitem[t.lineitem["l_receiptdate"] > t.lineitem["l_commitdate"]]
    orders = t.orders[t.orders["o_orderstatus"] == "F"]
    nation = t.nation[t.nation["n_name"] == "SAUDI ARABIA"]
    involved = t.lineitem.groupby("l_orderkey", as_index=False).agg(suppliers=("l_suppkey", "nunique"))
    at_fault = late.groupby("l_orderkey", as_index=False).agg(late_suppliers=("l_suppkey", "nunique"))
    lines = (
        t.supplier.merge(late, left_on="s_suppkey", right_on="l_suppkey")
        .merge(orders, left_on="l_orderkey", right_on="o_orderkey")
        .merge(nation, left_on="s_nationkey", right_on="n_nationkey")
        .merge(involved, on="l_orderkey")
        .merge(at_fault, on="l_orderkey")
    )
    waiting = lines[(lines["suppliers"] > 1) & (lines["late_suppliers"] == 1)]
    counts = waiting.groupby("s_name", as_index=False).size().rename(columns={"size": "numwait"})
    return counts.sort_values(["numwait", "s_name"], ascending=[False, True]).head(100)


def q22(t: Tables) -> Frame:
    """Global sales opportunity: customers of seven countries with money and without orders."""
    customer = t.customer.assign(cntrycode=t.customer["c_phone"].str[:2])
    customer = customer[customer["cntrycode"].isin(["13", "31", "23", "29", "30", "18", "17"])]
    average = customer.loc[customer["c_acctbal"] > 0, "c_acctbal"].mean()
    idle = customer[(customer["c_acctbal"] > average) & ~customer["c_custkey"].isin(t.orders["o_custkey"])]
    return (
        idle.groupby("cntrycode", as_index=False)
        .agg(numcust=("c_acctbal", "count"), totacctbal=("c_acctbal", "sum"))
        .sort_values("cntrycode")
    )
