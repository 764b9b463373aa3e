"""A new channel is one row and one file: added here, sent through here, without a change of anything else."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from services.notify import channels
from services.notify.channels.registry import Registry, load
from services.notify.delivery.jobs import Courier
from services.notify.inbox.use_cases.confirm_message import ConfirmMessage, confirm_message
from services.notify.planning.rules.plan import Planner
from services.notify.planning.rules.recipients import Recipients
from services.notify.planning.rules.render import Texts
from services.notify.planning.store import get_case_context
from services.notify.planning.use_cases.store_messages import Planned, store_messages
from services.notify.settings import NotifySettings
from shared.contracts.intake import PartyRecordedV1
from shared.kernel.actor import Actor
from shared.kernel.clock import SystemClock
from shared.kernel.ids import OrgId, new_id
from shared.packs.notify.model.channels import CHANNELS, Delivery
from shared.packs.store import pinned
from shared.platform.db.transaction import transaction
from tests.integration.notify.stage import NINE, Stage, a_rule, registered, settle
from tests.support.notify_cases import an_event

FILES = Path(__file__).parents[2] / "support" / "new_channels"
ROWS = {**CHANNELS, "pager": Delivery.PROVIDER, "courier": Delivery.BY_HAND}


@pytest.fixture
def registry() -> Iterator[Registry]:
    """The channels with two more rows, whose files lie beside the others."""
    channels.__path__.append(str(FILES))
    yield load(ROWS)
    channels.__path__.remove(str(FILES))


async def told_over(stage: Stage, registry: Registry, *names: str) -> OrgId:
    """A case whose customer is told over the channels `names`."""
    org, case_id = await stage.organisation(a_rule(), now=NINE), new_id()
    party = PartyRecordedV1(case_id=case_id, role="customer", name="华东钢构", phone="021 5555")
    await stage.happens(party, org=org, case_id=case_id)
    await stage.happens(registered(case_id), org=org, case_id=case_id)
    async with transaction(stage.db) as tx:
        context = await get_case_context(tx, org=org, case_id=case_id)
        policy = await pinned(tx, org=org, pack="small", version=1)
        rule = policy.notify.rules[0].model_copy(update={"id": "new", "channels": names})
        section = policy.notify.model_copy(update={"rules": (rule,)})
        recipients = Recipients(
            case=context.case, parties=context.parties, pack=policy.pack, section=section, channels=registry.channels
        )
        event = an_event("case.registered")
        texts = Texts(case=context.case, event=event, pack=policy.pack, intake=policy.intake, section=section)
        planned = Planner(recipients=recipients, now=context.now, new_id=new_id).plan(event, texts)
        await store_messages(tx, [Planned(org=org, context=context, messages=planned)])
    return org


async def test_a_message_goes_over_a_provider_that_was_added(
    stage: Stage, registry: Registry, settings: NotifySettings
) -> None:
    org = await told_over(stage, registry, "pager", "email")
    waiting = await stage.message(org, rule="new")
    assert (waiting.state, waiting.channel, waiting.delivery, waiting.fallback) == (
        "queued", "pager", "provider", ["email"],
    )  # fmt: skip

    async with registry.senders["pager"](settings) as sender:
        await settle(stage.db, Courier("pager", sender=sender, clock=SystemClock()))

    assert (await stage.message(org, rule="new")).state == "sent"
    paged = import_module("services.notify.channels.pager").PAGED
    assert paged == [("021 5555", "华东钢构")]
    kind, data = (await stage.events(org))[-1]
    assert (kind, data["channel"], data["rule"]) == ("message.sent.v1", "pager", "new")


async def test_a_person_delivers_over_a_channel_that_was_added(stage: Stage, registry: Registry) -> None:
    org = await told_over(stage, registry, "courier")
    to_do = await stage.message(org, rule="new")
    assert (to_do.state, to_do.channel, to_do.delivery, to_do.handler) == ("to_do", "courier", "by_hand", "role:clerk")

    clerk = Actor(subject="wang", roles=frozenset({"clerk"}))
    cmd = ConfirmMessage(org=org, message_id=to_do.message_id, delivered=True, note=None, actor=clerk)
    async with transaction(stage.db) as tx:
        await confirm_message(tx, cmd, now=NINE)

    assert (await stage.message(org, rule="new")).state == "sent"
