"""Cases and the people on them, as notify knows them; rows ↔ domain in this file only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson

from services.notify.domain.case import Case, Party
from services.notify.domain.subscription import Subscription
from shared.kernel.errors import Unavailable
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


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
    rows = await tx.rows(_LOCKED_STANDING if for_update else _STANDING, (org, case_id))
    if not rows:
        raise CaseNotHereYet(detail="the case or its organisation has not arrived")
    simulated_now, system_now, parties, subscriptions, *columns = rows[0]
    people = [Party(**party) for party in orjson.loads(parties)]
    return Standing(
        case=_case(columns),
        parties={party.role: party for party in people},
        subscriptions=tuple(
            Subscription(endpoint_id=item["endpoint_id"], events=tuple(item["events"]))
            for item in orjson.loads(subscriptions)
        ),
        now=simulated_now or system_now,
        is_simulated=simulated_now is not None,
    )


_COLUMNS: Final = (
    "c.case_id::text, c.number, c.case_type, c.channel, c.status, c.previous_status, c.owner, c.first_responder, "
    "c.customer_ref, c.received_at, c.pack, c.policy_version, c.facts::text, c.milestones"
)
_STANDING: Final = f"""
    SELECT o.simulated_now, clock_timestamp(),
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'role', p.role, 'name', p.name, 'email', p.email, 'phone', p.phone, 'locale', p.locale)), '[]')::text
         FROM notify.party p WHERE p.org_id = c.org_id AND p.case_id = c.case_id),
        (SELECT coalesce(jsonb_agg(jsonb_build_object('endpoint_id', e.endpoint_id, 'events', e.events)), '[]')::text
         FROM notify.endpoint e WHERE e.org_id = c.org_id AND e.state = 'active'),
        {_COLUMNS}
    FROM notify.case_view c JOIN notify.organisation o ON o.org_id = c.org_id
    WHERE c.org_id = $1::uuid AND c.case_id = $2::uuid
"""  # noqa: S608 (constants of this file)
_LOCKED_STANDING: Final = f"{_STANDING} FOR UPDATE OF c"


async def open_case(tx: Transaction, org: OrgId, case: Case) -> None:
    """Keep a new case; once it is here, nothing happens."""
    await tx.rows(_OPEN, (org, case.case_id, *_state(case), *_origin(case)))


async def save_case(tx: Transaction, org: OrgId, case: Case) -> None:
    """Keep a case that `standing(…, for_update=True)` locked."""
    await tx.rows(_SAVE, (org, case.case_id, *_state(case)))


_OPEN: Final = """
    INSERT INTO notify.case_view (org_id, case_id, status, previous_status, owner, facts, milestones,
        number, case_type, channel, first_responder, customer_ref, received_at, pack, policy_version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING
"""
_SAVE: Final = """
    UPDATE notify.case_view SET status = $3, previous_status = $4, owner = $5, facts = $6, milestones = $7
    WHERE org_id = $1 AND case_id = $2
"""


async def save_party(tx: Transaction, org: OrgId, case_id: str, party: Party, *, at: datetime) -> None:
    """Keep how somebody on a case is reached; the newer record replaces the older."""
    parameters = (org, case_id, party.role, party.name, party.email, party.phone, party.locale, at)
    await tx.rows(_SAVE_PARTY, parameters)


_SAVE_PARTY: Final = """
    INSERT INTO notify.party (org_id, case_id, role, name, email, phone, locale, recorded_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (org_id, case_id, role) DO UPDATE SET name = excluded.name, email = excluded.email,
        phone = excluded.phone, locale = excluded.locale, recorded_at = excluded.recorded_at
"""


async def cases(tx: Transaction, keys: set[tuple[OrgId, str]]) -> dict[tuple[OrgId, str], Case]:
    """The cases of messages about to be sent, which may belong to several organisations."""
    if not keys:
        return {}
    orgs, case_ids = zip(*keys, strict=True)
    rows = await tx.rows(_CASES, (list(orgs), list(case_ids)))
    return {(OrgId(org), case.case_id): case for org, case in ((row[0], _case(row[1:])) for row in rows)}


_CASES: Final = f"""
    SELECT c.org_id::text, {_COLUMNS}
    FROM notify.case_view c JOIN unnest($1::uuid[], $2::uuid[]) AS k(org_id, case_id)
        ON c.org_id = k.org_id AND c.case_id = k.case_id
"""  # noqa: S608 (constants of this file)


def _state(case: Case) -> tuple[object, ...]:
    facts = orjson.dumps(dict(case.facts)).decode()
    return case.status, case.previous_status, case.owner, facts, list(case.milestones)


def _origin(case: Case) -> tuple[object, ...]:
    return (
        *(case.number, case.case_type, case.channel, case.first_responder, case.customer_ref),
        *(case.received_at, case.pack, case.policy_version),
    )


def _case(columns: Sequence[Any]) -> Case:
    case_id, number, case_type, channel, status, previous, owner, responder, customer, *rest = columns
    received_at, pack, policy_version, facts, milestones = rest
    return Case(
        case_id=case_id,
        number=number,
        case_type=case_type,
        channel=channel,
        status=status,
        previous_status=previous,
        owner=owner,
        first_responder=responder,
        customer_ref=customer,
        received_at=received_at,
        pack=pack,
        policy_version=policy_version,
        facts=orjson.loads(facts),
        milestones=tuple(milestones),
    )
