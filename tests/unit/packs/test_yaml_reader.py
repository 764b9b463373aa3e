"""The small safe part of YAML that packs are written in."""

import pytest

from shared.packs.language.yaml_reader import LARGEST_FILE, read_yaml


def read(text: str) -> tuple[object, list[str]]:
    node, faults = read_yaml(text, file="x.yaml")
    return node.plain(), [str(fault) for fault in faults]


def test_text_stays_text() -> None:
    value, faults = read("a: no\nb: on\nc: 2026-03-02\nd: 'true'\ne: 08:00\nf: v1.2.3\n")
    assert value == {"a": "no", "b": "on", "c": "2026-03-02", "d": "true", "e": "08:00", "f": "v1.2.3"}
    assert faults == []


def test_null_booleans_and_integers() -> None:
    value, faults = read("a: ~\nb:\nc: true\nd: False\ne: 12\nf: -3\ng: 0\n")
    assert value == {"a": None, "b": None, "c": True, "d": False, "e": 12, "f": -3, "g": 0}
    assert faults == []


def test_an_empty_file_is_an_empty_map() -> None:
    assert read("") == ({}, [])
    assert read("# nothing yet\n") == ({}, [])


FRACTION = "a number has no fraction; a decimal is text in quotes: "
LEADING = "a number does not begin with 0: 10; what is no number is in quotes: "
LONG = "a number has at most 18 digits; what is no number is in quotes: "


@pytest.mark.parametrize(
    ("number", "allowed"),
    [
        *((number, FRACTION) for number in ("0.13", "1.5", "1e3", ".5", "-.inf", ".nan")),
        ("010", LEADING),
        ("12345678901234567890", LONG),
    ],
)
def test_a_number_that_is_none_here_is_told_what_is_allowed(number: str, allowed: str) -> None:
    value, faults = read(f"a:\n  - {{b: {number}}}\n")
    assert faults == [f'x.yaml:2: a[0].b: {allowed}"{number}"']
    assert value == {"a": [{"b": number}]}
    assert read(f"a: '{number}'\n") == ({"a": number}, [])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\nb: {c: 2}\na: 3\n", "x.yaml:3: a: duplicate key; first on line 1"),
        ("a: {b: 1, b: 2}\n", "x.yaml:1: a.b: duplicate key; first on line 1"),
        ("a: &x [1]\nb: *x\n", "x.yaml:1: anchors and aliases may not be used"),
        ("a: 1\nb: *x\n", "x.yaml:2: anchors and aliases may not be used"),
        ("<<: {a: 1}\n", "x.yaml:1: <<: not a key of a pack"),
        (
            "a: !!python/object/apply:os.system [id]\n",
            "x.yaml:1: tag tag:yaml.org,2002:python/object/apply:os.system may not be used",
        ),
        ("a: !include x\n", "x.yaml:1: tag !include may not be used"),
        ("a: !!str 5\n", "x.yaml:1: tag tag:yaml.org,2002:str may not be used"),
        ("%YAML 1.1\n---\na: 1\n", "x.yaml:2: directives may not be used"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2: one document to a file"),
        ("- a\n", "x.yaml:1: must be a map"),
        ("text\n", "x.yaml:1: must be a map"),
        ("? [a, b]\n: c\n", "x.yaml:1: a key must be text"),
        ('a: "\\0"\n', "x.yaml:1: text holds a NUL or a lone surrogate"),
        ('a: "\\ud800"\n', "x.yaml:1: text holds a NUL or a lone surrogate"),
        ("a:\n\t- b\n", "x.yaml:2: not YAML: found character '\\t' that cannot start any token"),
        ("a: [1, 2\nb: 3\n", "x.yaml:1: not YAML"),
        ("a: " + "[" * 30 + "]" * 30 + "\n", "x.yaml:1: nested deeper than 24"),
    ],
)
def test_refused(text: str, fault: str) -> None:
    _, faults = read(text)
    assert len(faults) == 1
    assert faults[0].startswith(fault)


def test_bombs_are_refused() -> None:
    """Nothing is expanded: taken at its word, the first would be 9**19 values."""
    laughs = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 20))
    for text in (laughs, "[" * 200_000, "{" * 200_000, "a: '" + "x" * LARGEST_FILE + "'", "- " * 100_000, "&" * 1000):
        value, faults = read(text)
        assert value == {}
        assert len(faults) == 1
    _, faults = read("\n".join(f"k{i}: 1" for i in range(30_000)))
    assert faults == ["x.yaml:25000: more than 50000 values"]


@pytest.mark.parametrize(
    ("text", "value", "faults"),
    [
        (
            "a:\n  zh: 好\n  b: {zh: 已受理, 请等待, en: Accepted, please, wait}\n",
            {"a": {"zh": "好", "b": {"zh": "已受理, 请等待", "en": "Accepted, please, wait"}}},
            [
                'x.yaml:3: a.b.zh: a comma ends a value inside {…}; put the text in quotes: zh: "已受理, 请等待"',
                (
                    "x.yaml:3: a.b.en: a comma ends a value inside {…}; "
                    'put the text in quotes: en: "Accepted, please, wait"'
                ),
            ],
        ),
        (
            "a: {when: max(a, b) > 3, cite: X}\n",
            {"a": {"when": "max(a, b) > 3", "cite": "X"}},
            ['x.yaml:1: a.when: a comma ends a value inside {…}; put the text in quotes: when: "max(a, b) > 3"'],
        ),
        ("a: {b: , c: , d: 1}\n", {"a": {"b": None, "c": None, "d": 1}}, []),
        ("a: {b: 'x, y', c: [p, q]}\n", {"a": {"b": "x, y", "c": ["p", "q"]}}, []),
        ("a: {b, c: 1}\n", {}, ["x.yaml:1: `b` in {…} has neither a colon nor a value"]),
        ("a: {b: [p], c, d: 1}\n", {}, ["x.yaml:1: `c` in {…} has neither a colon nor a value"]),
        (
            "a:\n  b: {when: contains(x, 'y'), cite: X}\n",
            {},
            [
                (
                    "x.yaml:2: not YAML: expected ',' or '}', but got '<scalar>'; "
                    "inside {…} or […] a text with a comma, a bracket or a colon needs quotes"
                )
            ],
        ),
    ],
)
def test_an_unquoted_comma_in_a_flow_map_is_named_with_its_mend(text: str, value: object, faults: list[str]) -> None:
    assert read(text) == (value, faults)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            "a: [facts.a, contains(b, c), d]",
            ['x.yaml:1: a[1]: a comma ends a value inside […]; put the text in quotes: "contains(b, c)"'],
        ),
        (
            "a:\n  - x\nb: [退货单（原, 复印, 件）]",
            ['x.yaml:3: b[0]: a comma ends a value inside […]; put the text in quotes: "退货单（原, 复印, 件）"'],
        ),
        ('a: [facts.a, "contains(b, c)"]', []),
        ('a: ["(", ")"]', []),
        ("a: [f(b), g(c)]", []),
        ("a: [一（甲, 乙]", []),
        ("a:\n  - 一（甲\n  - 乙）", []),
    ],
)
def test_an_unquoted_comma_in_a_flow_list_is_named_where_a_bracket_shows_it(text: str, faults: list[str]) -> None:
    assert read(text)[1] == faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "a: 1\nlabel:x\nb: 2\n",
            "x.yaml:2: not YAML: could not find expected ':'; a space is missing after the colon: label: x",
        ),
        (
            "a: 1\nlabel：x\nb: 2\n",
            "x.yaml:2: not YAML: could not find expected ':'; the line holds a full-width colon",
        ),
        (
            "a: 1\nlabel:\u00a0x\nb: 2\n",
            "x.yaml:2: not YAML: could not find expected ':'; the line holds a space that is none",
        ),
        ("a: 1\nb: [1, 2\nc: 3\nd: 4\n", "x.yaml:2: not YAML"),
        ("a: 1\nb: {c: {d: 1, e: f, g: h}\n\ni:\n  - {j: k}\n", "x.yaml:2: not YAML"),
        ("a:\n  - {b: {c: d, e: 'f'}\n    g: 1\n", "x.yaml:2: not YAML"),
        ('a: {b: "1",\n  c: "2"\n\n  d: 3}\n', "x.yaml:2: not YAML"),
        (
            'a: 1\nb: "text\nc: 2\nd: "text"\n',
            'x.yaml:2: not YAML: a quote (") that is opened on this line is closed on line 4 only',
        ),
        (
            "a: 1\nb:\t2\n",
            "x.yaml:2: not YAML: found character '\\t' that cannot start any token; the line holds a tab: indent and separate",
        ),
        ("a: 1\nb: {c: 2\n", "x.yaml:2: not YAML"),
        ("a: 1\nb: 'text\nc: 2\n", "x.yaml:2: not YAML"),
        ("a: 1\nb: x\x07y\n", "x.yaml:2: not YAML: the character U+0007 may not be used"),
    ],
)
def test_a_yaml_error_stands_at_the_line_of_its_cause(text: str, fault: str) -> None:
    _, faults = read(text)
    assert [each[: len(fault)] for each in faults] == [fault]


def test_a_missing_space_in_a_flow_map_is_named_and_the_key_is_read() -> None:
    value, faults = read("a: {amount: 3, unit:working_day}\n")
    assert faults == ["x.yaml:1: a.unit: a space is missing after the colon: unit: working_day"]
    assert value == {"a": {"amount": 3, "unit": "working_day"}}


def test_faults_of_yaml_are_placed_by_the_ids_of_the_items() -> None:
    _, faults = read("clocks:\n  - id: cycle\n    limit: 1.5\n    limit: 2\n")
    assert [fault.partition(": ")[2].partition(":")[0] for fault in faults] == ["clocks[cycle].limit"] * 2
