"""How long what belongs to a case is kept, and who may have it erased afterwards."""

from typing import Annotated

from pydantic import Field

from shared.kernel.text import Text
from shared.packs.intake.model.workflow import NumberPattern
from shared.packs.language.citations import Cite
from shared.packs.language.durations import DayDuration
from shared.packs.language.section import Section
from shared.packs.language.types import EventName, Expr, Ident


class Retention(Section):
    """How long cases are kept. Nothing is purged by itself: when the time is over, a case may be purged on request.

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
