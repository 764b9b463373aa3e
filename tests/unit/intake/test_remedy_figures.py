"""Papers and conditions read what a remedy says beside its amount."""

from services.intake.dossier.rules.dossier import Dossier, context
from shared.contracts.envelope import MoneyV1, TextV1
from shared.contracts.settlement import FigureV1
from shared.kernel.actor import Actor
from shared.packs.language.expression import Expression
from tests.unit.intake.builders import RECEIVED, a_case, a_remedy, laigang

PAYS = FigureV1(label=TextV1(zh="客户应付", en="The customer pays"), value="600.00", amount=MoneyV1(minor=60_000))
TONNES = FigureV1(label=TextV1(zh="吨数", en="Tonnes"), value="3.5", unit="t")


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
