"""The table of pandas' Index: which names run over labels as over a column, and which need all labels at once."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd

from bigframe.api.binding.tiers import composed, gathered
from bigframe.api.labels import sets as label_sets
from bigframe.api.labels.bindings import of_column, of_kind
from bigframe.api.shared.measuring import memory_of_labels

_POSITIONS = "its result is positions or labels as pandas has them"
_LABELS = "it compares or moves labels, which are data"


class LabelMethods:
    """The names of pandas' Index, apart from those that are the same for a Series."""

    pandas: ClassVar[type] = pd.Index
    display: ClassVar[str] = "Index"

    all = of_column()
    any = of_column()
    astype = of_column()
    diff = of_column()
    drop_duplicates = of_column()
    dropna = of_column()
    duplicated = of_column(gives="array")
    fillna = of_column()
    isin = of_column(gives="array")
    isna = of_column(gives="array")
    isnull = of_column(gives="array")
    max = of_column()
    min = of_column()
    notna = of_column(gives="array")
    notnull = of_column(gives="array")
    nunique = of_column()
    repeat = of_column()
    take = of_column()
    value_counts = of_column(gives="column")
    where = of_column()

    append = composed(label_sets.append)
    difference = composed(label_sets.difference)
    intersection = composed(label_sets.intersection)

    argmax = of_column()
    argmin = of_column()
    argsort = of_column(gives="array")
    asof = gathered(_POSITIONS)
    asof_locs = gathered(_POSITIONS)
    factorize = of_column()
    get_indexer = gathered(_POSITIONS)
    get_indexer_for = gathered(_POSITIONS)
    get_indexer_non_unique = gathered(_POSITIONS)
    get_loc = gathered(_POSITIONS)
    get_slice_bound = gathered(_POSITIONS)
    groupby = gathered(_POSITIONS)
    searchsorted = gathered(_POSITIONS)
    slice_indexer = gathered(_POSITIONS)
    slice_locs = gathered(_POSITIONS)
    delete = gathered(_LABELS)
    droplevel = gathered(_LABELS)
    equals = gathered(_LABELS)
    identical = gathered(_LABELS)
    infer_objects = gathered(_LABELS)
    inferred_type = gathered("pandas looks at the values")
    insert = gathered(_LABELS)
    join = gathered(_LABELS)
    putmask = gathered(_LABELS)
    reindex = gathered(_LABELS)
    replace = gathered("its rules mix types and patterns")
    shift = gathered(_LABELS)
    sortlevel = gathered(_LABELS)
    symmetric_difference = gathered(_LABELS)
    union = gathered(_LABELS)
    memory_usage = composed(memory_of_labels)
    nbytes = composed(lambda labels: memory_of_labels(labels, False))

    tz_convert = of_kind()
    tz_localize = of_kind()
    to_period = of_kind()
    to_timestamp = of_kind()
