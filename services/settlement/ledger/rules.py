"""Double entry: every entry's lines sum to zero, debits positive and credits negative. Nothing is ever changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.settlement.domain.errors import LedgerUnbalanced
from services.settlement.domain.quote import Split
from shared.kernel.money import Money
from shared.packs.settlement.model import Posting


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One account's part of an entry; a debit is positive."""

    account: str
    amount: Money
    cite: str


def lines(postings: Sequence[Posting], *, gross: Money, split: Split | None) -> tuple[Line, ...]:
    """The lines of one entry, one per account, in the order of the postings. Raises LedgerUnbalanced."""
    found: dict[str, Line] = {}
    for posting in postings:
        amount = _part(posting, gross, split)
        for account, signed in ((posting.debit, amount), (posting.credit, -amount)):
            before = found.get(account)
            total = signed if before is None else before.amount + signed
            found[account] = Line(account=account, amount=total, cite=posting.cite)
    booked = tuple(line for line in found.values() if line.amount.minor != 0)
    require_balance(booked)
    return booked


def require_balance(booked: Sequence[Line]) -> None:
    """Raise LedgerUnbalanced unless the lines sum to zero in one currency."""
    if len({line.amount.currency for line in booked}) > 1 or sum(line.amount.minor for line in booked) != 0:
        raise LedgerUnbalanced


def _part(posting: Posting, gross: Money, split: Split | None) -> Money:
    if posting.amount == "gross":
        return gross
    if split is None:
        raise LedgerUnbalanced(detail="net or tax is posted, but nothing was split")
    return split.net if posting.amount == "net" else split.tax
