"""What a pack defines for its expressions: named formulas, decision tables, what they say they did, what lint finds."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.packs.language.expression import Expression, ExpressionFailed
from shared.packs.language.expression_text import ExpressionInvalid
from shared.packs.language.uses import Use, uses_of
from shared.packs.language.words import Words
from shared.packs.pack.tables import DecisionTable
from shared.packs.pack.words import words_of
from shared.packs.publishing.registry import errors, warnings
from tests.support.packs import PACK, edited, said, write_pack

LABEL = {"zh": "名", "en": "Name"}
CITE = "X-7 Art.7"


def definition(name: str, takes: list[str], formula: str) -> dict[str, Any]:
    return {"id": name, "label": LABEL, "takes": takes, "is": formula, "cite": CITE}


def row(gives: str, cite: str = CITE, **when: Any) -> dict[str, Any]:
    return {"when": when, "gives": gives, "cite": cite}


def table(*rows: dict[str, Any], hit: str = "unique", takes: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"id": "fine", "label": LABEL, "takes": takes or [GRADE, DAYS], "hit": hit, "rows": list(rows)}


GRADE: dict[str, Any] = {"id": "grade", "type": "choice", "choices": ["A", "B"]}
DAYS: dict[str, Any] = {"id": "days", "type": "integer", "min": "0"}
# Up to two days late cost 10, then 10 and 2.50 for each day above two; grade B always 50.
FINE = table(
    row("10", "X-7 Art.7", grade="A", days={"up_to": "2"}),
    row("10 + (days - 2) * 2.5", "X-8 Art.8", grade="A", days={"above": "2"}),
    row("50", "X-9 Art.9", grade=["B"]),
)
WORDS = words_of(
    {
        "zone": "Asia/Shanghai",
        "define": [
            definition("months_used", ["bought"], "monthsBetween(bought, at)"),
            definition("left", ["bought", "rate"], "max([1 - months_used(bought) * rate, 0])"),
            definition("count_above", ["rows", "least"], "count(rows, #.n > least)"),
            definition("tonnes_of", ["thing"], "number(thing.tonnes)"),
        ],
        "tables": [FINE],
    }
)
CONTEXT = {
    # Half past midnight on 1 March in Shanghai, still 28 February in UTC.
    "at": "2026-02-28T16:30:00Z",
    "facts": {"bought": "2025-12-01", "grade": "A", "late": "5", "lot": {"tonnes": "2.5"}},
    "rows": [{"n": 1}, {"n": 2}, {"n": 3}],
}


def value(source: str, words: Words = WORDS) -> object:
    return Expression(source, words=words).value(CONTEXT)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("months_used(facts.bought)", Decimal(3)),
        ("left(facts.bought, 0.1)", Decimal("0.7")),
        ("2 * left(facts.bought, 0.1 + 0.1)", Decimal("0.8")),  # an argument is one value: 1 - 3 * 0.2
        ("count_above(rows, 1)", Decimal(2)),
        ("tonnes_of(facts.lot)", Decimal("2.5")),
        ("'left(' + facts.grade", "left(A"),
        ("fine('A', 0)", Decimal(10)),
        ("fine('A', 2)", Decimal(10)),
        ("fine('A', 3)", Decimal("12.5")),
        ("fine(facts.grade, facts.late)", Decimal("17.5")),
        ("fine('B', 400)", Decimal(50)),
        ("fine('A', months_used(facts.bought))", Decimal("12.5")),
        ("map(rows, string(fine('A', #.n)))", ["10", "10", "12.5"]),
        ("fine('C', 0)", None),
        ("fine('A', -1)", None),
        ("fine('A', 1.5)", None),
        ("fine('A', null)", None),
        ("fine(facts.missing, 1)", None),
    ],
)
def test_a_word_of_the_pack_gives(source: str, expected: object) -> None:
    assert value(source) == expected


def test_what_no_row_takes_fails_where_it_is_compared() -> None:
    with pytest.raises(ExpressionFailed):
        Expression("fine(facts.missing, 1) < 100", words=WORDS).holds(CONTEXT)


def test_the_rows_that_hold_are_added_and_none_adds_nothing() -> None:
    words = words_of({"tables": [table(row("5", days={"from": "1"}), row("7", days={"from": "3"}), hit="sum")]})

    assert [value(f"fine('A', {days})", words) for days in (0, 1, 2, 3)] == [0, 5, 5, 12]


def test_the_first_row_that_holds_decides() -> None:
    words = words_of({"tables": [table(row("7", days={"from": "3"}), row("5", days={"from": "1"}), hit="first")]})

    assert [value(f"fine('A', {days})", words) for days in (1, 3)] == [5, 7]
    assert value("fine('A', 0)", words) is None


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("left(facts.bought)", "write left(bought, rate)"),
        ("fine('A')", "write fine(grade, days)"),
        ("nothing(1)", "no function `nothing`"),
        ("map(rows, count_above([#], 1))", "`#` may not be given to count_above, which walks through a list itself"),
        ("left(facts.bought", "a bracket stays open"),
    ],
)
def test_a_wrong_call_is_refused(source: str, why: str) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        Expression(source, words=WORDS)
    assert refused.value.detail == why


def test_a_definition_cannot_call_itself_nor_one_below_it() -> None:
    words = words_of({"define": [definition("early", [], "late() + 1"), definition("late", [], "late() + 1")]})

    assert value("early()", words) is None  # malformed: its own fault is told where it stands


def test_definitions_that_double_each_time_are_refused_before_they_fill_the_memory() -> None:
    doubling = [definition("f0", ["x"], "x + x")]
    doubling += [definition(f"f{i}", ["x"], f"f{i - 1}(x) + f{i - 1}(x)") for i in range(1, 40)]
    words = words_of({"define": doubling})

    assert value("f5(1)", words) == 64
    assert max(len(formula.text) for formula in words.formulas.values()) <= 20_000


def test_what_words_do_counts_as_work() -> None:
    many = [definition(f"f{i}", ["x"], " + ".join(["monthsBetween(x, at)"] * 60)) for i in range(1)]

    with pytest.raises(ExpressionInvalid, match="too much work"):
        Expression("map(rows, f0(#.bought))", words=words_of({"define": many}))


def test_an_expression_reads_what_its_words_read() -> None:
    expression = Expression("left(facts.bought, 0.1) > fine(facts.grade, 1)", words=WORDS)

    assert expression.variables == (("facts", "bought"), ("at",), ("facts", "grade"))
    assert str(expression) == "left(facts.bought, 0.1) > fine(facts.grade, 1)"


def test_the_steps_of_an_evaluation_are_told_with_rows_and_citations() -> None:
    expression = Expression("left(facts.bought, 0.1) * fine(facts.grade, months_used(facts.bought))", words=WORDS)

    assert uses_of(expression, CONTEXT) == (
        Use(call="left(facts.bought, 0.1)", value=Decimal("0.7"), cites=(CITE,)),
        Use(call="months_used(facts.bought)", value=Decimal(3), cites=(CITE,)),
        Use(
            call="fine(facts.grade, (monthsBetween(facts.bought, at)))",
            value=Decimal("12.5"),
            rows=(2,),
            cites=("X-8 Art.8",),
        ),
    )


def test_all_rows_of_a_sum_are_told() -> None:
    words = words_of({"tables": [table(row("5", "X-1 s.1"), row("7", "X-2 s.2", days={"from": "3"}), hit="sum")]})
    uses = [uses_of(Expression(f"fine('A', {days})", words=words), {})[0] for days in (0, 3)]

    assert [(use.value, use.rows, use.cites) for use in uses] == [
        (Decimal(5), (1,), ("X-1 s.1",)),
        (Decimal(12), (1, 2), ("X-1 s.1", "X-2 s.2")),
    ]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (FINE, []),
        (
            table(row("1", grade="A"), row("2", days={"from": "3"}), row("3", grade="B", days={"below": "3"})),
            ["rows[1]: rows 1 and 2 both hold when grade = A, days = 3"],
        ),
        (
            table(row("1", grade="A", days={"up_to": "2"}), row("2", grade="A", days={"above": "3"}), row("3", grade="B")),
            ["rows: no row when grade = A, days = 3"],
        ),
        (
            table(row("1", days={"up_to": "4"}), row("2", days={"up_to": "2"}), row("3"), hit="first"),
            ["rows[1]: row 2 is never reached", "takes[0]: no row depends on grade"],
        ),
        (table(row("1", grade="C")), ["rows[0].when.grade: grade is never C"]),
        (table(row("1", grade={"from": "1"})), ["rows[0].when.grade: write one of A, B, or a list of them"]),
        (table(row("1", days="A")), ['rows[0].when.days: write a band of numbers: {from: "0", below: "10"}']),
        (table(row("1", colour="A")), ["rows[0].when.colour: no column colour; the table takes grade, days"]),
        (
            table(row("days + facts.late")),
            ["rows[0].gives: reads facts.late; a table reads its own columns only"],
        ),
        (table(row("1", days={"from": "3", "below": "3"})), ["rows[0].when.days: no number is in this band"]),
        (table(row("1", days={})), ["rows[0].when.days: write where the band begins or ends: from, above, up_to, below"]),
        (table(row("1", days={"from": "1", "above": "1"})), ["rows[0].when.days.above: the band begins with `from` already"]),
        (table(row("1"), takes=[GRADE, GRADE]), ["takes[1]: grade is there twice"]),
        (
            table(row("grade"), takes=[{"id": "grade", "type": "choice"}]),
            ["takes[0].choices: belongs to a column of type choice, which needs it"],
        ),
    ],
)  # fmt: skip
def test_lint_tries_every_case_of_a_table(document: dict[str, Any], told: list[str]) -> None:
    rule = DecisionTable.parse(document)
    found = [*errors(rule)] or [*warnings(rule)]

    assert [f"{_shown(path)}: {message}" for path, message in found] == told


def test_a_table_with_too_many_cases_is_refused() -> None:
    columns = [{**GRADE, "id": f"c{i}", "choices": [f"v{j}" for j in range(20)]} for i in range(4)]
    found = dict(errors(DecisionTable.parse(table(row("1"), takes=columns))))

    assert found == {("rows",): "160000 cases to be tried, of 100000 at most; make two tables of it"}


def test_definitions_and_tables_of_a_pack_are_checked_where_they_stand_and_where_they_are_called(
    tmp_path: Path,
) -> None:
    pack = PACK + (
        "define:\n"
        "  - {id: big, label: {zh: 大, en: Big}, takes: [t], is: number(t) > 3, cite: X-7 Art.7}\n"
        "  - {id: lonely, label: {zh: 独, en: Lonely}, is: facts.tonnes != null, cite: X-7 Art.7}\n"
        "  - {id: sum, label: {zh: 和, en: Sum}, is: 1 + 1, cite: X-7 Art.7}\n"
        "  - {id: item, label: {zh: 项, en: Item}, is: '#.n', cite: X-7 Art.7}\n"
    )
    gate = edited("intake", "\"'case.accepted' in milestones\"", "big(facts.tons) and 'case.accepted' in milestones")

    assert said(write_pack(tmp_path / "small", pack=pack, **gate)) == [
        "pack.yaml:14: define[lonely].id: definition lonely is never called",
        "pack.yaml:15: define[sum].id: sum is a word of the language",
        "pack.yaml:16: define[item].is: `#` stands for an item in a function over a list; take it as a parameter",
        "intake.yaml:30: steps[close].require[0].that: no fact tons; tonnes?",
    ]


BANDS = st.lists(st.decimals(min_value=-5, max_value=5, places=1), min_size=2, max_size=2, unique=True).map(sorted)
SIDES = st.sampled_from([("from", "below"), ("above", "up_to"), ("from", "up_to"), ("above", "below")])


@st.composite
def random_tables(draw: st.DrawFn) -> dict[str, Any]:
    """Up to five rows of one choice and one band each."""
    rows = []
    for number in range(draw(st.integers(1, 5))):
        when: dict[str, Any] = {}
        if draw(st.booleans()):
            when["grade"] = draw(st.sampled_from(["A", "B"]))
        if draw(st.booleans()):
            (begin, end), (least, most) = draw(BANDS), draw(SIDES)
            when["days"] = {least: str(begin), most: str(end)}
        rows.append(row(str(number + 1), **when))
    return table(
        *rows, hit=draw(st.sampled_from(["first", "sum", "unique"])), takes=[GRADE, {"id": "days", "type": "decimal"}]
    )


def _held(document: dict[str, Any], grade: str, days: Decimal) -> list[int]:
    """The rows that hold, from 1, by the words of the format."""
    holds = {"from": days.__ge__, "above": days.__gt__, "up_to": days.__le__, "below": days.__lt__}
    return [
        number
        for number, each in enumerate(document["rows"], 1)
        if each["when"].get("grade", grade) == grade
        and all(holds[side](Decimal(end)) for side, end in each["when"].get("days", {}).items())
    ]


@settings(deadline=None)
@given(document=random_tables(), grade=st.sampled_from(["A", "B"]), days=st.decimals(-7, 7, places=2))
def test_a_table_takes_the_rows_that_hold_and_lint_knows_overlaps_and_gaps(
    document: dict[str, Any], grade: str, days: Decimal
) -> None:
    held, rule = _held(document, grade, days), DecisionTable.parse(document)
    wrong = [message for _, message in errors(rule)]
    doubtful = [message for _, message in warnings(rule)]
    given_by = value(f"fine('{grade}', {days})", words_of({"tables": [document]}))

    if document["hit"] == "sum":
        assert given_by == sum(held)
    else:
        assert given_by == (held[0] if held else None)
    if document["hit"] == "unique" and len(held) > 1:
        assert wrong
    if document["hit"] != "sum" and not held and not wrong:
        assert any(message.startswith("no row when") for message in doubtful)


def _shown(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
