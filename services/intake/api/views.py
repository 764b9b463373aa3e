"""From the domain to the response models."""

from collections.abc import Iterable
from typing import Any

from services.intake.api import answers, paper_answers, timed_views
from services.intake.api import paper_views as papers
from services.intake.db.contacts import Contact
from services.intake.db.queries import CaseRow, MessageView, TimelineRow
from services.intake.domain.available import Offer
from services.intake.domain.case import Case, Reached
from services.intake.domain.dossier import ClockView, Dossier, PendingExtension, RemedyView
from services.intake.domain.link import Linked, phase
from services.intake.domain.retention import Standing
from services.intake.domain.step import Taken
from shared.contracts.settlement import FigureV1
from shared.kernel.money import Money
from shared.packs.intake.fields import EntryField
from shared.packs.intake.model import IntakeSection
from shared.packs.settlement.model import SettlementSection
from shared.packs.store import Policy


def registered(case: Case, section: IntakeSection) -> answers.RegisteredView:
    """A new case."""
    return answers.RegisteredView(**_of_case(case, section))


def _of_case(case: Case, section: IntakeSection) -> dict[str, Any]:
    return {
        "case_id": case.case_id,
        "number": case.number,
        "case_type": case.case_type,
        "status": case.status,
        "status_label": papers.text(section.statuses_by_id[case.status].label),
        "policy": answers.PolicyView(pack=case.pack, version=case.pack_version),
        "received_at": case.received_at,
        "registered_at": case.registered_at,
        "first_responder": case.first_responder,
        "owner": case.owner,
        "customer_ref": case.customer_ref,
        "contact_id": case.contact_id,
        "facts": _facts(case, section),
    }


def _facts(case: Case, section: IntakeSection) -> dict[str, Any]:
    """In the pack's order, which PostgreSQL does not keep."""
    return {field.id: case.facts.get(field.id) for field in section.facts}


def page(
    dossier: Dossier,
    policy: Policy,
    *,
    messages: Iterable[MessageView],
    offers: Iterable[Offer],
    files: dict[str, dict[str, list[str]]],
    kept: Standing | None,
) -> answers.CasePage:
    """The case page."""
    section, case = policy.intake, dossier.case
    reached = sorted((*case.milestones, *dossier.reached_elsewhere), key=lambda item: item.at)
    return answers.CasePage(
        **_of_case(case, section),
        case_type_label=papers.text(section.case_types_by_id[case.case_type].label),
        channel=case.channel,
        order_ref=case.order_ref,
        description=case.description,
        version=case.version,
        parent=_link(dossier.parent, section) if dossier.parent else None,
        links=[_link(item, section) for item in dossier.links],
        milestones=[_milestone(item) for item in reached],
        next=[_next(offer, section) for offer in offers],
        files=[
            paper_answers.FileView(id=f.id, label=papers.text(f.label), cite=f.cite, **files[f.id])
            for f in section.files
        ],
        clocks=[_clock(clock) for clock in dossier.clocks],
        remedies=[_remedy(remedy, policy.settlement) for remedy in dossier.remedies],
        messages=[_message(message) for message in messages],
        documents=[papers.document(item, section) for item in dossier.documents],
        evidence=[papers.evidence(item) for item in dossier.evidence],
        visits=[papers.visit(item) for item in dossier.visits],
        records=[papers.record(item, section) for item in dossier.records],
        retention=timed_views.retention(kept, case) if kept else None,
    )


def step(taken: Taken, section: IntakeSection) -> answers.StepView:
    """What a step did."""
    case = taken.case
    return answers.StepView(
        case_id=case.case_id,
        number=case.number,
        step=taken.step.id,
        status=case.status,
        status_label=papers.text(section.statuses_by_id[case.status].label),
        owner=case.owner,
        milestones=[reached.name for reached in taken.reached],
        facts=_facts(case, section),
        version=case.version,
        at=taken.at,
        cite=taken.step.cite,
        document=papers.document(taken.document, section) if taken.document else None,
        record=papers.record(taken.record, section) if taken.record else None,
        visit=papers.visit(taken.visit) if taken.visit else None,
        opened=[_link(item, section) for item in taken.linked],
    )


def _link(linked: Linked, section: IntakeSection) -> answers.LinkView:
    return answers.LinkView(
        relation=linked.relation,
        case_id=linked.case_id,
        number=linked.number,
        case_type=linked.case_type,
        case_type_label=papers.text(section.case_types_by_id[linked.case_type].label),
        status=linked.status,
        status_label=papers.text(section.statuses_by_id[linked.status].label),
        phase=phase(linked, section),
        owner=linked.owner,
    )


def item(row: CaseRow, section: IntakeSection) -> answers.CaseItem:
    """A case in a list."""
    return answers.CaseItem(
        case_id=row.case_id,
        number=row.number,
        case_type=row.case_type,
        status=row.status,
        status_label=papers.text(section.statuses_by_id[row.status].label),
        policy=answers.PolicyView(pack=row.pack, version=row.pack_version),
        received_at=row.received_at,
        owner=row.owner,
        customer_ref=row.customer_ref,
    )


def contact(noted: Contact, section: IntakeSection) -> answers.ContactView:
    """A contact on record."""
    kind = section.contacts_by_id.get(noted.kind)
    case_type = section.case_types_by_id.get(noted.kind)
    known = kind or case_type
    return answers.ContactView(
        contact_id=noted.contact_id,
        channel=noted.channel,
        kind=noted.kind,
        label=papers.text(known.label) if known else paper_answers.TextView(zh=noted.kind, en=noted.kind),
        caller=noted.caller,
        summary=noted.summary,
        fields=noted.fields,
        received_at=noted.received_at,
        received_by=noted.received_by,
        first_responder=noted.received_by,
        case_id=noted.case_id,
        cite=known.cite if known else "",
    )


def history(row: TimelineRow) -> answers.TimelineItem:
    """A stored line of history."""
    return answers.TimelineItem(
        entry_id=row.entry_id,
        at=row.at,
        recorded_at=row.recorded_at,
        source=row.source,
        what=row.what,
        label=paper_answers.TextView(zh=row.label_zh, en=row.label_en),
        actor=row.actor,
        actor_roles=row.actor_roles,
        cite=row.cite,
        details=row.details,
    )


def registration(dossier: Dossier, section: IntakeSection) -> answers.TimelineItem:
    """The first line of every history: the case's own row has all of it, so none is stored."""
    case, parent = dossier.case, dossier.parent
    opened_by = {"parent": parent.number, "relation": parent.relation} if parent else {}
    label = section.case_types_by_id[case.case_type].label
    return answers.TimelineItem(
        entry_id=case.case_id,
        at=case.received_at,
        recorded_at=case.registered_at,
        source="registration",
        what="case.registered",
        label=paper_answers.TextView(zh=f"登记：{label.zh}", en=f"Registered: {label.en}"),
        actor=case.first_responder,
        actor_roles=[],
        cite=case.milestones[0].cite,
        details={"number": case.number, "channel": case.channel, **opened_by},
    )


def _milestone(reached: Reached) -> answers.MilestoneView:
    return answers.MilestoneView(name=reached.name, at=reached.at, step=reached.step, cite=reached.cite)


def _next(offer: Offer, section: IntakeSection) -> answers.NextStepView:
    return answers.NextStepView(
        step=offer.step.id,
        label=papers.text(offer.step.label),
        cite=offer.step.cite,
        roles=list(offer.step.roles),
        input=[_input(field) for field in section.fields_of(offer.step)],
        allowed=offer.refusal is None,
        refusal=timed_views.refusal(offer.refusal) if offer.refusal else None,
    )


def _input(field: EntryField) -> answers.InputView:
    return answers.InputView(
        id=field.id,
        label=papers.text(field.label),
        type=field.type,
        required=field.required,
        required_when=str(field.required_when) if field.required_when is not None else None,
        choices=list(field.allowed()),
    )


def _clock(clock: ClockView) -> answers.ClockView:
    return answers.ClockView(
        clock_id=clock.clock_id,
        clock=clock.clock,
        label=paper_answers.TextView(zh=clock.label_zh, en=clock.label_en),
        state=clock.state,
        breached=clock.breached,
        started_at=clock.started_at,
        due_at=clock.due_at,
        pending_extension=_pending(clock.pending_extension),
        cite=clock.cite,
    )


def _pending(asked: PendingExtension | None) -> answers.PendingExtensionView | None:
    if asked is None:
        return None
    return answers.PendingExtensionView(
        extension_id=asked.extension_id,
        proposed_due_at=asked.proposed_due_at,
        approver_role=asked.approver_role,
        requested_by=asked.requested_by,
    )


def _remedy(remedy: RemedyView, section: SettlementSection) -> answers.RemedyView:
    rule = section.remedy(remedy.remedy)
    money = Money(minor=remedy.amount_minor, currency=remedy.currency)
    return answers.RemedyView(
        remedy_id=remedy.remedy_id,
        remedy=remedy.remedy,
        label=papers.text(rule.label) if rule else paper_answers.TextView(zh=remedy.remedy, en=remedy.remedy),
        mode=remedy.mode,
        state=remedy.state,
        amount=answers.AmountView(minor=money.minor, currency=money.currency, text=money.text()),
        quantity=remedy.quantity,
        unit=remedy.unit,
        figures=[_figure(name, figure) for name, figure in remedy.figures.items()],
        returned=remedy.returned,
        released=remedy.released,
        missing_approvals=list(remedy.missing_approvals),
        at=remedy.at,
        cite=remedy.cite,
    )


def _figure(name: str, figure: FigureV1) -> answers.FigureView:
    money = figure.amount and Money(minor=figure.amount.minor, currency=figure.amount.currency)
    return answers.FigureView(
        id=name,
        label=paper_answers.TextView(zh=figure.label.zh, en=figure.label.en),
        value=figure.value,
        amount=money and answers.AmountView(minor=money.minor, currency=money.currency, text=money.text()),
        unit=figure.unit,
    )


def _message(message: MessageView) -> answers.MessageView:
    return answers.MessageView(
        message_id=message.message_id,
        rule=message.rule,
        on=message.on_event,
        recipient=message.recipient,
        channel=message.channel,
        state=message.state,
        at=message.at,
        cite=message.cite,
    )
