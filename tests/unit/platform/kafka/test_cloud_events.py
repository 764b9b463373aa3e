"""Events survive the trip through headers; what is no event says why."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.intake import EvidenceAddedV1
from shared.kernel.ids import EventId, OrgId
from shared.platform.kafka.cloud_events import (
    Attributes,
    Undecodable,
    attributes_of,
    envelope_of,
    headers_of,
    readable_headers,
)
from shared.platform.kafka.port import Headers, Record

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
EVENT = Attributes(
    id=EventId(ID),
    type="evidence.added.v1",
    org=OrgId(ID),
    key="case-1",
    aggregate="case",
    aggregate_id="case-1",
    version=3,
    occurred_at=datetime(2026, 3, 2, 4, 5, 6, 7, tzinfo=UTC),
    correlation_id="corr",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)
GOOD = headers_of(EVENT, source=b"/redress/intake")


def a_record(headers: Headers = GOOD, *, key: bytes | None = b"case-1", value: bytes | None = b"{}") -> Record:
    return Record("redress.intake.v1", 0, 0, key, value, headers, 0)


def without(name: str) -> Headers:
    return tuple(header for header in GOOD if header[0] != name)


def having(name: str, value: bytes) -> Headers:
    return (*without(name), (name, value))


def test_what_is_written_is_read() -> None:
    assert attributes_of(a_record()) == EVENT


def test_header_names_are_those_of_the_kafka_binding() -> None:
    assert [name for name, _ in GOOD] == [
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_time",
        "ce_subject",
        "ce_partitionkey",
        "ce_org",
        "ce_aggregate",
        "ce_aggregateid",
        "ce_aggregateversion",
        "ce_correlationid",
        "content-type",
        "traceparent",
    ]


def test_a_replay_is_marked() -> None:
    assert headers_of(EVENT, source=b"/x", replay_of=ID)[-1] == ("ce_replayof", ID.encode())


def test_an_instant_in_another_zone_is_the_same_instant() -> None:
    read = attributes_of(a_record(having("ce_time", b"2026-03-02T12:05:06.000007+08:00")))
    assert read.occurred_at == EVENT.occurred_at
    assert read.occurred_at.utcoffset() == timedelta(hours=8)


def test_optional_attributes_have_defaults() -> None:
    read = attributes_of(a_record(tuple(h for h in without("traceparent") if h[0] != "ce_correlationid")))
    assert (read.correlation_id, read.traceparent) == (ID, None)


def test_the_key_falls_back_to_the_partition_key() -> None:
    assert attributes_of(a_record(key=None)).key == "case-1"


@pytest.mark.parametrize(
    "name", ["ce_specversion", "ce_id", "ce_type", "ce_time", "ce_org", "ce_aggregate", "ce_aggregateid"]
)
def test_a_missing_attribute_is_undecodable(name: str) -> None:
    with pytest.raises(Undecodable):
        attributes_of(a_record(without(name)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_id", b"not-a-uuid"),
        ("ce_org", b"1"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"2026-03-02T04:05:06"),
        ("ce_aggregateversion", b"-1"),
        ("ce_aggregateversion", b"1.0"),
        ("ce_aggregateversion", "\N{ARABIC-INDIC DIGIT ONE}".encode()),
        ("ce_aggregateversion", b"9223372036854775808"),
        ("ce_aggregateversion", b"9" * 5000),
        ("ce_type", b"\xff"),
        ("ce_aggregate", b"a\x00b"),
    ],
)
def test_a_malformed_attribute_is_undecodable(name: str, value: bytes) -> None:
    with pytest.raises(Undecodable):
        attributes_of(a_record(having(name, value)))


def test_the_largest_version_is_read() -> None:
    assert attributes_of(a_record(having("ce_aggregateversion", b"9223372036854775807"))).version == 2**63 - 1


@pytest.mark.parametrize("key", [b"", b"\xff", b"a\x00b"])
def test_a_key_that_is_no_text_is_undecodable(key: bytes) -> None:
    with pytest.raises(Undecodable):
        attributes_of(a_record(key=key))


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b"\xff", b'{"case_id": "SECRET"}'])
def test_a_payload_that_does_not_fit_is_undecodable_and_is_not_echoed(value: bytes | None) -> None:
    with pytest.raises(Undecodable) as caught:
        envelope_of(EVENT, value, EvidenceAddedV1)
    assert "SECRET" not in str(caught.value)


def test_unknown_fields_of_a_newer_producer_are_ignored() -> None:
    value = (
        b'{"case_id":"c","evidence_id":"e","kind":"photo","media_type":"image/png","size":1,"sha256":"0",'
        b'"actor":{"subject":"li.wei"},"new_in_v1_1":true}'
    )
    envelope = envelope_of(EVENT, value, EvidenceAddedV1)
    assert envelope.data.kind == "photo"
    assert (envelope.id, envelope.version, envelope.key) == (ID, 3, "case-1")


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ((), {}),
        ((("a", b"1"), ("b", "2é".encode())), {"a": "1", "b": "2é"}),
        ((("a", b"1"), ("a", b"2")), {"a": "2"}),
        ((("a", b"\xff"), ("b", b"2")), {"b": "2"}),
        ((("a", b"\xc3"), ("b", b"\xa9")), {}),
        ((("a", b"1\x00"), ("b", b"2")), {"b": "2"}),
        ((("a", b"1\x1f2"), ("b", b"")), {"a": "1\x1f2", "b": ""}),
    ],
)
def test_headers_that_are_no_text_are_left_out(headers: tuple[tuple[str, bytes], ...], found: dict[str, str]) -> None:
    assert readable_headers(Record("t", 0, 0, None, None, headers, 0)) == found
