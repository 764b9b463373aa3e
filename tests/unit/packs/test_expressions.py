"""What the module's docstring promises to pack authors, line by line, and what it refuses."""

from decimal import Decimal

import pytest

from shared.kernel.errors import ServiceError
from shared.packs.language.expression import Expression, ExpressionFailed
from shared.packs.language.expression_text import ExpressionInvalid, mentions
from shared.packs.language.section import Section
from shared.packs.language.types import Expr


class Row(Section):
    when: Expr


@pytest.mark.parametrize(
    ("source", "context", "expected"),
    [
        ("number(p) * number(q)", {"p": "0.1", "q": "3"}, "0.3"),
        ("number(p) * number(q)", {"p": "4200.55", "q": "60"}, "252033.00"),
        ("(number(a) - number(b)) * number(q)", {"a": "4200", "b": "3850", "q": "60"}, "21000"),
        ("number(p)", {"p": "123456789012345678.123456789"}, "123456789012345678.123456789"),
        ("p", {"p": Decimal("123456789012345678.123456789")}, "123456789012345678.123456789"),
        ("p * q", {"p": Decimal("1.10"), "q": 3}, "3.30"),
        ("number(p)", {"p": Decimal("1.5")}, "1.5"),
        ("number(p)", {"p": 7}, "7"),
        ("number('7.999999999999999999999999999')", {}, "7.999999999999999999999999999"),
        ("number('1') / 3", {}, "0.3333333333333333333333333333"),
        ("number('2') / 3", {}, "0.6666666666666666666666666667"),
        ("round(number('2.345'), 2)", {}, "2.35"),
        ("round(number('-2.5'))", {}, "-3"),
        ("round(number('1.005'), 2)", {}, "1.01"),
        ("minor", {"minor": 10**15}, "1000000000000000"),
        (
            "sum(map(lines, number(#.price) * number(#.tonnes)))",
            {"lines": [{"price": "0.1", "tonnes": "3"}, {"price": "0.2", "tonnes": "1"}]},
            "0.5",
        ),
        ("sum([])", {}, "0"),
    ],
)
def test_numbers_are_exact(source: str, context: dict[str, object], expected: str) -> None:
    assert Expression(source).decimal(context) == Decimal(expected)


@pytest.mark.parametrize(
    ("source", "context", "expected"),
    [
        ("number(facts.quantity_t) > 3", {"facts": {"quantity_t": "3.001"}}, True),
        ("number(facts.quantity_t) > 3", {"facts": {"quantity_t": "3"}}, False),
        ("facts.quantity_t == 60", {"facts": {"quantity_t": "60"}}, False),  # text is never a number
        ("(facts.needs_visit ?? false) and true", {"facts": {}}, False),
        ("(facts.needs_visit ?? false) and true", {"facts": {"needs_visit": True}}, True),
        ("a.id == b.id", {}, True),  # two absent things are equal
        ("[1] == [1]", {}, False),
        ("'x' in list", {"list": ["x", "y"]}, True),
        ("'x' in list", {"list": ("x",)}, True),
        ("contains(list, 'z')", {"list": ["x"]}, False),
        ("contains('abc', 'b')", {}, True),
        ("a and b or c", {"a": True, "b": False, "c": True}, True),
        ("x in [1..5]", {"x": 5}, True),
        ("x in [1..5)", {"x": 5}, False),
        ("x in [1..facts.most]", {"x": 5, "facts": {"most": 5}}, True),
        ("x == null", {}, True),
        ("d == d2", {"d": "2026-01-02", "d2": "2026-01-02"}, True),
        ("facts.a == 'y'", {"facts": {"a": "y"}}, True),
        ("facts['a'] == 'y'", {"facts": {"a": "y"}}, True),
    ],
)
def test_conditions(source: str, context: dict[str, object], expected: bool) -> None:
    assert Expression(source).holds(context) is expected


@pytest.mark.parametrize(
    ("source", "context"),
    [
        ("facts.x > 3", {"facts": {}}),
        ("facts.x > 3", {"facts": {"x": "5"}}),
        ("not facts.x", {"facts": {}}),
        ("facts.x and true", {"facts": {}}),
        ("true and facts.x", {"facts": {}}),
        ("'a' in facts.x", {"facts": {}}),
        ("facts.x", {"facts": {"x": "text"}}),
        ("1", {}),
    ],
)
def test_a_condition_must_be_true_or_false(source: str, context: dict[str, object]) -> None:
    with pytest.raises(ExpressionFailed) as caught:
        Expression(source).holds(context)
    assert caught.value.code == "expression_failed"
    assert caught.value.fields == {"expression": source}


@pytest.mark.parametrize(
    ("source", "context"),
    [
        ("1 / 0", {}),
        ("number('abc')", {}),
        ("number('1,000')", {}),
        ("number('')", {}),
        ("facts.x", {"facts": {}}),
        ("'text'", {}),
        ("true", {}),
        ("number('99999999999999999999999999') * number('99999999999999999')", {}),
        ("p", {"p": Decimal("0.12345678901234567890123456789")}),  # 29 digits would be rounded in silence
        ("p", {"p": Decimal("NaN")}),
        ("p", {"p": 0.1}),  # a float is no number of ours
    ],
)
def test_what_is_no_exact_number_fails(source: str, context: dict[str, object]) -> None:
    with pytest.raises(ExpressionFailed):
        Expression(source).decimal(context)


def test_a_whole_number_has_no_fraction() -> None:
    assert Expression("number(x) * 100").integer({"x": "210.25"}) == 21025
    with pytest.raises(ExpressionFailed, match="whole"):
        Expression("number(x) * 10").integer({"x": "210.25"})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1.10", Decimal("1.10")),
        ("'a'", "a"),
        ("true", True),
        ("null", None),
        ("['a']", ["a"]),
        ("1 == 1 ? 'y' : 'n'", "y"),
    ],
)
def test_values_leave_without_floats(source: str, expected: object) -> None:
    value = Expression(source).value({})
    assert value == expected
    assert not isinstance(value, float)


def test_numbers_inside_lists_are_refused() -> None:
    with pytest.raises(ExpressionFailed, match="string"):
        Expression("[1]").value({})


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "end"),
        ("a =+", "write `==` to compare"),
        ("a; b", ""),
        ("rand(10)", "no function `rand`"),
        ("d('now')", "no function `d`"),
        ("d()", "no function `d`"),
        ("now()", "no function `now`"),
        ("`text ${x}`", "template"),
        ("{a: 1}", "object"),
        ("$", "context"),
        ("facts.d.add('1d')", "no method `add`"),
        ("x" * 2001, "2000"),
    ],
)
def test_what_packs_may_not_write(source: str, reason: str) -> None:
    with pytest.raises(ExpressionInvalid) as caught:
        Expression(source)
    assert reason in caught.value.detail


@pytest.mark.parametrize(
    ("source", "variables"),
    [
        ("number(facts.q) > 3 and (input['x'] ?? false)", {("facts", "q"), ("input", "x")}),
        ("some(lines, #.kind == facts.z)", {("lines",), ("facts", "z")}),
        ("documents.notice.fields.amount == 1", {("documents", "notice", "fields", "amount")}),
        ("'facts.hidden' == \"input.hidden\"", set()),
        ("a.b['c-d'].e > 1_000", {("a", "b", "c-d", "e")}),
        ("x in [1..5] and true", {("x",)}),
        ("x in [1..facts.most]", {("x",), ("facts", "most")}),
        ("lines[0].amount", {("lines",)}),
    ],
)
def test_variables(source: str, variables: set[tuple[str, ...]]) -> None:
    assert set(Expression(source).variables) == variables


@pytest.mark.parametrize(
    ("source", "compared"),
    [
        ("'case.accepted' in milestones", [(("milestones",), "case.accepted")]),
        ("'a' not in milestones", [(("milestones",), "a")]),
        ("contains(actor.roles, 'finance')", [(("actor", "roles"), "finance")]),
        ("(facts.severity ?? 'normal') == 'major'", [(("facts", "severity"), "major")]),
        ("'x' != facts.a", [(("facts", "a"), "x")]),
        ("case.status in ['a', 'b']", [(("case", "status"), "a"), (("case", "status"), "b")]),
        ("case.status not in ['a']", [(("case", "status"), "a")]),
        ("facts.a == facts.b", []),
    ],
)
def test_words_that_variables_are_compared_with(source: str, compared: list[object]) -> None:
    assert list(Expression(source).compared) == compared


@pytest.mark.parametrize(
    ("source", "elements"),
    [
        ("sum(map(inputs.lines, #.rate * #.tonnes))", {"inputs.lines.#.rate", "inputs.lines.#.tonnes"}),
        ("map(filter((inputs.lines ?? []), #['kind'] == 'a'), -#.t)", {"inputs.lines.#.kind", "inputs.lines.#.t"}),
        ("filter(remedies, #.state == 'paid')[0].amount", {"remedies.#.state", "remedies.#.amount"}),
        ("map(a, sum(map(filter(b, #.x), #.y)) + #.z)", {"b.#.x", "b.#.y", "a.#.z"}),
        ("lines[0].rate + lines[len(lines) - 1].rate", {"lines.#.rate"}),
        ("map(map(lines, #.t), #.u)", {"lines.#.t", "#.u"}),
        ("map(x ? a : b, #.t)", {"#.t"}),
        ("map(lines, #)", set()),
        ("sum(map(", set()),
    ],
)
def test_elements_of_lists(source: str, elements: set[str]) -> None:
    assert {".".join(parts) for parts in mentions(source).elements} == elements


def test_a_closure_compares_its_elements() -> None:
    found = mentions("count(lines, #.kind in ['a', 'b'] or (#.grade ?? 'x') == 'c')")
    assert found.compared == (
        (("lines", "#", "kind"), "a"),
        (("lines", "#", "kind"), "b"),
        (("lines", "#", "grade"), "c"),
    )


def test_brackets_have_a_depth() -> None:
    assert mentions("(" * 50 + "1" + ")" * 50).variables == ()
    with pytest.raises(ExpressionInvalid, match="50 deep"):
        mentions("(" * 51 + "1" + ")" * 51)


def test_an_expression_is_its_text() -> None:
    row = Row.parse({"when": "facts.a == 'b'"})
    assert row.model_dump_json() == """{"when":"facts.a == 'b'"}"""
    assert row == Row.parse({"when": "facts.a == 'b'"})
    assert Row.parse({"when": True}).when.holds({})
    assert len({Expression("1 == 1"), Expression("1 == 1")}) == 1


def test_failures_are_never_the_clients_fault() -> None:
    assert ExpressionFailed.__mro__[1] is ServiceError


@pytest.mark.parametrize(
    "source",
    [
        "input.in_scope = true",
        "case.status = 'agreed'",
        "facts.a = 1",
        "some(milestones, # = 'x')",
        "a === b",
        "a == = b",
    ],
)
def test_a_single_equals_sign_is_no_comparison(source: str) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        mentions(source)
    assert refused.value.detail == "write `==` to compare"


@pytest.mark.parametrize("source", ["a >= 1 and b <= 2", "a>=b", "a != b or c == d", "a == '=' and b in ['=']"])
def test_signs_that_hold_an_equals_sign_stay(source: str) -> None:
    mentions(source)


@pytest.mark.parametrize(
    "source",
    [
        "some(milestones, # == 'x.y')",
        "count(milestones, # == 'x.y') > 0",
        "len(filter(milestones, # == 'x.y')) > 0",
        "none(milestones, # in ['x.y'])",
        "milestones[0] == 'x.y'",
        "(milestones[0] ?? '') == 'x.y'",
        "filter(milestones, true)[0] == 'x.y'",
        "('x.y') in milestones",
        "'x.y' in (milestones)",
        "'x.y' in (milestones ?? [])",
        "not ('x.y' in (milestones ?? ['a', 'b']))",
        "contains((milestones ?? []), ('x.y'))",
        "some(milestones ?? [], 'x.y' == #)",
    ],
)
def test_every_way_to_look_for_a_word_in_a_list_is_found(source: str) -> None:
    assert ("milestones", "x.y") in {(parts[0], word) for parts, word in mentions(source).compared}


def test_words_are_found_in_lists_of_elements_and_in_what_stands_below_them() -> None:
    assert mentions("'x.y' in (parent.milestones ?? [])").compared == ((("parent", "milestones"), "x.y"),)
    assert mentions("some(links.a, some(#.milestones, # == 'x.y'))").compared == (
        (("links", "a", "#", "milestones", "#"), "x.y"),
    )
    assert mentions("links.a[0].facts.level == 'high'").compared == ((("links", "a", "#", "facts", "level"), "high"),)


def test_brackets_around_more_than_one_thing_are_left() -> None:
    assert mentions("((a == 'x') == (b ?? c == 'y'))").compared == ((("a",), "x"), (("c",), "y"))
    assert mentions("(['x']) == a").compared == ()
