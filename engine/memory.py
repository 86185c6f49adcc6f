"""How much memory a job may use."""

from __future__ import annotations

import os
import re
from pathlib import Path

_UNITS = {
    "": 1,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "KI": 1 << 10,
    "MI": 1 << 20,
    "GI": 1 << 30,
    "TI": 1 << 40,
}
_CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def parse_bytes(text: str | int) -> int:
    """Bytes from a number or text such as ``"8GB"`` or ``"512MiB"``.

    Raises
    ------
    ValueError
        If the text is not a size.

    Examples
    --------
    >>> parse_bytes("1.5GB")
    1500000000
    """
    if isinstance(text, int):
        return text
    match = re.fullmatch(r"\s*([0-9.]+)\s*([KMGT]?I?)B?\s*", text.upper())
    if match is None:
        raise ValueError(f"memory_limit {text!r} is not a size such as '8GB'")
    return int(float(match[1]) * _UNITS[match[2]])


def machine_limit() -> int:
    """Three quarters of what this machine, or its cgroup, has."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in _CGROUPS:
        try:
            text = Path(path).read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            total = min(total, int(text))
    return total * 3 // 4
