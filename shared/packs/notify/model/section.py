"""The notify section of a policy pack: who is told what, on which event, in which words.

Checked when published: every text in both languages, every name in a text against the event that the
rule speaks of, every text rendered once with sample data for each event it is used on.
"""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import BeforeValidator, Field

from shared.kernel.text import Text
from shared.packs.language.citations import Cite
from shared.packs.language.durations import ElapsedDuration
from shared.packs.language.section import Section
from shared.packs.language.types import EventName, Expr, Ident
from shared.packs.language.wording import Wording
from shared.packs.notify.model.channels import BY_HAND, ChannelName
from shared.packs.notify.model.delivery import (
    Address,
    DailyHours,
    EmailAddress,
    Locale,
)

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


class Recipient(Section):
    """Who: `customer`, `first_responder`, `owner` (the case's owning role), or a role of the pack."""

    role: Ident
    """`customer`, `first_responder`, `owner`, or a role of the pack."""


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str) else value


class Rule(Section):
    """One duty to notify. `on` is one canonical event name or several.

    Over `fax`, `phone` and `letter` a person delivers: the message is a to-do until a person of `handled_by` says
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
        return any(channel in BY_HAND for channel in self.channels)


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

    def template(self, template_id: str) -> Template:
        """The template of a rule (publication made sure that there is one)."""
        return next(template for template in self.templates if template.id == template_id)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)
