"""Every event about a case has a place for its number, its customer and its order; an old event is read without them."""

from datetime import UTC, datetime

from shared.contracts import intake, topics
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.envelope import OfCase, TextV1
from shared.contracts.sla import ClockBreachedV1

AT = datetime(2026, 3, 5, 2, tzinfo=UTC)


def test_every_event_about_a_case_but_a_party_names_the_case_alike() -> None:
    of_cases = {event.contract for event in CATALOGUE if event.topic != topics.REGISTRY}
    assert {contract for contract in of_cases if not issubclass(contract, OfCase)} == {intake.PartyRecordedV1}


def test_an_event_that_was_published_before_is_still_read() -> None:
    written = (
        '{"case_id":"c","clock_id":"k","clock":"cycle","label":{"zh":"时限","en":"Cycle"},'
        '"started_at":"2026-03-05T02:00:00Z","due_at":"2026-03-05T02:00:00Z","cite":"X-5",'
        '"breached_at":"2026-03-05T02:00:00Z"}'
    )
    assert ClockBreachedV1.model_validate_json(written) == ClockBreachedV1(
        case_id="c", number="", customer_ref="", order_ref=None, clock_id="k", clock="cycle",
        label=TextV1(zh="时限", en="Cycle"), started_at=AT, due_at=AT, cite="X-5", breached_at=AT,
    )  # fmt: skip
