"""A pack may wait for a message: a call that was made, say, moves the case on."""

from shared.contracts.notify import MessageSentV1
from shared.kernel.ids import new_id
from tests.integration.intake.conftest import START, Intake
from tests.integration.intake.test_links import complain, works

__all__ = ["works"]


def sent(case_id: str, rule: str) -> MessageSentV1:
    return MessageSentV1(
        case_id=case_id,
        message_id=new_id(),
        rule=rule,
        on="callback.ready",
        recipient="customer",
        channel="phone",
        template="call",
        locale="zh-CN",
        cite="X-9 Art.9",
        sent_at=START,
        attempts=1,
    )


async def test_a_step_is_taken_when_the_message_it_waits_for_is_sent(works: Intake) -> None:
    waiting, other = await complain(works), await complain(works)
    await works.hear(sent(waiting, "mail"), thing=new_id())
    assert (await works.page(waiting))["facts"]["count"] == 0

    await works.hear(sent(waiting, "call"), thing=new_id())

    page = await works.page(waiting)
    assert (page["facts"]["count"], "call.made" in [reached["name"] for reached in page["milestones"]]) == (1, True)
    assert (await works.page(other))["facts"]["count"] == 0


async def test_a_message_of_a_case_that_waits_for_none_is_only_shown(intake: Intake) -> None:
    case_id = await intake.register()
    before = len(await intake.events())

    await intake.hear(sent(case_id, "call"), thing=new_id())

    timeline = (await intake.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    assert [line["what"] for line in timeline if line["source"] == "notify"] == ["message.sent"]
    assert len(await intake.events()) == before
