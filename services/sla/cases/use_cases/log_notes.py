"""What rules could not work out goes to the log after they ran."""

from collections.abc import Iterable

from services.sla.cases.rules import Case, Note
from shared.platform.observability.logging import logger


def log_notes(case: Case, notes: Iterable[Note]) -> None:
    """One warning per note, with the case's id."""
    for note in notes:
        fields = {"cite": note.cite, "clock_id": note.clock_id}
        known = {name: value for name, value in fields.items() if value is not None}
        logger().warning(note.name, case_id=case.case_id, reason=note.reason, **known)
