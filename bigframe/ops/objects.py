"""Columns of Python objects that are all text: what stands between their cells and the operators over strings."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd

from bigframe.ops.base import Expr
from bigframe.schema import DType, from_pandas, text_objects

PYTHON_TEXT = from_pandas(pd.StringDtype("python", na_value=np.nan))


class TextOfObjects(Expr):
    """Objects that are all text as strings, to which pandas applies Python's own methods."""

    looks_inside: ClassVar[bool] = False
    operand: Expr

    def result(self, *operands: DType) -> DType:
        return PYTHON_TEXT


class TextAsObjects(Expr):
    """Strings as objects, missing ones as NaN."""

    operand: Expr

    def result(self, *operands: DType) -> DType:
        return text_objects("NaN")


class ObjectsOfText(Expr):
    """Strings as objects; where the object that they come from is missing, they have that."""

    looks_inside: ClassVar[bool] = False
    text: Expr
    source: Expr
    to: DType

    def result(self, *operands: DType) -> DType:
        return self.to
