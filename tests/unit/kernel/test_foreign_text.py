"""What another system wrote is cleaned before it is stored; a name that would change is not plain."""

import pytest

from shared.kernel.foreign_text import cleaned, is_plain

NASTY = [
    "\x00",
    "\x1b",
    "\x7f",
    "\x85",
    "\n",
    "\t",
    "\u202e",
    "\u2066",
    "\u200f",
    "\u200b",
    "\ufeff",
    "\ud800",
    "\uffff",
]


@pytest.mark.parametrize("character", NASTY)
def test_what_is_left_out_becomes_a_space(character: str) -> None:
    assert not is_plain(f"pay{character}1")
    assert cleaned(f"pay{character}1", longest=20) == "pay 1"


@pytest.mark.parametrize(
    "text", ["pay_1", "账户已注销（银行退票）", "Zahlung für Müller & Söhne", "क्‍ष", "👨‍👩‍👧", "a b"]
)
def test_letters_of_every_script_stay(text: str) -> None:
    assert is_plain(text)
    assert cleaned(text, longest=100) == text


@pytest.mark.parametrize("text", [" a", "a ", "a\n"])
def test_outer_space_is_not_plain(text: str) -> None:
    assert not is_plain(text)
    assert cleaned(text, longest=5) == "a"


def test_a_long_text_is_cut_and_says_so() -> None:
    assert cleaned("x" * 10, longest=10) == "x" * 10
    assert cleaned("x" * 11, longest=10) == "x" * 9 + "…"
    assert cleaned("x" + "\x00" * 10**6, longest=10) == "x…"


def test_one_spelling_of_an_accent() -> None:
    assert cleaned("e\u0301", longest=5) == "é"
