"""`ledger`: balances of accounts on the case."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final

from operate.scenarios.compare import subset
from operate.scenarios.difference import Difference
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Amount
from operate.scenarios.verb import PackName
from shared.kernel.money import Money


async def _differences(wanted: Mapping[str, str], view: View) -> AsyncIterator[Difference]:
    balances: dict[str, Money] = {}
    for posting in await view.of_case("settlement", "ledger"):
        amount = Money(minor=posting["amount"]["minor"], currency=posting["amount"]["currency"])
        so_far = balances.get(posting["account"], Money(minor=0, currency=amount.currency))
        balances[posting["account"]] = so_far + amount
    nothing = view.session.money("0")
    for account, amount_text in wanted.items():
        came = balances.get(account, nothing).text()
        for difference in subset(f"ledger.{account}", view.session.money(amount_text).text(), came):
            yield difference


def _pack_names(wanted: Mapping[str, str]) -> Iterator[PackName]:
    return (PackName(kind="account", path=(account,), id=account) for account in wanted)


EXPECTATION: Final = Expectation(
    name="ledger",
    type=dict[str, Amount],
    about="case",
    meaning="by account: its balance on this case (debit positive); 0 for an account without postings",
    differences=_differences,
    pack_names=_pack_names,
)
