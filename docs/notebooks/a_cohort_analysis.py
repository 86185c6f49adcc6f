# %% [markdown]
# # A cohort analysis
# Of the customers who first bought in a month, how many come back, and what do they spend?

# %%
import bigframe as pd

# %%
orders = pd.read_csv("orders.csv", parse_dates=["ordered_at"])
orders["revenue"] = orders.quantity * orders.unit_price
orders["month"] = orders.ordered_at.dt.to_period("M")
orders[["order_id", "month", "revenue"]].head()

# %%
orders.month.dtype

# %%
orders["cohort"] = orders.groupby("customer_id").ordered_at.transform("min").dt.to_period("M")
orders.groupby("cohort").customer_id.nunique()

# %%
orders["age"] = (orders.month - orders.cohort).apply(lambda offset: offset.n)
orders.age.describe()

# %%
orders["first"] = orders.groupby("customer_id").ordered_at.transform("min")
orders["months"] = (orders.ordered_at.dt.year - orders["first"].dt.year) * 12 + (
    orders.ordered_at.dt.month - orders["first"].dt.month
)
orders["months"] = orders.months.astype("int64")
orders.months.value_counts().head()

# %%
orders["start"] = orders["first"].dt.strftime("%Y-%m")
sizes = orders.groupby(["start", "months"]).customer_id.nunique().rename("customers").reset_index()
sizes.head()

# %%
table = sizes.pivot(index="start", columns="months", values="customers")
table.iloc[:6, :6]

# %%
retention = table.div(table[0], axis=0)
retention.iloc[:6, :6].round(3)

# %%
retention.iloc[:5, :5].style.format("{:.0%}", na_rep="").background_gradient(cmap="Blues", axis=None)

# %%
retention.mean().head(6).round(3)

# %%
revenue = orders.pivot_table(index="start", columns="months", values="revenue", aggfunc="sum", fill_value=0)
revenue.iloc[:5, :5].round(2)

# %%
revenue.cumsum(axis=1).iloc[:5, :5].round(2)

# %%
revenue.sum().cumsum().pipe(lambda s: s / s.iloc[-1]).head().round(4)

# %%
orders.pivot_table(index="start", values="revenue", aggfunc=["sum", "mean", "count"]).head().round(2)

# %%
orders.pivot_table(index="channel", columns="sku", values="revenue", aggfunc="mean", margins=True).round(2)

# %%
by_month = orders.groupby([orders.ordered_at.dt.to_period("M"), "channel"]).revenue.sum().unstack()
by_month.head()

# %%
by_month.pct_change().round(3).head()

# %%
monthly = (
    orders.groupby([pd.Grouper(key="ordered_at", freq="MS"), "channel"]).revenue.sum().unstack("channel").asfreq("MS")
)
monthly.head().round(2)

# %%
monthly.pct_change().mul(100).round(1).tail(4)

# %%
monthly.rolling(3, min_periods=1).mean().round(2).head()

# %%
monthly.div(monthly.sum(axis=1), axis=0).round(3).head()

# %%
monthly.plot.area()

# %%
monthly.plot(subplots=True, figsize=(6, 6))

# %%
monthly.sum().plot.pie()

# %%
orders["rank"] = orders.groupby("customer_id").ordered_at.rank(method="first").astype("int64")
orders.groupby("rank").revenue.mean().head().round(2)

# %%
orders["previous"] = orders.groupby("customer_id").ordered_at.shift()
orders["gap"] = (orders.ordered_at - orders.previous).dt.days
orders.gap.describe().round(2)

# %%
orders.groupby(pd.cut(orders.gap, [-1, 7, 30, 90, 1000]), observed=False).size()

# %%
orders["share"] = orders.revenue / orders.groupby("customer_id").revenue.transform("sum")
orders.groupby("customer_id").share.sum().round(9).unique()

# %%
orders["spent_so_far"] = orders.groupby("customer_id").revenue.cumsum()
orders[["customer_id", "revenue", "spent_so_far"]].tail()

# %%
per_customer = orders.groupby("customer_id").agg(
    orders=("order_id", "count"), revenue=("revenue", "sum"), first=("ordered_at", "min"), last=("ordered_at", "max")
)
per_customer["days"] = (per_customer["last"] - per_customer["first"]).dt.days
per_customer.describe().round(2)

# %%
per_customer.sort_values("revenue", ascending=False).head()

# %%
ordered = per_customer.revenue.sort_values(ascending=False, kind="stable")
(ordered.cumsum() / ordered.sum()).iloc[[9, 49, 99]].round(4)

# %%
score = pd.DataFrame(
    {
        "recency": pd.qcut(-(per_customer["last"].max() - per_customer["last"]).dt.days, 3, labels=False),
        "frequency": pd.qcut(per_customer.orders.rank(method="first"), 3, labels=False),
        "money": pd.qcut(per_customer.revenue, 3, labels=False),
    }
)
score.value_counts().head(5)

# %%
score.sum(axis=1).value_counts().sort_index()

# %%
score.groupby("recency").mean().round(3)

# %%
orders.groupby("customer_id").filter(lambda g: len(g) >= 20).customer_id.nunique()

# %%
top = orders.sort_values(["revenue", "order_id"], ascending=False).groupby("channel").head(2)
top[["channel", "sku", "revenue"]]

# %%
orders.groupby("channel").apply(lambda g: g.nlargest(1, "revenue")[["sku", "revenue"]])

# %%
orders.groupby("sku").revenue.agg(lambda s: s.quantile(0.9) - s.quantile(0.1)).round(2)

# %%
orders.groupby(["sku", "channel"]).revenue.sum().unstack().stack().head(4)

# %%
orders.set_index("ordered_at").groupby("channel").resample("YS").revenue.sum()

# %%
orders.set_index("ordered_at").revenue.resample("W").agg(["sum", "count"]).tail(4)

# %%
orders.set_index("ordered_at").loc["2024-02", "revenue"].sum()

# %%
weekly = orders.set_index("ordered_at").revenue.resample("W").sum()
weekly.ewm(span=4).mean().tail(3).round(3)

# %%
weekly.to_frame().assign(smooth=weekly.rolling(4, center=True).mean()).plot()

# %%
quarter = orders.ordered_at.dt.to_period("Q").astype(str)
orders.groupby(quarter).revenue.sum().round(2)

# %%
retention.T.iloc[:8, :4].plot(marker="o")

# %%
pd.concat({"all": monthly.sum(axis=1), "web": monthly["web"]}, axis=1).head(3)

# %%
table.stack().groupby(level="months").sum().head()

# %%
tidy = retention.reset_index().melt(id_vars="start", var_name="months", value_name="kept").dropna()
tidy.groupby("months").kept.mean().head(4).round(4)

# %%
round(weekly.autocorr(lag=1), 6)
