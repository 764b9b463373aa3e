"""How long what belongs to a case is kept, and who may have it erased afterwards."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from shared.kernel.text import Text
from shared.packs.intake.workflow import NumberPattern
from shared.packs.language.durations import DayDuration
from shared.packs.language.section import Section
from shared.packs.language.types import Cite, EventName, Expr, Ident, Placed

if TYPE_CHECKING:
    from shared.packs.intake.model import IntakeSection


class Retention(Section):
    """How long cases are kept. Nothing goes by itself: when the time is over, somebody may have a case purged.

    A purge erases personal facts, parties, the contact, the description, references to customer and order, the
    files, and the contents of papers, records and visits. It leaves number, type, dates, the other facts and a
    numbered certificate of what went.
    """

    id: Ident
    """Its name, told on the certificate."""
    label: Text
    """What people read."""
    cite: Cite
    case_types: tuple[Ident, ...] = ()
    """All case types when empty; a case type is kept by one rule."""
    from_: Annotated[EventName, Field(alias="from")]
    """The milestone from whose day (in the pack's zone) the time counts; of several the last."""
    keep: DayDuration
    """Days, weeks, months or years. Archived on 2026-03-05 and kept 1 year: may go from 2027-03-05, 00:00."""
    hold_when: Expr | None = None
    """While this holds for the case, it may not go (important files, a lawsuit)."""
    roles: Annotated[tuple[Ident, ...], Field(min_length=1)]
    """Who may have it purged."""
    number: NumberPattern = "PC-{yyyy}-{seq:5}"
    """Numbers of the certificates."""


def names(section: "IntakeSection") -> Iterator[tuple[str, Placed]]:
    """Names that must exist, each with its kind."""
    for i, rule in enumerate(section.retention):
        yield "events", (("retention", i, "from"), rule.from_)
        yield from (("roles", (("retention", i, "roles", j), role)) for j, role in enumerate(rule.roles))
        yield from (("case_types", (("retention", i, "case_types", j), name)) for j, name in enumerate(rule.case_types))


def faults(section: "IntakeSection") -> Iterator[Placed]:
    """Case types that two rules keep."""
    kept: dict[str, str] = {}
    for i, rule in enumerate(section.retention):
        for name in rule.case_types or tuple(section.case_types_by_id):
            if name in kept:
                yield ("retention", i, "case_types"), f"{name} is kept by {kept[name]} already"
            kept.setdefault(name, rule.id)


def findings(section: "IntakeSection") -> Iterator[Placed]:
    """Case types that no rule keeps, where the pack keeps others."""
    kept = {name for rule in section.retention for name in (rule.case_types or section.case_types_by_id)}
    if section.retention:
        for i, case_type in enumerate(section.case_types):
            if case_type.id not in kept:
                yield ("case_types", i, "id"), f"no rule says how long {case_type.id} is kept, so it is never purged"
