"""Faults of ERPs: one that answers what cannot be kept, and one that does not answer."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from operate.runbooks.pages import RUNBOOKS
from operate.scenarios.session import Session
from tests.monitoring.complaints import pay, payouts, up_to_payment
from tests.monitoring.watched import Watched
from tests.support.chaos_organisation import a_session
from tests.support.eventually import eventually

DECISIONS: Final = ("ask_again", "paid", "not_paid", "send_again")
SILENT: Final = 4


async def an_erp_that_lies(watched: Watched) -> None:
    """Four payments under a number that cannot be kept: each decision of the runbook is taken about one of them."""
    session = await a_session(watched.stack, watched.http)
    senders = await up_to_payment(session, len(DECISIONS))
    await _erp_fault(session, "nul", times=len(DECISIONS))
    await pay(senders)
    await watched.fires("RedressPayoutInDoubt")
    doubtful = await in_state(session, "quarantined", len(DECISIONS))
    commands = watched.commands
    here = {"TOKEN": session.operator_token(), "REFERENCE": "FI-4711"}
    looked = await watched.look("RedressPayoutInDoubt", **here)
    assert all(each["payout_id"] in looked[3].output for each in doubtful)
    runs = [step.run for step in RUNBOOKS["RedressPayoutInDoubt"].do if step.run]
    assert [decision for run in runs for decision in DECISIONS if f'\\"{decision}\\"' in run] == list(DECISIONS)
    for run, payout in zip(runs, doubtful, strict=True):
        ran = await commands.one(run, PAYOUT=payout["payout_id"], **here)
        assert ran.faults() == []
    left = await in_state(session, "quarantined", 2)
    assert {each["payout_id"] for each in left} == {doubtful[0]["payout_id"], doubtful[3]["payout_id"]}
    assert [each["payout_id"] for each in await payouts(session, "failed")] == [doubtful[2]["payout_id"]]
    for payout in left:
        ran = await commands.one(runs[1], PAYOUT=payout["payout_id"], **here)
        assert ran.faults() == []
    executed = await payouts(session, "executed")
    assert {each["reference"] for each in executed} == {"FI-4711"}
    assert len(await booked(watched, session)) == len(DECISIONS)
    await watched.ends("RedressPayoutInDoubt")
    printed = await watched.over("RedressPayoutInDoubt", **here)
    assert "".join(printed.values()).count('"decision"') == len(DECISIONS) + 2


async def an_erp_that_is_silent(watched: Watched) -> None:
    """Several payments while the ERP stands still: all are in doubt, then all are paid, once each."""
    session = await a_session(watched.stack, watched.http)
    senders = await up_to_payment(session, SILENT)
    here = {"TOKEN": session.operator_token()}
    with standing_still(watched, "erp"):
        await pay(senders)
        await watched.fires("RedressErpSilent", "RedressPayoutInDoubt")
        await watched.look("RedressErpSilent", **here)
        doubtful = await in_state(session, "unknown", SILENT)
    for payout in doubtful:
        await watched.do("RedressErpSilent", PAYOUT=payout["payout_id"], **here)
    executed = await in_state(session, "executed", SILENT)
    assert sorted(each["payment_key"] for each in await booked(watched, session)) == sorted(
        each["payout_id"] for each in executed
    )
    await watched.ends("RedressErpSilent", "RedressPayoutInDoubt")
    await watched.over("RedressErpSilent", **here)


async def in_state(session: Session, state: str, count: int) -> list[dict[str, Any]]:
    """The payouts in a state, once there are so many."""
    found: list[dict[str, Any]] = []

    async def seen() -> bool:
        found[:] = await payouts(session, state)
        return len(found) == count

    await eventually(seen)
    return found


async def booked(watched: Watched, session: Session) -> list[dict[str, Any]]:
    """The payments in the ERP's own books."""
    url = f"{watched.stack.state.urls['erp']}/payments?organisation={session.organisation}"
    return list((await session.sink(url))["payments"])


@contextmanager
def standing_still(watched: Watched, part: str) -> Iterator[None]:
    """A process that is stopped: it takes connections and answers nothing."""
    pid = watched.stack.part(part).daemon.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def _erp_fault(session: Session, kind: str, *, times: int) -> None:
    body = {"organisation": session.organisation, "kind": kind, "times": times}
    await session.sink(f"{session.stack.erp}/faults", json=body)
