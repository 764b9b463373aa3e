"""Whether a case may be purged, since when or why not, and what is left of it afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.intake.cases.rules.case import Case, Reached, advance
from services.intake.cases.rules.errors import CasePurged, RoleForbidden
from services.intake.documents.rules.content import sha256_of
from services.intake.dossier.rules.archive import entries_of
from services.intake.dossier.rules.dossier import Dossier
from services.intake.entries.rules.values import Context
from services.intake.terms.rules import case_rules, deciding, file_terms, holding, is_handled, waiting_for_files
from shared.kernel.actor import Actor
from shared.kernel.errors import Conflict, ServiceError
from shared.kernel.instants import instant_text
from shared.kernel.text import Text
from shared.packs.intake.model.retention import Retention
from shared.packs.intake.model.section import IntakeSection


class NotPurged(Conflict):
    """The case has not been purged, so there is no certificate. 409."""

    code = "not_purged"
    title = Text(en="Case not purged", zh="案件尚未销毁")


class RetentionUnlimited(Conflict):
    """No rule of the pack lets cases of this type go. 409."""

    code = "retention_unlimited"
    title = Text(en="No retention rule for this case type", zh="制度未规定该类案件可以销毁")


class RetentionNotBegun(Conflict):
    """The milestone from which the time of keeping counts has not been reached; `fields.from`. 409."""

    code = "retention_not_begun"
    title = Text(en="Retention period not started", zh="保存期限尚未起算")


class RetentionNotOver(Conflict):
    """The case must be kept; `fields.purgeable_on` is the first day on which it may go. 409."""

    code = "retention_not_over"
    title = Text(en="Retention period not over", zh="保存期限未满")


class RetentionOnHold(Conflict):
    """The case's time is over, but the pack's rule holds it back. 409."""

    code = "retention_hold"
    title = Text(en="Case on retention hold", zh="案件须继续保存，暂不得销毁")


ERASED = "erased"
"""What stands for a reference to the customer afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeRequest:
    """Who wants to know or to purge, when, in which zone, and what expressions see of the case."""

    actor: Actor
    now: datetime
    zone: ZoneInfo
    seen: Context


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionStatus:
    """The status of a case under its retention rule. `refusal` is None when the actor may purge it."""

    rule: Retention
    since: datetime | None
    """When the milestone was reached from which the time counts."""
    purgeable_on: date | None
    refusal: ServiceError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeEnd:
    """The first day on which the case and all its files may go.

    None as long as no day is known: the milestone `from_` was not reached, or the case is open (again).
    """

    on: date | None
    from_: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedItem:
    """One thing, or `count` things of a kind, that a purge erased.

    `sha256` as in the archive's index; None for short personal data, which could be guessed from its hash.
    """

    what: str
    kind: str
    count: int
    id: str | None = None
    number: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What was purged from which case, when, by whom, under which rule, and the hash over all of it."""

    number: str
    case_id: str
    case_number: str
    case_type: str
    rule: Retention
    since: datetime
    purgeable_on: date
    purged_at: datetime
    purged_by: Actor
    erased: tuple[ErasedItem, ...]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideDossier:
    """What of the case is not in its dossier: parties by role, and how many contacts led to it."""

    parties: Sequence[str]
    contacts: int


def retention_status(dossier: Dossier, section: IntakeSection, asked: PurgeRequest) -> RetentionStatus | None:
    """Where the case stands; None when no rule keeps cases of its type and outcome."""
    rules = case_rules(dossier, section, seen=asked.seen, zone=asked.zone)
    found = deciding(rules)
    if found is None:
        return None
    files = waiting_for_files(file_terms(dossier, section, seen=asked.seen, zone=asked.zone))
    last = files[0].deciding if files else None
    of_files = last.until if last is not None else date.min
    on = None if found.until is None or of_files is None else max(found.until, of_files)
    has_begun_alone = found.since is not None and last is not None and last.until is None
    from_ = last.rule.from_ if last is not None and has_begun_alone else found.rule.from_
    is_open = is_handled(dossier.case, section)
    end = PurgeEnd(on=None if is_open else on, from_=from_)
    refusal = _refusal(found.rule, dossier.case, asked, section, end=end)
    return RetentionStatus(rule=found.rule, since=found.since, purgeable_on=on, refusal=refusal)


def _refusal(
    rule: Retention, case: Case, asked: PurgeRequest, section: IntakeSection, *, end: PurgeEnd
) -> ServiceError | None:
    if asked.actor.is_system or asked.actor.roles.isdisjoint(rule.roles):
        return RoleForbidden(cite=rule.cite, fields={"roles": list(rule.roles)})
    if case.is_purged:
        return CasePurged(cite=rule.cite)
    if end.on is None:
        return RetentionNotBegun(cite=rule.cite, fields={"from": end.from_, "status": case.status})
    if asked.now.astimezone(asked.zone).date() < end.on:
        return RetentionNotOver(cite=rule.cite, fields={"purgeable_on": end.on.isoformat()})
    held = holding(case, section, seen=asked.seen)
    if held is not None:
        return RetentionOnHold(cite=held.cite, fields={"rule": held.id})
    return None


def permit_purge(found: RetentionStatus | None) -> RetentionStatus:
    """The standing of a case that may be purged. Raises what refuses it."""
    if found is None:
        raise RetentionUnlimited
    if found.refusal is not None:
        raise found.refusal
    return found


def certified(
    found: RetentionStatus, case: Case, asked: PurgeRequest, *, erased: tuple[ErasedItem, ...], number: str
) -> Certificate:
    """The certificate of a purge that is permitted."""
    if found.since is None or found.purgeable_on is None:
        raise RetentionNotBegun(cite=found.rule.cite)
    said: Mapping[str, object] = {
        "number": number,
        "case_id": case.case_id,
        "case_number": case.number,
        "rule": found.rule.id,
        "cite": found.rule.cite,
        "purged_at": instant_text(asked.now),
        "purged_by": asked.actor.subject,
        "gone": [item_as_mapping(item) for item in erased],
    }
    return Certificate(
        number=number,
        case_id=case.case_id,
        case_number=case.number,
        case_type=case.case_type,
        rule=found.rule,
        since=found.since,
        purgeable_on=found.purgeable_on,
        purged_at=asked.now,
        purged_by=asked.actor,
        erased=erased,
        sha256=sha256_of(said),
    )


def item_as_mapping(item: ErasedItem) -> dict[str, object]:
    """The thing as it is stored and hashed."""
    return {
        "what": item.what,
        "kind": item.kind,
        "count": item.count,
        "id": item.id,
        "number": item.number,
        "sha256": item.sha256,
    }


def purged_case(case: Case, section: IntakeSection, certificate: Certificate) -> Case:
    """What is left of the case."""
    left = {name: fact for name, fact in case.facts.items() if not section.facts_by_id[name].personal}
    at = max(certificate.purged_at, case.last_at)
    reached = Reached(name="case.purged", at=at, step=None, cite=certificate.rule.cite)
    kept = advance(case, status=case.status, facts=left, owner=case.owner, reached=(reached,), at=at)
    return replace(kept, customer_ref=ERASED, order_ref=None, description=None, is_purged=True)


def erased_items(dossier: Dossier, section: IntakeSection, held: OutsideDossier) -> tuple[ErasedItem, ...]:
    """Everything that a purge erases; files that were erased at the end of their own term are gone already."""
    case = dossier.case
    gone = {file.evidence_id for file in dossier.evidence if file.erasure is not None}
    personal = [field.id for field in section.facts if field.personal and case.facts.get(field.id) is not None]
    things = [
        ErasedItem(what=entry.what, kind=entry.kind, count=1, id=entry.id, number=entry.number, sha256=entry.sha256)
        for entry in entries_of(dossier)
        if entry.id not in gone
    ]
    return (
        *things,
        *(ErasedItem(what="visit", kind=visit.state, count=1, id=visit.visit_id) for visit in dossier.visits),
        *(ErasedItem(what="party", kind=role, count=held.parties.count(role)) for role in sorted(set(held.parties))),
        *([ErasedItem(what="contact", kind="contact", count=held.contacts)] if held.contacts else []),
        *([ErasedItem(what="description", kind="description", count=1)] if case.description else []),
        *(ErasedItem(what="fact", kind=name, count=1) for name in personal),
    )
