"""Double entry: the lines of an entry sum to zero, debits positive and credits negative; entries are never changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.settlement.calculation.rules.quote import Split
from shared.kernel.errors import ServiceError
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.money import Money
from shared.kernel.text import Text
from shared.packs.settlement.model.section import Posting


class LedgerUnbalanced(ServiceError):
    """Debits and credits of one entry differ. Never booked; a fault of the program."""

    code = "ledger_unbalanced"
    title = Text(en="A ledger entry does not balance", zh="分录借贷不平衡")


class EntryBookedAlready(ServiceError):
    """The one ledger entry of a payment, or of its reversal, exists; found by a unique key. A fault of the program."""

    code = "entry_booked_already"
    title = Text(en="The ledger entry exists already", zh="分录已存在")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One account's part of an entry; a debit is positive."""

    account: str
    amount: Money
    cite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The lines that one payment of a remedy books, or its reversal. `business_key` is booked once."""

    org: OrgId
    case_id: CaseId
    remedy_id: str
    business_key: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedLine:
    """One line as it is in the ledger."""

    entry_id: str
    case_id: str
    remedy_id: str
    business_key: str
    at: datetime
    number: int
    line: Line


def entry_lines(postings: Sequence[Posting], *, gross: Money, split: Split | None) -> tuple[Line, ...]:
    """The lines of one entry, one per account, in the order of the postings. Raises LedgerUnbalanced."""
    found: dict[str, Line] = {}
    for posting in postings:
        amount = _part(posting, gross, split)
        for account, signed in ((posting.debit, amount), (posting.credit, -amount)):
            before = found.get(account)
            total = signed if before is None else before.amount + signed
            found[account] = Line(account=account, amount=total, cite=posting.cite)
    lines = tuple(line for line in found.values() if line.amount.minor != 0)
    require_balance(lines)
    return lines


def executed_key(payout_id: str) -> str:
    """The business key of a payment's entry."""
    return f"payout:{payout_id}:executed"


def reversed_entry(booked: Sequence[BookedLine], *, org: OrgId, case_id: CaseId, payout_id: str) -> Entry | None:
    """The entry that takes back what a payment booked, line by line; None where it booked nothing."""
    taken = [line for line in booked if line.business_key == executed_key(payout_id)]
    if not taken:
        return None
    lines = tuple(replace(each.line, amount=-each.line.amount) for each in taken)
    require_balance(lines)
    key = f"payout:{payout_id}:reversed"
    return Entry(org=org, case_id=case_id, remedy_id=taken[0].remedy_id, business_key=key, lines=lines)


def require_balance(lines: Sequence[Line]) -> None:
    """Raise LedgerUnbalanced unless the lines sum to zero in one currency."""
    if len({line.amount.currency for line in lines}) > 1 or sum(line.amount.minor for line in lines) != 0:
        raise LedgerUnbalanced


def _part(posting: Posting, gross: Money, split: Split | None) -> Money:
    if posting.amount == "gross":
        return gross
    if split is None:
        raise LedgerUnbalanced(detail="net or tax is posted, but nothing was split")
    return split.net if posting.amount == "net" else split.tax
