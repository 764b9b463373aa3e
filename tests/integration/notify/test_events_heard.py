"""Each event that a notify rule may name has its rule speak; a message about a message causes no further one."""

from typing import Any

import pytest

from services.notify.messages.store.tables import MESSAGE
from shared.contracts.notify import MessageFailedV1
from shared.kernel.ids import OrgId, new_id
from tests.integration.notify.stage import Stage, a_rule
from tests.support.event_packs import documents_naming
from tests.support.event_places import admitted
from tests.support.event_samples import a_registration, an_event


async def a_case(stage: Stage, **events: str) -> tuple[OrgId, str]:
    """A case under the pack with these events at these places, before anything else happened to it."""
    stage.pack = documents_naming(**events)
    org, case_id = await stage.organisation(*stage.pack["notify"]["rules"]), new_id()
    await stage.happens(a_registration(case_id), org=org, case_id=case_id)
    return org, case_id


async def told(stage: Stage, org: OrgId) -> list[tuple[str, str]]:
    return [(row.rule, row.on_event) for row in await stage.rows(MESSAGE, MESSAGE.c.org_id == org)]


@pytest.mark.parametrize("event", admitted("RULE"))
async def test_a_rule_speaks_on_each_event_that_it_may_name(stage: Stage, event: str) -> None:
    org, case_id = await a_case(stage, RULE=event)
    if event != "case.registered":
        assert await told(stage, org) == []
        await stage.happens(an_event(event, case_id), org=org, case_id=case_id)
    assert await told(stage, org) == [("tell", event)]


@pytest.mark.parametrize("event", admitted("RULE_CONDITION"))
async def test_a_condition_holds_after_each_milestone_that_it_may_ask_for(stage: Stage, event: str) -> None:
    org, case_id = await a_case(stage, RULE_CONDITION=event)
    if event != "case.registered":
        await stage.happens(an_event("ready.cancel", case_id), org=org, case_id=case_id)
        assert await told(stage, org) == []
        await stage.happens(an_event(event, case_id), org=org, case_id=case_id)
    await stage.happens(an_event("ready.cancel", case_id), org=org, case_id=case_id)
    assert await told(stage, org) == [("tell_if_reached", "ready.cancel")]


@pytest.mark.parametrize("event", admitted("RULE_STEP"))
async def test_a_condition_sees_what_the_step_reached(stage: Stage, event: str) -> None:
    org, case_id = await a_case(stage, RULE_STEP=event)
    await stage.happens(an_event("ready.cancel", case_id), org=org, case_id=case_id)
    assert await told(stage, org) == []
    await stage.happens(an_event(event, case_id), org=org, case_id=case_id)
    assert await told(stage, org) == [("tell_if_in_step", event)]


@pytest.mark.parametrize("name", ["message.failed", "message.skipped", "message.outcome_unknown"])
async def test_a_message_about_a_message_causes_no_further_message(stage: Stage, name: str) -> None:
    """The rule speaks on a failure; when its own message fails, nothing more is said: the chain has two messages."""
    org, case_id = await a_case(stage, RULE=name)
    first = an_event(name, case_id)
    await stage.happens(first, org=org, case_id=case_id)
    second = first.model_copy(update={"on": name, "message_id": new_id()})
    await stage.happens(second, org=org, case_id=case_id)
    assert await told(stage, org) == [("tell", name)]


async def test_a_message_that_fails_is_told_of_and_the_chain_ends(stage: Stage) -> None:
    """Every message of this pack fails (its condition fails): the one about a closed case, and the one about that."""
    rules: list[dict[str, Any]] = [
        a_rule(id="closed", on=["case.closed"], when="facts.tonnes > 1", recipients=[{"role": "leader"}]),
        a_rule(id="failed", on=["message.failed"], when="facts.tonnes > 1", recipients=[{"role": "leader"}]),
    ]
    org = await stage.organisation(*rules)
    case_id = new_id()
    await stage.happens(a_registration(case_id), org=org, case_id=case_id)
    await stage.happens(an_event("case.closed", case_id), org=org, case_id=case_id)
    heard = 0
    while len(published := await stage.events(org)) > heard:
        for kind, data in published[heard:]:
            assert kind == "message.failed.v1"
            await stage.happens(MessageFailedV1(**data), org=org, case_id=case_id)
        heard = len(published)
    assert [(data["rule"], data["on"]) for _, data in published] == [
        ("closed", "case.closed"),
        ("failed", "message.failed"),
    ]
