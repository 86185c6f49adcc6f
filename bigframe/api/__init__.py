"""pandas' surface. As ``bigframe.api`` it also stands where ``pandas.api`` does, hence pandas' own modules."""

from pandas.api import interchange, types, typing

__all__ = ["interchange", "types", "typing"]
