"""Cases as lists show them: by what they have, by what they contain, or in the order in which they changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, select, tuple_

from services.intake.cases.rules.party import CUSTOMER
from services.intake.cases.store.tables import CASE, PARTY
from services.intake.search.store import SEARCH, matches, newest_with, readings_of
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case as lists show it."""

    case_id: str
    number: str
    case_type: str
    registered_as: str | None
    status: str
    pack: str
    policy_version: int
    received_at: datetime
    changed_at: datetime
    first_responder: str
    owner: str
    customer_ref: str
    order_ref: str | None
    customer_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases a list shows; None shows all. `q` is contained in what is searched of the case."""

    number: str | None = None
    order_ref: str | None = None
    customer_ref: str | None = None
    owner: str | None = None
    first_responder: str | None = None
    status: str | None = None
    case_type: str | None = None
    changed_after: datetime | None = None
    changed_before: datetime | None = None
    q: str | None = None

    @property
    def is_by_change(self) -> bool:
        """Whether the list is in the order of change, the earliest first, instead of the newest case first."""
        return self.changed_after is not None or self.changed_before is not None

    @property
    def is_only_words(self) -> bool:
        """Whether nothing but the words chooses."""
        return all(getattr(self, name) is None for name in _EQUAL)


_EQUAL: Final = ("number", "order_ref", "customer_ref", "owner", "first_responder", "status", "case_type")

CUSTOMER_NAME: Final = (
    select(PARTY.c.name)
    .where(PARTY.c.org_id == CASE.c.org_id, PARTY.c.case_id == CASE.c.case_id, PARTY.c.role == CUSTOMER)
    .order_by(PARTY.c.party_id)
    .limit(1)
    .correlate(CASE)
    .scalar_subquery()
)


_REGISTERED_AS: Final = CASE.c.former_types[0]["case_type"].astext.label("registered_as")
"""Null where it has not changed."""


async def newest_cases(
    tx: Transaction, chosen: CaseFilter, *, org: OrgId, after: str | None, limit: int
) -> Sequence[CaseRow]:
    """Cases, newest first, beyond `after`."""
    query = _chosen(chosen, org=org)
    readings = await readings_of(tx, chosen.q, org=org)
    if readings and chosen.is_only_words:
        found = await newest_with(tx, readings, org=org, after=after, limit=limit)
        return await _rows(tx, query.where(CASE.c.case_id.in_(found)).order_by(CASE.c.case_id.desc()))
    if readings:
        by_case = (SEARCH.c.org_id == CASE.c.org_id) & (SEARCH.c.case_id == CASE.c.case_id)
        query = query.join(SEARCH, by_case).where(SEARCH.c.org_id == org, matches(readings))
    key = SEARCH.c.case_id if readings else CASE.c.case_id
    if after is not None:
        query = query.where(key < after)
    return await _rows(tx, query.order_by(key.desc()).limit(limit))


async def changed_cases(
    tx: Transaction, chosen: CaseFilter, *, org: OrgId, after: tuple[datetime, str] | None, limit: int
) -> Sequence[CaseRow]:
    """Cases in the order in which they last changed, the earliest first, beyond `after`."""
    query = _chosen(chosen, org=org)
    if chosen.changed_after is not None:
        query = query.where(CASE.c.changed_at > chosen.changed_after)
    if chosen.changed_before is not None:
        query = query.where(CASE.c.changed_at < chosen.changed_before)
    if after is not None:
        query = query.where(tuple_(CASE.c.changed_at, CASE.c.case_id) > after)
    return await _rows(tx, query.order_by(CASE.c.changed_at, CASE.c.case_id).limit(limit))


async def cases_from(tx: Transaction, *, org: OrgId, after: str | None, limit: int) -> Sequence[CaseRow]:
    """All cases in the order of registration, beyond `after`."""
    query = _chosen(CaseFilter(), org=org)
    if after is not None:
        query = query.where(CASE.c.case_id > after)
    return await _rows(tx, query.order_by(CASE.c.case_id).limit(limit))


def _chosen(chosen: CaseFilter, *, org: OrgId) -> Select[Any]:
    stated: list[ColumnElement[bool]] = [
        CASE.c[name] == value for name in _EQUAL if (value := getattr(chosen, name)) is not None
    ]
    columns = (CASE.c[name].label(name) for name in CaseRow.__slots__ if name in CASE.c)
    return select(*columns, _REGISTERED_AS, CUSTOMER_NAME.label("customer_name")).where(CASE.c.org_id == org, *stated)


async def _rows(tx: Transaction, query: Select[Any]) -> Sequence[CaseRow]:
    return [CaseRow(**row) for row in (await tx.execute(query)).mappings()]
