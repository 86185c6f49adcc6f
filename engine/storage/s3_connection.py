"""How an S3 store is reached: storage options in any spelling, the environment, the shared credentials file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from obstore.store import S3Store

from bigframe.errors import MissingExtra, StorageError

__all__ = ["NO_KEYS", "connect", "object_settings"]

# Spellings of s3fs (as pandas' `storage_options`), of Polars and of obstore, by obstore's name.
_SPELLINGS = {
    "access_key_id": ("key", "access_key_id", "aws_access_key_id"),
    "secret_access_key": ("secret", "secret_access_key", "aws_secret_access_key"),
    "session_token": ("token", "session_token", "aws_session_token"),
    "endpoint": ("endpoint_url", "endpoint", "aws_endpoint_url", "endpoint_override"),
    "region": ("region", "region_name", "aws_region"),
    "skip_signature": ("anon", "anonymous", "skip_signature"),
    "profile": ("profile",),
}
_NAMES = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings}

NO_KEYS = "no storage credentials were found; give storage_options, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
# With one of these obstore finds keys without asking it.
_KEY_VARIABLES = {
    "AWS_ACCESS_KEY_ID", "AWS_SKIP_SIGNATURE", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
}  # fmt: skip


def object_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """Storage options in any of their spellings, by obstore's names; ValueError names one that is unknown."""
    flat = {**options}
    nested = dict(flat.pop("client_kwargs", None) or {})
    flat.update({name: value for name, value in nested.items() if name in _NAMES})
    unknown = sorted(name for name in (*flat, *nested) if name not in _NAMES)
    if unknown:
        raise ValueError(f"storage_options has {unknown[0]!r}, which s3:// does not know; it knows {sorted(_NAMES)}")
    return {_NAMES[name]: value for name, value in flat.items() if value is not None}


def connect(bucket: str, settings: Mapping[str, Any], retries: Any) -> S3Store:
    """obstore's store of a bucket, with keys from the settings, the environment or the shared file.

    Raises
    ------
    ValueError
        If the endpoint is no URL.
    StorageError
        If there are no keys, and no machine's metadata service to ask for them.
    """
    own = dict(settings)
    endpoint = own.pop("endpoint", None)
    endpoint = endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint and not endpoint.startswith(("http://", "https://")):
        raise ValueError(f"s3://{bucket}: the endpoint {endpoint!r} begins with neither http:// nor https://")
    region = own.pop("region", None) or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    profile = own.pop("profile", None)
    key, secret, token = (own.pop(name, None) for name in ("access_key_id", "secret_access_key", "session_token"))
    configured: dict[str, Any] = {**own, "region": region or "us-east-1"}
    if endpoint:
        configured |= {"endpoint": endpoint, "virtual_hosted_style_request": False}
    if key is not None:
        # As a whole: obstore would sign with the key given here and a session token found in the environment.
        whole = {"access_key_id": key, "secret_access_key": secret, "token": token, "expires_at": None}
        configured["credential_provider"] = lambda: whole
    elif profile or _uses_shared_file(settings):
        configured["credential_provider"] = _shared_credentials(profile)
    elif "skip_signature" not in own and not _KEY_VARIABLES & os.environ.keys() and _is_metadata_disabled():
        raise StorageError(f"s3://{bucket}: {NO_KEYS}", "STORAGE_CREDENTIALS")
    return S3Store(
        bucket,
        **configured,
        client_options={"allow_http": bool(endpoint and endpoint.startswith("http://")), "timeout": "60s"},
        retry_config=retries,
    )


def _is_metadata_disabled() -> bool:
    return os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true"


def _uses_shared_file(settings: Mapping[str, Any]) -> bool:
    named = settings.keys() & {"access_key_id", "skip_signature"} or "AWS_ACCESS_KEY_ID" in os.environ
    file = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")).expanduser()
    return not named and file.is_file()


def _shared_credentials(profile: str | None) -> Any:
    try:
        from boto3 import Session  # type: ignore[import-untyped]
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ImportError as error:
        raise MissingExtra("reading keys from the shared credentials file", "aws") from error
    return Boto3CredentialProvider(Session(profile_name=profile))
