"""What a remedy says beside its amount stands on the case page."""

from datetime import timedelta

from shared.contracts import settlement
from shared.contracts.envelope import MoneyV1, TextV1
from shared.kernel.ids import new_id
from tests.integration.intake.conftest import START, Intake
from tests.integration.intake.test_journey import a_remedy


async def test_figures_of_a_remedy_stand_on_the_case_page(intake: Intake) -> None:
    case_id, remedy_id = await intake.register(), new_id()
    figures = {
        "customer_pays": settlement.FigureV1(
            label=TextV1(zh="客户应付承运人", en="The customer pays the carrier"),
            value="600.00",
            amount=MoneyV1(minor=60_000),
        ),
        "tonnes": settlement.FigureV1(label=TextV1(zh="吨数", en="Tonnes"), value="3.5", unit="t"),
    }
    facts = a_remedy(case_id, remedy_id, 0) | {"figures": figures}
    until = START + timedelta(days=7)
    await intake.hear(settlement.RemedyQuotedV1(**facts, expires_at=until), thing=remedy_id)

    (remedy,) = (await intake.page(case_id))["remedies"]

    assert remedy["amount"]["text"] == "0.00"
    assert remedy["figures"] == [
        {
            "id": "customer_pays",
            "label": {"zh": "客户应付承运人", "en": "The customer pays the carrier"},
            "value": "600.00",
            "amount": {"minor": 60_000, "currency": "CNY", "text": "600.00"},
            "unit": None,
        },
        {
            "id": "tonnes",
            "label": {"zh": "吨数", "en": "Tonnes"},
            "value": "3.5",
            "amount": None,
            "unit": "t",
        },
    ]
