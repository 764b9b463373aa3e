"""Contacts: what must be noted, by the rules of the pack, and what a contact may lead to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.intake.cases.rules.classification import actor_context
from services.intake.cases.rules.errors import ChannelUnknown
from services.intake.entries.rules import gates
from services.intake.entries.rules.errors import InputRefused
from services.intake.entries.rules.evaluation import value
from services.intake.entries.rules.values import Value, Values, entered
from shared.kernel.actor import Actor
from shared.kernel.errors import Conflict, NotFound, Rejected
from shared.kernel.text import Text
from shared.packs.intake.model.fields import ContactKind
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.values import text


class ContactUnknown(NotFound):
    """No such contact in this organisation."""


class ContactKindUnknown(Rejected):
    """The pack has no such kind of contact. 422."""

    code = "contact_kind_unknown"
    title = Text(en="Unknown contact kind", zh="没有该类来访")


class ContactHasCase(Conflict):
    """The contact already led to a case. 409; `fields.case_id`."""

    code = "contact_has_case"
    title = Text(en="Contact already has a case", zh="该来访已立案件")


class ContactOpensNoCase(Conflict):
    """A contact of this kind does not lead to a case of that type. 409."""

    code = "contact_opens_no_case"
    title = Text(en="Contact kind does not open this case type", zh="该类来访不对应此类案件")


class ContactRefused(Rejected):
    """A rule of the pack wants more noted about the contact; code and citation are the pack's. 422."""

    code = "contact_refused"
    title = Text(en="Contact details required by the policy pack", zh="规则包要求补充来访信息")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One contact as it is on record."""

    contact_id: str
    channel: str
    kind: str
    caller: dict[str, Any]
    summary: str | None
    fields: dict[str, Any]
    pack: str
    policy_version: int
    received_at: datetime
    received_by: str
    case_id: str | None


def noted(
    section: IntakeSection,
    kind: ContactKind,
    *,
    channel: str,
    caller: Mapping[str, str | None],
    fields: Mapping[str, object],
    actor: Actor,
) -> Values:
    """The entries of a contact, checked. Raises InputRefused, ChannelUnknown or ContactRefused."""
    if kind.channels and channel not in kind.channels:
        raise ChannelUnknown(cite=kind.cite, fields={"allowed": list(kind.channels)})
    missing = [name for name in kind.caller if not caller.get(name)]
    if missing:
        raise InputRefused(code="input_missing", cite=kind.cite, fields=dict.fromkeys(missing, "missing"))
    seen: dict[str, object] = {
        "contact": {"channel": channel, "kind": kind.id},
        "caller": dict(caller),
        "actor": actor_context(actor),
        "facts": {},
    }
    every = section.every_contact
    values = entered((*every.fields, *kind.fields), fields, context=seen, cite=kind.cite)
    seen["input"] = values
    gates.require((*every.require, *kind.require), context=seen, refusal=ContactRefused)
    extra = {name: _computed(value(rule, seen)) for name, rule in {**every.set, **kind.set}.items()}
    return {**values, **extra}


def _computed(value: object) -> Value:
    return value if value is None or isinstance(value, bool | str) else text(value)


def contact_kind(section: IntakeSection, kind: str) -> ContactKind:
    """The pack's kind of contact. Raises ContactKindUnknown."""
    found = section.contacts_by_id.get(kind)
    if found is None:
        raise ContactKindUnknown(fields={"allowed": sorted(section.contacts_by_id)})
    return found
