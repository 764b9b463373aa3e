"""Balances: units and limits that are missing, rests that go nowhere, bookings that say nothing or two things."""

from collections.abc import Iterator

from shared.packs.intake.model.balances import Balance, Books
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.expression import Expression, ExpressionFailed
from shared.packs.language.types import Placed


def balance_errors(balance: Balance) -> Iterator[Placed]:
    """Keys that are missing or contradict each other."""
    if (balance.currency is None) == (balance.unit is None):
        yield ("unit",), "write `currency` for money or `unit` for a quantity"
    if balance.limit is None and not balance.may_exceed:
        yield ("limit",), "write `limit`, or `may_exceed: true` for an account that is not limited"
    if balance.carry_over is not None and balance.every is None:
        yield ("carry_over",), "an account without periods has no next one; write `every`"
    if balance.carry_over is not None and balance.limit is None:
        yield ("carry_over",), "without a `limit` nothing is left to move"
    if balance.carry_over is not None and balance.may_exceed:
        yield ("carry_over",), "what may be exceeded leaves no rest"
    if balance.limit is not None and any(variable[0] == "facts" for variable in balance.limit.variables):
        yield ("limit",), "sees standing facts alone, as limits of earlier periods are computed too"
    most = None if balance.carry_over is None else balance.carry_over.most
    if most is not None and any(variable[0] == "facts" for variable in most.variables):
        yield ("carry_over", "most"), "sees standing facts and `period` alone, as earlier periods are computed too"
    if most is not None and not most.variables and not _is_amount(most, of_money=balance.currency is not None):
        yield ("carry_over", "most"), "is above 0, and whole minor units of a currency"


def _is_amount(written: Expression, *, of_money: bool) -> bool:
    """Whether a number that is written as such may move on."""
    try:
        amount = written.decimal({})
    except ExpressionFailed:
        return False
    return amount > 0 and (not of_money or amount == amount.to_integral_value())


def books_errors(books: Books) -> Iterator[Placed]:
    """Neither an amount nor a reversal, or both."""
    if (books.amount is None) != books.reverses:
        yield ("amount",), "write `amount`, or `reverses: true` to give back what the case has booked"


def balance_warnings(section: IntakeSection) -> Iterator[Placed]:
    """Balances on which nothing is booked. An account that only is booked is kept for those who look it up."""
    booked = {item.balance for step in section.steps for item in step.books}
    for i, balance in enumerate(section.balances):
        if balance.id not in booked:
            yield ("balances", i, "id"), f"no step books on {balance.id}"
