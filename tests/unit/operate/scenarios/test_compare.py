"""How expectations are compared."""

from collections.abc import Iterable

import pytest

from operate.scenarios.compare import repetition, subset
from operate.scenarios.difference import Difference, as_written, refusal_text
from operate.scenarios.refused import Refused, refusal
from operate.scenarios.session import Answer


def told(differences: Iterable[Difference]) -> list[str]:
    return list(map(str, differences))


def test_objects_may_hold_more_than_expected() -> None:
    assert list(subset("x", {"a": 1}, {"a": 1, "b": 2})) == []


def test_lists_are_compared_whole() -> None:
    assert told(subset("x", [1], [1, 2])) == ["x: expected [1], came [1,2]"]
    assert list(subset("x", [{"a": 1}], [{"a": 1, "b": 2}])) == []


def test_numbers_are_compared_by_value() -> None:
    assert list(subset("x", {"day": "120.50", "none": "0"}, {"day": "120.5", "none": "0.00"})) == []
    assert told(subset("x", {"day": "120.51"}, {"day": "120.5"})) == ['x.day: expected "120.51", came "120.5"']
    assert told(subset("x", {"day": "1"}, {})) == ['x.day: expected "1", came nothing']


def test_a_difference_names_its_path() -> None:
    assert told(subset("case", {"facts": {"severity": "major"}}, {"facts": {"severity": "normal"}})) == [
        'case.facts.severity: expected "major", came "normal"'
    ]


def test_a_refusal_is_compared_by_code_status_fields_and_the_start_of_its_citation() -> None:
    body = {"code": "amount_differs_from_notice", "cite": "LG-38 Art.38", "fields": {"notice_minor": 1, "more": 2}}
    expected = Refused(code="amount_differs_from_notice", status=409, cite="LG-38", fields={"notice_minor": 1})

    assert refusal(expected, Answer(409, body, {})) == []
    assert told(refusal(expected, Answer(422, body, {}))) == ["refusal.status: expected 409, came 422"]
    assert [difference.cite for difference in refusal(expected, Answer(422, body, {}))] == ["LG-38 Art.38"]
    assert told(refusal(expected, Answer(409, {**body, "cite": "LG-3"}, {}))) == [
        'refusal.cite: expected "LG-38", came "LG-3"'
    ]


def test_an_accepted_step_that_should_be_refused_differs() -> None:
    assert told(refusal(Refused(code="x"), Answer(201, {}, {}))) == [
        "answer: expected refused with x, came accepted with 201"
    ]


def test_a_number_is_the_text_that_the_apis_make_of_it_and_a_boolean_is_not() -> None:
    assert list(subset("x", {"quantity": 60}, {"quantity": "60"})) == []
    assert list(subset("x", {"quantity": 60}, {"quantity": "60.00"})) == []
    assert list(subset("x", "1.50", "1.5")) == []
    assert list(subset("x", "60", 60)) == []
    assert told(subset("x", 60, "61")) == ['x: expected 60, came "61"']
    assert told(subset("x", 1, True)) == ["x: expected 1, came true"]


def test_a_repeated_request_has_the_same_status_and_answer_but_a_refusal_of_its_own_id() -> None:
    refused = Answer(404, {"code": "not_found", "request_id": "1"}, {})

    assert repetition(refused, Answer(404, {"code": "not_found", "request_id": "2"}, {})) == []
    assert told(repetition(Answer(201, {"case_id": "a"}, {}), Answer(200, {"case_id": "b"}, {}))) == [
        "repeated answer.status: expected 201, came 200",
        'repeated answer.body.case_id: expected "a", came "b"',
    ]


def test_a_refusal_is_said_as_a_person_reads_it() -> None:
    body = {"code": "file_incomplete", "title": "Not now", "detail": "not now", "cite": "R-1 Art.1", "fields": {"a": 1}}

    assert refusal_text(Answer(409, body, {})) == '409 `file_incomplete`: not now; R-1 Art.1 {"a":1}'
    assert refusal_text(Answer(502, "bad gateway", {})) == "502: bad gateway"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "true"),
        ("60", '"60"'),
        (60, "60"),
        (["差价"], '["差价"]'),
        ({"a": None}, '{"a":null}'),
    ],
)
def test_values_are_said_as_they_stand_in_a_scenario(value: object, text: str) -> None:
    assert as_written(value) == text


def test_an_endless_value_is_cut() -> None:
    assert len(as_written("x" * 5000)) == 1001


def test_text_with_a_leading_zero_is_no_number() -> None:
    assert told(subset("x", "007", "7")) == ['x: expected "007", came "7"']
    assert told(subset("x", 7, "007")) == ['x: expected 7, came "007"']
    assert told(subset("x", "1e3", "1000")) == ['x: expected "1e3", came "1000"']


def test_a_list_is_compared_by_what_it_contains_and_by_its_count() -> None:
    items = [{"rule": "a", "state": "sent"}, {"rule": "b", "state": "sent"}]

    assert list(subset("x", {"items": {"contains": [{"rule": "b"}], "count": 2}}, {"items": items})) == []
    assert list(subset("x", {"count": 0}, [])) == []
    assert told(subset("x", {"count": 3}, [1, 2])) == ["x count: expected 3, came 2: [1,2]"]
    assert told(subset("x", {"contains": [2, 5]}, [1, 2])) == ["x contains: expected 5, came 2 without it: [1,2]"]


def test_an_object_with_a_count_is_an_object() -> None:
    assert told(subset("x", {"count": 3}, {"count": 2})) == ["x.count: expected 3, came 2"]


def test_a_list_is_not_what_is_expected_of_a_single_value() -> None:
    assert told(subset("x", {"count": 1}, "a")) == ['x: expected {"count":1}, came "a"']
