"""From a rule's template to the words of one message."""

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from services.notify.cases.rules import Case, Happening, variables
from services.notify.messages.rules import Words
from shared.kernel.text import Text
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.section import Choice
from shared.packs.notify.model.delivery import Locale
from shared.packs.notify.model.section import NotifySection, Rule
from shared.packs.pack.model import PackSection

LONGEST_SUBJECT: Final = 200


class Labels:
    """What people read for a pack's codes, in one language."""

    def __init__(self, *, pack: PackSection, intake: IntakeSection, locale: str) -> None:
        self._pack = pack
        self._intake = intake
        self._locale = locale

    def text(self, text: Text) -> str:
        """The half of `text` in this language."""
        return text.zh if self._locale == "zh-CN" else text.en

    def status(self, status: str) -> str:
        """A case status."""
        found = self._intake.statuses_by_id.get(status)
        return self.text(found.label) if found else status

    def role(self, role: str) -> str:
        """A role of the pack."""
        found = next((item for item in self._pack.roles if item.id == role), None)
        return self.text(found.label) if found else role

    def facts(self, facts: Mapping[str, object]) -> dict[str, object]:
        """Each fact's value as its choice's label, or as it is."""
        return {name: self._choice(name, value) for name, value in facts.items()}

    def _choice(self, name: str, value: object) -> object:
        field = self._intake.facts_by_id.get(name)
        choices = (choice for choice in field.choices if isinstance(choice, Choice)) if field else ()
        return next((self.text(choice.label) for choice in choices if choice.id == value), value)


def words(  # noqa: PLR0913 (everything a text may speak of)
    rule: Rule, case: Case, happening: Happening, *, on: str, section: NotifySection, labels: Labels,
    recipient: Mapping[str, str], locale: Locale, zone: ZoneInfo,
) -> Words:  # fmt: skip
    """The message of `rule` in `locale`. Raises WordingInvalid when a value is of a kind the text cannot print."""
    context = variables(case, happening, on=on)
    named = {"status_label": labels.status(case.status), "owner_label": labels.role(case.owner)}
    context |= {
        "case": {**_mapping(context["case"]), **named},
        "labels": labels.facts(case.facts),
        "party": recipient,
        "sender": {"name": labels.text(section.defaults.sender.name)},
        "cite": rule.cite,
    }
    text = section.template(rule.template).locales[locale]
    subject = text.subject.render(context, locale=locale, zone=zone)
    sender = section.defaults.sender
    return Words(
        subject=" ".join(subject.split())[:LONGEST_SUBJECT],
        body=text.body.render(context, locale=locale, zone=zone),
        sender_name=labels.text(sender.name),
        sender_email=sender.email,
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
