"""TPC-H queries 12 to 22 for dask.dataframe: the pandas queries, changed where Dask lacks what they call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.tpch.data import Frame, Tables


def q12(t: Tables) -> Frame:
    """Shipping modes."""
    lines = t.lineitem
    late = lines[
        lines["l_shipmode"].isin(["MAIL", "SHIP"])
        & (lines["l_commitdate"] < lines["l_receiptdate"])
        & (lines["l_shipdate"] < lines["l_commitdate"])
        & (lines["l_receiptdate"] >= t.pd.Timestamp("1994-01-01"))
        & (lines["l_receiptdate"] < t.pd.Timestamp("1995-01-01"))
    ]
    late = t.orders.merge(late, left_on="o_orderkey", right_on="l_orderkey")
    urgent = late["o_orderpriority"].isin(["1-URGENT", "2-HIGH"])
    return (
        late.assign(urgent=urgent.astype("int64"), other=(~urgent).astype("int64"))
        .groupby("l_shipmode")
        .agg(high_line_count=("urgent", "sum"), low_line_count=("other", "sum"))
        .reset_index()
        .sort_values("l_shipmode")
    )


def q13(t: Tables) -> Frame:
    """Customer distribution."""
    orders = t.orders[~t.orders["o_comment"].str.contains("special.*requests")]
    placed = t.customer.merge(orders, how="left", left_on="c_custkey", right_on="o_custkey")
    counts = placed.groupby("c_custkey").agg(c_count=("o_orderkey", "count")).reset_index()
    distribution = counts.groupby("c_count").agg(custdist=("c_custkey", "count")).reset_index()
    return distribution.sort_values(["custdist", "c_count"], ascending=False)


def q14(t: Tables) -> Frame:
    """Promotion effect."""
    shipped = t.lineitem["l_shipdate"]
    lineitem = t.lineitem[(shipped >= t.pd.Timestamp("1995-09-01")) & (shipped < t.pd.Timestamp("1995-10-01"))]
    lines = lineitem.merge(t.part, left_on="l_partkey", right_on="p_partkey")
    revenue = lines["l_extendedprice"] * (1 - lines["l_discount"])
    promo = revenue.where(lines["p_type"].str.startswith("PROMO"), 0.0)
    return (100.0 * promo.sum() / revenue.sum()).to_series().to_frame("promo_revenue")


def q15(t: Tables) -> Frame:
    """Top supplier."""
    shipped = t.lineitem["l_shipdate"]
    lines = t.lineitem[(shipped >= t.pd.Timestamp("1996-01-01")) & (shipped < t.pd.Timestamp("1996-04-01"))]
    lines = lines.assign(revenue=lines["l_extendedprice"] * (1 - lines["l_discount"]))
    revenue = lines.groupby("l_suppkey").agg(total_revenue=("revenue", "sum")).reset_index()
    best = revenue[revenue["total_revenue"] == revenue["total_revenue"].max()]
    top = t.supplier.merge(best, left_on="s_suppkey", right_on="l_suppkey")
    return top[["s_suppkey", "s_name", "s_address", "s_phone", "total_revenue"]].sort_values("s_suppkey")


def q16(t: Tables) -> Frame:
    """Parts and suppliers."""
    trusted = t.supplier[~t.supplier["s_comment"].str.contains("Customer.*Complaints")]
    part = t.part[
        (t.part["p_brand"] != "Brand#45")
        & ~t.part["p_type"].str.startswith("MEDIUM POLISHED")
        & t.part["p_size"].isin([49, 14, 23, 45, 19, 3, 36, 9])
    ]
    offers = t.partsupp.merge(part, left_on="ps_partkey", right_on="p_partkey")
    # Every offer has a supplier, so that those without complaints may be kept instead of the others dropped.
    offers = offers.merge(trusted[["s_suppkey"]], left_on="ps_suppkey", right_on="s_suppkey", how="leftsemi")
    keys = ["p_brand", "p_type", "p_size"]
    counts = offers.groupby(keys)["ps_suppkey"].nunique().reset_index()
    counts = counts.rename(columns={"ps_suppkey": "supplier_cnt"})
    return counts.sort_values(["supplier_cnt", *keys], ascending=[False, True, True, True])


def q17(t: Tables) -> Frame:
    """Small-quantity orders."""
    part = t.part[(t.part["p_brand"] == "Brand#23") & (t.part["p_container"] == "MED BOX")]
    usual = t.lineitem.groupby("l_partkey").agg(avg_quantity=("l_quantity", "mean")).reset_index()
    lines = t.lineitem.merge(part, left_on="l_partkey", right_on="p_partkey").merge(usual, on="l_partkey")
    small = lines[lines["l_quantity"] < 0.2 * lines["avg_quantity"]]
    return (small["l_extendedprice"].sum() / 7.0).to_series().to_frame("avg_yearly")


def q18(t: Tables) -> Frame:
    """Large-volume customers."""
    pieces = t.lineitem.groupby("l_orderkey")["l_quantity"].sum().reset_index()
    large = pieces[pieces["l_quantity"] > 300]
    orders = t.orders.merge(large[["l_orderkey"]], left_on="o_orderkey", right_on="l_orderkey", how="leftsemi")
    lines = t.customer.merge(orders, left_on="c_custkey", right_on="o_custkey").merge(
        t.lineitem, left_on="o_orderkey", right_on="l_orderkey"
    )
    keys = ["c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice"]
    totals = lines.groupby(keys).agg(sum_quantity=("l_quantity", "sum")).reset_index()
    return t.pd.top(totals, 100, ["o_totalprice", "o_orderdate"], ascending=[False, True])


def q19(t: Tables) -> Frame:
    """Discounted revenue."""
    lines = t.lineitem[
        t.lineitem["l_shipmode"].isin(["AIR", "AIR REG"]) & (t.lineitem["l_shipinstruct"] == "DELIVER IN PERSON")
    ].merge(t.part, left_on="l_partkey", right_on="p_partkey")
    small = (
        (lines["p_brand"] == "Brand#12")
        & lines["p_container"].isin(["SM CASE", "SM BOX", "SM PACK", "SM PKG"])
        & lines["l_quantity"].between(1, 11)
        & lines["p_size"].between(1, 5)
    )
    medium = (
        (lines["p_brand"] == "Brand#23")
        & lines["p_container"].isin(["MED BAG", "MED BOX", "MED PKG", "MED PACK"])
        & lines["l_quantity"].between(10, 20)
        & lines["p_size"].between(1, 10)
    )
    large = (
        (lines["p_brand"] == "Brand#34")
        & lines["p_container"].isin(["LG CASE", "LG BOX", "LG PACK", "LG PKG"])
        & lines["l_quantity"].between(20, 30)
        & lines["p_size"].between(1, 15)
    )
    lines = lines[small | medium | large]
    return (lines["l_extendedprice"] * (1 - lines["l_discount"])).sum().to_series().to_frame("revenue")


def q20(t: Tables) -> Frame:
    """Potential part promotion."""
    shipped = t.lineitem["l_shipdate"]
    lines = t.lineitem[(shipped >= t.pd.Timestamp("1994-01-01")) & (shipped < t.pd.Timestamp("1995-01-01"))]
    sold = lines.groupby(["l_partkey", "l_suppkey"]).agg(sold=("l_quantity", "sum")).reset_index()
    forest = t.part[t.part["p_name"].str.startswith("forest")]
    stock = t.partsupp.merge(forest[["p_partkey"]], left_on="ps_partkey", right_on="p_partkey", how="leftsemi").merge(
        sold, left_on=["ps_partkey", "ps_suppkey"], right_on=["l_partkey", "l_suppkey"]
    )
    excess = stock[stock["ps_availqty"] > 0.5 * stock["sold"]]
    nation = t.nation[t.nation["n_name"] == "CANADA"]
    suppliers = t.supplier.merge(
        excess[["ps_suppkey"]], left_on="s_suppkey", right_on="ps_suppkey", how="leftsemi"
    ).merge(nation, left_on="s_nationkey", right_on="n_nationkey")
    return suppliers[["s_name", "s_address"]].sort_values("s_name")


def q21(t: Tables) -> Frame:
    """Suppliers who kept orders waiting."""
    late = t.lineitem[t.lineitem["l_receiptdate"] > t.lineitem["l_commitdate"]]
    orders = t.orders[t.orders["o_orderstatus"] == "F"]
    nation = t.nation[t.nation["n_name"] == "SAUDI ARABIA"]
    involved = t.lineitem.groupby("l_orderkey")["l_suppkey"].nunique().rename("suppliers").reset_index()
    at_fault = late.groupby("l_orderkey")["l_suppkey"].nunique().rename("late_suppliers").reset_index()
    lines = (
        t.supplier.merge(late, left_on="s_suppkey", right_on="l_suppkey")
        .merge(orders, left_on="l_orderkey", right_on="o_orderkey")
        .merge(nation, left_on="s_nationkey", right_on="n_nationkey")
        .merge(involved, on="l_orderkey")
        .merge(at_fault, on="l_orderkey")
    )
    waiting = lines[(lines["suppliers"] > 1) & (lines["late_suppliers"] == 1)]
    counts = waiting.groupby("s_name").size().rename("numwait").reset_index()
    return t.pd.top(counts, 100, ["numwait", "s_name"], ascending=[False, True])


def q22(t: Tables) -> Frame:
    """Global sales opportunity."""
    customer = t.customer.assign(cntrycode=t.customer["c_phone"].str[:2])
    customer = customer[customer["cntrycode"].isin(["13", "31", "23", "29", "30", "18", "17"])]
    average = customer[customer["c_acctbal"] > 0]["c_acctbal"].mean()
    wealthy = customer[customer["c_acctbal"] > average]
    placed = wealthy.merge(t.orders[["o_custkey"]], how="left", left_on="c_custkey", right_on="o_custkey")
    idle = placed[placed["o_custkey"].isna()]
    return (
        idle.groupby("cntrycode")
        .agg(numcust=("c_acctbal", "count"), totacctbal=("c_acctbal", "sum"))
        .reset_index()
        .sort_values("cntrycode")
    )
