"""Faults that a sink was asked to show: by name, a bounded number, read from a request with bounds on every value."""

from typing import Annotated, Final, TypeVar

from cachetools import LRUCache
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

MOST_FAULTS: Final = 10_000

Times = Annotated[int, Field(ge=0, le=1_000_000)]
Name = Annotated[str, Field(min_length=1, max_length=320)]

F = TypeVar("F")
B = TypeVar("B", bound="FaultBody")


class FaultBody(BaseModel):
    """Base of the bodies of `POST /faults`."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Faults(LRUCache[str, F]):
    """The faults by name; beyond `MOST_FAULTS` the least recently used one is forgotten."""

    def __init__(self) -> None:
        super().__init__(MOST_FAULTS)


async def fault_of(request: Request, model: type[B]) -> B | None:
    """The body of `POST /faults`; None when it is not one."""
    try:
        return model.model_validate_json(await request.body())
    except ValidationError:
        return None
