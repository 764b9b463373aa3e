"""A worker that pays and is killed at each of its awaits: the ERP has paid once, whatever became of the record."""

from collections import defaultdict
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select, text, update

from services.settlement.ledger.store import ENTRY
from services.settlement.payouts.store.payouts import PAYOUT
from shared.platform.db.transaction import reading, transaction
from tests.integration.notify.stage import until
from tests.integration.settlement.conftest import ERP_SECONDS, SEALING_KEY, Desk
from tests.support.killed import APPLICATION, dying

TABLE: Final[dict[str, tuple[set[int], set[str]]]] = {
    "lease": ({0, 1}, {"to_send", "executed"}),
    "address": ({0}, {"to_send"}),
    "call": ({0, 1}, {"to_send"}),
    "record": ({0, 1}, {"to_send", "executed"}),
}
"""Where the process was killed: how often the ERP may have paid by then, and what states the payout may have.

`lease` is also the wait for the payouts of a round.
"""


async def gone(desk: Desk) -> bool:
    async with reading(desk.db) as tx:
        return not await tx.rows("SELECT FROM pg_stat_activity WHERE application_name = $1", (APPLICATION,))


async def payout_of(desk: Desk, remedy_id: str) -> str:
    async with reading(desk.db) as tx:
        state = await tx.execute(select(PAYOUT.c.state).where(PAYOUT.c.remedy_id == remedy_id))
        return str(state.scalar_one())


async def test_killed_at_every_await(desk: Desk) -> None:
    dsn = desk.db.engine.url.render_as_string(hide_password=False)
    seen: dict[str, set[tuple[int, str]]] = defaultdict(set)
    killed = 0
    async with dying("tests.integration.settlement.killed_payer", dsn, SEALING_KEY, str(ERP_SECONDS)) as kill:
        while True:
            remedy = await desk.payable()
            await desk.act("sun", remedy, "payout")
            where = await kill(killed + 1)
            await until(lambda: gone(desk))
            paid, state = len(desk.paid()) - killed, await payout_of(desk, remedy["remedy_id"])
            if where is not None:
                assert paid in TABLE[where][0], (where, killed)
                assert state in TABLE[where][1], (where, killed)
                assert paid == 1 or state != "executed"
                seen[where].add((paid, state))
            await recover(desk)
            assert await desk.state(remedy) == "executed"
            assert desk.paid() == [2_100_000] * (killed + 1)
            if where is None:
                break
            killed += 1
    assert killed > 20
    assert seen.keys() == TABLE.keys()
    assert {paid for paid, _ in seen["call"]} == {0, 1}
    assert {state for _, state in seen["record"]} == {"to_send", "executed"}
    assert len(await desk.rows(ENTRY)) == killed + 1
    assert (await desk.events()).count("remedy.executed.v1") == killed + 1


async def recover(desk: Desk) -> None:
    """The lease runs out, time passes, and a healthy worker asks before it sends."""
    over = update(PAYOUT).where(PAYOUT.c.leased_until.is_not(None))
    async with transaction(desk.db) as tx:
        await tx.execute(over.values(leased_until=func.now() - text("interval '1 second'")))
    await desk.pass_time(timedelta(seconds=30))
    while await desk.pay():
        pass
