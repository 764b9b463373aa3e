"""Who acts and who is concerned, as requests say it."""

from services.intake.api.schemas import OpenCaseBody, PersonBody
from services.intake.db.registrations import Party
from services.intake.domain.case import Actor
from shared.kernel.ids import new_id
from shared.platform.http.edge import Caller


def actor_of(caller: Caller) -> Actor:
    """The caller as the domain sees it."""
    return Actor(subject=caller.subject, roles=caller.roles)


def parties_of(body: OpenCaseBody) -> list[Party]:
    """The customer first, then the others."""
    concerned: list[tuple[str, PersonBody]] = [("customer", body.customer)]
    concerned += [(party.role, party) for party in body.parties]
    return [
        Party(
            party_id=new_id(),
            role=role,
            name=person.name,
            email=person.email,
            phone=person.phone,
            locale=person.locale,
        )
        for role, person in concerned
    ]
