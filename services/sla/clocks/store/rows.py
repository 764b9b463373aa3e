"""Clocks, targets and breaches as rows and back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from services.sla.calendars.rules.counting import Pause
from services.sla.clocks.rules.clock import Breach, Clock, Mark, Severity, Status, Target, Why
from services.sla.clocks.store.tables import CLOCK
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.text import Text

_AS_TEXT: Final = frozenset({"org_id", "clock_id", "case_id", "extension_id", "calendars", "pauses"})
_NAMES: Final = tuple(column.name for column in CLOCK.c)
CLOCK_COLUMNS: Final = ", ".join(f"clock.{name}::text" if name in _AS_TEXT else f"clock.{name}" for name in _NAMES)
"""What `clock_of` reads."""


def recordset(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as the parameter of `jsonb_populate_recordset`."""
    return orjson.dumps(rows).decode()


def clock_of(columns: Sequence[Any], breaches: tuple[Breach, ...]) -> Clock:
    """The clock of a row."""
    row = dict(zip(_NAMES, columns, strict=True))
    return Clock(
        org=OrgId(row["org_id"]),
        case_id=CaseId(row["case_id"]),
        clock_id=row["clock_id"],
        rule=row["rule"],
        start_seq=row["start_seq"],
        label=Text(zh=row["label_zh"], en=row["label_en"]),
        cite=row["cite"],
        severity=Severity(row["severity"]),
        started_at=row["started_at"],
        status=Status(row["status"]),
        target=_target(row) if row["gen"] else None,
        calendars=orjson.loads(row["calendars"]),
        version=row["version"],
        stopped_at=row["stopped_at"],
        stopped_by=row["stopped_by"],
        pauses=tuple(_pause(pause) for pause in orjson.loads(row["pauses"])),
        breaches=breaches,
    )


def _target(row: Mapping[str, Any]) -> Target:
    return Target(
        generation=row["gen"],
        goal=row["goal"],
        cite=row["target_cite"],
        due_at=row["due_at"],
        original_due_at=row["original_due_at"],
        warn_at=tuple(row["warn_at"]),
        set_at=row["target_set_at"],
        why=Why(row["why"]),
        extension_id=row["extension_id"],
        stated=row["stated"],
        granted_due_at=row["granted_due_at"],
    )


def clock_values(clock: Clock) -> dict[str, object]:
    """The row of a clock."""
    target = clock.target
    return {
        "org_id": clock.org,
        "clock_id": clock.clock_id,
        "case_id": clock.case_id,
        "rule": clock.rule,
        "start_seq": clock.start_seq,
        "label_zh": clock.label.zh,
        "label_en": clock.label.en,
        "cite": clock.cite,
        "severity": clock.severity.value,
        "calendars": clock.calendars,
        "status": clock.status.value,
        "started_at": clock.started_at,
        "stopped_at": clock.stopped_at,
        "stopped_by": clock.stopped_by,
        "version": clock.version,
        "gen": target.generation if target else 0,
        "goal": target.goal if target else None,
        "target_cite": target.cite if target else None,
        "due_at": target.due_at if target else None,
        "original_due_at": target.original_due_at if target else None,
        "warn_at": list(target.warn_at) if target else [],
        "target_set_at": target.set_at if target else None,
        "why": target.why.value if target else None,
        "extension_id": target.extension_id if target else None,
        "stated": target.stated if target else None,
        "granted_due_at": target.granted_due_at if target else None,
        "pauses": [_pause_value(pause) for pause in clock.pauses],
    }


def target_values(clock: Clock, target: Target) -> dict[str, object]:
    """The row that keeps a target of a clock."""
    return {
        "org_id": clock.org,
        "clock_id": clock.clock_id,
        "gen": target.generation,
        "goal": target.goal,
        "cite": target.cite,
        "due_at": target.due_at,
        "original_due_at": target.original_due_at,
        "set_at": target.set_at,
        "why": target.why.value,
        "extension_id": target.extension_id,
        "stated": target.stated,
    }


def breach_values(clock: Clock, breach: Breach) -> dict[str, object]:
    """The row of a breach."""
    return {
        "org_id": clock.org,
        "clock_id": clock.clock_id,
        "due_at": breach.due_at,
        "breached_at": breach.breached_at,
        "mark": breach.mark.value,
        "reason": breach.reason,
        "marked_by": breach.marked_by,
    }


def breach_of(due_at: datetime, breached_at: datetime, mark: str, reason: str, marked_by: str) -> Breach:
    """The breach of a row."""
    return Breach(due_at=due_at, breached_at=breached_at, mark=Mark(mark), reason=reason, marked_by=marked_by)


def _pause(stored: dict[str, Any]) -> Pause:
    until = stored["until_at"]
    return Pause(
        from_at=datetime.fromisoformat(stored["from_at"]),
        until_at=datetime.fromisoformat(until) if until else None,
        event=stored["event"],
        ended_by=stored.get("ended_by", ""),
    )


def _pause_value(pause: Pause) -> dict[str, str | None]:
    return {
        "from_at": pause.from_at.astimezone(UTC).isoformat(),
        "until_at": pause.until_at.astimezone(UTC).isoformat() if pause.until_at else None,
        "event": pause.event,
        "ended_by": pause.ended_by,
    }
