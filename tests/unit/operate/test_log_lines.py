"""Every line that `redress logs` prints is one JSON object with the part that wrote it."""

import json

import pytest

from operate.log_lines import log_object


def test_a_line_of_a_service_keeps_its_fields() -> None:
    line = '{"event":"http.answered","status":201,"service":"intake"}\n'
    assert json.loads(log_object("intake", line)) == {
        "event": "http.answered",
        "status": 201,
        "service": "intake",
        "part": "intake",
    }


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("2026-03-01 LOG:  database system is ready\n", "2026-03-01 LOG:  database system is ready"),
        ('  File "x.py", line 3\r\n', '  File "x.py", line 3'),
        ("", ""),
        ("[1, 2]", "[1, 2]"),
        ('{"cut', '{"cut'),
        ("\x1b[31mred", "\x1b[31mred"),
        ("\ud800", "?"),
    ],
)
def test_words_of_other_programs_are_a_text(line: str, text: str) -> None:
    shown = log_object("kafka", line)
    assert "\n" not in shown
    assert json.loads(shown) == {"text": text, "part": "kafka"}


def test_a_line_cannot_say_that_another_part_wrote_it() -> None:
    assert json.loads(log_object("erp", '{"part":"intake"}')) == {"part": "erp"}
