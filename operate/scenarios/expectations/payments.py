"""`payments`: what the ERP has paid for the organisation and what did not come back."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from pydantic import Discriminator, Tag

from operate.scenarios.compare import subset
from operate.scenarios.difference import Difference, differing
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Amount, ListMatch, Strict
from shared.kernel.money import Money


class AmountMatch(ListMatch):
    """Amounts that were booked among others, or how many were."""

    contains: list[Amount] | None = None


Amounts = Annotated[
    Annotated[list[Amount], Tag("list")] | Annotated[AmountMatch, Tag("match")],
    Discriminator(lambda value: "match" if isinstance(value, dict | ListMatch) else "list"),
]


class PaymentExpectation(Strict):
    """What the ERP has paid for this organisation, without what is pending or came back."""

    amounts: Amounts


async def _differences(wanted: PaymentExpectation, view: View) -> AsyncIterator[Difference]:
    url = f"{view.session.stack.erp}/payments"
    page = await view.session.sink(url, params={"organisation": view.session.organisation})
    paid = [item for item in page["payments"] if item["status"] == "paid"]
    came = [Money(minor=item["amount_minor"], currency=item["currency"]).text() for item in paid]
    if isinstance(wanted.amounts, AmountMatch):
        match = wanted.amounts.model_dump(exclude_none=True)
        if wanted.amounts.contains is not None:
            match["contains"] = [view.session.money(amount).text() for amount in wanted.amounts.contains]
        for difference in subset("ERP payments", match, came):
            yield difference
        return
    asked = [view.session.money(amount).text() for amount in wanted.amounts]
    if came != asked:
        yield differing("ERP payments", asked, came)


EXPECTATION: Final = Expectation(
    name="payments",
    type=PaymentExpectation,
    about="organisation",
    meaning="`{amounts: [...]}`: what the ERP has paid for this organisation and what did not come back, in order",
    differences=_differences,
)
