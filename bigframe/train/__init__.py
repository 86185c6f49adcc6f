"""Feeding torch from blocks of Arrow data; torch is imported when :class:`TorchDataset` is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bigframe.errors import MissingExtra
from bigframe.train.blocks import BlockFile, BlockManifest

if TYPE_CHECKING:
    from bigframe.train.dataset import TorchDataset

__all__ = ["BlockFile", "BlockManifest", "TorchDataset"]


def __getattr__(name: str) -> object:
    if name != "TorchDataset":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from bigframe.train.dataset import TorchDataset
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MissingExtra("to_torch", "torch") from error
    return TorchDataset
