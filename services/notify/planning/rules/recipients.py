"""Where a recipient is reached: a party recorded on the case wins over the pack's addresses.

Colleagues always have an inbox here (channel `internal`), customers have not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.notify.cases.rules import Case, Party
from services.notify.messages.rules import Channel
from shared.packs.notify.model.delivery import Address
from shared.packs.notify.model.section import CUSTOMER, FIRST_RESPONDER, OWNER, NotifySection, Rule
from shared.packs.pack.model import PackSection


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One recipient of a rule on one case."""

    role: str  # `customer`, `first_responder` or a role of the pack
    name: str | None  # None: speak to the role
    locale: str
    email: str | None
    inbox: str | None
    phone: str | None
    fax: str | None
    letter: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Everything from which contacts are found."""

    case: Case
    parties: Mapping[str, Party]
    section: NotifySection
    pack: PackSection
    endpoints: Sequence[str] = ()  # webhook endpoints that take notices

    def contact(self, role: str) -> Contact:
        """The recipient that a rule means by `role` on this case; the owner is whichever role owns it now."""
        if role == FIRST_RESPONDER:
            return self._person(role, subject=self.case.first_responder)
        holder = self.case.owner if role == OWNER else role
        party = self.parties.get(holder)
        address = next((found for found in self.section.addresses if found.role == holder), None)
        inbox = None if holder == CUSTOMER else f"role:{holder}"
        return self._contact(holder, party=party, address=address, inbox=inbox, name=None)

    def _person(self, role: str, *, subject: str) -> Contact:
        address = next((found for found in self.section.addresses if found.subject == subject), None)
        return self._contact(
            role, party=self.parties.get(role), address=address, inbox=f"subject:{subject}", name=subject
        )

    def _contact(
        self, role: str, *, party: Party | None, address: Address | None, inbox: str | None, name: str | None
    ) -> Contact:
        locale = (party.locale if party else None) or (address.locale if address else None)
        return Contact(
            role=role,
            name=party.name if party else name,
            locale=supported(locale, default=self.section.defaults.locale),
            email=(party.email if party else None) or (address.email if address else None),
            inbox=inbox,
            phone=(party.phone if party else None) or (address.phone if address else None),
            fax=address.fax if address else None,
            letter=address.letter if address else None,
        )

    def handler(self, rule: Rule) -> str:
        """Who delivers the messages of `rule` by hand, as inboxes are addressed; the owner as he is now."""
        match rule.handled_by:
            case str(role) if role == FIRST_RESPONDER:
                return f"subject:{self.case.first_responder}"
            case str(role) if role != OWNER:
                return f"role:{role}"
            case _:
                return f"role:{self.case.owner}"

    def role_name(self, contact: Contact, *, locale: str) -> str:
        """How to address `contact`: by name, else by the pack's label of the role."""
        if contact.name:
            return contact.name
        label = next((role.label for role in self.pack.roles if role.id == contact.role), None)
        if label is None:
            return "客户" if locale == "zh-CN" else "Customer"
        return label.zh if locale == "zh-CN" else label.en


def address_of(contact: Contact, *, channel: Channel, endpoints: Sequence[str]) -> str | None:
    """Where `contact` is reached over `channel`, or None."""
    match channel:
        case Channel.EMAIL:
            return contact.email
        case Channel.INTERNAL:
            return contact.inbox
        case Channel.WEBHOOK:
            return endpoints[0] if endpoints else None
        case Channel.PHONE:
            return contact.phone
        case Channel.FAX:
            return contact.fax
        case Channel.LETTER:
            return contact.letter


def is_reached(contact: Contact, *, channel: Channel, endpoints: Sequence[str]) -> bool:
    """Whether `contact` can be told over `channel`; a person who delivers finds a number that nobody wrote down."""
    return channel.is_by_hand or address_of(contact, channel=channel, endpoints=endpoints) is not None


def supported(locale: str | None, *, default: str) -> str:
    """The language to write in: Chinese for any Chinese locale, English for any other that is known."""
    if not locale:
        return default
    return "zh-CN" if locale.lower().startswith("zh") else "en"
