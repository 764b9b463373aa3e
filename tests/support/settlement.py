"""A case, the remedies of a pack and a remedy in any state, for the tests of settlement."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from services.settlement.calculation.rules.quote import make_quote
from services.settlement.cases.rules import Case, Document
from services.settlement.remedies.rules.remedy import Remedy
from services.settlement.remedies.rules.states import State
from services.settlement.remedies.rules.withdrawal import Withdrawal
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.text import Text
from shared.packs.language.yaml_reader import read_yaml
from shared.packs.publishing.load import ROOT
from shared.packs.settlement.model.section import Remedy as Rule
from shared.packs.settlement.model.section import SettlementSection

ORG = OrgId("01890a5d-ac96-774b-bcce-b302099a8057")
CASE_ID = CaseId("01890a5d-ac96-774b-bcce-b302099a8058")
NOON = datetime(2026, 3, 6, 4, tzinfo=UTC)
NOTICE_ID = "01890a5d-ac96-774b-bcce-b302099a8061"
WITHDRAWAL = Withdrawal(
    step="correct_weight",
    reason=Text(zh="重量已更正", en="The weight was corrected"),
    cite="X-7 Art.7",
    at=NOON,
    found=State.OFFERED,
)
"""What a step said that ended an offered remedy."""
PRICES: dict[str, Any] = {
    "contract_price": "4200.00",
    "downgraded_price": "3850.00",
    "quantity": "60",
    "customer_consent": True,
}


@cache
def documents() -> dict[str, Any]:
    """The settlement document of the steel pack, as its file says."""
    text = (ROOT / "laigang" / "settlement.yaml").read_text(encoding="utf-8")
    node, faults = read_yaml(text, file="settlement.yaml")
    assert not faults
    plain: dict[str, Any] = node.plain()  # type: ignore[assignment]
    return plain


@cache
def section() -> SettlementSection:
    return SettlementSection.parse(documents())


def rule(name: str) -> Rule:
    found = section().remedy(name)
    assert found is not None
    return found


def a_notice(amount_minor: int | None = 2_100_000, *, state: str = "final") -> Document:
    return Document(
        document_id=NOTICE_ID,
        template="result_notice",
        number="TZ-2026-00001",
        state=state,
        fields={"amount_minor": amount_minor},
    )


def a_case(*documents: Document, **facts: Any) -> Case:
    return Case(
        org=ORG,
        case_id=CASE_ID,
        number="QO-202603-00001",
        case_type="quality_objection",
        customer_ref="C-1",
        pack="laigang",
        policy_version=1,
        facts={"quantity_t": "60", "origin": "confirmed", **facts},
        milestones=("case.registered", "case.accepted"),
        documents=documents,
    )


def a_remedy(name: str = "price_difference", *, state: State = State.QUOTED, **changes: Any) -> Remedy:
    raw: Any = {
        "price_difference": PRICES,
        "money_compensation": {"agreed_amount": "36000.00"},
        "physical_replacement": {"quantity": "30", "unit_price": "4200.00"},
    }[name]
    remedy = Remedy(
        org=ORG,
        case_id=CASE_ID,
        remedy_id="01890a5d-ac96-774b-bcce-b302099a8070",
        remedy=name,
        mode=rule(name).mode,
        cite=rule(name).cite,
        state=state,
        quote=make_quote(rule(name), case=a_case(), raw=raw),
        quoted_at=NOON,
        expires_at=NOON + timedelta(days=30),
        version=1,
    )
    return replace(remedy, **changes)
