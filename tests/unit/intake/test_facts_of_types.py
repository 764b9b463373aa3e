"""A fact that names case types: cases of these have it, in cases of others it is absent, refused, and never set."""

from typing import Any

import pytest

from services.intake.entries.rules.errors import InputRefused
from shared.packs.intake.model.section import IntakeSection
from tests.support.sections import checked
from tests.unit.intake.builders import CLERK, small_document, text
from tests.unit.intake.test_registration import registered

LATE_BY = {
    "id": "late_by",
    "label": text("延误天数"),
    "type": "integer",
    "required": True,
    "initial": None,
    "case_types": ["delay"],
}
ROOM = {"id": "room", "label": text("仓位"), "type": "text", "initial": "main", "case_types": ["delay"]}


def document(**changes: Any) -> dict[str, Any]:
    facts = [*small_document()["facts"], LATE_BY, ROOM]
    return small_document(facts=facts, **changes)


def test_only_cases_of_its_types_have_it() -> None:
    section = IntakeSection.parse(document())
    delay = registered(section, facts={"late_by": 3}, case_type="delay", channel="web", by=CLERK)
    shortage = registered(section, facts={"missing_pieces": 3}, case_type="shortage", channel="web", by=CLERK)
    assert (delay.facts["late_by"], delay.facts["room"]) == (3, "main")
    assert (shortage.facts["late_by"], shortage.facts["room"]) == (None, None)


def test_it_is_required_of_its_types_and_refused_for_others() -> None:
    section = IntakeSection.parse(document())
    with pytest.raises(InputRefused) as refused:
        registered(section, facts={}, case_type="delay", channel="web", by=CLERK)
    assert refused.value.fields == {"late_by": "missing"}
    with pytest.raises(InputRefused) as refused:
        registered(section, facts={"missing_pieces": 3, "late_by": 3}, case_type="shortage", channel="web", by=CLERK)
    assert refused.value.fields == {"late_by": "unknown"}


def test_a_table_leaves_it_out_where_cases_do_not_have_it() -> None:
    rows = [{"when": "true", "set": {"room": "'side'"}, "cite": "SK-4 1.4"}]
    section = IntakeSection.parse(document(classification={"mode": "all", "rows": rows}))
    delay = registered(section, facts={"late_by": 3}, case_type="delay", channel="web", by=CLERK)
    shortage = registered(section, facts={"missing_pieces": 3}, case_type="shortage", channel="web", by=CLERK)
    assert (delay.facts["room"], shortage.facts["room"]) == ("side", None)


STEP = {"id": "move", "label": text("移"), "cite": "SK-9 1.9", "from": "open", "roles": ["clerk"]}


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        ({"set": {"room": "'side'"}}, "cases of type shortage have no room"),
        ({"set": {"room": "'side'"}, "case_types": ["shortage"]}, "cases of type shortage have no room"),
        ({"set": {"room": "'side'"}, "case_types": ["delay"]}, None),
        ({"set": {"level": "'low'"}}, None),
        (
            {"opens": [{"relation": "twin", "case_type": "shortage", "cite": "SK-9 1.9", "facts": {"late_by": "1"}}]},
            "cases of type shortage have no late_by",
        ),
    ],
)
def test_a_step_that_would_set_it_in_other_cases_is_a_fault(step: dict[str, Any], fault: str | None) -> None:
    given = document(steps=[*small_document()["steps"], STEP | step])
    if fault is None:
        checked(IntakeSection, given)
        return
    with pytest.raises(ValueError, match=fault):
        checked(IntakeSection, given)


def test_a_case_type_that_requires_it_must_have_it() -> None:
    shortage, delay = small_document()["case_types"]
    required = {**shortage, "requires": ["missing_pieces", "late_by"]}
    with pytest.raises(ValueError, match="cases of type shortage have no late_by"):
        checked(IntakeSection, document(case_types=[required, delay]))
