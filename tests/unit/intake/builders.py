"""Cases in any state, the reference pack's intake section, and a small pack with everything that it lacks."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from services.intake.cases.rules.case import Case, Reached
from services.intake.copies.rules import RemedyCopy
from services.intake.documents.rules.document import Document, Signature
from services.intake.documents.rules.record import Record
from services.intake.dossier.rules.dossier import Dossier
from services.intake.evidence.rules import Evidence
from services.intake.visits.rules import Visit, VisitState
from services.intake.workflow.rules.permit import Attempt, Permit, permit
from services.intake.workflow.rules.step import Ids, StepResult, take
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId
from shared.packs.intake.model.section import IntakeSection
from shared.packs.publishing.load import load_pack

ORG = OrgId("01890a5d-ac96-774b-bcce-b302099a8057")
CASE = CaseId("01890a5d-ac96-774b-bcce-b302099a8058")
RECEIVED = datetime(2026, 3, 5, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 9, 2, tzinfo=UTC)
IDS = Ids(document="d-new", record="r-new", visit="v-new")
ACTORS = {
    "clerk": Actor(subject="chen", roles=frozenset({"business_staff", "quality_objection_clerk"})),
    "team": Actor(subject="wang", roles=frozenset({"objection_team"})),
    "customer": Actor(subject="buyer", roles=frozenset({"customer"})),
    "legal": Actor(subject="law", roles=frozenset({"legal_affairs"})),
    "everybody": Actor(
        subject="root",
        roles=frozenset(
            {
                "business_staff",
                "quality_objection_clerk",
                "objection_team",
                "customer",
                "legal_affairs",
                "warehouse",
                "quality_assurance",
                "unit_leader",
            }
        ),
    ),
}


@cache
def laigang() -> IntakeSection:
    loaded = load_pack("laigang")
    assert loaded.sections is not None, loaded.diagnostics
    return loaded.sections.intake


def text(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


def small_document(**changes: Any) -> dict[str, Any]:
    """A whole intake section of another trade: ordered signatures, corrections, two case types."""
    document: dict[str, Any] = {
        "case_types": [
            {
                "id": "shortage",
                "label": text("少件"),
                "cite": "SK-1 1.1",
                "number": "S{yy}{mm}{dd}-{seq:3}",
                "initial": "open",
                "channels": ["web"],
                "requires": ["missing_pieces"],
                "roles": ["clerk"],
                "require": [
                    {
                        "that": "facts.missing_pieces > 0",
                        "code": "nothing_missing",
                        "cite": "SK-2 1.2",
                        "message": text("没有少件"),
                    }
                ],
            },
            {
                "id": "delay",
                "label": text("延误"),
                "cite": "SK-3 1.3",
                "number": "D-{seq:4}",
                "initial": "open",
                "channels": ["web", "phone"],
            },
        ],
        "statuses": [
            {"id": "open", "label": text("处理中")},
            {"id": "done", "label": text("完成"), "phase": "closed"},
            {"id": "filed", "label": text("归档"), "phase": "archived"},
        ],
        "facts": [
            {"id": "missing_pieces", "label": text("少件数"), "type": "integer", "min": "0", "shared": True},
            {"id": "level", "label": text("级别"), "type": "choice", "choices": ["low", "high"], "enterable": False},
        ],
        "classification": {
            "mode": "first",
            "rows": [
                {"when": "(facts.missing_pieces ?? 0) >= 10", "set": {"level": "'high'"}, "cite": "SK-4 1.4"},
                {"when": "true", "set": {"level": "'low'"}, "cite": "SK-4 1.4"},
            ],
        },
        "owners": [
            {"when": "facts.level == 'high'", "owner": "manager", "cite": "SK-5 1.5"},
            {"owner": "clerk", "cite": "SK-5 1.5"},
        ],
        "documents": [
            {
                "id": "form",
                "label": text("处理单"),
                "cite": "SK-6 1.6",
                "number": "F-{yyyy}-{seq:2}",
                "fields": [{"id": "pieces", "label": text("件数"), "value": "facts.missing_pieces", "required": True}],
                "signers": [
                    {"party": "clerk", "label": text("经办"), "roles": ["clerk"]},
                    {"party": "manager", "label": text("经理"), "roles": ["manager"]},
                ],
            },
            {
                "id": "slip",
                "label": text("冲账单"),
                "cite": "SK-7 1.7",
                "number": "P-{seq:2}",
                "fields": [{"id": "pieces", "label": text("件数"), "value": "facts.missing_pieces"}],
            },
        ],
        "steps": [
            {
                "id": "draft",
                "label": text("起草"),
                "cite": "SK-6 1.6",
                "from": "open",
                "roles": ["clerk"],
                "case_types": ["shortage"],
                "document": {"template": "form", "action": "draft"},
            },
            {
                "id": "sign",
                "label": text("签字"),
                "cite": "SK-6 1.6",
                "from": "open",
                "roles": ["clerk", "manager"],
                "input": [
                    {"id": "party", "label": text("方"), "type": "text", "required": True},
                    {"id": "signer", "label": text("人"), "type": "text", "required": True},
                ],
                "document": {"template": "form", "action": "sign"},
            },
            {
                "id": "finalise",
                "label": text("生效"),
                "cite": "SK-6 1.6",
                "from": "open",
                "roles": ["clerk"],
                "document": {"template": "form", "action": "finalise"},
            },
            {
                "id": "issue",
                "label": text("开单"),
                "cite": "SK-7 1.7",
                "from": "open",
                "roles": ["clerk"],
                "document": {"template": "slip", "action": "issue"},
            },
            {
                "id": "correct",
                "label": text("更正"),
                "cite": "SK-7 1.7",
                "from": "open",
                "roles": ["clerk"],
                "input": [
                    {"id": "reason", "label": text("理由"), "type": "text", "required": True},
                    {"id": "pieces", "label": text("件数"), "type": "integer", "required": True},
                ],
                "set": {"missing_pieces": "input.pieces"},
                "document": {"template": "slip", "action": "correct"},
            },
            {
                "id": "hand_over",
                "label": text("转交"),
                "cite": "SK-8 1.8",
                "from": "open",
                "roles": ["clerk"],
                "input": [
                    {
                        "id": "to",
                        "label": text("给"),
                        "type": "choice",
                        "choices": ["clerk", "manager"],
                        "required": True,
                    }
                ],
                "owner": {"input": "to"},
            },
            {
                "id": "finish",
                "label": text("结束"),
                "cite": "SK-9 1.9",
                "from": ["open"],
                "roles": ["manager"],
                "goto": "done",
                "milestones": ["case.closed"],
            },
            {
                "id": "file",
                "label": text("归档"),
                "cite": "SK-9 1.9",
                "from": ["done"],
                "roles": ["clerk"],
                "goto": "filed",
                "archive": True,
            },
        ],
    }
    return document | changes


@cache
def small() -> IntakeSection:
    return IntakeSection.parse(small_document())


CLERK = Actor(subject="li", roles=frozenset({"clerk"}))
MANAGER = Actor(subject="zhou", roles=frozenset({"manager"}))


def a_case(**changes: Any) -> Case:
    facts = {field.id: field.initial for field in laigang().facts}
    facts |= {"objection_class": "quality", "severity": "normal", "quantity_t": "60"}
    facts |= changes.pop("facts", {})
    milestones = changes.pop("milestones", ())
    case = Case(
        org=ORG,
        case_id=CASE,
        number="QO-202603-00001",
        case_type="quality_objection",
        channel="erp",
        status="registered",
        pack="laigang",
        policy_version=1,
        received_at=RECEIVED,
        registered_at=RECEIVED,
        first_responder="chen",
        owner="business_staff",
        customer_ref="C-1",
        order_ref="SO-1",
        description=None,
        contact_id=None,
        facts=facts,
        milestones=tuple(Reached(name=name, at=RECEIVED, step=None, cite="LG-33 Art.33") for name in milestones),
        last_at=RECEIVED,
        version=3,
    )
    return replace(case, **changes)


def a_small_case(**changes: Any) -> Case:
    facts = {"missing_pieces": 3, "level": "low"} | changes.pop("facts", {})
    small_case = {"case_type": "shortage", "status": "open", "owner": "clerk", "pack": "small", "facts": facts}
    return replace(a_case(), **(small_case | changes))


def a_paper(template: str = "objection_agreement", state: str = "draft", **changes: Any) -> Document:
    final = {"final_at": RECEIVED, "sha256": "a" * 64} if state in {"final", "superseded"} else {}
    made: dict[str, Any] = {
        "document_id": f"d-{template}",
        "template": template,
        "number": "XY-2026-00001",
        "revision": 1,
        "state": state,
        "fields": {"mode": "price_difference", "amount_minor": 2_100_000, "quantity": None},
        "drafted_at": RECEIVED,
        **final,
    }
    return Document(**(made | changes))


def signed_by(*parties: str) -> tuple[Signature, ...]:
    return tuple(Signature(party=p, signer=f"{p}-person", at=RECEIVED, recorded_by="wang") for p in parties)


def a_visit(state: VisitState = "dispatched") -> Visit:
    arrived = RECEIVED + timedelta(hours=1) if state in {"arrived", "completed"} else None
    completed = RECEIVED + timedelta(hours=2) if state == "completed" else None
    return Visit(
        visit_id="v-1",
        state=state,
        fields={},
        dispatched_at=RECEIVED,
        arrived_at=arrived,
        completed_at=completed,
    )


def a_remedy(state: str = "approved", **changes: Any) -> RemedyCopy:
    made: dict[str, Any] = {
        "remedy_id": "m-1",
        "remedy": "price_difference",
        "mode": "money",
        "state": state,
        "amount_minor": 2_100_000,
        "currency": "CNY",
        "quantity": None,
        "unit": None,
        "returned": None,
        "released": None,
        "cite": "LG-41 Art.41",
        "at": RECEIVED,
    }
    return RemedyCopy(**(made | changes))


def a_file(kind: str = "photo") -> Evidence:
    return Evidence(
        evidence_id=f"e-{kind}",
        kind=kind,
        media_type="image/png",
        size=10,
        sha256="b" * 64,
        filename=None,
        added_at=RECEIVED,
        added_by="chen",
    )


def a_record(kind: str = "sample") -> Record:
    return Record(record_id="r-1", kind=kind, fields={"standard_ref": "GB/T 2975"}, at=RECEIVED, recorded_by="wang")


def attempt(step: str, given: Mapping[str, Any] | None = None, *, by: Actor | str = "everybody", **how: Any) -> Attempt:
    actor = ACTORS[by] if isinstance(by, str) else by
    return Attempt(step=step, input=given or {}, actor=actor, now=NOW, **how)


def permitted(dossier: Dossier, wanted: Attempt, section: IntakeSection | None = None) -> Permit:
    return permit(dossier, section or laigang(), wanted)


def taken(
    dossier: Dossier, wanted: Attempt, section: IntakeSection | None = None, *, number: str | None = "XY-2026-00009"
) -> StepResult:
    rules = section or laigang()
    return take(permit(dossier, rules, wanted), dossier, rules, ids=IDS, number=number)
