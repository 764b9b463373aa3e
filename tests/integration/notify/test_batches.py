"""Events of many cases that come together are followed together: each on the case as it stands after it."""

from services.notify.cases.store import CASE_VIEW
from services.notify.messages.store.tables import MESSAGE
from services.notify.planning.handlers import ON_CASE_EVENTS
from shared.contracts.envelope import Contract
from shared.contracts.intake import PartyRecordedV1
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import transaction
from shared.platform.inbox.arrival import deliver
from tests.integration.notify.stage import Stage, a_rule, advanced, envelope, registered
from tests.support.statements import statements_of

RULES = (
    a_rule(id="registered", recipients=[{"role": "owner"}]),
    a_rule(id="moved", on=["case.moved"], recipients=[{"role": "owner"}]),
    a_rule(id="once", on=["case.moved", "case.moved_again"], recipients=[{"role": "leader"}], once_per="case"),
)


async def together(stage: Stage, events: list[tuple[OrgId, str, Contract]]) -> None:
    """All events in one call of the handler."""
    async with transaction(stage.db) as tx:
        told = [envelope(contract, org=org, key=case_id) for org, case_id, contract in events]
        await deliver(tx, ON_CASE_EVENTS, told)


async def recipients(stage: Stage, org: OrgId, rule: str) -> list[str]:
    rows = await stage.rows(MESSAGE, MESSAGE.c.org_id == org, MESSAGE.c.rule == rule)
    return [row.recipient for row in sorted(rows, key=lambda row: row.message_id)]


async def test_each_event_is_told_to_the_owner_of_its_moment(stage: Stage) -> None:
    org, case_id = await stage.organisation(*RULES), new_id()
    await together(
        stage,
        [
            (org, case_id, registered(case_id, owner="clerk")),
            (org, case_id, advanced(case_id, "case.moved", owner="leader")),
            (org, case_id, advanced(case_id, "case.moved", owner="team")),
            (org, case_id, advanced(case_id, "case.moved_again", owner="finance")),
        ],
    )
    assert await recipients(stage, org, "registered") == ["clerk"]
    assert await recipients(stage, org, "moved") == ["leader", "team"]
    assert await recipients(stage, org, "once") == ["leader"]
    [case] = await stage.rows(CASE_VIEW, CASE_VIEW.c.case_id == case_id)
    assert (case.owner, case.milestones) == ("finance", ["case.registered", "case.moved", "case.moved_again"])


async def test_many_cases_cost_as_many_statements_as_one(stage: Stage) -> None:
    org = await stage.organisation(*RULES)
    cases = [new_id() for _ in range(25)]
    for case_id in cases:
        party = PartyRecordedV1(case_id=case_id, role="customer", name="华东钢构", email="buyer@customer.example")
        await stage.happens(party, org=org, case_id=case_id)
    warm = new_id()
    await together(stage, [(org, warm, registered(warm)), (org, warm, advanced(warm, "case.moved"))])
    statements = statements_of(stage.db.engine.sync_engine)
    one = new_id()
    await together(stage, [(org, one, registered(one)), (org, one, advanced(one, "case.moved"))])
    of_one = list(statements)
    statements.clear()
    await together(
        stage,
        [
            *((org, case_id, registered(case_id)) for case_id in cases),
            *((org, case_id, advanced(case_id, "case.moved", owner="leader")) for case_id in cases),
        ],
    )
    assert [text.split()[:3] for text in statements] == [text.split()[:3] for text in of_one]
    assert len(await recipients(stage, org, "moved")) == 27
