"""Rows at the times of a frequency: ``asfreq``, and what lies between the bins of ``resample().interpolate``."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bigframe.api.lookup.by_label import direction, rises
from bigframe.errors import Unsupported
from bigframe.semantics.nearest import Nearest
from bigframe.semantics.spacing import freq_alias
from bigframe.semantics.upsampling import at_frequency

_METHODS = {
    "pad": Nearest("backward"),
    "ffill": Nearest("backward"),
    "backfill": Nearest("forward"),
    "bfill": Nearest("forward"),
}


def asfreq(
    owner: Any, freq: Any, method: Any = None, how: Any = None, normalize: bool = False, fill_value: Any = None
) -> Any:
    """The rows at the times of a frequency; other labels than moments are for pandas."""
    frame = owner._frame
    dtype = frame.dtype(frame.index_ids[0]) if len(frame.index_ids) == 1 else None
    if dtype is None or not dtype.is_datetime or how is not None or normalize or method not in (None, *_METHODS):
        raise Unsupported(f"{owner.display}.asfreq", "its labels are no moments, or pandas reads these parameters")
    alias = freq_alias(pd.tseries.frequencies.to_offset(freq))
    if alias is None:
        raise Unsupported(f"{owner.display}.asfreq({freq!r})", "its frequency cannot be told by its name")
    if method is not None and not (rises(frame) or direction(owner.index, dtype) > 0):
        raise Unsupported(f"{owner.display}.asfreq(method=)", "its labels do not rise")
    near = None if method is None else _METHODS[method]
    return owner._wrap(at_frequency(frame, alias, near, None if near else fill_value))


def interpolated(bins: Any, method: Any = "linear", kwargs: Any = None, **options: Any) -> Any:
    """The rows of bins and those between them, interpolated; of these those of bins."""
    from bigframe.api.reshaping.concatenating import concat

    if kwargs:
        raise Unsupported("Resampler.interpolate with such parameters", "they are SciPy's")
    at_bins, rows = bins.asfreq(), bins._chosen()
    between = rows[~rows.index.isin(at_bins.index)]
    found = concat([at_bins, between]).sort_index().interpolate(method=method, **options)
    kept = found[found.index.isin(at_bins.index)]
    return kept._wrap(kept._frame.replace(freq=at_bins._frame.freq))
