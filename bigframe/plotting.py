"""``pandas.plotting``: charts of whole tables, which are gathered for it, with a warning that says how much that is."""

from __future__ import annotations

from pandas import plotting
from pandas.plotting import PlotAccessor, deregister_matplotlib_converters, plot_params, register_matplotlib_converters

from bigframe.api.fallbacks import gathering

__all__ = [
    "PlotAccessor",
    "andrews_curves",
    "autocorrelation_plot",
    "bootstrap_plot",
    "deregister_matplotlib_converters",
    "lag_plot",
    "parallel_coordinates",
    "plot_params",
    "radviz",
    "register_matplotlib_converters",
    "scatter_matrix",
    "table",
]

_DRAWS = "it draws every row"

andrews_curves = gathering(plotting.andrews_curves, _DRAWS)
autocorrelation_plot = gathering(plotting.autocorrelation_plot, _DRAWS)
bootstrap_plot = gathering(plotting.bootstrap_plot, _DRAWS)
lag_plot = gathering(plotting.lag_plot, _DRAWS)
parallel_coordinates = gathering(plotting.parallel_coordinates, _DRAWS)
radviz = gathering(plotting.radviz, _DRAWS)
scatter_matrix = gathering(plotting.scatter_matrix, _DRAWS)
table = gathering(plotting.table, _DRAWS)
