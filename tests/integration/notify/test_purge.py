"""A purged case: nothing about people or words is left here, and no further message is sent about it."""

from services.notify.cases.store import PARTY
from services.notify.delivery.use_cases.claim_messages import Claimed, ClaimMessages, claim_messages
from services.notify.delivery.use_cases.record_outcomes import Result, record_outcomes
from services.notify.messages.rules import Outcome, Verdict
from services.notify.messages.store.tables import MESSAGE
from shared.contracts.intake import CasePurgedV1, PartyRecordedV1
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import transaction
from tests.integration.notify.stage import CLERK, NINE, Stage, a_rule, advanced, registered
from tests.support.canary import CANARY, tables_with_canary

SENT = Outcome(verdict=Verdict.DELIVERED, code=250, reason="accepted")
LATER = Outcome(verdict=Verdict.TEMPORARY, code=450, reason="busy")


def purged(case_id: str) -> CasePurgedV1:
    return CasePurgedV1(
        case_id=case_id, number="C-00001", case_type="complaint", rule="complaints", certificate="PC-2027-00001",
        sha256="a" * 64, actor=CLERK, at=NINE, cite="TB-15c Art.4",
    )  # fmt: skip


MAILS = ClaimMessages(channel="email", limit=5)


async def a_case(stage: Stage, org: OrgId) -> str:
    case_id = new_id()
    party = PartyRecordedV1(
        case_id=case_id, role="customer", name=f"{CANARY} 公司", email=f"{CANARY}@customer.example", phone=f"{CANARY}-1"
    )
    await stage.happens(party, org=org, case_id=case_id)
    await stage.happens(registered(case_id, customer_ref=f"{CANARY}-ref"), org=org, case_id=case_id)
    return case_id


async def test_nothing_personal_is_left_in_any_table(stage: Stage) -> None:
    inbox = a_rule(id="boss", recipients=[{"role": "clerk"}], channels=["internal"])
    org = await stage.organisation(a_rule(), inbox)
    case_id = await a_case(stage, org)
    async with transaction(stage.db) as tx:
        (parcel,) = (await claim_messages(tx, MAILS, now=NINE)).parcels
    async with transaction(stage.db) as tx:
        await record_outcomes(tx, [Result(parcel=parcel, outcome=SENT)], now=NINE)
    assert set(await tables_with_canary(stage.db, "notify")) == {"case_view", "message", "outbox", "party"}

    await stage.happens(purged(case_id), org=org, case_id=case_id)

    assert await tables_with_canary(stage.db, "notify") == []
    told = await stage.rows(MESSAGE, MESSAGE.c.org_id == org)
    assert {(message.state, message.subject, message.body, message.address) for message in told} == {
        ("sent", "", "", "")
    }
    assert await stage.rows(PARTY, PARTY.c.org_id == org) == []


async def test_what_waits_is_not_said_any_more(stage: Stage) -> None:
    org = await stage.organisation(a_rule())
    case_id = await a_case(stage, org)

    await stage.happens(purged(case_id), org=org, case_id=case_id)

    message = await stage.message(org)
    assert (message.state, message.reason, message.body, message.due_at) == ("skipped", "case_purged", "", None)
    [(kind, skipped)] = await stage.events(org)
    assert (kind, skipped["reason"]) == ("message.skipped.v1", "case_purged")


async def test_a_mail_under_way_is_never_tried_again(stage: Stage) -> None:
    org = await stage.organisation(a_rule())
    case_id = await a_case(stage, org)
    async with transaction(stage.db) as tx:
        (parcel,) = (await claim_messages(tx, MAILS, now=NINE)).parcels

    await stage.happens(purged(case_id), org=org, case_id=case_id)

    async with transaction(stage.db) as tx:
        assert await record_outcomes(tx, [Result(parcel=parcel, outcome=LATER)], now=NINE) == []
    message = await stage.message(org)
    assert (message.state, message.reason, message.due_at) == ("outcome_unknown", "case_purged", None)
    async with transaction(stage.db) as tx:
        assert await claim_messages(tx, MAILS, now=NINE) == Claimed()


async def test_another_case_keeps_its_people(stage: Stage) -> None:
    org = await stage.organisation(a_rule())
    case_id, other = await a_case(stage, org), await a_case(stage, org)

    await stage.happens(purged(case_id), org=org, case_id=case_id)

    [party] = await stage.rows(PARTY, PARTY.c.org_id == org)
    assert party.case_id == other
    assert (await stage.message(org, case_id=other)).state == "queued"


async def test_a_rule_may_tell_of_it_and_the_customer_is_out_of_reach(stage: Stage) -> None:
    both = a_rule(on=["case.purged"], recipients=[{"role": "leader"}, {"role": "customer"}])
    org = await stage.organisation(both)
    case_id = await a_case(stage, org)

    await stage.happens(purged(case_id), org=org, case_id=case_id)
    await stage.happens(advanced(case_id, "case.accepted"), org=org, case_id=case_id)

    leader, customer = await stage.message(org, recipient="leader"), await stage.message(org, recipient="customer")
    assert (leader.state, leader.address) == ("queued", "leader@example.com")
    assert (customer.state, customer.address) == ("skipped", None)
