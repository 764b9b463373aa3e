"""Messages that are due and not handed over are counted by channel, with how long the first has been due."""

from services.notify.delivery import metrics
from services.notify.delivery.jobs import SAMPLES
from tests.integration.notify.stage import Stage, a_rule
from tests.support.samples import take, values


async def test_what_is_due_and_not_handed_over_is_counted(stage: Stage) -> None:
    await take(stage.db, SAMPLES)
    assert values(metrics.MESSAGES_DUE) == {("email",): 0, ("webhook",): 0}
    assert values(metrics.MESSAGE_OVERDUE) == {("email",): 0, ("webhook",): 0}
    org = await stage.organisation(a_rule())
    await stage.register(org)
    await stage.register(org)
    await stage.make_due(org)
    await take(stage.db, SAMPLES)
    assert values(metrics.MESSAGES_DUE) == {("email",): 2, ("webhook",): 0}
    assert 1 <= values(metrics.MESSAGE_OVERDUE)["email",] < 60


def test_every_channel_has_every_result_from_the_start() -> None:
    counted = set(values(metrics.MESSAGES))
    results = ("delivered", "temporary", "permanent", "gone", "unknown")
    assert {(channel, result) for channel in ("email", "webhook") for result in results} <= counted
