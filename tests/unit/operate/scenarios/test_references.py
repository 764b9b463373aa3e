"""What an earlier answer said, wherever a later step writes text."""

import pytest

from operate.scenarios.references import NothingThere, filled, names_in

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
