"""Strict JSON: what RFC 8259 leaves open is refused, with a code for each."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.platform.http.problems import InputInvalid
from shared.platform.http.strict import DecimalText, JsonRefused, StrictModel, parse, validated


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


REFUSED = [
    pytest.param(b"", "json_empty", id="empty"),
    pytest.param(b"{", "json_malformed", id="cut"),
    pytest.param(b"{} {}", "json_malformed", id="two values"),
    pytest.param(b"{'a':1}", "json_malformed", id="single quotes"),
    pytest.param(b'{"a":1,}', "json_malformed", id="trailing comma"),
    pytest.param(b'{"a":NaN}', "json_malformed", id="NaN"),
    pytest.param(b'{"a":Infinity}', "json_malformed", id="Infinity"),
    pytest.param(b'{"a":-Infinity}', "json_malformed", id="-Infinity"),
    pytest.param(b'{"a":01}', "json_malformed", id="leading zero"),
    pytest.param(b'{"a":"\x00"}', "json_malformed", id="raw control character"),
    pytest.param(b'{"a":"\n"}', "json_malformed", id="raw newline in text"),
    pytest.param(b'{"a":1e999}', "json_number_out_of_range", id="1e999"),
    pytest.param(b'{"a":-1e999}', "json_number_out_of_range", id="-1e999"),
    pytest.param(b'{"a":9223372036854775808}', "json_number_out_of_range", id="2^63"),
    pytest.param(b'{"a":-9223372036854775809}', "json_number_out_of_range", id="-2^63-1"),
    pytest.param(b'{"a":' + b"9" * 5000 + b"}", "json_number_out_of_range", id="5000 digits"),
    pytest.param(b'{"a":1,"a":2}', "json_duplicate_key", id="duplicate key"),
    pytest.param(b'{"a":1,"\\u0061":2}', "json_duplicate_key", id="duplicate key, escaped"),
    pytest.param(b'{"b":[{"a":1,"a":1}]}', "json_duplicate_key", id="duplicate key, deep"),
    pytest.param(b'{"a":"\\u0000"}', "json_nul_character", id="escaped NUL in a value"),
    pytest.param(b'{"\\u0000":1}', "json_nul_character", id="escaped NUL in a key"),
    pytest.param(b'["x",{"a":["\\u0000"]}]', "json_nul_character", id="escaped NUL, deep"),
    pytest.param(b'{"a":"\\ud800"}', "json_lone_surrogate", id="lone high surrogate"),
    pytest.param(b'{"a":"\\udc00x"}', "json_lone_surrogate", id="lone low surrogate"),
    pytest.param(b'\xef\xbb\xbf{"a":1}', "json_not_utf8", id="byte order mark"),
    pytest.param('{"a":1}'.encode("utf-16"), "json_not_utf8", id="UTF-16"),
    pytest.param(b'{"a":"\xff"}', "json_not_utf8", id="stray byte"),
    pytest.param(b'{"a":"\xed\xa0\x80"}', "json_not_utf8", id="surrogate in UTF-8"),
    pytest.param(nested(65), "json_too_deep", id="65 deep"),
    pytest.param(nested(20_000), "json_too_deep", id="20000 deep"),
    pytest.param(nested(100_000), "json_too_many_parts", id="100000 deep"),
]


@pytest.mark.parametrize(("body", "code"), REFUSED)
def test_refused(body: bytes, code: str) -> None:
    with pytest.raises(JsonRefused) as refused:
        parse(body)
    assert refused.value.code == code


TAKEN = [
    (b'{"a":9223372036854775807}', {"a": 2**63 - 1}),
    (b'{"a":-9223372036854775808}', {"a": -(2**63)}),
    (b'{"a":"\\\\u0000"}', {"a": "\\u0000"}),
    (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
    ('{"a":"质量异议"}'.encode(), {"a": "质量异议"}),
    (b'{"a":{"x":1},"b":{"x":1}}', {"a": {"x": 1}, "b": {"x": 1}}),
    (b' {"a":[]}\n', {"a": []}),
    (b"[" * 64 + b"]" * 64, None),
    (b'{"a":"' + b"[" * 100 + b'"}', {"a": "[" * 100}),
    (b'{"a":"\\"[[' + b"[" * 100 + b'"}', {"a": '"[[' + "[" * 100}),
    (b"[" + b"[]," * 100 + b"[]]", [[] for _ in range(101)]),
]


@pytest.mark.parametrize(("body", "value"), TAKEN)
def test_taken(body: bytes, value: Any) -> None:
    parsed = parse(body)
    assert value is None or parsed == value


class Item(StrictModel):
    count: int
    at: datetime
    amount: DecimalText = "0"
    note: str = ""


GOOD = {"count": "1", "at": '"2026-03-02T09:00:00+08:00"'}


def body(**values: str) -> bytes:
    return ("{" + ",".join(f'"{key}":{value}' for key, value in {**GOOD, **values}.items()) + "}").encode()


def test_a_strict_model_reads_instants_from_text() -> None:
    assert validated(body(), Item).at == datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "path", "code"),
    [
        ({"count": '" 12 "'}, "/count", "int_type"),
        ({"count": "true"}, "/count", "int_type"),
        ({"count": "1.5"}, "/count", "int_type"),
        ({"amount": '"1_000"'}, "/amount", "string_pattern_mismatch"),
        ({"amount": '"١٢"'}, "/amount", "string_pattern_mismatch"),
        ({"amount": '"1E+1000000"'}, "/amount", "string_pattern_mismatch"),
        ({"amount": '"1\\n"'}, "/amount", "string_pattern_mismatch"),
        ({"amount": "1.5"}, "/amount", "string_type"),
        ({"status": '"closed"'}, "/status", "extra_forbidden"),
        ({"at": '"yesterday"'}, "/at", "datetime_parsing"),
        ({"note": '"' + "x" * 10_001 + '"'}, "/note", "string_too_long"),
    ],
)
def test_the_shape_is_refused_by_place_and_code(values: dict[str, str], path: str, code: str) -> None:
    with pytest.raises(InputInvalid) as refused:
        validated(body(**values), Item)
    assert refused.value.places == [{"path": path, "code": code}]


def test_a_refusal_never_repeats_the_input() -> None:
    with pytest.raises(InputInvalid) as refused:
        validated(body(note='{"secret":"13900000000"}'), Item)
    assert "13900000000" not in repr(refused.value.places)


def test_the_longest_text_is_taken() -> None:
    assert len(validated(body(note='"' + "x" * 10_000 + '"'), Item).note) == 10_000


@pytest.mark.parametrize("words", ["[" * 200, '\\"' + "{" * 200, "]" * 200 + "[" * 200])
def test_brackets_inside_texts_are_not_depth(words: str) -> None:
    assert parse(f'["{words}",{"[" * 63}{"]" * 63}]'.encode()) is not None
    with pytest.raises(JsonRefused) as refused:
        parse(f'["{words}",{"[" * 64}{"]" * 64}]'.encode())
    assert refused.value.code == "json_too_deep"


def test_an_unclosed_text_of_quotes_is_refused_in_linear_time() -> None:
    before = time.process_time()
    with pytest.raises(JsonRefused) as refused:
        parse(b"[" * 65 + b'"' + b'\\"' * 500_000)
    assert refused.value.code == "json_too_deep"
    assert time.process_time() - before < 2


def test_the_worst_body_that_is_read_is_read_soon() -> None:
    before = time.process_time()
    parse(b"[" + b"[]," * 19_990 + b"[]]")
    assert time.process_time() - before < 2
