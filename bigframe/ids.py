"""Column ids: derived from what a column is, so that equal columns of one table have equal ids.

An id stands for the values of a column. A node that changes values (a join that leaves holes, a concatenation, an
explosion) gives the column a new id; one that only drops or reorders rows keeps it.
"""

from __future__ import annotations

import hashlib


def derive(name: str, *parts: str) -> str:
    """An id that reads as ``name`` and is the same whenever the parts are."""
    digest = hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return f"{name}~{digest}"


def stem(id: str) -> str:
    """What an id reads as."""
    return id.partition("~")[0]
