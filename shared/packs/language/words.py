"""What a pack adds to the language of expressions: where its days begin, and the words that it defines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from shared.packs.language.expression_dates import with_dates
from shared.packs.language.expression_formulas import Formula, spelled
from shared.packs.language.expression_tables import Table, with_tables
from shared.packs.language.expression_units import with_units
from shared.packs.language.expression_working_days import CalendarOf, no_calendar, with_working_days

UTC: Final = "UTC"


@dataclass(frozen=True, kw_only=True)
class Words:
    """The zone of `pack.yaml`, its formulas (`define`) and tables, and the calendars of `sla.yaml`.

    What an expression means depends on them.
    """

    zone: str = UTC
    formulas: Mapping[str, Formula] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    calendar: CalendarOf = no_calendar

    def spelled(self, source: str) -> str:
        """`source` with its formulas written out. Raises ExpressionInvalid."""
        return spelled(source, self.formulas)

    def written(self, source: str) -> str:
        """What the engine compiles of an expression whose formulas are written out. Raises ExpressionInvalid."""
        counted = with_working_days(with_tables(with_units(source), self.tables), self.calendar)
        return with_dates(counted, zone=self.zone)

    @cached_property
    def units(self) -> Mapping[str, int]:
        """The work of one call of each table, as `expression_cost` counts it."""
        return {name: table.units for name, table in self.tables.items()}


PLAIN: Final = Words()
"""No words but those of the language; days begin in UTC."""
