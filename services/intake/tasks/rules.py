"""What is open for people to do on a case, worked out from the case and from what the other services published.

A task is a step that leads on from where the case stands, an extension or a remedy to decide, a payout to ask for or in
doubt, a paper to sign, a message to deliver by hand or that failed. Who may do it is a set of roles, or one person; the
rules of the pack still decide when it is done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.intake.cases.rules.case import Case
from services.intake.copies.rules import ClockCopy, MessageCopy, RemedyCopy
from services.intake.documents.rules.document import Document
from services.intake.dossier.rules.dossier import Dossier
from services.intake.entries.rules.values import Context
from services.intake.workflow.rules.available import next_steps
from shared.kernel.actor import RESPONSIBLE_ROLE, SYSTEM
from shared.kernel.text import Text
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import DocumentTemplate, Step
from shared.packs.notify.model.section import CUSTOMER, FIRST_RESPONDER, OWNER, NotifySection
from shared.packs.pack.model import Role
from shared.packs.settlement.model.section import SettlementSection
from shared.packs.sla.model.section import SlaSection


class TaskKind(StrEnum):
    """What is to be done."""

    STEP = "step"
    EXTENSION = "extension"
    APPROVAL = "approval"
    PAYOUT = "payout"
    IN_DOUBT = "in_doubt"
    PAPER = "paper"
    MESSAGE = "message"
    SAMPLE = "sample"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do: `what` names the step, clock, remedy or paper, `ref` is its id; due with the clock `clock`."""

    kind: TaskKind
    ref: str
    what: str
    label: Text
    roles: tuple[str, ...]
    cite: str
    due_at: datetime | None = None
    clock: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    person: str | None = None
    """The one person who does it; then no role does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """The sections of the policy that a case is pinned to, as far as tasks need them."""

    intake: IntakeSection
    sla: SlaSection
    settlement: SettlementSection
    notify: NotifySection
    roles: Sequence[Role]


def tasks_of(dossier: Dossier, rules: Rulebook, *, seen: Context) -> list[Task]:
    """Every open task: none of a case that was purged, messages and what samples ask for of one that is archived."""
    case = dossier.case
    if case.is_purged:
        return []
    messages = [_message(message, case, rules) for message in dossier.open_messages]
    drawn = _drawn(dossier, rules.intake)
    if rules.intake.statuses_by_id[case.status].phase == "archived":
        return [*drawn, *messages]
    return [
        *_steps(dossier, rules, seen=seen),
        *_papers(dossier, rules),
        *(_extension(clock) for clock in dossier.clocks if clock.pending_extension is not None),
        *(task for remedy in dossier.remedies for task in _remedy(remedy, rules.settlement)),
        *drawn,
        *messages,
    ]


def _steps(dossier: Dossier, rules: Rulebook, *, seen: Context) -> Iterator[Task]:
    """Steps that lead on, or that a running clock waits for; what may be done at any time is no task."""
    for offer in next_steps(dossier, rules.intake, actor=SYSTEM, seen=seen):
        step = offer.step
        if offer.refusal is not None or (step.document is not None and step.document.action == "sign"):
            continue
        clock = _first_due(dossier.clocks, rules.sla, step.reached())
        if clock is not None or (step.from_ != "open" and step.goto is not None):
            yield _step(step, clock)


def _step(step: Step, clock: ClockCopy | None) -> Task:
    return Task(
        kind=TaskKind.STEP,
        ref=step.id,
        what=step.id,
        label=step.label,
        roles=step.roles,
        cite=step.cite,
        due_at=None if clock is None else clock.due_at,
        clock=None if clock is None else clock.clock,
    )


def _drawn(dossier: Dossier, section: IntakeSection) -> list[Task]:
    """The steps that samples ask for, each once, where several drew the case."""
    by_step = {drawn.step: drawn for drawn in reversed(dossier.drawn)}
    return [
        Task(
            kind=TaskKind.SAMPLE,
            ref=drawn.step,
            what=drawn.step,
            label=section.steps_by_id[drawn.step].label,
            roles=(drawn.role,),
            cite=drawn.cite,
        )
        for drawn in by_step.values()
    ]


def _first_due(clocks: Sequence[ClockCopy], section: SlaSection, reached: Sequence[str]) -> ClockCopy | None:
    """The running clock that is due first among those that one of the milestones stops."""
    stopped = {rule.id for rule in section.clocks if not set(rule.stop).isdisjoint(reached)}
    waiting = [clock for clock in clocks if clock.state == "running" and clock.clock in stopped]
    return min(waiting, key=lambda clock: (clock.due_at, clock.clock), default=None)


def _papers(dossier: Dossier, rules: Rulebook) -> Iterator[Task]:
    for document in dossier.documents:
        template = rules.intake.documents_by_id[document.template]
        if document.state in {"draft", "signing"} and (roles := _signing_roles(template, document, rules.intake)):
            clock = _first_due(dossier.clocks, rules.sla, [f"{document.template}.signed"])
            yield Task(
                kind=TaskKind.PAPER,
                ref=document.document_id,
                what=document.template,
                label=template.label,
                roles=roles,
                cite=template.cite,
                due_at=None if clock is None else clock.due_at,
                clock=None if clock is None else clock.clock,
            )


def _signing_roles(template: DocumentTemplate, document: Document, section: IntakeSection) -> tuple[str, ...]:
    """The roles that may record a signature that is missing: the next one's where the parties sign in order."""
    signed = set(document.signed_by)
    missing = [signer for signer in template.signers if signer.party not in signed]
    asked = missing[:1] if template.ordered else missing
    steps = [s for s in section.steps if s.document and s.document.template == template.id]
    every_signer = tuple(
        role for step in steps if step.document and step.document.action == "sign" for role in step.roles
    )
    return tuple(dict.fromkeys(role for signer in asked for role in (signer.roles or every_signer)))


def _extension(clock: ClockCopy) -> Task:
    asked = clock.pending_extension
    return Task(
        kind=TaskKind.EXTENSION,
        ref=asked.extension_id if asked else clock.clock_id,
        what=clock.clock,
        label=Text(zh=clock.label_zh, en=clock.label_en),
        roles=(asked.approver_role,) if asked else (),
        cite=clock.cite,
        due_at=clock.due_at,
        clock=clock.clock,
    )


def _remedy(remedy: RemedyCopy, section: SettlementSection) -> Iterator[Task]:
    kind, roles = _money_task(remedy)
    if kind is None:
        return
    rule = section.remedy(remedy.remedy)
    yield Task(
        kind=kind,
        ref=remedy.remedy_id,
        what=remedy.remedy,
        label=rule.label if rule else Text(zh=remedy.remedy, en=remedy.remedy),
        roles=roles,
        cite=remedy.cite,
        amount_minor=remedy.amount_minor,
        currency=remedy.currency,
    )


def _money_task(remedy: RemedyCopy) -> tuple[TaskKind | None, tuple[str, ...]]:
    match remedy.state:
        case "accepted" if remedy.missing_approvals:
            return TaskKind.APPROVAL, remedy.missing_approvals
        case "approved" if remedy.mode == "money":
            return TaskKind.PAYOUT, ()
        case "in_doubt":
            return TaskKind.IN_DOUBT, ()
        case _:
            return None, ()


def _message(message: MessageCopy, case: Case, rules: Rulebook) -> Task:
    """Deliver it, find out whether it arrived, or tell the recipient in another way, and confirm that."""
    whom = _recipient(message.recipient, rules.roles)
    channel = _CHANNELS.get(message.channel, Text(zh=message.channel, en=message.channel))
    handler = message.handled_by or _who_tells(message, case, rules.notify)
    kind, _, holder = handler.partition(":")
    zh, en = _TO_BE_DONE[message.state]
    return Task(
        kind=TaskKind.MESSAGE,
        ref=message.message_id,
        what=message.rule,
        label=Text(zh=f"{zh}：{whom.zh}（{channel.zh}）", en=f"{en}: {whom.en} ({channel.en})"),
        roles=(holder,) if kind == "role" else (),
        cite=message.cite,
        due_at=message.deliver_by,
        person=holder if kind == "subject" else None,
    )


def _who_tells(message: MessageCopy, case: Case, section: NotifySection) -> str:
    """Whom the pack names for what is delivered by hand under the rule of the message; the owner of the case else."""
    rule = section.rule(message.rule)
    named = rule.handled_by if rule is not None else None
    if named == FIRST_RESPONDER:
        responder = case.first_responder
        return responder if responder.startswith(RESPONSIBLE_ROLE) else f"subject:{responder}"
    return f"role:{case.owner if named in (None, OWNER) else named}"


def _recipient(recipient: str, roles: Sequence[Role]) -> Text:
    labels = {role.id: role.label for role in roles}
    return labels.get(recipient) or _RECIPIENTS.get(recipient) or Text(zh=recipient, en=recipient)


_TO_BE_DONE: Final = {
    "to_do": ("人工送达", "Deliver by hand"),
    "outcome_unknown": ("送达结果不明，请核实", "May have arrived; find out"),
    "failed": ("通知未送达", "Not delivered"),
}
_RECIPIENTS: Final = {
    CUSTOMER: Text(zh="客户", en="Customer"),
    FIRST_RESPONDER: Text(zh="首问责任人", en="First responder"),
}
_CHANNELS: Final = {
    "email": Text(zh="邮件", en="e-mail"),
    "webhook": Text(zh="系统推送", en="webhook"),
    "internal": Text(zh="站内消息", en="inbox"),
    "fax": Text(zh="传真", en="fax"),
    "phone": Text(zh="电话", en="phone"),
    "letter": Text(zh="信函", en="letter"),
}
