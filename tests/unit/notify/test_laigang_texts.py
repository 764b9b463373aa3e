"""Laigang's own messages: polite in both languages, free of forbidden words, apologetic only where it is at fault."""

from datetime import timedelta
from typing import Any

import pytest

from services.notify.cases.rules import CaseEvent, Party
from services.notify.channels.registry import REGISTRY
from services.notify.planning.rules.plan import Planner
from services.notify.planning.rules.recipients import Recipients
from services.notify.planning.rules.render import Texts
from shared.packs.publishing.load import load_pack
from tests.support.notify_cases import EVENT_ID, NINE, a_case

SECTIONS = load_pack("laigang").valid()
PACK, INTAKE = SECTIONS.pack, SECTIONS.intake
SECTION = SECTIONS.notify
MONEY: dict[str, Any] = {"minor": 2_100_000, "currency": "CNY"}
OFFER: dict[str, Any] = {
    "amount": MONEY,
    "remedy": "price_difference",
    "mode": "money",
    "quantity": "60",
    "unit": "t",
    "cite": "LG-41 Art.41",
}
CLOCK: dict[str, Any] = {
    "clock": "cycle", "label": {"zh": "处理周期", "en": "Handling cycle"}, "cite": "LG-35c Art.35",
    "due_at": "2026-03-16T09:00:00Z", "original_due_at": "2026-03-16T09:00:00Z", "proposed_due_at": "2026-03-20T09:00:00Z",
}  # fmt: skip
NOTICE: dict[str, Any] = {
    "number": "TZ-2026-00001", "template": "result_notice", "state": "final", "recipients": ["finance", "production_unit"],
    "fields": {"amount_minor": 2_100_000, "mode": "price_difference", "quantity": "60", "order_ref": "SO-2026-0117"},
}  # fmt: skip


def told(
    event: str, *, locale: str = "zh-CN", facts: dict[str, Any] | None = None, **data: Any
) -> dict[str, tuple[str, str]]:
    """Subject and body by recipient."""
    case = a_case(
        number="QO-202603-00001", case_type="quality_objection", status="closed" if event == "case.closed" else "accepted",
        previous_status="registered", owner="objection_team", facts=facts or {"severity": "normal", "product": "热轧卷"},
    )  # fmt: skip
    customer = Party(role="customer", name="华东钢构", email="buyer@customer.example", phone=None, locale=locale)
    happened = CaseEvent(event_id=EVENT_ID, names=(event,), occurred_at=NINE + timedelta(hours=1), data=data)
    texts = Texts(case=case, event=happened, pack=PACK, intake=INTAKE, section=SECTION)
    recipients = Recipients(
        case=case, parties={"customer": customer}, section=SECTION, pack=PACK, channels=REGISTRY.channels
    )
    messages = Planner(recipients=recipients, now=NINE, new_id=lambda: "id").plan(happened, texts)
    assert all(message.reason is None for message in messages)
    return {message.identity.recipient: (message.words.subject, message.words.body) for message in messages}


@pytest.mark.parametrize("template", SECTION.templates, ids=lambda template: template.id)
def test_every_text_greets_or_addresses_and_thanks(template: Any) -> None:
    zh, en = (template.locales[locale].body.source for locale in ("zh-CN", "en"))
    assert "您好" in zh
    assert "谢谢" in zh
    assert "thank" in en.lower()


FORBIDDEN = ["老头", "神经病", "喂", "嘿", "不关我", "管不着", "不归我管", "不知道", "不清楚", "急什么", "烦不烦", "没上班", "明天来",
             "自己看", "干嘛", "谁告诉你", "怎么啦", "看着办", "保证100%", "绝对"]  # fmt: skip


@pytest.mark.parametrize("template", SECTION.templates, ids=lambda template: template.id)
def test_no_text_says_a_forbidden_thing(template: Any) -> None:
    text = template.locales["zh-CN"].subject.source + template.locales["zh-CN"].body.source
    assert [word for word in FORBIDDEN if word in text] == []


@pytest.mark.parametrize(
    ("event", "data", "recipients"),
    [
        ("case.registered", {}, {"customer"}),
        ("case.accepted", {"at": "2026-03-05T02:00:00Z"}, {"customer", "first_responder"}),
        ("case.explained_out_of_scope", {"details": {"explanation": "属运输事项"}}, {"customer", "first_responder"}),
        ("origin.not_ours", {}, {"customer", "first_responder"}),
        ("visit.dispatched", {"at": "2026-03-06T06:00:00Z", "details": {}}, {"customer", "first_responder"}),
        ("clock.extended", CLOCK, {"customer"}),
        ("remedy.offered", OFFER, {"customer"}),
        ("remedy.accepted", OFFER | {"remaining": ["centre_leader"]}, {"centre_leader"}),
        ("agreement.signed", {"document": NOTICE}, {"customer", "first_responder"}),
        ("result_notice.issued", {"document": NOTICE}, {"customer", "finance", "production_unit", "first_responder"}),
        ("remedy.executed", {**OFFER, "provider_reference": "ERP-1"}, {"customer"}),
        ("case.closed", {}, {"customer", "first_responder"}),
        ("extension.requested", CLOCK, {"enterprise_management"}),
        ("extension.rejected", CLOCK, {"objection_team"}),
        ("legal_risk.reported", {"record": {"fields": {"amount_minor": 2_100_000}}}, {"legal_affairs"}),
        ("clock.warned", CLOCK, {"objection_team"}),
        ("clock.breached", CLOCK, {"objection_team"}),
        ("case.transferred", {}, {"first_responder", "objection_team"}),
        ("visit.arrived", {}, {"first_responder"}),
        ("sample.taken", {}, set()),
    ],
)
def test_who_is_told(event: str, data: dict[str, Any], recipients: set[str]) -> None:
    assert set(told(event, **data)) == recipients


@pytest.mark.parametrize(("locale", "amount"), [("zh-CN", "金额：21,000.00 元"), ("en", "Amount: CNY 21,000.00")])
def test_a_proposal_names_the_amount(locale: str, amount: str) -> None:
    assert amount in told("remedy.offered", locale=locale, **OFFER)["customer"][1]


@pytest.mark.parametrize(
    ("facts", "apologises"),
    [
        ({"origin": "confirmed", "liability_basis": "site_evidence"}, True),
        ({"origin": "confirmed", "liability_basis": None}, False),
        ({"origin": "unknown", "liability_basis": "site_evidence"}, False),
    ],
)
def test_an_apology_only_where_the_fault_is_established(facts: dict[str, Any], apologises: bool) -> None:
    assert ("道歉" in told("remedy.offered", facts=facts, **OFFER)["customer"][1]) is apologises
    assert ("apologise" in told("remedy.offered", facts=facts, locale="en", **OFFER)["customer"][1]) is apologises


@pytest.mark.parametrize("approvers", [["unit_leader"], ["centre_leader"], ["unit_leader", "centre_leader"], []])
def test_who_has_to_approve_is_asked_to(approvers: list[str]) -> None:
    assert set(told("remedy.accepted", **{**OFFER, "remaining": approvers})) == set(approvers)


def test_a_proposal_as_the_customer_reads_it() -> None:
    subject, body = told("remedy.offered", facts={"origin": "confirmed", "liability_basis": "site_evidence"}, **OFFER)[
        "customer"
    ]

    assert subject == "质量异议 QO-202603-00001：处理方案"
    assert body == (
        "尊敬的华东钢构：\n\n您好！\n经核实，产品质量问题属我方责任，给您造成的不便和损失，我们诚恳道歉。\n"
        "针对您的异议（QO-202603-00001），我们提出如下处理方案：\n\n处理方式：现场改判，退还差价\n数量：60 吨\n金额：21,000.00 元\n\n"
        "请您审阅并答复。如有不同意见，我们愿意与您进一步协商。谢谢！\n莱钢集团销售中心"
    )


def test_a_breach_names_the_due_instant_in_the_packs_zone_and_the_clocks_own_rule() -> None:
    subject, body = told("clock.breached", **CLOCK)["objection_team"]
    assert subject == "已超期：质量异议 QO-202603-00001 处理周期"
    assert "2026-03-16 17:00" in body
    assert "LG-35c Art.35" in body
