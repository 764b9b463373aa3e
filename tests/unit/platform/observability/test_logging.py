"""A log line is one JSON object with ids, of allow-listed keys, that no value can forge."""

import io
from typing import Any

import orjson
import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from shared.kernel.errors import Conflict
from shared.platform.observability import logging as lines
from shared.platform.observability.context import Context, use

IDS = Context(correlation_id="c-1", traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01", request_id="r-1", org="o-1")


@pytest.fixture
def written() -> Any:
    sink = io.BytesIO()
    structlog.configure(
        processors=lines.processors("intake"),
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.BytesLoggerFactory(sink),
        cache_logger_on_first_use=False,
    )
    yield lambda: [orjson.loads(line) for line in sink.getvalue().splitlines()]
    structlog.reset_defaults()


def test_a_line_carries_the_ids(written: Any) -> None:
    with use(IDS):
        structlog.get_logger().info("case.registered", case_id="k-1")
    [line] = written()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "case.registered",
        "level": "info",
        "service": "intake",
        "case_id": "k-1",
        "correlation_id": "c-1",
        "request_id": "r-1",
        "trace_id": "a" * 32,
        "span_id": "b" * 16,
        "org": "o-1",
    }


def test_keys_outside_the_list_are_dropped_by_name_only(written: Any) -> None:
    structlog.get_logger().info("case.registered", email="a@b.cn", phone="139")
    [line] = written()
    assert line["dropped"] == ["email", "phone"]
    assert "a@b.cn" not in str(line)


def test_newlines_and_ansi_cannot_forge_a_line(written: Any) -> None:
    structlog.get_logger().info("x", reason='a\n{"event":"forged"}\x1b[31m\x9b\u2028\ud800')
    [line] = written()
    assert line["event"] == "x"
    assert "\x1b" not in line["reason"]
    assert "\x9b" not in line["reason"]


def test_long_values_are_cut(written: Any) -> None:
    structlog.get_logger().info("x", reason="a" * 5000)
    assert len(written()[0]["reason"]) == 2000


def failing(error: Exception) -> Exception:
    try:
        raise error
    except Exception as raised:
        return raised


def test_exceptions_are_in_the_line_with_their_place(written: Any) -> None:
    structlog.get_logger().error("x", exc_info=failing(RuntimeError("no relay")))
    [line] = written()
    assert line["exception"].startswith("builtins.RuntimeError: no relay")
    assert "test_logging.py" in line["exception"]


def test_exceptions_that_quote_data_do_not_speak(written: Any) -> None:
    cause = failing(ValueError("139 0000 0000"))
    error = IntegrityError("INSERT", {"email": "a@b.cn"}, cause)
    error.__cause__ = cause
    log = structlog.get_logger()
    for quoting in (error, KeyError("a@b.cn"), Conflict(code="gate_closed", detail="a@b.cn")):
        log.error("x", exc_info=failing(quoting))
    lines_written = written()
    assert "a@b.cn" not in str(lines_written)
    assert "139 0000 0000" not in str(lines_written)
    assert "IntegrityError" in lines_written[0]["exception"]
    assert "ValueError" in lines_written[0]["exception"]
    assert lines_written[2]["exception"].startswith("shared.kernel.errors.Conflict: gate_closed")
