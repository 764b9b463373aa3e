"""What `redress doctor` makes of what it found, at both sides of each bound."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from operate.doctor.agreement import judged_agreement
from operate.doctor.broker import judged_version as judged_kafka
from operate.doctor.certificates import judged_certificate
from operate.doctor.connections import Room, judged_room
from operate.doctor.database import judged_clock, judged_version
from operate.doctor.finding import Finding, Level, fail, ok
from operate.doctor.groups import judged_beyond, judged_group
from operate.doctor.secrets import judged_secrets
from operate.doctor.topics import Found, judged_topic
from operate.recovery.heard import groups_of
from operate.runtime.topics import Topic
from shared.platform.kafka.port import TopicPartition
from shared.platform.sealing import Sealer
from tests.support.certificates import certificate

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
TWO_WEEKS = Topic(name="redress.sla.v1", partitions=8, retention_hours=336)
FOR_EVER = Topic(name="redress.registry.v1", partitions=8, retention_hours=-1)
FETCH, INIT_PRODUCER_ID = 1, 22


def found(
    *, partitions: int = 8, without_leader: int = 0, retention: int = 336 * 3_600_000, policy: str = "delete"
) -> Found:
    config = {"retention.ms": str(retention), "cleanup.policy": policy}
    return Found(partitions=partitions, without_leader=without_leader, config=config)


def test_what_is_not_well_says_what_to_do() -> None:
    assert (
        fail("a.b", "sla", "gone", advice="Start it.").as_line()
        == "fail  a.b                      sla: gone\n      → Start it."
    )
    assert ok("a.b", "sla", "here").as_line() == "ok    a.b                      sla: here"
    with pytest.raises(ValueError, match="advice"):
        Finding(check="a.b", subject="sla", level=Level.WARN, found="odd")
    with pytest.raises(ValueError, match="advice"):
        Finding(check="a.b", subject="sla", level=Level.OK, found="well", advice="Rest.")


@pytest.mark.parametrize(
    ("seconds", "round_trip", "level"),
    [
        (0.0, 0.0, Level.OK),
        (1.0, 0.0, Level.OK),
        (1.001, 0.0, Level.WARN),
        (-1.001, 0.0, Level.WARN),
        (1.5, 1.0, Level.OK),
        (1.501, 1.0, Level.WARN),
        (30.0, 0.0, Level.WARN),
        (30.001, 0.0, Level.FAIL),
        (-30.001, 0.0, Level.FAIL),
    ],
)
def test_clocks(seconds: float, round_trip: float, level: Level) -> None:
    began = NOON.timestamp()
    there = NOON + timedelta(seconds=round_trip / 2 + seconds)
    assert judged_clock("sla", there=there, began=began, ended=began + round_trip).level is level


@pytest.mark.parametrize(("major", "level"), [(15, Level.FAIL), (16, Level.OK), (18, Level.OK)])
def test_versions_of_postgresql(major: int, level: Level) -> None:
    assert judged_version("sla", major).level is level


@pytest.mark.parametrize(
    ("newest", "level"),
    [
        ({FETCH: 18, INIT_PRODUCER_ID: 5}, Level.OK),
        ({FETCH: 12, INIT_PRODUCER_ID: 4}, Level.OK),
        ({FETCH: 11, INIT_PRODUCER_ID: 1}, Level.WARN),
        ({FETCH: 4, INIT_PRODUCER_ID: 0}, Level.WARN),
        ({FETCH: 3, INIT_PRODUCER_ID: 0}, Level.FAIL),
        ({FETCH: 18}, Level.FAIL),
    ],
)
def test_versions_of_kafka(newest: dict[int, int], level: Level) -> None:
    assert judged_kafka("kafka:9092", newest).level is level


@pytest.mark.parametrize(
    ("topic", "there", "level", "words"),
    [
        (TWO_WEEKS, found(), Level.OK, "8 partitions"),
        (TWO_WEEKS, None, Level.FAIL, "missing"),
        (TWO_WEEKS, found(partitions=7), Level.FAIL, "7 partitions"),
        (TWO_WEEKS, found(partitions=9), Level.FAIL, "9 partitions"),
        (TWO_WEEKS, found(without_leader=1), Level.FAIL, "1 of 8"),
        (TWO_WEEKS, found(policy="compact"), Level.FAIL, "compaction"),
        (TWO_WEEKS, found(policy="compact,delete"), Level.FAIL, "compaction"),
        (TWO_WEEKS, found(retention=1_209_599_999), Level.FAIL, "1209600000"),
        (TWO_WEEKS, found(retention=1_209_600_001), Level.WARN, "1209600000"),
        (TWO_WEEKS, found(retention=-1), Level.WARN, "-1"),
        (FOR_EVER, found(retention=-1), Level.OK, "-1"),
        (FOR_EVER, found(), Level.FAIL, "-1"),
    ],
)
def test_topics(topic: Topic, there: Found | None, level: Level, words: str) -> None:
    judged = judged_topic(topic, there)
    assert judged.level is level
    assert words in judged.found


@pytest.mark.parametrize(
    ("members", "behind", "has_moved", "level"),
    [
        (2, 0, False, Level.OK),
        (2, 7, True, Level.OK),
        (2, 7, False, Level.FAIL),
        (0, 0, False, Level.WARN),
        (0, 1, False, Level.FAIL),
    ],
)
def test_groups(members: int, behind: int, has_moved: bool, level: Level) -> None:
    assert judged_group("sla.cases", members=members, behind=behind, has_moved=has_moved).level is level


def test_a_service_has_a_group_for_organisations_and_one_for_cases() -> None:
    groups = groups_of("settlement")
    assert groups["settlement.registry"] == {"redress.registry.v1"}
    assert "redress.intake.v1" in groups["settlement.cases"]
    assert set(groups) == {"settlement.registry", "settlement.cases"}


@pytest.mark.parametrize(
    ("most", "used", "ours", "pools", "level"),
    [
        (128, 0, 0, 128, Level.OK),
        (128, 0, 0, 129, Level.FAIL),
        (128, 40, 40, 128, Level.OK),
        (200, 72, 0, 128, Level.OK),
        (200, 73, 0, 128, Level.WARN),
    ],
)
def test_room_for_the_pools(most: int, used: int, ours: int, pools: int, level: Level) -> None:
    assert judged_room("db:5432", Room(most=most, used=used, ours=ours, pools=pools)).level is level


@pytest.mark.parametrize(
    ("begins", "ends", "level"),
    [
        (-1, 31, Level.OK),
        (-1, 30, Level.OK),
        (-1, 29.9, Level.WARN),
        (-1, 0.1, Level.WARN),
        (-1, 0, Level.FAIL),
        (1, 90, Level.FAIL),
    ],
)
def test_certificates(begins: float, ends: float, level: Level) -> None:
    _, pem = certificate(begins=NOON + timedelta(days=begins), ends=NOON + timedelta(days=ends))
    assert judged_certificate("ca.pem", x509.load_pem_x509_certificate(pem), now=NOON).level is level


@pytest.mark.parametrize(
    ("counts", "level"),
    [
        ({}, Level.OK),
        ({Sealer([b"n" * 32]).head: 3}, Level.OK),
        ({Sealer([b"n" * 32]).head: 3, Sealer([b"o" * 32]).head: 1}, Level.WARN),
        ({Sealer([b"o" * 32]).head: 1, Sealer([b"x" * 32]).head: 1}, Level.FAIL),
    ],
    ids=["none", "first key", "older key", "key that is gone"],
)
def test_an_older_key_is_needed_as_long_as_something_is_sealed_under_it(counts: dict[bytes, int], level: Level) -> None:
    assert judged_secrets("notify", counts, Sealer([b"n" * 32, b"o" * 32])).level is level


def test_a_group_beyond_the_end_of_a_topic_names_it() -> None:
    finding = judged_beyond("sla.cases", [TopicPartition("redress.intake.v1", 3)])
    assert (finding.level, finding.found) == (Level.FAIL, "has read beyond the end of redress.intake.v1/3")


def test_differences_of_events_are_one_failure() -> None:
    assert judged_agreement("sla", []).level is Level.OK
    both = judged_agreement("sla", ["a differs", "b differs"])
    assert (both.level, both.found) == (Level.FAIL, "a differs; b differs")
