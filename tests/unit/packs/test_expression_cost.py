"""What an expression may cost is bounded before it runs: at publication for a hundred items, then for what is there."""

import time
from pathlib import Path

import pytest

from shared.packs.language.expression import Expression, ExpressionFailed, ExpressionTooCostly
from shared.packs.language.expression_cost import ITEMS, MOST_WORK, cost_of, extent
from shared.packs.language.expression_text import ExpressionInvalid
from shared.packs.publishing.load import load_pack
from tests.support.packs import INTAKE, write_pack


def work(source: str, *, items: int = 10, text: int = 0) -> int:
    return cost_of(source).work(items=items, text=text)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a + 1", 3),
        ("some(a, # > 1)", 5 + 3 * 10),  # some ( a , ) and # > 1 for each item
        ("count(a, count(b, # > 1) > 2)", 5 + 7 * 10 + 3 * 100),
        ("sum(map(filter(a, # > 1), # + 1))", 12 + 6 * 10),  # one after the other, not in each other
        ("x in [1, 2, 3]", 9),
    ],
)
def test_a_token_counts_once_for_each_item_of_the_closures_around_it(source: str, expected: int) -> None:
    assert work(source) == expected


def test_what_flattens_and_what_splits_may_make_longer_lists() -> None:
    assert work("flatMap(a, #)") == 10 * (5 + 10)
    assert work("count(split(a, ','), # == 'x')", text=1000) > 1000 * 3


def test_copies_of_long_texts_count_by_their_length() -> None:
    assert work("a + b", text=1000) == 3 + 1 * (1000 * 2 // 50)
    assert work("a == b", text=1000) == 3


@pytest.mark.parametrize(
    "source",
    [
        "some(a, some(b, some(c, # == 1)))",
        "map([0..1000000], #)",
        "map((0..1000000), #)",
        "len([1..9])",
        "count(a, count(b, " + " and ".join(["# > 1"] * 40) + "))",
        "count(flatMap(a, #), count(b, count(c, true)))",
        "count(split(a, ''), count(split(b, ''), count(c, true)))",
        "matches(a, b)",
        "matches(a, 'x' + 'y')",
        "matches(a, '((x{30}){30}){30}')",
        "matches(a, '" + "x" * 201 + "')",
        "some(a, matches(#, 'x'))",
        "len(" + "+".join(["a"] * 500) + ")",
    ],
)
def test_what_may_cost_too_much_is_refused_when_it_is_read(source: str) -> None:
    with pytest.raises(ExpressionInvalid):
        Expression(source)


@pytest.mark.parametrize(
    "source",
    ["a in [1..3]", "a in (-1..3]", "not (a in [0..10])", "matches(a, '^SO-[0-9]{6}$')", "some(a, some(b, # == 1))"],
)
def test_what_packs_use_is_admitted(source: str) -> None:
    Expression(source)


def test_lists_that_are_too_long_for_an_expression_are_refused_before_it_runs() -> None:
    expression = Expression("count(a, count(b, # == 1) > 0) > 0")
    assert expression.holds({"a": [1] * ITEMS, "b": [1] * ITEMS})
    with pytest.raises(ExpressionTooCostly) as refused:
        expression.holds({"a": [1] * 3000, "b": [1] * 3000})
    assert refused.value.code == "expression_too_costly"
    assert refused.value.fields["items"] == 3000
    assert isinstance(refused.value, ExpressionFailed)


def test_a_list_may_be_so_long_that_an_expression_takes_ten_times_the_work_assumed() -> None:
    # 5 tokens outside and 7 for each item: 705 units are assumed, so that 20,000 are admitted, the least of any.
    cheap = Expression("some(a, # > 1 and # < 9)")
    assert cheap.work == 5 + 7 * ITEMS
    assert not cheap.holds({"a": [0] * 2856})  # 5 + 7 × 2,856 = 19,997
    with pytest.raises(ExpressionTooCostly):
        cheap.holds({"a": [0] * 2857})  # 20,004
    # 7 + 7 × 100 + 79 × 100 × 100: ten times as much would be more than any expression may take.
    dear = Expression("count(a, count(b, " + " and ".join(["# > 1"] * 20) + ") > 0) > 0")
    assert 10 * dear.work > MOST_WORK
    assert dear.holds({"a": [2] * 100, "b": [2] * 100})
    with pytest.raises(ExpressionTooCostly):
        dear.holds({"a": [2] * 120, "b": [2] * 120})


def test_the_expressions_of_a_file_are_bounded_together(tmp_path: Path) -> None:
    # Each of 20 gates takes 7 + 7 × 100 + 47 × 100 × 100 units; the gate that the file has already takes 3.
    dear = "count(visits, count(visits, " + " and ".join(["#.n > 1"] * 8) + ") > 0) >= 0"
    gates = "".join(
        f"  - {{id: g{i}, that: '{dear}', code: no_{i}, cite: X-3 Art.3, message: {{zh: 否, en: No}}}}\n"
        for i in range(20)
    )
    told = [each.text() for each in load_pack(write_pack(tmp_path / "small", intake=f"{INTAKE}gates:\n{gates}")).errors]

    assert [text for text in told if "units of work" in text] == [
        "gates[g0].that: the expressions of this file take 9414143 of 5000000 units of work; this one 470707"
    ]


def test_texts_that_are_too_long_are_refused_too() -> None:
    expression = Expression("some(a, upper(#) == 'X')")
    assert not expression.holds({"a": ["y" * 200] * ITEMS})
    with pytest.raises(ExpressionTooCostly):
        expression.holds({"a": ["y" * 100_000] * 1000})


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": [1, 2], "b": {"c": "xyz"}}, (2, 3)),
        ([[1, 2, 3], (1,), {1, 2}], (3, 0)),
        ({"long key": None}, (1, 8)),
        (None, (0, 0)),
    ],
)
def test_the_extent_of_a_context(value: object, found: tuple[int, int]) -> None:
    assert extent(value) == found


WORST = [
    ("count(a, count(b, " + " and ".join(["# < 9"] * 22) + ") > 0)", {"a": list(range(100)), "b": [1] * 100}),
    ("count(a, " + " and ".join(["#<9"] * 240) + ")", {"a": [1] * 900}),
    ("len(map(a, upper(#.x + #.x) + lower(#.x)))", {"a": [{"x": "y" * 1_000} for _ in range(100)]}),
    ("count(split(x, ''), # == 'x' or # == 'y' or # == 'z')", {"x": "w" * 1_800}),
    ("count(flatMap(a, #), # == 1 and # < 2 and # < 3 and # < 4)", {"a": [[1] * 100 for _ in range(100)]}),
    ("matches(x, '(([a-z0-9]{10}){10}){10}') and matches(x, '(([a-z0-9]{10}){10}){10}')", {"x": "w" * 10_000}),
    ("len(" + "+".join(["x"] * 120) + ")", {"x": "w" * 3000}),
]


@pytest.mark.parametrize(("source", "context"), WORST)
def test_the_worst_that_is_admitted_never_takes_seconds(source: str, context: dict[str, object]) -> None:
    expression = Expression(source)
    cost = cost_of(source)
    assert cost.work(items=extent(context)[0], text=extent(context)[1]) > cost.admitted // 20
    expression.value(context)
    before = time.process_time()
    expression.value(context)
    # About 10 ms of CPU; the bound leaves room for tracing. What is refused would take minutes.
    assert time.process_time() - before < 2
