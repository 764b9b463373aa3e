"""What an earlier answer said, wherever a later step writes text."""

import pytest

from operate.scenarios.references import NothingThere, NotText, filled, names_in, whole_answers_inside_text

KEPT = {"photo": {"evidence_id": "e-1", "size": 30}, "page": {"items": [{"id": "m-1"}]}, "case_id": "c-1"}


def test_a_reference_inside_text_is_replaced() -> None:
    assert filled("/v1/cases/{case_id}/evidence/{photo.evidence_id}", KEPT) == "/v1/cases/c-1/evidence/e-1"


def test_text_that_is_one_reference_becomes_the_value_itself() -> None:
    assert filled({"sizes": ["{photo.size}"]}, KEPT) == {"sizes": [30]}
    assert filled("{page.items.0.id}", KEPT) == "m-1"


def test_other_braces_stay() -> None:
    assert filled('{"a": 1} {word}', KEPT) == '{"a": 1} {word}'


@pytest.mark.parametrize(
    ("reference", "said"), [("{photo.id}", "no `id` .* evidence_id, size"), ("{page.items.1.id}", "no `1` .* 1 items")]
)
def test_a_field_that_the_answer_has_not_is_named_with_those_it_has(reference: str, said: str) -> None:
    with pytest.raises(NothingThere, match=said):
        filled(reference, KEPT)


def test_the_names_that_a_step_refers_to() -> None:
    assert list(names_in({"path": "/{case_id}/{photo.x}", "body": ["{page.items.0.id}", 3]})) == [
        "case_id",
        "photo",
        "page",
    ]


def test_a_whole_answer_takes_the_place_of_text_that_names_it_alone() -> None:
    assert filled({"of": "{photo}"}, KEPT) == {"of": {"evidence_id": "e-1", "size": 30}}
    assert list(names_in(["{photo}", "{case_id}", "{word} here"])) == ["photo", "case_id"]


def test_a_whole_answer_inside_other_text_is_found() -> None:
    assert list(whole_answers_inside_text(["{photo}", "of {photo}", "of {case_id}"])) == ["photo"]


def test_an_object_does_not_stand_inside_other_text() -> None:
    with pytest.raises(NotText, match=r"\{page.items\}: an object or a list"):
        filled("of {page.items}", KEPT)
