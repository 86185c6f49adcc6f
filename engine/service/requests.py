"""What clients send as JSON, checked field by field; plans are checked by :mod:`engine.service.admission`."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, Field, PositiveInt, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from engine.service.refusals import Refused

__all__ = ["DescribeRequest", "ExplainRequest", "JobRequest", "PlanRequest", "checked"]

_Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


def _addressable(name: str) -> str:
    """A name that can be a part of an address."""
    if not 1 <= len(name) <= 200 or any(one in "/\\?#%" or unicodedata.category(one)[0] == "C" for one in name):
        raise PydanticCustomError(
            "name", "1 to 200 characters, and none of / \\ ? # % or control characters among them"
        )
    return name


_Name = Annotated[str, AfterValidator(_addressable)]


class Client(BaseModel):
    """Who asks: versions of bigframe and of Python, the latter as ``3.11``."""

    version: str = ""
    python: str = ""


class PlanRequest(BaseModel):
    """A plan to look at."""

    plan: Any


class ExplainRequest(PlanRequest):
    """A plan to explain."""

    verbose: bool = False


class DescribeRequest(BaseModel):
    """Files to look at."""

    format: str
    paths: list[str]
    settings: dict[str, Any] = {}


class JobRequest(PlanRequest):
    """A plan to run; ``outputs`` says how its tables become objects again, and is only kept for the client."""

    id: _Id
    name: _Name | None = None
    max_bytes: PositiveInt | None = None
    cache: bool = True
    labels: dict[str, str] = Field(default={}, max_length=64)
    outputs: list[Any] = []
    client: Client = Client()


Model = TypeVar("Model", bound=BaseModel)


def checked(kind: type[Model], body: Any) -> Model:
    """A body as a request.

    Raises
    ------
    Refused
        ``BAD_REQUEST``, naming the field.

    Examples
    --------
    >>> checked(JobRequest, {"id": "7", "plan": {}})
    Traceback (most recent call last):
    engine.service.refusals.Refused: id: String should match pattern '^[0-9a-f]{32}$'
    """
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise Refused(400, "BAD_REQUEST", f"{where}: {first['msg']}", "ValueError") from error
