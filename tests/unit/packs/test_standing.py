"""What publication says of standing facts, each with the line and the way out."""

from pathlib import Path

import pytest

from tests.support.packs import INTAKE, PACK, said, write_pack

READS = "'case.accepted' in milestones and standing.class == 'a'"


def found(tmp_path: Path, more: str, *, that: str = READS, intake: str = INTAKE) -> list[str]:
    standing = f"standing:\n  - {{id: class, label: {{zh: 级, en: Class}}, cite: X-7 Art.7, {more}}}\n"
    whole = intake.replace("owners:", f"{standing}owners:").replace("'case.accepted' in milestones", that)
    return [line.partition(": ")[2] for line in said(write_pack(tmp_path / "small", intake=whole))]


CHOICE = "type: choice, choices: [a, b]"


def test_a_sound_standing_fact_says_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, f"of: customer, {CHOICE}, otherwise: b") == []
    assert found(tmp_path / "product", f"of: product, key: facts.secret, {CHOICE}") == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"of: person, {CHOICE}", "standing[class].of: write `key`: which person it is, for example facts.person"),
        (f"of: customer, {CHOICE}, otherwise: c", "standing[class].otherwise: 'c' is no value of type choice"),
        ("of: customer, type: text, otherwise: [a]", "standing[class].otherwise: ['a'] is no value of type text"),
        ("of: customer, type: choice", "standing[class].choices: a choice needs choices"),
        (f"of: product, key: facts.secrt, {CHOICE}", "standing[class].key: no fact secrt; secret?"),
        (f"of: product, key: looks.x, {CHOICE}", "standing[class].key: nothing called looks is known here"),
        (f"of: product, key: input.which, {CHOICE}", "standing[class].key: no input.which"),
        (f"of: customer, as_of: facts.secrt, {CHOICE}", "standing[class].as_of: no fact secrt; secret?"),
        (
            f"of: customer, as_of: facts.secret, {CHOICE}",
            "standing[class].as_of: fails with ordinary values: 'facts.secret' is neither a date nor an instant",
        ),
        (f"of: customer, {CHOICE}, names: x", "standing[class].names: unknown key"),
    ],
)
def test_a_fault_of_a_standing_fact(tmp_path: Path, line: str, message: str) -> None:
    assert found(tmp_path, line) == [message]


def test_a_word_that_it_never_is(tmp_path: Path) -> None:
    that = "'case.accepted' in milestones and standing.class == 'c'"
    assert found(tmp_path, f"of: customer, {CHOICE}", that=that) == [
        "steps[close].require[0].that: standing.class is never 'c'"
    ]


def test_an_expression_over_one_is_tried_with_a_value_of_its_type(tmp_path: Path) -> None:
    place = "steps[close].require[0].that"
    compared = found(tmp_path, "of: customer, type: decimal", that="standing.class > 5")
    of_two_types = "compares or computes values of two types; a decimal is text: write number(…)"
    assert compared == [f"{place}: fails with ordinary values: 'standing.class > 5' {of_two_types}"]
    absent = found(tmp_path / "absent", "of: customer, type: integer", that="standing.class > 5")
    assert absent == [f"{place}: fails when standing.class is absent; write (standing.class ?? …)"]
    assert found(tmp_path / "default", "of: customer, type: integer, otherwise: 0", that="standing.class > 5") == []


OF_TWO_TYPES = (
    "compares or computes values of two types; standing.class is a list: ask with `in`, some(…), all(…) or len(…)"
)


@pytest.mark.parametrize(
    ("calls", "message"),
    [
        ("more(standing.class, 3)", f"'more(standing.class, 3)', written out '(standing.class > 3)', {OF_TWO_TYPES}"),
        ("number(standing.class) > 3", f"'number(standing.class) > 3' {OF_TWO_TYPES}"),
        ("more(len(standing.class), 3)", None),
    ],
)
def test_a_list_that_is_compared_is_named_also_in_a_formula(tmp_path: Path, calls: str, message: str | None) -> None:
    pack = (
        f"{PACK}\ndefine:\n  - {{id: more, takes: [a, b], label: {{zh: 多, en: More}}, is: a > b, cite: X-9 Art.9}}\n"
    )
    standing = "standing:\n  - {id: class, label: {zh: 级, en: Class}, of: customer, type: list, otherwise: [], cite: X-7 Art.7}\n"
    whole = INTAKE.replace("owners:", f"{standing}owners:").replace("'case.accepted' in milestones", calls)
    lines = said(write_pack(tmp_path / "small", intake=whole, pack=pack))
    mine = [line.partition(": ")[2] for line in lines if "never called" not in line and "nothing calls" not in line]
    where = "steps[close].require[0].that: fails with ordinary values: "
    assert mine == ([] if message is None else [f"{where}{message}"])


def test_one_of_another_day_is_absent_while_the_day_is(tmp_path: Path) -> None:
    place, that = "steps[close].require[0].that", "standing.class > 5"
    fault_on = "  - {id: fault_on, label: {zh: 故障日, en: Day of the fault}, type: date}\n  - {id: secret,"
    whole = INTAKE.replace("  - {id: secret,", fault_on)
    absent = f"{place}: fails when standing.class is absent; write (standing.class ?? …)"
    day = "of: customer, type: integer, otherwise: 0, as_of: facts.fault_on"
    assert found(tmp_path, day, that=that, intake=whole) == [absent]
    given = whole.replace("type: date}", "type: date, required: true}")
    assert found(tmp_path / "given", day, that=that, intake=given) == []
    assert found(tmp_path / "at", day.replace("facts.fault_on", "case.received_at"), that=that) == []


def test_a_limit_reads_what_holds_in_its_period(tmp_path: Path) -> None:
    balance = (
        "}\nbalances:\n  - {id: quota, label: {zh: 额, en: Quota}, every: month, unit: t, "
        "limit: standing.class, cite: X-8 Art.8"
    )
    that = "balances.quota.left > 5 and standing.class > 5"
    lines = found(tmp_path, f"of: customer, type: integer, otherwise: 0, as_of: case.received_at{balance}", that=that)
    assert (
        "balances[quota].limit: reads what holds in its period; standing.class has `as_of`: declare another without it"
        in lines
    )


def test_a_name_that_is_not_declared(tmp_path: Path) -> None:
    that = "'case.accepted' in milestones and standing.clas == 'a'"
    assert found(tmp_path, f"of: customer, {CHOICE}", that=that) == [
        "standing[class].id: no expression reads standing.class",
        "steps[close].require[0].that: no standing.clas; class?",
    ]


def test_one_name_read_as_two_types(tmp_path: Path) -> None:
    second = "{id: grade, name: class, label: {zh: 级, en: Grade}, of: customer, type: text, cite: X-7 Art.7}"
    that = f"{READS} and standing.grade == 'b'"
    assert found(tmp_path, f"of: customer, {CHOICE}}}\n  - {second[:-1]}", that=that) == [
        "standing[grade].type: class of the customer has other values in standing[class]"
    ]


def test_one_that_is_read_nowhere(tmp_path: Path) -> None:
    assert found(tmp_path, f"of: customer, {CHOICE}", that="'case.accepted' in milestones") == [
        "standing[class].id: no expression reads standing.class"
    ]


def test_what_sees_no_standing_facts(tmp_path: Path) -> None:
    evidence = "evidence:\n  - {id: photo, label: {zh: 照, en: Photo}, media_types: [image/png]}\n"
    files = (
        "files:\n  - {id: file, label: {zh: 卷, en: File}, cite: X-8 Art.8, "
        "items: [{kind: photo, when: standing.class == 'a'}]}\n"
    )
    standing = f"standing:\n  - {{id: class, label: {{zh: 级, en: Class}}, cite: X-7 Art.7, of: customer, {CHOICE}}}\n"
    whole = INTAKE.replace("owners:", f"{standing}{evidence}{files}owners:")
    whole = whole.replace("'case.accepted' in milestones", READS)
    lines = [line.partition(": ")[2] for line in said(write_pack(tmp_path / "small", intake=whole))]
    assert "files[file].items[0].when: nothing called standing is known here" in lines


@pytest.mark.parametrize(
    ("of", "field"),
    [
        ("of: product, key: facts.secret", "key"),
        ("of: customer, as_of: 'facts.secret == null ? null : at'", "as_of"),
    ],
)
def test_the_classification_reads_one_before_it_sets_its_key_or_its_day(tmp_path: Path, of: str, field: str) -> None:
    first = "{when: facts.secret == null, set: {secret: \"'P-1'\"}, cite: X-1 Art.1}"
    second = "{when: standing.class == 'a', set: {tonnes: \"'1'\"}, cite: X-1 Art.1}"
    classification = f"classification:\n  mode: all\n  rows:\n    - {first}\n    - {second}\n"
    said = f"standing[class].{field}: the classification reads standing.class before it sets facts.secret: ask for it at registration"
    assert said in found(tmp_path, f"{of}, {CHOICE}", intake=INTAKE.replace("owners:", f"{classification}owners:"))
