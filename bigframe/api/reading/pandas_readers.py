"""pandas' readers of what the engine has no reader for: they read in this process, when they are called."""

from __future__ import annotations

import pandas as pd

from bigframe.api.binding.fallbacks import gathering, reading

read_clipboard = reading(pd.read_clipboard)
read_excel = reading(pd.read_excel)
read_fwf = reading(pd.read_fwf)
read_hdf = reading(pd.read_hdf)
read_html = reading(pd.read_html)
read_pickle = reading(pd.read_pickle)
read_sas = reading(pd.read_sas)
read_spss = reading(pd.read_spss)
read_stata = reading(pd.read_stata)
read_xml = reading(pd.read_xml)
json_normalize = gathering(pd.json_normalize, "which columns there are depends on the data")
