# %% [markdown]
# # Exploring a CSV
# A shop's orders and the weather: what is in these files? (`make_data.py` makes them.)

# %%
import bigframe as pd

# %%
pd.read_csv("orders.csv").info()

# %%
orders = pd.read_csv("orders.csv", parse_dates=["ordered_at"], index_col="order_id")
orders.head()

# %%
orders.shape

# %%
orders.dtypes

# %%
orders.describe()

# %%
orders.describe(include="all")

# %%
orders.isna().sum()

# %%
orders.isna().mean().mul(100).round(1).sort_values(ascending=False, kind="stable")

# %%
orders.nunique()

# %%
orders["channel"].value_counts()

# %%
orders["channel"].value_counts(normalize=True).round(3)

# %%
orders.value_counts(["channel", "sku"]).head(10)

# %%
orders.sku.unique()

# %%
orders.tail(3)

# %%
orders.sample(5, random_state=0).shape

# %%
orders.loc[100_010]

# %%
orders.loc[100_010:100_014, ["sku", "quantity"]]

# %%
orders.iloc[[0, 5, -1]]

# %%
orders["total"] = orders.quantity * orders.unit_price * (1 - orders.discount.fillna(0))
orders.total.describe()

# %%
orders[["quantity", "unit_price", "total"]].corr()

# %%
orders.nlargest(5, "total")[["sku", "quantity", "total"]]

# %%
orders.query("channel == 'web' and quantity >= 3").total.agg(["count", "mean", "max"])

# %%
orders[orders.note.str.contains("gift", na=False) & orders.sku.isin(["SKU-001", "SKU-008"])].shape

# %%
orders.groupby("channel")["total"].sum()

# %%
orders.groupby("sku").agg(
    orders=("total", "size"), revenue=("total", "sum"), typical=("total", "median"), buyers=("customer_id", "nunique")
).sort_values("revenue", ascending=False)

# %%
orders.groupby(["channel", orders.ordered_at.dt.year.rename("year")]).total.agg(["sum", "mean"]).round(2)

# %%
orders.groupby("channel")[["quantity", "total"]].describe().round(2)

# %%
products = pd.read_csv("products.csv", index_col="sku")
orders.join(products, on="sku").groupby("category").total.sum().sort_values()

# %%
sold = orders.merge(products, left_on="sku", right_index=True, how="left", validate="many_to_one")
sold["markdown"] = (1 - sold.unit_price / sold.list_price).round(3)
sold.groupby("category").markdown.mean()

# %%
pd.crosstab(sold.category, sold.channel)

# %%
pd.crosstab(sold.category, sold.channel, values=sold.total, aggfunc="sum", normalize="index").round(3)

# %%
orders.ordered_at.min(), orders.ordered_at.max()

# %%
monthly = orders.set_index("ordered_at").resample("MS").total.sum()
monthly

# %%
monthly.plot(title="Revenue")

# %%
monthly.pct_change().mul(100).round(1).tail(6)

# %%
by_weekday = orders.groupby(orders.ordered_at.dt.day_name()).total.mean()
by_weekday

# %%
by_weekday.plot.bar()

# %%
orders.total.plot.hist(bins=20)

# %%
orders.boxplot(column="total", by="channel")

# %%
orders.plot.scatter(x="unit_price", y="quantity")

# %%
pd.cut(orders.total, [0, 10, 25, 50, 100, 1000]).value_counts(sort=False)

# %%
pd.qcut(orders.total, 4, labels=["low", "mid", "high", "top"]).value_counts()

# %%
weather = pd.read_csv(
    "weather.csv", parse_dates=["day"], na_values={"rain_mm": ["trace"]}, dtype={"station": "category"}
)
weather.dtypes

# %%
weather.describe().round(2)

# %%
weather.station.cat.categories

# %%
weather.groupby("station", observed=True)[["temp_max", "rain_mm"]].agg(["mean", "max", "count"]).round(2)

# %%
weather["station"] = weather.station.astype("str")
wide = weather.pivot(index="day", columns="station", values="temp_max")
wide.head()

# %%
wide.interpolate().rolling(7).mean().dropna().head()

# %%
wide.resample("QS").mean().round(1)

# %%
wide.plot()

# %%
daily = orders.groupby(orders.ordered_at.dt.normalize()).total.sum().rename("revenue")
with_weather = wide.join(daily, how="left").fillna({"revenue": 0.0})
with_weather.corr().round(3)

# %%
with_weather.idxmax()

# %%
pd.read_csv("orders.csv", usecols=["order_id", "quantity"], nrows=5, dtype={"quantity": "int8"})

# %%
pd.read_csv("weather.csv", skiprows=[1, 2], names=["d", "s", "hi", "lo", "rain"], header=0).head(3)

# %%
orders.to_csv().splitlines()[:3]

# %%
print(products.to_string())

# %%
print(orders.head(3).to_json(orient="records", date_format="iso"))
