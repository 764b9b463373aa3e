"""A step of the pack is taken on a case: by a person over HTTP, or by the system when an event arrives.

What linked cases do upon it is `follow_links`' part.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.intake.balances.rules.booking import booked_as_kept
from services.intake.balances.store import add_bookings
from services.intake.cases.rules.case import looker_of, present
from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.rules.numbering import series
from services.intake.cases.store.cases import save_case
from services.intake.cases.store.counters import next_number
from services.intake.cases.store.history import add_entry
from services.intake.consulted.rules import Consulted, kept, nothing
from services.intake.consulted.use_cases.consult import Consult, consult
from services.intake.documents.store import add_record, save_document
from services.intake.dossier.rules.dossier import Dossier
from services.intake.dossier.store import LoadedCase, add_archive, load_case
from services.intake.links.rules import Linked
from services.intake.links.use_cases.open_linked import OpenLinked, open_linked
from services.intake.looks.rules import recorded
from services.intake.looks.use_cases.require_unique import RequireUnique, require_unique
from services.intake.visits.store import save_visit
from services.intake.workflow.announce import announced
from services.intake.workflow.rules.permit import Attempt, Permit, admit, permit, seen_by_keys
from services.intake.workflow.rules.step import Ids, StepResult, needs_number, take
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.packs.intake.model.reads import NOTHING
from shared.packs.intake.model.withdraws import Withdraws
from shared.packs.store import Policy
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import append


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeStep:
    """Which step of which case, with what, and when it happened in the field."""

    org: OrgId
    case_id: CaseId
    step: str
    input: Mapping[str, object]
    at: datetime | None = None
    evidence: tuple[str, ...] = ()
    """Files of the case that the step rests on."""
    upon_remedy: str | None = None
    """The remedy of the case upon whose event the system takes it."""


async def take_step(tx: Transaction, cmd: TakeStep, *, actor: Actor, now: datetime) -> tuple[StepResult, Policy]:
    """Take it. Raises what refuses it; nothing is changed then."""
    loaded = await load_case(tx, org=cmd.org, case_id=cmd.case_id, lock=True)
    dossier, policy = loaded.dossier, loaded.policy
    now = present(loaded.case, now)
    attempt = Attempt(
        step=cmd.step,
        input=cmd.input,
        actor=actor,
        now=now,
        stated_at=cmd.at,
        evidence=cmd.evidence,
        upon_remedy=cmd.upon_remedy,
    )
    permitted = permit(dossier, policy.intake, attempt, consulted=await _consulted(tx, loaded, attempt))
    number = await _number(tx, permitted, loaded)
    ids = Ids(document=new_id(), record=new_id(), visit=new_id())
    taken = take(permitted, dossier, policy.intake, ids=ids, number=number)
    await _require_unique(tx, taken, loaded)
    await _save(tx, taken)
    await append(tx, announced(taken, section=policy.intake))
    taken = replace(taken, linked=await open_linked(tx, _openings(taken, dossier), policy, actor=actor, now=now))
    await add_entry(tx, _entry(taken, permitted.consulted), org=cmd.org, case_id=cmd.case_id)
    return taken, policy


async def _consulted(tx: Transaction, loaded: LoadedCase, attempt: Attempt) -> Consulted:
    """What the step reads of other records. Raises what refuses it whatever that is, and what refuses the reading."""
    section = loaded.section
    reads = section.reads_of_steps.get(attempt.step, NOTHING)
    if reads.is_empty:
        return nothing(attempt.now)
    step, at = admit(loaded.dossier, section, attempt)
    cmd = Consult(
        reads=reads,
        looker=looker_of(loaded.case),
        seen=seen_by_keys(loaded.dossier, section, attempt) if reads.standing or reads.balances else {},
        at=at,
        zone=loaded.zone,
        reversed=[item.balance for item in step.books if item.reverses],
    )
    return await consult(tx, cmd, now=attempt.now)


async def _require_unique(tx: Transaction, taken: StepResult, loaded: LoadedCase) -> None:
    """Of what the step changes; of everything where it made the case one of another type."""
    case = taken.case
    unique = loaded.section.unique_of(case.case_type)
    cmd = RequireUnique(unique=unique, looker=looker_of(case), received_at=case.received_at, zone=loaded.zone)
    await require_unique(tx, cmd, before=None if taken.became_from else looker_of(loaded.case))


def _openings(taken: StepResult, before: Dossier) -> OpenLinked:
    elsewhere = tuple(reached.name for reached in before.reached_elsewhere)
    return OpenLinked(parent=taken.case, elsewhere=elsewhere, openings=taken.opened, at=taken.at)


async def _number(tx: Transaction, permitted: Permit, loaded: LoadedCase) -> str | None:
    effect = permitted.step.document
    if effect is None or not needs_number(permitted, loaded.dossier):
        return None
    template = loaded.section.documents_by_id[effect.template]
    today = permitted.attempt.now.astimezone(loaded.zone).date()
    return await next_number(tx, series(template.number, on=today), org=loaded.case.org)


async def _save(tx: Transaction, taken: StepResult) -> None:
    case = taken.case
    await save_case(tx, case, now=taken.attempt.now)
    for document in (taken.superseded, taken.document):
        if document is not None:
            await save_document(tx, document, case=case)
    if taken.record is not None:
        await add_record(tx, taken.record, case=case)
    if taken.visit is not None:
        await save_visit(tx, taken.visit, case=case)
    booked_by = taken.attempt.actor
    place = (case.org, case.case_id, case.pack)
    await add_bookings(tx, taken.booked, place=place, step=taken.step.id, by=booked_by, now=taken.attempt.now)
    if taken.archive is not None:
        await add_archive(tx, taken.archive, case=case, actor=taken.attempt.actor)


def _opened(linked: Linked) -> dict[str, str]:
    return {"relation": linked.relation, "case_id": linked.case_id, "number": linked.number}


def _withdrawn(item: Withdraws) -> dict[str, object]:
    names = "all" if item.remedies == "all" else list(item.remedies)
    return {"remedies": names, "reason": {"zh": item.label.zh, "en": item.label.en}, "cite": item.cite}


def _change_of_type(taken: StepResult) -> dict[str, object]:
    """A purge erases `facts_left`."""
    types = {"from": taken.became_from, "to": taken.case.case_type}
    return {"became": types} | ({"facts_left": dict(taken.facts_left)} if taken.facts_left else {})


def _entry(taken: StepResult, consulted: Consulted) -> TimelineEntry:
    step, attempt = taken.step, taken.attempt
    return TimelineEntry(
        entry_id=new_id(),
        at=taken.at,
        recorded_at=attempt.now,
        source="step",
        what=step.id,
        label_zh=step.label.zh,
        label_en=step.label.en,
        actor=attempt.actor,
        cite=step.cite,
        milestone=False,
        details={
            "status": taken.case.status,
            "milestones": [reached.name for reached in taken.reached],
            "input": dict(taken.input),
            **(_change_of_type(taken) if taken.became_from else {}),
            **({"evidence": list(attempt.evidence)} if attempt.evidence else {}),
            **({"looks": recorded(consulted.looks)} if consulted.looks.of else {}),
            **kept(consulted),
            **({"booked": booked_as_kept(taken.booked)} if taken.booked else {}),
            **({"withdraws": [_withdrawn(item) for item in taken.withdraws]} if taken.withdraws else {}),
            **({"opened": [_opened(linked) for linked in taken.linked]} if taken.linked else {}),
        },
    )
