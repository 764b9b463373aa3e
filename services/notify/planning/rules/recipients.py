"""The recipients of a rule on a case, each with the channel on which it is told.

The address of a party recorded on the case is used before the pack's addresses. Every colleague has an inbox,
customers have none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.notify.cases.rules import Case, Party
from services.notify.channels.rules.channel import Channel, Contact
from shared.kernel.actor import RESPONSIBLE_ROLE
from shared.packs.notify.model.delivery import Address
from shared.packs.notify.model.section import CUSTOMER, FIRST_RESPONDER, OWNER, NotifySection, Rule
from shared.packs.pack.model import PackSection


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """A recipient, the channel on which it is told, and the channels that follow when this one fails for good."""

    contact: Contact
    channel: Channel
    address: str | None  # None: by hand without a recorded address, or not reachable
    is_reachable: bool
    further: tuple[str, ...]

    @property
    def endpoint_id(self) -> str:
        """The webhook endpoint that it is told at; empty on other channels."""
        return self.address or "" if self.channel.to_endpoints else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """Everything from which the recipients of a case are found."""

    case: Case
    parties: Mapping[str, Party]
    pack: PackSection
    section: NotifySection
    channels: Mapping[str, Channel]
    endpoint_id: str | None = None  # a webhook endpoint that takes notices

    def of(self, rule: Rule) -> list[Addressee]:
        """The recipients of `rule` in its order; a place that several of its roles share is told once."""
        found: list[Addressee] = []
        taken: set[tuple[str, str]] = set()
        for recipient in rule.recipients:
            addressee = self.addressee(recipient.role, rule.channels)
            if addressee.address is not None:
                place = (addressee.channel.name, addressee.channel.place(addressee.address))
                if place in taken:
                    continue
                taken.add(place)
            found.append(addressee)
        return found

    def addressee(self, role: str, names: Sequence[str]) -> Addressee:
        """The recipient `role` on the first of the channels on which it can be told; not reachable on the first."""
        contact = self.contact(role)
        channels = [self.channels[name] for name in names]
        first = next((index for index, channel in enumerate(channels) if channel.can_reach(contact)), None)
        channel = channels[first or 0]
        return Addressee(
            contact=contact,
            channel=channel,
            address=None if first is None else channel.address(contact),
            is_reachable=first is not None,
            further=tuple(names[(first or 0) + 1 :]),
        )

    def contact(self, role: str) -> Contact:
        """The recipient that a rule means by `role` on this case; `owner` is the role that owns it now."""
        if role == FIRST_RESPONDER:
            if self.case.first_responder.startswith(RESPONSIBLE_ROLE):
                return self._of_role(self.case.first_responder.removeprefix(RESPONSIBLE_ROLE))
            subject = self.case.first_responder
            listed = next((found for found in self.section.addresses if found.subject == subject), None)
            return self._contact(role, listed=listed, inbox=f"subject:{subject}", name=subject)
        return self._of_role(self.case.owner if role == OWNER else role)

    def _of_role(self, holder: str) -> Contact:
        listed = next((found for found in self.section.addresses if found.role == holder), None)
        return self._contact(holder, listed=listed, inbox=None if holder == CUSTOMER else f"role:{holder}", name=None)

    def handler(self, rule: Rule) -> str:
        """Who delivers the messages of `rule` by hand, as inboxes are addressed."""
        match rule.handled_by:
            case str(role) if role == FIRST_RESPONDER:
                responder = self.case.first_responder
                return responder if responder.startswith(RESPONSIBLE_ROLE) else f"subject:{responder}"
            case str(role) if role != OWNER:
                return f"role:{role}"
            case _:
                return f"role:{self.case.owner}"

    def _contact(self, role: str, *, listed: Address | None, inbox: str | None, name: str | None) -> Contact:
        party = self.parties.get(role)
        locale = (party.locale if party else None) or (listed.locale if listed else None)
        return Contact(
            role=role,
            name=party.name if party else name,
            locale=supported(locale, default=self.section.defaults.locale),
            party=party,
            listed=listed,
            inbox=inbox,
            endpoint_id=self.endpoint_id,
        )


def supported(locale: str | None, *, default: str) -> str:
    """The language to write in: Chinese for any Chinese locale, English for any other that is known."""
    if not locale:
        return default
    return "zh-CN" if locale.lower().startswith("zh") else "en"
