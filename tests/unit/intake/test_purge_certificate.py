"""The certificate of a purge, what it lists, and what is left of the case."""

from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256

import pytest

from services.intake.cases.rules.case import Reached
from services.intake.dossier.rules.dossier import Dossier
from services.intake.retention.rules import (
    Certificate,
    ErasedItem,
    OutsideDossier,
    PurgeRequest,
    RetentionNotBegun,
    RetentionStatus,
    certified,
    erased_items,
    item_as_mapping,
    purged_case,
)
from tests.unit.intake.builders import CASE, MANAGER, a_visit
from tests.unit.intake.test_retention import ARCHIVED, DAY, SHANGHAI, archived, section

RULE = section().retention[0]
ON = date(2027, 3, 5)
STATUS = RetentionStatus(rule=RULE, since=ARCHIVED, purgeable_on=ON, refusal=None)
ASKED = PurgeRequest(actor=MANAGER, now=DAY, zone=SHANGHAI, seen={})
FORM = ErasedItem(what="document", kind="form", count=1, id="d-form", number="F-01", sha256="a" * 64)
PARTY = ErasedItem(what="party", kind="customer", count=2)
CONTENT = (
    f'{{"case_id":"{CASE}","case_number":"QO-202603-00001","cite":"TB-15c §4.5","gone":['
    f'{{"count":1,"id":"d-form","kind":"form","number":"F-01","sha256":"{"a" * 64}","what":"document"}},'
    '{"count":2,"id":null,"kind":"customer","number":null,"sha256":null,"what":"party"}],'
    '"number":"PC-2027-00001","purged_at":"2027-03-04T16:00:00Z","purged_by":"zhou","rule":"papers"}'
)
CERTIFICATE = Certificate(
    number="PC-2027-00001",
    case_id=CASE,
    case_number="QO-202603-00001",
    case_type="shortage",
    rule=RULE,
    since=ARCHIVED,
    purgeable_on=ON,
    purged_at=DAY,
    purged_by=MANAGER,
    erased=(FORM, PARTY),
    sha256=sha256(CONTENT.encode()).hexdigest(),
)


def test_a_certificate_says_what_went_when_by_whom_and_why_under_one_hash() -> None:
    assert certified(STATUS, archived(), ASKED, erased=(FORM, PARTY), number="PC-2027-00001") == CERTIFICATE


@pytest.mark.parametrize(("since", "on"), [(None, None), (ARCHIVED, None), (None, ON)])
def test_nothing_is_certified_before_the_time_of_keeping_has_begun(since: datetime | None, on: date | None) -> None:
    with pytest.raises(RetentionNotBegun) as refused:
        certified(replace(STATUS, since=since, purgeable_on=on), archived(), ASKED, erased=(), number="PC-2027-00001")
    assert refused.value.cite == "TB-15c §4.5"


def test_an_erased_thing_is_stored_with_everything_that_the_certificate_says_of_it() -> None:
    assert item_as_mapping(FORM) == {
        "what": "document",
        "kind": "form",
        "count": 1,
        "id": "d-form",
        "number": "F-01",
        "sha256": "a" * 64,
    }


def test_a_case_without_parties_contacts_or_description_loses_its_visits_and_nothing_else() -> None:
    dossier = Dossier(case=archived(), visits=(a_visit("completed"),))
    assert erased_items(dossier, section(), OutsideDossier(parties=[], contacts=0)) == (
        ErasedItem(what="visit", kind="completed", count=1, id="v-1"),
    )


def test_what_is_left_of_a_case_is_its_dates_its_owner_and_the_facts_that_are_not_personal() -> None:
    case = archived(facts={"phone": "138", "important": False}, description="说明")
    assert purged_case(case, section(), CERTIFICATE) == replace(
        case,
        facts={"missing_pieces": 3, "level": "low", "important": False},
        milestones=(*case.milestones, Reached(name="case.purged", at=DAY, step=None, cite="TB-15c §4.5")),
        customer_ref="erased",
        order_ref=None,
        description=None,
        last_at=DAY,
        version=case.version + 1,
        is_purged=True,
    )
