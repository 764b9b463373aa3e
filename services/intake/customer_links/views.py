"""Requests and answers about links to a case."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from shared.kernel.case_link import CaseLink
from shared.platform.http.edge import UUID_PATTERN, StrictModel


class CaseLinkBody(StrictModel):
    """Whom the link is for."""

    contact_id: Annotated[str, Field(pattern=UUID_PATTERN)] | None = None
    """A contact that led to this case; without it the customer."""


class CaseLinkView(BaseModel):
    """A link to a case, without its secret."""

    link_id: str
    case_id: str
    holder: str = Field(description="`customer` or `contact`.")
    may: list[str] = Field(description="What its bearer may do beside reading: `step`, `file`, `accept`, `reject`.")
    once: list[str] = Field(description="What of that it permits a single time.")
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class CaseLinks(BaseModel):
    """The newest links to a case, at most 200, newest first."""

    items: list[CaseLinkView]


class CaseLinkAddress(BaseModel):
    """Where the bearer of a link goes; who has the address has the link."""

    address: str
    expires_at: datetime


def link_view(link: CaseLink) -> CaseLinkView:
    """A link."""
    return CaseLinkView(
        link_id=link.link_id,
        case_id=link.case_id,
        holder=link.holder,
        may=list(link.may),
        once=list(link.once),
        issued_at=link.issued_at,
        expires_at=link.expires_at,
        revoked_at=link.revoked_at,
    )
