"""The page's files, with the headers that keep other sites and old copies out of it."""

from __future__ import annotations

from pathlib import Path

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

__all__ = ["PageFiles"]

PAGE = Path(__file__).parent / "page"

# The page's own policy is in its head; who may frame it can only be said in a header.
_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


class PageFiles(StaticFiles):
    """Serves the folder ``page``; browsers ask each time whether a file is still the same, so an upgrade is seen."""

    def __init__(self) -> None:
        super().__init__(directory=PAGE, html=True)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """See :meth:`starlette.staticfiles.StaticFiles.get_response`."""
        response = await super().get_response(path, scope)
        response.headers.update(_HEADERS)
        return response
