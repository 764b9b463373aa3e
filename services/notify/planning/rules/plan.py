"""Which messages an event causes: rules of the pinned pack → messages, each with its recipient, channel and words.

A rule that cannot be evaluated or rendered yields a failed message that everybody can see; it never
stops the case's other messages, and never the events behind it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypedDict
from zoneinfo import ZoneInfo

from services.notify.cases.rules import Happening, variables
from services.notify.messages.rules import Channel, Identity, Message, State, Words
from services.notify.planning.rules.hours import next_open
from services.notify.planning.rules.recipients import Contact, Reach, address_of, is_reached
from services.notify.planning.rules.render import Labels, words
from shared.kernel.errors import ServiceError
from shared.packs.intake.model.section import IntakeSection
from shared.packs.notify.model.delivery import Locale
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
class Plan:
    """One event of one case, and what is needed to speak of it."""

    happening: Happening
    reach: Reach
    intake: IntakeSection
    now: datetime
    new_id: Callable[[], str]


def plan(plan: Plan) -> list[Message]:
    """The messages that the event causes, in pack order; a recipient is told once per rule, whatever his roles."""
    found: list[Message] = []
    if not plan.happening.may_be_told:
        return found
    for rule in plan.reach.section.rules:
        on = next((name for name in plan.happening.names if name in rule.on), None)
        if on is None:
            continue
        told: set[tuple[Channel, str | None]] = set()
        for message in _messages(plan, rule, on=on):
            place = (message.identity.channel, message.address)
            if message.address is None or place not in told:
                found.append(message)
            told.add(place)
    return found


def fallback(message: Message, *, rule: Rule, reach: Reach, now: datetime, new_id: Callable[[], str]) -> Message | None:
    """The same words over the next channel on which the recipient can be reached, after `message` failed."""
    contact = reach.contact(message.identity.recipient)
    index = _first_reachable(message.fallback, contact, reach)
    if index is None:
        return None
    channel = message.fallback[index]
    address = address_of(contact, channel=channel, endpoints=reach.endpoints)
    due_at = next_open(rule.hours, at=now, zone=ZoneInfo(reach.pack.zone))
    state = _state(channel, failure=None, is_open=due_at == now)
    return replace(
        message,
        message_id=new_id(),
        identity=replace(message.identity, channel=channel, endpoint_id=_endpoint(channel, address)),
        fallback=message.fallback[index + 1 :],
        address=address,
        handler=reach.handler(rule) if channel.is_by_hand else None,
        **_progress(state, now=now, due_at=due_at),
        reason=None,
    )


def _messages(plan: Plan, rule: Rule, *, on: str) -> Iterator[Message]:
    context = variables(plan.reach.case, plan.happening, on=on)
    reason: str | None = None
    try:
        if rule.when is not None and not rule.when.holds(context):
            return
    except ServiceError:
        reason = "condition_failed"
    for recipient in rule.recipients:
        yield _message(plan, rule, on=on, contact=plan.reach.contact(recipient.role), failure=reason)


def _message(plan: Plan, rule: Rule, *, on: str, contact: Contact, failure: str | None) -> Message:
    channels = tuple(Channel(name) for name in rule.channels)
    first = _first_reachable(channels, contact, plan.reach)
    text, failure = (NO_WORDS, failure) if failure else _words(plan, rule, on=on, contact=contact)
    due_at = next_open(rule.hours, at=plan.now, zone=ZoneInfo(plan.reach.pack.zone))
    state = _state(channels[first] if first is not None else None, failure=failure, is_open=due_at == plan.now)
    channel = channels[first or 0]
    address = address_of(contact, channel=channel, endpoints=plan.reach.endpoints) if first is not None else None
    template = plan.reach.section.template(rule.template)
    return Message(
        message_id=plan.new_id(),
        identity=_identity(plan, rule, contact=contact, channel=channel, address=address),
        on=on,
        template=template.id,
        template_version=template.version,
        locale=contact.locale,
        cite=rule.cite,
        fallback=channels[(first or 0) + 1 :],
        address=address,
        words=text,
        is_rechecked=rule.still_valid is not None or bool(rule.hours),
        expires_at=plan.happening.occurred_at + rule.deadline.elapsed() if rule.deadline else None,
        handler=plan.reach.handler(rule) if channel.is_by_hand else None,
        **_progress(state, now=plan.now, due_at=due_at),
        reason=failure or (UNREACHABLE if state is State.SKIPPED else None),
    )


def _state(channel: Channel | None, *, failure: str | None, is_open: bool) -> State:
    """An inbox and a person need no sender, so what goes there is told at once, when it is time."""
    if failure is not None:
        return State.FAILED
    match channel:
        case None:
            return State.SKIPPED
        case Channel.INTERNAL if is_open:
            return State.SENT
        case Channel.FAX | Channel.PHONE | Channel.LETTER if is_open:
            return State.TO_DO
        case _:
            return State.QUEUED


def _progress(state: State, *, now: datetime, due_at: datetime) -> _Progress:
    """What a new message in `state` says of its course."""
    has_ended = state in (State.SENT, State.SKIPPED, State.FAILED)
    return {
        "state": state,
        "attempts": 1 if state is State.SENT else 0,
        "due_at": due_at if state is State.QUEUED else None,
        "ended_at": now if has_ended else None,
    }


def _first_reachable(channels: tuple[Channel, ...], contact: Contact, reach: Reach) -> int | None:
    reachable = (
        index
        for index, channel in enumerate(channels)
        if is_reached(contact, channel=channel, endpoints=reach.endpoints)
    )
    return next(reachable, None)


def _identity(plan: Plan, rule: Rule, *, contact: Contact, channel: Channel, address: str | None) -> Identity:
    return Identity(
        case_id=plan.reach.case.case_id,
        occasion="case" if rule.once_per == "case" else plan.happening.event_id,
        rule=rule.id,
        recipient=contact.role,
        channel=channel,
        step=rule.step,
        endpoint_id=_endpoint(channel, address),
    )


def _endpoint(channel: Channel, address: str | None) -> str:
    return address if channel is Channel.WEBHOOK and address else ""


def _words(plan: Plan, rule: Rule, *, on: str, contact: Contact) -> tuple[Words, str | None]:
    reach = plan.reach
    locale: Locale = "zh-CN" if contact.locale == "zh-CN" else "en"
    try:
        text = words(
            rule,
            reach.case,
            plan.happening,
            on=on,
            section=reach.section,
            labels=Labels(pack=reach.pack, intake=plan.intake, locale=locale),
            recipient={"name": reach.role_name(contact, locale=locale), "role": contact.role},
            locale=locale,
            zone=ZoneInfo(reach.pack.zone),
        )
    except ServiceError:
        return NO_WORDS, "template_failed"
    return text, None
