"""Which messages an event causes: recipients are resolved, then words rendered, then messages built.

A rule that cannot be evaluated or rendered yields a failed message that is listed like any other; it
stops neither the case's other messages nor the events behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypedDict
from zoneinfo import ZoneInfo

from services.notify.cases.rules import CaseEvent, variables
from services.notify.messages.rules import Identity, Message, State, Words
from services.notify.planning.rules.hours import next_open
from services.notify.planning.rules.recipients import Addressee, Recipients
from services.notify.planning.rules.render import Texts
from shared.kernel.errors import ServiceError
from shared.packs.language.conditions import judged
from shared.packs.notify.model.channels import Delivery
from shared.packs.notify.model.section import Rule

UNREACHABLE: Final = "recipient_unreachable"
NO_WORDS: Final = Words(subject="", body="")


class _Progress(TypedDict):
    """The course of a new message."""

    state: State
    attempts: int
    due_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What one recipient of a rule is told, or why it cannot be said."""

    rule: Rule
    on: str
    addressee: Addressee
    words: Words
    failure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Makes the messages of a case at one instant."""

    recipients: Recipients
    now: datetime
    new_id: Callable[[], str]

    def plan(self, event: CaseEvent, texts: Texts) -> list[Message]:
        """The messages that `event` causes, in pack order; a recipient is told once per rule, whatever its roles."""
        if not event.may_be_told:
            return []
        return [
            self._message(drafted, event)
            for rule in self.recipients.section.rules
            for drafted in _drafted(rule, event, self.recipients, texts)
        ]

    def fallback(self, message: Message, rule: Rule) -> Message | None:
        """The same words over the next channel on which the recipient can be told, after `message` failed."""
        if not message.fallback:
            return None
        addressee = self.recipients.addressee(message.identity.recipient, message.fallback)
        if not addressee.is_reachable:
            return None
        channel = addressee.channel
        identity = replace(message.identity, channel=channel.name, endpoint_id=addressee.endpoint_id)
        return replace(
            message,
            message_id=self.new_id(),
            identity=identity,
            delivery=channel.delivery,
            fallback=addressee.further,
            address=addressee.address,
            handler=self._handler(addressee, rule),
            **self._progress(addressee, rule, failure=None),
            reason=None,
        )

    def _message(self, drafted: Drafted, event: CaseEvent) -> Message:
        rule, addressee = drafted.rule, drafted.addressee
        template = self.recipients.section.template(rule.template)
        unreachable = None if addressee.is_reachable else UNREACHABLE
        return Message(
            message_id=self.new_id(),
            identity=self._identity(drafted, event),
            delivery=addressee.channel.delivery,
            on=drafted.on,
            template=template.id,
            template_version=template.version,
            locale=addressee.contact.locale,
            cite=rule.cite,
            fallback=addressee.further,
            address=addressee.address,
            words=drafted.words,
            is_rechecked=rule.still_valid is not None or bool(rule.hours),
            expires_at=event.occurred_at + rule.deadline.elapsed() if rule.deadline else None,
            handler=self._handler(addressee, rule),
            **self._progress(addressee, rule, failure=drafted.failure),
            reason=drafted.failure or unreachable,
        )

    def _identity(self, drafted: Drafted, event: CaseEvent) -> Identity:
        rule, addressee = drafted.rule, drafted.addressee
        return Identity(
            case_id=self.recipients.case.case_id,
            occasion="case" if rule.once_per == "case" else event.event_id,
            rule=rule.id,
            recipient=addressee.contact.role,
            channel=addressee.channel.name,
            step=rule.step,
            endpoint_id=addressee.endpoint_id,
        )

    def _handler(self, addressee: Addressee, rule: Rule) -> str | None:
        return self.recipients.handler(rule) if addressee.channel.delivery is Delivery.BY_HAND else None

    def _progress(self, addressee: Addressee, rule: Rule, *, failure: str | None) -> _Progress:
        due_at = next_open(rule.hours, at=self.now, zone=ZoneInfo(self.recipients.pack.zone))
        state = _state(addressee, failure=failure, is_open=due_at == self.now)
        return {
            "state": state,
            "attempts": 1 if state is State.SENT else 0,
            "due_at": due_at if state is State.QUEUED else None,
            "ended_at": self.now if state in (State.SENT, State.SKIPPED, State.FAILED) else None,
        }


def _drafted(rule: Rule, event: CaseEvent, recipients: Recipients, texts: Texts) -> list[Drafted]:
    """What each recipient of `rule` is told; nothing when the rule does not speak on `event`, or not now."""
    on = next((name for name in event.names if name in rule.on), None)
    if on is None:
        return []
    condition = judged(rule.when, variables(recipients.case, event, on=on))
    if not condition.holds and condition.failure is None:
        return []
    drafts: list[Drafted] = []
    for addressee in recipients.of(rule):
        words, failure = NO_WORDS, "condition_failed" if condition.failure else None
        if failure is None:
            words, failure = _words(rule, addressee, texts, on=on)
        drafts.append(Drafted(rule=rule, on=on, addressee=addressee, words=words, failure=failure))
    return drafts


def _words(rule: Rule, addressee: Addressee, texts: Texts, *, on: str) -> tuple[Words, str | None]:
    try:
        return texts.words(rule, addressee.contact, on=on), None
    except ServiceError:
        return NO_WORDS, "template_failed"


def _state(addressee: Addressee, *, failure: str | None, is_open: bool) -> State:
    """An inbox and a person need no sender, so a message to them is told at once, when it is time."""
    if failure is not None:
        return State.FAILED
    if not addressee.is_reachable:
        return State.SKIPPED
    match addressee.channel.delivery:
        case Delivery.INBOX if is_open:
            return State.SENT
        case Delivery.BY_HAND if is_open:
            return State.TO_DO
        case _:
            return State.QUEUED
