"""What an S3 store answered, as errors of ours: without secrets, and told apart by what helps."""

from __future__ import annotations

import re

from obstore import exceptions

from bigframe.errors import StorageError
from engine.storage.retry import Transient
from engine.storage.s3_connection import NO_KEYS

__all__ = ["status_of", "translated"]

_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_CREDENTIALS = {
    "ExpiredToken", "TokenRefreshRequired", "InvalidToken", "InvalidAccessKeyId", "SignatureDoesNotMatch",
    "AuthorizationHeaderMalformed", "RequestTimeTooSkewed",
}  # fmt: skip
# Where obstore asks for keys in the end: the metadata service of a machine at AWS.
_METADATA = "http://169.254.169.254/"
_NOT_THERE = {"NoSuchBucket": "the bucket does not exist", "NoSuchKey": "the object does not exist"}


def translated(error: Exception, what: str) -> Exception:
    """The error to raise for a failed call: Transient where another try may succeed."""
    text = str(error)
    if _METADATA in text:
        return StorageError(f"{what}: {NO_KEYS}", "STORAGE_CREDENTIALS")
    code, number = _CODE.search(text), status_of(error)
    name = code[1] if code else ""
    if name in _CREDENTIALS or isinstance(error, exceptions.UnauthenticatedError):
        reason = "have expired" if name in ("ExpiredToken", "TokenRefreshRequired") else "were refused"
        return StorageError(f"{what}: the storage credentials {reason} ({name or number})", "STORAGE_CREDENTIALS")
    if isinstance(error, exceptions.PermissionDeniedError) or number == 403:
        return StorageError(f"{what}: the storage credentials do not allow it ({name or 403})", "STORAGE_FORBIDDEN")
    if name in _NOT_THERE:
        return FileNotFoundError(f"{what}: {_NOT_THERE[name]} ({name})")
    if 400 <= number < 500 and number not in (408, 425, 429):
        return StorageError(f"{what}: the store answered {number} {name}", "STORAGE_REFUSED")
    return Transient(f"{number} {name}".strip() if number else _first_line(text))


def status_of(error: Exception) -> int:
    """The HTTP status that the store answered with; 0 where it did not answer."""
    found = _STATUS.search(str(error))
    return int(found[1]) if found else 0


def _first_line(text: str) -> str:
    # obstore appends its own debug dump after a blank line.
    return text.strip().partition("\n")[0][:200]
