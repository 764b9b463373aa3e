"""When an id was made is read from the id, which anyone may invent."""

from datetime import UTC, datetime

import pytest

from shared.kernel.ids import made_at


def test_the_time_of_an_id_is_read_to_the_millisecond() -> None:
    # RFC 9562, appendix A.6: 22 February 2022, 14:22:22.00 five hours behind UTC.
    assert made_at("017f22e2-79b0-7cc3-98c4-dc0c0c07398f") == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)


@pytest.mark.parametrize("text", ["fab6dd88-c6d7-7cd3-0e8d-559d6c3a8f6b", "ffffffff-ffff-7fff-bfff-ffffffffffff"])
def test_an_id_from_beyond_the_years_of_a_datetime_has_no_time(text: str) -> None:
    assert made_at(text) is None


@pytest.mark.parametrize("text", ["", "x", "01a224c0-7a56-47e3-8218-bdf5b3c92c1c"])
def test_what_is_no_uuid_of_version_7_has_no_time(text: str) -> None:
    assert made_at(text) is None
