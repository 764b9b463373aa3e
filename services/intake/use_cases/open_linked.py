"""The cases that a step opens come into being in the step's own transaction, each complete and announced.

A refusal of one of them (its type's gates, a fact that misses) refuses the step.
"""

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from services.intake import announce
from services.intake.db import cases, links
from services.intake.db.registrations import Party, insert_case, shared_parties
from services.intake.domain.case import Case
from services.intake.domain.dossier import Dossier
from services.intake.domain.errors import LinkedOwnerUnknown
from services.intake.domain.link import Linked, Opening, other_end
from services.intake.domain.registration import Application, PolicyPin, Registration, register
from services.intake.domain.step import Taken
from shared.kernel.ids import CaseId, new_id
from shared.packs.intake.links import INTERNAL
from shared.packs.store import Policy
from shared.platform.db.transaction import Transaction


async def open_linked(tx: Transaction, taken: Taken, before: Dossier, policy: Policy) -> tuple[Linked, ...]:
    """Open what the step opens. Raises LinkedOwnerUnknown and what refuses a registration."""
    if not taken.opened:
        return ()
    elsewhere = tuple(reached.name for reached in before.reached_elsewhere)
    wanted = [(opening, _registration(opening, taken, elsewhere, policy)) for opening in taken.opened]
    parties = await shared_parties(tx, org=taken.case.org, case_id=taken.case.case_id)
    opened: dict[str, Linked] = {}
    for opening, registration in sorted(wanted, key=_counter):
        number = await cases.next_number(tx, registration.series, org=taken.case.org)
        case = replace(registration.case, number=number)
        await _store(tx, case, opening, taken, parties=parties, policy=policy)
        opened[case.case_id] = other_end(case, relation=opening.relation)
    return tuple(opened[registration.case.case_id] for _, registration in wanted)


def _counter(one: tuple[Opening, Registration]) -> str:
    """Counters are locked in one order, so that two steps never wait for each other's."""
    return one[1].series.key


def _registration(opening: Opening, taken: Taken, elsewhere: tuple[str, ...], policy: Policy) -> Registration:
    roles = {role.id for role in policy.pack.roles}
    if opening.owner is not None and opening.owner not in roles:
        raise LinkedOwnerUnknown(cite=opening.cite, fields={"allowed": sorted(roles)})
    parent, actor, now = taken.case, taken.attempt.actor, taken.attempt.now
    application = Application(
        case_type=opening.case_type,
        channel=INTERNAL,
        customer_ref=parent.customer_ref,
        order_ref=parent.order_ref,
        description=opening.description,
        facts={name: value for name, value in opening.facts.items() if value is not None},
        received_at=taken.at,
        first_responder=parent.first_responder if actor.is_system else actor.subject,
        contact_id=None,
        parent=other_end(parent, relation=opening.relation, elsewhere=elsewhere),
        owner=opening.owner,
    )
    today = now.astimezone(ZoneInfo(policy.pack.zone)).date()
    pin = PolicyPin(pack=policy.name, version=policy.version, today=today)
    return register(application, policy.intake, pin=pin, ids=(parent.org, CaseId(new_id())), actor=actor, now=now)


async def _store(
    tx: Transaction, case: Case, opening: Opening, taken: Taken, *, parties: Sequence[Party], policy: Policy
) -> None:
    own = [replace(party, party_id=new_id()) for party in parties]
    await insert_case(tx, case, parties=own, contact=None)
    await links.insert_link(tx, parent=taken.case, child=case, relation=opening.relation)
    parent = other_end(taken.case, relation=opening.relation)
    await announce.registered(tx, case, parties=own, section=policy.intake, actor=taken.attempt.actor, parent=parent)
