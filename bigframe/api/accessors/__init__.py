"""Accessors of Series: the operators of one kind of value under one name (``.str``, ``.dt``)."""
