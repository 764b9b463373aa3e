"""What the notify section declares, what it refers to, and what its texts and conditions may name on each event."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from shared.contracts import intake
from shared.contracts.catalogue import Place, named_at
from shared.contracts.envelope import Contract
from shared.packs.language.declarations import Names, Scope
from shared.packs.language.types import Path, Placed
from shared.packs.language.wording import Wording
from shared.packs.notify.model.delivery import Locale
from shared.packs.notify.model.section import RELATIVE_ROLES, NotifySection, Template

CONTRACT_OF_EVENT: Final[Mapping[str, type[Contract]]] = {event.name: event.contract for event in named_at(Place.RULE)}

CASE: Final = frozenset(
    {"case_id", "number", "case_type", "channel", "status", "previous_status", "owner", "first_responder",
     "customer_ref", "received_at", "milestones"}
)  # fmt: skip
LABELS: Final = frozenset({"status_label", "owner_label"})
LINK: Final = "link"
"""What texts may print of a case beside its labels, where the pack declares `customer_links`."""
PARTY: Final = frozenset({"name", "role"})
SENDER: Final = frozenset({"name"})
RECORD: Final = frozenset({"kind", "fields"})
DOCUMENT: Final = frozenset({"template", "number", "state", "fields", "signed_by", "recipients"})
EVENT: Final = frozenset({"name", "occurred_at"})


def declared(section: NotifySection) -> Names:
    """The templates."""
    return Names(templates=[(("templates", i, "id"), template.id) for i, template in enumerate(section.templates)])


def referenced(section: NotifySection) -> Names:
    """Events that rules speak on, roles, templates, and the facts that texts print."""
    rules = list(enumerate(section.rules))
    return Names(
        events=[(("rules", i, "on", j), name) for i, rule in rules for j, name in enumerate(rule.on)],
        roles=[*_recipient_roles(section), *_address_roles(section), *_handling_roles(section)],
        templates=[(("rules", i, "template"), rule.template) for i, rule in rules],
        facts=list(_template_facts(section)),
    )


def scopes(section: NotifySection) -> list[Scope]:
    """What the conditions of each rule may name on all of its events."""
    return [Scope(path=("rules", i), roots=roots_of(rule.on)) for i, rule in enumerate(section.rules)]


def texts(section: NotifySection) -> Iterator[tuple[Path, Template, Locale, Wording]]:
    """Every subject and body with its path."""
    for i, template in enumerate(section.templates):
        for locale, text in template.locales.items():
            yield ("templates", i, "locales", locale, "subject"), template, locale, text.subject
            yield ("templates", i, "locales", locale, "body"), template, locale, text.body


def roots_of(events: Sequence[str]) -> dict[str, frozenset[str] | None]:
    """What may stand after each first name in the expressions of a rule that speaks on all of `events`."""
    fields = frozenset.intersection(*(frozenset(contract_of(event).model_fields) for event in events)) | EVENT
    roots: dict[str, frozenset[str] | None] = {"case": CASE, "event": fields}
    if all(contract_of(event) is intake.CaseAdvancedV1 for event in events):
        roots |= {"document": DOCUMENT, "record": RECORD}
    return roots


def contract_of(event: str) -> type[Contract]:
    """The contract that carries an event; milestones of a pack come with `case.advanced`."""
    return CONTRACT_OF_EVENT.get(event, intake.CaseAdvancedV1)


def _recipient_roles(section: NotifySection) -> Iterator[Placed]:
    for i, rule in enumerate(section.rules):
        for j, recipient in enumerate(rule.recipients):
            if recipient.role not in RELATIVE_ROLES:
                yield ("rules", i, "recipients", j, "role"), recipient.role


def _address_roles(section: NotifySection) -> Iterator[Placed]:
    for i, address in enumerate(section.addresses):
        if address.role is not None and address.role not in RELATIVE_ROLES:
            yield ("addresses", i, "role"), address.role


def _handling_roles(section: NotifySection) -> Iterator[Placed]:
    for i, rule in enumerate(section.rules):
        if rule.handled_by is not None and rule.handled_by not in RELATIVE_ROLES:
            yield ("rules", i, "handled_by"), rule.handled_by


def _template_facts(section: NotifySection) -> Iterator[Placed]:
    for path, _, _, wording in texts(section):
        for variable in wording.variables:
            if variable[0] in ("facts", "labels") and len(variable) > 1:
                yield path, variable[1]
