"""The 22 TPC-H queries by number, in plain pandas, for any module with pandas' interface.

Each is written from the text of the TPC-H specification with its validation parameters: filters first, then merges in
the order of the FROM clause, and no order chosen for speed. A query calls nothing that has to look at a value, so a
lazy module may record it whole; it changes none of the tables it is given, and its result has the columns of the
specification. The index of a result means nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.tpch.q01_to_q11 import q1, q2, q3, q4, q5, q6, q7, q8, q9, q10, q11
from benchmarks.tpch.q12_to_q22 import q12, q13, q14, q15, q16, q17, q18, q19, q20, q21, q22

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.tpch.data import Frame, Tables

QUERIES: dict[int, Callable[[Tables], Frame]] = dict(
    enumerate(
        (q1, q2, q3, q4, q5, q6, q7, q8, q9, q10, q11, q12, q13, q14, q15, q16, q17, q18, q19, q20, q21, q22), start=1
    )
)
