"""Of effects outside: money and mails, against what the ERP and the mail server have in their books."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from tests.chaos.suite.books import Books, Payout
from tests.chaos.suite.invariants.counting import doubled, uneven

_OVER: Final = frozenset({"sent", "outcome_unknown", "skipped"})
"""Told, perhaps told (which a person finds out), or out of date when its turn came."""


def payments_are_executed_remedies(books: Books) -> Iterator[str]:
    """One payment stands in the ERP's book for each executed remedy, of its amount, and no other."""
    standing: Counter[tuple[str, int, str]] = Counter()
    for payment in books.payments:
        standing[payment.key, payment.minor, payment.currency] += 1 if payment.kind == "payment" else -1
    executed: Counter[tuple[str, int, str]] = Counter(
        (each.payout_id, each.minor, each.currency) for each in books.payouts if _is_executed(each)
    )
    for place in uneven(standing, executed):
        yield f"payout {place}: {standing[place]} payments stand for {executed[place]} executed remedies"
    for (remedy_id,), count in doubled((each.remedy_id,) for each in books.payouts):
        yield f"remedy {remedy_id} has {count} payouts"
    for each in books.payouts:
        if not _is_executed(each):
            yield f"payout {each.payout_id} is {each.state}, its remedy {each.remedy_state}"


def ledger_is_zero(books: Books) -> Iterator[str]:
    """Every entry of the ledger sums to zero in each currency; each executed remedy has one entry, no other has any."""
    sums: Counter[tuple[str, str]] = Counter()
    entries: defaultdict[str, set[str]] = defaultdict(set)
    for posting in books.ledger:
        sums[posting.entry_id, posting.currency] += posting.minor
        entries[posting.remedy_id].add(posting.entry_id)
    yield from (f"entry {entry} sums to {total} {currency}" for (entry, currency), total in sums.items() if total)
    executed = {each.remedy_id for each in books.payouts if _is_executed(each)}
    for remedy_id in sorted(executed | entries.keys()):
        if len(entries[remedy_id]) != int(remedy_id in executed):
            yield f"remedy {remedy_id} has {len(entries[remedy_id])} entries"


def messages_are_told_once(books: Books) -> Iterator[str]:
    """There is one message for each identity, and it is over."""
    for identity, count in doubled(message.identity for message in books.messages):
        yield f"message {identity} exists {count} times"
    for message in books.messages:
        if message.state not in _OVER:
            yield f"message {message.message_id} ({message.rule}) of case {message.case_id} is {message.state}"


def mails_are_of_messages(books: Books) -> Iterator[str]:
    """A message that was told is one mail; one more may be there for each attempt whose outcome was not known."""
    messages = {message.message_id: message for message in books.messages if message.channel == "email"}
    yield from (f"mail {message_id} is of no message" for message_id in sorted(books.mails.keys() - messages.keys()))
    for message_id, message in messages.items():
        told, count = int(message.state == "sent"), books.mails.get(message_id, 0)
        if not told <= count <= told + message.unknown:
            yield f"message {message_id} ({message.state}, {message.unknown} attempts unknown) is {count} mails"


def _is_executed(payout: Payout) -> bool:
    return payout.state == payout.remedy_state == "executed"
