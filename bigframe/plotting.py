"""``pandas.plotting``: charts of a sample of points or curves, or of whole tables, gathered with a warning of their size."""

from __future__ import annotations

from pandas import plotting
from pandas.plotting import PlotAccessor, deregister_matplotlib_converters, plot_params, register_matplotlib_converters

from bigframe.api.binding.fallbacks import gathering
from bigframe.api.plots.plotting import sampling

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

andrews_curves = sampling(plotting.andrews_curves)
autocorrelation_plot = gathering(plotting.autocorrelation_plot, _DRAWS)
bootstrap_plot = gathering(plotting.bootstrap_plot, _DRAWS)
lag_plot = gathering(plotting.lag_plot, _DRAWS)
parallel_coordinates = sampling(plotting.parallel_coordinates)
radviz = sampling(plotting.radviz)
scatter_matrix = sampling(plotting.scatter_matrix)
table = gathering(plotting.table, _DRAWS)
