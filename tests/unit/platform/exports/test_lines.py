"""Rows as lines: what quotes, line ends and spreadsheets make of them."""

from datetime import UTC, datetime

from shared.platform.exports.lines import Row, csv_lines, ndjson

AT = datetime(2026, 3, 16, 1, tzinfo=UTC)
ROW: Row = {"at": AT, "name": '华东, "钢构"', "note": "one\r\ntwo", "minor": -5, "paid": True, "none": None}


def test_a_csv_is_quoted_and_ended_as_rfc_4180_says() -> None:
    assert csv_lines([ROW], columns=tuple(ROW), head=True).decode() == (
        'at,name,note,minor,paid,none\r\n2026-03-16T01:00:00Z,"华东, ""钢构""","one\r\ntwo",-5,true,\r\n'
    )


def test_text_that_a_spreadsheet_would_run_is_preceded_by_an_apostrophe() -> None:
    begins = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "1=1", "'=1"]
    lines = csv_lines([{"text": text} for text in begins], columns=["text"], head=False).decode()
    assert lines == "'=1+1\r\n'+1\r\n'-1\r\n'@SUM(A1)\r\n'\t=1\r\n\"'\n=1\"\r\n1=1\r\n'=1\r\n"


def test_ndjson_is_an_object_a_line() -> None:
    assert ndjson([{"at": AT, "minor": -5}, {"at": None, "minor": 0}]).decode() == (
        '{"at":"2026-03-16T01:00:00Z","minor":-5}\n{"at":null,"minor":0}\n'
    )
