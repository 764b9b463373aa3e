"""How expectations are compared."""

from operate.scenarios.check import refusal, subset
from operate.scenarios.expectations import Refused
from operate.scenarios.session import Answer


def test_objects_may_hold_more_than_expected() -> None:
    assert list(subset("x", {"a": 1}, {"a": 1, "b": 2})) == []


def test_lists_are_compared_whole() -> None:
    assert list(subset("x", [1], [1, 2])) == ["x: expected [1], came [1, 2]"]
    assert list(subset("x", [{"a": 1}], [{"a": 1, "b": 2}])) == []


def test_a_difference_names_its_path() -> None:
    assert list(subset("case", {"facts": {"severity": "major"}}, {"facts": {"severity": "normal"}})) == [
        "case.facts.severity: expected 'major', came 'normal'"
    ]


def test_a_refusal_is_compared_by_code_status_fields_and_the_start_of_its_citation() -> None:
    body = {"code": "amount_differs_from_notice", "cite": "LG-38 Art.38", "fields": {"notice_minor": 1, "more": 2}}
    expected = Refused(code="amount_differs_from_notice", status=409, cite="LG-38", fields={"notice_minor": 1})

    assert refusal(expected, Answer(409, body, {})) == []
    assert refusal(expected, Answer(422, body, {})) == ["refusal.status: expected 409, came 422"]
    assert refusal(expected, Answer(409, {**body, "cite": "LG-3"}, {})) == [
        "refusal.cite: expected 'LG-38', came 'LG-3'"
    ]


def test_an_accepted_step_that_should_be_refused_differs() -> None:
    assert refusal(Refused(code="x"), Answer(201, {}, {})) == ["expected a refusal `x`, but it was accepted (201)"]
