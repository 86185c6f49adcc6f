# %% [markdown]
# # Cleaning messy text and dates
# Customers as they were typed in: stray spaces, four date formats, currencies in numbers, duplicates.

# %%
import bigframe as pd

# %%
raw = pd.read_csv("customers.csv", dtype={"customer_id": "int64"})
raw.head()

# %%
raw.dtypes

# %%
raw.duplicated().sum()

# %%
raw[raw.duplicated(keep=False)].sort_values("customer_id").head(6)

# %%
df = raw.drop_duplicates(ignore_index=True).copy()
len(raw) - len(df)

# %%
df.customer_id.is_unique

# %%
df["name"] = df["name"].str.strip().str.replace(r"\s+", " ", regex=True).str.title()
df.name.head(10)

# %%
df[["first", "last"]] = df["name"].str.split(" ", n=1, expand=True)
df[["first", "last"]].head()

# %%
df["first"].value_counts().head()

# %%
df["city"].value_counts(dropna=False)

# %%
df["city"] = df.city.str.strip().str.capitalize().replace({"Muenchen": "München", "N/a": None})
df.city.value_counts(dropna=False)

# %%
df["city"] = df.city.fillna("(unknown)").astype("category")
df.city.cat.categories.tolist()

# %%
df.city.cat.codes.head()

# %%
df.city.cat.rename_categories(str.upper).head(3)

# %%
df["email"].str.extract(r"^(?P<user>[^@]+)@(?P<domain>.+)$").head()

# %%
df["domain"] = df.email.str.lower().str.split("@").str[1]
df.groupby("domain").size()

# %%
df.email.str.contains("'", regex=False).sum()

# %%
df.email.str.len().describe()

# %%
df["initials"] = df["first"].str[0] + df["last"].str.slice(0, 1)
df.initials.str.upper().value_counts().head()

# %%
iso = pd.to_datetime(df.signup, format="%Y-%m-%d", errors="coerce")
iso.notna().sum()

# %%
signup = iso
for form in ["%d.%m.%Y", "%m/%d/%Y", "%d %b %Y"]:
    signup = signup.fillna(pd.to_datetime(df.signup, format=form, errors="coerce"))
df["signup"] = signup
df.signup.isna().sum()

# %%
df.signup.agg(["min", "max"])

# %%
mixed = pd.to_datetime(pd.Series(["2024-01-05", "5 Jan 2024 10:00", "Jan 7, 2024"]), format="mixed")
mixed

# %%
df.signup.dt.year.value_counts(dropna=False).sort_index()

# %%
df["signup_month"] = df.signup.dt.strftime("%Y-%m")
df.signup_month.head()

# %%
(pd.Timestamp("2023-01-01") - df.signup).dt.days.describe().round(1)

# %%
df.signup.dt.day_name().str[:3].value_counts().head(7)

# %%
df["currency"] = df.spend.str.extract(r"([€$])", expand=False)
df.currency.value_counts(dropna=False)

# %%
df["spend"] = pd.to_numeric(df.spend.str.replace("[€$,]", "", regex=True))
df.spend.describe().round(2)

# %%
df.active.str.lower().map({"yes": True, "y": True, "true": True, "no": False, "n": False}).value_counts(dropna=False)

# %%
df["active"] = df.active.str.lower().isin(["yes", "y", "true"])
df.active.mean().round(3)

# %%
df["birth_year"] = df.birth_year.astype("Int64")
df.birth_year.isna().sum(), df.birth_year.dtype

# %%
df["age_group"] = pd.cut(
    2023 - df.birth_year.astype("float64"), [17, 30, 45, 60, 100], labels=["18-30", "31-45", "46-60", "61+"]
)
df.age_group.value_counts(dropna=False, sort=False)

# %%
df["birth_year"] = df.birth_year.fillna(int(df.birth_year.median()))
df.birth_year.describe()

# %%
df.tags.str.get_dummies("|").sum()

# %%
tags = df.assign(tag=df.tags.str.split("|")).explode("tag")[["customer_id", "tag"]]
tags.head(8)

# %%
tags.tag.value_counts(dropna=False)

# %%
tags.groupby("tag").customer_id.count().sort_values(ascending=False)

# %%
df["tags"] = df.tags.fillna("")
df["n_tags"] = df.tags.apply(lambda text: len([tag for tag in text.split("|") if tag]))
df.n_tags.value_counts().sort_index()


# %%
def segment(row):
    """The segment of a customer."""
    if "vip" in row["tags"]:
        return "vip"
    return "big" if row["spend"] > 800 else "regular"


df["segment"] = df.apply(segment, axis=1)
df.segment.value_counts()

# %%
df["segment2"] = df.segment.where(df.active, "gone").mask(df.spend < 50, "tiny")
pd.crosstab(df.segment, df.segment2)

# %%
orders = pd.read_csv("orders.csv", parse_dates=["ordered_at"])
merged = orders.merge(
    df[["customer_id", "city", "segment", "signup"]], on="customer_id", how="left", validate="m:1", indicator=True
)
merged._merge.value_counts()

# %%
try:
    print(len(orders.merge(raw, on="customer_id", validate="many_to_one")))
except pd.errors.MergeError as error:
    print(str(error).splitlines()[0])

# %%
merged.groupby(["city", "segment"], observed=True).quantity.sum().unstack(fill_value=0)

# %%
never = df[~df.customer_id.isin(orders.customer_id)]
len(never), never.spend.mean().round(2)

# %%
last = orders.sort_values("ordered_at").drop_duplicates("customer_id", keep="last").set_index("customer_id")
df["last_order"] = df.customer_id.map(last.ordered_at)
df.last_order.dt.date.head(3)

# %%
df[["name", "email", "city"]].sort_values(["city", "name"], ascending=[True, False]).head()

# %%
df.select_dtypes("number").columns.tolist()

# %%
df.rename(columns=str.upper).filter(like="NAME").head(2)

# %%
df.drop(columns=["initials", "segment2"]).convert_dtypes().dtypes

# %%
long = df.melt(id_vars="customer_id", value_vars=["spend", "n_tags"], var_name="measure")
long.groupby("measure")["value"].agg(["mean", "count"]).round(3)

# %%
df.memory_usage().index.tolist()[:3]

# %%
df.loc[df.spend.idxmax(), ["name", "spend"]]

# %%
clean = df.set_index("customer_id").sort_index()
clean.loc[[1, 2, 3], ["name", "city", "signup", "spend", "active"]]
