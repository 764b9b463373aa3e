"""From a rule's template to the words of one message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from services.notify.cases.rules import Case, CaseEvent, variables
from services.notify.channels.rules.channel import Contact
from services.notify.channels.rules.links import printed
from services.notify.messages.rules import Words
from shared.kernel.case_link import CaseLink
from shared.kernel.text import Text
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.section import Choice
from shared.packs.notify.model.delivery import Locale
from shared.packs.notify.model.section import CUSTOMER, NotifySection, Rule
from shared.packs.pack.model import PackSection

LONGEST_SUBJECT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What people read for a pack's codes, in one language."""

    pack: PackSection
    intake: IntakeSection
    locale: Locale

    def text(self, text: Text) -> str:
        """The half of `text` in this language."""
        return text.zh if self.locale == "zh-CN" else text.en

    def status(self, status: str) -> str:
        """A case status."""
        found = self.intake.statuses_by_id.get(status)
        return self.text(found.label) if found else status

    def role(self, role: str) -> str | None:
        """A role of the pack; None when it has no such role."""
        found = next((item for item in self.pack.roles if item.id == role), None)
        return self.text(found.label) if found else None

    def name(self, contact: Contact) -> str:
        """How `contact` is addressed: by name, else by the pack's label of the role."""
        return contact.name or self.role(contact.role) or self.text(Text(zh="客户", en="Customer"))

    def facts(self, facts: Mapping[str, object]) -> dict[str, object]:
        """Each fact's value as its choice's label, or as it is."""
        return {name: self._choice(name, value) for name, value in facts.items()}

    def _choice(self, name: str, value: object) -> object:
        field = self.intake.facts_by_id.get(name)
        choices = (choice for choice in field.choices if isinstance(choice, Choice)) if field else ()
        return next((self.text(choice.label) for choice in choices if choice.id == value), value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What the texts of a pack may name on one event of a case."""

    case: Case
    event: CaseEvent
    pack: PackSection
    intake: IntakeSection
    section: NotifySection
    link: CaseLink | None = None
    """The customer's newest link to the case that holds."""

    def words(self, rule: Rule, contact: Contact, *, on: str) -> Words:
        """The message of `rule` to `contact`. Raises WordingInvalid when a value is of a kind the text cannot print."""
        locale: Locale = "zh-CN" if contact.locale == "zh-CN" else "en"
        labels = Labels(pack=self.pack, intake=self.intake, locale=locale)
        context = self._context(rule, contact, on=on, labels=labels)
        text, sender = self.section.template(rule.template).locales[locale], self.section.defaults.sender
        zone = ZoneInfo(self.pack.zone)
        subject = text.subject.render(context, locale=locale, zone=zone)
        return Words(
            subject=" ".join(subject.split())[:LONGEST_SUBJECT],
            body=text.body.render(context, locale=locale, zone=zone),
            sender_name=labels.text(sender.name),
            sender_email=sender.email,
        )

    def _context(self, rule: Rule, contact: Contact, *, on: str, labels: Labels) -> dict[str, object]:
        case = self.case
        context = variables(case, self.event, on=on)
        named = {"status_label": labels.status(case.status), "owner_label": labels.role(case.owner) or case.owner}
        if self.intake.customer_links is not None:
            is_customer = contact.role == CUSTOMER
            named["link"] = printed(self.intake.customer_links.page, self.link if is_customer else None)
        return context | {
            "case": {**_mapping(context["case"]), **named},
            "labels": labels.facts(case.facts),
            "party": {"name": labels.name(contact), "role": contact.role},
            "sender": {"name": labels.text(self.section.defaults.sender.name)},
            "cite": rule.cite,
        }


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
