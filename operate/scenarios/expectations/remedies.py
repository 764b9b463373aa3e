"""`remedies`: remedies of the case, found by their ids in the pack."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Annotated, Any, Final

from operate.scenarios.compare import named
from operate.scenarios.difference import Difference
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Amount, Strict, Text, one_of
from operate.scenarios.verb import PackName
from shared.contracts.catalogue import CATALOGUE
from shared.kernel.money import Money

STATES: Final = tuple(dict.fromkeys(e.state for e in CATALOGUE if e.state and e.name.startswith("remedy.")))


class RemedyExpectation(Strict):
    """One remedy of the case."""

    state: Annotated[str, one_of(*STATES)] | None = None
    amount: Amount | None = None
    quantity: Text | None = None
    cite: str | None = None


async def _differences(wanted: Mapping[str, RemedyExpectation], view: View) -> AsyncIterator[Difference]:
    items = await view.of_case("settlement", "remedies")
    shown = {
        item["remedy"]: {
            **item,
            "amount": Money(minor=item["amount"]["minor"], currency=item["amount"]["currency"]).text(),
        }
        for item in items
    }
    asked: dict[str, dict[str, Any]] = {}
    for name, remedy in wanted.items():
        asked[name] = remedy.model_dump(exclude_none=True)
        if remedy.amount is not None:
            asked[name]["amount"] = view.session.money(remedy.amount).text()
    for difference in named("remedy", asked, shown, element="settlement.remedies"):
        yield difference


def _pack_names(wanted: Mapping[str, RemedyExpectation]) -> Iterator[PackName]:
    return (PackName(kind="remedy", path=(name,), id=name) for name in wanted)


EXPECTATION: Final = Expectation(
    name="remedies",
    type=dict[str, RemedyExpectation],
    about="case",
    meaning="by remedy id: `state`, `amount`, `quantity`, `cite`",
    differences=_differences,
    pack_names=_pack_names,
)
