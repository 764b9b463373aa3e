"""What may be entered: each type on both sides of its boundary."""

from decimal import Decimal
from typing import Any

import pytest

from services.intake.entries.rules.errors import FactInvalid, InputRefused
from services.intake.entries.rules.values import computed, entered, shared_values
from shared.packs.intake.model.fields import EntryField, FactField
from shared.packs.language.words import Words
from tests.unit.intake.builders import text

LARGE = 10**15
# 00:30 on 1 March in Asia/Shanghai.
AT = "2026-02-28T16:30:00Z"


def a_field(kind: str, **more: Any) -> EntryField:
    extra = {"choices": ["a", "b"]} if kind == "choice" else {}
    return EntryField.parse({"id": "x", "label": text("某"), "type": kind, **extra, **more})


def enter(field: EntryField, value: object) -> object:
    return entered([field], {"x": value}, context={}, cite=None)["x"]


@pytest.mark.parametrize(
    ("kind", "more", "value", "result"),
    [
        ("text", {}, " 裂纹 ", "裂纹"),
        ("text", {}, "   ", None),
        ("text", {"max_length": 2}, "裂纹", "裂纹"),
        ("integer", {}, LARGE, LARGE),
        ("integer", {"min": "0"}, 0, 0),
        ("integer", {"max": "3"}, 3, 3),
        ("decimal", {}, "60.125", "60.125"),
        ("decimal", {}, 60, "60"),
        ("decimal", {}, -LARGE, "-1000000000000000"),
        ("decimal", {"min": "0.01"}, "0.01", "0.01"),
        ("boolean", {}, False, False),
        ("boolean", {"equals": True}, True, True),
        ("choice", {}, "a", "a"),
        ("date", {}, "2026-02-28", "2026-02-28"),
        ("instant", {}, "2026-03-05T09:00:00+08:00", "2026-03-05T01:00:00Z"),
        ("list", {}, ["a", "b", "a"], ["a", "b"]),
        ("list", {"choices": ["a"]}, ["a"], ["a"]),
        ("list", {}, ["a"] * 100, ["a"]),
        ("list", {}, ["a" * 200], ["a" * 200]),
        ("text", {}, None, None),
    ],
)
def test_taken(kind: str, more: dict[str, Any], value: object, result: object) -> None:
    assert enter(a_field(kind, **more), value) == result


@pytest.mark.parametrize(
    ("kind", "more", "value", "why"),
    [
        ("text", {"max_length": 2}, "裂纹痕", "too_long"),
        ("text", {}, 5, "not_text"),
        ("integer", {}, LARGE + 1, "not_integer"),
        ("integer", {}, True, "not_integer"),
        ("integer", {}, 1.0, "not_integer"),
        ("integer", {"min": "0"}, -1, "below_min"),
        ("integer", {"max": "3"}, 4, "above_max"),
        ("decimal", {}, "1e3", "not_decimal"),
        ("decimal", {}, "1_000", "not_decimal"),
        ("decimal", {}, " 12 ", "not_decimal"),
        ("decimal", {}, "１２", "not_decimal"),
        ("decimal", {}, 1.5, "not_decimal"),
        ("decimal", {}, True, "not_decimal"),
        ("decimal", {}, "NaN", "not_decimal"),
        ("decimal", {"min": "0.01"}, "0.009", "below_min"),
        ("boolean", {}, 1, "not_boolean"),
        ("boolean", {}, "true", "not_boolean"),
        ("boolean", {"equals": True}, False, "must_be_true"),
        ("boolean", {"equals": False}, True, "must_be_false"),
        ("choice", {}, "c", "not_a_choice"),
        ("choice", {}, ["a"], "not_a_choice"),
        ("date", {}, "2026-02-29", "not_a_date"),
        ("date", {}, "20260228", "not_a_date"),
        ("instant", {}, "2026-03-05T09:00:00", "not_an_instant"),
        ("instant", {}, "0001-01-01T00:00:00+14:00", "not_an_instant"),
        ("instant", {}, 1772672400, "not_an_instant"),
        ("list", {}, "a", "not_a_list"),
        ("list", {}, ["a" * 201], "not_a_list"),
        ("list", {}, ["a", 1], "not_a_list"),
        ("list", {}, [" "], "not_a_list"),
        ("list", {}, ["a"] * 101, "not_a_list"),
        ("list", {"choices": ["a"]}, ["b"], "not_a_choice"),
    ],
)
def test_refused(kind: str, more: dict[str, Any], value: object, why: str) -> None:
    with pytest.raises(InputRefused) as refusal:
        enter(a_field(kind, **more), value)
    assert (refusal.value.code, refusal.value.fields) == ("input_invalid", {"x": why})


def test_all_faults_come_at_once_and_no_input_is_echoed() -> None:
    fields = [a_field("text", required=True), a_field("integer").model_copy(update={"id": "y"})]
    with pytest.raises(InputRefused) as refusal:
        entered(fields, {"y": "1", "z": 1, "<script>": 1}, context={}, cite="LG-1 Art.1")
    assert refusal.value.fields == {"x": "missing", "y": "not_integer", "z": "unknown", "other": "unknown"}
    assert refusal.value.cite == "LG-1 Art.1"


def test_only_missing_is_a_code_of_its_own() -> None:
    with pytest.raises(InputRefused) as refusal:
        entered([a_field("text", required=True)], {"x": ""}, context={}, cite=None)
    assert refusal.value.code == "input_missing"


def test_the_pack_s_own_code_and_rule_come_first() -> None:
    field = a_field("text", required=True, code="phone_required", cite="LG-12b Art.12")
    with pytest.raises(InputRefused) as refusal:
        entered([field], {}, context={}, cite="LG-1 Art.1")
    assert (refusal.value.code, refusal.value.cite) == ("phone_required", "LG-12b Art.12")


def test_required_when_looks_at_the_other_values() -> None:
    whether = a_field("boolean").model_copy(update={"id": "w"})
    field = a_field("text", required_when="input.w == true")
    assert entered([whether, field], {"w": False}, context={}, cite=None) == {"w": False, "x": None}
    with pytest.raises(InputRefused):
        entered([whether, field], {"w": True}, context={}, cite=None)


def test_personal_and_unmarked_values_stay_inside() -> None:
    fields = [
        a_field("text", shared=True),
        a_field("text", personal=True).model_copy(update={"id": "p"}),
        a_field("text").model_copy(update={"id": "q"}),
        a_field("text", shared=True).model_copy(update={"id": "absent"}),
    ]
    assert shared_values(fields, {"x": "a", "p": "b", "q": "c", "absent": None}) == {"x": "a"}


@pytest.mark.parametrize(
    ("kind", "result", "value"),
    [
        ("integer", Decimal("3.0"), 3),
        ("decimal", Decimal("60.50"), "60.50"),
        ("choice", "a", "a"),
        ("boolean", None, None),
    ],
)
def test_what_an_expression_gives_becomes_a_fact(kind: str, result: object, value: object) -> None:
    fact = FactField.parse(
        {"id": "f", "label": text("某"), "type": kind, **({"choices": ["a"]} if kind == "choice" else {})}
    )
    assert computed(fact, result) == value


def test_a_fact_never_takes_what_it_cannot_be() -> None:
    fact = FactField.parse({"id": "f", "label": text("某"), "type": "choice", "choices": ["a"]})
    with pytest.raises(FactInvalid) as refusal:
        computed(fact, "z")
    assert refusal.value.fields == {"fact": "f", "reason": "not_a_choice"}


SHOP = Words(zone="Asia/Shanghai")


@pytest.mark.parametrize(
    ("kind", "bounds", "value", "why"),
    [
        ("date", {"not_after": "at"}, "2026-03-01", None),
        ("date", {"not_after": "at"}, "2026-03-02", "too_late"),
        ("date", {"not_before": "at"}, "2026-02-28", "too_early"),
        ("date", {"not_before": "at"}, "2026-03-01", None),
        ("date", {"not_before": "addDays(facts.bought_on, -1)"}, "2026-01-30", None),
        ("date", {"not_before": "addDays(facts.bought_on, -1)"}, "2026-01-29", "too_early"),
        ("date", {"not_before": "facts.bought_on", "not_after": "at"}, "2026-01-31", None),
        ("instant", {"not_after": "at"}, "2026-03-01T00:30:00+08:00", None),
        ("instant", {"not_after": "at"}, "2026-03-01T00:30:01+08:00", "too_late"),
        ("instant", {"not_before": "facts.bought_on"}, "2026-01-30T16:00:00Z", None),
        ("instant", {"not_before": "facts.bought_on"}, "2026-01-30T15:59:59Z", "too_early"),
        ("date", {"not_before": "facts.unknown"}, "2026-03-01", "bound_unknown"),
        ("date", {"not_after": "facts.price"}, "2026-03-01", "bound_unknown"),
        ("date", {"not_after": "1 + facts.unknown"}, "2026-03-01", "bound_unknown"),
        ("date", {"not_after": "facts.unknown"}, None, None),
    ],
)
def test_a_date_lies_within_its_bounds_which_are_part_of_them(
    kind: str, bounds: dict[str, str], value: str | None, why: str | None
) -> None:
    field = EntryField.parse({"id": "x", "label": text("日"), "type": kind, **bounds}, words=SHOP)
    context = {"at": AT, "facts": {"bought_on": "2026-01-31", "price": "3"}}
    if why is None:
        entered([field], {"x": value}, context=context, cite=None)
        return
    with pytest.raises(InputRefused) as refused:
        entered([field], {"x": value}, context=context, cite="LS-1 s.1")
    assert (refused.value.fields, refused.value.cite) == ({"x": why}, "LS-1 s.1")


def test_a_bound_sees_what_is_entered_beside_it() -> None:
    fields = [
        EntryField.parse({"id": "from_day", "label": text("始"), "type": "date"}, words=SHOP),
        EntryField.parse(
            {"id": "to_day", "label": text("止"), "type": "date", "not_before": "input.from_day"}, words=SHOP
        ),
    ]
    entered(fields, {"from_day": "2026-03-02", "to_day": "2026-03-02"}, context={}, cite=None)
    with pytest.raises(InputRefused) as refused:
        entered(fields, {"from_day": "2026-03-03", "to_day": "2026-03-02"}, context={}, cite=None)
    assert refused.value.fields == {"to_day": "too_early"}
    with pytest.raises(InputRefused) as refused:
        entered(fields, {"to_day": "2026-03-02"}, context={}, cite=None)
    assert refused.value.fields == {"to_day": "bound_unknown"}
