"""One objection from registration to the archive, over HTTP, with what the other services publish on the way."""

from datetime import timedelta
from typing import Any

from shared.contracts import settlement, sla
from shared.contracts.envelope import ActorV1, MoneyV1, TextV1
from shared.kernel.ids import new_id
from tests.integration.intake.conftest import PNG, START, Intake


def a_remedy(case_id: str, remedy_id: str, amount_minor: int = 2_100_000) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "remedy_id": remedy_id,
        "remedy": "price_difference",
        "mode": "money",
        "amount": MoneyV1(minor=amount_minor),
        "quote_hash": "0" * 64,
        "cite": "LG-41 Art.41",
        "actor": ActorV1(subject="wang", roles=["objection_team"]),
    }


async def settle(intake: Intake, case_id: str, *, upto: str = "approved") -> str:
    remedy_id = new_id()
    facts = a_remedy(case_id, remedy_id)
    steps: dict[str, Any] = {
        "quoted": settlement.RemedyQuotedV1(**facts, expires_at=START + timedelta(days=7)),
        "offered": settlement.RemedyOfferedV1(**facts),
        "accepted": settlement.RemedyAcceptedV1(**facts),
        "approved": settlement.RemedyApprovedV1(**facts),
        "executed": settlement.RemedyExecutedV1(**facts, provider_reference="P-1"),
    }
    for name, event in steps.items():
        await intake.hear(event, thing=remedy_id)
        if name == upto:
            break
    return remedy_id


async def file_everything(intake: Intake, case_id: str) -> None:
    for kind in ("objection_letter", "contract", "quality_certificate"):
        sent = await intake.send(
            case_id, f"材料 {kind}".encode(), kind=kind, media_type="text/plain", filename=f"{kind}.txt"
        )
        assert sent.status_code == 201, sent.text
    assert (await intake.send(case_id, PNG)).status_code == 201


async def investigated(intake: Intake, case_id: str) -> None:
    await intake.taken(case_id, "analyse", {"in_scope": True, "needs_visit": True, "opinion": "属异议范围"})
    await intake.taken(case_id, "confirm_origin", {"origin": "confirmed"}, by="wang")
    await intake.taken(case_id, "dispatch_visit", {"staff": "王工"}, by="wang")
    await intake.taken(case_id, "arrive", by="wang")
    findings = {"findings": "边部裂纹", "liability_basis": "site_evidence"}
    await intake.taken(case_id, "complete_visit", findings, by="wang")


async def agreed(intake: Intake, case_id: str) -> None:
    await intake.taken(case_id, "draft_agreement", {"mode": "price_difference"}, by="wang")
    await intake.taken(case_id, "sign_agreement", {"party": "seller", "signer": "王工"}, by="wang")
    signed = {"input": {"party": "customer", "signer": "李经理"}}
    mine = await intake.post(f"/v1/my/cases/{case_id}/steps/sign_agreement", signed, by="buyer")
    assert mine.status_code == 200, mine.text
    await intake.taken(case_id, "finalise_agreement", by="wang")


async def test_from_registration_to_the_archive(intake: Intake) -> None:
    case_id = await intake.register()
    refused = await intake.step(case_id, "route")
    assert (refused.status_code, refused.json()["code"], refused.json()["cite"]) == (
        409,
        "file_incomplete",
        "LG-32 Art.32",
    )
    assert refused.json()["fields"] == {"missing": ["objection_letter", "contract", "quality_certificate", "photo"]}
    await file_everything(intake, case_id)
    routed = await intake.taken(case_id, "route")
    assert (routed["status"], routed["milestones"]) == ("routed", ["case.routed"])
    await investigated(intake, case_id)
    remedy_id = await settle(intake, case_id)
    await agreed(intake, case_id)
    issued = await intake.taken(case_id, "issue_result_notice", by="wang")
    assert issued["document"]["number"] == "TZ-2026-00001"
    assert issued["document"]["recipients"] == ["finance", "production_unit"]
    assert issued["document"]["fields"]["amount_minor"] == 2_100_000
    refused = await intake.step(case_id, "close")
    assert refused.json()["code"] == "settlement_not_executed"
    executed = settlement.RemedyExecutedV1(**a_remedy(case_id, remedy_id), provider_reference="P-1")
    await intake.hear(executed, thing=remedy_id)
    assert (await intake.taken(case_id, "close"))["milestones"] == ["case.closed"]
    assert (await intake.taken(case_id, "archive"))["status"] == "archived"

    index = (await intake.get(f"/v1/cases/{case_id}/archive")).json()
    kinds = [(entry["what"], entry["kind"]) for entry in index["entries"]]
    assert sorted(kinds) == [
        ("document", "objection_agreement"),
        ("document", "result_notice"),
        ("evidence", "contract"),
        ("evidence", "objection_letter"),
        ("evidence", "photo"),
        ("evidence", "quality_certificate"),
    ]
    assert all(len(entry["sha256"]) == 64 for entry in index["entries"])
    page = await intake.page(case_id)
    assert page["next"] == []
    assert [remedy["amount"]["text"] for remedy in page["remedies"]] == ["21,000.00"]
    reached = [milestone["name"] for milestone in page["milestones"]]
    assert reached[0] == "case.registered"
    assert {"case.accepted", "remedy.accepted", "agreement.signed", "case.archived"} <= set(reached)
    late = await intake.send(case_id, PNG + b"x", kind="other")
    assert (late.status_code, late.json()["code"]) == (409, "case_archived")


async def test_the_timeline_has_every_step_once_with_its_rule(intake: Intake) -> None:
    case_id = await intake.register()
    await investigated(intake, case_id)
    await settle(intake, case_id, upto="offered")
    lines = (await intake.get(f"/v1/cases/{case_id}/timeline", limit=3)).json()
    seen = lines["items"]
    while lines["next"]:
        lines = (await intake.get(f"/v1/cases/{case_id}/timeline", limit=3, after=lines["next"])).json()
        seen += lines["items"]
    assert [line["what"] for line in seen] == [
        "case.registered",
        "analyse",
        "confirm_origin",
        "dispatch_visit",
        "arrive",
        "complete_visit",
        "remedy.quoted",
        "remedy.offered",
    ]
    assert all(line["cite"] and line["label"]["zh"] and line["label"]["en"] for line in seen)
    assert seen[0]["actor"] == "chen"


async def test_a_final_refusal_is_reported_as_a_legal_risk_and_keeps_the_case_open(intake: Intake) -> None:
    case_id = await intake.register()
    await investigated(intake, case_id)
    remedy_id = await settle(intake, case_id, upto="offered")
    rejected = settlement.RemedyRejectedV1(**a_remedy(case_id, remedy_id), final=True)
    await intake.hear(rejected, thing=remedy_id)
    page = await intake.page(case_id)
    assert page["status"] == "investigated"
    assert page["facts"]["legal_risk"] is True
    assert page["records"][0]["fields"]["amount_minor"] == 2_100_000
    [event] = [e for e in await intake.events("case.advanced.v1") if "legal_risk.reported" in e.payload]
    assert '"subject":"system"' in event.payload

    again = settlement.RemedyRejectedV1(**a_remedy(case_id, new_id()), final=True)
    await intake.hear(again, thing="another")
    timeline = (await intake.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    [kept] = [line for line in timeline if line["source"] == "reaction"]
    assert kept["details"] == {"event": "remedy.rejected", "code": "legal_risk_already_reported"}


async def test_a_refusal_that_is_not_final_changes_nothing(intake: Intake) -> None:
    case_id = await intake.register()
    remedy_id = new_id()
    await intake.hear(settlement.RemedyRejectedV1(**a_remedy(case_id, remedy_id), final=False), thing=remedy_id)
    page = await intake.page(case_id)
    assert page["facts"]["legal_risk"] is False
    assert page["remedies"][0]["state"] == "rejected"


CYCLE = {"clock": "cycle", "label": TextV1(zh="周期", en="Cycle"), "started_at": START}
ZHAO = ActorV1(subject="zhao", roles=["enterprise_management"])
CHEN = ActorV1(subject="chen", roles=["quality_objection_clerk"])


async def test_the_page_says_who_has_to_decide_on_a_longer_limit_until_he_has(intake: Intake) -> None:
    case_id = await intake.register()
    facts = CYCLE | {"case_id": case_id, "clock_id": new_id(), "due_at": START + timedelta(days=11)}
    normal, extending = facts | {"cite": "LG-35c Art.35"}, facts | {"cite": "LG-35e Art.35"}
    asked = {"extension_id": new_id(), "proposed_due_at": START + timedelta(days=15)}
    request = sla.ExtensionRequestedV1(**extending, **asked, approver_role="enterprise_management", actor=CHEN)

    async def shown() -> tuple[Any, str, str]:
        [clock] = (await intake.page(case_id))["clocks"]
        return clock["pending_extension"], clock["cite"], clock["due_at"]

    await intake.hear(sla.ClockStartedV1(**normal), thing="clock")
    assert await shown() == (None, "LG-35c Art.35", "2026-03-16T01:00:00Z")
    await intake.hear(request, thing="clock")
    waiting = {
        "extension_id": asked["extension_id"],
        "proposed_due_at": "2026-03-20T01:00:00Z",
        "approver_role": "enterprise_management",
        "requested_by": "chen",
    }
    assert await shown() == (waiting, "LG-35c Art.35", "2026-03-16T01:00:00Z")
    await intake.hear(sla.ClockWarnedV1(**normal), thing="clock")
    assert (await shown())[0] == waiting
    rejected = sla.ExtensionRejectedV1(**extending, extension_id=asked["extension_id"], actor=ZHAO)
    await intake.hear(rejected, thing="clock")
    assert await shown() == (None, "LG-35c Art.35", "2026-03-16T01:00:00Z")
    await intake.hear(request, thing="clock")
    granted = extending | {"due_at": asked["proposed_due_at"], "extension_id": asked["extension_id"], "actor": ZHAO}
    await intake.hear(
        sla.ClockExtendedV1(**granted, original_due_at=facts["due_at"], after_breach=False), thing="clock"
    )
    assert await shown() == (None, "LG-35e Art.35", "2026-03-20T01:00:00Z")


async def test_a_warning_that_came_after_the_due_instant_is_recorded_as_such(intake: Intake) -> None:
    case_id = await intake.register()
    facts = CYCLE | {"case_id": case_id, "clock_id": new_id(), "due_at": START, "cite": "LG-35e Art.35"}
    for late in (False, True):
        await intake.hear(sla.ClockWarnedV1(**facts, late=late), thing="clock")
    lines = (await intake.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    assert [line["label"]["en"] for line in lines if line["source"] == "sla"] == [
        "Clock is nearly due",
        "Warned after the due instant",
    ]


async def test_a_request_lapses_with_its_clock(intake: Intake) -> None:
    case_id = await intake.register()
    facts = CYCLE | {"case_id": case_id, "clock_id": new_id(), "due_at": START, "cite": "LG-35e Art.35"}
    request = sla.ExtensionRequestedV1(
        **facts, extension_id=new_id(), proposed_due_at=START, approver_role="enterprise_management", actor=CHEN
    )
    await intake.hear(request, thing="clock")
    await intake.hear(sla.ClockStoppedV1(**facts, stopped_at=START, met=True), thing="clock")
    [clock] = (await intake.page(case_id))["clocks"]
    assert (clock["state"], clock["pending_extension"]) == ("met", None)


async def test_the_page_says_who_has_to_approve_until_they_have(intake: Intake) -> None:
    case_id = await intake.register()
    remedy_id = new_id()
    facts = a_remedy(case_id, remedy_id, amount_minor=10_000_001)

    async def shown() -> tuple[str, list[str]]:
        [remedy] = (await intake.page(case_id))["remedies"]
        assert remedy["label"]["zh"] == "差价退款（现场改判）"
        return remedy["state"], remedy["missing_approvals"]

    await intake.hear(settlement.RemedyOfferedV1(**facts), thing=remedy_id)
    assert await shown() == ("offered", [])
    both = ["unit_leader", "centre_leader"]
    await intake.hear(settlement.RemedyAcceptedV1(**facts, remaining=both), thing=remedy_id)
    assert await shown() == ("accepted", both)
    paper = settlement.RemedyCertificateRecordedV1(**facts, certificate="c", reference="r")
    await intake.hear(paper, thing=remedy_id)
    assert await shown() == ("accepted", both)
    await intake.hear(settlement.RemedyApprovalRecordedV1(**facts, remaining=["centre_leader"]), thing=remedy_id)
    assert await shown() == ("accepted", ["centre_leader"])
    await intake.hear(settlement.RemedyApprovedV1(**facts), thing=remedy_id)
    assert await shown() == ("approved", [])


async def test_the_page_says_in_both_languages_why_a_step_would_be_refused(intake: Intake) -> None:
    case_id = await intake.register()
    refusals = {step["step"]: step["refusal"] for step in (await intake.page(case_id))["next"]}
    file_incomplete = refusals["route"]
    assert (file_incomplete["title"], file_incomplete["title_zh"]) == (
        "A quality or metering objection is handed over with a complete file",
        "质量、计量异议须材料齐全后移交",
    )
    other_role = refusals["resolve_legal_risk"]
    assert (other_role["title"], other_role["title_zh"]) == ("Role not permitted", "该操作须由其他岗位办理")
    answer = (await intake.step(case_id, "route")).json()
    assert {name: answer[name] for name in file_incomplete} == file_incomplete


async def test_the_page_says_what_a_step_asks_for_and_when(intake: Intake) -> None:
    steps = {step["step"]: step for step in (await intake.page(await intake.register()))["next"]}
    asked = {field["id"]: (field["required"], field["required_when"]) for field in steps["analyse"]["input"]}
    assert asked["in_scope"] == (True, None)
    assert asked["needs_visit"] == (False, "input.in_scope == true")


async def test_facts_come_in_the_order_of_the_pack(intake: Intake) -> None:
    case_id = await intake.register()
    facts = list((await intake.page(case_id))["facts"])
    assert facts[:4] == ["objection_class", "severity", "defect", "province"]
    assert facts[-2:] == ["report_seller", "report_customer"]
    assert "scrapped_t" not in facts


async def test_an_older_event_does_not_overwrite_a_newer_one(intake: Intake) -> None:
    case_id = await intake.register()
    facts = {
        "case_id": case_id,
        "clock_id": new_id(),
        "clock": "cycle",
        "label": TextV1(zh="周期", en="Cycle"),
        "started_at": START,
        "due_at": START + timedelta(days=11),
        "cite": "LG-35c Art.35",
    }
    stopped = sla.ClockStoppedV1(**facts, stopped_at=START + timedelta(days=12), met=False)
    await intake.hear(sla.ClockStartedV1(**facts), thing="clock", version=1)
    await intake.hear(sla.ClockBreachedV1(**facts, breached_at=START), thing="clock", version=3)
    await intake.hear(stopped, thing="clock", version=4)
    later = facts | {"due_at": START + timedelta(days=30)}
    await intake.hear(sla.ClockRetargetedV1(**later, previous_due_at=START), thing="clock", version=2)
    [clock] = (await intake.page(case_id))["clocks"]
    assert (clock["state"], clock["breached"]) == ("missed", True)
    assert clock["due_at"] == "2026-03-16T01:00:00Z"
