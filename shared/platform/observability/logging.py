"""JSON log lines with the ids of the running request or event; only allow-listed keys pass.

Values are JSON strings, so a newline or an ANSI sequence cannot forge a line; control characters
are escaped and long values cut. Personal data has no key in the list and so cannot be logged.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import orjson
import structlog

from shared.platform.observability.context import current_or_none
from shared.platform.observability.failures import describe

ALLOWED: Final = frozenset({
    "event", "level", "timestamp", "service", "logger", "request_id", "correlation_id", "trace_id", "span_id",
    "org",
    "method", "route", "status", "code", "duration_ms", "subject",
    "case_id", "clock_id", "remedy_id", "message_id", "event_id", "event_type", "aggregate", "aggregate_id", "version",
    "topic", "partition", "offset", "group", "key", "job", "shard", "count", "attempt", "attempts", "delay_ms",
    "pack", "policy_version", "cite", "step", "state", "reason", "error", "error_type", "exception", "constraint",
    "host", "port", "role", "mode", "seconds", "loop", "revision", "dropped",
})  # fmt: skip
LONGEST_VALUE: Final = 2000

EventDict = MutableMapping[str, Any]


def _with_ids(_logger: object, _method: str, line: EventDict) -> EventDict:
    context = current_or_none()
    if context is not None:
        line.setdefault("correlation_id", context.correlation_id)
        line.setdefault("trace_id", context.trace_id)
        line.setdefault("span_id", context.span_id)
        if context.request_id is not None:
            line.setdefault("request_id", context.request_id)
        if context.org is not None:
            line.setdefault("org", context.org)
    return line


def _with_exception(_logger: object, _method: str, line: EventDict) -> EventDict:
    given = line.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        line["exception"] = describe(error)
    return line


def _only_allowed(_logger: object, _method: str, line: EventDict) -> EventDict:
    refused = [key for key in line if key not in ALLOWED]
    for key in refused:
        del line[key]
    if refused:
        line["dropped"] = sorted(refused)
    return line


def _render(_logger: object, _method: str, line: EventDict) -> bytes:
    return orjson.dumps({key: _bounded(value) for key, value in line.items()}, default=_named)


def _bounded(value: object) -> object:
    if isinstance(value, str) and not (len(value) <= LONGEST_VALUE and value.isprintable()):
        return value.encode("utf-8", "replace").decode()[:LONGEST_VALUE].translate(_ESCAPES)
    return value


_ESCAPES: Final = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A)}


def _named(value: object) -> str:
    return str(value)[:LONGEST_VALUE]


def configure(*, service: str, level: str) -> None:
    """Set up structlog and the standard library's root logger to write JSON lines to stdout."""
    number = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=processors(service),
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    logging.root.handlers = [_Forward()]
    logging.root.setLevel(max(number, logging.WARNING))


def processors(service: str) -> list[structlog.typing.Processor]:
    """The steps from a call to its line."""
    return [
        _with_ids,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_exception,
        _service_named(service),
        _only_allowed,
        _render,
    ]


def _service_named(service: str) -> structlog.typing.Processor:
    def add(_logger: object, _method: str, line: EventDict) -> EventDict:
        line["service"] = service
        return line

    return add


class _Forward(logging.Handler):
    """Writes the lines of libraries (uvicorn, aiokafka, SQLAlchemy) in the same form."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        fields: Mapping[str, Any] = {"logger": record.name, "reason": record.getMessage()}
        log.log(record.levelno, "library.message", exc_info=record.exc_info, **fields)


def logger() -> structlog.typing.FilteringBoundLogger:
    """The process's logger; call as `log.info("case.registered", case_id=…)`."""
    bound: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return bound
