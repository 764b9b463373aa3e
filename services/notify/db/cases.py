"""Cases and the people on them, as notify knows them; rows ↔ domain in this file only."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.notify.db.tables import CASE_VIEW, ENDPOINT, KERNEL, PARTY
from services.notify.domain.case import Case, Party
from services.notify.domain.subscription import Subscription
from shared.db.transaction import Transaction
from shared.errors import Unavailable
from shared.ids import OrgId


class CaseNotHereYet(Unavailable):
    """An event of a case, or of its organisation, overtook the event that creates it; it will be here soon."""

    code = "case_not_here_yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A case with everything that decides who is told: parties, webhook endpoints, the organisation's instant."""

    case: Case
    parties: Mapping[str, Party]
    subscriptions: tuple[Subscription, ...]
    now: datetime
    is_simulated: bool

    def with_case(self, case: Case) -> "Standing":
        """The same after the case was changed."""
        return replace(self, case=case)


async def standing(tx: Transaction, org: OrgId, case_id: str, *, for_update: bool = False) -> Standing:
    """The case as it stands, locked when it is to be changed. Raises CaseNotHereYet."""
    statement = _standing(org, case_id)
    row = (await tx.execute(statement.with_for_update(of=CASE_VIEW) if for_update else statement)).one_or_none()
    if row is None:
        raise CaseNotHereYet(detail="the case or its organisation has not arrived")
    parties = [Party(**party) for party in row.parties]
    return Standing(
        case=_case(row),
        parties={party.role: party for party in parties},
        subscriptions=tuple(
            Subscription(endpoint_id=item["endpoint_id"], events=tuple(item["events"])) for item in row.subscriptions
        ),
        now=row.simulated_now or row.system_now,
        is_simulated=row.simulated_now is not None,
    )


def _standing(org: OrgId, case_id: str) -> Select[Any]:
    organisation = KERNEL.organisation.c
    people = func.jsonb_build_object(
        *("role", PARTY.c.role, "name", PARTY.c.name, "email", PARTY.c.email),
        *("phone", PARTY.c.phone, "locale", PARTY.c.locale),
    )
    parties = select(func.coalesce(func.jsonb_agg(people), func.jsonb_build_array(), type_=JSONB)).where(
        PARTY.c.org_id == org, PARTY.c.case_id == case_id
    )
    endpoint = func.jsonb_build_object("endpoint_id", ENDPOINT.c.endpoint_id, "events", ENDPOINT.c.events)
    endpoints = select(func.coalesce(func.jsonb_agg(endpoint), func.jsonb_build_array(), type_=JSONB)).where(
        ENDPOINT.c.org_id == org, ENDPOINT.c.state == "active"
    )
    return (
        select(
            CASE_VIEW,
            parties.scalar_subquery().label("parties"),
            endpoints.scalar_subquery().label("subscriptions"),
            organisation.simulated_now,
            func.clock_timestamp().label("system_now"),
        )
        .join(KERNEL.organisation, organisation.org_id == CASE_VIEW.c.org_id)
        .where(CASE_VIEW.c.org_id == org, CASE_VIEW.c.case_id == case_id)
    )


async def open_case(tx: Transaction, org: OrgId, case: Case) -> None:
    """Keep a new case; once it is here, nothing happens."""
    values = _values(case) | {"org_id": org, "case_id": case.case_id}
    await tx.execute(insert(CASE_VIEW).values(values).on_conflict_do_nothing())


async def save_case(tx: Transaction, org: OrgId, case: Case) -> None:
    """Keep a case that `standing(…, for_update=True)` locked."""
    where = (CASE_VIEW.c.org_id == org, CASE_VIEW.c.case_id == case.case_id)
    await tx.execute(update(CASE_VIEW).where(*where).values(_values(case)))


async def save_party(tx: Transaction, org: OrgId, case_id: str, party: Party, *, at: datetime) -> None:
    """Keep how somebody on a case is reached; the newer record replaces the older."""
    values = {
        "name": party.name,
        "email": party.email,
        "phone": party.phone,
        "locale": party.locale,
        "recorded_at": at,
    }
    statement = insert(PARTY).values(org_id=org, case_id=case_id, role=party.role, **values)
    await tx.execute(statement.on_conflict_do_update(constraint="pk_party", set_=values))


async def cases(tx: Transaction, keys: set[tuple[OrgId, str]]) -> dict[tuple[OrgId, str], Case]:
    """The cases of messages about to be sent, which may belong to several organisations."""
    if not keys:
        return {}
    rows = await tx.execute(select(CASE_VIEW).where(tuple_(CASE_VIEW.c.org_id, CASE_VIEW.c.case_id).in_(keys)))
    return {(OrgId(row.org_id), row.case_id): _case(row) for row in rows}


def _values(case: Case) -> dict[str, object]:
    return {
        "number": case.number,
        "case_type": case.case_type,
        "channel": case.channel,
        "status": case.status,
        "previous_status": case.previous_status,
        "owner": case.owner,
        "first_responder": case.first_responder,
        "customer_ref": case.customer_ref,
        "received_at": case.received_at,
        "pack": case.pack,
        "policy_version": case.policy_version,
        "facts": dict(case.facts),
        "milestones": list(case.milestones),
    }


def _case(row: Row[Any]) -> Case:
    return Case(
        case_id=row.case_id,
        number=row.number,
        case_type=row.case_type,
        channel=row.channel,
        status=row.status,
        previous_status=row.previous_status,
        owner=row.owner,
        first_responder=row.first_responder,
        customer_ref=row.customer_ref,
        received_at=row.received_at,
        pack=row.pack,
        policy_version=row.policy_version,
        facts=row.facts,
        milestones=tuple(row.milestones),
    )
