"""Version numbers and first days."""

from datetime import date

import pytest

from services.intake.registry.rules import (
    EffectiveFromBeforePublished,
    EffectiveFromPast,
    PublishedVersion,
    next_version,
)

TODAY = date(2026, 3, 2)


def version(number: int, day: date, digest: str) -> PublishedVersion:
    return PublishedVersion(version=number, effective_from=day, digest=digest)


FIRST = version(1, date(2026, 1, 1), "a")
LATER = version(2, date(2026, 4, 1), "b")


@pytest.mark.parametrize(
    ("published", "digest", "day", "expected"),
    [
        ([], "a", date(2020, 1, 1), version(1, date(2020, 1, 1), "a")),  # the first may begin in the past
        ([FIRST], "b", TODAY, version(2, TODAY, "b")),
        ([FIRST, LATER], "c", date(2026, 4, 1), version(3, date(2026, 4, 1), "c")),  # the same day: the newer one holds
        ([FIRST, LATER], "a", date(2026, 1, 1), FIRST),
        ([FIRST, LATER], "b", date(2026, 4, 1), LATER),
    ],
)
def test_next_version(published: list[PublishedVersion], digest: str, day: date, expected: PublishedVersion) -> None:
    assert next_version(published, digest=digest, effective_from=day, today=TODAY) == expected


def test_no_version_begins_in_the_past_or_before_another() -> None:
    with pytest.raises(EffectiveFromPast) as past:
        next_version([FIRST], digest="b", effective_from=date(2026, 3, 1), today=TODAY)
    assert past.value.fields == {"earliest": "2026-03-02"}
    with pytest.raises(EffectiveFromBeforePublished) as before:
        next_version([FIRST, LATER], digest="c", effective_from=date(2026, 3, 31), today=TODAY)
    assert before.value.fields == {"earliest": "2026-04-01"}
