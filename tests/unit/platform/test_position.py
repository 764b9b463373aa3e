"""A position: what it holds, how it grows, what falls out of it, and what is refused."""

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import topics
from shared.kernel.ids import new_id
from shared.platform.position import (
    LONGEST,
    LONGEST_HEADER,
    MOST_ENTRIES,
    Entry,
    PositionInvalid,
    extended,
    from_text,
    joined,
    to_text,
)

ORG = new_id()
CASE = new_id()


def of_case(version: int, case_id: str = CASE, topic: str = topics.INTAKE) -> Entry:
    return Entry(ORG, topic, case_id, "case", case_id, version)


def of_clock(version: int, clock_id: str) -> Entry:
    return Entry(ORG, topics.SLA, CASE, "clock", clock_id, version)


def packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=20)
ENTRIES = st.builds(
    Entry, st.just(ORG), TEXT, TEXT | st.just(CASE), TEXT, TEXT | st.uuids().map(str), st.integers(1, 2**63 - 1)
)


@given(st.lists(ENTRIES, max_size=8, unique_by=lambda entry: (entry.aggregate, entry.aggregate_id)))
def test_what_is_written_is_read_again(entries: list[Entry]) -> None:
    assert from_text([to_text(tuple(entries))]) == tuple(entries)


def test_a_position_of_nothing_is_text_too() -> None:
    assert to_text(()) == "AQ"
    assert from_text(["AQ"]) == from_text([""]) == ()


def test_a_transaction_is_added_with_the_last_event_of_each_ordering_key() -> None:
    parties = [Entry(ORG, topics.INTAKE, CASE, "party", new_id(), 1) for _ in range(3)]
    assert extended((), [*parties, of_case(1)]) == (of_case(1),)


def test_what_a_transaction_publishes_stands_for_what_came_before_it_under_the_same_key() -> None:
    first, second, elsewhere = of_clock(3, new_id()), of_clock(1, new_id()), of_case(2)
    assert extended((first, elsewhere), [second]) == (elsewhere, second)


def test_of_several_positions_the_newest_of_each_aggregate_remains() -> None:
    clock = of_clock(4, new_id())
    assert joined([(of_case(5), clock), (of_case(3),)]) == (clock, of_case(5))
    assert from_text([to_text((of_case(5),)), f"{to_text((clock,))}, {to_text((of_case(6),))}"]) == (clock, of_case(6))


def test_beyond_32_entries_the_oldest_fall_out() -> None:
    cases = [of_case(1, new_id()) for _ in range(MOST_ENTRIES + 2)]
    assert from_text([to_text(tuple(cases))]) == tuple(cases[2:])
    assert joined([tuple(cases)]) == tuple(cases[2:])


def test_32_usual_entries_fit_and_longer_ones_push_the_oldest_out() -> None:
    usual = tuple(Entry(ORG, topics.SETTLEMENT, new_id(), "remedy", new_id(), 9) for _ in range(MOST_ENTRIES))
    assert len(from_text([to_text(usual)])) == MOST_ENTRIES
    long = tuple(Entry(ORG, topics.REGISTRY, ORG, "policy", f"{number:02}{'x' * 300}", 1) for number in range(20))
    text = to_text(long)
    kept = from_text([text])
    assert len(text) <= LONGEST
    assert 0 < len(kept) < len(long)
    assert kept == long[-len(kept) :]


_ORG = bytes(2) + secrets.token_bytes(16)
_T = b"\x00\x01t"
_GOOD = _ORG + _T * 4 + (1).to_bytes(8)
REFUSED = {
    "not base64url": "a+b/",
    "base64 that ends nowhere": "AQAAA",
    "another format": packed(b"\x02" + _GOOD),
    "cut off": packed(b"\x01" + _GOOD[:-1]),
    "an organisation that is no UUID": packed(b"\x01" + _T * 5 + (1).to_bytes(8)),
    "version 0": packed(b"\x01" + _ORG + _T * 4 + bytes(8)),
    "version 2^63": packed(b"\x01" + _ORG + _T * 4 + (2**63).to_bytes(8)),
    "a NUL": packed(b"\x01" + _ORG + _T * 3 + b"\x00\x01\x00" + (1).to_bytes(8)),
    "no UTF-8": packed(b"\x01" + _ORG + _T * 3 + b"\x00\x01\xff" + (1).to_bytes(8)),
    "33 entries": packed(b"\x01" + _GOOD * (MOST_ENTRIES + 1)),
    "more than 4 KiB": "A" * (LONGEST + 1),
    "more than 8 KiB in all": ",".join(["AQ"] * (LONGEST_HEADER // 3 + 2)),
    "no ASCII": "é",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_what_no_service_wrote_is_refused(text: str) -> None:
    with pytest.raises(PositionInvalid):
        from_text([text])


def test_the_good_form_of_those_is_read() -> None:
    [entry] = from_text([packed(b"\x01" + _GOOD)])
    assert entry[1:] == ("t", "t", "t", "t", 1)


@given(st.binary(max_size=200))
def test_nothing_but_a_refusal_comes_of_anything_else(content: bytes) -> None:
    try:
        entries = from_text([packed(b"\x01" + content)])
    except PositionInvalid:
        return
    assert from_text([to_text(entries)]) == entries
