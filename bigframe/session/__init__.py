"""Sessions: the only door from the client to the engine."""

from bigframe.session.session import Session, connect, current, using

__all__ = ["Session", "connect", "current", "using"]
