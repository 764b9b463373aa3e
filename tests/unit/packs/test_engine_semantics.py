"""What packs rely on of the expression engine, asked of the engine itself.

The engine is pinned exactly; a new version is taken when this table passes, and what differs is a change of the pack
language. Numbers are decimals of 96 bits with a scale (28 to 29 digits), results as text through `string(…)`.
"""

from importlib.metadata import version
from pathlib import Path

import pytest
import zen

FAILS = object()
"""The engine raises."""

DECIMALS = [
    ("string(0.1 + 0.2)", "0.3"),
    ("string(1.10 * 3)", "3.30"),
    ("string(0.07 * 100)", "7.00"),
    ("string(1 / 3)", "0.3333333333333333333333333333"),
    ("string(2 / 3)", "0.6666666666666666666666666667"),
    ("string(7 % 3)", "1"),
    ("string(-7 % 3)", "-1"),
    ("string(2 ^ 10)", "1024"),
    ("1 / 0 == null", True),
    ("string(99999999999999999999999999 + 1)", "100000000000000000000000000"),
    ("string(0.0000000000000000000000000001)", "0.0000000000000000000000000001"),
    ("string(79228162514264337593543950335)", "79228162514264337593543950335"),  # 2^96 - 1, the largest
    ("string(79228162514264337593543950335 + 1)", FAILS),
    ("string(79228162514264337593543950336)", FAILS),
    ("string(round(2.5))", "3"),
    ("string(round(-2.5))", "-3"),
    ("string(round(1.005, 2))", "1.01"),  # half up of the decimal; 1.005 as a double is below it
    ("string(floor(-1.5))", "-2"),
    ("string(ceil(1.2))", "2"),
    ("string(trunc(-1.9))", "-1"),
    ("string(abs(-3.5))", "3.5"),
    ("string(min([3, 1.5, 2]))", "1.5"),
    ("string(max([3, 1.5, 2]))", "3"),
    ("string(sum([0.1, 0.2, 0.3]))", "0.6"),
    ("string(sum([]))", "0"),
    ("max([])", FAILS),
    ("60 == 60.0", True),
    ("1.50 == 1.5", True),
]

NULLS = [
    ("null == null", True),
    ("absent == null", True),
    ("absent.deeper == null", True),
    ("null > 3", FAILS),
    ("null + 1", FAILS),
    ("not null", FAILS),
    ("null and true", FAILS),
    ("null or true", FAILS),
    ("true and null", None),
    ("false and null", False),
    ("true or null", True),
    ("(null ?? false) and true", False),
    ("(absent ?? 5) == 5", True),
    ("'' == null", False),
    ("0 == false", False),
    ("1 == true", False),
    ("len(null)", FAILS),
    ("number(null)", FAILS),
]

TEXTS = [
    ("'60' == 60", False),
    ("'60' > 3", FAILS),
    ("'a' < 'b'", FAILS),
    ("'A' == 'a'", False),
    ("'a' + 'b'", "ab"),
    ("'a' + 1", FAILS),
    ("number('60') > 3", True),
    ("string(number('1.50'))", "1.50"),
    ("number('abc')", FAILS),
    ("contains('abc', 'b')", True),
    ("startsWith('abc', 'a')", True),
    ("matches('abc', '^a')", True),
    ("len('abc') == 3", True),
    ("len('复电') == 6", True),  # bytes of UTF-8, not characters
]

LISTS = [
    ("[1] == [1]", False),
    ("1 in [1, 2]", True),
    ("'a' not in ['b']", True),
    ("contains(['a', 'b'], 'a')", True),
    ("3 in [1..3]", True),
    ("3 in (1..3)", False),
    ("some([], # > 1)", False),
    ("all([], # > 1)", True),
    ("none([1], # > 1)", True),
    ("one([1, 2], # > 1)", True),
    ("count([1, 2, 3], # > 1) == 2", True),
    ("string(sum(map([0.1, 0.2], # * 3)))", "0.9"),
    ("[1, 2][5]", None),
    ("[1, 2][-1]", FAILS),
    ("1 < 2 < 3", FAILS),
]

SYNTAX = [("1 +", FAILS), ("", FAILS), ("a b", FAILS), ("(1", FAILS), ("'open", FAILS)]


@pytest.mark.parametrize(("source", "result"), [*DECIMALS, *NULLS, *TEXTS, *LISTS, *SYNTAX])
def test_an_expression_means_what_packs_rely_on(source: str, result: object) -> None:
    if result is FAILS:
        with pytest.raises(Exception):  # noqa: B017 - the binding raises RuntimeError, Exception and TypeError
            zen.compile_expression(source).evaluate({})
        return
    found = zen.compile_expression(source).evaluate({})
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize("depth", [50, 1_000, 10_000])
def test_deep_nesting_ends_in_an_answer_and_never_in_a_crash(depth: int) -> None:
    assert zen.compile_expression("(" * depth + "1" + ")" * depth).evaluate({}) == 1
    assert zen.compile_expression("not " * depth + "true").evaluate({}) is True


def test_a_long_expression_is_evaluated_whole() -> None:
    assert zen.compile_expression(" + ".join(["1"] * 500) + " == 500").evaluate({}) is True


def test_json_is_the_exact_way_in_for_a_decimal() -> None:
    assert zen.compile_expression("string(a + 0.2)").evaluate('{"a": 0.1}') == "0.3"
    assert zen.compile_expression("string(a)").evaluate('{"a": 1234567890123456.789}') == "1234567890123456.789"


def test_the_version_is_pinned() -> None:
    assert f'"zen-engine=={version("zen-engine")}"' in Path("pyproject.toml").read_text(encoding="utf-8")
