"""Exceptions to four eyes: amounts of their currency, and roles that approve such amounts at all."""

from collections.abc import Iterator

from shared.kernel.money import exponent
from shared.packs.language.types import Placed
from shared.packs.settlement.model.approval import DEFAULT_CURRENCY, OwnApproval, row_up_to, rows_in, table_for
from shared.packs.settlement.model.section import SettlementSection


def own_approval_errors(section: SettlementSection) -> Iterator[Placed]:
    """A limit that is no amount above zero in its currency."""
    for i, exception in enumerate(section.own_approval):
        currency = exception.currency or DEFAULT_CURRENCY
        digits = exponent(currency)
        if exception.up_to <= 0:
            yield ("own_approval", i, "up_to"), "an exception for no amount is none: leave it out"
        if exception.up_to != round(exception.up_to, digits):
            yield ("own_approval", i, "up_to"), f"{currency} has {digits} decimals"


def own_approval_warnings(section: SettlementSection) -> Iterator[Placed]:
    """An exception that nothing falls under, because the approval table asks other roles for such amounts."""
    for i, exception in enumerate(section.own_approval):
        if not any(set(exception.roles) & roles for roles in _approvers(section, exception)):
            message = "no row of the approval table for such amounts names one of these roles, so it is never used"
            yield ("own_approval", i, "roles"), message


def _approvers(section: SettlementSection, exception: OwnApproval) -> Iterator[set[str]]:
    """The roles of each row that an amount up to the limit may fall into."""
    currency = exception.currency or DEFAULT_CURRENCY
    types = exception.case_types or ("", *sorted({name for row in section.approval for name in row.case_types}))
    for remedy in section.remedies:
        for case_type in types:
            if not exception.is_for(remedy=remedy.id, case_type=case_type, currency=remedy.currency):
                continue
            rows = rows_in(table_for(section.approval, remedy=remedy.id, case_type=case_type), currency)
            last = row_up_to(rows, exception.up_to)
            for row in rows:
                yield {*row.roles, *row.instead}
                if row is last:
                    break
