"""The notify section of a policy pack: who is told what, on which event, in which words.

Checked when published: every text in both languages, every name in a text against the event that the
rule speaks of, every text rendered once with sample data for each event it is used on.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from shared.kernel.text import Text
from shared.packs.language.declarations import Names, Scope
from shared.packs.language.durations import ElapsedDuration
from shared.packs.language.section import Section
from shared.packs.language.types import Cite, EventName, Expr, Ident, Path, Placed
from shared.packs.language.wording import Wording
from shared.packs.notify.delivery import (
    BY_HAND,
    Address,
    ChannelName,
    DailyHours,
    EmailAddress,
    Locale,
    hours_fault,
    longest_wait,
)
from shared.packs.notify.texts import roots_of, wording_fault

LOCALES: Final[tuple[Locale, ...]] = ("zh-CN", "en")
CUSTOMER: Final = "customer"
FIRST_RESPONDER: Final = "first_responder"
OWNER: Final = "owner"
RELATIVE_ROLES: Final = frozenset({CUSTOMER, FIRST_RESPONDER, OWNER})


class TemplateText(Section):
    """Subject (one line) and body of a message in one language."""

    subject: Wording
    """One line."""
    body: Wording
    """The text."""


class Template(Section):
    """The words of a message in all languages; `version` counts up when a pack's author rewords it."""

    id: Ident
    """What rules call it."""
    version: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Counts up when it is reworded; told with every message."""
    channels: Annotated[tuple[ChannelName, ...], Field(min_length=1)] = ("email", "internal")
    """Channels that it is written for; lint warns when a rule sends it over another."""
    locales: dict[Locale, TemplateText]
    """`zh-CN` and `en`, both."""

    @model_validator(mode="after")
    def _all_locales(self) -> Self:
        if missing := [locale for locale in LOCALES if locale not in self.locales]:
            msg = f"template {self.id} has no text in {', '.join(missing)}"
            raise ValueError(msg)
        return self


class Recipient(Section):
    """Who: `customer`, `first_responder`, `owner` (the case's owning role), or a role of the pack."""

    role: Ident
    """`customer`, `first_responder`, `owner`, or a role of the pack."""


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str) else value


class Rule(Section):
    """One duty to tell somebody something. `on` is one canonical event name or several.

    Over `fax`, `phone` and `letter` a person delivers: the message is a to-do until somebody of `handled_by` says
    what became of it, and is looked at once more (`still_valid`, `deadline`) at that moment.
    """

    id: Ident
    """Its name in the delivery log and in scenarios."""
    cite: Cite
    on: Annotated[tuple[EventName, ...], BeforeValidator(_listed), Field(min_length=1)]
    """Canonical event names: one, or a list."""
    when: Expr | None = None
    """Told only when this holds."""
    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1)]
    """Who is told."""
    channels: Annotated[tuple[ChannelName, ...], Field(min_length=1)] = ("email", "internal")
    """In their order: the first on which the recipient can be reached, the next when it fails for good."""
    handled_by: Ident | None = None
    """Who delivers what goes by hand: `owner` (the case's owning role, the default), `first_responder` or a role."""
    hours: DailyHours = ()
    """Windows of every day, in the pack's zone, outside of which a message waits for the next one; none: at any time.

    A window is open from `opens` to just before `closes`: at 12:00:00 one of 09:00 to 12:00 is over.
    """
    template: Ident
    """The words."""
    still_valid: Expr | None = None
    """Asked again at the moment of sending: when it no longer holds, the message is skipped."""
    once_per: Literal["event", "case"] = "event"
    """`event`: on each event again; `case`: the first time only."""
    deadline: ElapsedDuration | None = None
    """How long after the event the message is worth sending, in elapsed time; later it is skipped."""
    step: Annotated[int, Field(ge=1, le=100)] = 1
    """Place in a row of reminders on the same event; each step is told once."""

    @property
    def is_by_hand(self) -> bool:
        """True when the message may go over a channel on which a person delivers."""
        return not BY_HAND.isdisjoint(self.channels)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        fault = hours_fault(self.hours)
        if self.handled_by == CUSTOMER:
            fault = "nobody but a colleague delivers by hand"
        if fault:
            raise ValueError(fault)
        return self


class Sender(Section):
    """In whose name messages go out."""

    name: Text
    """What people read."""
    email: EmailAddress
    """The address mails come from."""


class Defaults(Section):
    """The language for recipients who have stated none, and the sender."""

    locale: Locale = "zh-CN"
    """For recipients who have stated no language."""
    sender: Sender
    """Who speaks."""


class NotifySection(Section):
    """What notify.yaml holds."""

    KEY: ClassVar[str] = "notify"

    defaults: Defaults
    """Language and sender."""
    addresses: tuple[Address, ...] = ()
    """How roles and colleagues are reached."""
    templates: tuple[Template, ...] = ()
    """Texts."""
    rules: tuple[Rule, ...] = ()
    """Who is told what, and when."""

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        faults = list(self._duplicates())
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def template(self, template_id: str) -> Template:
        """The template of a rule (publication made sure that there is one)."""
        return next(template for template in self.templates if template.id == template_id)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def rules_on(self, event: str) -> Iterator[Rule]:
        """The rules that speak on a canonical event, in pack order."""
        return (rule for rule in self.rules if event in rule.on)

    def declares(self) -> Names:
        return Names(templates=[(("templates", i, "id"), template.id) for i, template in enumerate(self.templates)])

    def references(self) -> Names:
        rules = list(enumerate(self.rules))
        return Names(
            events=[(("rules", i, "on", j), name) for i, rule in rules for j, name in enumerate(rule.on)],
            roles=[*self._recipient_roles(), *self._address_roles(), *self._handling_roles()],
            templates=[(("rules", i, "template"), rule.template) for i, rule in rules],
            facts=list(self._template_facts()),
        )

    def faults(self) -> Sequence[Placed]:
        """Texts that cannot be rendered for an event on which they are sent."""
        return list(self._bad_texts())

    def findings(self) -> Sequence[Placed]:
        """Rules whose message may be too late before its hours come, and who handles what nobody delivers."""
        return list(self._doubts())

    def scopes(self) -> Sequence[Scope]:
        return [Scope(path=("rules", i), roots=roots_of(rule.on)) for i, rule in enumerate(self.rules)]

    def _recipient_roles(self) -> Iterator[Placed]:
        for i, rule in enumerate(self.rules):
            for j, recipient in enumerate(rule.recipients):
                if recipient.role not in RELATIVE_ROLES:
                    yield ("rules", i, "recipients", j, "role"), recipient.role

    def _address_roles(self) -> Iterator[Placed]:
        for i, address in enumerate(self.addresses):
            if address.role is not None and address.role not in RELATIVE_ROLES:
                yield ("addresses", i, "role"), address.role

    def _handling_roles(self) -> Iterator[Placed]:
        for i, rule in enumerate(self.rules):
            if rule.handled_by is not None and rule.handled_by not in RELATIVE_ROLES:
                yield ("rules", i, "handled_by"), rule.handled_by

    def _doubts(self) -> Iterator[Placed]:
        for i, rule in enumerate(self.rules):
            written_for = {channel for each in self.templates if each.id == rule.template for channel in each.channels}
            if others := [channel for channel in rule.channels if written_for and channel not in written_for]:
                yield ("rules", i, "channels"), f"template {rule.template} is not written for {', '.join(others)}"
            if rule.handled_by is not None and not rule.is_by_hand:
                yield ("rules", i, "handled_by"), f"rule {rule.id} has no channel by hand (fax, phone, letter)"
            wait = longest_wait(rule.hours)
            if rule.deadline is not None and rule.deadline.elapsed() < wait:
                yield ("rules", i, "deadline"), f"rule {rule.id} may wait {wait} for its hours, beyond its deadline"

    def _texts(self) -> Iterator[tuple[Path, Template, Locale, Wording]]:
        for i, template in enumerate(self.templates):
            for locale, text in template.locales.items():
                yield ("templates", i, "locales", locale, "subject"), template, locale, text.subject
                yield ("templates", i, "locales", locale, "body"), template, locale, text.body

    def _template_facts(self) -> Iterator[Placed]:
        for path, _, _, wording in self._texts():
            for variable in wording.variables:
                if variable[0] in ("facts", "labels") and len(variable) > 1:
                    yield path, variable[1]

    def _duplicates(self) -> Iterator[str]:
        for kind, ids in (("template", [t.id for t in self.templates]), ("rule", [r.id for r in self.rules])):
            for name in sorted({name for name in ids if ids.count(name) > 1}):
                yield f"two {kind}s are called {name}"

    def _bad_texts(self) -> Iterator[Placed]:
        for path, template, locale, wording in self._texts():
            for event in sorted({name for rule in self.rules if rule.template == template.id for name in rule.on}):
                fault = wording_fault(wording, event=event, locale=locale)
                if fault:
                    yield path, f"on {event}: {fault}"
