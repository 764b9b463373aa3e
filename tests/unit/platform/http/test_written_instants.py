"""An instant is a text with its day first: a number, also as text, is no second since 1970."""

from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.platform.http.strict import Day, Instant, ShortText, StrictModel


class Dated(StrictModel):
    at: Instant
    on: Day


@pytest.mark.parametrize(
    "text", ['"0.5"', '"1772676000"', "1772676000", "0.5", '"Thu, 05 Mar 2026"', '"2026-03-05T02:00:00"']
)
def test_a_number_is_no_instant(text: str) -> None:
    with pytest.raises(ValidationError):
        Dated.model_validate_json(f'{{"at": {text}, "on": "2026-03-05"}}')
    with pytest.raises(ValidationError):
        TypeAdapter(Instant | None).validate_python(text.strip('"'))


@pytest.mark.parametrize("text", ['"86400"', "86400", '"1"'])
def test_a_number_is_no_day(text: str) -> None:
    with pytest.raises(ValidationError):
        Dated.model_validate_json(f'{{"at": "2026-03-05T02:00:00Z", "on": {text}}}')


def test_what_is_written_as_rfc_3339_is_read() -> None:
    dated = Dated.model_validate_json('{"at": "2026-03-05T10:00:00+08:00", "on": "2026-03-05"}')
    assert dated == Dated(at=datetime(2026, 3, 5, 2, tzinfo=UTC), on=date(2026, 3, 5))
    assert Dated.model_json_schema()["properties"]["at"] == {"format": "date-time", "title": "At", "type": "string"}


def test_a_visible_text_is_described_by_what_it_may_not_hold() -> None:
    schema = TypeAdapter(ShortText).json_schema()
    assert schema["pattern"].startswith(r"^[^\u0000-\u001f\u007f-\u009f")
