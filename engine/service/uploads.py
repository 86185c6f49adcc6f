"""Uploads streamed to the storage: they appear whole, once, and only if they are what their name says."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterable
from contextlib import ExitStack

from engine.service.refusals import Refused
from engine.storage.places import open_store

__all__ = ["receive"]

_BLOCK = 4 << 20
"""Bytes that are written at once; the next are not read from the client before."""


async def receive(stream: AsyncIterable[bytes], url: str, limit: int, digest: str | None = None) -> bool:
    """Write a request's body to a URL, unless there is something already.

    Parameters
    ----------
    stream
        The body.
    url
        Where it goes.
    limit
        Bytes that it may have.
    digest
        BLAKE2b-128 that it must have, in hexadecimal; None checks nothing.

    Returns
    -------
    bool
        Whether it was written.

    Raises
    ------
    Refused
        ``UPLOAD_TOO_LARGE`` or ``DIGEST_MISMATCH``; nothing was written.
    """
    store, key = open_store(url)
    if await asyncio.to_thread(store.stat, key) is not None:
        return False
    writing = ExitStack()
    file = await asyncio.to_thread(writing.enter_context, store.open_writer(key))
    try:
        seen, size, block = hashlib.blake2b(digest_size=16), 0, bytearray()
        async for chunk in stream:
            size += len(chunk)
            if size > limit:
                raise Refused(413, "UPLOAD_TOO_LARGE", f"the upload has more than {limit:,} bytes", "ValueError")
            block += chunk
            if len(block) >= _BLOCK:
                content, block = bytes(block), bytearray()
                seen.update(content)
                await asyncio.to_thread(file.write, content)
        seen.update(block)
        await asyncio.to_thread(file.write, bytes(block))
        if digest is not None and seen.hexdigest() != digest:
            raise Refused(400, "DIGEST_MISMATCH", f"the upload is not what {digest} stands for", "ValueError")
    except BaseException as error:
        await asyncio.to_thread(writing.__exit__, type(error), error, error.__traceback__)
        raise
    await asyncio.to_thread(writing.close)
    return True
