"""Daily windows: the boundary of each on both sides, in the pack's own time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.notify.messages.rules import State
from services.notify.planning.rules.hours import next_open
from shared.packs.language.hours import Hours
from shared.packs.notify.model.delivery import longest_wait
from shared.packs.notify.model.section import NotifySection
from shared.packs.publishing.registry import warnings
from tests.support.notify_cases import NINE, a_document, a_message, a_rule, a_section, fallback, planned, recipients
from tests.support.sections import checked

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING, AFTERNOON = {"opens": "09:00", "closes": "12:00"}, {"opens": "15:00", "closes": "18:00"}
BOTH = [AFTERNOON, MORNING]  # in any order


def _hours(*windows: dict[str, str]) -> tuple[Hours, ...]:
    return tuple(Hours.parse(window) for window in windows)


def _local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-03-02T08:59:59.999999", "2026-03-02T09:00"),
        ("2026-03-02T09:00:00", "2026-03-02T09:00:00"),
        ("2026-03-02T11:59:59", "2026-03-02T11:59:59"),
        ("2026-03-02T11:59:59.999999", "2026-03-02T11:59:59.999999"),
        ("2026-03-02T12:00:00", "2026-03-02T15:00"),
        ("2026-03-02T12:30:00", "2026-03-02T15:00"),
        ("2026-03-02T15:00:00", "2026-03-02T15:00"),
        ("2026-03-02T17:59:59", "2026-03-02T17:59:59"),
        ("2026-03-02T18:00:00", "2026-03-03T09:00"),
        ("2026-03-02T18:20:00", "2026-03-03T09:00"),
        ("2026-03-02T23:59:59", "2026-03-03T09:00"),
        ("2026-12-31T18:20:00", "2027-01-01T09:00"),
    ],
)
def test_from_the_first_instant_to_just_before_the_last(at: str, due: str) -> None:
    assert next_open(_hours(*BOTH), at=_local(at), zone=SHANGHAI) == _local(due)


def test_the_whole_day_and_no_hours_are_always_open() -> None:
    midnight = _local("2026-03-02T00:00")
    for hours in ((), _hours({"opens": "00:00", "closes": "24:00"})):
        for at in (midnight, midnight - timedelta(microseconds=1)):
            assert next_open(hours, at=at, zone=SHANGHAI) == at


def test_windows_are_wall_time_where_clocks_change() -> None:
    berlin, hours = ZoneInfo("Europe/Berlin"), _hours(MORNING)
    winter, summer = _local("2026-03-28T09:00", berlin), _local("2026-03-29T09:00", berlin)
    assert summer - winter == timedelta(hours=23)
    assert next_open(hours, at=winter + timedelta(hours=3), zone=berlin) == summer


def test_the_longest_wait_is_over_noon_or_over_night() -> None:
    assert longest_wait(_hours(*BOTH)) == timedelta(hours=15)
    assert longest_wait(_hours({"opens": "00:00", "closes": "10:00"}, {"opens": "14:30", "closes": "24:00"})) == (
        timedelta(hours=4, minutes=30)
    )
    assert longest_wait(()) == timedelta()


@pytest.mark.parametrize("channel", ["email", "internal", "fax", "phone", "letter"])
def test_outside_its_hours_every_channel_waits(channel: str) -> None:
    role = "finance" if channel == "internal" else "customer"
    late = [{"opens": "10:00", "closes": "12:00"}]
    (message,) = planned(a_section(a_rule(channels=[channel], hours=late, recipients=[{"role": role}])))
    assert (message.state, message.due_at, message.ended_at) == (State.QUEUED, NINE + timedelta(hours=1), None)
    assert message.is_rechecked
    (now,) = planned(a_section(a_rule(channels=[channel], hours=[MORNING], recipients=[{"role": role}])))
    at_once = {"email": State.QUEUED, "internal": State.SENT}.get(channel, State.TO_DO)
    assert now.state is at_once
    assert now.due_at == (NINE if channel == "email" else None)


def test_the_next_channel_has_the_same_hours() -> None:
    rule = a_section(a_rule(channels=["email", "phone"], hours=[AFTERNOON], handled_by="finance")).rules[0]
    failed = a_message(State.FAILED, fallback=("phone",))
    message = fallback(failed, rule, recipients(a_section()), new_id="next")
    assert message is not None
    assert (message.state, message.due_at, message.handler) == (
        State.QUEUED,
        _local("2026-03-16T15:00"),
        "role:finance",
    )


def test_windows_of_a_rule_do_not_overlap_or_run_backwards() -> None:
    with pytest.raises(ValueError, match="windows overlap: 09:00-12:00 and 11:00-13:00"):
        checked(NotifySection, a_document(a_rule(hours=[MORNING, {"opens": "11:00", "closes": "13:00"}])))
    with pytest.raises(ValueError, match="closes after it opens"):
        checked(NotifySection, a_document(a_rule(hours=[{"opens": "18:00", "closes": "09:00"}])))


def _findings(**rule: object) -> list[str]:
    section: NotifySection = a_section(a_rule(**rule))
    return [message for _, message in warnings(section)]


def test_a_deadline_that_hours_may_outlast_is_doubtful() -> None:
    assert _findings(hours=BOTH, deadline={"amount": 15, "unit": "hour"}) == []
    assert _findings(hours=BOTH, deadline={"amount": 899, "unit": "minute"}) == [
        "rule tell may wait 15:00:00 for its hours, beyond its deadline"
    ]
