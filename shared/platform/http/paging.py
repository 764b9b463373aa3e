"""Keyset paging: `?limit=&after=` in, `{items, next}` out. `next` is opaque and null on the last page."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Generic, TypeVar

import orjson
from fastapi import Depends, Query
from pydantic import BaseModel

from shared.kernel.errors import Invalid
from shared.kernel.ids import is_id
from shared.kernel.instants import parse_instant
from shared.kernel.text import Text

DEFAULT_LIMIT: Final = 50
LARGEST_LIMIT: Final = 200

T = TypeVar("T")
Key = tuple[str, ...]


class PageTokenInvalid(Invalid):
    """`after` is not a token of this service. 400."""

    code = "page_token_invalid"
    title = Text(en="Invalid page token", zh="分页标记无效")


class Page(BaseModel, Generic[T]):
    """One page; pass `next` as `after` to get the following one."""

    items: list[T]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Fetch `limit + 1` rows whose key is beyond `after` (None: from the start), then call `page`."""

    limit: int
    after: Key | None

    @property
    def after_id(self) -> str | None:
        """`after` of a list that is ordered by an id. Raises PageTokenInvalid."""
        match self.after:
            case None:
                return None
            case (thing,) if is_id(thing):
                return thing
            case _:
                raise PageTokenInvalid

    @property
    def after_instant(self) -> tuple[datetime, str] | None:
        """`after` of a list that is ordered by an instant and an id. Raises PageTokenInvalid."""
        if self.after is None:
            return None
        try:
            text, thing = self.after
            at = parse_instant(text)
        except ValueError as error:
            raise PageTokenInvalid from error
        if not is_id(thing):
            raise PageTokenInvalid
        return at, thing

    def page(self, rows: Sequence[T], *, keys: Sequence[Key]) -> Page[T]:
        """The page of `rows` (up to `limit + 1` of them), each with its sort key in `keys`."""
        more = len(rows) > self.limit
        return Page(items=list(rows[: self.limit]), next=encode(keys[self.limit - 1]) if more else None)


def encode(key: Key) -> str:
    """`key` as an opaque token."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).rstrip(b"=").decode()


def decode(token: str, *, width: int | None = None) -> Key:
    """The key in `token`, of `width` parts when given, or PageTokenInvalid."""
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4)))
    except (UnicodeEncodeError, binascii.Error, orjson.JSONDecodeError) as error:
        raise PageTokenInvalid from error
    if not isinstance(parts, list) or not all(isinstance(part, str) and "\x00" not in part for part in parts):
        raise PageTokenInvalid
    if width is not None and len(parts) != width:
        raise PageTokenInvalid
    return tuple(parts)


async def _page_request(
    limit: Annotated[int, Query(ge=1, le=LARGEST_LIMIT)] = DEFAULT_LIMIT,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> PageRequest:
    return PageRequest(limit=limit, after=decode(after) if after else None)


async def _whole_case(
    limit: Annotated[int, Query(ge=1, le=LARGEST_LIMIT)] = LARGEST_LIMIT,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> PageRequest:
    return await _page_request(limit, after)


Paging = Annotated[PageRequest, Depends(_page_request)]
CasePaging = Annotated[PageRequest, Depends(_whole_case)]
"""For what belongs to one case, which fits into one page as a rule."""
