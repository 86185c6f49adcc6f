"""Pictures drawn of what the engine counts and finds, against those that pandas draws of all the data."""

from __future__ import annotations

import sys
import types
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bigframe
from bigframe.api.plots import boxplots, plotting
from bigframe.errors import PerformanceWarning, Unsupported

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")

Case = Callable[[Any], Any]


def rows(size: int = 211) -> pd.DataFrame:
    random = np.random.default_rng(7)
    price = np.round(random.gamma(1.5, 20, size), 2)
    price[::17] = np.nan
    return pd.DataFrame(
        {
            "price": price,
            "number": random.integers(-4, 9, size),
            "share": random.random(size).astype("float32"),
            "small": random.integers(0, 120, size).astype("int8"),
            "maybe": pd.array([None if n % 9 == 0 else n % 31 for n in range(size)], dtype="Int64"),
            "town": [None if n % 23 == 0 else "abc"[n % 3] for n in range(size)],
            "level": pd.Categorical([("low", "high")[n % 2] for n in range(size)], categories=["low", "high", "none"]),
            "shop": [float(n % 2) for n in range(size)],
        },
        index=range(5, 5 + size),
    )


NUMBERS = ["price", "number", "share"]
HISTOGRAMS: dict[str, Case] = {
    "a series": lambda d: d.price.hist(),
    "integers": lambda d: d.number.hist(bins=13),
    "narrow floats": lambda d: d.share.hist(bins=7),
    "narrow integers": lambda d: d.small.hist(bins=[0, 1, 2, 60, 119]),
    "edges": lambda d: d.price.hist(bins=[0, 5, 5.5, 20, 1000]),
    "edges of an array": lambda d: d.price.hist(bins=np.linspace(3, 80, 6)),
    "a range": lambda d: d.price.hist(bins=4, range=(10, 50)),
    "ticks and a legend": lambda d: d.price.hist(legend=True, xrot=45, xlabelsize=5, yrot=10, ylabelsize=7, grid=False),
    "a size": lambda d: d.price.hist(figsize=(3, 2), color="red", alpha=0.5),
    "densities": lambda d: d.price.hist(density=True, cumulative=True),
    "steps on a side": lambda d: d.price.hist(histtype="step", orientation="horizontal", log=True),
    "on an axis": lambda d: d.price.hist(ax=plt.subplots(1, 2)[1][1]),
    "no values": lambda d: d.price[d.price > 1e9].hist(),
    "missing values only": lambda d: d.price.where(d.price > 1e9).hist(bins=3),
    "a series side by side": lambda d: d.price.hist(by=d.town, layout=(1, 3), sharey=True, rot=15),
    "a frame": lambda d: d.hist(),
    "columns": lambda d: d.hist(column=["price", "number"], bins=4),
    "a column": lambda d: d.hist(column="price"),
    "a layout": lambda d: d[NUMBERS].hist(layout=(1, 3), figsize=(9, 3), sharex=True, sharey=True, bins=[0, 1, 5, 90]),
    "a frame with a legend": lambda d: d[NUMBERS].hist(legend=True, grid=False, xrot=30),
    "on the axes given": lambda d: d[NUMBERS].hist(ax=plt.subplots(1, 3)[1]),
    "by a column": lambda d: d.hist(column="price", by="town"),
    "by several": lambda d: d.hist(column="price", by=["town", "shop"], bins=5, figsize=(8, 8)),
    "by one of a list": lambda d: d.hist(column="number", by=["town"], sharex=True, sharey=True, layout=(3, 1)),
    "by categories": lambda d: d.hist(column="price", by="level", bins=[0, 10, 90]),
    "several columns by": lambda d: d.hist(column=["price", "number"], by="town", bins=6),
    "all columns by": lambda d: d[["price", "town", "shop"]].hist(by="shop", legend=True),
    "all columns by a number": lambda d: d[["price", "number", "shop"]].hist(by="shop", xrot=5, bins=3),
    "a series by another": lambda d: d.price.hist(by=d.town, bins=5, legend=True),
    "a series by a range": lambda d: d.price.hist(by=d.town, bins=5, range=(0, 60), rwidth=0.5),
    "groups of a series": lambda d: d.groupby("town").price.hist(alpha=0.5, legend=True),
    "groups of a series by several": lambda d: d.groupby(["town", "shop"])["number"].hist(bins=[-4, 0, 8]),
    "groups of a frame": lambda d: d[[*NUMBERS, "town"]].groupby("town").hist(bins=4),
    "groups of some columns": lambda d: d.groupby("shop")[["price", "maybe"]].hist(layout=(2, 1), xrot=40),
    "groups by a column": lambda d: (lambda t: t.groupby(t.town).hist())(d[["price", "town"]]),
    "a column of groups": lambda d: d[[*NUMBERS, "town"]].groupby(["town"]).hist("price", legend=True),
    "plot": lambda d: d[NUMBERS].plot.hist(bins=12, alpha=0.4),
    "plot of a series": lambda d: d.price.plot.hist(bins=5, title="Prices", color="k"),
    "plot by kind": lambda d: d[NUMBERS].plot(kind="hist", stacked=True, bins=[0, 5, 10, 20]),
    "plot subplots": lambda d: d[NUMBERS].plot.hist(subplots=True, layout=(3, 1), legend=False),
    "plot of one": lambda d: d.plot.hist(y="price", bins=3, xlabel="price"),
    "plot of some": lambda d: d.plot(y=["price", "share"], kind="hist"),
    "plot within": lambda d: d[NUMBERS].plot.hist(bins=4, range=(0, 8), orientation="horizontal"),
}
BOXES: dict[str, Case] = {
    "a frame": lambda d: d.boxplot(),
    "a column": lambda d: d.boxplot(column="price", grid=False, rot=45, fontsize=8),
    "columns": lambda d: d.boxplot(column=["number", "price"], figsize=(3, 5)),
    "colours": lambda d: d[NUMBERS].boxplot(color={"boxes": "r", "medians": "b"}, patch_artist=True),
    "short whiskers": lambda d: d.boxplot(column=["price", "number"], whis=0.3),
    "no whiskers": lambda d: d.boxplot(column="price", whis=0, widths=0.3),
    "nothing beyond": lambda d: d.boxplot(column=["price", "share"], showfliers=False),
    "no sign beyond": lambda d: d.boxplot(column=["price", "share"], sym=""),
    "signs beyond": lambda d: d.boxplot(column=["price", "share"], sym="r+"),
    "on an axis": lambda d: d.boxplot("price", ax=plt.subplots(1, 2)[1][1]),
    "by a column": lambda d: d.boxplot(column="price", by="town"),
    "every column by": lambda d: d[[*NUMBERS, "town"]].boxplot(by="town", layout=(1, 3), rot=30),
    "by several": lambda d: d.boxplot(column=["price"], by=["town", "shop"], figsize=(8, 8)),
    "by categories": lambda d: d.boxplot(column=["price", "maybe"], by="level", grid=False),
    "missing values only": lambda d: d[["price"]].where(d[["price"]] > 1e9).boxplot(),
    "lines": lambda d: d[NUMBERS].boxplot(return_type="dict"),
    "lines and axis": lambda d: d[NUMBERS].boxplot(return_type="both"),
    "lines by": lambda d: d.boxplot(column=["price", "number"], by="town", return_type="dict"),
    "axes by": lambda d: d.boxplot(column=["price", "number"], by="town", return_type="axes"),
    "lines of a plot": lambda d: d[NUMBERS].plot.box(return_type="dict"),
    "no values": lambda d: d[d.price > 1e9].boxplot(column=["price", "number"]),
    "a group without values": lambda d: d.assign(price=d.price.where(d.town != "a")).boxplot("price", by="town"),
    "plot": lambda d: d[NUMBERS].plot.box(),
    "plot of a series": lambda d: d.price.plot.box(color="green", title="Prices"),
    "plot by kind": lambda d: d[["price", "town"]].plot(kind="box", whis=1),
    "plot subplots": lambda d: d[NUMBERS].plot.box(subplots=True),
    "plot by": lambda d: d[[*NUMBERS, "town"]].plot.box(by="town", column=["price", "number"]),
    "plot of one": lambda d: d.plot.box(y="price"),
    "groups": lambda d: d[[*NUMBERS, "town"]].groupby("town").boxplot(),
    "groups by a number": lambda d: d[["price", "shop", "number"]].groupby("shop").boxplot(layout=(2, 1), rot=20),
    "groups by a column": lambda d: (lambda t: t.groupby(t.town).boxplot())(d[["price", "town"]]),
    "groups together": lambda d: d[["price", "town", "number"]].groupby("town").boxplot(subplots=False, column="price"),
}


@pytest.fixture(autouse=True)
def nothing_gathered() -> Iterator[None]:
    """Whatever gathers the data raises."""
    before, bigframe.options.fallback = bigframe.options.fallback, "raise"
    yield
    bigframe.options.fallback = before
    plt.close("all")


@pytest.mark.parametrize("case", HISTOGRAMS)
def test_histograms(case: str) -> None:
    assert_draws_the_same(HISTOGRAMS[case])


@pytest.mark.parametrize("case", BOXES)
def test_boxes(case: str) -> None:
    assert_draws_the_same(BOXES[case])


MISTAKES: dict[str, Case] = {
    "no numbers": lambda d: d[["town"]].hist(),
    "falling edges": lambda d: d.hist(column="price", bins=[3, 2, 1]),
    "a legend and a label": lambda d: d.price.hist(legend=True, label="x"),
    "a layout of one": lambda d: d.price.hist(layout=(1, 1)),
    "too few places": lambda d: d[NUMBERS].hist(layout=(1, 2)),
    "no such return type": lambda d: d[NUMBERS].boxplot(return_type="lines"),
    "no such colour": lambda d: d[NUMBERS].boxplot(color={"box": "r"}),
    "no such column": lambda d: d.hist(column="cost"),
    "no such key": lambda d: d.hist(column="price", by="city"),
    "no groups": lambda d: d[d.price > 1e9].hist(column="price", by="town"),
    "no boxes of groups": lambda d: d[d.price > 1e9].boxplot(column="price", by="town"),
    "no such box": lambda d: d.boxplot(column="cost"),
    "no such kind": lambda d: d.plot(kind="unheard of"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes(case: str) -> None:
    with pytest.raises(Exception) as expected:  # noqa: PT011
        MISTAKES[case](rows())
    with pytest.raises(expected.type):
        MISTAKES[case](bigframe.from_pandas(rows()))


GATHERED: dict[str, Case] = {
    "notches": lambda d: d.boxplot(column="price", notch=True),
    "means": lambda d: d[NUMBERS].plot.box(showmeans=True),
    "whiskers to shares": lambda d: d.boxplot(column="price", whis=(5, 95)),
    "bins by name": lambda d: d.price.hist(bins="sturges"),
    "weights": lambda d: d.price.plot.hist(weights=np.arange(len(rows()))),
    "truth": lambda d: (d[["price"]] > 10).assign(n=d.number).boxplot(column=["n", "price"]),
    "times": lambda d: d[["number"]].assign(t=pd.Timestamp("2024-01-01")).hist(),
    "the same label twice": lambda d: d[["price", "price"]].hist(),
    "boxes by other values": lambda d: d[["price"]].groupby(d.town).boxplot(),
    "counts of groups": lambda d: d.plot.hist(by="town", column="price"),
    "means that are set": lambda d: with_means(d[["price"]]),
}


def with_means(d: Any) -> Any:
    with matplotlib.rc_context({"boxplot.showmeans": True}):
        return d.boxplot()


@pytest.mark.parametrize("case", GATHERED)
def test_what_needs_all_values_is_refused_or_gathered(case: str) -> None:
    with pytest.raises(Unsupported, match=r"options\.fallback is 'raise'"):
        GATHERED[case](bigframe.from_pandas(rows()))
    bigframe.options.fallback = "allow"
    assert_draws_the_same(GATHERED[case])


def test_only_few_rows_come_here(monkeypatch: pytest.MonkeyPatch, session: Any) -> None:
    came: list[int] = []
    run = bigframe.Session.run

    def watched(self: Any, *plans: Any, **options: Any) -> Any:
        tables = run(self, *plans, **options)
        came.extend(len(table) for table in tables)
        return tables

    lazy = bigframe.from_pandas(rows(4_000))
    monkeypatch.setattr(bigframe.Session, "run", watched)
    for draw, most in ((lambda d: d[NUMBERS].hist(bins=30), 2), (lambda d: d.price.hist(by=d.town), 6)):
        came.clear()
        draw(lazy)
        assert len(came) == 2
        assert sum(came) <= most
    monkeypatch.setattr(boxplots, "BEYOND", 5)
    came.clear()
    with pytest.warns(PerformanceWarning, match="a sample of"):
        lazy.boxplot(column="price", by="town")
    assert sum(came) <= 2 * 3 + 5 * 3


def test_of_values_beyond_the_whiskers_a_sample_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxplots, "BEYOND", 3)
    data = rows()[["price"]]
    (_, expected), _ = drawn(lambda d: d.boxplot(), data)
    with pytest.warns(PerformanceWarning, match=r"draws a sample of [345] of \d+ values beyond the whiskers"):
        (_, actual), _ = drawn(lambda d: d.boxplot(), bigframe.from_pandas(data))
    for line in range(6):
        np.testing.assert_allclose(actual[f"line {line}"], expected[f"line {line}"])
    np.testing.assert_allclose(actual["limits"], expected["limits"])
    beyond, all_beyond = actual["line 6"][:, 1], expected["line 6"][:, 1]
    assert 3 <= len(beyond) <= 5 < len(all_beyond)
    assert set(beyond) < set(all_beyond)


@pytest.mark.parametrize("unit", [1, 0.1, 0.3])
def test_whiskers_end_at_values_on_the_fence(unit: float) -> None:
    at = np.array([-1, 1, 2, 2.5, 3, 3.5, 4, 5, 7])
    assert_draws_the_same(lambda d: d.boxplot(), pd.DataFrame({"x": at, "y": at[::-1] * unit, "z": [*at[:-1], np.inf]}))


def test_infinite_quartiles_are_gathered() -> None:
    lazy = bigframe.from_pandas(pd.DataFrame({"x": [1.0, 2.0, np.inf, np.inf, np.inf]}))
    with pytest.raises(Unsupported, match="infinite"):
        lazy.boxplot()


ROWS = pd.DataFrame({"x": [3, -1, 4, 1, -5, 9], "y": [1.5, np.nan, -2.5, 0.25, np.nan, 8.0], "s": list("aabbab")})
LINES: dict[str, Case] = {
    "lines": lambda d: d.plot(),
    "a line": lambda d: d.x.plot(title="x", marker="o"),
    "a line by another column": lambda d: d.plot(x="y", y="x"),
    "bars": lambda d: d.plot.bar(x="s", y="y", rot=0),
    "bars on a side": lambda d: d.groupby("s").x.sum().plot.barh(),
    "areas": lambda d: d[["x"]].abs().plot.area(),
    "a pie": lambda d: d.x.abs().plot.pie(),
    "points": lambda d: d.plot.scatter("x", "y"),
}


@pytest.mark.parametrize("case", LINES)
def test_few_rows_are_looked_at(case: str) -> None:
    assert_draws_the_same(LINES[case], ROWS)


def test_many_rows_are_sampled_or_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plotting, "POINTS", 2)
    lazy = bigframe.from_pandas(ROWS)
    with pytest.warns(PerformanceWarning, match=r"plot.scatter draws a sample of 2 of 6 rows"):
        assert len(lazy.plot.scatter("x", "y").collections[0].get_offsets()) == 2
    with pytest.warns(PerformanceWarning, match="scatter_matrix draws a sample of 2 of 6 rows"):
        bigframe.plotting.scatter_matrix(lazy[["x"]])
    with pytest.raises(Unsupported, match="it draws every row"):
        lazy.x.plot()
    bigframe.options.fallback = "warn"
    with pytest.warns(PerformanceWarning, match="it draws every row: pandas runs on about"):
        line = lazy.x.plot().lines[0]
    assert line.get_ydata().tolist() == ROWS.x.to_list()


def test_another_backend_is_given_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[str, Any, dict[str, Any]]] = []
    name = f"backend_{uuid.uuid4().hex}"  # pandas remembers backends by name
    fake = types.ModuleType(name)
    for called in ("plot", "hist_frame", "hist_series", "boxplot_frame"):
        setattr(fake, called, lambda data, called=called, **options: given.append((called, data, options)) or "drawn")
    monkeypatch.setitem(sys.modules, name, fake)
    lazy = bigframe.from_pandas(ROWS)
    with pytest.raises(Unsupported, match="another plotting backend"):
        lazy.hist(backend=name)
    bigframe.options.fallback = "warn"
    with bigframe.option_context("plotting.backend", name):
        with pytest.warns(PerformanceWarning, match="it is given the data"):
            assert lazy.boxplot(column="x") == "drawn"
        with pytest.warns(PerformanceWarning, match="it is given the data"):
            lazy.x.plot.hist(bins=3)
        with pytest.warns(PerformanceWarning, match="another backend draws violin"):
            lazy.plot(kind="violin")
        lazy.y.plot.kde(bw_method=0.3)
        lazy.plot(x="s", y="x")
    with pytest.warns(PerformanceWarning, match="it is given the data"):
        lazy.x.hist(backend=name, bins=4)
    assert [called for called, _, _ in given] == ["boxplot_frame", *["plot"] * 4, "hist_series"]
    assert [options.get("kind") for _, _, options in given] == [None, "hist", "violin", "kde", "line", None]
    assert (given[0][2]["column"], given[1][2]["bins"], given[3][2]["bw_method"]) == ("x", 3, 0.3)
    for number, own in enumerate((ROWS, ROWS.x, ROWS, ROWS.y, ROWS, ROWS.x)):
        compare = pd.testing.assert_frame_equal if own.ndim == 2 else pd.testing.assert_series_equal
        compare(given[number][1], own)


def test_a_plot_without_matplotlib_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    lazy = bigframe.from_pandas(ROWS)
    for draw in (lambda: lazy.x.plot.hist(), lambda: lazy.boxplot(), lambda: lazy.x.plot()):
        with pytest.raises(ImportError, match=r"bigframe\[viz\]"):
            draw()


def assert_draws_the_same(draw: Case, data: pd.DataFrame | None = None) -> None:
    data = rows() if data is None else data
    expected, theirs = drawn(draw, data)
    actual, ours = drawn(draw, bigframe.from_pandas(data))
    assert type(ours) is type(theirs)
    assert np.shape(ours) == np.shape(theirs)
    if isinstance(theirs, pd.Series):
        pd.testing.assert_index_equal(ours.index, theirs.index)
        assert ours.name == theirs.name
    assert len(actual) == len(expected)
    for mine, pandas_own in zip(actual, expected, strict=True):
        assert mine.keys() == pandas_own.keys()
        for what, seen in pandas_own.items():
            if isinstance(seen, np.ndarray):
                np.testing.assert_allclose(mine[what], seen, rtol=1e-6, atol=1e-9, err_msg=what)
            else:
                assert mine[what] == seen, what


def drawn(draw: Case, data: Any) -> tuple[list[dict[str, Any]], Any]:
    """What is seen of each axis of the figure, and what the call returned."""
    plt.close("all")
    returned = draw(data)
    figure = plt.gcf()
    figure.canvas.draw()
    seen = [_seen(axis) for axis in figure.axes]
    title = figure.get_suptitle()
    return [{"size": figure.get_size_inches(), "title": title, "figures": len(plt.get_fignums())}, *seen], returned


def _seen(axis: Any) -> dict[str, Any]:
    legend = axis.get_legend()
    lines = axis.get_lines()
    return {
        "texts": [axis.get_title(), axis.get_xlabel(), axis.get_ylabel(), axis.get_visible()],
        "legend": legend and [text.get_text() for text in legend.get_texts()],
        "limits": np.array([axis.get_xlim(), axis.get_ylim()]),
        "place": np.array(axis.get_position().bounds),
        **{
            f"labels of {name}": [(t.get_text(), t.get_rotation(), t.get_fontsize(), t.get_visible()) for t in labels]
            for name, labels in (("x", axis.get_xticklabels()), ("y", axis.get_yticklabels()))
        },
        "grid": [line.get_visible() for line in (*axis.get_xgridlines(), *axis.get_ygridlines())],
        "patches": len(axis.patches),
        **{
            f"patch {n}": patch.get_transform().transform_path(patch.get_path()).vertices
            for n, patch in enumerate(axis.patches)
        },
        "colours": [(patch.get_facecolor(), patch.get_edgecolor()) for patch in axis.patches],
        "lines": [(line.get_color(), line.get_marker(), line.get_linestyle()) for line in lines],
        **{f"line {n}": np.sort(np.asarray(line.get_xydata(), dtype=float), axis=0) for n, line in enumerate(lines)},
    }
