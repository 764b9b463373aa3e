"""What is left of balances, what moves into the next period, and which bookings are refused: tables worked by hand."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.balances.rules.balance import (
    Balances,
    BalanceState,
    Booking,
    InPeriod,
    carried,
    kept,
    limit_of,
    most_of,
    needed,
    shown,
)
from services.intake.balances.rules.booking import BalanceExceeded, booked_as_kept, bookings, with_used
from services.intake.balances.rules.spans import ALWAYS, Span, span_at, spans
from services.intake.entries.rules.errors import RuleFailed
from shared.packs.intake.model.balances import Balance, Books
from shared.packs.language.words import Words

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 3, 5, 1, tzinfo=UTC)
LABEL = {"zh": "额", "en": "Quota"}


def a_balance(**more: Any) -> Balance:
    written = {"id": "quota", "label": LABEL, "every": "month", "limit": "1", "currency": "CNY", "cite": "X-1 s.1"}
    document = {name: value for name, value in (written | more).items() if value is not None}
    return Balance.parse(document, words=Words(zone="Asia/Shanghai"))


def months(*rows: tuple[str | None, str], most: str | None = None) -> tuple[InPeriod, ...]:
    """January, February, …: limit and used; so much moves out of each at most."""
    return tuple(
        InPeriod(
            span=span_at("month", datetime(2026, month, 15, tzinfo=UTC), zone=SHANGHAI),
            limit=None if limit is None else Decimal(limit),
            used=Decimal(used),
            most=None if most is None else Decimal(most),
        )
        for month, (limit, used) in enumerate(rows, start=1)
    )


def a_state(*rows: tuple[str | None, str], here: int = -1, **more: Any) -> BalanceState:
    balance = a_balance(**more)
    periods = tuple(
        replace(each, most=most_of(balance, {}, span=each.span, limit=each.limit)) for each in months(*rows)
    )
    return BalanceState(balance=balance, subject="C-1", periods=periods, here=here % len(periods))


CARRY = {"periods": 6, "cite": "X-1 s.2"}


@pytest.mark.parametrize(
    ("rows", "most", "into"),
    [
        ([("100", "40"), ("100", "0"), ("100", "0")], None, ["0", "60", "160"]),
        ([("100", "40"), ("100", "0"), ("100", "0")], "50", ["0", "50", "50"]),
        ([("100", "100"), ("100", "130"), ("100", "0")], None, ["0", "0", "0"]),
        ([("100", "70"), ("100", "130"), ("100", "0")], None, ["0", "30", "0"]),
        ([("100", "70"), (None, "0"), ("100", "0")], None, ["0", "30", "0"]),
        ([("0", "0"), ("100", "99"), ("100", "0")], "0.5", ["0", "0", "0.5"]),
    ],
)
def test_the_unused_rest_moves_on_up_to_the_cap(rows: list[tuple[str, str]], most: str | None, into: list[str]) -> None:
    found = carried(months(*rows, most=most))
    assert found == [Decimal(each) for each in into]


HALF = "period.limit * 0.5"


def test_what_moves_on_at_most_may_be_a_share_of_each_periods_limit() -> None:
    state = a_state(("100", "40"), ("80", "0"), ("100", "10"), carry_over=CARRY | {"most": HALF})
    assert carried(state.periods) == [0, 50, 40]  # 60 are left of January, 130 of February
    assert state.left == Decimal(130)


def test_the_limit_of_a_period_is_used_before_what_moved_into_it() -> None:
    assert carried(months(("100", "0"), ("100", "100"), ("100", "0"))) == [0, 100, 100]  # January's, by two periods
    assert carried(months(("100", "100"), ("100", "0"))) == [0, 0]  # by one: of February nothing is left for March


@pytest.mark.parametrize(
    ("most", "limit", "moves"),
    [
        (None, "100", None),
        ("30", "100", "30"),
        (HALF, "100", "50"),
        (HALF, None, "0"),
        ("period.limit - 200", "100", "0"),
        ("number(standing.share) * period.limit", "100", "25"),
        ("number(standing.other) * period.limit", "100", "0"),
        ("month(period.start) == 1 ? 7 : 9", "100", "7"),
        ("period.label == '2026-01' and period.end == '2026-01-31T16:00:00Z' ? 1 : 2", "100", "1"),
    ],
)
def test_what_moves_out_of_a_period_at_most(most: str | None, limit: str | None, moves: str | None) -> None:
    carry = CARRY | ({} if most is None else {"most": most})
    january = months(("1", "0"))[0].span
    found = most_of(
        a_balance(carry_over=carry),
        {"share": "0.25"},
        span=january,
        limit=None if limit is None else Decimal(limit),
    )
    assert found == (None if moves is None else Decimal(moves))


@pytest.mark.parametrize(
    ("rows", "here", "most", "left"),
    [
        ([("100", "40"), ("100", "10")], 1, None, "150"),
        ([("100", "40"), ("100", "10")], 0, None, "60"),
        ([("100", "40"), ("100", "150")], 0, None, "10"),  # 50 of January's 60 are used in February
        ([("100", "40"), ("100", "100"), ("100", "140")], 0, None, "20"),  # 40 of them in March
        ([("100", "40"), ("100", "100"), ("100", "140")], 1, None, "20"),
        ([("100", "0"), ("100", "0")], 1, "30", "130"),
        ([("100", "0"), ("50", "60")], 1, "0.1", "-9.9"),
    ],
)
def test_what_is_left_leaves_what_later_periods_have_used(
    rows: list[tuple[str, str]], here: int, most: str | None, left: str
) -> None:
    assert a_state(
        *rows, here=here, carry_over=CARRY | ({"most": most} if most else {}), currency=None, unit="t"
    ).left == Decimal(left)


def test_without_a_limit_nothing_is_known_to_be_left() -> None:
    assert a_state((None, "5")).left is None
    assert needed(months(("10", "12"), ("10", "9"))) == 2
    assert needed(months(("10", "12"), ("10", "13"))) == 5
    assert needed(()) == 0


ROW = st.tuples(st.integers(0, 1000), st.lists(st.integers(1, 2000), max_size=4))


MOST = st.none() | st.integers(1, 1500).map(str) | st.sampled_from(["period.limit", HALF])


@given(rows=st.lists(ROW, min_size=1, max_size=12), most=MOST)
def test_booking_what_is_left_never_uses_more_than_the_limits_and_never_carries_more_than_the_cap(
    rows: list[tuple[int, list[int]]], most: str | None
) -> None:
    carry = CARRY | ({} if most is None else {"most": most})
    state = a_state(*((str(limit), "0") for limit, _ in rows), carry_over=carry)
    for number, (_, asked) in enumerate(rows):
        state = BalanceState(balance=state.balance, subject="C-1", periods=state.periods, here=number)
        for amount in asked:
            if state.left is not None and amount <= state.left:
                state = with_used(state, Decimal(amount))
        limits = sum(period.limit or Decimal(0) for period in state.periods[: number + 1])
        assert sum(period.used for period in state.periods) <= limits
        assert state.left is not None
        assert state.left >= 0
    into = carried(state.periods)
    assert into[0] == 0
    assert all(
        each >= 0 and (period.most is None or each <= period.most)
        for period, each in zip(state.periods, into[1:], strict=False)
    )


@given(
    rows=st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=2, max_size=8),
    amount=st.integers(1, 100),
    most=MOST,
    data=st.data(),
)
def test_a_booking_in_an_earlier_period_takes_nothing_that_a_later_one_has_used(
    rows: list[tuple[int, int]], amount: int, most: str | None, data: st.DataObject
) -> None:
    carry = CARRY | ({} if most is None else {"most": most})
    state = a_state(*((str(limit), "0") for limit, _ in rows), carry_over=carry)
    for number, (_, asked) in enumerate(rows):
        state = BalanceState(balance=state.balance, subject="C-1", periods=state.periods, here=number)
        if state.left is not None and asked <= state.left:
            state = with_used(state, Decimal(asked))
    here = data.draw(st.integers(0, len(rows) - 1))
    earlier = BalanceState(balance=state.balance, subject="C-1", periods=state.periods, here=here)
    if earlier.left is not None and amount <= earlier.left:
        earlier = with_used(earlier, Decimal(amount))
    into = carried(earlier.periods)
    assert all(p.used <= (p.limit or 0) + moved for p, moved in zip(earlier.periods, into, strict=True))


@pytest.mark.parametrize(
    ("every", "at", "label", "starts", "ends"),
    [
        ("month", "2026-03-31T15:59:59+00:00", "2026-03", "2026-02-28T16", "2026-03-31T16"),
        ("month", "2026-03-31T16:00:00+00:00", "2026-04", "2026-03-31T16", "2026-04-30T16"),
        ("quarter", "2026-06-30T15:59:59+00:00", "2026-Q2", "2026-03-31T16", "2026-06-30T16"),
        ("half_year", "2026-06-30T15:59:59+00:00", "2026-H1", "2025-12-31T16", "2026-06-30T16"),
        ("half_year", "2026-06-30T16:00:00+00:00", "2026-H2", "2026-06-30T16", "2026-12-31T16"),
        ("year", "2026-06-30T16:00:00+00:00", "2026", "2025-12-31T16", "2026-12-31T16"),
    ],
)
def test_periods_are_those_of_the_packs_zone(every: Any, at: str, label: str, starts: str, ends: str) -> None:
    found = span_at(every, datetime.fromisoformat(at), zone=SHANGHAI)
    hour = ":00:00+00:00"
    wanted = Span(
        label=label, starts_at=datetime.fromisoformat(starts + hour), ends_at=datetime.fromisoformat(ends + hour)
    )
    assert found == wanted


def test_which_periods_bear_on_a_decision() -> None:
    def labels(now: datetime = AT, **more: Any) -> list[str]:
        return [span.label for span in spans(a_balance(**more), at=AT, now=now, zone=SHANGHAI)]

    assert labels() == ["2026-03"]
    assert labels(every=None) == [""]
    assert labels(carry_over=CARRY | {"periods": 2}) == ["2026-01", "2026-02", "2026-03"]
    later = datetime(2026, 4, 30, 16, tzinfo=UTC)
    assert labels(later, carry_over=CARRY | {"periods": 1}) == ["2026-02", "2026-03", "2026-04", "2026-05"]
    assert labels(every="half_year", carry_over=CARRY | {"periods": 3}) == ["2024-H2", "2025-H1", "2025-H2", "2026-H1"]


@pytest.mark.parametrize(
    ("since", "bearing"),
    [
        ("2026-01-31", ["2026-01", "2026-02", "2026-03", "2026-04"]),
        ("2026-02-01", ["2026-02", "2026-03", "2026-04"]),
        ("2026-03-31", ["2026-03", "2026-04"]),
        ("2026-04-01", ["2026-03"]),
    ],
)
def test_no_rest_comes_from_before_the_first_period_that_was_kept(since: str, bearing: list[str]) -> None:
    """`AT` is in March 2026, and now is in April: March's rest moves on unless counting begins with April."""
    balance = a_balance(carry_over=CARRY | {"since": since})
    found = spans(balance, at=AT, now=datetime(2026, 4, 10, tzinfo=UTC), zone=SHANGHAI)
    assert [span.label for span in found] == bearing


def of(state: BalanceState | None, own: tuple[Booking, ...] = ()) -> Balances:
    return Balances(at=AT, of={"quota": state}, own=own)


def books(**more: Any) -> Books:
    return Books.parse({"balance": "quota", **more})


def test_bookings_of_one_step_see_one_another_and_are_refused_beyond_what_is_left() -> None:
    state = a_state(("100", "40"))
    exact = bookings([books(amount="facts.n"), books(amount="20")], of(state), seen={"facts": {"n": 40}}, at=AT)
    assert [(each.amount, each.counts_at) for each in exact] == [(Decimal(40), AT), (Decimal(20), AT)]

    with pytest.raises(BalanceExceeded) as refused:
        bookings([books(amount="facts.n"), books(amount="21")], of(state), seen={"facts": {"n": 40}}, at=AT)
    assert refused.value.cite == "X-1 s.1"
    assert refused.value.fields == {"balance": "quota", "left": "20", "asked": "21"}


def test_what_is_not_booked() -> None:
    state = a_state(("100", "40"))
    assert bookings([books(amount="0"), books(amount="5", when="1 > 2")], of(state), seen={}, at=AT) == ()


@pytest.mark.parametrize(
    ("state", "amount"),
    [
        (a_state(("100", "0")), "1.5"),
        (a_state(("100", "0")), "-1"),
        (a_state(("100", "0")), "null"),
        (a_state(("100", "0")), "'x'"),
        (a_state(("100", "0")), "1000000000000000000"),
        (a_state((None, "0")), "1"),
        (a_state(("100", "0"), currency=None, unit="t"), "0.0000000001"),
        (None, "1"),
    ],
)
def test_amounts_that_cannot_be_booked(state: BalanceState | None, amount: str) -> None:
    with pytest.raises(RuleFailed):
        bookings([books(amount=amount)], of(state), seen={}, at=AT)


def test_an_account_that_may_be_exceeded_takes_everything() -> None:
    state = a_state((None, "0"), every=None, limit=None, may_exceed=True)
    found = bookings([books(amount="500"), books(amount="-800")], of(state), seen={}, at=AT)
    assert [each.amount for each in found] == [Decimal(500), Decimal(-800)]


def test_a_reversal_gives_back_what_the_case_booked_where_it_was_booked() -> None:
    january = datetime(2026, 1, 10, tzinfo=UTC)
    own = (
        Booking(balance="quota", key="k", amount=Decimal(30), counts_at=january),
        Booking(balance="fines", key="k", amount=Decimal(9), counts_at=january),
    )
    state = a_state(("100", "40"))
    found = bookings([books(amount="5"), books(reverses=True), books(reverses=True)], of(state, own), seen={}, at=AT)

    assert [(each.amount, each.counts_at, each.reverses) for each in found] == [
        (Decimal(5), AT, False),
        (Decimal(-5), AT, True),
        (Decimal(-30), january, True),
    ]
    assert booked_as_kept(found[2:]) == [
        {"balance": "quota", "amount": "-30", "counts_at": "2026-01-10T00:00:00Z", "reverses": True}
    ]
    assert bookings([books(reverses=True)], of(None, own), seen={}, at=AT)[0].amount == -30


def test_limits_are_computed_from_standing_facts_and_never_below_zero() -> None:
    balance = a_balance(limit="number(standing.purchases) * 0.15")
    assert limit_of(balance, {"purchases": "50000.00"}) == Decimal(7500)
    assert limit_of(balance, {"purchases": "-10"}) == 0
    assert limit_of(balance, {"purchases": None}) is None
    assert limit_of(a_balance(limit=None, may_exceed=True), {}) is None


def test_what_the_history_keeps() -> None:
    state = a_state(("100", "40"), ("100", "10"), carry_over=CARRY)
    assert kept(of(state))["quota"] == {
        "key": "C-1",
        "period": "2026-02",
        "limit": "100",
        "carried": "60",
        "used": "10",
        "left": "150",
        "as_of": "2026-03-05T01:00:00Z",
    }
    assert kept(of(None)) == {"quota": None}
    assert [shown(Decimal(each)) for each in ("100", "60.500", "0.000", "-1.10")] == ["100", "60.5", "0", "-1.1"]
    assert ALWAYS.label == ""
