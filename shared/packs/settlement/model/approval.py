"""The approval table: who approves up to which amount, for which remedies and types of cases."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field

from shared.packs.language.citations import Cite
from shared.packs.language.section import Section
from shared.packs.language.types import Currency, DecimalText, Ident

DEFAULT_CURRENCY: Final = "CNY"


class Approval(Section):
    """Who approves amounts up to `up_to` (inclusive, major units; none: without limit).

    Amounts of different currencies are never compared: a limit counts for remedies in its own currency only.
    All of `roles` approve, each a person of its own; or one of `instead` alone, whose authority reaches further.
    Rows that name the same `remedies` and `case_types` are a table of their own, with limits that rise and a last row
    without limit; for a remedy of a case the table counts that names most about it (both, one of them, nothing).
    """

    remedies: Annotated[tuple[Ident, ...], Field(max_length=50)] = ()
    """The remedies that the row is for; all when empty."""
    case_types: Annotated[tuple[Ident, ...], Field(max_length=50)] = ()
    """The types of cases that it is for; all when empty."""
    up_to: DecimalText | None
    """Major units, inclusive; null: without limit (the last row of each currency)."""
    currency: Currency | None = None
    """The currency of `up_to`; left out, that of pack.yaml. A row without limit that names none takes the amounts of
    every currency that has no row without limit of its own.
    """
    roles: Annotated[tuple[Ident, ...], Field(min_length=1, max_length=8)]
    """All of them approve, each a person of its own."""
    instead: Annotated[tuple[Ident, ...], Field(max_length=8)] = ()
    """One of these alone suffices."""
    cumulative: Ident | None = None
    """A look whose sum is added to the amount before it is compared with this row's limit; each row has its own, or
    none. Of the rows the first that fits is taken. The looks are taken when the remedy is quoted, offered, accepted and
    approved, and the newest counts. While one is null, no row fits that adds it and has a limit.
    """
    cite: Cite

    @property
    def table(self) -> tuple[frozenset[str], frozenset[str]]:
        """The remedies and case types that it names: what the rows of one table have in common."""
        return frozenset(self.remedies), frozenset(self.case_types)


class OwnApproval(Section):
    """An exception to four eyes: who may approve a remedy of a case that they handled themselves, up to an amount.

    The approval row still says which roles approve, each a person of its own. Each use is kept with the approval.
    """

    roles: Annotated[tuple[Ident, ...], Field(min_length=1, max_length=8)]
    """The roles of the approval row in which it may be done."""
    up_to: DecimalText
    """Major units, inclusive. Above it, and for goods whose worth is unknown, four eyes hold."""
    currency: Currency | None = None
    """The currency of `up_to`; left out, that of pack.yaml. Amounts of other currencies are never compared with it."""
    remedies: Annotated[tuple[Ident, ...], Field(max_length=50)] = ()
    """The remedies that it is for; all when empty."""
    case_types: Annotated[tuple[Ident, ...], Field(max_length=50)] = ()
    """The types of cases that it is for; all when empty."""
    cite: Cite

    def is_for(self, *, remedy: str, case_type: str, currency: str) -> bool:
        """Whether it speaks of the remedy, of such cases and of amounts in the currency."""
        named = remedy in (self.remedies or (remedy,)) and case_type in (self.case_types or (case_type,))
        return named and (self.currency or DEFAULT_CURRENCY) == currency


def table_for(rows: Sequence[Approval], *, remedy: str, case_type: str) -> tuple[Approval, ...]:
    """The rows of the approval table that counts for a remedy of a case: the one that names most about it."""

    def named(row: Approval) -> int:
        return bool(row.remedies) + bool(row.case_types)

    fit = [
        row for row in rows if remedy in (row.remedies or (remedy,)) and case_type in (row.case_types or (case_type,))
    ]
    first = max(fit, key=named, default=None)
    return tuple(row for row in fit if first is not None and row.table == first.table)


def rows_in(rows: Sequence[Approval], currency: str) -> tuple[Approval, ...]:
    """The rows of the approval table that an amount in `currency` may fall into, in their order."""
    has_own_end = any(row.up_to is None and row.currency == currency for row in rows)

    def takes(row: Approval) -> bool:
        if row.up_to is None and row.currency is None:
            return not has_own_end
        return (row.currency or DEFAULT_CURRENCY) == currency

    return tuple(row for row in rows if takes(row))


def row_up_to(rows: Sequence[Approval], worth: Decimal) -> Approval | None:
    """The first row whose limit is not below `worth`, in major units; None when all are."""
    return next((row for row in rows if row.up_to is None or worth <= row.up_to), None)
