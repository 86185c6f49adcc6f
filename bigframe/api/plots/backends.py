"""What draws: matplotlib, or another backend that pandas' options or a call name."""

from __future__ import annotations

import importlib.util

import pandas as pd

from bigframe.errors import MissingExtra, Unsupported


def require_matplotlib(backend: str | None) -> None:
    """Refuse a picture of counts or a few values, which only matplotlib is known to draw as it draws all data.

    Raises
    ------
    MissingExtra
        If matplotlib is to draw and is not installed.
    Unsupported
        If another backend is to draw.
    """
    require_installed(backend)
    if not is_matplotlib(backend):
        raise Unsupported("a summary for another plotting backend than matplotlib", "it is given the data")


def require_installed(backend: str | None) -> None:
    """Refuse a picture by matplotlib where it is not installed.

    Raises
    ------
    MissingExtra
        Says how to install it.
    """
    if is_matplotlib(backend) and importlib.util.find_spec("matplotlib") is None:
        raise MissingExtra("plotting", "viz")


def is_matplotlib(backend: str | None) -> bool:
    """Whether matplotlib draws: by its name in a call, or else in pandas' options."""
    return (backend or pd.get_option("plotting.backend")) in ("matplotlib", "pandas.plotting._matplotlib")
