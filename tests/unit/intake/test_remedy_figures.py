"""Papers and conditions read what a remedy says beside its amount."""

from services.intake.copies.rules import Figure
from services.intake.dossier.rules.dossier import Dossier, context
from shared.kernel.actor import Actor
from shared.kernel.money import Money
from shared.kernel.text import Text
from shared.packs.language.expression import Expression
from tests.unit.intake.builders import RECEIVED, a_case, a_remedy, laigang

PAYS = Figure(
    label=Text(zh="客户应付", en="The customer pays"), value="600.00", amount=Money(minor=60_000, currency="CNY")
)
TONNES = Figure(label=Text(zh="吨数", en="Tonnes"), value="3.5", unit="t")


def test_a_paper_takes_its_figure_from_the_remedy() -> None:
    remedy = a_remedy("accepted", figures={"customer_pays": PAYS, "tonnes": TONNES})
    seen = context(
        Dossier(case=a_case(), remedies=(remedy,)),
        laigang(),
        actor=Actor(subject="wang", roles=frozenset()),
        now=RECEIVED,
    )
    accepted = "filter(remedies, #.state == 'accepted')[0].figures"
    assert Expression(f"{accepted}.customer_pays.amount_minor").integer(seen) == 60_000
    assert Expression(f"number({accepted}.tonnes.value)").decimal(seen).as_tuple().digits == (3, 5)
    assert Expression(f"{accepted}.tonnes.amount_minor == null").holds(seen)


def test_a_condition_reads_everything_that_a_remedy_says() -> None:
    remedy = a_remedy("executed", quantity="3.5", returned="2", figures={"customer_pays": PAYS, "tonnes": TONNES})
    seen = context(Dossier(case=a_case(), remedies=(remedy,)), laigang(), actor=Actor(subject="wang"), now=RECEIVED)
    assert seen["remedies"] == [
        {
            "remedy": "price_difference",
            "mode": "money",
            "state": "executed",
            "amount_minor": 2_100_000,
            "currency": "CNY",
            "quantity": "3.5",
            "returned": "2",
            "figures": {
                "customer_pays": {"value": "600.00", "amount_minor": 60_000, "unit": None},
                "tonnes": {"value": "3.5", "amount_minor": None, "unit": "t"},
            },
        }
    ]
