"""Lines of `redress policy try` become requests of a scenario, in the types that the pack declares."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from operate.authoring.guide import write
from operate.authoring.page import PLACE
from operate.policy_try.cast import people_of, usual_person
from operate.policy_try.line import LONGEST_LINE, LineWrong, instant_after, read_line, request_of
from shared.packs.documents import Sections
from shared.packs.publishing.load import load_pack

ZONE = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def lamps(tmp_path_factory: pytest.TempPathFactory) -> Sections:
    """The lamp shop of the guide."""
    first = write(Path(PLACE).read_text(encoding="utf-8"), tmp_path_factory.mktemp("guide"))[0]
    return load_pack(first.parent).valid()


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        (
            'register complaint receipt=1001 price=800.00 as=first order_ref="SO 7"',
            {
                "register": {
                    "case_type": "complaint",
                    "facts": {"receipt": "1001", "price": "800.00"},
                    "as": "first",
                    "order_ref": "SO 7",
                    "channel": "phone",
                }
            },
        ),
        ("do check ours=true by=li", {"by": "li", "step": {"id": "check", "input": {"ours": True}}}),
        ("step check input.id=7", {"step": {"id": "check", "input": {"id": 7}}}),
        ("quote refund months=3 case=first", {"case": "first", "quote": {"remedy": "refund", "inputs": {"months": 3}}}),
        ("quote refund months=1.5", {"quote": {"remedy": "refund", "inputs": {"months": "1.5"}}}),
        ("offer # to the customer", {"offer": {}}),
        ("payout amount=680.00", {"payout": {"amount": "680.00"}}),
        ("evidence photo as=picture", {"keep": "picture", "evidence": {"kind": "photo", "text": "evidence"}}),
        ("decide_extension check approve=false", {"decide_extension": {"clock": "check", "approve": False}}),
        ("accept consent={kind: call}", {"accept": {"body": {"consent": {"kind": "call"}}}}),
    ],
)
def test_a_line_is_a_request(text: str, request_: dict[str, Any], lamps: Sections) -> None:
    line = read_line(text.replace("{kind: call}", "'{kind: call}'"))

    assert request_of(line, lamps) == request_


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("regster complaint", "`regster` is no command (is `register` meant?)"),
        ("publish laigang", "`publish` is no command: see `help`"),
        ("xyzzy", "`xyzzy` is no command: see `help`"),
        ("register complaint now", "`now` has no key: write register CASE_TYPE key=value"),
        ("payout sum=3", "`payout` has no `sum`: it takes amount, quote_hash, remedy"),
        ('do check reason="not ours', "a quote is not closed"),
        (f"do {'x' * LONGEST_LINE}", "a line has at most 4000 characters"),
    ],
)
def test_a_line_that_cannot_be_read_says_why(text: str, told: str, lamps: Sections) -> None:
    with pytest.raises(LineWrong) as refused:
        request_of(read_line(text), lamps)

    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("90m", "2026-03-28T13:30:00+01:00"),
        ("2h", "2026-03-28T14:00:00+01:00"),
        ("1d", "2026-03-29T12:00:00+02:00"),  # noon again, although summer time began in the night
        ("1w", "2026-04-04T12:00:00+02:00"),
    ],
)
def test_days_are_those_of_the_zone(text: str, then: str) -> None:
    assert instant_after(datetime(2026, 3, 28, 12, tzinfo=ZONE), text).isoformat() == then


@pytest.mark.parametrize("text", ["3", "3y", "-1d", "99999w", "tomorrow"])
def test_a_wait_that_is_none_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(LineWrong):
        instant_after(datetime(2026, 3, 28, 12, tzinfo=ZONE), text)


@pytest.mark.parametrize(
    ("verb", "name", "page", "person"),
    [
        ("register", "complaint", None, "clerk"),
        ("step", "issue_slip", None, "clerk"),
        ("quote", "refund", None, "clerk"),
        ("accept", "", {"case_type": "complaint"}, "customer"),
        ("approve", "", {"remedies": [{"missing_approvals": ["chief_clerk"]}]}, "chief_clerk"),
        ("decline", "", {}, "chief_clerk"),
        ("payout", "", {}, "finance"),
        ("evidence", "photo", {}, "clerk"),
    ],
)
def test_who_acts_when_none_is_named(
    verb: str, name: str, page: dict[str, Any] | None, person: str, lamps: Sections
) -> None:
    assert usual_person(lamps, verb, name, page) == person
    assert person in people_of(lamps)


def test_each_role_has_several_persons_so_that_four_eyes_can_be_tried(lamps: Sections) -> None:
    people = people_of(lamps)

    assert people["manager3"].roles == ["manager"]
    assert [name for name in people if name.startswith("customer")] == ["customer"]
