"""What differs of everything that the public operations show."""

from operate.scenarios.unchanged import changes


def test_nothing_differs_between_equal_pages() -> None:
    assert list(changes({"case a": {"status": "open"}}, {"case a": {"status": "open"}})) == []


def test_the_innermost_part_that_differs_is_told() -> None:
    before = {"clocks of a": [{"clock": "reply", "breaches": []}], "ERP payments": [1]}
    after = {"clocks of a": [{"clock": "reply", "breaches": ["x"]}], "ERP payments": [1, 2]}

    assert list(map(str, changes(before, after))) == [
        'unchanged: clocks of a[0].breaches: expected 0 as before, came 1, new: ["x"]',
        "unchanged: ERP payments: expected 1 as before, came 2, new: [2]",
    ]


def test_an_event_that_was_caused_is_told() -> None:
    before = {"events published by sla": {"sla.clock.v1": 2}}

    assert list(map(str, changes(before, {"events published by sla": {"sla.clock.v1": 3}}))) == [
        "unchanged: events published by sla.sla.clock.v1: expected 2, came 3"
    ]
