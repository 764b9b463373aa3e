"""What the expressions of a pack see of a case, and what gates tell a client."""

from dataclasses import replace
from decimal import Decimal

import pytest

from services.intake.copies.rules import ClockCopy
from services.intake.dossier.rules.dossier import Dossier, context
from services.intake.entries.rules import gates
from services.intake.entries.rules.errors import GateRefused
from services.intake.entries.rules.gates import field_value, foreseeable
from shared.kernel.actor import Actor
from shared.kernel.text import Text
from shared.packs.intake.model.fields import Gate
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.expression import Expression
from tests.unit.intake.builders import (
    NOW,
    RECEIVED,
    a_file,
    a_paper,
    a_record,
    a_small_case,
    a_visit,
    signed_by,
    small_document,
    text,
)

KINDS = [{"id": name, "label": text("材料"), "media_types": ["image/png"]} for name in ("photo", "contract")]
FIELD = {"id": "standard_ref", "label": text("标准"), "type": "text"}
RECORDS = [{"id": name, "label": text("记录"), "cite": "SK-2 1.2", "fields": [FIELD]} for name in ("sample", "report")]
FILE = {"id": "whole", "label": text("全卷"), "cite": "SK-2 1.2", "items": [{"kind": "photo"}, {"kind": "contract"}]}
SECTION = IntakeSection.parse(small_document(evidence=KINDS, records=RECORDS, files=[FILE]))
CLOCK = ClockCopy(
    clock_id="k", clock="cycle", label_zh="周期", label_en="Cycle", state="running", started_at=RECEIVED, due_at=NOW,
    breached=False, cite="LG-35c Art.35",
)  # fmt: skip
ACTOR = Actor(subject="li", roles=frozenset({"manager", "clerk"}))


def test_an_expression_sees_the_whole_case_and_of_a_paper_the_version_in_force() -> None:
    superseded = a_paper("slip", "superseded", document_id="d-1", number="P-01", fields={"pieces": 2})
    in_force = a_paper(
        "slip", "signing", document_id="d-2", number="P-01", fields={"pieces": 3}, signatures=signed_by("clerk")
    )
    dossier = Dossier(
        case=replace(a_small_case(), number="S-1"),
        documents=(superseded, in_force),
        records=(a_record("sample"),),
        visits=(replace(a_visit("arrived"), fields={"by": "car"}),),
        evidence=(a_file("photo"), replace(a_file("photo"), evidence_id="e-2")),
        clocks=(CLOCK,),
    )
    assert context(dossier, SECTION, actor=ACTOR, now=NOW) == {
        "facts": {"missing_pieces": 3, "level": "low"},
        "case": {
            "status": "open",
            "number": "S-1",
            "case_type": "shortage",
            "channel": "erp",
            "received_at": "2026-03-05T01:00:00Z",
            "owner": "clerk",
            "first_responder": "chen",
            "order_ref": "SO-1",
        },
        "milestones": [],
        "documents": {
            "form": None,
            "slip": {"state": "signing", "number": "P-01", "fields": {"pieces": 3}, "signed_by": ["clerk"]},
        },
        "records": {"sample": [{"standard_ref": "GB/T 2975"}], "report": []},
        "visits": [{"by": "car", "state": "arrived"}],
        "evidence": {"count": 2, "kinds": ["photo"]},
        "remedies": [],
        "clocks": {"cycle": {"state": "running", "due_at": "2026-03-09T02:00:00Z"}},
        "links": {},
        "parent": None,
        "actor": {"subject": "li", "roles": ["clerk", "manager"]},
        "now": "2026-03-09T02:00:00Z",
        "files": {"whole": {"required": ["photo", "contract"], "missing": ["contract"]}},
    }


def a_gate(that: str, **more: object) -> Gate:
    return Gate.parse({"that": that, "code": "too_many", "cite": "SK-2 1.2", "message": text("太多"), **more})


def test_a_gate_refuses_in_the_words_of_the_pack() -> None:
    with pytest.raises(GateRefused) as refused:
        gates.require([a_gate("facts.n < 3", fields={"left": "3 - facts.n"})], context={"facts": {"n": 5}})
    assert (refused.value.code, refused.value.cite, refused.value.title, refused.value.fields) == (
        "too_many",
        "SK-2 1.2",
        Text(zh="太多", en="太多"),
        {"left": -2},
    )


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("facts.n", 5),
        ("facts.n + 0.5", "5.5"),
        ("facts.word", "high"),
        ("facts.n > 3", True),
        ("facts.none", None),
        ("facts.items", ["a", "b"]),
        ("facts.none > 3", None),
    ],
)
def test_what_a_client_is_told_keeps_its_kind(source: str, told: object) -> None:
    facts = {"n": Decimal(5), "word": "high", "none": None, "items": ["a", "b"]}
    found = field_value(Expression(source), {"facts": facts})
    assert (found, type(found)) == (told, type(told))


@pytest.mark.parametrize(
    ("that", "more", "foreseen"),
    [
        ("facts.n < 3", {}, True),
        ("input.n < 3", {}, False),
        ("at > case.received_at", {}, False),
        ("event.n < 3", {}, False),
        ("facts.n < 3", {"when": "input.n > 1"}, False),
        ("facts.n < 3", {"fields": {"given": "input.n"}}, False),
    ],
)
def test_a_gate_that_reads_what_is_entered_cannot_be_foreseen(
    that: str, more: dict[str, object], foreseen: bool
) -> None:
    gate = a_gate(that, **more)
    assert foreseeable([gate]) == ((gate,) if foreseen else ())
