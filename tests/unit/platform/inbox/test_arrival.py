"""What is kept of a record can be made a record again, whatever bytes it has."""

from shared.contracts.registry import OrganisationClockAdvancedV1, OrganisationCreatedV1, PolicyPublishedV1
from shared.platform.db.tables import NO_ORG
from shared.platform.inbox.arrival import arrival_of, headers_from_json, headers_to_json, key_of, org_of, routes_of
from shared.platform.inbox.dead_letter import LONGEST_ERROR, reason_of
from shared.platform.kafka.port import Headers, Record
from shared.platform.organisations import REGISTRY_HANDLERS

ORG = "01890a5d-ac96-774b-bcce-b302099a8057"


def broken(headers: Headers = (), key: bytes | None = b"k") -> Record:
    return Record("t", 2, 9, key, b"\xff", headers, 0)


def test_headers_of_any_bytes_come_back() -> None:
    headers: Headers = (("a", b"\x00\xff"), ("a", b""), ("钢", "钢".encode()))
    assert headers_from_json(headers_to_json(headers)) == headers


def test_an_unreadable_record_keeps_what_can_be_read() -> None:
    arrival = arrival_of(broken((("ce_org", ORG.encode()),)))
    assert (org_of(arrival), key_of(arrival)) == (ORG, "k")
    assert arrival.problem is not None


def test_an_unreadable_organisation_or_key_is_none() -> None:
    arrival = arrival_of(broken((("ce_org", b"x"),), key=None))
    assert (org_of(arrival), key_of(arrival)) == (NO_ORG, "")
    assert "\x00" not in key_of(arrival_of(broken(key=b"a\x00\xff")))


def test_unreadable_records_are_in_lanes_of_their_own() -> None:
    assert arrival_of(broken()).ordering_key == ("", "t", "2/9")


def test_the_kernel_handles_the_three_registry_events() -> None:
    assert set(routes_of(REGISTRY_HANDLERS)) == {
        "organisation.created.v1",
        "organisation.clock_advanced.v1",
        "policy.published.v1",
    }
    assert set(REGISTRY_HANDLERS) == {OrganisationCreatedV1, OrganisationClockAdvancedV1, PolicyPublishedV1}


def test_a_reason_fits_into_its_column() -> None:
    reason = reason_of(RuntimeError("a\x00" * LONGEST_ERROR))
    assert len(reason.error) == LONGEST_ERROR
    assert "\x00" not in reason.error
    assert reason_of(RuntimeError()).error == "RuntimeError"
