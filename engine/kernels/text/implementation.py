"""Which of the two equal implementations of the text kernels runs: numba where it can be imported, else NumPy."""

import logging
import os
from functools import cache
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from engine.kernels.text import numpy_kernels
from engine.kernels.text.hashing import UInt64Array
from engine.kernels.text.tokens import TextBlock, Unit

logger = logging.getLogger(__name__)


class TextKernels(Protocol):
    """The functions that both implementations have; `numpy_kernels` documents them."""

    def shingle_hashes(
        self, block: TextBlock, unit: Unit, ngram_size: int
    ) -> tuple[UInt64Array, npt.NDArray[np.int64]]: ...

    def signatures(
        self, block: TextBlock, unit: Unit, ngram_size: int, num_perm: int, round_seeds: UInt64Array
    ) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]: ...

    def fingerprints(self, block: TextBlock, unit: Unit) -> tuple[UInt64Array, npt.NDArray[np.int32]]: ...

    def intersection_sizes(
        self,
        values: UInt64Array,
        offsets: npt.NDArray[np.int64],
        left: npt.NDArray[np.int64],
        right: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.int64]: ...


def kernels() -> TextKernels:
    """Return the implementation to use.

    The environment variable ``BIGFRAME_NUMBA`` decides: ``0`` is NumPy, ``1`` is numba or an ImportError; unset, numba
    is used if it can be imported. Results are the same bit for bit.

    Returns
    -------
    TextKernels
        A module with these functions.

    Raises
    ------
    ImportError
        If numba is demanded and cannot be imported.
    ValueError
        If the variable has another value.

    Examples
    --------
    >>> kernels().fingerprints.__name__
    'fingerprints'
    """
    setting = os.environ.get("BIGFRAME_NUMBA", "")
    if setting not in {"", "0", "1"}:
        raise ValueError(f"BIGFRAME_NUMBA must be 0 (NumPy), 1 (numba) or unset, got {setting!r}")
    return cast("TextKernels", numpy_kernels) if setting == "0" else _numba(demanded=setting == "1")


@cache
def _numba(*, demanded: bool) -> TextKernels:
    try:
        from engine.kernels.text import numba_kernels
    except ImportError as error:
        if demanded:
            raise
        logger.warning("text kernels run in NumPy, several times slower, because numba cannot be imported: %s", error)
        return cast("TextKernels", numpy_kernels)
    return cast("TextKernels", numba_kernels)
